"""Which outing is which: identifiers that the same outing of the same tool always has."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from observatoire.exchanges.mapping import ColumnMapping

_FORM = "observatoire.exchanges 1"


def outing_id(mapping: ColumnMapping, *identity: object) -> str:
    """Return the identifier of an outing: a hash of what it is, in the shape of a UUID 4.

    An entry typed in the street draws its identifier at random, once, where it is typed. An outing
    read from an export is read again each time the export is made again, longer each month: were
    its identifier drawn at each reading, the same outing would come in as many times. So it is
    computed, from the site, the name of the mapping and what tells the outing apart:

    - its reference in the tool and its year (many tools number from 1 again each January);
    - without a reference, all that was read of it, and its rank among the rows that say exactly
      the same: two equal rows are two outings, and stay the same two in a longer export, whatever
      rows come between.

    The store keeps each identifier once: an export that is imported again, in whole or inside a
    longer one, adds nothing twice, and an outing entered in the tool is not typed again here.

    It has the shape that `entries` asks for (version 4, 122 bits of the hash), and like a random
    one shows no day, no machine and no counter. It is no secret however: who holds the export, or
    tries every reference, can compute it. So it is never kept: the database keeps a seal of it and
    of the team, under a key of its own (`capture.sealed`), which nobody else can compute.
    """
    said = json.dumps([_FORM, mapping.site, mapping.name, *identity], ensure_ascii=True)
    return str(UUID(bytes=hashlib.sha256(said.encode("ascii")).digest()[:16], version=4))
