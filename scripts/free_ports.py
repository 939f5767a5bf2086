"""Print the first of ten neighbouring ports that nobody uses on 127.0.0.1 (for servers started by .ci/run)."""

import socket

FIRST, LAST, COUNT = 21_000, 29_000, 10


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


if __name__ == "__main__":
    print(next(base for base in range(FIRST, LAST, COUNT) if all(map(is_free, range(base, base + COUNT)))))
