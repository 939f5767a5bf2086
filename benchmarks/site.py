"""A whole platform on a data folder of its own: migrated, with a campaign, a web server and, if wanted, a worker."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import CannotRun, progress

HOST = "127.0.0.1"
STARTS_WITHIN_S = 60.0
SLUG = "benchmark"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    port: int
    data_dir: Path


@contextmanager
def running_site(*, port: int, prompts: int, with_worker: bool) -> Iterator[Site]:
    """Everything under a temporary folder, stopped and removed at the end.

    Sets the environment of this process before Django is set up, so that the benchmark reads the same rows and
    objects as the servers; call it once.
    """
    with tempfile.TemporaryDirectory(prefix="realm-benchmark-") as folder:
        site = Site(port=port or free_port(), data_dir=Path(folder))
        use_data_of(site)
        create_campaign(prompts=prompts)
        with servers(site, with_worker=with_worker):
            yield site


def use_data_of(site: Site) -> None:
    for name in ("DATABASE_URL", "OBJECT_STORE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(name, None)
    os.environ |= {"REALM_DATA_DIR": str(site.data_dir), "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ.setdefault("REALM_LOG_LEVEL", "ERROR")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def create_campaign(*, prompts: int) -> None:
    from collection.models import Campaign, Prompt
    from recruitment.models import ConsentText, Effort

    effort = Effort.objects.create(name="Benchmark")
    ConsentText.objects.create(effort=effort, version=1, text="Machines only.")
    campaign = Campaign.objects.create(
        slug=SLUG, title="Benchmark", introduction="Machines only.", state=Campaign.State.OPEN, effort=effort
    )
    Prompt.objects.bulk_create(
        Prompt(campaign=campaign, sentence_1=f"First sentence {n}.", sentence_2=f"Second sentence {n}.")
        for n in range(prompts)
    )


@contextmanager
def servers(site: Site, *, with_worker: bool) -> Iterator[None]:
    from config.supervisor import Program, start, stop, web_command, worker_command

    wanted = [Program(name="web server", command=web_command(host=HOST, port=site.port))]
    if with_worker:
        command = worker_command(name="worker", queues="cpu,gpu")
        wanted.append(Program(name="worker", command=command, niceness=10))
    children = [start(program) for program in wanted]
    try:
        wait_until_served(site)
        yield
    finally:
        stop(children)


def wait_until_served(site: Site) -> None:
    deadline_s = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline_s:
        connection = http.client.HTTPConnection(HOST, site.port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                progress(f"A site of its own serves on port {site.port}.")
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise CannotRun(f"The web server did not answer on port {site.port} within {STARTS_WITHIN_S:g} s.")


def manage(*arguments: str) -> None:
    """Run manage.py on the same data; its own output stays out of the report."""
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, str(root / "manage.py"), *arguments]
    subprocess.run(command, check=True, stdout=sys.stderr, timeout=300)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
