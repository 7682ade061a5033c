-- Who follows the log, and how far (src/store/store_feed.h), and the two builds of
-- the read model eco_board.
CREATE TABLE strike.subscription (
	name  text PRIMARY KEY,
	slots integer NOT NULL CHECK (slots BETWEEN 1 AND 64),
	mode  text NOT NULL CHECK (mode IN ('live', 'standby', 'rebuild', 'off')),
	gate  bigint NOT NULL DEFAULT 0 CHECK (gate >= 0)
);

-- Everything of the slot's streams up to ${position} has been dealt with.  ${owner}
-- is the instance that holds it, ${lease} the real time at which the hold lapses;
-- every taking raises ${epoch}.
CREATE TABLE strike.slot (
	subscription text NOT NULL REFERENCES strike.subscription,
	number       integer NOT NULL CHECK (number >= 0),
	position     bigint NOT NULL DEFAULT 0 CHECK (position >= 0),
	owner        integer,
	epoch        bigint NOT NULL DEFAULT 0,
	lease        timestamptz,
	PRIMARY KEY (subscription, number)
) WITH (fillfactor = 70); -- room on the page, so that every move is a HOT update

-- Which processes want slots, and when each of them last asked: who is counted when
-- a fair share is reckoned.
CREATE TABLE strike.follower (
	subscription text NOT NULL REFERENCES strike.subscription,
	instance     integer NOT NULL,
	seen         timestamptz NOT NULL,
	PRIMARY KEY (subscription, instance)
) WITH (fillfactor = 70);

-- Streams that wait at an event that could not be dealt with.
CREATE TABLE strike.parked (
	subscription text NOT NULL REFERENCES strike.subscription,
	stream_id    uuid NOT NULL,
	position     bigint NOT NULL CHECK (position > 0),
	version      bigint NOT NULL CHECK (version > 0),
	tries        bigint NOT NULL,
	next_try     timestamptz NOT NULL,
	problem      text NOT NULL,
	PRIMARY KEY (subscription, stream_id)
) WITH (fillfactor = 70);

-- Which build of a projection its readers see.
CREATE TABLE strike.projection (
	name text PRIMARY KEY,
	live integer NOT NULL CHECK (live IN (1, 2))
);

-- What followed the log before goes on from where it stood; in a fresh database
-- everything begins at 0.
INSERT INTO strike.subscription (name, slots, mode)
VALUES ('policies', 16, 'live'), ('eco_board.1', 4, 'live'), ('eco_board.2', 4, 'off');
INSERT INTO strike.projection (name, live) VALUES ('eco_board', 1);
INSERT INTO strike.slot (subscription, number, position)
SELECT s.name, n.number, COALESCE(c.position, 0)
  FROM strike.subscription s
 CROSS JOIN generate_series(0, s.slots - 1) AS n(number)
  LEFT JOIN strike.checkpoint c
    ON c.name = CASE s.name WHEN 'eco_board.1' THEN 'eco_board' ELSE s.name END;
DROP TABLE strike.checkpoint;

-- To which of ${p_slots} slots ${p_stream} belongs: its last 8 bytes, big-endian,
-- modulo; in two halves, because bigint has a sign.
CREATE FUNCTION strike.slot_of(p_stream uuid, p_slots bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$
	SELECT (h.high % p_slots * (4294967296 % p_slots) + h.low) % p_slots
	  FROM (SELECT ('x' || substr(p_stream::text, 20, 4) || substr(p_stream::text, 25, 4))
			::bit(32)::bigint AS high,
		       ('x' || right(p_stream::text, 8))::bit(32)::bigint AS low) AS h
$$;

-- Hold slots of ${p_name} for ${p_instance}: renew, let go of what is more than a fair
-- share, take what is free.  ${alive} is false when the instance does not hold its
-- lock (any more): then nothing was done.  Else at least one row, one for each slot
-- that is held now.
--
-- Slots are always locked in the order of their numbers; what somebody else has
-- locked is being taken or moved and is left for the next round.
CREATE FUNCTION strike.hold_slots(p_name text, p_instance integer, p_rebuilds boolean,
	p_lease_s bigint)
RETURNS TABLE (alive boolean, mode text, slots bigint, gate bigint, number bigint,
	"position" bigint, epoch bigint)
LANGUAGE plpgsql
AS $$
DECLARE
	v_live   integer[] := strike.live_instances();
	v_lease  interval := make_interval(secs => p_lease_s);
	v_sub    strike.subscription;
	v_share  bigint := 0;
	v_held   bigint;
	v_free   integer[];
BEGIN
	IF p_instance <> ALL (v_live) THEN
		RETURN QUERY SELECT false, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint,
		    NULL::bigint, NULL::bigint;
		RETURN;
	END IF;
	-- Nobody changes the mode while slots are given out by it.
	SELECT * INTO v_sub FROM strike.subscription s WHERE s.name = p_name FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no subscription %', p_name;
	END IF;

	IF v_sub.mode IN ('live', 'standby') OR (v_sub.mode = 'rebuild' AND p_rebuilds) THEN
		INSERT INTO strike.follower AS f (subscription, instance, seen)
		VALUES (p_name, p_instance, clock_timestamp())
		ON CONFLICT (subscription, instance) DO UPDATE SET seen = excluded.seen;
		SELECT ceil(v_sub.slots::numeric / count(*)) INTO v_share
		  FROM strike.follower f
		 WHERE f.subscription = p_name AND f.instance = ANY (v_live)
		   AND f.seen > clock_timestamp() - v_lease;
	ELSE
		DELETE FROM strike.follower f
		 WHERE f.subscription = p_name AND f.instance = p_instance;
	END IF;
	DELETE FROM strike.follower f
	 WHERE f.subscription = p_name AND f.instance IN (
		SELECT o.instance FROM strike.follower o
		 WHERE o.subscription = p_name AND o.seen <= clock_timestamp() - v_lease
		   FOR UPDATE SKIP LOCKED);

	-- What is ours: renewed up to the share, let go from there on.
	PERFORM FROM strike.slot s
	  WHERE s.subscription = p_name AND s.owner = p_instance ORDER BY s.number FOR UPDATE;
	UPDATE strike.slot s
	   SET owner = CASE WHEN r.rank <= v_share THEN p_instance END,
	       lease = CASE WHEN r.rank <= v_share THEN clock_timestamp() + v_lease END
	  FROM (SELECT o.number, row_number() OVER (ORDER BY o.number) AS rank
		  FROM strike.slot o WHERE o.subscription = p_name AND o.owner = p_instance) AS r
	 WHERE s.subscription = p_name AND s.number = r.number AND s.owner = p_instance;
	SELECT count(*) INTO v_held FROM strike.slot s
	 WHERE s.subscription = p_name AND s.owner = p_instance;

	IF v_held < v_share THEN
		v_free := ARRAY(SELECT s.number FROM strike.slot s
			 WHERE s.subscription = p_name AND s.owner IS DISTINCT FROM p_instance
			   AND (s.owner IS NULL OR s.lease < clock_timestamp()
				OR s.owner <> ALL (v_live))
			 ORDER BY s.number LIMIT v_share - v_held FOR UPDATE SKIP LOCKED);
	END IF;
	IF cardinality(v_free) > 0 THEN
		-- Who lives is asked again now that nobody can take them: a process that has
		-- begun since the first question is not to be mistaken for a dead one.
		v_live := strike.live_instances();
		UPDATE strike.slot s
		   SET owner = p_instance, epoch = s.epoch + 1, lease = clock_timestamp() + v_lease
		 WHERE s.subscription = p_name AND s.number = ANY (v_free)
		   AND (s.owner IS NULL OR s.lease < clock_timestamp() OR s.owner <> ALL (v_live));
	END IF;

	RETURN QUERY SELECT true, v_sub.mode, v_sub.slots::bigint, v_sub.gate, s.number::bigint,
	    s.position, s.epoch
	  FROM (VALUES (1)) AS one
	  LEFT JOIN strike.slot s ON s.subscription = p_name AND s.owner = p_instance
	 ORDER BY s.number;
END $$;

-- Move slots that ${p_instance} holds in these epochs from where they stand; all or,
-- with serialization_failure, none.  ${p_lazy}: the commit of this transaction need
-- not be flushed.
CREATE FUNCTION strike.move_slots(p_name text, p_instance integer, p_numbers bigint[],
	p_epochs bigint[], p_froms bigint[], p_tos bigint[], p_lazy boolean) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_count bigint;
BEGIN
	WITH held AS (
		SELECT s.number, m.goes_to
		  FROM strike.slot s
		  JOIN unnest(p_numbers, p_epochs, p_froms, p_tos) AS m(number, epoch, stands_at, goes_to)
		    ON m.number = s.number
		 WHERE s.subscription = p_name AND s.owner = p_instance AND s.epoch = m.epoch
		   AND s.position = m.stands_at
		 ORDER BY s.number FOR UPDATE OF s
	)
	UPDATE strike.slot s SET position = h.goes_to
	  FROM held h WHERE s.subscription = p_name AND s.number = h.number;
	GET DIAGNOSTICS v_count = ROW_COUNT;
	IF v_count <> cardinality(p_numbers) THEN
		RAISE EXCEPTION 'a slot of % is not held by this process (any more), or does not '
		    'stand where it was read', p_name USING ERRCODE = 'serialization_failure';
	END IF;
	IF p_lazy THEN
		PERFORM set_config('synchronous_commit', 'off', true);
	END IF;
END $$;

-- ---- builds ----

-- The live build of ${p_projection}, held against whoever would change it.  A projection
-- begins with build 1.
CREATE FUNCTION strike.hold_projection(p_projection text) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
	v_live integer;
BEGIN
	INSERT INTO strike.projection (name, live) VALUES (p_projection, 1) ON CONFLICT DO NOTHING;
	SELECT p.live INTO STRICT v_live
	  FROM strike.projection p WHERE p.name = p_projection FOR UPDATE;
	RETURN v_live;
END $$;

-- Take the build of ${p_projection} that is not live from whoever follows it, and leave
-- its subscription at 0 and off; the build's number.
CREATE FUNCTION strike.stop_build(p_projection text) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_build integer := 3 - strike.hold_projection(p_projection);
	v_name  text := p_projection || '.' || v_build;
BEGIN
	UPDATE strike.subscription s SET mode = 'off', gate = 0 WHERE s.name = v_name;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'there is no subscription %', v_name;
	END IF;
	PERFORM FROM strike.slot s WHERE s.subscription = v_name ORDER BY s.number FOR UPDATE;
	UPDATE strike.slot s SET position = 0, owner = NULL, epoch = s.epoch + 1, lease = NULL
	 WHERE s.subscription = v_name;
	DELETE FROM strike.follower f WHERE f.subscription = v_name;
	DELETE FROM strike.parked p WHERE p.subscription = v_name;
	RETURN v_build;
END $$;

-- Empty the build of ${p_projection} that is not live and have its subscription at 0 in
-- ${p_mode}; the build's number.  Call strike.stop_build() before, in a transaction of
-- its own: then whoever has rows of the build in hand loses them at its move, at once,
-- and neither of the two waits for the other in a circle.
--
-- Emptied by DELETE, not by TRUNCATE, which would lock the partition against every
-- reader of the table (a plan locks all partitions, also those that it prunes).  100,000
-- rows take about a tenth of a second, and autovacuum gives their space to the rows that
-- come.
CREATE FUNCTION strike.empty_build(p_projection text, p_mode text) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_build bigint := strike.stop_build(p_projection);
BEGIN
	IF p_projection = 'eco_board' THEN
		DELETE FROM strike.eco_board b WHERE b.build = v_build::integer;
	END IF;
	UPDATE strike.subscription s SET mode = p_mode WHERE s.name = p_projection || '.' || v_build;
	RETURN v_build;
END $$;

-- Make ${p_build} the live one and the other standby, unless a reader would go back in
-- time: serialization_failure while a slot of it is behind the live one's.  The live
-- one's slots are held until the commit, so that none gets ahead meanwhile.
--
-- An event that the live one has not come to is behind the gate, whichever slot it is
-- of; one that it has come to is not read by ${p_build} again.
CREATE FUNCTION strike.switch_build(p_projection text, p_build integer) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
	v_live integer := strike.hold_projection(p_projection);
	v_old  text := p_projection || '.' || v_live;
	v_new  text := p_projection || '.' || p_build;
	v_gate bigint;
BEGIN
	IF v_live = p_build THEN
		RETURN;
	END IF;
	PERFORM FROM strike.subscription s WHERE s.name IN (v_old, v_new) ORDER BY s.name FOR UPDATE;
	PERFORM FROM strike.slot s
	  WHERE s.subscription IN (v_old, v_new) ORDER BY s.subscription, s.number FOR UPDATE;
	IF EXISTS (SELECT FROM strike.slot o
		   LEFT JOIN strike.slot n ON n.subscription = v_new AND n.number = o.number
		   WHERE o.subscription = v_old AND (n.position IS NULL OR n.position < o.position)) THEN
		RAISE EXCEPTION '% has not come as far as %', v_new, v_old
		    USING ERRCODE = 'serialization_failure';
	END IF;
	SELECT min(s.position) INTO v_gate FROM strike.slot s WHERE s.subscription = v_old;
	UPDATE strike.subscription s SET mode = 'standby' WHERE s.name = v_old;
	UPDATE strike.subscription s SET mode = 'live', gate = v_gate WHERE s.name = v_new;
	UPDATE strike.projection p SET live = p_build WHERE p.name = p_projection;
END $$;

-- ---- eco_board in two builds ----

-- The owner copies every row, whatever the policies say; the copy is under the same
-- policies before this migration ends.
ALTER TABLE strike.eco_board NO FORCE ROW LEVEL SECURITY;
ALTER TABLE strike.eco_board RENAME TO eco_board_before;

CREATE TABLE strike.eco_board (
	build           integer NOT NULL,
	eco_id          uuid NOT NULL,
	version         bigint NOT NULL,
	position        bigint NOT NULL,
	noc_id          uuid NOT NULL,
	osp_id          uuid NOT NULL,
	job_number      text NOT NULL,
	job_type        text NOT NULL,
	description     text NOT NULL,
	location        geometry(Geometry, 4326) NOT NULL,
	status          text NOT NULL,
	dispatch        text NOT NULL,
	integration     text NOT NULL,
	eta_minutes     bigint NOT NULL,
	accepted_at     timestamptz,
	grace_until     timestamptz,
	created_at      timestamptz NOT NULL,
	updated_at      timestamptz NOT NULL,
	task_count      bigint NOT NULL,
	tasks_completed bigint NOT NULL
) PARTITION BY LIST (build);
CREATE TABLE strike.eco_board_1 PARTITION OF strike.eco_board FOR VALUES IN (1)
	WITH (fillfactor = 80);
CREATE TABLE strike.eco_board_2 PARTITION OF strike.eco_board FOR VALUES IN (2)
	WITH (fillfactor = 80);

INSERT INTO strike.eco_board (build, eco_id, version, position, noc_id, osp_id, job_number, job_type,
    description, location, status, dispatch, integration, eta_minutes, accepted_at, grace_until,
    created_at, updated_at, task_count, tasks_completed)
SELECT 1, eco_id, version, position, noc_id, osp_id, job_number, job_type, description, location,
    status, dispatch, integration, eta_minutes, accepted_at, grace_until, created_at, updated_at,
    task_count, tasks_completed
  FROM strike.eco_board_before;
DROP TABLE strike.eco_board_before;

ALTER TABLE strike.eco_board ADD PRIMARY KEY (build, eco_id);
CREATE INDEX eco_board_noc ON strike.eco_board (noc_id, created_at DESC, eco_id DESC);
CREATE INDEX eco_board_osp ON strike.eco_board (osp_id, created_at DESC, eco_id DESC);
CREATE INDEX eco_board_newest ON strike.eco_board (created_at DESC, eco_id DESC);
CREATE INDEX eco_board_number ON strike.eco_board (upper(job_number));
CREATE INDEX eco_board_location ON strike.eco_board USING gist (location);

-- A partition by itself is under the same policy as the whole.
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY ARRAY['eco_board', 'eco_board_1', 'eco_board_2'] LOOP
		EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', v_table);
		EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', v_table);
		EXECUTE format('CREATE POLICY both_sides ON strike.%I '
		    'USING (noc_id = (SELECT strike.organisation()) OR osp_id = (SELECT strike.organisation())) '
		    'WITH CHECK (noc_id = (SELECT strike.organisation()) OR osp_id = (SELECT strike.organisation()))',
		    v_table);
	END LOOP;
END $$;

-- ---- who may ----

-- A reader asks which build is live, how far it is, and whether a stream waits; not why.
GRANT SELECT ON strike.projection, strike.subscription, strike.slot, strike.eco_board TO strike_api;
GRANT SELECT (subscription, stream_id, version) ON strike.parked TO strike_api;

GRANT SELECT, INSERT, UPDATE ON strike.subscription, strike.slot, strike.projection
	TO strike_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON strike.follower, strike.parked, strike.eco_board
	TO strike_worker;
DO $$
DECLARE
	v_function regprocedure;
BEGIN
	FOREACH v_function IN ARRAY ARRAY[
	    'strike.hold_slots(text, integer, boolean, bigint)',
	    'strike.move_slots(text, integer, bigint[], bigint[], bigint[], bigint[], boolean)',
	    'strike.hold_projection(text)', 'strike.stop_build(text)',
	    'strike.empty_build(text, text)', 'strike.switch_build(text, integer)']::regprocedure[] LOOP
		EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', v_function);
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO strike_worker', v_function);
	END LOOP;
END $$;
