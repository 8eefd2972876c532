DROP FUNCTION agreements.grant_written(text, text, text, date, integer);
DROP VIEW agreements.current;
ALTER TABLE agreements.step DROP COLUMN rules_from;
CREATE VIEW agreements.current AS
    SELECT DISTINCT ON (site, version) * FROM agreements.step ORDER BY site, version, id DESC;
