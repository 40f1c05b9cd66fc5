"""Lazy access to torchvision's networks, whose import takes a second."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

PREFIX = "torchvision."


def torchvision_models() -> ModuleType | None:
    """Import `torchvision.models`; None if torchvision is not installed."""
    try:
        import torchvision.models
    except ImportError:
        return None
    models: ModuleType = torchvision.models
    return models


@contextmanager
def warnings_ignored() -> Iterator[None]:
    """Ignore warnings of builders about slow initialisations, or ones that later versions will change."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
