"""Sign-in: who is let in, and with which scope."""
