-- What is kept no longer than agreed: counts of months, words; what an act may open; who read.

-- Months whose counts are gone before their year was released: no period that holds one is released.
CREATE TABLE disclosure.forgotten (
    site text NOT NULL,
    month text NOT NULL CONSTRAINT ck_forgotten_month CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    CONSTRAINT pk_forgotten PRIMARY KEY (site, month)
);

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
        -- a correction does not start their time again: it runs from the day of the outing
        INSERT INTO capture.words (observation, words, expires_on)
            SELECT (one ->> 'id')::uuid, one ->> 'words', (entry ->> 'day')::date
                + make_interval(months => (ruling.terms ->> 'text_months')::integer)
            WHERE one ->> 'words' <> '';
    END LOOP;
    RETURN false;
END $$;

-- Words are kept for the time agreed from the day of their outing, by the version they were written
-- under, and by the one in force where it gives them less, or none.
UPDATE capture.words w SET expires_on = least(w.expires_on, (o.day + make_interval(
        months => (s.terms ->> 'text_months')::integer))::date)
    FROM capture.observation b JOIN capture.outing o ON o.id = b.outing
    JOIN agreements.current s ON s.site = o.site AND s.version = o.agreement
    WHERE b.id = w.observation;

-- Rows whose time is over are gone; the owner's command and a restore call it. Returns how many.
CREATE OR REPLACE FUNCTION capture.expire(a_day date) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    -- a shorter time agreed since also binds what was written before
    DELETE FROM capture.words w USING capture.observation b, capture.outing o,
        LATERAL (SELECT (agreements.in_force(o.site)).terms AS now) ruling
        WHERE b.id = w.observation AND o.id = b.outing
          AND (w.expires_on <= a_day OR NOT (ruling.now ->> 'text')::boolean
               OR a_day >= o.day + make_interval(
                   months => (ruling.now ->> 'text_months')::integer));
    DELETE FROM capture.outing o WHERE o.expires_on <= a_day OR a_day >= o.day + make_interval(
        months => ((agreements.in_force(o.site)).terms ->> 'retention_months')::integer);
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM people.token WHERE ends_at <= a_day;
    DELETE FROM audit.event
        WHERE day < least(a_day, CURRENT_DATE) - interval '12 months';
    RETURN gone;
END $$;

-- Whether an organisation is a team of the site: it signs as one, it writes, or has its accounts.
CREATE FUNCTION agreements.is_team(a_site text, an_organisation text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (SELECT FROM agreements.signature s
                   WHERE s.site = a_site AND s.organisation = an_organisation
                     AND s.role IN ('street_team', 'team_leader'))
        OR EXISTS (SELECT FROM people.account a JOIN people.organisation o ON o.id = a.organisation
                   WHERE o.name = an_organisation AND a.role IN ('street_team', 'team_leader'))
        OR EXISTS (SELECT FROM capture.outing w JOIN people.organisation o ON o.id = w.organisation
                   WHERE w.site = a_site AND o.name = an_organisation)
$$;

-- The teams that ruled a part of what was seen since a day, by an earlier version, and that did not
-- sign the one in force: what they wrote may be gone, what was released of it is not.
CREATE FUNCTION agreements.unheard(a_site text, a_since date) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH reign AS (
        SELECT c.agreed_by, lead(coalesce(c.rules_from, c.agreed_on)) OVER (
            ORDER BY coalesce(c.rules_from, c.agreed_on), c.version) AS until
        FROM agreements.current c
        WHERE c.site = a_site AND c.status IN ('agreed', 'superseded') AND NOT c.fictitious
    )
    SELECT DISTINCT one FROM reign, jsonb_array_elements_text(agreed_by) one
    WHERE until > a_since AND NOT (agreements.in_force(a_site)).agreed_by ? one
      AND agreements.is_team(a_site, one)
    UNION SELECT DISTINCT w.name
    FROM capture.outing o JOIN people.organisation w ON w.id = o.organisation
    WHERE o.site = a_site AND o.day >= a_since
      AND NOT (agreements.in_force(a_site)).agreed_by ? w.name
$$;

CREATE OR REPLACE FUNCTION desk.widen_agreement(a_site text, a_since date, a_reason text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now_in_force agreements.step := agreements.in_force(a_site);
    who people.visitor;
BEGIN
    IF NOT people.is_owner() THEN
        who := people.require(ARRAY['team_leader'], a_site);
    END IF;
    IF now_in_force.id IS NULL
       OR who.account IS NOT NULL AND NOT now_in_force.agreed_by ? who.organisation_name THEN
        RAISE EXCEPTION 'no agreement in force' USING ERRCODE = 'OA005';
    END IF;
    -- nobody opens what another team wrote: each that did must have signed the version that opens
    IF EXISTS (SELECT FROM agreements.unheard(a_site, a_since)) THEN
        RAISE EXCEPTION 'a team that did not sign' USING ERRCODE = 'OA005';
    END IF;
    INSERT INTO agreements.widening (site, version, since, organisations, reason)
        VALUES (a_site, now_in_force.version, a_since, now_in_force.agreed_by, a_reason)
        ON CONFLICT DO NOTHING;
    PERFORM audit.write(a_site, 'agreement_widened', now_in_force.version || ' ' || a_since);
END $$;
