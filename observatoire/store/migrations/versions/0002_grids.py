"""Grids of indicators: steps that are added and never changed, and the desk that adds them.

`grids` holds the steps, closed to the app; `desk` the functions that it may call, with the owner's
rights: the triggers of the table judge what they add.
Refusals carry their own codes: OG001 a step out of order, OG002 another step came in between,
OG003 a content that may not be proposed, OG004 what is written does not change.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from observatoire.store.migrations.columns import required, text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_SAFE = "SECURITY DEFINER SET search_path = pg_catalog, pg_temp"

# A version begins as a draft, one open version of a site at a time, each numbered after the last.
_JUDGE = """
CREATE FUNCTION grids.judge_step() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before grids.step;
BEGIN
    PERFORM pg_advisory_xact_lock(2918, hashtext(NEW.site));
    SELECT * INTO before FROM grids.step
        WHERE site = NEW.site AND version = NEW.version ORDER BY id DESC LIMIT 1;
    IF before.id IS NULL THEN
        PERFORM grids.judge_first(NEW);
    ELSE
        IF (before.status, NEW.status) NOT IN (
            ('draft', 'draft'), ('draft', 'proposed'), ('proposed', 'draft'),
            ('proposed', 'agreed'), ('agreed', 'superseded')) THEN
            RAISE EXCEPTION 'step out of order' USING ERRCODE = 'OG001';
        END IF;
        IF (before.site_name, before.fictitious) IS DISTINCT FROM
               (NEW.site_name, NEW.fictitious)
           OR before.supersedes IS DISTINCT FROM NEW.supersedes
           OR NEW.status <> 'draft' AND (before.reason, before.items) IS DISTINCT FROM
               (NEW.reason, NEW.items)
           OR NEW.status = 'superseded' AND (before.agreed_by, before.agreed_on)
               IS DISTINCT FROM (NEW.agreed_by, NEW.agreed_on) THEN
            RAISE EXCEPTION 'a step changes what it may not' USING ERRCODE = 'OG004';
        END IF;
    END IF;
    IF NEW.status IN ('proposed', 'agreed') THEN
        PERFORM grids.judge_content(NEW);
    END IF;
    IF NEW.status = 'agreed' THEN
        PERFORM grids.judge_agreed(NEW);
    ELSIF NEW.status = 'superseded' THEN
        PERFORM grids.judge_superseded(NEW);
    END IF;
    NEW.recorded_on := CURRENT_DATE;
    RETURN NEW;
END $$
"""

_JUDGE_FIRST = """
CREATE FUNCTION grids.judge_first(new grids.step) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last integer;
    current integer;
BEGIN
    SELECT coalesce(max(version), 0) INTO last FROM grids.step WHERE site = new.site;
    SELECT version INTO current FROM grids.current WHERE site = new.site AND status = 'agreed';
    IF new.status <> 'draft' OR new.version <> last + 1
       OR new.supersedes IS DISTINCT FROM current
       OR EXISTS (SELECT FROM grids.current
                  WHERE site = new.site AND status IN ('draft', 'proposed')) THEN
        RAISE EXCEPTION 'not the next version' USING ERRCODE = 'OG001';
    END IF;
END $$
"""

_JUDGE_CONTENT = """
CREATE FUNCTION grids.judge_content(new grids.step) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    total integer; codes integer; favourable integer;
BEGIN
    IF jsonb_path_exists(new.items,
           '$[*] ? (!(@.code.type() == "string") || !(@.direction.type() == "number")
                    || !(@.label.type() == "string"))')
       OR jsonb_path_exists(new.items, '$[*] ? (@.type() != "object")') THEN
        RAISE EXCEPTION 'not items' USING ERRCODE = 'OG003';
    END IF;
    SELECT count(*), count(DISTINCT item ->> 'code'),
           count(*) FILTER (WHERE (item ->> 'direction')::numeric <= 0)
        INTO total, codes, favourable FROM jsonb_array_elements(new.items) AS item;
    IF total = 0 OR codes <> total OR (favourable * 4 < total AND btrim(new.reason) = '') THEN
        RAISE EXCEPTION 'a content that may not be proposed' USING ERRCODE = 'OG003';
    END IF;
END $$
"""

# The grid in force is superseded before another is agreed.
_JUDGE_AGREED = """
CREATE FUNCTION grids.judge_agreed(new grids.step) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF new.agreed_on > CURRENT_DATE + 1
       OR jsonb_path_exists(new.agreed_by, '$[*] ? (@.type() != "string")')
       OR EXISTS (SELECT FROM jsonb_array_elements_text(new.agreed_by) AS name
                  WHERE btrim(name) = '') THEN
        RAISE EXCEPTION 'agreed by nobody or on a day to come' USING ERRCODE = 'OG003';
    END IF;
    IF EXISTS (SELECT FROM grids.current WHERE site = new.site AND status = 'agreed') THEN
        RAISE EXCEPTION 'another version is in force' USING ERRCODE = 'OG001';
    END IF;
END $$
"""

_JUDGE_SUPERSEDED = """
CREATE FUNCTION grids.judge_superseded(new grids.step) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM grids.current WHERE site = new.site AND status = 'proposed'
                   AND supersedes = new.version) THEN
        RAISE EXCEPTION 'nothing takes its place' USING ERRCODE = 'OG001';
    END IF;
END $$
"""

_REFUSE_CHANGE = """
CREATE FUNCTION grids.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'a step that is written does not change' USING ERRCODE = 'OG004';
END $$
"""

_CURRENT = """
CREATE VIEW grids.current AS
    SELECT DISTINCT ON (site, version) * FROM grids.step ORDER BY site, version, id DESC
"""

_EXPECT = """
CREATE FUNCTION grids.expect(a_site text, a_version integer, after bigint) RETURNS grids.step
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last grids.step;
BEGIN
    PERFORM pg_advisory_xact_lock(2918, hashtext(a_site));
    SELECT * INTO last FROM grids.step
        WHERE site = a_site AND version = a_version ORDER BY id DESC LIMIT 1;
    IF coalesce(last.id, 0) <> after THEN
        RAISE EXCEPTION 'another step came in between' USING ERRCODE = 'OG002';
    END IF;
    RETURN last;
END $$
"""

_READ = """
CREATE FUNCTION desk.{name}() RETURNS SETOF grids.step LANGUAGE sql STABLE {safe} AS $$
    SELECT * FROM grids.current WHERE (status = 'draft') = {draft} ORDER BY site, version
$$
"""

_DRAFT = """
CREATE FUNCTION desk.draft_grid(
    a_site text, a_site_name text, a_version integer, a_supersedes integer, a_reason text,
    some_items jsonb, is_fictitious boolean, after bigint
) RETURNS bigint LANGUAGE plpgsql {safe} AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM grids.expect(a_site, a_version, after);
    INSERT INTO grids.step (
        site, site_name, version, status, supersedes, reason, items, fictitious)
    VALUES (
        a_site, a_site_name, a_version, 'draft', a_supersedes, a_reason, some_items, is_fictitious)
    RETURNING id INTO made;
    RETURN made;
END $$
"""

_PROPOSE = """
CREATE FUNCTION desk.propose_grid(a_site text, a_version integer, after bigint) RETURNS bigint
LANGUAGE plpgsql {safe} AS $$
DECLARE
    last grids.step := grids.expect(a_site, a_version, after);
    made bigint;
BEGIN
    INSERT INTO grids.step (
        site, site_name, version, status, supersedes, reason, items, fictitious)
    VALUES (
        last.site, last.site_name, last.version, 'proposed', last.supersedes, last.reason,
        last.items, last.fictitious)
    RETURNING id INTO made;
    RETURN made;
END $$
"""

_AGREE = """
CREATE FUNCTION desk.agree_grid(
    a_site text, a_version integer, organisations jsonb, a_day date, after bigint
) RETURNS bigint LANGUAGE plpgsql {safe} AS $$
DECLARE
    last grids.step := grids.expect(a_site, a_version, after);
    made bigint;
BEGIN
    INSERT INTO grids.step (
        site, site_name, version, status, supersedes, reason, items, agreed_by, agreed_on,
        fictitious)
    SELECT site, site_name, version, 'superseded', supersedes, reason, items, agreed_by,
           agreed_on, fictitious
        FROM grids.current
        WHERE site = last.site AND status = 'agreed' AND version = last.supersedes
          AND last.status = 'proposed';
    INSERT INTO grids.step (
        site, site_name, version, status, supersedes, reason, items, agreed_by, agreed_on,
        fictitious)
    VALUES (
        last.site, last.site_name, last.version, 'agreed', last.supersedes, last.reason,
        last.items, organisations, a_day, last.fictitious)
    RETURNING id INTO made;
    RETURN made;
END $$
"""


def upgrade() -> None:
    """Apply."""
    op.execute("CREATE SCHEMA grids; CREATE SCHEMA desk")
    _create_steps()
    for statement in (
        _CURRENT,
        _JUDGE_FIRST,
        _JUDGE_CONTENT,
        _JUDGE_AGREED,
        _JUDGE_SUPERSEDED,
        _JUDGE,
        _REFUSE_CHANGE,
        _EXPECT,
        _READ.format(name="shared_grids", draft="false", safe=_SAFE),
        _READ.format(name="draft_grids", draft="true", safe=_SAFE),
        _DRAFT.format(safe=_SAFE),
        _PROPOSE.format(safe=_SAFE),
        _AGREE.format(safe=_SAFE),
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA grids FROM PUBLIC",
        "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA desk FROM PUBLIC",
        "CREATE TRIGGER judge_step BEFORE INSERT ON grids.step"
        " FOR EACH ROW EXECUTE FUNCTION grids.judge_step()",
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON grids.step"
        " FOR EACH ROW EXECUTE FUNCTION grids.refuse_change()",
        "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON grids.step"
        " FOR EACH STATEMENT EXECUTE FUNCTION grids.refuse_change()",
    ):
        op.execute(statement)


def downgrade() -> None:
    """Take back."""
    op.execute("DROP SCHEMA desk CASCADE; DROP SCHEMA grids CASCADE")


def _create_steps() -> None:
    agreed = "(status IN ('agreed', 'superseded'))"
    op.create_table(
        "step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        text("site"),
        text("site_name"),
        required("version", sa.Integer()),
        text("status"),
        sa.Column("supersedes", sa.Integer()),
        text("reason"),
        required("items", JSONB()),
        required("agreed_by", JSONB(), server_default="[]"),
        sa.Column("agreed_on", sa.Date()),
        required("fictitious", sa.Boolean(), server_default="false"),
        required("recorded_on", sa.Date(), server_default=sa.text("CURRENT_DATE")),
        sa.CheckConstraint(
            "status IN ('draft', 'proposed', 'agreed', 'superseded')", name=op.f("ck_step_status")
        ),
        sa.CheckConstraint("version >= 1 AND supersedes < version", name=op.f("ck_step_version")),
        sa.CheckConstraint(f"{agreed} = (agreed_on IS NOT NULL)", name=op.f("ck_step_day")),
        sa.CheckConstraint(
            f"{agreed} = (jsonb_array_length(agreed_by) > 0)", name=op.f("ck_step_who")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(items) = 'array' AND length(items::text) <= 200000"
            " AND length(reason) <= 2000 AND length(site_name) <= 200"
            " AND jsonb_typeof(agreed_by) = 'array' AND length(agreed_by::text) <= 10000",
            name=op.f("ck_step_size"),
        ),
        sa.CheckConstraint("length(btrim(site)) BETWEEN 1 AND 100", name=op.f("ck_step_site")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_step")),
        schema="grids",
    )
    op.create_index(
        op.f("ix_step_site_version_id"), "step", ["site", "version", "id"], schema="grids"
    )
