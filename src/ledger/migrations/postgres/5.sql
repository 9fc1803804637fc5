-- Where a decision stands in time: of two, the one with the later moment counts. What is decided here stands after all that the
-- person decided before, whatever the clocks of the nodes say; what is imported stands where it was made. The moment is given while
-- the one row of `newest` is held, by a query that begins after it was: so all that was decided before is seen.
ALTER TABLE decision ADD COLUMN moment bigint;

ALTER TABLE decision DISABLE TRIGGER decision_stays;

UPDATE decision SET moment = placed.moment
FROM (SELECT generation, turn + max(at - turn) OVER (PARTITION BY subject, consents ORDER BY generation) AS moment
      FROM (SELECT generation, subject, consents, at,
                   row_number() OVER (PARTITION BY subject, consents ORDER BY generation) AS turn
            FROM decision) AS numbered) AS placed
WHERE placed.generation = decision.generation;

ALTER TABLE decision ENABLE TRIGGER decision_stays;

CREATE OR REPLACE FUNCTION decision_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE newest SET generation = generation + 1 RETURNING generation INTO STRICT NEW.generation;
    NEW.moment := coalesce(NEW.moment, greatest(NEW.at, (SELECT max(moment) + 1 FROM decision
                                                         WHERE subject = NEW.subject AND consents = NEW.consents)));
    PERFORM pg_notify('assentry_ledger', '');
    RETURN NEW;
END $$;

CREATE INDEX decision_moment ON decision (moment);

-- The decisions that count for an id, and where they stand: the last by moment counts, of two at one moment the no.
DROP VIEW counting;
CREATE VIEW counting (generation, subject, consents, purpose, moment, is_no) AS
SELECT generation, subject, consents, purpose, moment, kind NOT IN ('grant', 'lift') FROM decision
WHERE via IS NULL OR kind NOT IN ('grant', 'lift') OR NOT EXISTS (
    SELECT 1 FROM parting WHERE parting.subject = decision.subject AND parting.other = decision.via
                            AND parting.generation >= decision.generation);

-- What took a decision's place is what stands after it, wherever and whenever either was written down.
CREATE OR REPLACE FUNCTION decision_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM forgetting JOIN decision AS later
            ON later.subject = OLD.subject AND later.consents = OLD.consents
            AND (later.purpose = OLD.purpose OR later.purpose IS NULL AND OLD.purpose IS NULL)
            AND (later.moment, later.kind NOT IN ('grant', 'lift'), later.generation)
                > (OLD.moment, OLD.kind NOT IN ('grant', 'lift'), OLD.generation)
            AND later.moment < forgetting.superseded_before
            AND (later.via IS NULL OR later.kind NOT IN ('grant', 'lift')))
    THEN
        RAISE EXCEPTION 'decisions are only ever added, and deleted when they were superseded long enough ago';
    END IF;
    RETURN OLD;
END $$;

UPDATE ledger_schema SET version = 5;
