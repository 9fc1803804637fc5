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

UPDATE ledger_schema SET version = 4;
