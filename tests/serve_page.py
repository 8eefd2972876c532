"""Serve the app, or one script, on a free port until stopped: `python serve_page.py [SCRIPT]`.

Stopped by Ctrl+C (SIGINT), it says so and stays alive until its standard input ends, so that a
test can see what a stopped server still holds.
"""

import sys
from dataclasses import replace
from pathlib import Path

from observatoire.server import serve
from observatoire.settings import load


def announce(url: str) -> None:
    sys.stdout.write(url + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    script = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    serve(replace(load(), port=0), announce=announce, script=script)
    announce("stopped")
    sys.stdin.read()
