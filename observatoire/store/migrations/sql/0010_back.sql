-- No policy would tell squares from neighbourhoods any more: they are not kept.

DELETE FROM published.layer WHERE edition LIKE 'square-%';
DROP POLICY agreed ON published.layer;
CREATE POLICY agreed ON published.layer USING (
    (SELECT desk.owns()) OR rule <> 'field' OR fictitious
    OR desk.may_read(site, indicator, period));
DROP FUNCTION desk.may_read_squares(text, text, text, integer);
DROP FUNCTION agreements.reaches(text, text, text, integer);
DROP TABLE disclosure.square;
