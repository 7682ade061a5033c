-- Timers, the outbox, and what providers and webhooks leave behind.
--
-- ${due} and ${begun_at} are the caller's clock and are compared with nothing
-- else.  ${owner} is the instance that claimed a row, ${lease} the real time at
-- which the claim lapses.
CREATE TABLE strike.timer (
	eco_id uuid NOT NULL,
	kind   text NOT NULL,
	due    timestamptz NOT NULL,
	noc_id uuid NOT NULL,
	osp_id uuid NOT NULL,
	owner  integer,
	lease  timestamptz,
	PRIMARY KEY (eco_id, kind)
) WITH (fillfactor = 70);
CREATE INDEX timer_due ON strike.timer (due);

-- A row stays when it is done: its key must never be carried out again.
CREATE TABLE strike.outbox (
	key         text PRIMARY KEY,
	lane        text NOT NULL,
	type        text NOT NULL,
	eco_id      uuid NOT NULL,
	number      bigint NOT NULL,
	provider_id text NOT NULL,
	due         timestamptz NOT NULL,
	noc_id      uuid NOT NULL,
	osp_id      uuid NOT NULL,
	tries       bigint NOT NULL DEFAULT 0,
	begun_at    timestamptz, -- a try may have reached the provider at this moment
	problem     text NOT NULL DEFAULT '',
	owner       integer,
	lease       timestamptz,
	done_at     timestamptz
) WITH (fillfactor = 70);
CREATE INDEX outbox_due ON strike.outbox (lane, due) WHERE done_at IS NULL;

CREATE TABLE strike.provider_id (
	id     text PRIMARY KEY,
	eco_id uuid NOT NULL,
	number bigint NOT NULL
);

-- A ring of 10,000 slots: a flood of forged webhooks cannot fill the disk.
CREATE SEQUENCE strike.webhook_rejection_number AS bigint;
CREATE TABLE strike.webhook_rejection (
	slot   integer PRIMARY KEY CHECK (slot BETWEEN 0 AND 9999),
	number bigint NOT NULL,
	at     timestamptz NOT NULL,
	route  text NOT NULL,
	peer   text NOT NULL,
	reason text NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX webhook_rejection_newest ON strike.webhook_rejection (number DESC);

-- A process takes a number and holds the advisory lock (5722001, number) for as
-- long as it lives; the lock falls with its connection, and its claims with it.
CREATE SEQUENCE strike.instance AS integer CYCLE;

-- The instances that are alive.
CREATE FUNCTION strike.live_instances() RETURNS integer[]
LANGUAGE sql STABLE
AS $$
	SELECT COALESCE(array_agg(objid::bigint::integer), '{}')
	  FROM pg_locks
	 WHERE locktype = 'advisory' AND classid = 5722001 AND objsubid = 2 AND granted
	   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
$$;
