"""Limits of an import: a few kilobytes may decompress to more than a machine can hold."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Upper limits of an import."""

    unpacked: int = 10 * 2**30
    """Bytes of all files of an archive, decompressed."""

    files: int = 3_000_000
    """Files in a folder or archive. ImageNet has 1.3 million."""

    file: int = 64 * 2**20
    """Bytes of one image file, decompressed."""

    pickled: int = 512 * 2**20
    """Bytes of one pickle, which is read into memory in full. CIFAR-100's has 155 million."""

    pixels: int = 64 * 2**20
    """Pixels of one image."""

    kept_free: int = 2**30
    """Bytes that must stay free on the disk."""
