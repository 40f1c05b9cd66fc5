"""Tables and every query: the only place in the lab that knows SQL."""
