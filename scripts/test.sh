#!/bin/sh
# Every test but the long ones; with --long those too. The dashboard's first, so that pytest's closing line stands last.
set -eu
cd "$(dirname "$0")/.."

.venv/bin/python scripts/node.py test
if [ "${1:-}" = --long ]; then
    shift
else
    set -- -m 'not long' "$@"
fi
exec .venv/bin/python -m pytest --durations=20 --durations-min=1 "$@"
