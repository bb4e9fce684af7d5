"""One file a schema, in the order of their numbers. What was released is never changed."""
