"""The files that a data set can come in, by their first bytes."""

from typing import Literal

Kind = Literal["zip", "gzip", "bzip2", "xz", "tar", "parquet", "npy", "idx"]

HEAD = 512
"""Bytes that tell."""

_STARTS: dict[bytes, Kind] = {
    b"PK": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\0": "xz",
    b"PAR1": "parquet",
    b"\x93NUMPY": "npy",
    b"\0\0\x08": "idx",
}

NOT_READ = {
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\x89HDF": "an HDF5 file",
}

IN_WORDS = "a zip or tar archive (.tar, .tar.gz, .tar.xz, .tar.bz2), an .npz, an idx or a Parquet file"


def kind_of(head: bytes) -> Kind | None:
    """None for what none of them begins with."""
    if head[257:262] == b"ustar":
        return "tar"
    return next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)
