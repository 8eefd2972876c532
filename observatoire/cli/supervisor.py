"""What the machine's supervisor (systemd) is told: that the app answers, by its own protocol."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


def tell_ready(environ: Mapping[str, str] | None = None) -> None:
    """Say « ready » to the supervisor that started us, when there is one.

    It gives the address of a datagram socket in `NOTIFY_SOCKET` (`@` first: no file). A supervisor
    that does not listen is no reason to stop serving.
    """
    address = (os.environ if environ is None else environ).get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker:
        speaker.connect("\0" + address[1:] if address[0] == "@" else address)
        speaker.send(b"READY=1")
