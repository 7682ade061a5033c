-- Streams, events, the log, and idempotency keys (docs/adr/0002).
CREATE TABLE strike.stream (
	id      uuid PRIMARY KEY,
	version bigint NOT NULL CHECK (version > 0),
	noc_id  uuid NOT NULL,
	osp_id  uuid NOT NULL
) WITH (fillfactor = 70); -- room on the page, so that a new version is a HOT update

-- CACHE 1 is a condition of correctness, not of taste: with more, a session would
-- hand out numbers that it took before it held the stream's row, and version 2 of
-- a stream could be sequenced before version 1.  The program checks it at start.
CREATE SEQUENCE strike.event_seq AS bigint CACHE 1;

-- An id that an actor or a chain of causes does not have is the Nil UUID: the hash
-- is over the columns as they stand.
CREATE TABLE strike.event (
	seq                bigint PRIMARY KEY,
	xid                xid8 NOT NULL DEFAULT pg_current_xact_id(),
	stream_id          uuid NOT NULL,
	version            bigint NOT NULL CHECK (version > 0),
	event_id           uuid NOT NULL UNIQUE,
	noc_id             uuid NOT NULL,
	osp_id             uuid NOT NULL,
	type               text NOT NULL,
	schema_version     bigint NOT NULL,
	occurred_at        timestamptz NOT NULL,
	recorded_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	actor_kind         text NOT NULL CHECK (actor_kind IN ('user', 'process', 'provider')),
	actor_name         text NOT NULL,
	actor_user         uuid NOT NULL,
	actor_organisation uuid NOT NULL,
	correlation        uuid NOT NULL,
	causation          uuid NOT NULL,
	payload            bytea NOT NULL,
	hash               bytea NOT NULL CHECK (octet_length(hash) = 32),
	UNIQUE (stream_id, version)
);
CREATE INDEX event_xid ON strike.event (xid, seq); -- the sequencer's way in

CREATE TABLE strike.log (
	position bigint PRIMARY KEY CHECK (position > 0),
	seq      bigint NOT NULL UNIQUE
);

-- One row.  ${snap}: every event visible in it has a position.  ${target}: a tick
-- too large for one transaction is being worked off up to this snapshot, and is
-- done up to ${target_seq}.  ${cluster}: whose transaction ids these are.
CREATE TABLE strike.log_head (
	one           boolean PRIMARY KEY DEFAULT true CHECK (one),
	epoch         bigint NOT NULL,
	last_position bigint NOT NULL,
	snap          pg_snapshot NOT NULL,
	target        pg_snapshot,
	target_seq    bigint NOT NULL DEFAULT 0,
	cluster       bigint NOT NULL
);
INSERT INTO strike.log_head (epoch, last_position, snap, cluster)
SELECT 0, 0, pg_current_snapshot(), system_identifier FROM pg_control_system();

CREATE TABLE strike.command (
	scope     uuid NOT NULL,
	key       uuid NOT NULL,
	body_hash bytea NOT NULL,
	answer    bytea NOT NULL,
	at        timestamptz NOT NULL DEFAULT clock_timestamp(),
	PRIMARY KEY (scope, key)
);

CREATE TABLE strike.checkpoint (
	name     text PRIMARY KEY,
	position bigint NOT NULL CHECK (position >= 0)
) WITH (fillfactor = 70);

-- Nobody changes history: not by privilege, and not by mistake either.
CREATE FUNCTION strike.refuse_change() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	RAISE EXCEPTION '% of strike.% is refused: what has happened is never changed',
	    TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER event_is_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.event
	FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change();
CREATE TRIGGER log_is_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.log
	FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change();
