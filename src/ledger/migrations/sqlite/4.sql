-- Where a decision stands in time: of two, the one with the later moment counts. What is decided here stands after all that the
-- person decided before, whatever the clock says; what is imported stands where it was made.
ALTER TABLE decision ADD COLUMN moment INTEGER;

DROP TRIGGER decision_stays;

UPDATE decision SET moment = placed.moment
FROM (SELECT generation, turn + max(at - turn) OVER (PARTITION BY subject, consents ORDER BY generation) AS moment
      FROM (SELECT generation, subject, consents, at,
                   row_number() OVER (PARTITION BY subject, consents ORDER BY generation) AS turn
            FROM decision) AS numbered) AS placed
WHERE placed.generation = decision.generation;

CREATE TRIGGER decision_placed AFTER INSERT ON decision WHEN NEW.moment IS NULL
BEGIN
    UPDATE decision
    SET moment = max(NEW.at, (SELECT coalesce(max(moment) + 1, NEW.at) FROM decision
                              WHERE subject = NEW.subject AND consents = NEW.consents))
    WHERE generation = NEW.generation;
END;

CREATE TRIGGER decision_stays
BEFORE UPDATE OF generation, subject, consents, kind, purpose, notice, text_digest, at, source, expires, jurisdiction ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

CREATE TRIGGER decision_stays_in_place BEFORE UPDATE OF moment ON decision WHEN OLD.moment IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

CREATE INDEX decision_moment ON decision (moment);

PRAGMA user_version = 4;
