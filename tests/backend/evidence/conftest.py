"""Hypothesis without a deadline: on busy cores a slow example says nothing."""

from hypothesis import settings

settings.register_profile("lab", deadline=None, database=None)
settings.load_profile("lab")
