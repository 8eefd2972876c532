"""« Importer »: an export read in memory, a mapping corrected and saved, a preview, the import."""

from __future__ import annotations

import logging
from typing import Any

import streamlit as st

from observatoire.activity import Activity, Aside, Columns, Loading, Proposal, Saved
from observatoire.errors import ObservatoireError
from observatoire.labels import read_words
from observatoire.labels.numbers import day, number
from observatoire.labels.typography import typeset
from observatoire.settings import Site
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.equipe import mapping_form
from observatoire.views.equipe.tables import table
from observatoire.views.markup import Markup, tag, text, words

log = logging.getLogger(__name__)
_TURN, _DONE, _READ, _PREVIEW = (
    "equipe_import_tour",
    "equipe_import_fait",
    "equipe_import_lu",
    "equipe_import_vu",
)
_NEW = ""
_MOST_SHOWN = 50
_DEFAULT_NAME = "outil"


def show(doors: Doors, site: Site) -> None:
    """Show the part."""
    labels = read_words("equipe")
    lead = words("p", labels("import.lead"), of="quiet page-lead")
    st.html(tag("section", words("h2", labels("import.title")), lead, of="team-part"))
    if doors.visitor.role != "team_leader" or doors.activity is None:
        shell.note(labels("import.leader"))
        return
    with st.container(key="equipe_import"):
        _steps(doors, doors.activity, site)


def _steps(doors: Doors, activity: Activity, site: Site) -> None:
    """Show the file, its mapping, what would be imported, and the way to do it."""
    labels = read_words("equipe")
    saved = {one.name: one for one in activity.saved(doors.access, site.id)}
    mapped = _chosen(saved)
    turn = st.session_state.setdefault(_TURN, 0)
    file = st.file_uploader(
        labels("import.file"), type=["csv", "txt", "tsv", "xlsx"], key=f"equipe_fichier_{turn}"
    )
    if file is None:
        _last_result()
        return
    st.session_state.pop(_DONE, None)
    begun = _begun(site, mapped)
    asked = (file.file_id, mapped.step if mapped else 0, str(sorted(begun.items())))
    proposal = _proposal(doors, activity, file, begun, asked, suggested=mapped is None)
    if proposal is None:
        return
    fields = str(abs(hash(asked)))
    mapping_form.show(doors, activity, site, proposal, mapped=mapped, key=fields)
    if mapped is None:
        st.html(words("p", labels("import.unsaved"), of="facts"))
    else:
        _preview(doors, activity, file, mapped)


def _chosen(saved: dict[str, Saved]) -> Saved | None:
    """Return the saved mapping that is picked, None for a new one."""
    labels = read_words("equipe")
    picked = st.selectbox(
        labels("import.which"),
        [*saved, _NEW],
        format_func=lambda name: name or labels("import.new"),
        key=mapping_form.PICKED,
    )
    found = saved.get(str(picked))
    if found is not None:
        by = labels(
            "import.saved",
            day=day(found.recorded_on),
            organisation=found.organisation,
            role=read_words("acces")(f"role.{found.role}"),
        )
        st.html(words("p", typeset(by), of="facts"))
    return found


def _begun(site: Site, mapped: Saved | None) -> Columns:
    """Return what is known before the file is read: the mapping, its sheet, its row of titles."""
    labels = read_words("equipe")
    known: Columns = mapped.columns if mapped else {"site": site.id, "name": _DEFAULT_NAME}
    rows = list(range(1, 21))
    first = int(known.get("header_row", 1))
    key = mapped.step if mapped else _NEW
    with st.expander(labels("import.place")), st.container(horizontal=True):
        sheet = st.text_input(
            labels("import.sheet"), value=str(known.get("sheet", "")), key=f"equipe_feuille_{key}"
        )
        row = st.selectbox(
            labels("import.header_row"),
            rows if first in rows else [first, *rows],
            index=rows.index(first) if first in rows else 0,
            key=f"equipe_titres_{key}",
        )
    return {**known, "sheet": sheet.strip(), "header_row": int(row)}


def _proposal(
    doors: Doors, activity: Activity, file: Any, begun: Columns, asked: object, *, suggested: bool
) -> Proposal | None:
    """Return the mapping of a file, read once for as long as nothing changes; say a refusal."""
    known = st.session_state.get(_READ)
    if known is not None and known[0] == asked:
        return known[1]  # type: ignore[no-any-return]
    try:
        made = activity.propose(
            doors.access, file.name, file.getvalue(), begun, suggested=suggested
        )
    except ObservatoireError as error:
        _refuse(error)
        return None
    st.session_state[_READ] = (asked, made)
    return made


def _preview(doors: Doors, activity: Activity, file: Any, mapped: Saved) -> None:
    """Show what would be imported and what would not, and the button that does it."""
    labels = read_words("equipe")
    asked = (file.file_id, mapped.step)
    known = st.session_state.get(_PREVIEW)
    if known is None or known[0] != asked:
        try:
            with st.spinner(labels("import.preview")):
                done = activity.load(
                    doors.access, file.name, file.getvalue(), mapped.columns, rehearse=True
                )
        except ObservatoireError as error:
            _refuse(error)
            return
        known = st.session_state[_PREVIEW] = (asked, done)
    loading: Loading = known[1]
    st.html(_said(loading, labels("import.preview"), "would"))
    if not loading.written:
        st.html(words("p", labels("import.nothing_new"), of="lead"))
    elif st.button(labels.count("import.go", loading.written), type="primary"):
        _load(doors, activity, file, mapped, loading.written)


def _load(doors: Doors, activity: Activity, file: Any, mapped: Saved, total: int) -> None:
    """Import, saying how far it is; then forget the file."""
    labels = read_words("equipe")
    with st.status(labels("import.running"), expanded=False) as status:

        def tell(rank: int) -> None:
            if rank % 20 == 0 or rank == total:
                said = labels("import.step", n=number(rank), total=number(total))
                status.update(label=said)

        try:
            done = activity.load(
                doors.access,
                file.name,
                file.getvalue(),
                mapped.columns,
                rehearse=False,
                tell=tell,
            )
        except ObservatoireError as error:
            status.update(label=labels("import.failed"), state="error")
            _refuse(error)
            return
        status.update(label=labels("import.over"), state="complete")
    for key in (_READ, _PREVIEW):
        st.session_state.pop(key, None)
    st.session_state[_DONE] = done
    st.session_state[_TURN] += 1
    st.rerun(scope="fragment")


def _last_result() -> None:
    """Show what the last import did, until another file is chosen."""
    done = st.session_state.get(_DONE)
    if done is not None:
        st.html(_said(done, read_words("equipe")("import.result"), "written"))


def _refuse(error: ObservatoireError) -> None:
    log.warning("%s: %s", type(error).__name__, error.message)
    shell.note(f"{error.user} {error.remedy}".strip(), look="wrong")


def _said(done: Loading, title: str, verb: str) -> Markup:
    """Return what an import does or did, with every row that is set aside and why."""
    labels = read_words("equipe")
    rows = {one.row for one in done.aside}
    facts = [
        words("li", labels.count("import.rows", done.read)),
        tag("li", words("b", labels.count(f"import.{verb}", done.written))),
    ]
    if done.again:
        facts.append(words("li", labels.count("import.again", done.again)))
    if rows:
        facts.append(words("li", labels.count("import.aside", len(rows))))
    parts = [words("h3", title), tag("ul", *facts, of="points")]
    if done.aside:
        parts.append(_aside(done.aside))
    return tag("section", *parts, of="team-part")


def _aside(aside: tuple[Aside, ...]) -> Markup:
    labels = read_words("equipe")
    heads = [labels(f"import.aside_{name}") for name in ("row", "column", "reason")]
    rows = [
        [text(number(one.row)), text(typeset(one.column)), text(typeset(one.reason))]
        for one in aside[:_MOST_SHOWN]
    ]
    more = len(aside) - len(rows)
    tail = words("p", labels.count("import.aside_more", more), of="facts") if more else ""
    return table(heads, rows, labels("import.aside_reason"), "team-aside") + tail
