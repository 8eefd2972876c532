"""A second, small keeper of entries, and a server of the page in its own process.

`python saisie_desk.py PORT FOLDER`. Entries are written to a file before they are acknowledged, so
that a killed server has them when it comes back. `/essai/…` is the tests' own door: what is kept,
and how the server is to misbehave. No place or team here is real.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from observatoire.component.shelf import own_assets
from observatoire.entries import Limits, Outing, read_outing, text_of
from observatoire.errors import AccessError, NotFoundError, SignInError, StoreError
from observatoire.saisie import Kept, saisie_routes
from observatoire.webpage import WebPage, security_headers

COOKIE = "session"
QPV = ("QN04291M", "QN04292M", "QN04293M")
NASTY = "<img src=x onerror=window.hurt=1>"
ITEMS = (
    ("regroupements", "Regroupements", "Espace public", 1),
    ("tensions", "Tensions visibles", "Espace public", 1),
    ("incivilites", "Dégradations", "Espace public", 1),
    ("presence_familles", "Familles présentes dehors", "Vie du quartier", -1),
    ("initiatives", "Initiatives d’habitants", "Vie du quartier", -1),
    ("demarches", "Demandes d’aide aux démarches", "Accès aux droits", 1),
    ("decrochage", "Jeunes hors école en journée", "Accès aux droits", 1),
    ("nuit", "Présence tardive", "Espace public", 0),
)
FAR = "QN05791M"
FAR_ITEMS = (
    ("regroupements", "Regroupements", "Espace public", 1),
    ("mobilier", "Mobilier abîmé", "Espace public", 1),
)
# Finds a word that no clean sentence of the tests holds.
SCREENING = b"""export function find(text, rules) {
  const start = text.toLowerCase().indexOf(rules.word);
  const end = start + rules.word.length;
  return start < 0 ? [] : [{ kind: "name", start, end, advice: "un nom" }];
}
"""


def square(west: float, south: float, side: float) -> list[list[int]]:
    """Return a square turned by two degrees, in whole metres: the national grid is turned too."""
    turn = math.radians(2)
    corners = [
        (west, south),
        (west + side, south),
        (west + side, south + side),
        (west, south + side),
    ]
    return [
        [
            round(x * math.cos(turn) - y * math.sin(turn)),
            round(x * math.sin(turn) + y * math.cos(turn)),
        ]
        for x, y in corners
    ]


def neighbourhood(rank: int, code: str, size: int) -> dict[str, Any]:
    """Return an invented neighbourhood, with its cells."""
    columns, rows = 4 + rank, 4
    inner = [(150, 90), (620, 60), (740, 330), (560, 640), (330, 720), (120, 560)]
    cells = [
        {
            "id": f"CRS3035RES{size}mN{2_500_000 + size * row}E{3_900_000 + size * column}",
            "ring": square(size * column, size * row, size),
        }
        for row in range(rows * 200 // size)
        for column in range(columns * 200 // size)
    ]
    return {
        "code": code,
        "name": f"Quartier fictif {'ABC'[rank]}",
        "commune": "Commune fictive",
        "outline": [[[round(x * columns / 4), y] for x, y in inner]],
        "cells": cells,
    }


def shown_items(items: tuple[tuple[str, str, str, int], ...]) -> list[dict[str, Any]]:
    return [
        {"code": code, "label": label, "theme": theme, "definition": "", "direction": way}
        for code, label, theme, way in items
    ]


def far_site(today: date, **changes: Any) -> dict[str, Any]:
    """Return a second invented site, with a grid and terms of its own."""
    far = {
        "id": "lointain",
        "name": "Site lointain",
        "first": (today - timedelta(days=7)).isoformat(),
        "grid": 4,
        "agreement": 1,
        "precision": "400",
        "text": False,
        "qpv": [neighbourhood(0, FAR, 400) | {"name": "Quartier lointain"}],
        "items": shown_items(FAR_ITEMS),
    }
    return far | changes


@dataclass
class MemoryDesk:
    """Entries by team, in memory and in a file; `ways` is how it behaves."""

    file: Path
    ways: dict[str, Any] = field(default_factory=dict)
    _kept: list[dict[str, Any]] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        if self.file.exists():
            self._kept = [json.loads(line) for line in self.file.read_text("utf-8").splitlines()]

    def frame(self, token: str) -> dict[str, Any]:
        team = self._team(token)
        today = date.fromisoformat(self.ways.get("today", date.today().isoformat()))
        precision = self.ways.get("precision", "200")
        qpv = [
            neighbourhood(rank, code, 200 if precision == "qpv" else int(precision))
            for rank, code in enumerate(QPV)
        ]
        if precision == "qpv":
            qpv = [one | {"cells": []} for one in qpv]
        items = shown_items(ITEMS)
        if self.ways.get("nasty"):
            qpv = [one | {"name": NASTY, "commune": NASTY} for one in qpv]
            items = [one | {"label": NASTY, "theme": NASTY, "definition": NASTY} for one in items]
            team = NASTY
        site = {
            "id": "fictif",
            "name": "Site fictif",
            "first": (today - timedelta(days=60)).isoformat(),
            "grid": 1,
            "agreement": None if self.ways.get("no_agreement") else 3,
            "precision": precision,
            "text": bool(self.ways.get("text")),
            "qpv": qpv,
            "items": items,
        }
        far = [far_site(today, **self.ways["far"])] if "far" in self.ways else []
        return {
            "team": team,
            "today": today.isoformat(),
            "sites": [site, *far],
            "screening": {"word": "dupont"} if self.ways.get("text") else None,
        }

    def keep(self, token: str, values: Mapping[str, Any], team: str = "") -> Kept:
        said, team = team, self._team(token)
        if said not in ("", self.frame(token)["team"]):
            raise SignInError("another team", user="Une autre équipe s’est connectée.")
        with self._lock:
            known = values.get("id") if isinstance(values, Mapping) else None
            if any(one["outing"]["id"] == known and one["team"] == team for one in self._kept):
                return Kept(str(known), already=True)
            outing = read_outing(values, self._limits(token, text_of(values, "qpv")))
            self._write(team, outing)
            return Kept(outing.id, already=False)

    def recent(self, token: str) -> list[dict[str, Any]]:
        team = self._team(token)
        gone = {one["withdraws"] for one in self._kept if "withdraws" in one}
        return [
            one["outing"] | {"withdrawn": one["outing"]["id"] in gone}
            for one in self._kept
            if one["team"] == team and one["outing"]["id"]
        ]

    def withdraw(self, token: str, outing: str) -> None:
        team = self._team(token)
        if outing not in {one["id"] for one in self.recent(token)}:
            raise NotFoundError("no such outing", user="Cette sortie n’existe pas.")
        with self._lock:
            self._add({"team": team, "outing": {"id": ""}, "withdraws": outing})

    def kept(self) -> list[dict[str, Any]]:
        return self._kept

    def forget(self) -> None:
        self.file.unlink(missing_ok=True)
        self._kept.clear()

    def _team(self, token: str) -> str:
        if self.ways.get("store_down"):
            raise StoreError("down", user="La base ne répond pas.")
        if self.ways.get("ended") or not token.startswith("equipe-"):
            raise SignInError("no such session", user="Votre session est terminée.")
        if self.ways.get("forbidden"):
            raise AccessError("no agreement", user="Aucun protocole.")
        return f"Équipe {token.removeprefix('equipe-')}"

    def _limits(self, token: str, qpv: str) -> Limits | None:
        frame = self.frame(token)
        codes = {one["id"]: [q["code"] for q in one["qpv"]] for one in frame["sites"]}
        site = next((one for one in frame["sites"] if qpv in codes[one["id"]]), None)
        if site is None:
            return None
        return Limits(
            qpv=self.ways.get("only_qpv", codes[site["id"]]),
            items=[one["code"] for one in site["items"]],
            precision=site["precision"],
            text=site["text"],
            first=date.fromisoformat(site["first"]),
            last=date.fromisoformat(frame["today"]),
        )

    def _write(self, team: str, outing: Outing) -> None:
        self._add({"team": team, "outing": outing.as_dict()})

    def _add(self, row: dict[str, Any]) -> None:
        with self.file.open("a", encoding="utf-8") as journal:
            journal.write(json.dumps(row, ensure_ascii=False) + "\n")
        self._kept.append(row)


@dataclass
class Losing:
    """ASGI middleware: the server that stores an entry and never says so."""

    app: ASGIApp
    desk: MemoryDesk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path != "/saisie/sorties" or not self.desk.ways.get("lose"):
            await self.app(scope, receive, send)
            return
        self.desk.ways["lose"] -= 1

        async def nothing(_message: Any) -> None:
            if self.desk.ways.get("die"):
                os._exit(9)  # between the store and the answer

        await self.app(scope, receive, nothing)
        # An answer that says more than it gives: the connection is cut in the middle of it.
        headers = [(b"content-type", b"application/json"), (b"content-length", b"999")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionResetError


def create_app(desk: MemoryDesk) -> Starlette:
    """Return the page with the headers of the app, and the tests' own door."""

    async def ways(request: Request) -> Response:
        desk.ways.clear()
        desk.ways.update(await request.json())
        if desk.ways.pop("forget", False):
            desk.forget()
        return JSONResponse({})

    def kept(_request: Request) -> Response:
        return JSONResponse([one for one in desk.kept() if "withdraws" not in one])

    def sign_in(request: Request) -> Response:
        desk.ways.pop("ended", None)
        team = request.query_params.get("equipe", "Alpha")
        answer = RedirectResponse(request.query_params.get("suite", "/saisie"), 303)
        answer.set_cookie(COOKIE, f"equipe-{team}", httponly=True, samesite="strict")
        return answer

    def sign_out(_request: Request) -> Response:
        answer = RedirectResponse("/saisie", 303)
        answer.delete_cookie(COOKIE)
        return answer

    own_assets()[1]["screening.js"] = SCREENING  # type: ignore[index]
    return Starlette(
        routes=[
            *saisie_routes(lambda: desk, COOKIE),
            Route("/essai/manieres", ways, methods=["POST"]),
            Route("/essai/gardees", kept),
            Route("/connexion", sign_in),
            Route("/deconnexion", sign_out, methods=["POST"]),
        ],
        middleware=[
            Middleware(WebPage, page=b"streamlit", headers=security_headers("")),
            Middleware(Losing, desk=desk),
        ],
    )


if __name__ == "__main__":
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    made = create_app(MemoryDesk(folder / "kept.jsonl"))
    uvicorn.run(made, host="127.0.0.1", port=port, log_level="critical", access_log=False)
