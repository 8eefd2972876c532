"""An agreement as it is read: its heading, who receives what, its other terms. Pure."""

from __future__ import annotations

from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.labels.typography import typeset
from observatoire.protocole import SHARERS, Agreement, Share, Status, Terms
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.protocole.phrases import Names, figure, items_said, known


def heading(agreement: Agreement) -> Markup:
    """Return which version it is, where it stands, who signed it and since when."""
    labels = read_words("protocole")
    said = labels("heading.title", site=agreement.site_name, version=agreement.version)
    title = tag("h2", text(typeset(said)), status_badge(agreement.status))
    return tag("header", title, words("p", who_agreed(agreement), of="grid-who"), of="grid-head")


def status_badge(status: Status) -> Markup:
    """Return a status as a small label."""
    return words("span", read_words("protocole")(f"status.{status}"), of=f"grid-status {status}")


def who_agreed(agreement: Agreement) -> str:
    """Return where a version stands; in force, who signed it and since when."""
    labels = read_words("protocole")
    if agreement.agreed_on is None:
        return labels(f"heading.{agreement.status}")
    by = typeset(listed(agreement.agreed_by))
    return labels(f"heading.{agreement.status}", date=day(agreement.agreed_on), by=by)


def who_receives(terms: Terms, names: Names) -> Markup:
    """Return one sentence for each share, and who receives nothing."""
    labels = read_words("protocole")
    lines = [_sentence(share, terms, names) for role in _roles(terms) for share in _of(terms, role)]
    without = [known("who.", role) for role in SHARERS if not _of(terms, role)]
    parts = [words("h3", labels("share.title"))]
    if lines:
        parts.append(tag("ul", join(lines), of="points"))
        if without:
            said = listed([name[0].lower() + name[1:] for name in without])
            parts.append(words("p", labels("share.nobody", who=said), of="facts"))
    else:
        parts.append(words("p", labels("share.nobody_at_all")))
    parts.append(words("p", labels("share.own"), of="facts"))
    return tag("div", *parts, of="pact-part")


def _roles(terms: Terms) -> tuple[str, ...]:
    """Return the roles in reading order; one that is not known, in a draft, comes last."""
    return tuple(dict.fromkeys([*SHARERS, *(share.role for share in terms.shares)]))


def _of(terms: Terms, role: str) -> list[Share]:
    return [share for share in terms.shares if share.role == role]


def _sentence(share: Share, terms: Terms, names: Names) -> Markup:
    labels = read_words("protocole")
    what = "share.one_by_one" if share.is_one_by_one else "share.figures"
    said = labels(
        "share.sentence",
        items=items_said(names, share.items, alone=len(_of(terms, share.role)) == 1),
        what=labels(what),
        where=known("precision_in.", share.precision),
        when=known("rhythm_in.", share.rhythm),
    )
    said += labels("share.squares") if share.has_squares else ""
    return tag("li", words("b", labels("change.term", name=known("who.", share.role))), text(said))


def other_terms(terms: Terms) -> Markup:
    """Return every other term: its name, and what it says in plain words."""
    labels = read_words("protocole")
    rows = [
        tag("dt", text(labels(f"terms.{name}"))) + tag("dd", text(said))
        for name, said in _said(terms).items()
    ]
    title = words("h3", labels("terms.title"))
    return tag("div", title, tag("dl", *rows, of="pact-terms"), of="pact-part")


def _said(terms: Terms) -> dict[str, str]:
    labels = read_words("protocole")
    delay = "terms.transmitted_said" if terms.transmit else "terms.kept_said"
    said = {
        "precision": labels("terms.precision_said", where=known("precision.", terms.precision)),
        "retention_months": _retention(terms),
        "text": _count("terms.text_said", terms.text_months)
        if terms.text
        else labels("terms.text_none"),
        "days_back": _count("terms.days_back_said", terms.days_back),
        "delay_days": _count(delay, terms.delay_days),
        "thresholds": labels(
            "terms.thresholds_said",
            k=figure(terms.k),
            outings=figure(terms.outings),
            base=figure(terms.base),
        ),
    }
    if terms.article.strip():
        said["article"] = typeset(terms.article.strip())
    return said


def _retention(terms: Terms) -> str:
    labels, said = read_words("protocole"), terms.unreleased
    lost = labels(f"terms.unreleased_{said}") if said else ""
    return _count("terms.retention_months_said", terms.retention_months) + lost


def _count(name: str, value: int) -> str:
    """Return a counted sentence, whatever the number that a draft holds."""
    form = "one" if abs(value) < 2 else "other"
    return read_words("protocole")(f"{name}.{form}", n=figure(value))
