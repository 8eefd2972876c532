"""`observatoire grille …`: the life of a grid from the keyboard, and its refusals."""

from __future__ import annotations

import json

from grids import a_grid, an_item
from in_process import contents, in_process_command  # noqa: F401 - a fixture

from observatoire.grille import core_items
from observatoire.grille.documents import read_toml, to_toml


def told(answer):
    code, out, _ = answer
    return code, json.loads(out)


def test_a_grid_goes_from_its_document_to_the_next_version(in_process, tmp_path):
    file = tmp_path / "grille.toml"
    assert in_process("grille", "export", "loire", "--core", "--out", file)[0] == 0
    assert read_toml(file.read_text("utf-8")).items == core_items()
    code, checked = told(in_process("grille", "check", file, "--json"))
    assert (code, checked["faults"], checked["items"]) == (0, [], 12)
    assert told(in_process("grille", "import", file, "--json"))[1]["status"] == "draft"
    assert told(in_process("grille", "propose", "loire", "--json"))[1]["status"] == "proposed"
    code, agreed = told(
        in_process(
            *("grille", "agree", "loire", "--by", "Ville fictive", "--by", "Département fictif"),
            *("--on", "2023-03-14", "--json"),
        )
    )
    assert (code, agreed["status"], agreed["agreed_on"]) == (0, "agreed", "2023-03-14")
    assert agreed["agreed_by"] == ["Ville fictive", "Département fictif"]
    code, following = told(in_process("grille", "supersede", "loire", "--json"))
    assert (following["version"], following["supersedes"]) == (2, 1)

    document = tmp_path / "suivante.toml"
    document.write_text(to_toml(a_grid(version=2, items=(an_item(),))), "utf-8")
    assert in_process("grille", "import", document)[0] == 0
    code, shown = told(in_process("grille", "show", "loire", "--version", 2, "--json"))
    assert shown["changes"]["added"] == ["lumiere"]
    assert len(shown["changes"]["removed"]) == 12
    listed = told(in_process("grille", "list", "--json"))[1]
    assert [(one["version"], one["status"]) for one in listed] == [(1, "agreed"), (2, "draft")]
    for words in (("list",), ("show", "loire"), ("export", "loire")):
        code, out, _ = in_process("grille", *words)
        assert code == 0
        assert out.strip()


def test_refusals_name_what_to_do_and_write_nothing(in_process, store, tmp_path):
    wrong = tmp_path / "fausse.toml"
    wrong.write_text(to_toml(a_grid(items=(an_item("Été", direction=1),))), "utf-8")
    code, checked = told(in_process("grille", "check", wrong, "--json"))
    assert code == 1
    assert {fault["place"] for fault in checked["faults"]} == {"grid", "Été.code"}
    broken = tmp_path / "autre.toml"
    broken.write_text("site = ", "utf-8")
    before = contents(store)
    for words in (
        ("import", broken),
        ("import", tmp_path / "absent.toml"),
        ("check", broken),
        ("propose", "loire"),
        ("show", "nulle"),
        ("supersede", "loire"),
        ("agree", "loire", "--by", "Ville", "--on", "demain"),
        ("replay", "loire", "--file", wrong),
    ):
        code, refused = told(in_process("grille", *words, "--json"))
        assert code == 1, words
        assert refused["user"], words
    assert contents(store) == before
