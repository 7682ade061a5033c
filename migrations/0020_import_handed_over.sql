-- History from elsewhere of an ECO that went from one OSP to another.

-- As in 0013_archive.sql, and new: each event has an OSP of its own.  It is another than
-- before from an event OSPEngaged on, and from there the stream is handed over as it was
-- elsewhere (strike.hand_over()), so that who was relieved goes on reading their part.
DROP FUNCTION strike.import(uuid, uuid, uuid, bigint[], timestamptz[], uuid[], text[], bigint[],
	timestamptz[], text[], text[], uuid[], uuid[], uuid[], uuid[], bytea[], bytea[]);

CREATE FUNCTION strike.import(p_id uuid, p_noc uuid, p_osps uuid[], p_versions bigint[],
	p_recorded timestamptz[], p_event_ids uuid[], p_types text[], p_schema_versions bigint[],
	p_occurred timestamptz[], p_actor_kinds text[], p_actor_names text[], p_actor_users uuid[],
	p_actor_organisations uuid[], p_correlations uuid[], p_causations uuid[], p_payloads bytea[],
	p_hashes bytea[]) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_osp     uuid;
	v_version bigint;
	v_count   bigint;
	v_bad     bigint;
	v_seqs    bigint[] := '{}';
	v_taken   bigint[];
	v_stretch record;
BEGIN
	SELECT s.version, s.osp_id INTO v_version, v_osp FROM strike.stream s
	 WHERE s.id = p_id AND s.noc_id = p_noc FOR UPDATE;
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

	-- Stretches of new events that have the same OSP: as many as there were hand-overs.
	FOR v_stretch IN
		SELECT b.osp, b.type, b.version AS first,
		       lead(b.version, 1, v_version + v_count + 1) OVER (ORDER BY b.version) AS next
		  FROM (SELECT i.*, lag(i.osp) OVER (ORDER BY i.version) AS osp_before
			  FROM unnest(p_versions, p_osps, p_types) AS i(version, osp, type)
			 WHERE i.version > v_version) AS b
		 WHERE b.osp IS DISTINCT FROM b.osp_before
		 ORDER BY b.version
	LOOP
		IF v_stretch.first > 1 AND v_stretch.osp <> v_osp AND v_stretch.type <> 'OSPEngaged' THEN
			RAISE EXCEPTION 'stream % belongs to others at version %', p_id, v_stretch.first
			    USING ERRCODE = 'serialization_failure';
		END IF;
		v_taken := strike.advance(p_id, v_stretch.first - 1, p_noc, v_stretch.osp,
		    v_stretch.next - v_stretch.first);
		IF v_taken IS NULL THEN
			RAISE EXCEPTION 'stream % does not stand at version %', p_id,
			    v_stretch.first - 1 USING ERRCODE = 'serialization_failure';
		END IF;
		v_seqs := v_seqs || v_taken;
		v_osp := v_stretch.osp;
	END LOOP;
	INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,
	    schema_version, occurred_at, recorded_at, actor_kind, actor_name, actor_user,
	    actor_organisation, correlation, causation, payload, hash, imported)
	SELECT v_seqs[i.version - v_version], p_id, i.version, i.event_id, p_noc, i.osp, i.type,
	       i.schema_version, i.occurred, i.recorded, i.actor_kind, i.actor_name, i.actor_user,
	       i.actor_organisation, i.correlation, i.causation, i.payload, i.hash, true
	  FROM unnest(p_versions, p_osps, p_recorded, p_event_ids, p_types, p_schema_versions,
		p_occurred, p_actor_kinds, p_actor_names, p_actor_users, p_actor_organisations,
		p_correlations, p_causations, p_payloads, p_hashes)
	    AS i(version, osp, recorded, event_id, type, schema_version, occurred, actor_kind,
		actor_name, actor_user, actor_organisation, correlation, causation, payload, hash)
	 WHERE i.version > v_version;
	RETURN v_count;
END $$;

REVOKE EXECUTE ON FUNCTION strike.import(uuid, uuid, uuid[], bigint[], timestamptz[], uuid[],
	text[], bigint[], timestamptz[], text[], text[], uuid[], uuid[], uuid[], uuid[], bytea[],
	bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.import(uuid, uuid, uuid[], bigint[], timestamptz[], uuid[],
	text[], bigint[], timestamptz[], text[], text[], uuid[], uuid[], uuid[], uuid[], bytea[],
	bytea[]) TO strike_worker;
