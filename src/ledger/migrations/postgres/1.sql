-- Marks this schema as a ledger, and says how many migrations are behind it.
CREATE TABLE ledger_schema (
    one     integer PRIMARY KEY CHECK (one = 1),
    version bigint NOT NULL
);
INSERT INTO ledger_schema (one, version) VALUES (1, 1);

-- Somebody whose data it is, known only by a keyed hash. `reference` is random and stands for them in receipts.
CREATE TABLE subject (
    id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest    bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
    reference text NOT NULL UNIQUE
);

-- The newest numbers. Whoever adds a change raises the number in the same transaction and holds this one row until it
-- ends, so that changes become visible in the order of their numbers: whoever has seen generation N has seen all before it.
-- A sequence could not promise that: it hands out 7 and 8 at once, and 8 may be committed and seen before 7.
CREATE TABLE newest (
    one        integer PRIMARY KEY CHECK (one = 1),
    generation bigint NOT NULL
);
INSERT INTO newest (one, generation) VALUES (1, 0);

-- What somebody decided. The number is given by a trigger, whatever the statement says.
CREATE TABLE decision (
    generation  bigint PRIMARY KEY,
    subject     bigint NOT NULL REFERENCES subject (id),
    consents    text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('grant', 'deny', 'withdraw', 'object', 'restrict', 'lift')),
    purpose     text CHECK ((purpose IS NULL) = (kind IN ('restrict', 'lift'))),
    notice      text,
    text_digest text,
    at          bigint NOT NULL,
    source      text NOT NULL
);

CREATE INDEX decision_newest ON decision (subject, consents, purpose, generation);

CREATE FUNCTION decision_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE newest SET generation = generation + 1 RETURNING generation INTO STRICT NEW.generation;
    PERFORM pg_notify('assentry_ledger', '');
    RETURN NEW;
END $$;

CREATE TRIGGER decision_numbered BEFORE INSERT ON decision FOR EACH ROW EXECUTE FUNCTION decision_numbered();

CREATE FUNCTION only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%s are only ever added', replace(TG_ARGV[0], '_', ' ');
END $$;

CREATE TRIGGER decision_stays BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION only_added('decision');
CREATE TRIGGER decision_remains BEFORE TRUNCATE ON decision
    FOR EACH STATEMENT EXECUTE FUNCTION only_added('decision');

-- What was done in one exchange. `body` is the receipt as JSON; the rest is there to find it by. Exchanges' ids are in the order of
-- their time, byte by byte, whatever the database thinks of letters.
CREATE TABLE receipt (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    exchange text COLLATE "C" NOT NULL UNIQUE,
    subject  text,
    body     text NOT NULL
);

-- Which key the subjects are hashed under.
CREATE TABLE key_check (
    one    integer PRIMARY KEY CHECK (one = 1),
    digest bytea NOT NULL
);
