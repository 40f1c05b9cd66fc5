"""Lazy access to torchvision's networks, whose import takes a second."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

PREFIX = "torchvision."


def torchvision_models() -> ModuleType | None:
    try:
        import torchvision.models
    except ImportError:
        return None
    models: ModuleType = torchvision.models
    return models


@contextmanager
def warnings_ignored() -> Iterator[None]:
    """Builders warn of initialisations that are slow, or will be another in some later version."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
