"""What torch.compile needs beside torch: on a GPU, Triton builds its launchers with a C compiler."""

import os
import shutil

from worker.errors import CannotTrain

COMPILERS = ("gcc", "clang", "cc")


class NoCompiler(CannotTrain):
    def __init__(self) -> None:
        super().__init__(
            "compile: on needs a C compiler on the worker's machine, and there is none"
            f" ({', '.join(COMPILERS)}; CC may name another): install gcc, or submit the run with compile: off."
        )


def check_compiler() -> None:
    """Raises NoCompiler, before minutes of training end in Triton's traceback."""
    given = os.environ.get("CC")
    if not any(map(shutil.which, [given] if given else COMPILERS)):
        raise NoCompiler
