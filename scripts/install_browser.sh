#!/usr/bin/env bash
# The browser tests drive a real Chromium; install Debian's when there is none.
set -euo pipefail
for candidate in "${REALM_CHROMIUM:-}" chromium chromium-browser google-chrome; do
    if [ -n "$candidate" ] && command -v "$candidate" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
else
    echo "The browser tests need Chromium: install it (Debian: 'sudo apt install chromium') or set REALM_CHROMIUM to its path." >&2
    exit 1
fi
