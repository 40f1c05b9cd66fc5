#!/bin/sh
# Every test. The dashboard's first, so that pytest's closing line, with the bulk of them, stands last.
set -eu
cd "$(dirname "$0")/.."

.venv/bin/python scripts/node.py test
exec .venv/bin/python -m pytest "$@"
