#!/usr/bin/env bash
# A C++ compiler and Python's headers: pip builds pesq, and pyroomacoustics where there is no wheel. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."

headers=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))')
if command -v g++ >/dev/null && [ -f "$headers/Python.h" ]; then
    exit 0
fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "Building pesq and pyroomacoustics needs g++ and Python's headers: install the packages g++ and python3-dev, then try again." >&2
    exit 1
fi
echo "Installing g++ and python3-dev ..."
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends g++ python3-dev >/dev/null
