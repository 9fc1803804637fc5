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
BEFORE UPDATE OF generation, subject, consents, kind, purpose, notice, text_digest, at, source, expires, jurisdiction, via ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

CREATE TRIGGER decision_stays_in_place BEFORE UPDATE OF moment ON decision WHEN OLD.moment IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

CREATE INDEX decision_moment ON decision (moment);

-- The decisions that count for an id, and where they stand: the last by moment counts, of two at one moment the no.
DROP VIEW counting;
CREATE VIEW counting (generation, subject, consents, purpose, moment, is_no) AS
SELECT generation, subject, consents, purpose, moment, kind NOT IN ('grant', 'lift') FROM decision
WHERE via IS NULL OR kind NOT IN ('grant', 'lift') OR NOT EXISTS (
    SELECT 1 FROM parting WHERE parting.subject = decision.subject AND parting.other = decision.via
                            AND parting.generation >= decision.generation);

-- What took a decision's place is what stands after it, wherever and whenever either was written down.
DROP TRIGGER decision_remains;
CREATE TRIGGER decision_remains BEFORE DELETE ON decision
WHEN NOT EXISTS (
    SELECT 1 FROM forgetting JOIN decision AS later
        ON later.subject = OLD.subject AND later.consents = OLD.consents
        AND (later.purpose = OLD.purpose OR later.purpose IS NULL AND OLD.purpose IS NULL)
        AND (later.moment, later.kind NOT IN ('grant', 'lift'), later.generation)
            > (OLD.moment, OLD.kind NOT IN ('grant', 'lift'), OLD.generation)
        AND later.moment < forgetting.superseded_before
        AND (later.via IS NULL OR later.kind NOT IN ('grant', 'lift')))
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added, and deleted when they were superseded long enough ago'); END;

PRAGMA user_version = 5;
