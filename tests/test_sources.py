"""The register of sources, and fetching one from a server of this machine."""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import Ran

from observatoire.cli.console import run_guarded
from observatoire.cli.main import app
from observatoire.downloads import download
from observatoire.errors import FileError, SourceError
from observatoire.settings import load
from observatoire.sources import (
    file_sha256,
    find_source,
    matches,
    parse_register,
    read_register,
    recognise,
)

CLONE = Path(__file__).parent.parent
CONTENT = random.Random(42).randbytes(700_000)
CHUNK = 8192
HASH = hashlib.sha256(CONTENT).hexdigest()


# --- the register ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", read_register())
def test_a_source_says_who_published_it_and_under_which_licence(name):
    source = find_source(name)
    assert source.name == name
    assert all([source.title, source.publisher, source.licence, source.feeds])
    assert re.fullmatch(r"[0-9a-f]{64}|", source.sha256)
    assert all(re.fullmatch(r"[0-9a-f]{64}", one) for one in source.companions.values())
    assert bool(source.sha256) == bool(source.retrieved_on) == bool(source.file)
    if source.retrieved_on:
        assert date.fromisoformat(source.retrieved_on) <= date.today()
    assert all(link.startswith("https://") for link in (source.page, source.url) if link)


def test_two_sources_never_claim_the_same_file():
    hashes = [source.sha256 for source in read_register().values() if source.sha256]
    assert len(hashes) == len(set(hashes))


def test_only_the_demonstration_is_fictitious():
    fictitious = [name for name, source in read_register().items() if source.fictitious]
    assert fictitious == ["demo"]


def test_a_file_is_recognised_by_its_hash_or_that_of_a_companion():
    source = find_source("qpv_2015_wgs84")
    assert recognise(source.sha256) is source
    assert recognise(next(iter(source.companions.values()))) is source
    assert recognise("0" * 64) is None
    assert recognise("") is None


def test_an_unknown_source_is_refused():
    with pytest.raises(SourceError):
        find_source("rien")


@pytest.mark.parametrize("text", ["[a]\ntitle = 'only'", "[a", "[a]\nunknown = 1"])
def test_a_malformed_register_is_refused(text):
    with pytest.raises(SourceError):
        parse_register(text)


def test_every_source_is_documented():
    page = (CLONE / "docs/sources.md").read_text("utf-8")
    for name, source in read_register().items():
        assert f"`{name}`" in page, name
        assert source.title in page, name
        assert source.publisher in page, name


def test_what_the_project_holds_names_registered_sources():
    for path in sorted((CLONE / "data").glob("*/*.geojson")):
        source = json.loads(path.read_text("utf-8"))["source"]
        assert find_source(source["name"]).sha256 == source["sha256"]


def test_the_official_files_have_the_registered_hashes(official_data):
    held = {path.name: path for path in official_data.rglob("*") if path.is_file()}
    checked = 0
    for source in read_register().values():
        for name, sha256 in {source.file: source.sha256, **source.companions}.items():
            if name:
                assert file_sha256(held[name]) == sha256, name
                checked += 1
    assert checked >= 26


def test_an_unreadable_file_has_no_hash(tmp_path):
    with pytest.raises(FileError):
        file_sha256(tmp_path / "absent")


def test_a_zip_matches_by_the_file_inside_it(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("SHP/contours.shp", CONTENT)
    assert matches(archive, "contours.shp", HASH)
    assert not matches(archive, "other.shp", HASH)
    assert not matches(archive, "contours.shp", "0" * 64)


# --- a server of this machine ----------------------------------------------------------------


@dataclass
class Site:
    """A server that behaves as told: it may cut, forget ranges, refuse, redirect."""

    url: str = ""
    content: bytes = CONTENT
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    status: int = 200
    redirect: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def site() -> Iterator[Site]:
    state = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            state.asked.append(wanted)
            if state.redirect and self.path != state.redirect:
                self._answer(302, b"", {"Location": state.redirect})
                return
            if state.status != 200:
                self._answer(state.status, b"no", {})
                return
            start = int(wanted[6:-1]) if wanted and state.ranges else 0
            size = len(state.content)
            if start >= size:
                self._answer(416, b"", {"Content-Range": f"bytes */{size}"})
                return
            place = {"Content-Range": f"bytes {start}-{size - 1}/{size}"} if start else {}
            self._answer(206 if start else 200, state.content[start:], place)

        def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if state.cuts and len(body) > 1000:
                self.wfile.write(body[: state.cuts.pop(0)])
                self.wfile.flush()
                self.close_connection = True
                return
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.url = f"http://127.0.0.1:{server.server_port}/contours.bin"
    yield state
    server.shutdown()
    server.server_close()


def _start(asked: str) -> int:
    return int(asked.removeprefix("bytes=").removesuffix("-"))


def _fetch(site: Site, folder: Path, **options: object):
    return download(site.url, folder, **{"file_name": "contours.bin", "sha256": HASH} | options)


def test_a_file_is_fetched_checked_and_named(site, tmp_path):
    seen: list[tuple[int, int | None]] = []
    got = _fetch(site, tmp_path / "new", report=lambda done, total: seen.append((done, total)))
    assert got.path.read_bytes() == CONTENT
    assert (got.path.name, got.sha256, got.verified) == ("contours.bin", HASH, True)
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["contours.bin"]


def test_a_file_that_is_there_already_is_not_asked_for_again(site, tmp_path):
    _fetch(site, tmp_path)
    assert _fetch(site, tmp_path).present
    assert len(site.asked) == 1


def test_after_a_cut_only_the_rest_is_asked_for(site, tmp_path):
    site.cuts = [300_000]
    assert _fetch(site, tmp_path).path.read_bytes() == CONTENT
    first, second = site.asked
    assert first == ""
    assert 300_000 - CHUNK <= _start(second) <= 300_000


def test_a_connection_that_keeps_being_cut_is_resumed_by_the_next_run(site, tmp_path):
    site.cuts = [100_000, 100_000, 100_000]
    with pytest.raises(SourceError) as raised:
        _fetch(site, tmp_path)
    assert "Relancez" in raised.value.remedy
    assert [path.name for path in tmp_path.iterdir()] == ["contours.bin.part"]
    come = (tmp_path / "contours.bin.part").stat().st_size
    assert 300_000 - 3 * CHUNK <= come <= 300_000
    assert _fetch(site, tmp_path).path.read_bytes() == CONTENT
    assert _start(site.asked[-1]) == come


def test_a_server_that_knows_no_range_is_read_again_from_the_start(site, tmp_path):
    site.ranges = False
    site.cuts = [300_000]
    assert _fetch(site, tmp_path).path.read_bytes() == CONTENT


def test_a_wrong_file_is_refused_and_nothing_is_kept(site, tmp_path):
    site.content = CONTENT[:-1] + b"?"
    with pytest.raises(SourceError, match="hash"):
        _fetch(site, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_former_version_half_fetched_does_not_spoil_the_new_one(site, tmp_path):
    (tmp_path / "contours.bin.part").write_bytes(b"former version" * 1000)
    assert _fetch(site, tmp_path).path.read_bytes() == CONTENT
    assert site.asked == ["bytes=14000-", ""]


@pytest.mark.parametrize("extra", [b"", b"too long"])
def test_a_part_that_is_already_whole_or_too_long_is_handled(site, tmp_path, extra):
    (tmp_path / "contours.bin.part").write_bytes(CONTENT + extra)
    assert _fetch(site, tmp_path).path.read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_refusal_of_the_server_is_one_sentence(site, tmp_path, status):
    site.status = status
    with pytest.raises(SourceError) as raised:
        _fetch(site, tmp_path)
    assert str(status) in raised.value.user
    assert not list(tmp_path.iterdir())


def test_a_redirection_gives_the_file_its_last_name(site, tmp_path):
    site.redirect = "/archive/quartiers.zip"
    got = download(
        site.url.replace("contours.bin", "r/942d4ee8"), tmp_path, file_name="", sha256=HASH
    )
    assert got.path.name == "quartiers.zip"


def test_no_server_is_one_french_sentence(tmp_path):
    with pytest.raises(SourceError) as raised:
        download("http://127.0.0.1:9/x.zip", tmp_path, file_name="x.zip", sha256=HASH, timeout_s=2)
    assert "internet" in raised.value.user
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "x.zip", "http://"])
def test_only_http_addresses_are_fetched(url, tmp_path):
    with pytest.raises(SourceError):
        download(url, tmp_path, file_name="x", sha256=HASH)


def test_an_address_cannot_name_a_file_elsewhere(site, tmp_path):
    got = download(
        site.url.replace("contours.bin", "a/..%2F..%2Fescaped.bin"),
        tmp_path / "in",
        file_name="contours.bin",
        sha256=HASH,
    )
    assert got.path.parent == tmp_path / "in"


def test_a_folder_that_cannot_be_written_is_one_sentence(site, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(SourceError):
        _fetch(site, tmp_path / "taken")


# --- the commands ----------------------------------------------------------------------------


@pytest.fixture
def cli(tmp_path, monkeypatch, capfd):
    """Run `observatoire sources …` in this process, without any store."""
    monkeypatch.setenv("OBSERVATOIRE_HOME", str(tmp_path / "home"))

    def run(*args: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["observatoire", "sources", *map(str, args)])
        with pytest.raises(SystemExit) as left:
            run_guarded(app)
        return Ran(int(left.value.code or 0), *capfd.readouterr())

    return run


def test_the_register_is_listed_and_shown(cli):
    listed = cli("list", "--json")
    assert [item["name"] for item in json.loads(listed.stdout)] == list(read_register())
    shown = cli("show", "qpv_2015_wgs84")
    assert find_source("qpv_2015_wgs84").sha256 in shown.stdout
    assert cli("show", "rien").returncode == 1


def test_fetch_downloads_into_the_home_and_says_so(cli, site, tmp_path):
    asked = cli("fetch", "qpv_2024", "--url", site.url, "--sha256", HASH, "--json")
    answer = json.loads(asked.stdout)
    assert (answer["bytes"], answer["verified"], answer["sha256"]) == (len(CONTENT), True, HASH)
    home = load({"OBSERVATOIRE_HOME": str(tmp_path / "home")}).home
    assert Path(answer["file"]).parent == home / "downloads"


def test_fetch_says_in_french_what_it_has_checked(cli, site, tmp_path):
    asked = ("fetch", "qpv_2024", "--url", site.url, "--to", tmp_path)
    first = cli(*asked, "--sha256", HASH).stdout
    assert ("empreinte : vérifiée" in first, "téléchargé : oui" in first) == (True, True), first
    assert "déjà là" in cli(*asked, "--sha256", HASH).stdout


def test_fetch_refuses_in_one_line(cli, site, tmp_path):
    for args in (
        ("fetch", "demo"),
        ("fetch", "qpv_2024", "--url", site.url),
        ("fetch", "qpv_2015_wgs84", "--url", site.url, "--to", tmp_path),
    ):
        refused = cli(*args)
        assert refused.returncode == 1
        assert len(refused.stderr.strip().splitlines()) == 1
        assert "Traceback" not in refused.stderr
    assert not list(tmp_path.glob("*.bin*"))


def test_an_unverified_file_says_that_it_is(cli, site, tmp_path):
    asked = cli("fetch", "qpv_2024", "--url", site.url, "--unverified", "--to", tmp_path, "--json")
    assert json.loads(asked.stdout)["verified"] is False
