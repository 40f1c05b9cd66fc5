"""The lab's upkeep: backups, and what is wrong with it."""
