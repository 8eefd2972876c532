"""The two doors of the store."""

import pytest
from sqlalchemy import text

from observatoire.errors import StoreError


def test_the_app_cannot_read_raw(store):
    with pytest.raises(StoreError), store.session() as session:
        session.execute(text("SELECT count(*) FROM raw.observation"))
