-- Signing in by a provider (OpenID Connect): which account is whose, and the one who may open.
--
-- The app verifies what the provider signed, so the database has to believe it: but not everybody
-- who speaks with the app's role. `porter` holds one function, that the app's role can neither
-- see nor call; a role of its own can, and can do nothing else (`store/porter.py`). Whoever steals
-- the app's connection string, or injects SQL into a page, is nobody here.

CREATE SCHEMA porter;

-- An account is tied to the person whom a provider knows under a subject, never to an e-mail
-- address: the owner's command line writes it, no page does.
CREATE TABLE people.tie (
    account uuid PRIMARY KEY REFERENCES people.account (id) ON DELETE CASCADE,
    issuer text NOT NULL CONSTRAINT ck_tie_issuer CHECK (length(issuer) BETWEEN 8 AND 500),
    subject text NOT NULL CONSTRAINT ck_tie_subject CHECK (length(subject) BETWEEN 1 AND 255),
    CONSTRAINT uq_tie_issuer_subject UNIQUE (issuer, subject)
);

-- Returns whether the token is now the tied account's: `entered`, `unknown`, `closed` or `locked`.
-- Failures at the password stay counted: another door does not forgive them.
CREATE FUNCTION porter.sign_in_tied(an_issuer text, a_subject text, token_sha256 bytea)
RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    one people.account;
BEGIN
    IF length(token_sha256) IS DISTINCT FROM 32 THEN
        RAISE EXCEPTION 'not a hash' USING ERRCODE = 'OP003';
    END IF;
    DELETE FROM people.token WHERE ends_at <= clock_timestamp();
    SELECT a.* INTO one FROM people.account a JOIN people.tie t ON t.account = a.id
        WHERE t.issuer = an_issuer AND t.subject = a_subject FOR UPDATE OF a;
    IF one.id IS NULL THEN
        RETURN 'unknown';
    END IF;
    IF NOT one.active THEN
        RETURN 'closed';
    END IF;
    IF one.locked_until > clock_timestamp() THEN
        RETURN 'locked';
    END IF;
    INSERT INTO people.token (sha256, account, ends_at) VALUES (
        token_sha256, one.id, date_trunc('hour', clock_timestamp()) + interval '13 hours');
    RETURN 'entered';
END $$;

-- Tie an account, in the place of what it was tied to; its sessions end. `is_only`: nobody knows its
-- password any more, so that nothing is left to change.
CREATE FUNCTION people.tie_account(
    a_login text, an_issuer text, a_subject text, is_only boolean) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid := (SELECT id FROM people.account WHERE login = lower(a_login));
BEGIN
    IF found IS NULL THEN
        RAISE EXCEPTION 'no such account' USING ERRCODE = 'OP004';
    END IF;
    IF EXISTS (SELECT FROM people.tie
               WHERE issuer = an_issuer AND subject = a_subject AND account <> found) THEN
        RAISE EXCEPTION 'tied to another account' USING ERRCODE = 'OP005';
    END IF;
    INSERT INTO people.tie (account, issuer, subject) VALUES (found, an_issuer, a_subject)
        ON CONFLICT (account) DO UPDATE SET issuer = an_issuer, subject = a_subject;
    IF is_only THEN
        UPDATE people.account SET must_change = false, verifier = sha256(
            uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) WHERE id = found;
    END IF;
    DELETE FROM people.token WHERE account = found;
    PERFORM people.note_act(found, 'account_tied');
END $$;

CREATE FUNCTION people.untie_account(a_login text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found uuid;
BEGIN
    DELETE FROM people.tie WHERE account = (
        SELECT id FROM people.account WHERE login = lower(a_login)) RETURNING account INTO found;
    IF found IS NULL THEN
        RAISE EXCEPTION 'no such tie' USING ERRCODE = 'OP004';
    END IF;
    DELETE FROM people.token WHERE account = found;
    PERFORM people.note_act(found, 'account_untied');
END $$;

CREATE FUNCTION people.ties() RETURNS TABLE (login text, issuer text, subject text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT a.login, t.issuer, t.subject
    FROM people.tie t JOIN people.account a ON a.id = t.account ORDER BY a.login
$$;
