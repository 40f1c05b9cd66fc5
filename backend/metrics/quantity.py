"""A quantity by the key that a route is given."""

from backend.db import quantities
from backend.db.database import Session
from backend.errors import FieldError, Invalid
from skiplab.contract.metrics import Metric
from skiplab.contract.quantities import Quantity


def quantity_of(session: Session, key: str, *, field: str = "key") -> Quantity:
    """One of the lab's own, or of a plugin's metric. Raises Invalid for a key of neither."""
    if key in set(Metric):
        return Metric(key).quantity
    known = {each.key: each for each in quantities.per_epoch(session)}
    if key not in known:
        message = f"there is no quantity {key!r}"
        error = FieldError(field=field, value=key, message=message, allowed=list(known))
        raise Invalid(f"{field}: {message}; there are {', '.join(known)}", errors=[error])
    return known[key]
