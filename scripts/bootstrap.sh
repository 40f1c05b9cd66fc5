#!/bin/sh
# Finds a suitable Python and runs setup.py with it. Needs only a POSIX shell.
# PYTHON=/path/to/python selects one; the arguments are passed to setup.py.
set -u
cd "$(dirname "$0")/.." || exit 1

fail() {
    echo "setup: $*" >&2
    exit 1
}

# By running it: a name on the PATH may be a shim for a missing Python.
is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

# 3.11 first: the version that Skiplab is developed and tested with.
find_python() {
    for candidate in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3}; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    if [ -n "${PYTHON:-}" ]; then
        fail "PYTHON is '$PYTHON', which is not a Python 3.11 or newer."
    fi
    found=$(python3 -V 2>/dev/null)
    fail "Skiplab needs Python 3.11 or newer; on the PATH is ${found:-no Python at all}."
}

can_make_environments() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# Debian and its derivatives ship Python without ensurepip.
add_venv() {
    package="python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "  installing $package, which this Python needs"
        log=$(mktemp)
        if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes "$package"; } >"$log" 2>&1 </dev/null; then
            fail "apt-get could not install $package; its output is in $log."
        fi
        rm -f "$log"
    fi
    can_make_environments "$1" || fail "$1 cannot make virtual environments; install $package (sudo apt-get install $package)."
}

python=$(find_python) || exit 1
can_make_environments "$python" || add_venv "$python"
exec "$python" scripts/setup.py "$@"
