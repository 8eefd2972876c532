"""Tables of the store: what was read, what passed the door, the steps of the sites' grids.

No table keeps an hour, a person or an author: days only, random or file-derived identity.
Geometry rests in EPSG:4326.
"""

from __future__ import annotations

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

RAW = "raw"
PUBLISHED = "published"
GRIDS = "grids"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _text(name: str, **options: object) -> Column[str]:
    return Column(name, Text, nullable=False, **options)  # type: ignore[arg-type]


# --- raw ---------------------------------------------------------------------------------------

import_file = Table(
    "import_file",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    _text("kind"),  # boundaries, outlines, statistics, observations, outings
    _text("sha256"),
    _text("file_name"),
    _text("variant", server_default=""),  # theme of an observation file, edition of a contour file
    Column("imported_on", Date, nullable=False),
    Column("read", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("fictitious", Boolean, nullable=False, server_default="false"),
    Column("details", JSONB, nullable=False, server_default="{}"),
    UniqueConstraint("kind", "sha256"),
    schema=RAW,
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("import_id", ForeignKey(import_file.c.id, ondelete="CASCADE"), primary_key=True),
    Column("row", Integer, primary_key=True),
    _text("column", server_default=""),
    _text("reason"),  # never the content of the row
    schema=RAW,
)

boundary = Table(
    "boundary",
    metadata,
    Column("edition", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("tolerance_m", Double, primary_key=True),  # 0: official, full precision
    _text("name"),
    Column("commune", Text),
    _text("department"),
    Column("area_m2", Double, nullable=False),
    Column("import_id", ForeignKey(import_file.c.id), nullable=False),
    Column("geometry", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
    schema=RAW,
)

outline = Table(
    "outline",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("vintage", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    _text("name"),
    _text("department"),
    Column("tolerance_m", Double, nullable=False),
    Column("import_id", ForeignKey(import_file.c.id), nullable=False),
    Column("geometry", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
    schema=RAW,
)

statistic = Table(
    "statistic",
    metadata,
    Column("indicator", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("zone_kind", Text, primary_key=True),
    Column("zone", Text, primary_key=True),
    Column("edition", Text, primary_key=True),
    Column("value", Double),
    _text("status"),
    _text("source"),
    Column("import_id", ForeignKey(import_file.c.id), primary_key=True),
    CheckConstraint("(status = 'ok') = (value IS NOT NULL)", name="value_when_ok"),
    schema=RAW,
)

theme = Table(
    "theme",
    metadata,
    Column("id", Text, primary_key=True),
    # field: effort is counted in outings; register: an exhaustive source, no outing
    _text("collection", server_default="field"),
    CheckConstraint("collection IN ('field', 'register')", name="collection"),
    schema=RAW,
)

outing = Table(
    "outing",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("import_id", ForeignKey(import_file.c.id, ondelete="CASCADE"), nullable=False),
    Column("row", Integer, nullable=False),
    _text("outing"),
    Column("date", Date, nullable=False),
    Column("slot", Text),
    _text("qpv"),
    _text("edition"),
    Column("duration_min", Double),
    Column("workers", Double),
    Column("nothing_to_report", Boolean, nullable=False, server_default="false"),
    UniqueConstraint("import_id", "row"),
    Index(None, "qpv", "date"),
    schema=RAW,
)

observation = Table(
    "observation",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("import_id", ForeignKey(import_file.c.id, ondelete="CASCADE"), nullable=False),
    Column("row", Integer, nullable=False),
    _text("theme"),
    Column("date", Date, nullable=False),
    _text("precision"),
    Column("count", Integer, nullable=False, server_default="1"),
    Column("outing", Text),
    Column("geometry", Geometry("POINT", srid=4326), nullable=False),
    UniqueConstraint("import_id", "row"),
    CheckConstraint("precision IN ('day', 'month')", name="precision"),
    CheckConstraint("count >= 0", name="count"),
    schema=RAW,
)

attachment = Table(
    "attachment",
    metadata,
    Column("observation_id", ForeignKey(observation.c.id, ondelete="CASCADE"), primary_key=True),
    Column("edition", Text, primary_key=True),
    Column("in_force", Boolean, nullable=False),  # the edition in force at the observation's date
    Column("qpv", Text),  # null: outside every QPV of that edition
    Index(None, "edition", "qpv"),
    schema=RAW,
)

# --- published ---------------------------------------------------------------------------------

release = Table(
    "release",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("released_on", Date, nullable=False),
    _text("sha256", unique=True),
    Column("rules", JSONB, nullable=False),
    _text("inputs", server_default=""),  # hash of what it was computed from
    Column("current", Boolean, nullable=False, server_default="false"),
    schema=PUBLISHED,
)

layer = Table(
    "layer",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("release_id", ForeignKey(release.c.id, ondelete="CASCADE"), nullable=False),
    _text("indicator"),
    _text("period"),
    _text("edition"),
    Column("rank", Integer, nullable=False),  # reading order of the release
    _text("rule"),
    Column("fictitious", Boolean, nullable=False, server_default="false"),
    Column("share_visible", Double),
    _text("source"),
    Column("description", JSONB, nullable=False),  # the indicator as its readers are told of it
    _text("sha256"),
    _text("site", server_default=""),  # of a field layer: it is one part for each site
    Column("agreed", JSONB(none_as_null=True)),  # thresholds of its site's agreement, when released
    UniqueConstraint("release_id", "indicator", "period", "edition", "site"),
    schema=PUBLISHED,
)

cell = Table(
    "cell",
    metadata,
    Column("layer_id", ForeignKey(layer.c.id, ondelete="CASCADE"), primary_key=True),
    Column("zone_kind", Text, primary_key=True),
    Column("zone", Text, primary_key=True),
    Column("value", Double),
    _text("status"),
    Column("outings", Integer),
    CheckConstraint("(status = 'ok') = (value IS NOT NULL)", name="value_when_ok"),
    schema=PUBLISHED,
)

published_boundary = Table(
    "boundary",
    metadata,
    Column("edition", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    _text("name"),
    Column("commune", Text),
    _text("department"),
    Column("area_m2", Double, nullable=False),
    Column("tolerance_m", Double, nullable=False),
    Column("geometry", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
    schema=PUBLISHED,
)

published_outline = Table(
    "outline",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("vintage", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    _text("name"),
    _text("department"),
    Column("tolerance_m", Double, nullable=False),
    Column("geometry", Geometry("MULTIPOLYGON", srid=4326), nullable=False),
    schema=PUBLISHED,
)

# The level at which a field theme is shown in a QPV and a year: once chosen, never refined.
granularity = Table(
    "granularity",
    metadata,
    Column("indicator", Text, primary_key=True),
    Column("edition", Text, primary_key=True),
    Column("qpv", Text, primary_key=True),
    Column("year", Text, primary_key=True),
    _text("level"),
    schema=PUBLISHED,
)

# --- grids -------------------------------------------------------------------------------------
# The last step of a version is what it is. Triggers judge a step and refuse any change of a row.
grid_step = Table(
    "step",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    _text("site"),
    _text("site_name"),
    Column("version", Integer, nullable=False),
    _text("status"),
    Column("supersedes", Integer),
    _text("reason"),
    Column("items", JSONB, nullable=False),
    Column("agreed_by", JSONB, nullable=False, server_default="[]"),  # organisations, no person
    Column("agreed_on", Date),
    Column("fictitious", Boolean, nullable=False, server_default="false"),
    Column("recorded_on", Date, nullable=False, server_default=text("CURRENT_DATE")),
    CheckConstraint("status IN ('draft', 'proposed', 'agreed', 'superseded')", name="status"),
    CheckConstraint("version >= 1 AND supersedes < version", name="version"),
    CheckConstraint("(status IN ('agreed', 'superseded')) = (agreed_on IS NOT NULL)", name="day"),
    CheckConstraint(
        "(status IN ('agreed', 'superseded')) = (jsonb_array_length(agreed_by) > 0)", name="who"
    ),
    CheckConstraint(
        "jsonb_typeof(items) = 'array' AND length(items::text) <= 200000"
        " AND length(reason) <= 2000 AND length(site_name) <= 200"
        " AND jsonb_typeof(agreed_by) = 'array' AND length(agreed_by::text) <= 10000",
        name="size",
    ),
    CheckConstraint("length(btrim(site)) BETWEEN 1 AND 100", name="site"),
    Index(None, "site", "version", "id"),
    schema=GRIDS,
)
