#!/usr/bin/env bash
# Set up everything in the checkout: virtual environment, packages, database, static files, demo data.
# Safe to run again and again; the second time takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Realm needs Python 3.11 or newer, but '$python' is $("$python" --version). Set PYTHON=/path/to/python3.11." >&2
    exit 1
fi
if [ ! -x .venv/bin/python ]; then
    "$python" -m venv .venv || { echo "The venv module is missing: on Debian and Ubuntu run 'apt install python3-venv'." >&2; exit 1; }
fi

# `make run` needs what runs Realm; --packages-only adds tests, lint and training tools.
set_of() { cat "$@" | sha256sum; }
case "${1:-}" in
    --packages-only) list=requirements-dev.txt stamp=installed-dev
        wanted=$(set_of requirements{,-modeling,-training,-metrics,-dev}.txt) ;;
    *) list=requirements.txt stamp=installed
        wanted=$(set_of requirements{,-modeling}.txt) ;;
esac
if [ "$(cat ".venv/$stamp" 2>/dev/null || true)" != "$wanted" ]; then
    if [ "$stamp" = installed-dev ]; then scripts/install_compiler.sh; fi
    echo "Installing packages into .venv (about 1.5 GB the first time) ..."
    .venv/bin/pip install --quiet --disable-pip-version-check -r "$list" 2> >(grep -v '^WARNING: Location' >&2)
    echo "$wanted" > ".venv/$stamp"
fi

if [ "${1:-}" != "--packages-only" ]; then
    .venv/bin/python manage.py migrate --verbosity 0
    .venv/bin/python manage.py collectstatic --noinput --verbosity 0
    .venv/bin/python manage.py register_bundles
    .venv/bin/python manage.py load_demo
    .venv/bin/python manage.py ensure_admin
fi
