"""Workers: status and draining."""
