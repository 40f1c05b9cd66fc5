"""Look up the quantity of a key in a request."""

from backend.db import quantities
from backend.db.database import Session
from backend.errors import Invalid
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity


def quantity_of(session: Session, key: str, *, field: str = "key") -> Quantity:
    """Return a built-in quantity or that of a plugin. Raises Invalid for an unknown key."""
    if key in set(Metric):
        return Metric(key).quantity
    known = {each.key: each for each in quantities.per_epoch(session)}
    if key not in known:
        raise Invalid.of(field, key, f"unknown quantity {key!r}; available: {', '.join(known)}", allowed=list(known))
    return known[key]
