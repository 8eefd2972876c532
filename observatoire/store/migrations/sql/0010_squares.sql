-- Squares of the public grids: what their months were released with, and who reads them.

CREATE TABLE disclosure.square (
    site text NOT NULL,
    edition text NOT NULL,
    zone text NOT NULL,
    month text NOT NULL CONSTRAINT ck_square_month CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    square text NOT NULL,
    organisation text NOT NULL, -- empty: everybody's
    observations integer NOT NULL,
    reports integer NOT NULL,
    CONSTRAINT pk_square PRIMARY KEY (site, edition, zone, month, square, organisation),
    CONSTRAINT ck_square_counts CHECK (observations > 0 AND reports >= 0)
);

-- Whether a share that reaches the period of a released figure, for whoever is asking, also reaches
-- the place: ranks are those of `agreements.rank_precision`.
CREATE FUNCTION agreements.reaches(a_site text, indicator text, period text, least_precision integer)
RETURNS boolean LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
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
        IF span.last < agreements.horizon(a_site, given.rhythm_rank)
            AND given.precision_rank >= least_precision THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$;

CREATE OR REPLACE FUNCTION desk.may_read(a_site text, indicator text, period text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER COST 1000 SET search_path = pg_catalog, pg_temp AS $$
    SELECT agreements.reaches(a_site, indicator, period, 1)
$$;

-- Whether whoever is asking may read what a site released by squares of a side (m), of a period.
CREATE FUNCTION desk.may_read_squares(a_site text, indicator text, period text, side integer)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER COST 1000 SET search_path = pg_catalog, pg_temp AS $$
    SELECT agreements.reaches(
        a_site, indicator, period, CASE side WHEN 200 THEN 3 WHEN 400 THEN 2 END)
$$;

DROP POLICY agreed ON published.layer;
CREATE POLICY agreed ON published.layer USING (
    (SELECT desk.owns()) OR rule <> 'field' OR fictitious
    OR CASE WHEN edition LIKE 'square-%'
        THEN desk.may_read_squares(
            site, indicator, period, split_part(edition, '-', 2)::integer)
        ELSE desk.may_read(site, indicator, period) END);

-- The figure of all items together holds each of them: it is given where every item is, as late and
-- as coarse as the item that is given least.
CREATE OR REPLACE FUNCTION agreements.given(
    a_site text, a_version integer, a_role text, an_item text)
RETURNS agreements.granted LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH share AS (
        SELECT one -> 'items' AS items, agreements.rank_precision(one ->> 'precision') AS place,
               agreements.rank_rhythm(one ->> 'rhythm') AS rhythm
        FROM agreements.current c, jsonb_array_elements(c.terms -> 'shares') one
        WHERE c.site = a_site AND c.version = a_version AND c.status IN ('agreed', 'superseded')
          AND NOT c.fictitious AND one ->> 'role' = a_role
    ), own AS (
        SELECT place, rhythm FROM share WHERE items ? an_item OR items ? '*'
        ORDER BY items ? an_item DESC LIMIT 1
    ), least AS (
        SELECT min(place) AS place, min(rhythm) AS rhythm FROM share HAVING bool_or(items ? '*')
    )
    SELECT place, rhythm FROM own WHERE an_item <> 'ensemble'
    UNION ALL SELECT place, rhythm FROM least WHERE an_item = 'ensemble'
$$;
