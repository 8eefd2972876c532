DROP FUNCTION agreements.unheard(text, date);
DROP FUNCTION agreements.is_team(text, text);
DROP TABLE disclosure.forgotten;
