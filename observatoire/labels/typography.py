"""French typography: the spaces that must not break, the apostrophe, the quotation marks.

Texts of the label files hold the right characters. Sentences that come from elsewhere (errors, the
catalogue, names of places) go through `typeset` when they are shown.
"""

from __future__ import annotations

import re

NARROW = "\u202f"
"""Narrow no-break space: in thousands, before `;`, `!` and `?`."""
NO_BREAK = "\u00a0"
"""No-break space: before `:`, `%`, `€`, and inside « »."""

_SPACE = f"[ {NO_BREAK}{NARROW}]"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"{_SPACE}([;!?])(?!\w)"), rf"{NARROW}\1"),
    (re.compile(rf"{_SPACE}(:)(?=[\s»]|$)"), rf"{NO_BREAK}\1"),
    (re.compile(rf"«{_SPACE}?(?=\S)"), f"«{NO_BREAK}"),
    (re.compile(rf"(?<=\S){_SPACE}?»"), f"{NO_BREAK}»"),
    (re.compile(rf"(?<=[\d}}]){_SPACE}([%€])"), rf"{NO_BREAK}\1"),
    (re.compile(r"(?<=[^\W\d_])'(?=[^\W_])"), "’"),
)


def typeset(text: str) -> str:
    """Return a French sentence with its no-break spaces and its apostrophes.

    Idempotent. Touches nothing inside a web address or a command: only a space that already stands
    before a sign becomes one that does not break.
    """
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


def faults(text: str) -> tuple[str, ...]:
    """Return what is wrong in the typography of a text, in English; empty when it is right."""
    found = []
    if typeset(text) != text:
        found.append("spaces or apostrophes")
    if '"' in text and "](" not in text and "=" not in text:
        found.append("straight quotation marks")
    if "..." in text:
        found.append("three dots instead of an ellipsis")
    if re.search(r"\d\.\d{1,2}(?!\d|\.)(?:\s| )*(?:%|€)", text):
        found.append("a decimal point")
    if re.search(r"[^\s«(\[{]»", text):
        found.append("no space before »")
    return tuple(found)
