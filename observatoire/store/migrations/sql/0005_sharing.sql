-- The sharing agreement of each site, what teams write down under it, and who reads what.
--
-- `agreements` holds the steps of the agreements, as `grids` does those of the grids; `capture`
-- the entries of the street teams, which the app's role reads only as its rows allow; `audit` who
-- read and exported what. All three are closed but for `capture`'s own rows: everything else goes
-- through the functions of `desk`.
-- Refusals: OA001 a step out of order, OA002 another step came in between, OA003 terms that may not
-- be proposed, OA004 what is written does not change, OA005 no agreement allows it.

CREATE SCHEMA agreements;
CREATE SCHEMA capture;
CREATE SCHEMA audit;

-- --- who read and exported what ---------------------------------------------------------------

CREATE TABLE audit.event (
    day date NOT NULL DEFAULT CURRENT_DATE,
    login text NOT NULL,
    role text NOT NULL,
    organisation text NOT NULL,
    site text NOT NULL,
    action text NOT NULL CONSTRAINT ck_event_action CHECK (action ~ '^[a-z_]{2,40}$'),
    object text NOT NULL CONSTRAINT ck_event_object CHECK (length(object) <= 200),
    PRIMARY KEY (day, login, site, action, object)
);

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'what is written does not change' USING ERRCODE = 'OA004';
END $$;
CREATE TRIGGER refuse_change BEFORE UPDATE ON audit.event
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
-- A register of readers is about people too: it is kept twelve months, and no day less.
CREATE TRIGGER refuse_early BEFORE DELETE ON audit.event
    FOR EACH ROW WHEN (OLD.day >= CURRENT_DATE - interval '12 months')
    EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit.event
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();

CREATE FUNCTION audit.write(a_site text, an_action text, an_object text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.visiting();
BEGIN
    INSERT INTO audit.event (login, role, organisation, site, action, object) VALUES (
        coalesce(who.login, ''), CASE WHEN people.is_owner() THEN 'owner'
            ELSE coalesce(who.role, 'public') END,
        coalesce(who.organisation_name, ''), a_site, an_action, an_object)
    ON CONFLICT DO NOTHING;
END $$;

-- What a page or a download says it gave, of the sites of whoever read it: kept once a day.
CREATE FUNCTION desk.note(a_site text, an_action text, an_object text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.visiting();
BEGIN
    IF who.account IS NULL THEN
        RAISE EXCEPTION 'not signed in' USING ERRCODE = 'OP001';
    END IF;
    IF a_site <> ALL (who.sites) THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'OP002';
    END IF;
    IF an_action NOT IN ('read', 'export') THEN
        RAISE EXCEPTION 'not an action of a reader' USING ERRCODE = 'OP003';
    END IF;
    PERFORM audit.write(a_site, an_action, an_object);
END $$;

-- Teams, leaders and administrators read what was done on their sites; the others what they did.
CREATE FUNCTION desk.journal(since date) RETURNS SETOF audit.event
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.visiting();
BEGIN
    IF who.account IS NULL AND NOT people.is_owner() THEN
        RAISE EXCEPTION 'not signed in' USING ERRCODE = 'OP001';
    END IF;
    RETURN QUERY SELECT e.* FROM audit.event e WHERE e.day >= since AND (
            people.is_owner() OR e.login = who.login
            OR NOT who.must_change AND e.site = ANY (who.sites)
               AND who.role IN ('street_team', 'team_leader', 'administrator'))
        ORDER BY e.day DESC, e.site, e.login, e.action, e.object;
END $$;

-- --- agreements -------------------------------------------------------------------------------

CREATE TABLE agreements.step (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_step PRIMARY KEY,
    site text NOT NULL CONSTRAINT ck_step_site CHECK (length(btrim(site)) BETWEEN 1 AND 100),
    site_name text NOT NULL,
    version integer NOT NULL CONSTRAINT ck_step_version CHECK (version >= 1),
    status text NOT NULL CONSTRAINT ck_step_status CHECK (
        status IN ('draft', 'proposed', 'agreed', 'superseded')),
    terms jsonb NOT NULL CONSTRAINT ck_step_terms CHECK (
        jsonb_typeof(terms) = 'object' AND length(terms::text) <= 100000),
    agreed_by jsonb NOT NULL DEFAULT '[]' CONSTRAINT ck_step_agreed_by CHECK (
        jsonb_typeof(agreed_by) = 'array' AND length(agreed_by::text) <= 10000),
    agreed_on date,
    fictitious boolean NOT NULL DEFAULT false,
    recorded_on date NOT NULL DEFAULT CURRENT_DATE,
    CONSTRAINT ck_step_day CHECK ((status IN ('agreed', 'superseded')) = (agreed_on IS NOT NULL)),
    CONSTRAINT ck_step_who CHECK (
        (status IN ('agreed', 'superseded')) = (jsonb_array_length(agreed_by) > 0))
);
CREATE INDEX ix_step_site_version_id ON agreements.step (site, version, id);

-- An organisation signs a proposed version from an account of its own.
CREATE TABLE agreements.signature (
    site text NOT NULL,
    version integer NOT NULL,
    step bigint NOT NULL, -- the proposal that was read: another proposal is signed again
    organisation text NOT NULL,
    role text NOT NULL,
    signed_on date NOT NULL DEFAULT CURRENT_DATE,
    -- in each role: whoever signs first for a team does not sign in the place of its leader
    PRIMARY KEY (site, version, step, organisation, role)
);

-- The act by which a version also rules what was written before it, since a day.
CREATE TABLE agreements.widening (
    site text NOT NULL,
    version integer NOT NULL,
    since date NOT NULL,
    organisations jsonb NOT NULL,
    reason text NOT NULL CONSTRAINT ck_widening_reason CHECK (
        length(btrim(reason)) BETWEEN 1 AND 2000),
    recorded_on date NOT NULL DEFAULT CURRENT_DATE,
    PRIMARY KEY (site, version, since)
);

CREATE TABLE agreements.suspension (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    site text NOT NULL,
    organisation uuid NOT NULL REFERENCES people.organisation (id),
    suspended boolean NOT NULL,
    recorded_on date NOT NULL DEFAULT CURRENT_DATE
);

CREATE TABLE agreements.meeting (
    site text NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (site, day)
);

CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON agreements.step
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON agreements.step
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON agreements.signature
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON agreements.widening
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON agreements.suspension
    FOR EACH ROW EXECUTE FUNCTION audit.refuse_change();

CREATE VIEW agreements.current AS
    SELECT DISTINCT ON (site, version) * FROM agreements.step ORDER BY site, version, id DESC;

CREATE FUNCTION agreements.last_step(a_site text, a_version integer) RETURNS agreements.step
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM agreements.step WHERE site = a_site AND version = a_version
    ORDER BY id DESC LIMIT 1
$$;

CREATE FUNCTION agreements.rank_precision(said text) RETURNS integer LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_position(ARRAY['qpv', '400', '200'], said)
$$;

CREATE FUNCTION agreements.rank_rhythm(said text) RETURNS integer LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_position(ARRAY['meeting', 'monthly', 'weekly', 'now'], said)
$$;

CREATE FUNCTION agreements.whole(terms jsonb, name text, lowest integer, highest integer)
RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(jsonb_typeof(terms -> name) = 'number'
        AND (terms ->> name)::numeric = trunc((terms ->> name)::numeric)
        AND (terms ->> name)::numeric BETWEEN lowest AND highest, false)
$$;

-- Terms that may be proposed; the thresholds go under the house's only with an article that says so.
CREATE FUNCTION agreements.judge_terms(terms jsonb) RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    share jsonb;
    item text;
    seen text[] := ARRAY[]::text[];
    has_article boolean := coalesce(length(btrim(terms ->> 'article')) > 0, false);
BEGIN
    IF agreements.rank_precision(terms ->> 'precision') IS NULL
       OR NOT agreements.whole(terms, 'retention_months', 1, 60)
       OR NOT agreements.whole(terms, 'text_months', 1, 3)
       OR NOT agreements.whole(terms, 'days_back', 0, 366)
       OR NOT agreements.whole(terms, 'delay_days', 0, 90)
       OR NOT agreements.whole(terms, 'k', CASE WHEN has_article THEN 3 ELSE 5 END, 100)
       OR NOT agreements.whole(terms, 'outings', CASE WHEN has_article THEN 1 ELSE 2 END, 100)
       OR NOT agreements.whole(terms, 'base', CASE WHEN has_article THEN 2 ELSE 10 END, 1000)
       OR jsonb_typeof(terms -> 'text') IS DISTINCT FROM 'boolean'
       OR jsonb_typeof(terms -> 'transmit') IS DISTINCT FROM 'boolean'
       OR jsonb_typeof(terms -> 'shares') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'not terms' USING ERRCODE = 'OA003';
    END IF;
    FOR share IN SELECT jsonb_array_elements(terms -> 'shares') LOOP
        IF coalesce(share ->> 'role', '') NOT IN (
               'street_team', 'team_leader', 'service', 'delegate', 'geographer', 'copilot',
               'facilitator', 'public')
           OR agreements.rank_precision(share ->> 'precision') IS NULL
           OR agreements.rank_rhythm(share ->> 'rhythm') IS NULL
           OR agreements.rank_precision(share ->> 'precision')
              > agreements.rank_precision(terms ->> 'precision')
           OR jsonb_typeof(share -> 'items') IS DISTINCT FROM 'array' THEN
            RAISE EXCEPTION 'not a share' USING ERRCODE = 'OA003';
        END IF;
        FOR item IN SELECT jsonb_array_elements_text(share -> 'items') LOOP
            IF item !~ '^([*]|[a-z][a-z0-9_]{1,39})$'
               OR (share ->> 'role') || '/' || item = ANY (seen) THEN
                RAISE EXCEPTION 'not an item, or twice' USING ERRCODE = 'OA003';
            END IF;
            seen := seen || ((share ->> 'role') || '/' || item);
        END LOOP;
    END LOOP;
END $$;

-- What a program reads back, even of a draft: known names, each of its kind.
CREATE FUNCTION agreements.has_form(terms jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT NOT EXISTS (
            SELECT FROM jsonb_each(terms) one
            WHERE jsonb_typeof(one.value) IS DISTINCT FROM CASE
                WHEN one.key IN ('retention_months', 'text_months', 'days_back', 'delay_days', 'k',
                                 'outings', 'base') THEN 'number'
                WHEN one.key IN ('text', 'transmit') THEN 'boolean'
                WHEN one.key IN ('precision', 'article') THEN 'string'
                WHEN one.key = 'shares' THEN 'array' END)
        AND NOT EXISTS (
            SELECT FROM jsonb_array_elements(CASE jsonb_typeof(terms -> 'shares')
                WHEN 'array' THEN terms -> 'shares' ELSE '[]' END) share
            WHERE jsonb_typeof(share) <> 'object' OR NOT share ? 'role' OR NOT share ? 'items'
               OR EXISTS (SELECT FROM jsonb_each(CASE jsonb_typeof(share)
                              WHEN 'object' THEN share ELSE '{}' END) part
                          WHERE jsonb_typeof(part.value) IS DISTINCT FROM CASE
                              WHEN part.key IN ('role', 'precision', 'rhythm') THEN 'string'
                              WHEN part.key = 'items' THEN 'array' END)
               OR EXISTS (SELECT FROM jsonb_array_elements(CASE jsonb_typeof(share -> 'items')
                              WHEN 'array' THEN share -> 'items' ELSE '[]' END) item
                          WHERE jsonb_typeof(item) <> 'string'))
$$;

CREATE FUNCTION agreements.judge_step() RETURNS trigger LANGUAGE plpgsql
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
    RETURN NEW;
END $$;
CREATE TRIGGER judge_step BEFORE INSERT ON agreements.step
    FOR EACH ROW EXECUTE FUNCTION agreements.judge_step();

CREATE FUNCTION people.require_writer(a_site text) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT people.is_owner() THEN
        PERFORM people.require(
            ARRAY['team_leader', 'delegate', 'geographer', 'copilot', 'facilitator'], a_site);
    END IF;
END $$;

CREATE FUNCTION agreements.expect(a_site text, a_version integer, after bigint)
RETURNS agreements.step LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last agreements.step;
BEGIN
    PERFORM people.require_writer(a_site);
    PERFORM pg_advisory_xact_lock(2919, hashtext(a_site));
    last := agreements.last_step(a_site, a_version);
    IF coalesce(last.id, 0) IS DISTINCT FROM after THEN
        RAISE EXCEPTION 'another step came in between' USING ERRCODE = 'OA002';
    END IF;
    RETURN last;
END $$;

-- Every version as it is now; drafts to those of the site.
CREATE FUNCTION desk.agreements() RETURNS SETOF agreements.step
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM agreements.current
    WHERE status <> 'draft' OR people.is_owner() OR desk.on_site(site) ORDER BY site, version
$$;

CREATE FUNCTION desk.draft_agreement(
    a_site text, a_site_name text, a_version integer, some_terms jsonb, is_fictitious boolean,
    after bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    PERFORM agreements.expect(a_site, a_version, after);
    INSERT INTO agreements.step (site, site_name, version, status, terms, fictitious)
        VALUES (a_site, a_site_name, a_version, 'draft', some_terms, is_fictitious)
        RETURNING id INTO made;
    RETURN made;
END $$;

CREATE FUNCTION desk.propose_agreement(a_site text, a_version integer, after bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last agreements.step := agreements.expect(a_site, a_version, after);
    made bigint;
BEGIN
    INSERT INTO agreements.step (site, site_name, version, status, terms, fictitious)
        VALUES (last.site, last.site_name, last.version, 'proposed', last.terms, last.fictitious)
        RETURNING id INTO made;
    RETURN made;
END $$;

CREATE FUNCTION desk.sign_agreement(a_site text, a_version integer, after bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last agreements.step := agreements.expect(a_site, a_version, after);
    who people.visitor := people.visiting();
BEGIN
    IF who.account IS NULL OR last.status IS DISTINCT FROM 'proposed' THEN
        RAISE EXCEPTION 'nothing to sign' USING ERRCODE = 'OA001';
    END IF;
    INSERT INTO agreements.signature (site, version, step, organisation, role)
        VALUES (a_site, a_version, last.id, who.organisation_name, who.role)
        ON CONFLICT DO NOTHING;
    PERFORM audit.write(a_site, 'agreement_signed', a_version::text);
END $$;

CREATE FUNCTION desk.signatures(a_site text, a_version integer) RETURNS SETOF agreements.signature
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.* FROM agreements.signature s
    WHERE s.site = a_site AND s.version = a_version
      AND s.step = (SELECT max(id) FROM agreements.step WHERE site = a_site
                    AND version = a_version AND status = 'proposed')
      AND (people.is_owner() OR desk.on_site(a_site))
    ORDER BY organisation, role
$$;

-- In force from a day on, by the organisations that signed it, a team among them. The owner's
-- command line names them: they signed on paper.
CREATE FUNCTION desk.agree_agreement(
    a_site text, a_version integer, organisations jsonb, a_day date, after bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last agreements.step := agreements.expect(a_site, a_version, after);
    made bigint;
BEGIN
    IF NOT people.is_owner() THEN
        SELECT jsonb_agg(DISTINCT s.organisation) INTO organisations
            FROM desk.signatures(a_site, a_version) s;
        IF NOT EXISTS (SELECT FROM desk.signatures(a_site, a_version) WHERE role = 'team_leader')
           OR jsonb_array_length(organisations) < 2 THEN
            RAISE EXCEPTION 'not signed by a team and a partner' USING ERRCODE = 'OA005';
        END IF;
        -- a day that is over would open what was seen since: that is an act, `widen_agreement`.
        -- Here is today or, west of Greenwich, the day before.
        IF a_day < CURRENT_DATE - 1 THEN
            RAISE EXCEPTION 'a day that is over' USING ERRCODE = 'OA001';
        END IF;
    END IF;
    INSERT INTO agreements.step (
        site, site_name, version, status, terms, agreed_by, agreed_on, fictitious)
    SELECT site, site_name, version, 'superseded', terms, agreed_by, agreed_on, fictitious
        FROM agreements.current
        WHERE site = last.site AND status = 'agreed' AND last.status = 'proposed';
    INSERT INTO agreements.step (
        site, site_name, version, status, terms, agreed_by, agreed_on, fictitious)
    VALUES (last.site, last.site_name, last.version, 'agreed', last.terms, organisations, a_day,
            last.fictitious)
    RETURNING id INTO made;
    PERFORM audit.write(a_site, 'agreement_in_force', a_version::text);
    RETURN made;
END $$;

CREATE FUNCTION desk.widen_agreement(a_site text, a_since date, a_reason text) RETURNS void
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
    IF EXISTS (SELECT FROM capture.outing o JOIN people.organisation w ON w.id = o.organisation
               WHERE o.site = a_site AND o.day >= a_since
                 AND NOT now_in_force.agreed_by ? w.name) THEN
        RAISE EXCEPTION 'a team that did not sign' USING ERRCODE = 'OA005';
    END IF;
    INSERT INTO agreements.widening (site, version, since, organisations, reason)
        VALUES (a_site, now_in_force.version, a_since, now_in_force.agreed_by, a_reason)
        ON CONFLICT DO NOTHING;
    PERFORM audit.write(a_site, 'agreement_widened', now_in_force.version || ' ' || a_since);
END $$;

CREATE FUNCTION desk.widenings(a_site text) RETURNS SETOF agreements.widening
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM agreements.widening WHERE site = a_site ORDER BY version, since
$$;

-- A team suspends its sharing at once; its leader takes it up again.
CREATE FUNCTION desk.suspend(a_site text, is_suspended boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.require(
        CASE WHEN is_suspended THEN ARRAY['street_team', 'team_leader']
             ELSE ARRAY['team_leader'] END, a_site);
BEGIN
    INSERT INTO agreements.suspension (site, organisation, suspended)
        VALUES (a_site, who.organisation, is_suspended);
    PERFORM audit.write(a_site, CASE WHEN is_suspended THEN 'suspended' ELSE 'resumed' END, '');
END $$;

CREATE FUNCTION agreements.suspended(a_site text) RETURNS SETOF uuid LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT organisation FROM (
        SELECT DISTINCT ON (organisation) organisation, suspended FROM agreements.suspension
        WHERE site = a_site ORDER BY organisation, id DESC) last WHERE suspended
$$;

CREATE FUNCTION desk.suspensions() RETURNS TABLE (site text, organisation text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.id, o.name FROM people.site s, agreements.suspended(s.id) one
    JOIN people.organisation o ON o.id = one
    WHERE people.is_owner() OR desk.on_site(s.id) ORDER BY s.id, o.name
$$;

CREATE FUNCTION desk.note_meeting(a_site text, a_day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- said by those who share: what waits for a meeting is theirs to open
    IF NOT people.is_owner() THEN
        PERFORM people.require(ARRAY['team_leader'], a_site);
    END IF;
    IF a_day > CURRENT_DATE THEN
        RAISE EXCEPTION 'a meeting to come' USING ERRCODE = 'OP003';
    END IF;
    INSERT INTO agreements.meeting (site, day) VALUES (a_site, a_day) ON CONFLICT DO NOTHING;
    PERFORM audit.write(a_site, 'meeting', a_day::text);
END $$;

CREATE FUNCTION desk.meetings(a_site text) RETURNS SETOF date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT day FROM agreements.meeting WHERE site = a_site ORDER BY day
$$;

-- --- what an agreement grants ---------------------------------------------------------------------

-- An invented one, of a demonstration, opens nothing that is real.
CREATE FUNCTION agreements.in_force(a_site text) RETURNS agreements.step LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM agreements.current WHERE site = a_site AND status = 'agreed' AND NOT fictitious
$$;

-- The version in force on a day: the last one agreed on or before it.
CREATE FUNCTION agreements.version_on(a_site text, a_day date) RETURNS integer LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT version FROM agreements.current
    WHERE site = a_site AND status IN ('agreed', 'superseded') AND NOT fictitious
      AND agreed_on <= a_day
    ORDER BY agreed_on DESC, version DESC LIMIT 1
$$;

CREATE TYPE agreements.granted AS (precision_rank integer, rhythm_rank integer);

-- What one version gives a role of an item: the share that names the item, else the one of all.
CREATE FUNCTION agreements.given(a_site text, a_version integer, a_role text, an_item text)
RETURNS agreements.granted LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT agreements.rank_precision(share ->> 'precision'),
           agreements.rank_rhythm(share ->> 'rhythm')
    FROM agreements.current c, jsonb_array_elements(c.terms -> 'shares') share
    WHERE c.site = a_site AND c.version = a_version AND c.status IN ('agreed', 'superseded')
      AND NOT c.fictitious AND share ->> 'role' = a_role
      AND (share -> 'items' ? an_item OR share -> 'items' ? '*')
    ORDER BY share -> 'items' ? an_item DESC LIMIT 1
$$;

-- What a role may have of what was seen between two days: the least of what the versions of those
-- days and the version in force give; an act may let the version in force rule alone.
CREATE FUNCTION agreements.grant_of(
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
          AND agreed_on > first AND agreed_on <= last
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

-- The day before which what was seen may be read, by rhythm: the day itself is not over.
CREATE FUNCTION agreements.horizon(a_site text, rhythm_rank integer) RETURNS date
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE rhythm_rank
        WHEN 4 THEN CURRENT_DATE + 1
        WHEN 3 THEN date_trunc('week', CURRENT_DATE)::date
        WHEN 2 THEN date_trunc('month', CURRENT_DATE)::date
        WHEN 1 THEN (
            SELECT max(day) FROM agreements.meeting WHERE site = a_site AND day <= CURRENT_DATE)
    END -- nothing granted: no day at all
$$;

CREATE FUNCTION agreements.days_of(period text, OUT first date, OUT last date) LANGUAGE sql
IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT start, (start + months * interval '1 month' - interval '1 day')::date FROM (
        SELECT make_date(left(period, 4)::integer, CASE
                   WHEN period ~ '-Q[1-4]$' THEN right(period, 1)::integer * 3 - 2
                   WHEN period ~ '-H[12]$' THEN right(period, 1)::integer * 6 - 5
                   WHEN period ~ '-[01][0-9]$' THEN right(period, 2)::integer ELSE 1 END, 1) AS start,
               CASE WHEN period ~ '-Q[1-4]$' THEN 3 WHEN period ~ '-H[12]$' THEN 6
                    WHEN period ~ '-[01][0-9]$' THEN 1 ELSE 12 END AS months) said
$$;

-- Whether whoever is asking may read a released figure of a field item, on a site, of a period.
CREATE FUNCTION desk.may_read(a_site text, indicator text, period text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER COST 1000 SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    span record := agreements.days_of(period);
    item text := split_part(indicator, '.', 2);
    a_role text;
    given agreements.granted;
BEGIN
    IF a_site = '' OR EXISTS (SELECT FROM agreements.suspended(a_site)) THEN
        RETURN false;
    END IF;
    FOREACH a_role IN ARRAY CASE WHEN desk.on_site(a_site)
        THEN ARRAY['public', desk.my_role()] ELSE ARRAY['public'] END LOOP
        given := agreements.grant_of(a_site, a_role, item, span.first, span.last);
        IF span.last < agreements.horizon(a_site, given.rhythm_rank) THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;

-- What tells one audience from another: pages keep what they read under it.
CREATE FUNCTION desk.audience() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(convert_to(concat_ws('/', desk.my_role(),
        (SELECT string_agg(site, ',' ORDER BY site) FROM people.account_site
         WHERE account = desk.me()),
        (SELECT string_agg(id::text, ',' ORDER BY id) FROM agreements.current
         WHERE status = 'agreed'),
        (SELECT string_agg(site || version || since, ',' ORDER BY site, version, since)
         FROM agreements.widening),
        (SELECT max(id) FROM agreements.suspension),
        (SELECT string_agg(site || day, ',' ORDER BY site, day) FROM agreements.meeting),
        CURRENT_DATE), 'UTF8')), 'hex')
$$;

-- --- entries of the street teams ------------------------------------------------------------------

-- A random identifier (UUID 4): others hold the moment, or the machine, where they were made.
CREATE FUNCTION capture.is_random(id uuid) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT id::text ~ '^.{14}4.{4}[89ab]'
$$;

CREATE TABLE capture.outing (
    id uuid PRIMARY KEY CONSTRAINT ck_outing_id CHECK (capture.is_random(id)),
    organisation uuid NOT NULL REFERENCES people.organisation (id),
    site text NOT NULL,
    qpv text NOT NULL,
    day date NOT NULL,
    slot text NOT NULL CONSTRAINT ck_outing_slot CHECK (
        slot IN ('matin', 'apm', 'soir', 'nuit', 'we')),
    duration_min integer CONSTRAINT ck_outing_duration CHECK (duration_min BETWEEN 1 AND 1440),
    workers integer CONSTRAINT ck_outing_workers CHECK (workers BETWEEN 1 AND 20),
    nothing_to_report boolean NOT NULL,
    agreement integer NOT NULL,
    origin text NOT NULL DEFAULT 'street' CONSTRAINT ck_outing_origin CHECK (
        origin IN ('street', 'import')),
    expires_on date NOT NULL
);
CREATE INDEX ix_outing_qpv_day ON capture.outing (qpv, day);

CREATE TABLE capture.observation (
    id uuid PRIMARY KEY CONSTRAINT ck_observation_id CHECK (capture.is_random(id)),
    outing uuid NOT NULL REFERENCES capture.outing (id) ON DELETE CASCADE,
    item text NOT NULL CONSTRAINT ck_observation_item CHECK (item ~ '^[a-z][a-z0-9_]{1,39}$'),
    intensity integer NOT NULL CONSTRAINT ck_observation_intensity CHECK (
        intensity BETWEEN 1 AND 3),
    size_band text NOT NULL CONSTRAINT ck_observation_size CHECK (
        size_band IN ('', '1-4', '5-9', '10+')),
    place text NOT NULL CONSTRAINT ck_observation_place CHECK (place IN (
        '', 'rue', 'hall', 'place', 'parc', 'commerce', 'transport', 'equipement', 'autre')),
    cell text NOT NULL
);
CREATE INDEX ix_observation_outing ON capture.observation (outing);

CREATE TABLE capture.words (
    observation uuid PRIMARY KEY REFERENCES capture.observation (id) ON DELETE CASCADE,
    words text NOT NULL CONSTRAINT ck_words_length CHECK (length(words) BETWEEN 1 AND 280),
    expires_on date NOT NULL
);

-- What was taken back or corrected leaves its random identifier, its team and the day: no content.
CREATE TABLE capture.closed (
    id uuid PRIMARY KEY,
    organisation uuid NOT NULL,
    kind text NOT NULL CONSTRAINT ck_closed_kind CHECK (kind IN ('withdrawn', 'corrected')),
    closed_on date NOT NULL DEFAULT CURRENT_DATE
);

ALTER TABLE capture.outing ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture.outing FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.observation ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture.observation FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.words ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture.words FORCE ROW LEVEL SECURITY;
ALTER TABLE capture.closed ENABLE ROW LEVEL SECURITY;
ALTER TABLE capture.closed FORCE ROW LEVEL SECURITY;
CREATE POLICY own ON capture.outing USING (
    (SELECT desk.owns()) OR organisation = (SELECT desk.my_organisation())
    AND (SELECT desk.my_role()) IN ('street_team', 'team_leader') AND site = ANY ((SELECT desk.my_sites())::text[]));
CREATE POLICY own ON capture.observation USING (
    (SELECT desk.owns()) OR EXISTS (SELECT FROM capture.outing o WHERE o.id = outing));
CREATE POLICY own ON capture.words USING (
    (SELECT desk.owns()) OR EXISTS (SELECT FROM capture.observation o WHERE o.id = observation));
CREATE POLICY own ON capture.closed USING (
    (SELECT desk.owns()) OR organisation = (SELECT desk.my_organisation())
    AND (SELECT desk.my_role()) IN ('street_team', 'team_leader'));

-- A cell's side in metres; null when it is not a square of the public grids.
CREATE FUNCTION capture.cell_size(cell text) RETURNS integer LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN part[2]::integer IN (200, 400, 800, 1600)
                AND part[3]::bigint % part[2]::integer = 0
                AND part[4]::bigint % part[2]::integer = 0 THEN part[2]::integer END
    FROM regexp_match(cell, '^CRS(3035|2975|5490)RES(\d{3,4})mN(-?\d{1,8})E(-?\d{1,8})$') part
$$;

-- The square of another size that holds a cell.
CREATE FUNCTION capture.coarsen(cell text, size integer) RETURNS text LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN size <= capture.cell_size(cell) THEN cell ELSE concat(
        'CRS', part[1], 'RES', size, 'mN', floor(part[2]::numeric / size)::bigint * size,
        'E', floor(part[3]::numeric / size)::bigint * size) END
    FROM regexp_match(cell, '^CRS(\d+)RES\d+mN(-?\d+)E(-?\d+)$') part
$$;

-- The CRS of the public grid of a territory; null when it has none.
CREATE FUNCTION capture.grid_of(department text) RETURNS integer LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN department IN ('973', '976', '987', '988') THEN NULL
                WHEN department = '974' THEN 2975
                WHEN department IN ('971', '972', '977', '978') THEN 5490
                ELSE 3035 END
$$;

-- Whether a square meets a neighbourhood, or nearly: perimeters are generalised, and a phone may
-- hold those of an earlier release (`squares.is_near` says the same). Without a published
-- perimeter, none does. PostGIS is named by its own schema: the search path holds none of it.
DO $make$
BEGIN
    EXECUTE format($body$
        CREATE FUNCTION capture.is_near(cell text, a_qpv text) RETURNS boolean LANGUAGE sql STABLE
        SET search_path = pg_catalog, pg_temp AS $$
            SELECT coalesce(bool_or(CASE
                WHEN part[1]::integer = capture.grid_of(b.department)
                THEN %1$I.ST_DWithin(
                    %1$I.ST_Transform(b.geometry, part[1]::integer),
                    %1$I.ST_MakeEnvelope(
                        part[4]::float8, part[3]::float8, part[4]::float8 + part[2]::float8,
                        part[3]::float8 + part[2]::float8, part[1]::integer), 50)
                ELSE false END), false)
            FROM published.boundary b,
                 regexp_match(cell, '^CRS(\d{4})RES(\d{3,4})mN(-?\d{1,8})E(-?\d{1,8})$') part
            WHERE b.code = a_qpv AND part IS NOT NULL
        $$ $body$,
        (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
         WHERE e.extname = 'postgis'));
END $make$;

CREATE FUNCTION capture.collected(a_site text) RETURNS SETOF text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT item ->> 'code' FROM grids.current c, jsonb_array_elements(c.items) item
    WHERE c.site = a_site AND c.status = 'agreed'
      AND coalesce(item ->> 'collector', 'equipe') = 'equipe'
      AND coalesce(item ->> 'kind', 'per_outing') IN ('per_outing', 'count')
$$;

-- Judge an entry against the agreement and the grid in force; what is refused names no value.
CREATE FUNCTION capture.judge(entry jsonb, a_site text, terms jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one jsonb;
BEGIN
    -- the phone's day may be the one before or after the day of the database
    IF (entry ->> 'day')::date NOT BETWEEN CURRENT_DATE - (terms ->> 'days_back')::integer - 1
                                       AND CURRENT_DATE + 1
       -- what was seen, or that nothing was: neither says nothing, both contradict each other
       OR coalesce((entry ->> 'nothing_to_report')::boolean, false)
          = (coalesce(jsonb_array_length(entry -> 'seen'), 0) > 0)
       OR jsonb_array_length(entry -> 'seen') > 40 THEN
        RAISE EXCEPTION 'an entry that cannot be kept' USING ERRCODE = 'OP003';
    END IF;
    FOR one IN SELECT jsonb_array_elements(entry -> 'seen') LOOP
        IF NOT EXISTS (SELECT FROM capture.collected(a_site) code WHERE code = one ->> 'item')
           OR one ->> 'cell' <> '' AND (
               terms ->> 'precision' = 'qpv' OR coalesce(capture.cell_size(one ->> 'cell'), 0)
                   < (terms ->> 'precision')::integer)
           OR one ->> 'words' <> '' AND NOT (terms ->> 'text')::boolean THEN
            RAISE EXCEPTION 'finer than agreed' USING ERRCODE = 'OA005';
        END IF;
        IF one ->> 'cell' <> '' AND NOT capture.is_near(one ->> 'cell', entry ->> 'qpv') THEN
            RAISE EXCEPTION 'a square of elsewhere' USING ERRCODE = 'OP003';
        END IF;
    END LOOP;
END $$;

-- Write an entry once: the same identifier again changes nothing. True when it was there.
CREATE FUNCTION capture.write(entry jsonb, an_organisation uuid, a_site text, an_origin text)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ruling agreements.step := agreements.in_force(a_site);
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

CREATE FUNCTION capture.close(an_id uuid, an_organisation uuid, a_kind text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM capture.closed WHERE id = an_id AND organisation = an_organisation) THEN
        RETURN;
    END IF;
    DELETE FROM capture.outing
        WHERE id = an_id AND organisation = an_organisation AND desk.on_site(site);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such entry' USING ERRCODE = 'OP004';
    END IF;
    INSERT INTO capture.closed (id, organisation, kind) VALUES (an_id, an_organisation, a_kind);
END $$;

CREATE FUNCTION desk.keep_outing(entry jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a_site text := (SELECT site FROM people.site_qpv WHERE qpv = entry ->> 'qpv');
    who people.visitor;
BEGIN
    IF a_site IS NULL THEN
        RAISE EXCEPTION 'no such neighbourhood' USING ERRCODE = 'OP003';
    END IF;
    who := people.require(ARRAY['street_team', 'team_leader'], a_site);
    RETURN capture.write(entry, who.organisation, a_site, 'street');
END $$;

-- What a team's leader loads from another tool.
CREATE FUNCTION desk.import_outing(entry jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    a_site text := (SELECT site FROM people.site_qpv WHERE qpv = entry ->> 'qpv');
    who people.visitor;
BEGIN
    IF a_site IS NULL THEN
        RAISE EXCEPTION 'no such neighbourhood' USING ERRCODE = 'OP003';
    END IF;
    who := people.require(ARRAY['team_leader'], a_site);
    RETURN capture.write(entry, who.organisation, a_site, 'import');
END $$;

CREATE FUNCTION desk.site_quarters(a_site text) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT qpv FROM people.site_qpv WHERE site = a_site ORDER BY qpv
$$;

CREATE FUNCTION desk.withdraw_outing(an_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.require(ARRAY['street_team', 'team_leader'], NULL);
BEGIN
    PERFORM capture.close(an_id, who.organisation, 'withdrawn');
END $$;

-- Observations of other teams, as the agreements let a team read them: neither outing nor
-- identifier, the place and the day no finer than agreed, once the day's unit is over.
CREATE FUNCTION desk.shared_observations() RETURNS TABLE (
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
        SELECT c.site, c.agreed_on AS day FROM agreements.current c
        WHERE c.site = ANY (who.sites) AND c.status IN ('agreed', 'superseded')
          AND NOT c.fictitious
        UNION SELECT w.site, w.since FROM agreements.widening w WHERE w.site = ANY (who.sites)
    ), opened AS MATERIALIZED (
        SELECT r.site, rank, agreements.horizon(r.site, rank) AS day
        FROM ruling r, generate_series(1, 4) AS rank
    ), written AS MATERIALIZED (
        SELECT o.site, o.qpv, o.day, b.item, b.intensity, b.size_band, b.place, b.cell,
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
        SELECT a.site, a.item, a.turn, g.precision_rank, g.rhythm_rank
        FROM (SELECT DISTINCT w.site, w.item, w.turn FROM written w WHERE w.turn IS NOT NULL) a,
             LATERAL agreements.grant_of(a.site, who.role, a.item, a.turn, a.turn) g
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
    JOIN opened ON opened.site = w.site AND opened.rank = g.rhythm_rank
    WHERE w.day < opened.day
      AND (g.rhythm_rank > 1 OR w.day < date_trunc('month', CURRENT_DATE)::date)
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 8;
END $$;

-- Rows whose time is over are gone; the owner's command and a restore call it. Returns how many.
CREATE FUNCTION capture.expire(a_day date) RETURNS integer LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    gone integer;
BEGIN
    DELETE FROM capture.words WHERE expires_on <= a_day;
    DELETE FROM capture.outing WHERE expires_on <= a_day;
    GET DIAGNOSTICS gone = ROW_COUNT;
    DELETE FROM people.token WHERE ends_at <= a_day;
    DELETE FROM audit.event
        WHERE day < least(a_day, CURRENT_DATE) - interval '12 months';
    RETURN gone;
END $$;

-- --- who reads what is published, who writes grids ----------------------------------------------

ALTER TABLE published.layer ADD COLUMN site text NOT NULL DEFAULT '';
ALTER TABLE published.layer ADD COLUMN agreed jsonb;
ALTER TABLE published.layer DROP CONSTRAINT uq_layer_release_id_indicator_period_edition;
ALTER TABLE published.layer ADD CONSTRAINT uq_layer_release_id_indicator_period_edition_site
    UNIQUE (release_id, indicator, period, edition, site);

ALTER TABLE published.layer ENABLE ROW LEVEL SECURITY;
ALTER TABLE published.layer FORCE ROW LEVEL SECURITY;
ALTER TABLE published.cell ENABLE ROW LEVEL SECURITY; -- not forced: the owner writes it by COPY
-- The level shown so far, of real fields too: for the build alone.
ALTER TABLE published.granularity ENABLE ROW LEVEL SECURITY;
CREATE POLICY owned ON published.granularity USING ((SELECT desk.owns()));
CREATE POLICY agreed ON published.layer USING (
    (SELECT desk.owns()) OR rule <> 'field' OR fictitious
    OR desk.may_read(site, indicator, period));
CREATE POLICY agreed ON published.cell USING (
    (SELECT desk.owns()) OR EXISTS (SELECT FROM published.layer l WHERE l.id = layer_id));

CREATE OR REPLACE FUNCTION grids.expect(a_site text, a_version integer, after bigint)
RETURNS grids.step LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last grids.step;
BEGIN
    PERFORM people.require_writer(a_site);
    PERFORM pg_advisory_xact_lock(2918, hashtext(a_site));
    SELECT * INTO last FROM grids.step
        WHERE site = a_site AND version = a_version ORDER BY id DESC LIMIT 1;
    IF coalesce(last.id, 0) IS DISTINCT FROM after THEN
        RAISE EXCEPTION 'another step came in between' USING ERRCODE = 'OG002';
    END IF;
    RETURN last;
END $$;

CREATE OR REPLACE FUNCTION desk.draft_grids() RETURNS SETOF grids.step
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM grids.current
    WHERE status = 'draft' AND (people.is_owner() OR desk.on_site(site)) ORDER BY site, version
$$;
