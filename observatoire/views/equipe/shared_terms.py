"""By which agreement shared observations are read, and why there may be none. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from observatoire.labels import read_words
from observatoire.labels.numbers import day
from observatoire.protocole import EVERY_ITEM, RHYTHMS, Agreement, Share
from observatoire.views.equipe.names import monday
from observatoire.views.markup import Markup, join, words
from observatoire.views.protocole.phrases import items_said, received


@dataclass(frozen=True)
class Reading:
    """What rules the reading of an account on a site.

    Attributes
    ----------
    agreement
        The one in force, None when there is none.
    role
        Of the account.
    suspended
        How many teams, its own left out, suspended their sharing.
    """

    agreement: Agreement | None
    role: str
    suspended: int

    @property
    def shares(self) -> tuple[Share, ...]:
        """Return what the agreement gives the role, « all the others » last; invented, nothing."""
        if self.agreement is None or self.agreement.fictitious:
            return ()
        own = [one for one in self.agreement.terms.shares if one.role == self.role]
        return tuple(sorted(own, key=lambda one: EVERY_ITEM in one.items))


def terms_said(reading: Reading, labels_of: Mapping[str, str], today: date) -> Markup:
    """Return which version rules, how precisely and when it lets read, and who suspended."""
    if reading.agreement is None or not reading.shares:
        return ""
    labels, agreement = read_words("partage"), reading.agreement
    assert agreement.agreed_on is not None, "it is in force"
    shares = " ; ".join(_share(one, reading.shares, labels_of) for one in reading.shares)
    version = labels(
        "agreement.version",
        version=agreement.version,
        day=day(agreement.agreed_on),
        shares=shares,
    )
    rest = [_waiting(rhythm, today) for rhythm in _rhythms(reading.shares)]
    rest += [labels("agreement.earlier"), labels("noted")]
    parts = [words("p", version), words("p", " ".join(rest), of="facts")]
    if reading.suspended:
        said = labels.count("agreement.suspended", reading.suspended)
        parts.append(words("p", said, of="note"))
    return join(parts)


def nothing_said(reading: Reading) -> Markup:
    """Return why there is nothing to read."""
    labels, agreement = read_words("partage"), reading.agreement
    if agreement is None:
        said = labels("empty.no_agreement")
    elif agreement.fictitious:
        said = labels("empty.fictitious")
    elif not reading.shares:
        role = read_words("acces")(f"role.{reading.role}")
        said = labels("empty.not_shared", version=agreement.version, role=role)
    else:
        said = labels("empty.nothing")  # how many teams suspended theirs is said with the terms
    return words("p", said, of="lead")


def _share(share: Share, shares: tuple[Share, ...], labels_of: Mapping[str, str]) -> str:
    items = items_said(labels_of, share.items, alone=len(shares) == 1)
    return read_words("partage")("agreement.share", items=items, what=received(share))


def _rhythms(shares: tuple[Share, ...]) -> list[str]:
    said = {share.rhythm for share in shares}
    return [rhythm for rhythm in reversed(RHYTHMS) if rhythm in said]


def _waiting(rhythm: str, today: date) -> str:
    """Return when what is seen now will be read."""
    month = today.replace(day=1) + timedelta(days=31)
    following = {"weekly": monday(today) + timedelta(days=7), "monthly": month.replace(day=1)}
    opens = day(following[rhythm]) if rhythm in following else ""
    return read_words("partage")(f"waiting.{rhythm}", day=opens)
