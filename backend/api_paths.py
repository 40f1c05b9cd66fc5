"""Paths that are used in several places. All routes of the API are below PREFIX."""

from skiplab.contract.api import PREFIX as PREFIX

DATASETS = "/datasets"
"""Below PREFIX, like the others. A POST uploads images: the only request with a large body."""

SESSION = "/session"
TOKENS = "/tokens"
