-- The archive: the oldest partition of events, moved away; and history from elsewhere.

-- Why the oldest partition, ${p_name}, which ends before ${p_to}, may not be archived;
-- NULL when it may.  It looks with the worker's eyes, because the tables' owner is
-- under row-level security like everybody else.
CREATE FUNCTION strike.keeps_partition(p_name text, p_to bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
DECLARE
	h        strike.log_head;
	v_passed bigint;
BEGIN
	IF strike.newest_seq() < p_to THEN
		RETURN format('partition %s is not full', p_name);
	END IF;
	SELECT * INTO STRICT h FROM strike.log_head;
	IF EXISTS (SELECT FROM strike.event e
		    WHERE e.seq < p_to AND e.xid >= pg_snapshot_xmax(h.snap))
	   OR EXISTS (SELECT FROM strike.event e
		    WHERE e.seq < p_to AND e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap)))) THEN
		RETURN format('partition %s has events without a position', p_name);
	END IF;
	-- Whoever follows is near the head, so what he has not passed is a short way.
	SELECT COALESCE(min(s.position), h.last_position) INTO STRICT v_passed
	  FROM strike.slot s JOIN strike.subscription f ON f.name = s.subscription
	 WHERE f.mode <> 'off';
	IF EXISTS (SELECT FROM strike.log l WHERE l.position > v_passed AND l.seq < p_to) THEN
		RETURN format('a follower has not passed partition %s', p_name);
	END IF;
	IF EXISTS (
		SELECT FROM (SELECT t.eco_id FROM strike.timer t
			UNION SELECT o.eco_id FROM strike.outbox o WHERE o.done_at IS NULL) AS w
		 WHERE EXISTS (SELECT FROM strike.event e WHERE e.stream_id = w.eco_id AND e.seq < p_to)
	) THEN
		RETURN format('a stream of partition %s still has a timer or an effect to come', p_name);
	END IF;
	RETURN NULL;
END $$;

-- Move the oldest partition of events into the archive, and answer with its name.  Both
-- steps are one transaction, so that nobody ever sees less than all events; it has to
-- wait for who is appending, and does so for two seconds at most, because everybody
-- else waits behind it.  What speaks against it is asked before, and once more under
-- the lock.
CREATE FUNCTION strike.archive_oldest() RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = strike, pg_temp SET lock_timeout = '2s'
AS $$
DECLARE
	v_part   record;
	v_reason text;
BEGIN
	PERFORM pg_advisory_xact_lock(5722004, 0);
	SELECT * INTO v_part FROM strike.partition WHERE parent = 'event' ORDER BY from_number LIMIT 1;
	v_reason := strike.keeps_partition(v_part.name, v_part.to_number);
	IF v_reason IS NULL THEN
		LOCK TABLE strike.event IN ACCESS EXCLUSIVE MODE;
		v_reason := strike.keeps_partition(v_part.name, v_part.to_number);
	END IF;
	IF v_reason IS NOT NULL THEN
		RAISE EXCEPTION '%', v_reason USING ERRCODE = 'serialization_failure';
	END IF;
	EXECUTE format('ALTER TABLE strike.event DETACH PARTITION strike.%I', v_part.name);
	EXECUTE format('ALTER TABLE strike.event_archive ATTACH PARTITION strike.%I FOR VALUES '
	    'FROM (%s) TO (%s)', v_part.name, v_part.from_number, v_part.to_number);
	RETURN v_part.name;
END $$;

-- Append events of stream ${p_id} as they were elsewhere, ascending by version; how many
-- were new.  A version that is there must have the same hash.
CREATE FUNCTION strike.import(p_id uuid, p_noc uuid, p_osp uuid, p_versions bigint[],
	p_recorded timestamptz[], p_event_ids uuid[], p_types text[], p_schema_versions bigint[],
	p_occurred timestamptz[], p_actor_kinds text[], p_actor_names text[], p_actor_users uuid[],
	p_actor_organisations uuid[], p_correlations uuid[], p_causations uuid[], p_payloads bytea[],
	p_hashes bytea[]) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_version bigint;
	v_count   bigint;
	v_bad     bigint;
	v_seqs    bigint[];
BEGIN
	SELECT s.version INTO v_version FROM strike.stream s
	 WHERE s.id = p_id AND s.noc_id = p_noc AND s.osp_id = p_osp FOR UPDATE;
	IF NOT FOUND THEN
		v_version := 0;
	END IF;
	SELECT min(i.version) INTO v_bad
	  FROM unnest(p_versions, p_hashes) AS i(version, hash)
	  LEFT JOIN strike.history e ON e.stream_id = p_id AND e.version = i.version
	 WHERE i.version <= v_version AND e.hash IS DISTINCT FROM i.hash;
	IF v_bad IS NOT NULL THEN
		RAISE EXCEPTION 'stream % has another event at version %', p_id, v_bad
		    USING ERRCODE = 'serialization_failure';
	END IF;
	SELECT count(*) INTO STRICT v_count FROM unnest(p_versions) AS v WHERE v > v_version;
	SELECT min(i.version) INTO v_bad
	  FROM unnest(p_versions) WITH ORDINALITY AS i(version, n)
	 WHERE i.version <> p_versions[1] + n - 1;
	IF v_bad IS NOT NULL OR p_versions[1] > v_version + 1 THEN
		RAISE EXCEPTION 'stream % has % versions, and version % would leave a gap',
		    p_id, v_version, COALESCE(v_bad, p_versions[1])
		    USING ERRCODE = 'serialization_failure';
	END IF;
	IF v_count = 0 THEN
		RETURN 0;
	END IF;
	v_seqs := strike.advance(p_id, v_version, p_noc, p_osp, v_count);
	IF v_seqs IS NULL THEN
		RAISE EXCEPTION 'stream % does not stand at version %', p_id, v_version
		    USING ERRCODE = 'serialization_failure';
	END IF;
	INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,
	    schema_version, occurred_at, recorded_at, actor_kind, actor_name, actor_user,
	    actor_organisation, correlation, causation, payload, hash, imported)
	SELECT v_seqs[i.version - v_version], p_id, i.version, i.event_id, p_noc, p_osp, i.type,
	       i.schema_version, i.occurred, i.recorded, i.actor_kind, i.actor_name, i.actor_user,
	       i.actor_organisation, i.correlation, i.causation, i.payload, i.hash, true
	  FROM unnest(p_versions, p_recorded, p_event_ids, p_types, p_schema_versions, p_occurred,
		p_actor_kinds, p_actor_names, p_actor_users, p_actor_organisations, p_correlations,
		p_causations, p_payloads, p_hashes)
	    AS i(version, recorded, event_id, type, schema_version, occurred, actor_kind, actor_name,
		actor_user, actor_organisation, correlation, causation, payload, hash)
	 WHERE i.version > v_version;
	RETURN v_count;
END $$;

GRANT CREATE ON SCHEMA strike TO strike_worker;
ALTER FUNCTION strike.keeps_partition(text, bigint) OWNER TO strike_worker;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;
REVOKE EXECUTE ON FUNCTION strike.keeps_partition(text, bigint), strike.archive_oldest(),
	strike.import(uuid, uuid, uuid, bigint[], timestamptz[], uuid[], text[], bigint[],
	timestamptz[], text[], text[], uuid[], uuid[], uuid[], uuid[], bytea[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.keeps_partition(text, bigint), strike.archive_oldest(),
	strike.import(uuid, uuid, uuid, bigint[], timestamptz[], uuid[], text[], bigint[],
	timestamptz[], text[], text[], uuid[], uuid[], uuid[], uuid[], bytea[], bytea[]) TO strike_worker;
