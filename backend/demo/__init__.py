"""`skiplab demo`: trains the report's four networks in a running lab and shows how they do."""
