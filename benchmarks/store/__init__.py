"""`make bench-store`: time and space that the database needs, compared with raw SQLite and another commit."""
