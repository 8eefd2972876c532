"""The page's own tables. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from observatoire.views.markup import Markup, tag, words


def table(
    heads: Sequence[str], rows: Sequence[Sequence[Markup]], caption: str, of: str = ""
) -> Markup:
    """Return a table that becomes cards on a narrow screen.

    Parameters
    ----------
    heads, caption
        Plain words.
    rows
        HTML of each cell; the first one of a row names it.
    of
        Its classes.
    """
    head = tag("tr", *(words("th", one, attrs={"scope": "col"}) for one in heads))
    body = [
        tag(
            "tr",
            tag("th", row[0], attrs={"scope": "row"}),
            *(
                tag("td", tag("div", cell), attrs={"data-label": name})
                for name, cell in zip(heads[1:], row[1:], strict=True)
            ),
        )
        for row in rows
    ]
    return tag(
        "table",
        words("caption", caption, of="seen-by-readers"),
        tag("thead", head),
        tag("tbody", *body),
        of=f"plain-table team-table {of}".strip(),
    )
