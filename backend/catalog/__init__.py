"""Networks and data sets on offer."""
