"""File permissions of the home folder: for the user alone, or also readable by the group."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE, S_ISLNK, filemode

OTHERS = 0o077
"""Permissions denied to group and others."""

OTHERS_BUT_READERS = 0o027
"""The same, except that the group may read."""


def keep_private(*, group_may_read: bool = False) -> None:
    """Set the umask of this process and its children to 0600 and 0700, or 0640 and 0750 for files and folders."""
    os.umask(_forbidden(group_may_read))


def too_open(home: Path, *, group_may_read: bool = False) -> str | None:
    """Return the mode of the home folder, such as drwxr-xr-x, if it is too permissive; None if it is not."""
    try:
        mode = home.stat().st_mode
    except OSError:
        return None
    return filemode(mode) if mode & _forbidden(group_may_read) else None


def tighten(home: Path, *, group_may_read: bool = False) -> str | None:
    """Restrict a home folder that was left open, and all that is in it; return a message about it, or None.

    A home folder of another user is left unchanged, and so are files of others in it and what symbolic links lead to.
    """
    was = too_open(home, group_may_read=group_may_read)
    if was is None or home.stat().st_uid != os.geteuid():
        return None
    for path in _whole(home):
        # A file may be gone by now, such as one of SQLite's.
        with suppress(OSError):
            _restrict(path, _forbidden(group_may_read))
    if too_open(home, group_may_read=group_may_read):
        return f"{home} is accessible to other users of this machine ({was}), and its file system keeps it so: move it."
    message = f"{home} was accessible to other users of this machine ({was}); access was removed."
    return message if group_may_read else f"{message} SKIPLAB_GROUP_MAY_READ=true lets its group read."


def _whole(home: Path) -> Iterator[Path]:
    """Yield the folder itself, which is closed first, and all folders and files below it."""
    yield home
    for folder, folders, files in os.walk(home):
        yield from (Path(folder, name) for name in (*folders, *files))


def _restrict(path: Path, forbidden: int) -> None:
    """Raises OSError."""
    found = path.lstat()
    if not S_ISLNK(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & forbidden:
        path.chmod(S_IMODE(found.st_mode) & ~forbidden)


def _forbidden(group_may_read: bool) -> int:
    return OTHERS_BUT_READERS if group_may_read else OTHERS
