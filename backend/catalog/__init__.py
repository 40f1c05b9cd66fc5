"""The catalogue of networks and data sets."""
