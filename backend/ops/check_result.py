"""The result of one check of `skiplab doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    subject: str
    message: str
    advice: str | None = None
    """How to fix it; None if nothing is wrong."""

    @property
    def wrong(self) -> bool:
        return self.advice is not None
