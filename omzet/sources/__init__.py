"""Where data comes from: what is found becomes raw tables, and these batches of canonical rows."""
