#!/usr/bin/env bash
# The servers that `make test-services` talks to: PostgreSQL, RabbitMQ, Redis, and OpenStack Swift speaking S3.
set -euo pipefail
packages=(postgresql rabbitmq-server redis-server memcached
          swift-proxy swift-account swift-container swift-object)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" = 0 ]; then exit 0; fi
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "The service tests need these Debian packages; install them as root: apt-get install ${missing[*]}" >&2
    exit 1
fi
# The packages would start servers of their own; ours run on other ports, from a temporary folder.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod +x "$policy"
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
