"""The embedded broker hands out whole messages, oldest first."""

from __future__ import annotations

from pathlib import Path

import pytest
from kombu import Connection

from config import folder_broker


@pytest.fixture
def connection(tmp_path: Path) -> Connection:
    folder_broker.register()
    for name in ("messages", "control"):
        (tmp_path / name).mkdir()
    options = {
        "data_folder_in": str(tmp_path / "messages"),
        "data_folder_out": str(tmp_path / "messages"),
        "control_folder": str(tmp_path / "control"),
    }
    return Connection("folder://localhost/", transport_options=options)


def test_messages_come_back_in_the_order_they_were_sent(connection: Connection) -> None:
    queue = connection.SimpleQueue("cpu")
    for number in range(20):
        queue.put({"job_id": number})
    received = []
    for _ in range(20):
        message = queue.get(timeout=5)
        received.append(message.payload["job_id"])
        message.ack()
    assert received == list(range(20))


def test_an_unfinished_message_is_not_read(connection: Connection, tmp_path: Path) -> None:
    queue = connection.SimpleQueue("cpu")
    (tmp_path / "messages" / "0001.unfinished").write_text("")
    with pytest.raises(queue.Empty):
        queue.get(timeout=0.2)
