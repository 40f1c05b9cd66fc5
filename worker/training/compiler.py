"""Check for a C compiler, with which Triton builds kernel launchers for torch.compile on a GPU."""

import os
import shutil

from worker.errors import CannotTrain

COMPILERS = ("gcc", "clang", "cc")


class NoCompiler(CannotTrain):
    """Raised for a run with torch.compile on a machine without a C compiler."""

    def __init__(self) -> None:
        super().__init__(
            f"compile: on requires a C compiler on the worker, but none of {', '.join(COMPILERS)} is installed (CC can"
            " name another). Install gcc, or submit the run with compile: off."
        )


def check_compiler() -> None:
    """Raise NoCompiler early, instead of failing inside Triton after the data have been prepared."""
    given = os.environ.get("CC")
    if not any(map(shutil.which, [given] if given else COMPILERS)):
        raise NoCompiler
