"""`make bench-store`: what it costs to write, keep and read what runs measure."""
