"""File formats of uploads and imports, recognised by their first bytes."""

from typing import Literal

Kind = Literal["zip", "gzip", "bzip2", "xz", "tar", "parquet", "npy", "idx"]

HEAD = 512
"""Bytes needed to recognise a format (a tar has its magic number at byte 257)."""

_STARTS: dict[bytes, Kind] = {
    b"PK": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"PAR1": "parquet",
    b"\x93NUMPY": "npy",
    b"\0\0\x08": "idx",
}

UNSUPPORTED = {
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\x89HDF": "an HDF5 file",
}

SUPPORTED = "a zip or tar archive (.tar, .tar.gz, .tar.xz, .tar.bz2), an .npz, an idx or a Parquet file"


def kind_of(head: bytes) -> Kind | None:
    """Return the format of a file that starts with `head`; None if unknown."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)
