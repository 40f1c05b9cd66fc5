"""Estimates of the training time of a launch."""
