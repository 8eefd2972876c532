"""What is shipped in `deploy/`, read strictly: the units of systemd and the commands they start."""

from __future__ import annotations

import re
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
FOLDER = CLONE / "deploy"
UNITS = sorted([*FOLDER.glob("*.service"), *FOLDER.glob("*.timer")])
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
PLACE = "/opt/observatoire"
PROGRAM = f"{PLACE}/.venv/bin/observatoire"
SECTIONS = {"Unit", "Service", "Timer", "Install"}
Unit = dict[str, list[tuple[str, str]]]


def read_unit(unit: Path) -> Unit:
    """Return the settings of each section, in order; an unreadable line is an error."""
    sections: Unit = {}
    current: list[tuple[str, str]] | None = None
    for line in unit.read_text("utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if head := re.fullmatch(r"\[(\w+)\]", line):
            assert head[1] in SECTIONS - set(sections), line
            current = sections[head[1]] = []
            continue
        pair = re.fullmatch(r"([A-Z][A-Za-z]+)=(\S.*\S|\S|)", line)
        assert pair, f"{unit.name}: {line!r}"
        assert current is not None, f"{unit.name}: {line!r} before any section"
        current.append((pair[1], pair[2]))
    return sections


def values(sections: Unit, section: str, name: str) -> list[str]:
    return [value for key, value in sections.get(section, []) if key == name]


def started(unit: Path) -> list[str]:
    """Return the command lines of a service."""
    return [value for key, value in read_unit(unit)["Service"] if key.startswith("Exec")]
