"""What stands before an entry that is sent: whose page sent it, and a body of the right kind."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request

LARGEST = 64 * 1024


class Refused(Exception):  # noqa: N818 # an answer, not a fault
    """A request refused before anybody reads it.

    Attributes
    ----------
    status
        Of the answer.
    name
        Of its sentence in the label file.
    """

    def __init__(self, status: int, name: str) -> None:
        super().__init__(name)
        self.status = status
        self.name = name


def require_own_page(request: Request) -> None:
    """Refuse what another site's page sends with our reader's cookie.

    Browsers tell where a request comes from in `Sec-Fetch-Site` and `Origin`; a program that says
    neither holds no cookie of somebody else.

    Raises
    ------
    Refused
        403.
    """
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = fetched is not None and fetched != "same-origin"
    if origin is not None:
        foreign = foreign or urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign:
        raise Refused(403, "refused.foreign")


async def read_json(request: Request) -> Any:
    """Return the JSON of a body.

    Raises
    ------
    Refused
        415 for another kind of content, 413 beyond `LARGEST`, 400 when it is not JSON or holds
        characters that no text holds.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "refused.kind")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise Refused(413, "refused.large")
    try:
        values = json.loads(bytes(body) or b"null", parse_constant=_no_constant)
        # A lone surrogate has no UTF-8 form, and a database refuses a NUL.
        written = json.dumps(values, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as cause:
        raise Refused(400, "refused.form") from cause
    if b"\\u0000" in written:
        raise Refused(400, "refused.form")
    return values


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
