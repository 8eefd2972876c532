"""The shipped nginx.conf in front of a test's app: a plain process, a certificate of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from ports import free_port

CONF = Path(__file__).resolve().parent.parent / "deploy" / "nginx.conf"
NAME = "observatoire.example.fr"


@dataclass(frozen=True)
class Proxy:
    """Its two addresses, its certificate, and the folder of its logs."""

    plain: str
    secure: str
    certificate: Path
    logs: Path

    def said(self, name: str) -> str:
        """Return one of its logs."""
        return (self.logs / f"observatoire-{name}.log").read_text("utf-8")


def make_certificate(folder: Path) -> Path:
    certificate = folder / "fullchain.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(folder / "privkey.pem"), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate


def adapted(folder: Path, *, app: int, plain: int, secure: int) -> str:
    """Return the shipped file with other ports, names and folders: each change must be needed."""
    text = CONF.read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.strip().startswith("listen [::]")]
    text = "\n".join(kept)
    for old, new in (
        (f"/etc/letsencrypt/live/{NAME}", str(folder)),
        (f"server_name {NAME};", "server_name localhost;"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
        ("listen 443", f"listen 127.0.0.1:{secure}"),
        ("https://$host$request_uri", f"https://$host:{secure}$request_uri"),
        ("127.0.0.1:8501", f"127.0.0.1:{app}"),
        ("/var/log/nginx", str(folder)),
    ):
        assert old in text, old
        text = text.replace(old, new)
    places = "\n".join(
        f"{kind}_temp_path {folder / kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""
        daemon off; worker_processes 1; pid {folder / "pid"};
        {"user root;" if os.geteuid() == 0 else ""}
        events {{ worker_connections 256; }}
        http {{
            access_log {folder / "observatoire-unasked.log"};
            {places}
            {text}
        }}
    """


@contextmanager
def proxied(folder: Path, *, app: int, secure: int) -> Iterator[Proxy]:
    """Run nginx in front of the app's port until the end."""
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    if nginx is None or shutil.which("openssl") is None:
        pytest.skip("no nginx or no openssl on this machine: ./run verify installs them")
    plain = free_port()
    certificate = make_certificate(folder)
    conf = folder / "nginx.conf"
    conf.write_text(adapted(folder, app=app, plain=plain, secure=secure), "utf-8")
    options = ["-p", str(folder), "-c", str(conf), "-e", str(folder / "start.log")]
    process = subprocess.Popen([nginx, *options], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", secure)) == 0:
                    break
            time.sleep(0.05)
        if process.poll() is not None:
            pytest.fail(f"nginx did not start: {process.communicate()[1]}")
        yield Proxy(f"http://localhost:{plain}", f"https://localhost:{secure}", certificate, folder)
    finally:
        process.terminate()
        process.communicate(timeout=120)
