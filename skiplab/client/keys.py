"""Names of series, as the lab takes them."""

import re

from skiplab.client.values import text_of
from skiplab.contract.ingest_limits import CONTROL, LONGEST_KEY

REFUSED = re.compile(rf"[,~{CONTROL}]")


def clean_key(name: object) -> str:
    """Return a name without what the lab's queries reserve: commas, tildes, control characters, outer spaces."""
    return REFUSED.sub("_", text_of(str(name)).strip())[:LONGEST_KEY].strip() or "value"
