"""A command that is not well written is refused in one French line, with code 2."""

import json

import pytest

WRONG = {
    "nope": "La commande « nope » n’existe pas.",
    "layer": "Il manque l’argument INDICATOR.",
    "layer filosofi.TP60 --nope": "L’option « --nope » n’existe pas.",
    "observations import file.csv --date d": "Il manque l’option « --theme ».",
    "observations import file.csv --theme t --date d --epsg abc": "« --epsg » ne convient pas.",
}


@pytest.mark.parametrize("words", WRONG)
def test_a_command_badly_written_is_one_french_line(run_cli, words):
    done = run_cli(*words.split())
    assert done.returncode == 2
    assert done.stdout == ""
    assert WRONG[words] in done.stderr.replace("\N{NO-BREAK SPACE}", " ")
    assert len(done.stderr.splitlines()) == 1


def test_with_json_the_refusal_is_an_object(run_cli):
    done = run_cli("observations", "import", "--json", "file.csv")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] == "UsageError"


def test_help_is_no_refusal(run_cli):
    assert run_cli("--help").returncode == 0
