-- Somebody whose data it is, known only by a keyed hash. `reference` is random and stands for them in receipts.
CREATE TABLE subject (
    id        INTEGER PRIMARY KEY,
    digest    BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    reference TEXT NOT NULL UNIQUE
) STRICT;

-- What somebody decided. AUTOINCREMENT never gives a number twice, and gives it inside the committing transaction,
-- under SQLite's one write lock: whoever has seen generation N has seen all before it.
CREATE TABLE decision (
    generation  INTEGER PRIMARY KEY AUTOINCREMENT,
    subject     INTEGER NOT NULL REFERENCES subject (id),
    consents    TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('grant', 'deny', 'withdraw', 'object', 'restrict', 'lift')),
    purpose     TEXT CHECK ((purpose IS NULL) = (kind IN ('restrict', 'lift'))),
    notice      TEXT,
    text_digest TEXT,
    at          INTEGER NOT NULL,
    source      TEXT NOT NULL
) STRICT;

CREATE INDEX decision_newest ON decision (subject, consents, purpose, generation);

CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

CREATE TRIGGER decision_remains BEFORE DELETE ON decision
BEGIN SELECT RAISE(ABORT, 'decisions are only ever added'); END;

-- What was done in one exchange. `body` is the receipt as JSON; the rest is there to find it by. There is no index on
-- `subject` on purpose: people come in no order, and keeping one made a receipt four times as dear to write.
CREATE TABLE receipt (
    number   INTEGER PRIMARY KEY,
    exchange TEXT NOT NULL UNIQUE,
    subject  TEXT,
    body     TEXT NOT NULL
) STRICT;

-- Which key the subjects are hashed under.
CREATE TABLE key_check (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    digest BLOB NOT NULL
) STRICT;

PRAGMA application_id = 0x41736e74;
PRAGMA user_version = 1;
