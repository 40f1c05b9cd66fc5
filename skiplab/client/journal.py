"""The records of one run: appended to files by the training process, read back by the thread that sends them.

A record is one line of JSON. A call that returned has handed its line to the operating system: it survives the end of
the process, killed or not, but not a power failure. While the disk takes no more, lines are held in memory up to a
bound; beyond it points are dropped and counted.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from threading import RLock

from skiplab.client import notices

SEGMENT_BYTES = 8 << 20
"""A segment is deleted once all of it is delivered, which bounds the spool of a long run."""

HELD_BYTES = 8 << 20
"""Lines held in memory while the disk is full. Records other than points may take as much again."""

RETRY_SECONDS = 1.0
"""Pause between attempts to write to a full disk."""

SAY_SECONDS = 30.0
"""Pause between messages about dropped points."""

Clock = Callable[[], float]


class Journal:
    """Appends lines to numbered segments. Opening a dead process's journal continues after its last complete line."""

    def __init__(self, folder: Path, *, clock: Clock = time.monotonic, dropped: int = 0) -> None:
        """Raises OSError if the folder cannot be written to."""
        self._folder, self._clock = folder, clock
        self._lock = RLock()
        self._writing = False
        self._held: deque[tuple[bytes, int]] = deque()
        self._held_bytes = 0
        self._retry_at = self._say_at = 0.0
        self._delivered = (1, 0)
        self.dropped = dropped
        self._open(max(self._segments(), default=1))

    def append(self, line: bytes, points: int = 0) -> None:
        """Write a line, which ends with a newline; keep it in memory if the disk is full. Never raises OSError."""
        with self._lock:
            if self._writing:  # a signal's handler that logs, in the middle of another call
                self._hold(line, points)
                return
            self._writing = True
            try:
                if (self._held and not self._write_held()) or not self._write(line):
                    self._hold(line, points)
            finally:
                self._writing = False

    def read(self, segment: int, start: int, most: int) -> tuple[int, int, bytes]:
        """Return complete lines from a position: (segment, start, lines).

        At the end of a segment it goes on with the next one. Empty if there is nothing to read. At most `most` bytes,
        but at least one line.
        """
        while True:
            with self._lock:
                last, size = self.segment, self._size
            if segment >= last:
                return segment, start, self._lines(segment, start, size, most)
            if lines := self._lines(segment, start, None, most):
                return segment, start, lines
            segment, start = segment + 1, 0

    def exactly(self, segment: int, start: int, end: int) -> bytes:
        """Return bytes that were read before."""
        return self._lines(segment, start, end, end - start)

    def take_held(self, segment: int, end: int, most: int) -> list[bytes]:
        """Remove and return lines that the disk did not take, oldest first, if all that it did is before a position."""
        taken: list[bytes] = []
        with self._lock:
            while (segment, end) == (self.segment, self._size) and self._held and most > 0:
                line, _ = self._held.popleft()
                self._held_bytes -= len(line)
                most -= len(line)
                taken.append(line)
        return taken

    def delivered(self, segment: int, end: int) -> None:
        """Note that the lab has everything before a position, and delete the segments before it."""
        with self._lock:
            self._delivered = (segment, end)
        for number in self._segments():
            if number < segment:
                self._path(number).unlink(missing_ok=True)

    def drop_held(self) -> None:
        """Give up what is held in memory, when the process ends."""
        with self._lock:
            self.dropped += sum(points for _, points in self._held)
            self._held.clear()
            self._held_bytes = 0

    def count_dropped(self, points: int) -> None:
        with self._lock:
            self.dropped += points

    def move(self, folder: Path) -> None:
        """Note that the folder was renamed."""
        self._folder = folder

    def close(self) -> None:
        with self._lock:
            os.close(self._fd)

    def _write(self, line: bytes) -> bool:
        """Write at the end of the last complete line, over what a failed write may have left there."""
        try:
            if self._size + len(line) > SEGMENT_BYTES and self._size:
                self._open(self.segment + 1, after=self._fd)
            if os.pwrite(self._fd, line, self._size) != len(line):
                return self._no_room("No space left on device")
        except OSError as error:
            return self._no_room(error.strerror or str(error))
        self._size += len(line)
        return True

    def _no_room(self, reason: str) -> bool:
        self._retry_at = self._clock() + RETRY_SECONDS
        notices.say_once(
            f"cannot write to {self._folder} ({reason}). Points are held in memory, up to {HELD_BYTES >> 20} MiB, until"
            " they are sent or there is room again. Free some space, or set SKIPLAB_SPOOL to a folder on another disk."
        )
        return False

    def _write_held(self) -> bool:
        """Write what is held in memory; return whether nothing is left."""
        if self._clock() < self._retry_at:
            return False
        if self._delivered == (self.segment, self._size) and self._size:
            self._open_next()
        while self._held:
            line, _ = self._held[0]
            if not self._write(line):
                return False
            self._held.popleft()
            self._held_bytes -= len(line)
        return True

    def _hold(self, line: bytes, points: int) -> None:
        if self._held_bytes + len(line) > (HELD_BYTES if points else 2 * HELD_BYTES):
            self.dropped += points
            self._say_dropped()
            return
        self._held.append((line, points))
        self._held_bytes += len(line)

    def _say_dropped(self) -> None:
        now = self._clock()
        if now >= self._say_at:
            self._say_at = now + SAY_SECONDS
            notices.say(f"{self.dropped:,} points dropped so far: disk and memory of the spool are full.")

    def _open_next(self) -> None:
        """Start a new segment where all of the present one is delivered, so that it can be deleted."""
        try:
            self._open(self.segment + 1, after=self._fd)
        except OSError as error:
            self._no_room(error.strerror or str(error))

    def _open(self, segment: int, after: int | None = None) -> None:
        fd = os.open(self._path(segment), os.O_RDWR | os.O_CREAT, 0o600)
        if after is not None:
            os.close(after)
        self._fd, self.segment, self._size = fd, segment, _complete(fd)

    def _lines(self, segment: int, start: int, end: int | None, most: int) -> bytes:
        """Return whole lines of a segment, before `end` (None: of the file); empty if it is no longer there."""
        try:
            fd = os.open(self._path(segment), os.O_RDONLY)
        except FileNotFoundError:
            return b""
        try:
            end = os.fstat(fd).st_size if end is None else end
            while True:
                found = os.pread(fd, min(most, end - start), start)
                if (cut := found.rfind(b"\n") + 1) or start + most >= end:
                    return found[:cut]
                most *= 2
        finally:
            os.close(fd)

    def _segments(self) -> list[int]:
        return sorted(int(path.stem.removeprefix("points-")) for path in self._folder.glob("points-*.jsonl"))

    def _path(self, segment: int) -> Path:
        return self._folder / f"points-{segment:06}.jsonl"


def _complete(fd: int) -> int:
    """Return the size of a file up to its last newline: a killed process may have left part of a line."""
    size = os.fstat(fd).st_size
    while size:
        start = max(0, size - (1 << 16))
        if (cut := os.pread(fd, size - start, start).rfind(b"\n")) >= 0:
            return start + cut + 1
        size = start
    return 0
