"""What a number means: the catalogue, the calendar, and the one way from an entry to SQL and back to numbers."""
