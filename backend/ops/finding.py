"""What `skiplab doctor` says of one thing."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    subject: str
    says: str
    advice: str | None = None
    """What to do. Where there is something to do, something is wrong."""

    @property
    def wrong(self) -> bool:
        return self.advice is not None
