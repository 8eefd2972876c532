"""Ports for servers that tests start by a number: nobody else's, even while a server is away."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

LOWEST = 20_000
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port() -> int:
    """Return a port that nothing listens on, and that the system gives to no connection.

    A port that the system chose may be given to somebody's connection as soon as it is let go.
    """
    highest = int(EPHEMERAL.read_text().split()[0]) if EPHEMERAL.exists() else 32_768
    assert highest > LOWEST + 1_000, "the system keeps no port for servers"
    draw = random.SystemRandom()  # the workers of a run draw each their own
    while True:
        port = draw.randrange(LOWEST, highest)
        with socket.socket() as held, contextlib.suppress(OSError):
            held.bind(("127.0.0.1", port))
            return port
