-- What the teams exchange: how exports of their other tools are read, and what came back to them of
-- what they shared.
--
-- Both are steps that are added and never changed; the last one of a key is what holds, and each
-- says which organisation wrote it, in which role and on what day, never who. The app's role has
-- no right on the schema: it calls the functions of `desk`.

CREATE SCHEMA exchanges;

-- --- how a site reads the exports of a tool ------------------------------------------------------

CREATE TABLE exchanges.mapping (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_mapping PRIMARY KEY,
    site text NOT NULL CONSTRAINT ck_mapping_site CHECK (site ~ '^[a-z][a-z0-9_-]{0,39}$'),
    name text NOT NULL CONSTRAINT ck_mapping_name CHECK (name ~ '^[a-z][a-z0-9_-]{0,39}$'),
    columns jsonb NOT NULL,
    organisation text NOT NULL,
    role text NOT NULL,
    recorded_on date NOT NULL DEFAULT CURRENT_DATE
);
CREATE INDEX ix_mapping_site_name_id ON exchanges.mapping (site, name, id);

-- The values of a table of texts; a fault of form counts as one.
CREATE FUNCTION exchanges.all_match(pairs jsonb, pattern text) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT pairs IS NULL OR jsonb_typeof(pairs) = 'object' AND NOT EXISTS (
        SELECT FROM jsonb_each_text(
            CASE WHEN jsonb_typeof(pairs) = 'object' THEN pairs ELSE '{}' END) one
        WHERE one.value !~ pattern)
$$;

-- A mapping says its own site and name, and nothing but codes where codes stand.
CREATE FUNCTION exchanges.judge_mapping() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    an_item constant text := '^[a-z][a-z0-9_]{1,39}$';
    listed jsonb := coalesce(NEW.columns -> 'item', '[]');
BEGIN
    IF jsonb_typeof(NEW.columns) IS DISTINCT FROM 'object' OR length(NEW.columns::text) > 200000
       OR (NEW.columns ->> 'site', NEW.columns ->> 'name') IS DISTINCT FROM (NEW.site, NEW.name)
       OR NOT exchanges.all_match(NEW.columns -> 'neighbourhoods', '^Q[PN][0-9A-Z]{6}$')
       OR NOT exchanges.all_match(NEW.columns -> 'slots', '^(matin|apm|soir|nuit|we)$')
       OR NOT exchanges.all_match(NEW.columns -> 'rows' -> 'items', an_item)
       OR jsonb_typeof(listed) <> 'array'
       OR jsonb_typeof(listed) = 'array' AND EXISTS (
           SELECT FROM jsonb_array_elements(listed) one
           WHERE coalesce(one ->> 'item', '') !~ an_item) THEN
        RAISE EXCEPTION 'not a mapping' USING ERRCODE = 'OP003';
    END IF;
    NEW.recorded_on := CURRENT_DATE;
    RETURN NEW;
END $$;
CREATE TRIGGER judge_mapping BEFORE INSERT ON exchanges.mapping
    FOR EACH ROW EXECUTE FUNCTION exchanges.judge_mapping();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON exchanges.mapping
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON exchanges.mapping
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Who writes: the account that asks, or the owner's command line.
CREATE FUNCTION exchanges.writer(roles text[], a_site text, OUT organisation text, OUT role text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor;
BEGIN
    IF people.is_owner() THEN
        organisation := '';
        role := 'owner';
        RETURN;
    END IF;
    who := people.require(roles, a_site);
    organisation := who.organisation_name;
    role := who.role;
END $$;

-- Save a mapping after the step that its writer saw (0: none); the same content adds no step.
CREATE FUNCTION desk.save_mapping(a_site text, a_name text, some_columns jsonb, after bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    writer record := exchanges.writer(ARRAY['team_leader'], a_site);
    last exchanges.mapping;
    made bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(2921, hashtext(a_site));
    IF NOT EXISTS (SELECT FROM people.site WHERE id = a_site) THEN
        RAISE EXCEPTION 'no such site' USING ERRCODE = 'OP003';
    END IF;
    SELECT * INTO last FROM exchanges.mapping
        WHERE site = a_site AND name = a_name ORDER BY id DESC LIMIT 1;
    IF coalesce(last.id, 0) IS DISTINCT FROM after THEN
        RAISE EXCEPTION 'another step came in between' USING ERRCODE = 'OA002';
    END IF;
    IF last.columns = some_columns THEN
        RETURN last.id;
    END IF;
    INSERT INTO exchanges.mapping (site, name, columns, organisation, role)
        VALUES (a_site, a_name, some_columns, writer.organisation, writer.role)
        RETURNING id INTO made;
    RETURN made;
END $$;

-- The mappings of a site as they are now, for its teams.
CREATE FUNCTION desk.mappings(a_site text) RETURNS SETOF exchanges.mapping
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM exchanges.writer(ARRAY['street_team', 'team_leader'], a_site);
    RETURN QUERY SELECT DISTINCT ON (name) * FROM exchanges.mapping
        WHERE site = a_site ORDER BY name, id DESC;
END $$;

-- --- which outing of an export is which -----------------------------------------------------------

-- An identifier read from an export can be computed by whoever holds the export, and two teams that
-- use the same tool may number alike: what is kept is a seal of it and of the team, under a key that
-- only the owner reads, in the shape of a UUID 4. The same outing has the same one for ever.
CREATE FUNCTION capture.sealed(an_id text, an_organisation uuid) RETURNS uuid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT overlay(overlay(said PLACING '4' FROM 13) PLACING
        substr('89ab', 1 + ascii(substr(said, 17, 1)) % 4, 1) FROM 17)::uuid
    FROM left(people.seal('import of ' || an_organisation || ' ' || an_id), 32) said
$$;

CREATE OR REPLACE FUNCTION desk.import_outing(entry jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a_site text := (SELECT site FROM people.site_qpv WHERE qpv = entry ->> 'qpv');
    who people.visitor;
    some_seen jsonb;
BEGIN
    IF a_site IS NULL THEN
        RAISE EXCEPTION 'no such neighbourhood' USING ERRCODE = 'OP003';
    END IF;
    who := people.require(ARRAY['team_leader'], a_site);
    SELECT coalesce(jsonb_agg(one || jsonb_build_object(
               'id', capture.sealed(one ->> 'id', who.organisation)) ORDER BY rank), '[]')
        INTO some_seen
        FROM jsonb_array_elements(entry -> 'seen') WITH ORDINALITY listed (one, rank);
    RETURN capture.write(
        entry || jsonb_build_object(
            'id', capture.sealed(entry ->> 'id', who.organisation),
            'seen', some_seen, 'corrects', ''),
        who.organisation, a_site, 'import');
END $$;

-- Which of these outings of an export the team holds, or has taken back.
CREATE FUNCTION desk.imported(some_ids jsonb) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.require(ARRAY['team_leader'], NULL);
BEGIN
    RETURN QUERY SELECT asked.id FROM (
        SELECT one AS id, capture.sealed(one, who.organisation) AS kept
        FROM jsonb_array_elements_text(some_ids) one) asked
    WHERE EXISTS (SELECT FROM capture.outing o
                  WHERE o.id = asked.kept AND o.organisation = who.organisation
                    AND o.site = ANY (who.sites))
       OR EXISTS (SELECT FROM capture.closed c
                  WHERE c.id = asked.kept AND c.organisation = who.organisation);
END $$;

-- --- what came back of what was shared ------------------------------------------------------------

CREATE TABLE exchanges.answer (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_answer PRIMARY KEY,
    site text NOT NULL,
    item text NOT NULL CONSTRAINT ck_answer_item CHECK (item ~ '^[a-z][a-z0-9_]{1,39}$'),
    period text NOT NULL CONSTRAINT ck_answer_period CHECK (
        period ~ '^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$'),
    decided text NOT NULL CONSTRAINT ck_answer_decided CHECK (
        length(btrim(decided)) BETWEEN 1 AND 500 AND decided !~ '[\x01-\x09\x0b-\x1f\x7f]'),
    outcome text NOT NULL CONSTRAINT ck_answer_outcome CHECK (
        length(outcome) <= 500 AND outcome !~ '[\x01-\x09\x0b-\x1f\x7f]'),
    organisation text NOT NULL,
    role text NOT NULL,
    recorded_on date NOT NULL DEFAULT CURRENT_DATE
);
CREATE INDEX ix_answer_site_item_period_id ON exchanges.answer (site, item, period, id);
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON exchanges.answer
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON exchanges.answer
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

-- Write what was decided of an item, and what came of it, after the step that its writer saw.
CREATE FUNCTION desk.write_return(
    a_site text, an_item text, a_period text, was_decided text, came_of_it text, after bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.require(
        ARRAY['delegate', 'copilot', 'facilitator', 'geographer', 'team_leader', 'service'], a_site);
    last bigint;
    made bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(2922, hashtext(a_site));
    IF a_period !~ '^20[0-9]{2}-(0[1-9]|1[0-2]|Q[1-4])$' OR length(btrim(was_decided)) = 0
       OR NOT EXISTS (
           SELECT FROM grids.current c, jsonb_array_elements(c.items) one
           WHERE c.site = a_site AND c.status IN ('agreed', 'superseded')
             AND one ->> 'code' = an_item) THEN
        RAISE EXCEPTION 'not a return' USING ERRCODE = 'OP003';
    END IF;
    IF (agreements.days_of(a_period)).first > CURRENT_DATE THEN
        RAISE EXCEPTION 'a period to come' USING ERRCODE = 'OP003';
    END IF;
    SELECT max(id) INTO last FROM exchanges.answer
        WHERE site = a_site AND item = an_item AND period = a_period;
    IF coalesce(last, 0) IS DISTINCT FROM after THEN
        RAISE EXCEPTION 'another step came in between' USING ERRCODE = 'OA002';
    END IF;
    INSERT INTO exchanges.answer (site, item, period, decided, outcome, organisation, role)
        VALUES (a_site, an_item, a_period, btrim(was_decided), btrim(came_of_it),
                who.organisation_name, who.role)
        RETURNING id INTO made;
    RETURN made;
END $$;

-- The last return on each item and period of a site, for its accounts.
CREATE FUNCTION desk.returns(a_site text) RETURNS SETOF exchanges.answer
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT people.is_owner() AND NOT desk.on_site(a_site) THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'OP002';
    END IF;
    RETURN QUERY SELECT * FROM (
            SELECT DISTINCT ON (item, period) * FROM exchanges.answer
            WHERE site = a_site ORDER BY item, period, id DESC) last
        ORDER BY last.item, agreements.days_of(last.period) DESC;
END $$;

-- Who read or exported the figures of each item: roles and organisations, never an account; the
-- organisation that asks is left out. For the teams of the site.
CREATE FUNCTION desk.seen_by(a_site text) RETURNS TABLE (
    item text, role text, organisation text, exported boolean, last_on date)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    writer record := exchanges.writer(ARRAY['street_team', 'team_leader'], a_site);
BEGIN
    RETURN QUERY SELECT part[1], e.role, e.organisation, bool_or(e.action = 'export'), max(e.day)
        FROM audit.event e,
             regexp_match(e.object, '^terrain\.([a-z][a-z0-9_]{1,39})(?:\.[a-z0-9_.]+)? ') part
        WHERE e.site = a_site AND e.action IN ('read', 'export') AND part IS NOT NULL
          AND e.role NOT IN ('owner', 'public') AND e.organisation <> writer.organisation
        GROUP BY part[1], e.role, e.organisation
        ORDER BY part[1], max(e.day) DESC, e.role, e.organisation;
END $$;
