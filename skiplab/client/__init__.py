"""Clients of a lab: the logging run with its spool, and what they share. Light: modules are imported when used."""
