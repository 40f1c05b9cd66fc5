"""Who may read what the lab writes: its own user, unless its group may as well."""

import os
from pathlib import Path
from stat import S_IMODE, filemode

OTHERS = 0o077
"""What a group and all others may not: read, write, look into."""

OTHERS_BUT_READERS = 0o027
"""The same where the group may read."""


def keep_private(*, group_may_read: bool = False) -> None:
    """From now on, whatever this process and its children write is 0600 and 0700, or 0640 and 0750."""
    os.umask(_forbidden(group_may_read))


def too_open(home: Path, *, group_may_read: bool = False) -> str | None:
    """The home folder's mode, such as drwxr-xr-x, where others may look into it. What is in it is then out of reach."""
    try:
        mode = home.stat().st_mode
    except OSError:
        return None
    return filemode(mode) if mode & _forbidden(group_may_read) else None


def tighten(home: Path, *, group_may_read: bool = False) -> str | None:
    """Shut a home that an earlier version left open to others; gives what to tell of it. The home of another user is
    left alone."""
    was = too_open(home, group_may_read=group_may_read)
    if was is None or home.stat().st_uid != os.geteuid():
        return None
    home.chmod(S_IMODE(home.stat().st_mode) & ~_forbidden(group_may_read))
    said = f"{home} was open to other users of this machine ({was}); now it is not."
    return said if group_may_read else f"{said} SKIPLAB_GROUP_MAY_READ=true lets its group read."


def _forbidden(group_may_read: bool) -> int:
    return OTHERS_BUT_READERS if group_may_read else OTHERS
