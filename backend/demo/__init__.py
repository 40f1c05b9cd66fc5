"""`skiplab demo`: train the report's four networks and show their progress."""
