-- Outings of an export as they were taken in before their identifiers were sealed.
CREATE OR REPLACE FUNCTION desk.import_outing(entry jsonb) RETURNS boolean
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
