-- The key of one subject's pseudonyms under one policy, wrapped by a master key that is not in this file. AUTOINCREMENT never
-- gives a number twice: a key made anew is another.
CREATE TABLE subject_key (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    subject INTEGER NOT NULL REFERENCES subject (id),
    policy  TEXT NOT NULL,
    master  TEXT NOT NULL,
    wrapped BLOB NOT NULL CHECK (length(wrapped) = 92),
    at      INTEGER NOT NULL,
    UNIQUE (subject, policy)
) STRICT;

CREATE TRIGGER subject_key_stays BEFORE UPDATE OF number, subject, policy, at ON subject_key
BEGIN SELECT RAISE(ABORT, 'a key is wrapped anew or destroyed, never given to somebody else'); END;

-- Which keys were destroyed, and when. Its numbers rise in the order of the commits, as those of decisions do.
CREATE TABLE destroyed_key (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    key     INTEGER NOT NULL UNIQUE,
    subject INTEGER NOT NULL REFERENCES subject (id),
    policy  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    source  TEXT NOT NULL
) STRICT;

CREATE TRIGGER destroyed_key_stays BEFORE UPDATE ON destroyed_key
BEGIN SELECT RAISE(ABORT, 'destroyed keys are only ever added'); END;

CREATE TRIGGER destroyed_key_remains BEFORE DELETE ON destroyed_key
BEGIN SELECT RAISE(ABORT, 'destroyed keys are only ever added'); END;

PRAGMA user_version = 2;
