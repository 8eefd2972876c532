"""The line between a phone and a real server: a relay that may be cut, or lose what it carries.

Bytes pass through it as they are, so nothing of the page or of the server is replaced. What it does
to an entry that is sent (`POST /saisie/sorties`) is said by `fate`.
"""

from __future__ import annotations

import contextlib
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Literal
from urllib.parse import urlsplit

Fate = Literal["passes", "lost before", "lost after"]
"""An entry reaches the server and its answer the phone; never reaches it; its answer is lost."""
SENT = b"POST /saisie/sorties "
_PIECE = 65536


def passes() -> Fate:
    return "passes"


@dataclass
class Line:
    """A relay to a server, at an address of its own; `fates` counts what became of entries."""

    server: str
    fate: Callable[[], Fate] = passes
    fates: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    _cut: bool = False
    _open: set[socket.socket] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def url(self) -> str:
        return f"http://localhost:{self._door.getsockname()[1]}"

    def start(self) -> None:
        Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Let nothing through any more; what was passing is broken off."""
        with self._lock:
            self._cut = True
            for end in self._open:
                _break(end)

    def mend(self) -> None:
        """Let everything through again."""
        with self._lock:
            self._cut, self.fate = False, passes

    def stop(self) -> None:
        self.cut()
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                phone, _ = self._door.accept()
                Thread(target=self._carry, args=(phone,), daemon=True).start()

    def _carry(self, phone: socket.socket) -> None:
        parts = urlsplit(self.server)
        with phone, socket.create_connection(("127.0.0.1", parts.port or 80)) as server:
            with self._lock:
                self.refused += self._cut
                if self._cut:
                    return
                self._open |= {phone, server}
            mute: list[bool] = []
            back = Thread(target=self._answer, args=(server, phone, mute), daemon=True)
            back.start()
            with contextlib.suppress(OSError):
                while piece := phone.recv(_PIECE):
                    if piece.startswith(SENT):
                        fate = self.fate()
                        self.fates[fate] += 1
                        if fate == "lost before":
                            break
                        mute += [True] * (fate == "lost after")
                    server.sendall(piece)
            for end in (phone, server):
                _break(end)
            back.join()
            with self._lock:
                self._open -= {phone, server}

    def _answer(self, server: socket.socket, phone: socket.socket, mute: list[bool]) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(_PIECE):
                if mute:  # the server has written and says so: the phone hears a broken line
                    break
                phone.sendall(piece)
        _break(phone)


def _break(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def weak_line(server: str) -> Iterator[Line]:
    """Give a line to a server for as long as it is wanted."""
    line = Line(server)
    line.start()
    yield line
    line.stop()
