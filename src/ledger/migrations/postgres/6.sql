-- What people asked for: their rights, with the day by which they must be answered. What they wrote, and what they were answered, is
-- sealed by a key that is not in this database.
CREATE TABLE request (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject bigint NOT NULL REFERENCES subject (id),
    kind    text NOT NULL CHECK (kind IN ('access', 'portability', 'erasure', 'restriction', 'word')),
    at      bigint NOT NULL,
    due     bigint NOT NULL,
    source  text NOT NULL,
    words   bytea,
    done_at bigint,
    how     bytea
);

CREATE INDEX request_subject ON request (subject, number);

-- Which single-use links were used, until they would not open anything anyway.
CREATE TABLE used_link (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    until  bigint NOT NULL
);

CREATE INDEX used_link_until ON used_link (until);

-- What another system must be told, until it says that it heard. `lane` is the subject's hash: what is told of one person is told in
-- the order in which it happened. Numbers are given in the order of the commits, because whoever writes here holds `newest`. Once
-- it was heard, `lane` and the sealed `payload` are gone and the fact stays.
CREATE TABLE outbox (
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message      text NOT NULL UNIQUE,
    kind         text NOT NULL,
    at           bigint NOT NULL,
    lane         bytea,
    payload      bytea,
    attempts     bigint NOT NULL DEFAULT 0,
    next_at      bigint NOT NULL,
    leased_until bigint NOT NULL DEFAULT 0,
    last         text,
    heard_at     bigint,
    CHECK ((lane IS NULL) = (payload IS NULL)),
    CHECK ((heard_at IS NULL) = (payload IS NOT NULL))
);

CREATE INDEX outbox_waiting ON outbox (lane, number) WHERE lane IS NOT NULL;

-- That somebody was erased, and when; not who. Numbered in the order of the commits, as decisions are.
CREATE TABLE erasure (
    number bigint PRIMARY KEY,
    at     bigint NOT NULL,
    source text NOT NULL
);

ALTER TABLE newest ADD COLUMN erased bigint NOT NULL DEFAULT 0;

CREATE FUNCTION erasure_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE newest SET erased = erased + 1 RETURNING erased INTO STRICT NEW.number;
    PERFORM pg_notify('assentry_ledger', '');
    RETURN NEW;
END $$;

CREATE TRIGGER erasure_numbered BEFORE INSERT ON erasure FOR EACH ROW EXECUTE FUNCTION erasure_numbered();
CREATE TRIGGER erasure_stays BEFORE UPDATE OR DELETE ON erasure
    FOR EACH ROW EXECUTE FUNCTION only_added('erasure');
CREATE TRIGGER erasure_remains BEFORE TRUNCATE ON erasure
    FOR EACH STATEMENT EXECUTE FUNCTION only_added('erasure');

-- Since when there is anything of a subject, where they were erased: nothing from before is taken in again.
ALTER TABLE subject ADD COLUMN erased_at bigint;

-- While subjects are erased, and only then, their rows stand here.
CREATE TABLE erasing (
    subject bigint PRIMARY KEY REFERENCES subject (id)
);

CREATE OR REPLACE FUNCTION decision_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.subject = OLD.subject) AND NOT EXISTS (
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

-- On whose word two ids were linked goes with whoever is erased; that they were stays, between rows that lead to nobody.
CREATE FUNCTION link_keeps_its_word() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.by_whom IS NOT NULL
        OR (NEW.number, NEW.one, NEW.other, NEW.kind, NEW.at, NEW.source)
            <> (OLD.number, OLD.one, OLD.other, OLD.kind, OLD.at, OLD.source)
        OR NEW.proof IS DISTINCT FROM OLD.proof
        OR NOT EXISTS (SELECT 1 FROM erasing WHERE erasing.subject IN (OLD.one, OLD.other))
    THEN
        RAISE EXCEPTION 'links are only ever added';
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER link_stays ON link;
CREATE TRIGGER link_stays BEFORE DELETE ON link FOR EACH ROW EXECUTE FUNCTION only_added('link');
CREATE TRIGGER link_keeps_its_word BEFORE UPDATE ON link FOR EACH ROW EXECUTE FUNCTION link_keeps_its_word();

-- A person's own receipts. People come in no order, so it makes a receipt several times as dear to write; without it a person could
-- not look at theirs.
CREATE INDEX receipt_subject ON receipt (subject, exchange) WHERE subject IS NOT NULL;

UPDATE ledger_schema SET version = 6;
