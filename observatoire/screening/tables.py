"""The rules as data: what this package reads, and what a page gives to the browser."""

from __future__ import annotations

import re
import tomllib
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import Any

from observatoire.labels import read_words

_PART = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_LABELS = "relecture"


def rules() -> dict[str, Any]:
    """Return the rules as plain values: given to the browser as JSON, and read here.

    Returns
    -------
    dict
        `letters`: signs replaced while folding. `classes`: lists of words by class letter, the
        first that holds a word wins. `spare`, `pattern`, `sequence`: regular expressions in the
        subset that Python and JavaScript read alike, each with its `kind` (`kinds` for what is
        spared). `advice`, `names`: French, by kind.
    """
    return deepcopy(_rules())


def kinds() -> tuple[str, ...]:
    """Return the kinds of findings, in the order of the rules."""
    return tuple(_rules()["advice"])


@cache
def _rules() -> dict[str, Any]:
    table = _read("rules")
    parts: dict[str, str] = {}
    for name, body in table["parts"].items():
        parts[name] = _filled(body, parts)
    made = {
        name: [_whole(one, name, table["defaults"], parts) for one in table[name]]
        for name in ("spare", "pattern", "sequence")
    }
    found = dict.fromkeys(one["kind"] for name in ("pattern", "sequence") for one in made[name])
    words = read_words(_LABELS)
    return {
        "letters": table["letters"],
        "classes": [
            {"letter": one["letter"], "words": " ".join(one["words"].split())}
            for name in ("words", "names")
            for one in _read(name)["class"]
        ],
        **made,
        "advice": {kind: words(f"advice.{kind}") for kind in found},
        "names": {kind: words(f"kind.{kind}") for kind in found},
    }


def _whole(
    one: dict[str, Any], name: str, defaults: dict[str, str], parts: dict[str, str]
) -> dict[str, Any]:
    """Return a rule whose `body`, `before` and `after` are one expression."""
    over = "words" if name == "sequence" else one.get("on", "low")
    before = one.get("before", defaults[f"{over}_before"])
    after = one.get("after", defaults[f"{over}_after"])
    said = {key: one[key] for key in ("kind", "kinds", "digits", "needs") if key in one}
    return said | {"on": over, "expression": _filled(f"{before}(?:{one['body']}){after}", parts)}


def _filled(body: str, parts: dict[str, str]) -> str:
    return _PART.sub(lambda found: parts[found[1]], body)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / f"{name}.toml").read_text("utf-8"))
