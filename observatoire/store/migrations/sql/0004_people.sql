-- Accounts, and who is asking: proved by a token, never declared.
--
-- The app's role has no right on this schema: it calls the functions of `desk`, which run with the
-- owner's. `desk.enter` verifies a token and seals what it found in a setting of the transaction:
-- the account, the process and the instant the transaction began, under a key that only the owner
-- reads. `desk.me` believes the setting only when its seal holds, so that a `SET`, a pooled
-- connection or another transaction gives nobody.
-- Refusals carry their own codes: OP001 not signed in, OP002 not allowed, OP003 does not make sense,
-- OP004 not there.

CREATE SCHEMA people;

CREATE TABLE people.sealing (
    single boolean PRIMARY KEY DEFAULT true CONSTRAINT ck_sealing_single CHECK (single),
    key bytea NOT NULL
);
INSERT INTO people.sealing (key) VALUES (
    sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
           || uuid_send(gen_random_uuid())));

CREATE TABLE people.organisation (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL CONSTRAINT uq_organisation_name UNIQUE
        CONSTRAINT ck_organisation_name CHECK (length(btrim(name)) BETWEEN 1 AND 120)
);

-- The sites and their neighbourhoods, as the settings say: written at each build.
CREATE TABLE people.site (
    id text PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE people.site_qpv (
    qpv text PRIMARY KEY,
    site text NOT NULL REFERENCES people.site (id) ON DELETE CASCADE
);

CREATE TABLE people.account (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    login text NOT NULL CONSTRAINT uq_account_login UNIQUE
        CONSTRAINT ck_account_login CHECK (login ~ '^[a-z0-9][a-z0-9._-]{2,39}$'),
    organisation uuid NOT NULL REFERENCES people.organisation (id),
    role text NOT NULL CONSTRAINT ck_account_role CHECK (role IN (
        'street_team', 'team_leader', 'service', 'delegate', 'geographer', 'copilot',
        'facilitator', 'administrator')),
    active boolean NOT NULL DEFAULT true,
    must_change boolean NOT NULL DEFAULT true,
    salt bytea NOT NULL,
    cost jsonb NOT NULL,
    verifier bytea NOT NULL, -- SHA-256 of the argon2 hash, which is never stored
    failures integer NOT NULL DEFAULT 0,
    locked_until timestamptz
);
CREATE TABLE people.account_site (
    account uuid NOT NULL REFERENCES people.account (id) ON DELETE CASCADE,
    site text NOT NULL,
    PRIMARY KEY (account, site)
);

-- A token is known by its hash. It ends at a whole hour: nothing here says when it was made.
CREATE TABLE people.token (
    sha256 bytea PRIMARY KEY,
    account uuid NOT NULL REFERENCES people.account (id) ON DELETE CASCADE,
    ends_at timestamptz NOT NULL
);

-- Who the app's role may be for a transaction.
CREATE TYPE people.visitor AS (
    account uuid, login text, role text, organisation uuid, organisation_name text,
    sites text[], must_change boolean
);

CREATE FUNCTION people.seal(said text) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT encode(sha256(key || sha256(key || convert_to(said, 'UTF8'))), 'hex')
    FROM people.sealing
$$;

CREATE FUNCTION people.this_transaction() RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_backend_pid() || ' ' || (extract(epoch FROM transaction_timestamp()) * 1000000)::bigint
$$;

-- Whether the running code is the owner's: a command of his, or a function that runs as he does.
CREATE FUNCTION desk.owns() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.pg_has_role(current_user, n.nspowner, 'USAGE')
    FROM pg_catalog.pg_namespace n WHERE n.nspname = 'people'
$$;

-- Whether a command runs for the owner himself, not for the app.
CREATE FUNCTION people.is_owner() RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT pg_has_role(session_user, n.nspowner, 'USAGE')
    FROM pg_namespace n WHERE n.nspname = 'people'
$$;

CREATE FUNCTION people.holder(token_sha256 bytea) RETURNS uuid LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.id FROM people.token t JOIN people.account a ON a.id = t.account
    WHERE t.sha256 = token_sha256 AND t.ends_at > clock_timestamp() AND a.active
      AND (a.locked_until IS NULL OR a.locked_until <= clock_timestamp())
$$;

CREATE FUNCTION desk.me() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    parts text[] := string_to_array(current_setting('observatoire.me', true), '/');
BEGIN
    IF cardinality(parts) IS DISTINCT FROM 3 OR parts[2] <> people.this_transaction()
       OR parts[3] <> people.seal(parts[1] || '/' || parts[2]) THEN
        RETURN NULL;
    END IF;
    RETURN parts[1]::uuid;
END $$;

CREATE FUNCTION people.visiting() RETURNS people.visitor LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.id, a.login, a.role, a.organisation, o.name,
           ARRAY(SELECT site FROM people.account_site WHERE account = a.id ORDER BY site),
           a.must_change
    FROM people.account a JOIN people.organisation o ON o.id = a.organisation
    WHERE a.id = desk.me()
$$;

CREATE FUNCTION desk.enter(a_token text) RETURNS people.visitor LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid := people.holder(sha256(convert_to(a_token, 'UTF8')));
    said text := found || '/' || people.this_transaction();
BEGIN
    IF found IS NULL THEN
        PERFORM set_config('observatoire.me', '', true);
        RAISE EXCEPTION 'not signed in' USING ERRCODE = 'OP001';
    END IF;
    PERFORM set_config('observatoire.me', said || '/' || people.seal(said), true);
    RETURN people.visiting();
END $$;

-- Until its holder has changed the password it was given, an account reads as the public does.
CREATE FUNCTION desk.my_role() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(
        (SELECT role FROM people.account WHERE id = desk.me() AND NOT must_change), 'public')
$$;

CREATE FUNCTION desk.my_organisation() RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT organisation FROM people.account WHERE id = desk.me() AND NOT must_change
$$;

CREATE FUNCTION desk.on_site(a_site text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM people.account_site s JOIN people.account a ON a.id = s.account
        WHERE a.id = desk.me() AND s.site = a_site AND NOT a.must_change)
$$;

CREATE FUNCTION desk.my_sites() RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(
        SELECT s.site FROM people.account_site s JOIN people.account a ON a.id = s.account
        WHERE a.id = desk.me() AND NOT a.must_change ORDER BY s.site)
$$;

-- Refuse whoever is not one of these roles on that site (null: any site).
CREATE FUNCTION people.require(roles text[], a_site text) RETURNS people.visitor
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor := people.visiting();
BEGIN
    IF who.account IS NULL THEN
        RAISE EXCEPTION 'not signed in' USING ERRCODE = 'OP001';
    END IF;
    IF who.must_change OR who.role <> ALL (roles) OR a_site IS NOT NULL AND a_site <> ALL (who.sites) THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'OP002';
    END IF;
    RETURN who;
END $$;

-- --- signing in -------------------------------------------------------------------------------

-- What a password is hashed with. An unknown login gets a salt of its own, always the same one:
-- nothing tells that it is unknown.
CREATE FUNCTION desk.login_salt(a_login text, OUT salt bytea, OUT cost jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    SELECT a.salt, a.cost INTO salt, cost FROM people.account a WHERE a.login = lower(a_login);
    IF salt IS NULL THEN
        salt := decode(left(people.seal('salt of ' || lower(a_login)), 32), 'hex');
        cost := '{"time": 3, "memory": 65536, "parallelism": 1}';
    END IF;
END $$;

-- Returns whether the token is now the account's; five failures lock it, longer each time.
CREATE FUNCTION desk.sign_in(a_login text, hash bytea, token_sha256 bytea) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one people.account;
BEGIN
    IF length(token_sha256) <> 32 THEN
        RAISE EXCEPTION 'not a hash' USING ERRCODE = 'OP003';
    END IF;
    DELETE FROM people.token WHERE ends_at <= clock_timestamp();
    SELECT * INTO one FROM people.account WHERE login = lower(a_login) FOR UPDATE;
    IF one.id IS NULL OR NOT one.active THEN
        RETURN 'refused';
    END IF;
    IF one.locked_until > clock_timestamp() THEN
        RETURN 'locked';
    END IF;
    IF sha256(hash) <> one.verifier THEN
        UPDATE people.account SET failures = failures + 1,
            locked_until = CASE WHEN (failures + 1) % 5 = 0 THEN date_trunc('minute',
                clock_timestamp()) + least((failures + 1) / 5, 8) * interval '15 minutes' END
            WHERE id = one.id;
        RETURN 'refused';
    END IF;
    UPDATE people.account SET failures = 0, locked_until = NULL WHERE id = one.id;
    INSERT INTO people.token (sha256, account, ends_at) VALUES (
        token_sha256, one.id, date_trunc('hour', clock_timestamp()) + interval '13 hours');
    RETURN 'entered';
END $$;

CREATE FUNCTION desk.sign_out(a_token text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DELETE FROM people.token WHERE sha256 = sha256(convert_to(a_token, 'UTF8'))
$$;

-- Change one's own password: every other session of the account ends.
CREATE FUNCTION desk.change_password(
    old_hash bytea, a_salt bytea, a_cost jsonb, a_verifier bytea, a_token text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own uuid := desk.me();
BEGIN
    IF own IS NULL OR own IS DISTINCT FROM people.holder(sha256(convert_to(a_token, 'UTF8'))) THEN
        RAISE EXCEPTION 'not signed in' USING ERRCODE = 'OP001';
    END IF;
    PERFORM people.judge_password(a_salt, a_verifier);
    UPDATE people.account SET salt = a_salt, cost = a_cost, verifier = a_verifier,
        must_change = false, failures = 0 WHERE id = own AND verifier = sha256(old_hash);
    IF NOT FOUND THEN
        -- counted as at the door: an open session is not a way to try passwords
        UPDATE people.account SET failures = failures + 1,
            locked_until = CASE WHEN (failures + 1) % 5 = 0 THEN date_trunc('minute',
                clock_timestamp()) + least((failures + 1) / 5, 8) * interval '15 minutes' END
            WHERE id = own;
        RETURN false;
    END IF;
    DELETE FROM people.token
        WHERE account = own AND sha256 <> sha256(convert_to(a_token, 'UTF8'));
    RETURN true;
END $$;

CREATE FUNCTION people.judge_password(a_salt bytea, a_verifier bytea) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF length(a_salt) < 16 OR length(a_verifier) <> 32 THEN
        RAISE EXCEPTION 'not a password' USING ERRCODE = 'OP003';
    END IF;
END $$;

-- --- keeping accounts: an administrator in the app, or the owner's command line --------------------

-- An administrator keeps the accounts whose sites are all his own.
CREATE FUNCTION people.require_keeper(some_sites text[]) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    who people.visitor;
BEGIN
    IF people.is_owner() THEN
        RETURN;
    END IF;
    who := people.require(ARRAY['administrator'], NULL);
    IF NOT some_sites <@ who.sites THEN
        RAISE EXCEPTION 'not allowed' USING ERRCODE = 'OP002';
    END IF;
END $$;

CREATE FUNCTION people.sites_of(an_account uuid) RETURNS text[] LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT ARRAY(SELECT site FROM people.account_site WHERE account = an_account ORDER BY site)
$$;

-- Keep in the journal of each site of an account what was done to it; the journal comes with 0005.
CREATE FUNCTION people.note_act(an_account uuid, an_action text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM audit.write(s.site, an_action, a.login)
        FROM people.account a JOIN people.account_site s ON s.account = a.id
        WHERE a.id = an_account;
END $$;

CREATE FUNCTION desk.accounts() RETURNS TABLE (
    login text, role text, organisation text, sites text[], active boolean, must_change boolean,
    locked boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM people.require_keeper(ARRAY[]::text[]);
    RETURN QUERY SELECT a.login, a.role, o.name, people.sites_of(a.id), a.active, a.must_change,
            coalesce(a.locked_until > clock_timestamp(), false)
        FROM people.account a JOIN people.organisation o ON o.id = a.organisation
        WHERE people.is_owner()
           OR people.sites_of(a.id) <@ people.sites_of(desk.me())
        ORDER BY a.login;
END $$;

CREATE FUNCTION desk.create_account(
    a_login text, a_role text, an_organisation text, some_sites text[],
    a_salt bytea, a_cost jsonb, a_verifier bytea) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    made uuid;
BEGIN
    PERFORM people.require_keeper(some_sites);
    PERFORM people.judge_password(a_salt, a_verifier);
    IF coalesce(cardinality(some_sites), 0) = 0 OR EXISTS (
        SELECT FROM unnest(some_sites) one WHERE one NOT IN (SELECT id FROM people.site)) THEN
        RAISE EXCEPTION 'no such site' USING ERRCODE = 'OP003';
    END IF;
    INSERT INTO people.organisation (name) VALUES (btrim(an_organisation))
        ON CONFLICT (name) DO NOTHING;
    INSERT INTO people.account (login, organisation, role, salt, cost, verifier)
        SELECT lower(a_login), id, a_role, a_salt, a_cost, a_verifier
        FROM people.organisation WHERE name = btrim(an_organisation)
        RETURNING id INTO made;
    INSERT INTO people.account_site SELECT DISTINCT made, one FROM unnest(some_sites) one;
    PERFORM people.note_act(made, 'account_created');
END $$;

-- Close or open an account, end its sessions, lift its lock.
CREATE FUNCTION desk.set_account(a_login text, is_active boolean) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid := (SELECT id FROM people.account WHERE login = lower(a_login));
BEGIN
    PERFORM people.require_keeper(people.sites_of(found));
    IF found IS NULL THEN
        RAISE EXCEPTION 'no such account' USING ERRCODE = 'OP003';
    END IF;
    UPDATE people.account SET active = is_active, failures = 0, locked_until = NULL
        WHERE id = found;
    DELETE FROM people.token WHERE account = found;
    PERFORM people.note_act(
        found, CASE WHEN is_active THEN 'account_opened' ELSE 'account_closed' END);
END $$;

-- Give an account a new password, to be changed by its holder.
CREATE FUNCTION desk.reset_password(a_login text, a_salt bytea, a_cost jsonb, a_verifier bytea)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid := (SELECT id FROM people.account WHERE login = lower(a_login));
BEGIN
    PERFORM people.require_keeper(people.sites_of(found));
    PERFORM people.judge_password(a_salt, a_verifier);
    IF found IS NULL THEN
        RAISE EXCEPTION 'no such account' USING ERRCODE = 'OP003';
    END IF;
    UPDATE people.account SET salt = a_salt, cost = a_cost, verifier = a_verifier,
        must_change = true, failures = 0, locked_until = NULL WHERE id = found;
    DELETE FROM people.token WHERE account = found;
    PERFORM people.note_act(found, 'password_reset');
END $$;
