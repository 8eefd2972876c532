"""A served town for the pages of the teams: an agreement in force, a team and its readers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from browser import Served, served
from conftest import command_environ, fresh_settings
from site_release import publish_sites
from sqlalchemy import text
from visitors import account, token_of

from observatoire import demo_grids, protocole_desk
from observatoire.access import COOKIE, Access, open_access
from observatoire.boundaries import read_boundaries
from observatoire.capture import Entries
from observatoire.codes import qpv_department
from observatoire.protocole import Share, Terms
from observatoire.settings import Settings
from observatoire.store import boundaries as perimeters
from observatoire.store import people

TODAY = date.today()
TEAM, CITY, STATE = "Association Rue", "Agglomération", "Préfecture"
TERMS = Terms(
    shares=(
        Share("team_leader", precision="400", rhythm="weekly"),
        Share("service", precision="qpv", rhythm="weekly"),
        Share("delegate", precision="qpv", rhythm="monthly"),
        Share("copilot", precision="qpv", rhythm="meeting"),
    ),
    precision="400",
)
ROLES = {
    "rue": ("street_team", TEAM),
    "cheffe": ("team_leader", TEAM),
    "deleguee": ("delegate", STATE),
    "animateur": ("facilitator", CITY),
    "ailleurs": ("delegate", STATE),
    "service": ("service", CITY),
}


@dataclass
class Town:
    """The address, the doors, the settings and the items of the grid."""

    url: Served
    access: Access
    settings: Settings
    items: list[str]

    def cookie(self, login: str) -> dict[str, object]:
        """Return the options of a window in which an account is signed in."""
        cookie = {
            "name": COOKIE,
            "value": token_of(self.access, login),
            "domain": "localhost",
            "path": "/",
            "httpOnly": True,
            "secure": False,
            "sameSite": "Strict",
            "expires": -1,
        }
        return {"storage_state": {"cookies": [cookie], "origins": []}}

    def write(self, login: str, count: int = 1, item: str = "", day: date = TODAY) -> list[str]:
        """Write outings as a team; return their identifiers."""
        desk, token = Entries(self.settings, self.access), token_of(self.access, login)
        made = []
        for _ in range(count):
            seen = {
                "id": str(uuid.uuid4()),
                "item": item,
                "intensity": 1,
                "size_band": "",
                "place": "hall",
                "cell": "",
                "words": "",
            }
            values = {
                "id": str(uuid.uuid4()),
                "day": day.isoformat(),
                "slot": "soir",
                "qpv": "QP042001",
                "duration_min": 90,
                "workers": 2,
                "nothing_to_report": not item,
                "seen": [seen] if item else [],
                "corrects": "",
            }
            made.append(desk.keep(token, values).id)
        return made

    def count(self, table: str) -> int:
        """Return how many rows a table holds."""
        with self.access.owner() as owner:
            return int(owner.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


@contextmanager
def team_town(test_cluster: Path, folder: Path) -> Iterator[Town]:
    """Serve the app on a town where a team of the Loire shares under an agreement."""
    with fresh_settings(test_cluster, folder) as settings:
        access = open_access(settings, writes=True)
        publish_sites(access)
        with access.owner() as owner:
            (path,) = (settings.data / "qpv_contours").glob("*.geojson")
            perimeters.write_boundaries(owner, read_boundaries(path))
            ground = perimeters.read_boundaries(owner, "2015")
            codes = {code: settings.site_of(code, qpv_department(code)) for code in ground.index}
            people.write_sites(owner, {one.id: one.name for one in settings.sites}, codes)
            demo_grids.load_grids(owner, settings.sites)
            kept = protocole_desk.draft(owner, settings.site("loire"), TERMS)
            kept = protocole_desk.propose(owner, kept)
            since = TODAY - timedelta(days=60)
            protocole_desk.agree(owner, kept, since, (TEAM, STATE))
            found = owner.execute(text("SELECT * FROM capture.collected('loire')"))
            items = sorted(row[0] for row in found)
        for login, (role, organisation) in ROLES.items():
            site = "bastia" if login == "ailleurs" else "loire"
            account(access, login, role, organisation, (site,))
        with served(command_environ(settings), folder / "log") as url:
            yield Town(url, access, settings, items)
        access.close()
