"""Small pieces of HTML whose every text is escaped. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from html import escape

Markup = str
"""A text that is already HTML: it comes from `tag`, `text` or `join`, never from a reader."""

_VOID = frozenset({"br", "hr", "img", "line", "path", "circle", "rect"})


def text(words: str) -> Markup:
    """Return plain words as HTML."""
    return escape(words, quote=True)


def tag(
    name: str,
    *children: Markup,
    of: str = "",
    attrs: Mapping[str, str] | None = None,
) -> Markup:
    """Return an element.

    Parameters
    ----------
    name
        Its tag.
    children
        HTML, joined without spaces. Plain words go through `text` first.
    of
        Its classes.
    attrs
        Its other attributes; values are escaped.
    """
    given = ({"class": of} if of else {}) | dict(attrs or {})
    inside = "".join(f' {key}="{escape(value, quote=True)}"' for key, value in given.items())
    if name in _VOID and not children:
        return f"<{name}{inside}/>"
    return f"<{name}{inside}>{''.join(children)}</{name}>"


def words(name: str, plain: str, of: str = "", attrs: Mapping[str, str] | None = None) -> Markup:
    """Return an element that holds plain words."""
    return tag(name, text(plain), of=of, attrs=attrs)


def join(pieces: Iterable[Markup]) -> Markup:
    """Return pieces one after the other."""
    return "".join(pieces)


def picture(svg: Markup, alt: str, of: str = "") -> Markup:
    """Return an SVG as an image with words for who does not see it.

    Streamlit takes `svg` elements out of the HTML it is given; a picture inside the address of an
    image stays, and asks nothing of anybody.
    """
    data = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return tag("img", of=of, attrs={"src": f"data:image/svg+xml;base64,{data}", "alt": alt})


def markdown(plain: str) -> str:
    """Return plain words for a label that Streamlit reads as Markdown."""
    return re.sub(r"([\\`*_\[\]~$<>#|:])", r"\\\1", plain)
