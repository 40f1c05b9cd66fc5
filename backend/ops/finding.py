"""The result of one check of `skiplab doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    subject: str
    says: str
    advice: str | None = None
    """What to do; None if nothing is wrong."""

    @property
    def wrong(self) -> bool:
        return self.advice is not None
