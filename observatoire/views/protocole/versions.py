"""The versions of a site's agreement, the latest first, and what happened to it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.labels.typography import typeset
from observatoire.protocole import Agreement
from observatoire.protocole_desk import Widening
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, join, tag, text, words
from observatoire.views.protocole.contents import status_badge, who_agreed
from observatoire.views.protocole.files import FOLDER
from observatoire.views.version_file import address

_MEETINGS = 6


@dataclass(frozen=True)
class Acts:
    """What happened on a site.

    Attributes
    ----------
    suspended
        Organisations whose sharing is suspended; None when whoever asks may not know.
    meetings
        Days of the meetings held.
    widenings
        The acts by which a version also rules what was seen before it.
    """

    suspended: tuple[str, ...] | None
    meetings: tuple[date, ...]
    widenings: tuple[Widening, ...]


def timeline(versions: Sequence[Agreement]) -> Markup:
    """Return every version with its status, who signed it and its file."""
    labels = read_words("protocole")
    steps = [_step(one) for one in reversed(versions)]
    title = words("h2", labels("versions.title"))
    return tag("section", title, tag("ol", join(steps), of="grid-versions"), of="grid-part")


def _step(one: Agreement) -> Markup:
    labels = read_words("protocole")
    said = labels("versions.version", version=one.version)
    parts = [tag("h3", text(said), status_badge(one.status))]
    if one.fictitious:
        parts.append(words("span", labels("versions.fictitious"), of="badge"))
    parts.append(words("p", who_agreed(one), of="facts"))
    link = {"href": address(FOLDER, one.site, one.version), "download": ""}
    parts.append(words("a", labels("versions.file"), attrs=link))
    return tag("li", *parts, of=one.status)


def acts_part(acts: Acts) -> Markup:
    """Return suspensions, meetings and widenings."""
    labels = read_words("protocole")
    parts = [_suspensions(acts), _meetings(acts.meetings), _widenings(acts.widenings)]
    return tag("section", words("h2", labels("acts.title")), *parts, of="grid-part pact-acts")


def _suspensions(acts: Acts) -> Markup:
    labels = read_words("protocole")
    title = words("h3", labels("acts.suspended"))
    if acts.suspended is None:
        return title + words("p", labels("acts.suspended_hidden"), of="facts")
    if not acts.suspended:
        return title + words("p", labels("acts.none_suspended"), of="facts")
    lines = [
        words("p", labels("acts.suspended_by", who=typeset(who)), of="note wrong")
        for who in acts.suspended
    ]
    return title + join(lines)


def _meetings(days: Sequence[date]) -> Markup:
    labels = read_words("protocole")
    title = words("h3", labels("acts.meetings"))
    if not days:
        return title + words("p", labels("acts.no_meeting"), of="facts")
    said = [words("li", day(one)) for one in sorted(days, reverse=True)[:_MEETINGS]]
    older = len(days) - _MEETINGS
    if older > 0:
        said.append(words("li", labels.count("acts.older", older)))
    return title + tag("ul", join(said), of="points")


def _widenings(found: Sequence[Widening]) -> Markup:
    labels = read_words("protocole")
    title = words("h3", labels("acts.widenings"))
    if not found:
        return title + words("p", labels("acts.no_widening"), of="facts")
    lines = []
    for one in found:
        said = labels("acts.widening", version=one.version, since=day(one.since))
        by = typeset(listed(one.organisations))
        who = labels("acts.widening_who", on=day(one.recorded_on), by=by)
        reason = words("span", typeset(one.reason), of="pact-reason")
        lines.append(tag("li", words("b", said), text(f" {who}"), reason))
    return title + tag("ul", join(lines), of="points")
