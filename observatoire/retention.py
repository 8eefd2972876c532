"""What is older than agreed is gone: published first, then deleted."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date

from observatoire.access import Access
from observatoire.errors import NotFoundError
from observatoire.pipeline import Progress, build, silent
from observatoire.settings import Site
from observatoire.store.expiry import Expired, expire


def retain(
    access: Access,
    progress: Progress = silent,
    *,
    today: date | None = None,
    sites: Sequence[Site] | None = None,
) -> Expired:
    """Publish what is due, then delete what is older than the agreement of its site allows.

    What was released stays as it was released (`publication.write_release`, `frozen`).
    """
    day = today or date.today()
    with suppress(NotFoundError):  # nothing to publish: what is past its time goes all the same
        build(access, progress, today=day, sites=sites)
    progress("effacement de ce qui est échu")
    with access.owner() as connection:
        return expire(connection, day)
