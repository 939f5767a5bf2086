#!/usr/bin/env bash
# Install the toolkits that Realm is compared with (SpeechBrain, Asteroid, ...) into .venv-peers.
# They stay out of .venv, but see its packages, so that torch is not installed twice. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ ! -x .venv/bin/python ]; then
    echo "There is no .venv yet: run scripts/setup.sh first." >&2
    exit 1
fi
python_version=$(.venv/bin/python --version)
wanted=$( (cat requirements-peers.txt; echo "$python_version") | sha256sum)
if [ "$(cat .venv-peers/installed 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi

echo "Installing the peers into .venv-peers (about 50 MB) ..."
rm -rf .venv-peers
.venv/bin/python -m venv --without-pip .venv-peers
.venv-peers/bin/python - <<'PYTHON'
import os
import sysconfig
from pathlib import Path

own = Path(sysconfig.get_path("purelib"))
shared = Path(".venv").resolve() / own.relative_to(Path(".venv-peers").resolve())
own.joinpath("realm.pth").write_text(os.path.relpath(shared, own) + "\n", encoding="utf-8")
PYTHON
.venv/bin/pip --python .venv-peers/bin/python install --quiet --disable-pip-version-check --no-deps \
    -r requirements-peers.txt 2> >(grep -v '^WARNING: Location' >&2)
echo "$wanted" > .venv-peers/installed
