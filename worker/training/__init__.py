"""Training: torch only, no queue and no database."""
