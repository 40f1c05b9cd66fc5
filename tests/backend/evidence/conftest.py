"""Hypothesis settings without a deadline, since test machines may be busy."""

from hypothesis import settings

settings.register_profile("lab", deadline=None, database=None)
settings.load_profile("lab")
