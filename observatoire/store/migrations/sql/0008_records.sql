-- What a record is ruled by, to the day: the version it was written under; a shorter retention.

ALTER TABLE agreements.step ADD COLUMN rules_from date;
CREATE OR REPLACE VIEW agreements.current AS
    SELECT DISTINCT ON (site, version) * FROM agreements.step ORDER BY site, version, id DESC;

CREATE OR REPLACE FUNCTION agreements.judge_step() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before agreements.step;
BEGIN
    PERFORM pg_advisory_xact_lock(2919, hashtext(NEW.site));
    before := agreements.last_step(NEW.site, NEW.version);
    IF before.id IS NULL THEN
        IF NEW.status <> 'draft' OR NEW.version <> 1 + coalesce(
               (SELECT max(version) FROM agreements.step WHERE site = NEW.site), 0)
           OR EXISTS (SELECT FROM agreements.current
                      WHERE site = NEW.site AND status IN ('draft', 'proposed')) THEN
            RAISE EXCEPTION 'not the next version' USING ERRCODE = 'OA001';
        END IF;
    ELSIF (before.status, NEW.status) NOT IN (
            ('draft', 'draft'), ('draft', 'proposed'), ('proposed', 'draft'),
            ('proposed', 'agreed'), ('agreed', 'superseded')) THEN
        RAISE EXCEPTION 'step out of order' USING ERRCODE = 'OA001';
    ELSIF NEW.fictitious <> before.fictitious
          OR NEW.status <> 'draft' AND NEW.terms <> before.terms
          OR NEW.status = 'superseded' AND (before.agreed_by, before.agreed_on)
             IS DISTINCT FROM (NEW.agreed_by, NEW.agreed_on) THEN
        RAISE EXCEPTION 'a step changes what it may not' USING ERRCODE = 'OA004';
    END IF;
    IF NOT agreements.has_form(NEW.terms) THEN
        RAISE EXCEPTION 'not terms' USING ERRCODE = 'OA003';
    END IF;
    IF NEW.status IN ('proposed', 'agreed') THEN
        PERFORM agreements.judge_terms(NEW.terms);
    END IF;
    IF NEW.status = 'agreed' AND (
           NEW.agreed_on > CURRENT_DATE + 1
           OR NEW.agreed_on < (SELECT max(agreed_on) FROM agreements.step WHERE site = NEW.site)
           OR EXISTS (SELECT FROM agreements.current
                      WHERE site = NEW.site AND status = 'agreed')) THEN
        RAISE EXCEPTION 'a day to come, or another in force' USING ERRCODE = 'OA001';
    END IF;
    NEW.recorded_on := CURRENT_DATE;
    -- What was written under an earlier version stays under it, that of this very day too.
    NEW.rules_from := CASE NEW.status
        WHEN 'agreed' THEN greatest(NEW.agreed_on, NEW.rules_from, 1 + (
            SELECT max(o.day) FROM capture.outing o
            WHERE o.site = NEW.site AND o.agreement < NEW.version))
        WHEN 'superseded' THEN before.rules_from END;
    RETURN NEW;
END $$;

-- The version that rules what was seen on a day: the last that rules from it or before.
CREATE OR REPLACE FUNCTION agreements.version_on(a_site text, a_day date) RETURNS integer LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT version FROM agreements.current
    WHERE site = a_site AND status IN ('agreed', 'superseded') AND NOT fictitious
      AND coalesce(rules_from, agreed_on) <= a_day
    ORDER BY coalesce(rules_from, agreed_on) DESC, version DESC LIMIT 1
$$;

-- What a role may have of what was seen between two days: the least of what the versions of those
-- days and the version in force give; an act may let the version in force rule alone.
CREATE OR REPLACE FUNCTION agreements.grant_of(
    a_site text, a_role text, an_item text, first date, last date) RETURNS agreements.granted
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_in_force agreements.step := agreements.in_force(a_site);
    least_given agreements.granted;
    one agreements.granted;
    a_version integer;
BEGIN
    IF now_in_force.id IS NULL THEN
        RETURN NULL;
    END IF;
    least_given := agreements.given(a_site, now_in_force.version, a_role, an_item);
    IF least_given.rhythm_rank IS NULL OR EXISTS (
        SELECT FROM agreements.widening w WHERE w.site = a_site
        AND w.version = now_in_force.version AND w.since <= first) THEN
        RETURN least_given;
    END IF;
    IF agreements.version_on(a_site, first) IS NULL THEN
        RETURN NULL;
    END IF;
    FOR a_version IN
        SELECT agreements.version_on(a_site, first)
        UNION SELECT version FROM agreements.current
        WHERE site = a_site AND status IN ('agreed', 'superseded')
          AND coalesce(rules_from, agreed_on) > first
          AND coalesce(rules_from, agreed_on) <= last
    LOOP
        one := agreements.given(a_site, a_version, a_role, an_item);
        IF one.rhythm_rank IS NULL THEN
            RETURN NULL;
        END IF;
        least_given := (least(least_given.precision_rank, one.precision_rank),
                        least(least_given.rhythm_rank, one.rhythm_rank));
    END LOOP;
    RETURN least_given;
END $$;

-- What a role may have of one entry: no more than the version that it was written under gave.
CREATE FUNCTION agreements.grant_written(
    a_site text, a_role text, an_item text, a_day date, a_version integer)
RETURNS agreements.granted LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given agreements.granted := agreements.grant_of(a_site, a_role, an_item, a_day, a_day);
    one agreements.granted;
BEGIN
    IF given.rhythm_rank IS NULL OR EXISTS (
        SELECT FROM agreements.widening w WHERE w.site = a_site
        AND w.version = (agreements.in_force(a_site)).version AND w.since <= a_day) THEN
        RETURN given;
    END IF;
    one := agreements.given(a_site, a_version, a_role, an_item);
    IF one.rhythm_rank IS NULL THEN
        RETURN NULL;
    END IF;
    RETURN (least(given.precision_rank, one.precision_rank),
            least(given.rhythm_rank, one.rhythm_rank));
END $$;

-- Write an entry once: the same identifier again changes nothing. True when it was there.
CREATE OR REPLACE FUNCTION capture.write(entry jsonb, an_organisation uuid, a_site text, an_origin text)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ruling agreements.step;
    an_id uuid := (entry ->> 'id')::uuid;
    one jsonb;
    days date;
BEGIN
    PERFORM pg_advisory_xact_lock(2920, hashtext(an_id::text));
    IF EXISTS (SELECT FROM capture.closed WHERE id = an_id AND organisation = an_organisation)
       OR EXISTS (SELECT FROM capture.outing WHERE id = an_id AND organisation = an_organisation)
    THEN
        RETURN true;
    END IF;
    -- no version comes into force while an entry is written under the one before
    PERFORM pg_advisory_xact_lock_shared(2919, hashtext(a_site));
    ruling := agreements.in_force(a_site);
    IF ruling.id IS NULL OR NOT ruling.agreed_by ? (
           SELECT name FROM people.organisation WHERE id = an_organisation) THEN
        RAISE EXCEPTION 'no agreement' USING ERRCODE = 'OA005';
    END IF;
    PERFORM capture.judge(entry, a_site, ruling.terms);
    IF coalesce(entry ->> 'corrects', '') <> '' THEN
        -- taken back or corrected on another phone: a late correction does not bring it back
        IF EXISTS (SELECT FROM capture.closed WHERE id = (entry ->> 'corrects')::uuid
                   AND organisation = an_organisation) THEN
            RAISE EXCEPTION 'taken back in between' USING ERRCODE = 'OA002';
        END IF;
        PERFORM capture.close((entry ->> 'corrects')::uuid, an_organisation, 'corrected');
    END IF;
    days := (entry ->> 'day')::date
        + make_interval(months => (ruling.terms ->> 'retention_months')::integer);
    IF days <= CURRENT_DATE THEN -- its time is over already
        RAISE EXCEPTION 'an entry that cannot be kept' USING ERRCODE = 'OP003';
    END IF;
    INSERT INTO capture.outing (id, organisation, site, qpv, day, slot, duration_min, workers,
                                nothing_to_report, agreement, origin, expires_on)
        VALUES (an_id, an_organisation, a_site, entry ->> 'qpv', (entry ->> 'day')::date,
                entry ->> 'slot', (entry ->> 'duration_min')::integer,
                (entry ->> 'workers')::integer, (entry ->> 'nothing_to_report')::boolean,
                ruling.version, an_origin, days);
    FOR one IN SELECT jsonb_array_elements(entry -> 'seen') LOOP
        INSERT INTO capture.observation (id, outing, item, intensity, size_band, place, cell)
            VALUES ((one ->> 'id')::uuid, an_id, one ->> 'item', (one ->> 'intensity')::integer,
                    one ->> 'size_band', one ->> 'place', one ->> 'cell');
        INSERT INTO capture.words (observation, words, expires_on)
            SELECT (one ->> 'id')::uuid, one ->> 'words', CURRENT_DATE
                + make_interval(months => (ruling.terms ->> 'text_months')::integer)
            WHERE one ->> 'words' <> '';
    END LOOP;
    RETURN false;
END $$;

-- Observations of other teams, as the agreements let a team read them: neither outing nor
-- identifier, the place and the day no finer than agreed, once the day's unit is over.
CREATE OR REPLACE FUNCTION desk.shared_observations() RETURNS TABLE (
    site text, qpv text, item text, said_on text, intensity integer, size_band text, place text,
    cell text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.visiting();
BEGIN
    IF who.account IS NULL THEN
        RAISE EXCEPTION 'not signed in' USING ERRCODE = 'OP001';
    END IF;
    IF who.must_change OR who.role NOT IN ('street_team', 'team_leader', 'service') THEN
        RETURN;
    END IF;
    -- What a version gives of an item changes on the days of the agreements and of the acts alone:
    -- it is asked once between two of them, not for each row.
    RETURN QUERY
    WITH ruling AS MATERIALIZED (
        SELECT r.site, (agreements.in_force(r.site)).agreed_by
        FROM unnest(who.sites) AS r (site)
    ), turn AS MATERIALIZED (
        SELECT c.site, coalesce(c.rules_from, c.agreed_on) AS day FROM agreements.current c
        WHERE c.site = ANY (who.sites) AND c.status IN ('agreed', 'superseded')
          AND NOT c.fictitious
        UNION SELECT w.site, w.since FROM agreements.widening w WHERE w.site = ANY (who.sites)
    ), opened AS MATERIALIZED (
        SELECT r.site, rank, agreements.horizon(r.site, rank) AS day
        FROM ruling r, generate_series(1, 4) AS rank
    ), written AS MATERIALIZED (
        SELECT o.site, o.qpv, o.day, o.agreement, b.item, b.intensity, b.size_band, b.place, b.cell,
               (SELECT max(t.day) FROM turn t WHERE t.site = o.site AND t.day <= o.day) AS turn
        FROM capture.outing o
        JOIN capture.observation b ON b.outing = o.id
        JOIN people.organisation team ON team.id = o.organisation
        JOIN ruling r ON r.site = o.site
        -- what a team wrote is shared by a version that this team signed, by no other
        WHERE r.agreed_by ? team.name
          AND (who.role = 'service' OR o.organisation <> who.organisation)
          AND (o.site, o.organisation) NOT IN (
              SELECT s.site, one FROM ruling s, agreements.suspended(s.site) one)
    ), given AS MATERIALIZED (
        SELECT a.site, a.item, a.turn, a.agreement, g.precision_rank, g.rhythm_rank
        FROM (SELECT DISTINCT w.site, w.item, w.turn, w.agreement
              FROM written w WHERE w.turn IS NOT NULL) a,
             LATERAL agreements.grant_written(a.site, who.role, a.item, a.turn, a.agreement) g
    )
    SELECT w.site, w.qpv, w.item,
           CASE g.rhythm_rank WHEN 4 THEN w.day::text
               WHEN 3 THEN to_char(w.day, 'IYYY-"W"IW') ELSE to_char(w.day, 'YYYY-MM') END,
           w.intensity, w.size_band, w.place,
           CASE WHEN w.cell = '' OR g.precision_rank = 1 THEN ''
                ELSE capture.coarsen(w.cell, CASE g.precision_rank WHEN 2 THEN 400 ELSE 200 END)
           END
    FROM written w
    JOIN given g ON g.site = w.site AND g.item = w.item AND g.turn = w.turn
        AND g.agreement = w.agreement
    JOIN opened ON opened.site = w.site AND opened.rank = g.rhythm_rank
    WHERE w.day < opened.day
      AND (g.rhythm_rank > 1 OR w.day < date_trunc('month', CURRENT_DATE)::date)
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8;
END $$;

-- Rows whose time is over are gone; the owner's command and a restore call it. Returns how many.
CREATE OR REPLACE FUNCTION capture.expire(a_day date) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM capture.words WHERE expires_on <= a_day;
    -- a shorter time agreed since also binds what was written before
    DELETE FROM capture.outing o WHERE o.expires_on <= a_day OR a_day >= o.day + make_interval(
        months => ((agreements.in_force(o.site)).terms ->> 'retention_months')::integer);
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM people.token WHERE ends_at <= a_day;
    DELETE FROM audit.event
        WHERE day < least(a_day, CURRENT_DATE) - interval '12 months';
    RETURN gone;
END $$;
