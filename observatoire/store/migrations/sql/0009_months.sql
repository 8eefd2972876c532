-- The counts of the months of a site as they were released, while the year they add up to is not.

CREATE SCHEMA disclosure;
CREATE TABLE disclosure.month (
    site text NOT NULL,
    edition text NOT NULL,
    indicator text NOT NULL,
    zone text NOT NULL,
    month text NOT NULL CONSTRAINT ck_month_month CHECK (month ~ '^\d{4}-(0[1-9]|1[0-2])$'),
    organisation text NOT NULL, -- empty: everybody's
    observations integer NOT NULL,
    outings integer NOT NULL,
    reports integer NOT NULL,
    CONSTRAINT pk_month PRIMARY KEY (site, edition, indicator, zone, month, organisation),
    CONSTRAINT ck_month_counts CHECK (observations >= 0 AND outings >= 0 AND reports >= 0)
);

-- Figures that an earlier version released before their year was over were hidden: they are due.
DELETE FROM published.layer l USING published.release r
WHERE r.id = l.release_id AND l.site <> '' AND left(l.period, 4)::integer
    >= extract(year FROM r.released_on);
