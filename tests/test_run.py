"""`./run`, the locks, CI's script and the wheel: what a newcomer and a machine start from."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from tests_support import make_home

CLONE = Path(__file__).resolve().parent.parent
RUN = CLONE / "run"
SCRIPT = RUN.read_text("utf-8")
LOCKS = sorted(CLONE.glob("requirements*.lock"))
NOBODY = 65534


def commands() -> set[str]:
    """Return the commands of the script, read in its last `case`."""
    branches = SCRIPT[SCRIPT.rindex("case $command in") :]
    return set(re.findall(r"^([a-z]+)(?: \||\))", branches, flags=re.MULTILINE))


# --- the script ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "script", ["run", "tests/fresh/run.sh", "tests/fresh/inside.sh", "tests/fresh/service.sh"]
)
def test_every_shell_of_debian_reads_the_scripts(script):
    assert (CLONE / script).read_text("utf-8").startswith("#!/bin/sh\n")
    for shell in ("/bin/sh", "/bin/dash", "/bin/bash"):
        if Path(shell).exists():
            subprocess.run([shell, "-n", str(CLONE / script)], check=True)


def test_the_scripts_can_be_executed():
    for script in ("run", ".ci/run", "tests/fresh/run.sh", "tests/fresh/service.sh"):
        assert os.access(CLONE / script, os.X_OK)


def test_the_help_tells_every_command_and_no_other():
    said = subprocess.run([RUN, "help"], capture_output=True, encoding="utf-8", check=True).stdout
    told = set(re.findall(r"^\./run (\w+)", said, flags=re.MULTILINE))
    assert told == commands()
    assert {"setup", "app", "test", "check", "verify", "bench", "clean"} <= told


def test_an_unknown_command_is_refused_with_the_help():
    done = subprocess.run([RUN, "aap"], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 2
    assert "./run app" in done.stderr


def test_it_works_from_any_folder_and_with_any_cdpath(tmp_path):
    done = subprocess.run(
        [RUN, "help"], cwd=tmp_path, env={"CDPATH": "/", "PATH": os.environ["PATH"]}, check=False
    )
    assert done.returncode == 0


def test_every_command_documented_exists():
    for page in (CLONE / "README.md", CLONE / "CONTRIBUTING.md", *CLONE.glob("docs/*.md")):
        for command in re.findall(r"\./run ([a-z]+)", page.read_text("utf-8")):
            assert command in commands(), f"{page.name}: ./run {command}"


# --- a machine that lacks something ------------------------------------------------------------


BASIC_TOOLS = ("sh", "cat", "sed", "sha256sum", "cut", "dirname", "id", "tr", "awk", "df", "grep")
APT = ("apt-get", "apt-cache")


@pytest.fixture
def poor_machine() -> Iterator[Callable[..., subprocess.CompletedProcess[str]]]:
    """Return a function that runs a copy of the script as nobody, with few tools in its PATH."""
    folder = make_home()
    clone, tools = folder / "clone", folder / "bin"
    copy_script(clone)
    tools.mkdir()
    folder.chmod(0o755)

    def run(*arguments: str, tools_too: Iterable[str] = (), **environ: str):
        for tool in (*BASIC_TOOLS, *tools_too):
            found = shutil.which(tool, path="/usr/bin:/bin:/usr/sbin:/sbin")
            assert found, tool
            (tools / tool).symlink_to(found)
        switch = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
        return subprocess.run(
            ["/bin/sh", str(clone / "run"), *arguments],
            env={"PATH": str(tools), **environ},
            cwd="/",
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=120,
            **switch,
        )

    yield run
    shutil.rmtree(folder)


def copy_script(clone: Path) -> None:
    clone.mkdir()
    for file in (RUN, CLONE / "pyproject.toml", *LOCKS):
        shutil.copy(file, clone)


def test_without_python_nor_root_it_says_what_to_ask_for_and_installs_nothing(poor_machine):
    done = poor_machine("app", tools_too=APT)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "apt-get install" in done.stderr
    assert "python3-venv" in done.stderr
    assert "OBSERVATOIRE_DATABASE_URL" in done.stderr


def test_without_apt_it_says_where_to_read_on(poor_machine):
    done = poor_machine("app")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    assert "docs/installation.md" in done.stderr


def test_a_server_s_url_stands_for_postgis(poor_machine):
    done = poor_machine("app", OBSERVATOIRE_DATABASE_URL="postgresql://a:b@c/d")
    assert "python" in done.stderr
    assert "postgis" not in done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small disk")
def test_a_disk_too_small_is_said_before_anything_is_installed():
    folder = make_home()
    mount = ["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        folder.rmdir()
        pytest.skip("this machine does not let root mount a small disk")
    try:
        copy_script(folder / "clone")
        done = subprocess.run(
            [folder / "clone" / "run", "setup"], capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1, done.stderr
        assert "sur le disque" in done.stderr
        assert not (folder / "clone" / ".venv").exists()
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()


# --- the locks -----------------------------------------------------------------------------------


def pins(lock: Path) -> dict[str, list[Requirement]]:
    """Return the pinned requirements of a lock by name: one for each environment it is for."""
    found: dict[str, list[Requirement]] = {}
    for line in lock.read_text("utf-8").splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.rstrip("\\ "))
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_has_hashes_and_no_address(lock):
    text = lock.read_text("utf-8")
    assert not re.search(r"https?:|file:|--(index|extra|find|trusted)", text)
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", "\n" + text)[1:]
    assert len(blocks) == sum(map(len, pins(lock).values())) > 0
    for block in blocks:
        assert re.match(r"\S+==\S+", block), block.splitlines()[0]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block.splitlines()[0]


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("requirements.lock", ["", "build"]),
        ("requirements-dev.lock", ["", "build", "dev"]),
        ("requirements-uv.lock", ["installer"]),
    ],
)
def test_the_locks_hold_what_the_project_asks_for(lock, groups):
    project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))
    asked = [
        Requirement(text)
        for group in groups
        for text in (
            project["dependency-groups"][group] if group else project["project"]["dependencies"]
        )
    ]
    locked = pins(CLONE / lock)
    for requirement in asked:
        versions = [
            str(pin.specifier).removeprefix("==")
            for pin in locked[canonicalize_name(requirement.name)]
        ]
        assert versions
        for version in versions:
            assert requirement.specifier.contains(version), f"{requirement} but {version} in {lock}"


def test_what_is_tested_is_what_runs():
    tested, runs = (pins(CLONE / name) for name in ("requirements-dev.lock", "requirements.lock"))
    for name, requirements in runs.items():
        assert set(map(str, requirements)) == set(map(str, tested[name]))


def test_the_build_asks_for_nothing_that_is_not_locked():
    project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))
    locked = pins(CLONE / "requirements.lock")
    for text in project["build-system"]["requires"]:
        assert canonicalize_name(Requirement(text).name) in locked


def test_the_running_environment_is_the_locked_one():
    from importlib.metadata import version

    here = default_environment()
    for name, requirements in pins(CLONE / "requirements-dev.lock").items():
        for requirement in requirements:
            if requirement.marker is None or requirement.marker.evaluate(here):
                assert requirement.specifier.contains(version(name)), name


# --- CI ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("failing", ["none", "check", "test", "verify"])
def test_ci_runs_the_three_steps_and_fails_when_one_does(tmp_path, failing):
    clone = tmp_path / "clone"
    (clone / ".ci").mkdir(parents=True)
    (tmp_path / "shared" / "data").mkdir(parents=True)
    shutil.copy(CLONE / ".ci" / "run", clone / ".ci")
    (clone / "run").write_text(
        f'#!/bin/sh\necho "step $1 $OBSERVATOIRE_OFFICIAL_DATA"\n[ "$1" != {failing} ]\n'
    )
    (clone / "run").chmod(0o755)
    environ = {name: value for name, value in os.environ.items() if "OFFICIAL" not in name}
    done = subprocess.run(
        ["bash", ".ci/run"],
        cwd=clone,
        env=environ,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    said = [line.split() for line in done.stdout.splitlines() if line.startswith("step")]
    data = str(tmp_path / "shared" / "data")
    assert said == [["step", step, data] for step in ("check", "test", "verify")]
    assert (done.returncode == 0) == (failing == "none")


# --- the wheel -----------------------------------------------------------------------------------


def test_the_wheel_holds_all_it_needs_and_imports_alone(tmp_path):
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=CLONE,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    alone = tmp_path / "alone"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(alone)
    shipped = [
        file.relative_to(CLONE)
        for file in (CLONE / "observatoire").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    ]
    assert len(shipped) > 100
    assert [str(name) for name in shipped if not (alone / name).is_file()] == []
    libraries = Path(pytest.__file__).parent.parent
    script = (
        "import observatoire, observatoire.cli.main as m; from observatoire import settings;"
        "settings.load(); print(observatoire.__file__)"
    )
    done = subprocess.run(
        # -S: no .pth file, so that the clone itself, installed for development, is out of reach
        [sys.executable, "-S", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONPATH": f"{alone}:{libraries}", "PATH": os.environ["PATH"]},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(alone)


# --- the bare machine ----------------------------------------------------------------------------


@pytest.mark.verify
@pytest.mark.parametrize("scenario", ["root", "sudo", "path"])
def test_a_bare_debian_serves_the_app(scenario):
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("a bare Debian is made by root, with debootstrap")
    done = subprocess.run(
        [CLONE / "tests" / "fresh" / "run.sh", scenario, "--", "app"],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=2400,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "second start" in done.stdout
