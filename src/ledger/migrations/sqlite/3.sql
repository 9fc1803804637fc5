-- A yes can end by itself, and is given under the law of some place.
ALTER TABLE decision ADD COLUMN expires INTEGER;
ALTER TABLE decision ADD COLUMN jurisdiction TEXT;

-- The newest numbers, for whoever follows them.
CREATE VIEW newest (generation, destroyed) AS
SELECT (SELECT coalesce(max(generation), 0) FROM decision), (SELECT coalesce(max(number), 0) FROM destroyed_key);

PRAGMA user_version = 3;
