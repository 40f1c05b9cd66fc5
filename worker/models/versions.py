"""Versions of networks' code, which are part of the key of a cached training check."""

from importlib.metadata import version

from worker.models.cards import fingerprint
from worker.models.vision import PREFIX


def known_version(key: str) -> str:
    """Return the version of a built-in network or one of torchvision's."""
    return f"torchvision {version('torchvision')}, {fingerprint()}" if key.startswith(PREFIX) else fingerprint()


def plugin_version(code: str) -> str:
    """Return the version of a plugin's network. `code`: hash of the plugin's code.

    It includes Skiplab's code and PyTorch, on which the result of a check depends too.
    """
    return f"{code[:16]}, {fingerprint()}"
