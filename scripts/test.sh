#!/bin/sh
# Every test but the long ones; with --long those too, and the share of lines that they run. The dashboard's tests come
# first, so that pytest's closing lines stand last.
set -eu
cd "$(dirname "$0")/.."

.venv/bin/python scripts/node.py test
if [ "${1:-}" = --long ]; then
    shift
    set -- --cov --cov-report=term:skip-covered "$@"
else
    set -- -m 'not long' --no-cov "$@"
fi
exec .venv/bin/python -m pytest --durations=20 --durations-min=1 "$@"
