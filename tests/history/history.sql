-- What the history test adds to a database: a projection of its own, what was done
-- for which event, and consumers that are wrong on purpose (history_wrong.c).
CREATE SCHEMA history_test;

CREATE TABLE history_test.effect (
	number    bigserial PRIMARY KEY,
	follower  text NOT NULL,
	event_id  uuid NOT NULL,
	stream_id uuid NOT NULL,
	version   bigint NOT NULL,
	position  bigint NOT NULL,
	slot      bigint NOT NULL,
	epoch     bigint NOT NULL,
	process   text NOT NULL
);

CREATE TABLE history_test.projection (
	follower  text NOT NULL,
	stream_id uuid NOT NULL,
	version   bigint NOT NULL,
	events    bigint NOT NULL,
	digest    text NOT NULL,
	PRIMARY KEY (follower, stream_id)
);

CREATE TABLE history_test.mark (
	follower text PRIMARY KEY,
	position bigint NOT NULL,
	xid      xid8 NOT NULL DEFAULT '0'
);
INSERT INTO history_test.mark VALUES ('by_seq', 0), ('by_xid', 0), ('loose', 0), ('deaf', 0);

CREATE TABLE history_test.seq_log (position bigint, seq bigint);

-- Whether events with poison in them can be dealt with by now.
CREATE TABLE history_test.healed (healed boolean NOT NULL);
INSERT INTO history_test.healed VALUES (false);

-- One event after another into ${p_follower}'s projection, and that it was done.  Nothing
-- here notices a repetition: that is the check's business.
CREATE FUNCTION history_test.apply(p_follower text, p_process text, p_ids uuid[],
	p_streams uuid[], p_versions bigint[], p_positions bigint[], p_slots bigint[],
	p_epochs bigint[]) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
	FOR i IN 1 .. COALESCE(array_length(p_ids, 1), 0) LOOP
		INSERT INTO history_test.effect (follower, event_id, stream_id, version, position,
		    slot, epoch, process)
		VALUES (p_follower, p_ids[i], p_streams[i], p_versions[i], p_positions[i],
		    p_slots[i], p_epochs[i], p_process);
		-- Those who are deaf to each other would lock each other out of the rows.
		CONTINUE WHEN p_follower = 'deaf';
		INSERT INTO history_test.projection AS p (follower, stream_id, version, events, digest)
		VALUES (p_follower, p_streams[i], p_versions[i], 1, md5(p_ids[i]::text))
		ON CONFLICT (follower, stream_id) DO UPDATE SET version = excluded.version,
		    events = p.events + 1, digest = md5(p.digest || p_ids[i]);
	END LOOP;
END $$;

-- The log from ${p_after} on into ${p_follower}'s projection; the last position.
CREATE FUNCTION history_test.apply_log(p_follower text, p_process text, p_after bigint,
	p_limit bigint) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_last bigint;
BEGIN
	WITH batch AS (
		SELECT l.position, e.event_id, e.stream_id, e.version
		  FROM strike.log l JOIN strike.history e USING (seq)
		 WHERE l.position > p_after ORDER BY l.position LIMIT p_limit
	), done AS (
		SELECT history_test.apply(p_follower, p_process,
		    array_agg(b.event_id ORDER BY b.position),
		    array_agg(b.stream_id ORDER BY b.position),
		    array_agg(b.version ORDER BY b.position),
		    array_agg(b.position ORDER BY b.position),
		    array_agg(0::bigint), array_agg(0::bigint)) FROM batch b
	)
	SELECT max(b.position) INTO v_last FROM batch b, done;
	RETURN COALESCE(v_last, p_after);
END $$;

-- WRONG: goes on from the largest number that it has seen.
CREATE FUNCTION history_test.read_by_seq() RETURNS void
LANGUAGE sql
AS $$
	WITH fresh AS (
		INSERT INTO history_test.effect (follower, event_id, stream_id, version, position,
		    slot, epoch, process)
		SELECT 'by_seq', e.event_id, e.stream_id, e.version, e.seq, 0, 0, 'q'
		  FROM strike.history e
		 WHERE e.seq > (SELECT position FROM history_test.mark WHERE follower = 'by_seq')
		 ORDER BY e.seq
		RETURNING position
	)
	UPDATE history_test.mark SET position = (SELECT max(position) FROM fresh)
	 WHERE follower = 'by_seq' AND EXISTS (SELECT FROM fresh)
$$;

-- WRONG: goes on in the order of transaction ids, below the oldest that still runs.
CREATE FUNCTION history_test.read_by_xid() RETURNS void
LANGUAGE sql
AS $$
	WITH fresh AS (
		INSERT INTO history_test.effect (follower, event_id, stream_id, version, position,
		    slot, epoch, process)
		SELECT 'by_xid', e.event_id, e.stream_id, e.version, e.seq, 0, 0, 'x'
		  FROM strike.history e, history_test.mark m
		 WHERE m.follower = 'by_xid' AND (e.xid, e.seq) > (m.xid, m.position)
		   AND e.xid < pg_snapshot_xmin(pg_current_snapshot())
		 ORDER BY e.xid, e.seq
		RETURNING event_id
	), last AS (
		SELECT e.xid, e.seq FROM strike.history e JOIN fresh f USING (event_id)
		 ORDER BY e.xid DESC, e.seq DESC LIMIT 1
	)
	UPDATE history_test.mark m SET position = last.seq, xid = last.xid
	  FROM last WHERE m.follower = 'by_xid'
$$;

-- WRONG: gives positions by number alone, to what is visible.
CREATE FUNCTION history_test.tick_by_seq() RETURNS void
LANGUAGE sql
AS $$
	INSERT INTO history_test.seq_log (position, seq)
	SELECT h.position + row_number() OVER (ORDER BY e.seq), e.seq
	  FROM strike.history e,
	       (SELECT COALESCE(max(position), 0) AS position, COALESCE(max(seq), 0) AS seq
		  FROM history_test.seq_log) AS h
	 WHERE e.seq > h.seq
$$;

-- How much of what has to happen in a run has not happened yet: that each of the wrong
-- ones went wrong where it can be seen, and that there was something to see.
CREATE FUNCTION history_test.still_to_come() RETURNS bigint
LANGUAGE sql
AS $$
	SELECT (SELECT count(*) < 1000 FROM strike.history)::integer::bigint
	    + (NOT EXISTS (SELECT FROM strike.job_sequence))::integer
	    + (NOT EXISTS (SELECT FROM strike.parked))::integer
	    + (NOT EXISTS (SELECT FROM (SELECT e.xid < lag(e.xid) OVER
			(PARTITION BY e.stream_id ORDER BY e.version) AS earlier
			FROM strike.history e) AS s WHERE s.earlier))::integer
	    + (NOT EXISTS (SELECT FROM strike.history e
		WHERE e.seq < (SELECT position FROM history_test.mark WHERE follower = 'by_seq')
		  AND NOT EXISTS (SELECT FROM history_test.effect f
			WHERE f.follower = 'by_seq' AND f.event_id = e.event_id)))::integer
	    + (NOT EXISTS (SELECT FROM strike.history e
		WHERE e.seq < (SELECT max(seq) FROM history_test.seq_log)
		  AND NOT EXISTS (SELECT FROM history_test.seq_log l WHERE l.seq = e.seq)))::integer
	    + 2 - (SELECT count(DISTINCT d.follower) FROM (SELECT f.follower
			FROM history_test.effect f WHERE f.follower IN ('loose', 'deaf')
			GROUP BY f.follower, f.event_id HAVING count(*) > 1) AS d)
	    + (NOT EXISTS (SELECT FROM strike.history e
			CROSS JOIN LATERAL (SELECT convert_from(e.payload, 'UTF8')::jsonb AS p) AS j
			WHERE j.p->>'op' LIKE 'g%'
			GROUP BY j.p->>'op', j.p->>'ordinal' HAVING count(*) > 1))::integer
$$;

GRANT USAGE ON SCHEMA history_test TO strike_worker;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA history_test TO strike_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA history_test TO strike_worker;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA history_test TO strike_worker;
