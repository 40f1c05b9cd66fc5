"""Names of series, as the lab takes them."""

import re

from skiplab.client.values import text_of

LONGEST = 200
REFUSED = re.compile(r"[,~\x00-\x1f\x7f]")


def clean_key(name: object) -> str:
    """Return a name without what the lab's queries reserve: commas, tildes, control characters, outer spaces."""
    return REFUSED.sub("_", text_of(str(name)).strip())[:LONGEST].strip() or "value"
