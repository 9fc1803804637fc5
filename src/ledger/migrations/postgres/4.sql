-- The other id of the same person that made a decision, where it was written for this id because the two were linked.
ALTER TABLE decision ADD COLUMN via bigint REFERENCES subject (id);

-- Which ids are one person's. Only ever added: what holds of two ids is their newest line.
CREATE TABLE link (
    number  bigint PRIMARY KEY,
    one     bigint NOT NULL REFERENCES subject (id),
    other   bigint NOT NULL REFERENCES subject (id) CHECK (one < other),
    kind    text NOT NULL CHECK (kind IN ('link', 'unlink')),
    proof   text CHECK (CASE kind WHEN 'link' THEN proof IS NOT NULL AND proof IN ('operator', 'both') ELSE proof IS NULL END),
    by_whom text,
    at      bigint NOT NULL,
    source  text NOT NULL
);

CREATE INDEX link_one ON link (one, other, number);
CREATE INDEX link_other ON link (other, one, number);

ALTER TABLE newest ADD COLUMN linked bigint NOT NULL DEFAULT 0;

CREATE FUNCTION link_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE newest SET linked = linked + 1 RETURNING linked INTO STRICT NEW.number;
    PERFORM pg_notify('assentry_ledger', '');
    RETURN NEW;
END $$;

CREATE TRIGGER link_numbered BEFORE INSERT ON link FOR EACH ROW EXECUTE FUNCTION link_numbered();
CREATE TRIGGER link_stays BEFORE UPDATE OR DELETE ON link
    FOR EACH ROW EXECUTE FUNCTION only_added('link');
CREATE TRIGGER link_remains BEFORE TRUNCATE ON link
    FOR EACH STATEMENT EXECUTE FUNCTION only_added('link');

-- Which ids stopped being one person's, by the line of `link` that parted them, and what was newest then.
CREATE TABLE parting (
    number     bigint NOT NULL REFERENCES link (number),
    subject    bigint NOT NULL REFERENCES subject (id),
    other      bigint NOT NULL REFERENCES subject (id),
    generation bigint NOT NULL,
    PRIMARY KEY (subject, other, number)
);

CREATE TRIGGER parting_stays BEFORE UPDATE OR DELETE ON parting
    FOR EACH ROW EXECUTE FUNCTION only_added('parting');
CREATE TRIGGER parting_remains BEFORE TRUNCATE ON parting
    FOR EACH STATEMENT EXECUTE FUNCTION only_added('parting');

-- Which id leads to which other, in both directions.
CREATE VIEW tie (one, other) AS
SELECT one, other FROM link WHERE kind = 'link' AND NOT EXISTS (
    SELECT 1 FROM link AS later WHERE later.one = link.one AND later.other = link.other AND later.number > link.number)
UNION ALL
SELECT other, one FROM link WHERE kind = 'link' AND NOT EXISTS (
    SELECT 1 FROM link AS later WHERE later.one = link.one AND later.other = link.other AND later.number > link.number);

-- The decisions that count for an id: its own, every no, and a yes of another id until the two are parted.
CREATE VIEW counting (generation, subject, consents, purpose) AS
SELECT generation, subject, consents, purpose FROM decision
WHERE via IS NULL OR kind NOT IN ('grant', 'lift') OR NOT EXISTS (
    SELECT 1 FROM parting WHERE parting.subject = decision.subject AND parting.other = decision.via
                            AND parting.generation >= decision.generation);

-- While superseded decisions are deleted, and only then, one line says what is old enough: a day, less what clocks differ.
CREATE TABLE forgetting (
    one               integer PRIMARY KEY CHECK (one = 1),
    superseded_before bigint NOT NULL
);

CREATE FUNCTION forgetting_nothing_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.superseded_before > (extract(epoch FROM clock_timestamp()) - 82800) * 1000000 THEN
        RAISE EXCEPTION 'only what was superseded a day ago can be deleted';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER forgetting_nothing_new BEFORE INSERT OR UPDATE ON forgetting
    FOR EACH ROW EXECUTE FUNCTION forgetting_nothing_new();

-- A decision may go once a later one, long enough ago, took its place for good: the person's own, or a no. A yes that came
-- from another id takes nothing's place for good, since it stops counting when the two are parted.
CREATE FUNCTION decision_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM forgetting JOIN decision AS later
            ON later.subject = OLD.subject AND later.consents = OLD.consents
            AND (later.purpose = OLD.purpose OR later.purpose IS NULL AND OLD.purpose IS NULL)
            AND later.generation > OLD.generation AND later.at < forgetting.superseded_before
            AND (later.via IS NULL OR later.kind NOT IN ('grant', 'lift')))
    THEN
        RAISE EXCEPTION 'decisions are only ever added, and deleted when they were superseded long enough ago';
    END IF;
    RETURN OLD;
END $$;

DROP TRIGGER decision_stays ON decision;
CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
    FOR EACH ROW EXECUTE FUNCTION only_added('decision');
CREATE TRIGGER decision_goes BEFORE DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION decision_superseded();

UPDATE ledger_schema SET version = 4;
