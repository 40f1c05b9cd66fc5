"""How many runs a launch makes, and how long they will take."""
