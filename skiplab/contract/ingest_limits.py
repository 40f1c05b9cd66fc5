"""Limits of remote logging. Apart from its models, so that a script that logs need not import pydantic."""

MOST_BYTES = 1 << 20
"""Of the body of a request, except for files."""

MOST_POINTS = 10_000
"""Points of one request, over all keys."""

MOST_KEYS = 1000
"""Keys of one request."""

MOST_KEYS_OF_RUN = 5000
"""A page that lists more of them is of no use, and each costs every reader of the run."""

LONGEST_KEY = 200
"""Characters."""

LARGEST_EPOCH = 1_000_000
LATEST = 253_402_300_799.0
"""Unix seconds: the last second of the year 9999."""

MOST_LINES = 1000
"""Log lines of one request."""

LONGEST_LINE = 10_000
"""Characters. A client splits or shortens longer lines."""

MOST_OBJECT_BYTES = 256 << 10
"""Of a run's config or summary as JSON, with all that was merged into it."""

MOST_FILE_BYTES = 32 << 20
"""Of one file."""

MOST_FILES = 10_000
"""Files of one run."""

LONGEST_NAME = 200
"""Characters of a file's name, with its folders."""

LOST_CONTACT_SECONDS = 30.0
"""A run whose client has not called for so long is shown as without contact."""

HEARTBEAT_SECONDS = 10.0
"""How often a client without points calls."""

CONTROL = r"\x00-\x1f\x7f"
