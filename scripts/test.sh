#!/bin/sh
# Every test but the long ones, and the share of the lines of three packages that their own tests run. With --long: every
# test, and the share of all lines. The dashboard's tests come first, so that pytest's closing lines stand last.
set -eu
cd "$(dirname "$0")/.."

pytest() {
    .venv/bin/python -m pytest --durations=20 --durations-min=1 "$@"
}

.venv/bin/python scripts/node.py test
if [ "${1:-}" = --long ]; then
    shift
    pytest --cov --cov-report=term:skip-covered "$@"
    exit
fi
# Tracing costs a third on top of what it traces (Python 3.11), so the rest of the tests goes without.
echo "How much of backend/db, worker/training and skiplab their own tests run; make test-long counts every test:"
status=0
pytest -m 'not long' --cov=backend/db --cov=worker/training --cov=skiplab --cov-report=term:skip-covered \
    tests/backend/db tests/worker/training tests/skiplab || status=$?
pytest -m 'not long' --no-cov \
    --ignore=tests/backend/db --ignore=tests/worker/training --ignore=tests/skiplab "$@" || status=$?
exit "$status"
