-- The other id of the same person that made a decision, where it was written for this id because the two were linked.
ALTER TABLE decision ADD COLUMN via INTEGER REFERENCES subject (id);

-- Which ids are one person's. Only ever added: what holds of two ids is their newest line.
CREATE TABLE link (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    one     INTEGER NOT NULL REFERENCES subject (id),
    other   INTEGER NOT NULL REFERENCES subject (id) CHECK (one < other),
    kind    TEXT NOT NULL CHECK (kind IN ('link', 'unlink')),
    proof   TEXT CHECK (CASE kind WHEN 'link' THEN proof IS NOT NULL AND proof IN ('operator', 'both') ELSE proof IS NULL END),
    by_whom TEXT,
    at      INTEGER NOT NULL,
    source  TEXT NOT NULL
) STRICT;

CREATE INDEX link_one ON link (one, other, number);
CREATE INDEX link_other ON link (other, one, number);

CREATE TRIGGER link_stays BEFORE UPDATE ON link
BEGIN SELECT RAISE(ABORT, 'links are only ever added'); END;

CREATE TRIGGER link_remains BEFORE DELETE ON link
BEGIN SELECT RAISE(ABORT, 'links are only ever added'); END;

-- Which ids stopped being one person's, by the line of `link` that parted them, and what was newest then.
CREATE TABLE parting (
    number     INTEGER NOT NULL REFERENCES link (number),
    subject    INTEGER NOT NULL REFERENCES subject (id),
    other      INTEGER NOT NULL REFERENCES subject (id),
    generation INTEGER NOT NULL,
    PRIMARY KEY (subject, other, number)
) STRICT;

CREATE TRIGGER parting_stays BEFORE UPDATE ON parting
BEGIN SELECT RAISE(ABORT, 'partings are only ever added'); END;

CREATE TRIGGER parting_remains BEFORE DELETE ON parting
BEGIN SELECT RAISE(ABORT, 'partings are only ever added'); END;

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

DROP VIEW newest;
CREATE VIEW newest (generation, destroyed, linked) AS
SELECT (SELECT coalesce(max(generation), 0) FROM decision),
       (SELECT coalesce(max(number), 0) FROM destroyed_key),
       (SELECT coalesce(max(number), 0) FROM link);

-- While superseded decisions are deleted, and only then, one line says what is old enough: a day, less what clocks differ.
CREATE TABLE forgetting (
    one               INTEGER PRIMARY KEY CHECK (one = 1),
    superseded_before INTEGER NOT NULL
) STRICT;

CREATE TRIGGER forgetting_nothing_new BEFORE INSERT ON forgetting
WHEN NEW.superseded_before > (unixepoch() - 82800) * 1000000
BEGIN SELECT RAISE(ABORT, 'only what was superseded a day ago can be deleted'); END;

CREATE TRIGGER forgetting_stays BEFORE UPDATE ON forgetting
BEGIN SELECT RAISE(ABORT, 'only what was superseded a day ago can be deleted'); END;

-- A decision may go once a later one, long enough ago, took its place for good: the person's own, or a no. A yes that came
-- from another id takes nothing's place for good, since it stops counting when the two are parted.
DROP TRIGGER decision_remains;
CREATE TRIGGER decision_remains BEFORE DELETE ON decision
WHEN NOT EXISTS (
    SELECT 1 FROM forgetting JOIN decision AS later
        ON later.subject = OLD.subject AND later.consents = OLD.consents
        AND (later.purpose = OLD.purpose OR later.purpose IS NULL AND OLD.purpose IS NULL)
        AND later.generation > OLD.generation AND later.at < forgetting.superseded_before
        AND (later.via IS NULL OR later.kind NOT IN ('grant', 'lift')))
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added, and deleted when they were superseded long enough ago'); END;

PRAGMA user_version = 4;
