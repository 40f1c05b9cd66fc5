"""What a user imports and types, and what every process of a lab agrees on. Never torch, SQL or a web framework."""
