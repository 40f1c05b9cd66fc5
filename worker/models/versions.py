"""Versions of networks' code, by which training checks are cached."""

from importlib.metadata import version

from worker.models.cards import fingerprint
from worker.models.vision import PREFIX


def known_version(key: str) -> str:
    """Of a built-in network, or one of torchvision's."""
    return f"torchvision {version('torchvision')}, {fingerprint()}" if key.startswith(PREFIX) else fingerprint()


def plugin_version(code: str) -> str:
    """`code`: a hash of the plugin's code. The lab's own and torch decide as well what trains."""
    return f"{code[:16]}, {fingerprint()}"
