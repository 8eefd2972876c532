"""The page « Retours »: what was decided of what the teams shared; those who may write it here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import streamlit as st

from observatoire import team_desk
from observatoire.grille import Item
from observatoire.labels import read_words
from observatoire.labels.numbers import period as period_words
from observatoire.settings import Site
from observatoire.team_desk import Return
from observatoire.views import shell
from observatoire.views.doors import Doors
from observatoire.views.equipe.feedback import came_back
from observatoire.views.equipe.names import item_name, site_items
from observatoire.views.equipe.page import chosen_site
from observatoire.views.equipe.tables import table
from observatoire.views.markup import tag, text, words
from observatoire.views.outcome import Outcome
from observatoire.views.part import part

_MONTHS = 12


def render(doors: Doors, pages: shell.Pages) -> None:
    """Show the page."""
    labels = read_words("retours")
    title = words("h1", labels("title"))
    if doors.visitor.must_change or not doors.visitor.sites:
        st.html(tag("header", title, of="compare-head"))
        shell.note(f"{labels('outside')} {labels('outside_remedy')}")
        return
    lead = words("p", labels("lead"), of="quiet page-lead")
    st.html(tag("header", title, lead, of="compare-head"))
    _body(doors)


@part
def _body(doors: Doors) -> None:
    """Show all that a choice or a writing changes."""
    with st.container(key="choix_retours"):
        site = chosen_site(doors, "retours_site")
    Outcome("retours").show()
    with doors.access.session() as session:
        items = site_items(session, site.id)
        found = team_desk.read_returns(session, site.id)
    _read(items, found)
    _form(doors, site, items, found)


def _read(items: dict[str, Item], found: list[Return]) -> None:
    """Show the last return on each item and period."""
    labels = read_words("retours")
    if not found:
        st.html(words("p", labels("none"), of="lead"))
        return
    codes = [code for code in items if any(one.item == code for one in found)]
    codes += sorted({one.item for one in found} - set(codes))
    rows = [
        [
            text(item_name(items, code)),
            came_back([one for one in found if one.item == code]),
        ]
        for code in codes
    ]
    heads = [labels("form.item"), read_words("equipe")("feedback.came_back")]
    st.html(table(heads, rows, labels("title"), "team-feedback"))


def _form(doors: Doors, site: Site, items: dict[str, Item], found: list[Return]) -> None:
    """Show the form to whoever may write, a sentence to the others."""
    labels = read_words("retours")
    if doors.visitor.role not in team_desk.WRITERS:
        st.html(words("p", labels("form.reader"), of="facts"))
        return
    if not items:
        shell.note(labels("form.no_grid"))
        return
    with st.container(key="retours_ecrire"):
        st.html(words("h2", labels("form.title")) + words("p", labels("form.lead"), of="facts"))
        with st.container(horizontal=True, key="retours_quoi"):
            item = st.selectbox(
                labels("form.item"),
                list(items),
                format_func=lambda code: item_name(items, code),
                key=f"retours_indicateur_{site.id}",
            )
            period = st.selectbox(
                labels("form.period"), _periods(date.today()), format_func=period_words
            )
        before = next((o for o in found if (o.item, o.period) == (item, period)), None)
        if before is not None:
            shell.note(labels("form.again"))
        step = before.step if before else 0
        key = f"retours_{site.id}_{item}_{period}_{step}"
        st.text_area(
            labels("form.decided"),
            value=before.decided if before else "",
            max_chars=team_desk.LONGEST,
            key=f"{key}_d",
        )
        st.text_area(
            labels("form.outcome"),
            value=before.outcome if before else "",
            max_chars=team_desk.LONGEST,
            placeholder=labels("form.outcome_hint"),
            key=f"{key}_o",
        )
        st.button(
            labels("form.save"),
            on_click=_write,
            args=(doors, Return(step, site.id, str(item), str(period), ""), key),
            type="primary",
        )


def _write(doors: Doors, begun: Return, key: str) -> None:
    decided, came = (str(st.session_state.get(f"{key}_{name}") or "") for name in ("d", "o"))
    made = replace(begun, decided=decided, outcome=came)
    done = read_words("retours")("replaced")
    Outcome("retours").attempt(lambda: team_desk.write_return(doors.access, made), done)


def _periods(today: date) -> list[str]:
    """Return the last twelve months, then their quarters, latest first."""
    months = [
        (today.year - (rank > today.month - 1), (today.month - 1 - rank) % 12 + 1)
        for rank in range(_MONTHS)
    ]
    quarters = dict.fromkeys(f"{year}-Q{(month + 2) // 3}" for year, month in months)
    return [*(f"{year}-{month:02}" for year, month in months), *quarters]
