"""The store: PostGIS through SQLAlchemy and GeoAlchemy2. SQLAlchemy lives here only.

`raw` holds what was read, `published` what passed the door. One repository module per noun.
"""

from sqlalchemy import Connection

__all__ = ["Connection"]
