-- The functions of the grids as they were before there were accounts.
CREATE OR REPLACE FUNCTION grids.expect(a_site text, a_version integer, after bigint)
RETURNS grids.step LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
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
END $$;
CREATE OR REPLACE FUNCTION desk.draft_grids() RETURNS SETOF grids.step
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT * FROM grids.current WHERE status = 'draft' ORDER BY site, version
$$;
