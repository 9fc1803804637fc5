-- What people asked for: their rights, with the day by which they must be answered. What they wrote, and what they were answered, is
-- sealed by a key that is not in this file.
CREATE TABLE request (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    subject INTEGER NOT NULL REFERENCES subject (id),
    kind    TEXT NOT NULL CHECK (kind IN ('access', 'portability', 'erasure', 'restriction', 'word')),
    at      INTEGER NOT NULL,
    due     INTEGER NOT NULL,
    source  TEXT NOT NULL,
    words   BLOB,
    done_at INTEGER,
    how     BLOB
) STRICT;

CREATE INDEX request_subject ON request (subject, number);

-- Which single-use links were used, until they would not open anything anyway.
CREATE TABLE used_link (
    digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX used_link_until ON used_link (until);

-- What another system must be told, until it says that it heard. `lane` is the subject's hash: what is told of one person is told in
-- the order in which it happened. Once it was heard, `lane` and the sealed `payload` are gone and the fact stays.
CREATE TABLE outbox (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    message      TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    lane         BLOB CHECK ((lane IS NULL) = (payload IS NULL)),
    payload      BLOB,
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_at      INTEGER NOT NULL,
    leased_until INTEGER NOT NULL DEFAULT 0,
    last         TEXT,
    heard_at     INTEGER CHECK ((heard_at IS NULL) = (payload IS NOT NULL))
) STRICT;

CREATE INDEX outbox_waiting ON outbox (lane, number) WHERE lane IS NOT NULL;

-- That somebody was erased, and when; not who.
CREATE TABLE erasure (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at     INTEGER NOT NULL,
    source TEXT NOT NULL
) STRICT;

CREATE TRIGGER erasure_stays BEFORE UPDATE ON erasure
BEGIN SELECT RAISE(ABORT, 'erasures are only ever added'); END;

CREATE TRIGGER erasure_remains BEFORE DELETE ON erasure
BEGIN SELECT RAISE(ABORT, 'erasures are only ever added'); END;

-- Since when there is anything of a subject, where they were erased: nothing from before is taken in again.
ALTER TABLE subject ADD COLUMN erased_at INTEGER;

-- While subjects are erased, and only then, their rows stand here.
CREATE TABLE erasing (
    subject INTEGER PRIMARY KEY REFERENCES subject (id)
) STRICT;

-- The numbers ever given: what an erasure deletes may have had the newest one.
DROP VIEW newest;
CREATE VIEW newest (generation, destroyed, linked, erased) AS
SELECT (SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'decision'),
       (SELECT coalesce(max(number), 0) FROM destroyed_key),
       (SELECT coalesce(max(number), 0) FROM link),
       (SELECT coalesce(max(number), 0) FROM erasure);

DROP TRIGGER decision_remains;
CREATE TRIGGER decision_remains BEFORE DELETE ON decision
WHEN NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.subject = OLD.subject) AND NOT EXISTS (
    SELECT 1 FROM forgetting JOIN decision AS later
        ON later.subject = OLD.subject AND later.consents = OLD.consents
        AND (later.purpose = OLD.purpose OR later.purpose IS NULL AND OLD.purpose IS NULL)
        AND (later.moment, later.kind NOT IN ('grant', 'lift'), later.generation)
            > (OLD.moment, OLD.kind NOT IN ('grant', 'lift'), OLD.generation)
        AND later.moment < forgetting.superseded_before
        AND (later.via IS NULL OR later.kind NOT IN ('grant', 'lift')))
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added, and deleted when they were superseded long enough ago'); END;

-- On whose word two ids were linked goes with whoever is erased; that they were stays, between rows that lead to nobody.
DROP TRIGGER link_stays;
CREATE TRIGGER link_stays BEFORE UPDATE OF number, one, other, kind, proof, at, source ON link
BEGIN SELECT RAISE(ABORT, 'links are only ever added'); END;

CREATE TRIGGER link_keeps_its_word BEFORE UPDATE OF by_whom ON link
WHEN NEW.by_whom IS NOT NULL OR NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.subject IN (OLD.one, OLD.other))
BEGIN SELECT RAISE(ABORT, 'links are only ever added'); END;

-- A person's own receipts. People come in no order, so it makes a receipt several times as dear to write; without it a person could
-- not look at theirs.
CREATE INDEX receipt_subject ON receipt (subject, exchange) WHERE subject IS NOT NULL;

PRAGMA user_version = 6;
