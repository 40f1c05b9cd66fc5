"""How much an import takes, at most: a few kilobytes can claim to be more than a machine can hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    unpacked: int = 10 * 2**30
    """Bytes of all files of a zip: more is a mistake or an attack."""

    file: int = 64 * 2**20
    """Bytes of one image file, unpacked."""

    pixels: int = 64 * 2**20
    """Of one image."""

    kept_free: int = 2**30
    """Bytes that stay free on the disk."""
