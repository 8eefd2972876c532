"""The form of a mapping of columns: what a leader corrects of what the titles suggest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from observatoire import team_desk
from observatoire.activity import Activity, Columns, Proposal, Saved
from observatoire.entries import SLOTS
from observatoire.labels import read_words
from observatoire.labels.typography import typeset
from observatoire.settings import Site
from observatoire.views.doors import Doors
from observatoire.views.equipe.names import item_name, quarter_names, site_items
from observatoire.views.markup import words
from observatoire.views.outcome import Outcome

PICKED = "equipe_correspondance"
_ROLES = ("day", "slot", "qpv", "outing", "duration", "workers", "nothing")
_UNITS = {"min": "minutes", "h": "hours"}
_WIDE, _ROWS = "layout_wide", "layout_rows"

Values = dict[str, Any]


def show(
    doors: Doors,
    activity: Activity,
    site: Site,
    proposal: Proposal,
    *,
    mapped: Saved | None,
    key: str,
) -> None:
    """Show the form; folded when a saved mapping understands every word of the file.

    Parameters
    ----------
    key
        What tells this file and this mapping from others: fields keep what is typed for them.
    """
    labels = read_words("equipe")
    lacking = bool(proposal.places or proposal.slots or proposal.items)
    settled = mapped is not None and not lacking and proposal.columns == mapped.columns
    with st.expander(labels("import.columns"), expanded=not settled):
        made = _fields(doors, site, proposal, f"equipe_{key}")
        name = mapped.name if mapped else _name(f"equipe_{key}")
        st.button(
            labels("import.save"),
            on_click=_save,
            args=(doors, activity, made | {"site": site.id, "name": name}, mapped),
            type="primary" if mapped is None else "secondary",
        )


def _name(key: str) -> str:
    labels = read_words("equipe")
    name = st.text_input(labels("import.name"), value="outil", max_chars=40, key=f"{key}_nom")
    st.html(words("p", labels("import.name_note"), of="facts"))
    return name.strip()


def _fields(doors: Doors, site: Site, proposal: Proposal, key: str) -> Values:
    """Show every field and return the mapping that they make."""
    labels, known = read_words("equipe"), proposal.columns
    made: Values = {
        name: known[name] for name in ("sheet", "header_row", "date_formats") if name in known
    }
    left, right = st.columns(2)
    for rank, role in enumerate(_ROLES):
        with (left, right)[rank % 2]:
            made[role] = _column(
                labels(f"import.{role}"), str(known.get(role, "")), proposal, f"{key}_{role}"
            )
    with left:
        made["slot_otherwise"] = _pick(
            labels("import.slot_otherwise"),
            SLOTS,
            str(known.get("slot_otherwise", "")),
            _slot_name,
            f"{key}_sinon",
        )
    with right:
        made["duration_unit"] = st.selectbox(
            labels("import.duration_unit"),
            list(_UNITS),
            index=list(_UNITS).index(str(known.get("duration_unit", "min"))),
            format_func=lambda unit: labels(f"import.{_UNITS[unit]}"),
            key=f"{key}_unite",
        )
    with doors.access.session() as session:
        items = {c: one for c, one in site_items(session, site.id).items() if one.observed}
        codes = team_desk.site_quarters(session, site.id)
    found = quarter_names(doors, codes)
    quarters = {code: found[code] for code in sorted(found, key=lambda one: found[one])}
    named = {code: item_name(items, code) for code in items}
    made |= _items(proposal, named, key)
    for table, said, names in (
        ("neighbourhoods", proposal.places, quarters),
        ("slots", proposal.slots, {slot: _slot_name(slot) for slot in SLOTS}),
    ):
        title = "import.words_places" if table == "neighbourhoods" else "import.words_slots"
        made[table] = _words(labels(title), known.get(table, {}), said, names, f"{key}_{table}")
    return {name: value for name, value in made.items() if value not in ("", None)}


def _items(proposal: Proposal, named: dict[str, str], key: str) -> Values:
    """Show how the file says what was observed: a column for each item, or a row for each."""
    labels, known = read_words("equipe"), proposal.columns
    layout = st.segmented_control(
        labels("import.layout"),
        [_WIDE, _ROWS],
        default=_ROWS if "rows" in known else _WIDE,
        format_func=lambda name: labels(f"import.{name}"),
        required=True,
        key=f"{key}_forme",
    )
    if layout == _ROWS:
        return {"rows": _rows(proposal, named, key)}
    st.html(words("h4", labels("import.items")))
    before = {one["item"]: one for one in known.get("item", ())}
    titles: dict[str, str] = {}
    places = st.columns(2)
    for rank, (code, name) in enumerate(named.items()):
        with places[rank % 2]:
            column = str(before.get(code, {}).get("column", ""))
            titles[code] = _column(name, column, proposal, f"{key}_i_{code}")
    flagged = [one["column"] for one in before.values() if one.get("counts") == "flag"]
    chosen = [column for column in titles.values() if column]
    flags = st.multiselect(
        labels("import.flags"),
        chosen,
        default=[column for column in flagged if column in chosen],
        placeholder=labels("import.none"),
        key=f"{key}_oui_non_{abs(hash(tuple(chosen)))}",
    )
    return {
        "item": [
            before.get(code, {})
            | {
                "column": column,
                "item": code,
                "counts": "flag" if column in flags else "count",
            }
            for code, column in titles.items()
            if column
        ]
    }


def _rows(proposal: Proposal, named: dict[str, str], key: str) -> Values:
    labels, known = read_words("equipe"), proposal.columns.get("rows", {})
    column = _column(
        labels("import.rows_column"), str(known.get("column", "")), proposal, f"{key}_r_colonne"
    )
    count = _column(
        labels("import.rows_count"), str(known.get("count", "")), proposal, f"{key}_r_nombre"
    )
    said = _words(
        labels("import.words_items"), known.get("items", {}), proposal.items, named, f"{key}_r"
    )
    more = {"most": known["most"]} if "most" in known else {}
    return {**more, "column": column, "count": count, "items": said}


def _column(label: str, current: str, proposal: Proposal, key: str) -> str:
    """Return the title of the column that says something; empty for none."""
    return _pick(label, proposal.titles, current, typeset, key)


def _pick(
    label: str, choices: Sequence[str], current: str, said: Callable[[str], str], key: str
) -> str:
    """Show a choice of one, or none, and return it; empty for none.

    The label is shown as HTML: Streamlit would read it as Markdown, and say aloud its escapes.
    """
    none = read_words("equipe")("import.none")
    options = ["", *choices]
    with st.container(gap=None):
        st.html(words("div", label, of="field-label", attrs={"aria-hidden": "true"}))
        picked = st.selectbox(
            label,
            options,
            index=options.index(current) if current in options else 0,
            format_func=lambda one: said(one) if one else none,
            label_visibility="collapsed",
            key=key,
        )
    return str(picked)


def _words(
    title: str, known: Columns, unknown: Sequence[str], names: dict[str, str], key: str
) -> dict[str, str]:
    """Show what each word of the file stands for, and return those that stand for something."""
    said = dict.fromkeys([*unknown, *known])
    if not said:
        return {}
    found = {}
    st.html(words("h4", title))
    places = st.columns(2)
    for rank, word in enumerate(said):
        code = str(known.get(word, ""))
        codes = [*names, *([code] if code and code not in names else [])]
        with places[rank % 2]:
            picked = _pick(word, codes, code, lambda one: names.get(one, one), f"{key}_{rank}")
        if picked:
            found[word] = picked
    return found


def _slot_name(slot: str) -> str:
    return read_words("saisie")(f"choice.slot.{slot}")


def _save(doors: Doors, activity: Activity, made: Values, mapped: Saved | None) -> None:
    """Save the mapping, and go on with it."""
    done = read_words("equipe")("done.mapping", name=made["name"])
    step = mapped.step if mapped else 0
    if Outcome("equipe").attempt(lambda: activity.save(doors.access, made, step), done):
        st.session_state[PICKED] = made["name"]
