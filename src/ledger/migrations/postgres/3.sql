-- A yes can end by itself, and is given under the law of some place.
ALTER TABLE decision ADD COLUMN expires bigint;
ALTER TABLE decision ADD COLUMN jurisdiction text;

UPDATE ledger_schema SET version = 3;
