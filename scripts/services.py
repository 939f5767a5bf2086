"""Real servers for tests, in a folder of their own and on 127.0.0.1 only: PostgreSQL, RabbitMQ, Redis, Swift as S3.

    python scripts/services.py run -- COMMAND ...    start all, run the command with their addresses, stop all
    python scripts/services.py start | stop | status | env

`eval "$(python scripts/services.py env)"` points a shell at running servers. Needs scripts/install_services.sh.
"""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(os.environ.get("REALM_SERVICES_DIR", f"{tempfile.gettempdir()}/realm-services-{os.getuid()}"))
FIRST_PORT = int(os.environ.get("REALM_SERVICES_PORT", "9210"))
NAMES = ("postgres", "amqp", "erlang", "epmd", "redis", "s3", "account", "container", "object", "memcached")
PORTS = {name: FIRST_PORT + index for index, name in enumerate(NAMES)}
HOST = "127.0.0.1"
START_WITHIN_S = 120
BUCKET = "realm"
S3_ACCESS_KEY, S3_SECRET_KEY = "test:tester", "testing"
RABBITMQ_BIN = Path("/usr/lib/rabbitmq/bin")
SWIFT_PIPELINE = (
    "catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk tempurl s3api tempauth "
    "copy slo dlo versioned_writes symlink proxy-logging proxy-server"
)
FILTERS = {
    **{
        name: name.replace("-", "_")
        for name in ("catch_errors", "gatekeeper", "healthcheck", "bulk", "tempurl")
    },
    **{name: name for name in ("listing_formats", "copy", "slo", "dlo", "symlink")},
    "proxy-logging": "proxy_logging",
}


def environment() -> dict[str, str]:
    """What a Realm process, and the tests, need to know."""
    return {
        "DATABASE_URL": f"postgres://realm@{HOST}:{PORTS['postgres']}/realm",
        "CELERY_BROKER_URL": f"amqp://guest:guest@{HOST}:{PORTS['amqp']}//",
        "OBJECT_STORE_URL": f"s3://{BUCKET}?endpoint=http://{HOST}:{PORTS['s3']}&region=us-east-1"
        f"&access_key={S3_ACCESS_KEY}&secret_key={S3_SECRET_KEY}",
        "REALM_SERVICES_REDIS_URL": f"redis://{HOST}:{PORTS['redis']}/0",
    }


def run(
    command: Sequence[str | Path], *, extra: Mapping[str, str] | None = None, folder: Path = FOLDER
) -> str:
    """Run to the end; what it printed is shown only where it failed."""
    done = subprocess.run(
        [str(part) for part in command],
        env={**os.environ, **(extra or {})},
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{shlex.join(str(part) for part in command)} failed:\n{done.stdout}")
    return done.stdout


def spawn(name: str, command: Sequence[str | Path], *, extra: Mapping[str, str] | None = None) -> None:
    """Start a server that stays, and note its process for `stop`."""
    with (FOLDER / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [str(part) for part in command],
            env={**os.environ, **(extra or {})},
            cwd=FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (FOLDER / f"{name}.pid").write_text(str(process.pid))


def end(name: str) -> None:
    note = FOLDER / f"{name}.pid"
    if not note.exists():
        return
    for wanted in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(int(note.read_text()), wanted)
        except ProcessLookupError:
            break
        for _ in range(50):
            if not answers(PORTS.get(name, 0)):
                break
            time.sleep(0.1)
    note.unlink()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def wait_until(what: str, ready: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + START_WITHIN_S
    while not ready():
        if time.monotonic() > deadline_s:
            raise SystemExit(f"{what} did not start within {START_WITHIN_S} s: look into {FOLDER}/*.log")
        time.sleep(0.1)


def start_postgres() -> None:
    data = FOLDER / "postgres"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    if os.getuid() == 0:
        shutil.chown(data, "postgres", "postgres")
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if as_user and subprocess.run([*as_user, "test", "-w", data], stderr=subprocess.DEVNULL).returncode:
        raise SystemExit(f"The account postgres cannot enter {data}: chmod 755 the folders above it.")
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    run(
        [*as_user, programs / "initdb", "--auth=trust", "--username=realm", "--encoding=UTF8", data],
        folder=data,
    )
    options = f"-p {PORTS['postgres']} -k {data} -c listen_addresses={HOST} -c max_connections=200"
    run(
        [*as_user, programs / "pg_ctl", "-D", data, "-w", "-l", data / "log", "-o", options, "start"],
        folder=data,
    )
    run([programs / "createdb", "-h", HOST, "-p", str(PORTS["postgres"]), "-U", "realm", "realm"])


def stop_postgres() -> None:
    note = FOLDER / "postgres" / "postmaster.pid"
    if note.exists():
        os.kill(int(note.read_text().split()[0]), signal.SIGINT)
        wait_until("The end of PostgreSQL", lambda: not note.exists())


def rabbitmq_environment() -> dict[str, str]:
    folder = FOLDER / "rabbitmq"
    return {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": "realm@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": HOST,
        "RABBITMQ_NODE_PORT": str(PORTS["amqp"]),
        "RABBITMQ_DIST_PORT": str(PORTS["erlang"]),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "ERL_EPMD_PORT": str(PORTS["epmd"]),
        "ERL_EPMD_ADDRESS": HOST,
    }


def start_rabbitmq() -> None:
    folder = FOLDER / "rabbitmq"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "plugins").write_text("[].")
    if not answers(PORTS["epmd"]):  # a broker that is started again keeps its port mapper, and we its number
        spawn("epmd", ["epmd", "-port", str(PORTS["epmd"]), "-address", HOST])
    spawn("amqp", [RABBITMQ_BIN / "rabbitmq-server"], extra=rabbitmq_environment())
    wait_until("RabbitMQ", lambda: answers(PORTS["amqp"]))


def start_redis() -> None:
    options = ["--bind", HOST, "--port", str(PORTS["redis"]), "--save", "", "--appendonly", "no"]
    spawn("redis", ["redis-server", *options, "--dir", FOLDER])
    wait_until("Redis", lambda: answers(PORTS["redis"]))


def swift_backend_configuration(kind: str, folder: Path, user: str) -> str:
    return f"""[DEFAULT]
bind_ip = {HOST}
bind_port = {PORTS[kind]}
workers = 0
user = {user}
swift_dir = {folder}
devices = {folder}/devices
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""


def swift_proxy_configuration(folder: Path, user: str) -> str:
    plain = "".join(f"[filter:{name}]\nuse = egg:swift#{egg}\n" for name, egg in FILTERS.items())
    return f"""[DEFAULT]
bind_ip = {HOST}
bind_port = {PORTS["s3"]}
workers = 0
user = {user}
swift_dir = {folder}
[pipeline:main]
pipeline = {SWIFT_PIPELINE}
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
{plain}[filter:cache]
use = egg:swift#memcache
memcache_servers = {HOST}:{PORTS["memcached"]}
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_object_versioning = true
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
cors_preflight_allow_origin = *
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {S3_SECRET_KEY} .admin .reseller_admin
"""


def start_swift() -> None:
    folder = FOLDER / "swift"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "devices" / "d1").mkdir(parents=True)
    user = "root" if os.getuid() == 0 else os.environ["USER"]
    (folder / "swift.conf").write_text(
        "[swift-hash]\nswift_hash_path_prefix = realm\nswift_hash_path_suffix = realm\n"
    )
    (folder / "proxy-server.conf").write_text(swift_proxy_configuration(folder, user))
    spawn("memcached", ["memcached", "-l", HOST, "-p", str(PORTS["memcached"]), "-u", user])
    for kind in ("account", "container", "object"):
        make_swift_ring(kind, folder)
        (folder / f"{kind}-server.conf").write_text(swift_backend_configuration(kind, folder, user))
        spawn(
            kind, [f"swift-{kind}-server", folder / f"{kind}-server.conf"], extra={"SWIFT_DIR": str(folder)}
        )
    spawn("s3", ["swift-proxy-server", folder / "proxy-server.conf"])
    wait_until(
        "Swift", lambda: all(answers(PORTS[name]) for name in ("s3", "account", "container", "object"))
    )
    make_bucket()


def make_swift_ring(kind: str, folder: Path) -> None:
    builder = folder / f"{kind}.builder"
    run(["swift-ring-builder", builder, "create", "8", "1", "1"])
    run(["swift-ring-builder", builder, "add", f"r1z1-{HOST}:{PORTS[kind]}/d1", "100"])
    run(["swift-ring-builder", builder, "rebalance"])


def make_bucket() -> None:
    """In Swift's own language, which needs no client library; browsers may put objects from any origin."""
    proxy = f"http://{HOST}:{PORTS['s3']}"
    login = urllib.request.Request(
        f"{proxy}/auth/v1.0", headers={"X-Auth-User": S3_ACCESS_KEY, "X-Auth-Key": S3_SECRET_KEY}
    )
    with urllib.request.urlopen(login, timeout=30) as answer:
        token, account = answer.headers["X-Auth-Token"], answer.headers["X-Storage-Url"]
    headers = {"X-Auth-Token": token, "X-Container-Meta-Access-Control-Allow-Origin": "*"}
    bucket = urllib.request.Request(f"{account}/{BUCKET}", method="PUT", headers=headers)
    urllib.request.urlopen(bucket, timeout=30).close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    title: str
    port: int
    start: Callable[[], None]
    stop: Callable[[], None]


def end_all(*names: str) -> Callable[[], None]:
    return lambda: [end(name) for name in names] and None


SERVICES = (
    Service(title="PostgreSQL", port=PORTS["postgres"], start=start_postgres, stop=stop_postgres),
    Service(title="RabbitMQ", port=PORTS["amqp"], start=start_rabbitmq, stop=end_all("amqp", "epmd")),
    Service(title="Redis", port=PORTS["redis"], start=start_redis, stop=end_all("redis")),
    Service(
        title="Swift (S3)",
        port=PORTS["s3"],
        start=start_swift,
        stop=end_all("s3", "account", "container", "object", "memcached"),
    ),
)


def start_all() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o755)  # PostgreSQL runs as a user of its own and must reach its folder
    taken = [name for name, port in PORTS.items() if answers(port)]
    if taken:
        raise SystemExit(
            f"Port {PORTS[taken[0]]} ({taken[0]}) is taken: run 'scripts/services.py stop', "
            "or set REALM_SERVICES_PORT to the first of ten free ports."
        )
    for service in SERVICES:
        began_s = time.monotonic()
        service.start()
        print(f"{service.title} on port {service.port} ({time.monotonic() - began_s:.1f} s)", file=sys.stderr)


def stop_all() -> None:
    for service in reversed(SERVICES):
        service.stop()
    shutil.rmtree(FOLDER, ignore_errors=True)


def run_beside_services(command: Sequence[str]) -> int:
    try:
        start_all()
        return subprocess.run(command, env={**os.environ, **environment()}).returncode
    finally:
        stop_all()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["start", "stop", "status", "env", "run"])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    chosen = parser.parse_args()
    if chosen.action == "run":
        return run_beside_services(chosen.command[1:] if chosen.command[:1] == ["--"] else chosen.command)
    if chosen.action == "start":
        start_all()
    elif chosen.action == "stop":
        stop_all()
    elif chosen.action == "env":
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in environment().items()))
    else:
        for service in SERVICES:
            print(f"{service.title}: {'up' if answers(service.port) else 'down'} (port {service.port})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
