#!/bin/sh
# Lint, format and types, of Python and TypeScript. Runs all checks before it fails.
cd "$(dirname "$0")/.." || exit 1

failed=0
step() {
    echo "== $*"
    "$@" || failed=1
}

step .venv/bin/ruff check
step .venv/bin/ruff format --check
step .venv/bin/mypy
step .venv/bin/python scripts/node.py run check
exit $failed
