"""A quantity by the key that a route is given."""

from backend.db import quantities
from backend.db.database import Session
from backend.errors import Invalid
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity


def quantity_of(session: Session, key: str, *, field: str = "key") -> Quantity:
    """One of the lab's own, or of a plugin's metric. Raises Invalid for a key of neither."""
    if key in set(Metric):
        return Metric(key).quantity
    known = {each.key: each for each in quantities.per_epoch(session)}
    if key not in known:
        raise Invalid.of(field, key, f"no quantity {key!r}; there are {', '.join(known)}", allowed=list(known))
    return known[key]
