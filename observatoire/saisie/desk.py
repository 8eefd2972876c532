"""What the page asks of whoever keeps the entries; given to its routes, never imported by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from observatoire.entries import Kept


class EntryDesk(Protocol):
    """Where entries are read and kept, for whoever a token stands for.

    Every method raises `SignInError` when the token stands for nobody, `AccessError` when it stands
    for somebody who may not write entries, and `StoreError` when the store cannot be reached.
    """

    def frame(self, token: str) -> dict[str, Any]:
        """Return what the page needs to offer a form.

        `team`; `today` (a day, `AAAA-MM-JJ`); `screening`, the rules that words are screened with,
        or None; `sites`, all those of the account, each ruled by its own agreement and grid: `id`,
        `name`; `first` (a day); `grid` and `agreement` (versions in force, None when there is none:
        nothing may be entered without an agreement that the team signed); `precision` (`qpv`,
        `400` or `200`); `text` (words allowed); `qpv`, a list of `code`, `name`, `commune`,
        `outline` (rings of [x, y] in whole metres) and `cells` (`id`, `ring`); `items`, a list of
        `code`, `label`, `theme`, `definition`, `direction`.
        """
        ...

    def keep(self, token: str, values: Mapping[str, Any], team: str = "") -> Kept:
        """Store one outing (`Outing.as_dict`), once; `team`: in whose name it was written, if said.

        An identifier that the team has already stored is answered `already` before anything else
        is judged: the phone that lost the first answer must never be told that it is refused.

        Raises
        ------
        SignInError
            When the token is of another team: the entry waits for its own.
        SchemaError
            With its `faults`.
        """
        ...

    def recent(self, token: str) -> list[dict[str, Any]]:
        """Return the team's outings of the last weeks: `Outing.as_dict` and `withdrawn`."""
        ...

    def withdraw(self, token: str, outing: str) -> None:
        """Withdraw an outing of the team; withdrawing it again changes nothing.

        Raises
        ------
        NotFoundError
            When the team has no such outing.
        """
        ...
