"""For whom a release is, and the rules it was made with, in plain words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from observatoire.labels import read_words
from observatoire.labels.numbers import day, level_words, number
from observatoire.labels.typography import typeset
from observatoire.protocole import Agreement
from observatoire.views.grilles.contents import listed
from observatoire.views.markup import Markup, join, tag, words
from observatoire.views.protocole.contents import who_receives

Names = Mapping[str, str]


def for_whom(
    agreements: Mapping[str, Agreement], items: Mapping[str, Names], sites: Names
) -> Markup:
    """Return who reads what: the official and invented figures, then each site's agreement.

    Parameters
    ----------
    agreements
        In force, by site.
    items
        By site, the labels of the items of its grid in force.
    sites
        Name of each site.
    """
    labels = read_words("publications")
    everybody = [words("li", labels(f"whom.{name}")) for name in ("official", "invented")]
    without = [typeset(name) for site, name in sites.items() if site not in agreements]
    parts = [
        words("p", labels("whom.lead"), of="facts"),
        tag("ul", *everybody, of="points"),
        *(
            _agreement(agreements[site], name, items.get(site, {}))
            for site, name in sites.items()
            if site in agreements
        ),
    ]
    if without:
        parts.append(words("p", labels("whom.none", sites=listed(without))))
    return join(parts)


def _agreement(one: Agreement, site: str, items: Names) -> Markup:
    since = day(one.agreed_on) if one.agreed_on else ""
    fields = {"site": typeset(site), "version": one.version, "day": since}
    title = words("summary", read_words("publications")("whom.site", **fields))
    return tag("details", title, who_receives(one.terms, items), of="release-pact")


def rules_said(rules: Mapping[str, Any], sites: Names) -> list[str]:
    """Return the rules of a release as sentences.

    Parameters
    ----------
    rules
        As the ledger keeps them (`disclosure.Rules.as_dict`).
    sites
        Name of each site; a site that has none is called by its id.
    """
    labels = read_words("publications")
    said = [labels("rules.official"), *_house(rules)]
    agreed: Mapping[str, Mapping[str, int]] = rules.get("agreed", {})
    former: Mapping[str, Sequence[Any]] = rules.get("former", {})
    for site in sorted({*agreed, *former}, key=lambda one: sites.get(one, one)):
        name = typeset(sites.get(site, site))
        line = [labels("rules.agreed", site=name, **_numbers(agreed.get(site, _own(rules))))]
        line += [
            labels("rules.former", day=day(date.fromisoformat(until)), **_numbers(asked))
            for until, asked in former.get(site, ())
        ]
        said.append(" ".join(line))
    if agreed and set(sites) - set(agreed):
        said.append(labels("rules.same"))
    return [*said, labels("rules.beside"), labels("rules.once")]


def _house(rules: Mapping[str, Any]) -> list[str]:
    labels = read_words("publications")
    return [
        labels(
            "rules.house",
            k=number(rules["k"]),
            reports=number(rules["reports"]),
            base=number(rules["base"]),
            zero=number(max(rules["zero_outings"], rules["base"])),
        ),
        labels(
            "rules.sensitive",
            k=number(rules["sensitive_k"]),
            level=level_words(rules["sensitive_finest"]),
        ),
    ]


def _own(rules: Mapping[str, Any]) -> dict[str, int]:
    return {"k": rules["k"], "outings": rules["reports"], "base": rules["base"]}


def _numbers(asked: Mapping[str, int]) -> dict[str, str]:
    return {name: number(asked[name]) for name in ("k", "outings", "base")}
