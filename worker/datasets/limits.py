"""How much an import takes, at most: a few kilobytes can claim to be more than a machine can hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    unpacked: int = 10 * 2**30
    """Bytes of all files of an archive: more is a mistake or an attack."""

    files: int = 3_000_000
    """Of a folder or an archive. ImageNet has 1.3 million."""

    file: int = 64 * 2**20
    """Bytes of one image file, unpacked."""

    pickled: int = 512 * 2**20
    """Bytes of one pickle, which is read into memory as a whole. CIFAR-100's has 155 million."""

    pixels: int = 64 * 2**20
    """Of one image."""

    kept_free: int = 2**30
    """Bytes that stay free on the disk."""
