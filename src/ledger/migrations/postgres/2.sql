-- The key of one subject's pseudonyms under one policy, wrapped by a master key that is not in this database. An identity
-- never gives a number twice: a key made anew is another.
CREATE TABLE subject_key (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject bigint NOT NULL REFERENCES subject (id),
    policy  text NOT NULL,
    master  text NOT NULL,
    wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 92),
    at      bigint NOT NULL,
    UNIQUE (subject, policy)
);

CREATE FUNCTION subject_key_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a key is wrapped anew or destroyed, never given to somebody else';
END $$;

CREATE TRIGGER subject_key_stays BEFORE UPDATE OF number, subject, policy, at ON subject_key
    FOR EACH ROW EXECUTE FUNCTION subject_key_stays();

-- Which keys were destroyed, and when. Numbered in the order of the commits, as decisions are.
CREATE TABLE destroyed_key (
    number  bigint PRIMARY KEY,
    key     bigint NOT NULL UNIQUE,
    subject bigint NOT NULL REFERENCES subject (id),
    policy  text NOT NULL,
    at      bigint NOT NULL,
    source  text NOT NULL
);

ALTER TABLE newest ADD COLUMN destroyed bigint NOT NULL DEFAULT 0;

CREATE FUNCTION destroyed_key_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE newest SET destroyed = destroyed + 1 RETURNING destroyed INTO STRICT NEW.number;
    PERFORM pg_notify('assentry_ledger', '');
    RETURN NEW;
END $$;

CREATE TRIGGER destroyed_key_numbered BEFORE INSERT ON destroyed_key
    FOR EACH ROW EXECUTE FUNCTION destroyed_key_numbered();
CREATE TRIGGER destroyed_key_stays BEFORE UPDATE OR DELETE ON destroyed_key
    FOR EACH ROW EXECUTE FUNCTION only_added('destroyed_key');
CREATE TRIGGER destroyed_key_remains BEFORE TRUNCATE ON destroyed_key
    FOR EACH STATEMENT EXECUTE FUNCTION only_added('destroyed_key');

UPDATE ledger_schema SET version = 2;
