-- The sequencer gives positions in ticks, and each tick stands for all before it
-- (src/store/store_proof.h).
CREATE TABLE strike.tick (
	number         bigint PRIMARY KEY CHECK (number > 0),
	first_position bigint NOT NULL CHECK (first_position > 0),
	last_position  bigint NOT NULL UNIQUE CHECK (last_position >= first_position),
	at             timestamptz NOT NULL,
	root           bytea NOT NULL CHECK (octet_length(root) = 32),
	hash           bytea NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE TABLE strike.tick_signature (
	tick      bigint NOT NULL,
	key_id    bytea NOT NULL CHECK (octet_length(key_id) = 32),
	at        timestamptz NOT NULL,
	signature bytea NOT NULL CHECK (octet_length(signature) = 64),
	PRIMARY KEY (tick, key_id)
);

CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.tick
	FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change();
CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.tick_signature
	FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change();

-- The last tick, its hash, and when whoever leads last said so.
ALTER TABLE strike.log_head
	ADD COLUMN tick bigint NOT NULL DEFAULT 0,
	ADD COLUMN tick_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
	ADD COLUMN renewed timestamptz NOT NULL DEFAULT clock_timestamp();

-- The root of the tree of RFC 9162 (section 2.1) over ${p_digests}, 32 bytes each and
-- at least one.  Level by level: neighbours become one, and who has none goes up as he
-- is, which gives the same tree as dividing at the largest power of two.
CREATE FUNCTION strike.merkle_root(p_digests bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
	v_count bigint := octet_length(p_digests) / 32;
	v_level bytea;
BEGIN
	IF v_count = 1 THEN
		RETURN sha256('\x00'::bytea || p_digests);
	END IF;
	SELECT string_agg(sha256('\x00'::bytea || substring(p_digests FROM i * 32 + 1 FOR 32)), ''
		ORDER BY i)
	  INTO STRICT v_level FROM generate_series(0, v_count::integer - 1) AS i;
	WHILE v_count > 1 LOOP
		SELECT string_agg(CASE WHEN i * 2 + 1 < v_count
			THEN sha256('\x01'::bytea || substring(v_level FROM i * 64 + 1 FOR 64))
			ELSE substring(v_level FROM i * 64 + 1 FOR 32) END, '' ORDER BY i)
		  INTO STRICT v_level FROM generate_series(0, ((v_count + 1) / 2)::integer - 1) AS i;
		v_count := (v_count + 1) / 2;
	END LOOP;
	RETURN v_level;
END $$;

-- The hash of a tick behind one with the hash ${p_previous}: store_tick_hash().
CREATE FUNCTION strike.tick_hash(p_previous bytea, p_number bigint, p_first bigint, p_last bigint,
	p_at timestamptz, p_root bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT
AS $$
	SELECT sha256('strike-tick-1'::bytea || p_previous || int8send(p_number) || int8send(p_first)
	    || int8send(p_last) || int8send((extract(epoch FROM p_at) * 1000000)::bigint) || p_root)
$$;

-- Write the tick that ends at ${h}'s last position and begins behind ${p_after};
-- ${p_digests} are its events' hashes in the order of their positions.  Returns ${h} with it.
CREATE FUNCTION strike.write_tick(h strike.log_head, p_after bigint, p_digests bytea)
RETURNS strike.log_head
LANGUAGE plpgsql
AS $$
DECLARE
	v_at   timestamptz := clock_timestamp();
	v_root bytea := strike.merkle_root(p_digests);
BEGIN
	h.tick := h.tick + 1;
	h.tick_hash := strike.tick_hash(h.tick_hash, h.tick, p_after + 1, h.last_position, v_at, v_root);
	INSERT INTO strike.tick (number, first_position, last_position, at, root, hash)
	VALUES (h.tick, p_after + 1, h.last_position, v_at, v_root, h.tick_hash);
	RETURN h;
END $$;

-- What had positions before there were ticks is the first one.
DO $$
DECLARE
	h strike.log_head;
BEGIN
	ALTER TABLE strike.event NO FORCE ROW LEVEL SECURITY;
	ALTER TABLE strike.log NO FORCE ROW LEVEL SECURITY;
	SELECT * INTO STRICT h FROM strike.log_head;
	IF h.last_position > 0 THEN
		h := strike.write_tick(h, 0, (SELECT string_agg(e.hash, '' ORDER BY l.position)
			FROM strike.log l JOIN strike.event e ON e.seq = l.seq));
		UPDATE strike.log_head SET tick = h.tick, tick_hash = h.tick_hash;
	END IF;
	ALTER TABLE strike.event FORCE ROW LEVEL SECURITY;
	ALTER TABLE strike.log FORCE ROW LEVEL SECURITY;
END $$;

-- Let go of the lock of who leads, if this session has it: who leads because another's
-- lease had lapsed has not.
CREATE FUNCTION strike.stop_leading() RETURNS void
LANGUAGE sql
AS $$
	SELECT pg_advisory_unlock(5722002, 0)
	  FROM pg_locks l
	 WHERE l.locktype = 'advisory' AND l.classid = 5722002 AND l.objid = 0 AND l.objsubid = 2
	   AND l.pid = pg_backend_pid() AND l.granted
	   AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
$$;

-- As in 0005_sequencer.sql, where the method is explained; and in the same
-- transaction the tick.
--
-- The lock falls with a leader that dies.  One that hangs keeps it, so leading is also
-- a lease: who has not said for ten seconds that he leads is replaced by the next who
-- asks, by epoch alone, and changes nothing when he wakes.
CREATE OR REPLACE FUNCTION strike.sequence(p_leads boolean, p_epoch bigint, p_rows bigint,
	OUT head bigint, OUT leads boolean, OUT epoch bigint, OUT sequenced bigint)
LANGUAGE plpgsql
AS $$
DECLARE
	h         strike.log_head;
	v_cluster bigint;
	v_epoch   bigint;
	v_before  bigint;
	v_count   bigint;
	v_last    bigint;
	v_digests bytea := ''::bytea;
	v_more    bytea;
BEGIN
	sequenced := 0;
	epoch := p_epoch;
	SELECT * INTO STRICT h FROM strike.log_head;
	head := h.last_position;
	leads := p_leads AND h.epoch = p_epoch;
	IF pg_is_in_recovery() THEN
		leads := false;
		RETURN;
	END IF;
	IF p_leads AND NOT leads THEN
		PERFORM strike.stop_leading();
		RETURN;
	END IF;
	v_epoch := h.epoch;
	IF NOT leads AND NOT pg_try_advisory_lock(5722002, 0)
	   AND h.renewed > clock_timestamp() - interval '10 seconds' THEN
		RETURN;
	END IF;

	-- The common case costs no transaction id and no write: nothing has happened.
	IF leads AND h.target IS NULL
	   AND NOT EXISTS (SELECT FROM strike.event e WHERE e.xid >= pg_snapshot_xmax(h.snap))
	   AND NOT EXISTS (SELECT FROM strike.event e
		WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap)))) THEN
		IF h.renewed < clock_timestamp() - interval '2 seconds' THEN
			PERFORM set_config('synchronous_commit', 'off', true);
			UPDATE strike.log_head l SET renewed = clock_timestamp() WHERE l.epoch = p_epoch;
		END IF;
		RETURN;
	END IF;

	SELECT * INTO STRICT h FROM strike.log_head FOR UPDATE;
	v_before := h.last_position;
	IF h.epoch <> v_epoch THEN
		leads := false;
		PERFORM strike.stop_leading();
		RETURN;
	END IF;
	IF NOT leads THEN
		h.epoch := h.epoch + 1;
		leads := true;
		SELECT system_identifier INTO STRICT v_cluster FROM pg_control_system();
		IF h.cluster <> v_cluster
		   OR pg_snapshot_xmax(h.snap) > pg_snapshot_xmax(pg_current_snapshot()) THEN
			-- Restored into a new cluster: the stored transaction ids mean nothing
			-- here.  What has no position yet gets one by seq, and ticks begin anew.
			h.cluster := v_cluster;
			h.snap := pg_current_snapshot();
			h.target := NULL;
			WITH missing AS (
				SELECT e.seq, e.hash FROM strike.event e
				 WHERE NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = e.seq)
			), written AS (
				INSERT INTO strike.log (position, seq)
				SELECT h.last_position + row_number() OVER (ORDER BY m.seq), m.seq
				  FROM missing m
			)
			SELECT count(*), COALESCE(string_agg(m.hash, '' ORDER BY m.seq), '')
			  INTO STRICT sequenced, v_digests FROM missing m;
			h.last_position := h.last_position + sequenced;
		END IF;
	END IF;

	-- The tick's own statement comes after this snapshot, and so sees all of it.
	IF h.target IS NULL THEN
		h.target := pg_current_snapshot();
		h.target_seq := 0;
	END IF;
	WITH fresh AS (
		SELECT e.seq FROM strike.event e
		 WHERE e.xid >= pg_snapshot_xmax(h.snap) AND e.xid < pg_snapshot_xmax(h.target)
		   AND pg_visible_in_snapshot(e.xid, h.target)
		UNION ALL
		SELECT e.seq FROM strike.event e
		 WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap)))
		   AND pg_visible_in_snapshot(e.xid, h.target)
	), batch AS MATERIALIZED (
		-- What a restore has numbered already is not numbered again.
		SELECT f.seq FROM fresh f
		 WHERE f.seq > h.target_seq
		   AND NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = f.seq)
		 ORDER BY f.seq LIMIT p_rows
	), written AS (
		INSERT INTO strike.log (position, seq)
		SELECT h.last_position + row_number() OVER (ORDER BY b.seq), b.seq FROM batch b
	)
	SELECT count(*), max(b.seq),
	       string_agg((SELECT e.hash FROM strike.event e WHERE e.seq = b.seq), '' ORDER BY b.seq)
	  INTO STRICT v_count, v_last, v_more FROM batch b;

	h.last_position := h.last_position + v_count;
	sequenced := sequenced + v_count;
	IF v_count < p_rows THEN
		h.snap := h.target;
		h.target := NULL;
		h.target_seq := 0;
	ELSE
		-- Too large for one transaction: the rest of this tick comes next.
		h.target_seq := v_last;
	END IF;
	IF sequenced > 0 THEN
		h := strike.write_tick(h, v_before, v_digests || COALESCE(v_more, ''::bytea));
	END IF;
	UPDATE strike.log_head SET epoch = h.epoch, last_position = h.last_position,
	    snap = h.snap, target = h.target, target_seq = h.target_seq, cluster = h.cluster,
	    tick = h.tick, tick_hash = h.tick_hash, renewed = clock_timestamp();
	head := h.last_position;
	epoch := h.epoch;
END $$;

GRANT SELECT, INSERT ON strike.tick, strike.tick_signature TO strike_worker;
REVOKE EXECUTE ON FUNCTION strike.write_tick(strike.log_head, bigint, bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.write_tick(strike.log_head, bigint, bytea) TO strike_worker;
