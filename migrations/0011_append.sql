-- Append to one stream or several, and move the follower that it was done for.
--
-- As in 0004_append.sql, and new: ${p_ids} and what stands beside it are all streams,
-- ascending, so that no two appends wait for each other; the events of all of them come
-- in the same order.  ${p_follower}'s slot moves on in the same transaction, if it is
-- still held in that epoch by this process and stands where it did.
--
-- An event's number is taken in the statement that compares and sets its stream's row.
-- That is late enough: the statement saw the version before, so that one was committed,
-- and had its number, when this one began.
DROP FUNCTION strike.append(uuid, bigint, uuid, uuid, uuid, uuid, bytea, bytea, uuid[], text[],
	bigint[], timestamptz[], text[], text[], uuid[], uuid[], uuid[], uuid[], bytea[], bytea[],
	text[], text[], text[], uuid[], bigint[], text[], timestamptz[], text[], boolean[],
	timestamptz[], integer, text, text, timestamptz, text, bigint);

-- Take ${p_count} numbers for events of stream ${p_id}, which then stands at ${p_expected} +
-- ${p_count}; none if it does not stand at ${p_expected}, or is not theirs.  With a count
-- of 0 the stream is only held, and the answer is an empty array.
CREATE FUNCTION strike.advance(p_id uuid, p_expected bigint, p_noc uuid, p_osp uuid, p_count bigint)
RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
	v_seqs bigint[];
BEGIN
	-- Row-level security would refuse this as well, in words that give away that the
	-- stream is there.  To the other side it is a stream that has moved on.
	IF current_setting('role') <> 'strike_worker'
	   AND (strike.organisation() IN (p_noc, p_osp)) IS NOT TRUE THEN
		RETURN NULL;
	END IF;
	IF p_count = 0 THEN
		PERFORM 1 FROM strike.stream s WHERE s.id = p_id AND s.version = p_expected FOR UPDATE;
		RETURN CASE WHEN FOUND OR (p_expected = 0
			AND NOT EXISTS (SELECT FROM strike.stream s WHERE s.id = p_id))
		    THEN '{}'::bigint[] END;
	END IF;
	IF p_expected > 0 AND p_count = 1 THEN
		UPDATE strike.stream s
		   SET version = p_expected + 1, last_seq = nextval('strike.event_seq')
		 WHERE s.id = p_id AND s.version = p_expected AND s.noc_id = p_noc AND s.osp_id = p_osp
		RETURNING ARRAY[s.last_seq] INTO v_seqs;
	ELSIF p_expected > 0 THEN
		UPDATE strike.stream s SET version = p_expected + p_count, last_seq = n.seqs[p_count]
		  FROM (SELECT array_agg(nextval('strike.event_seq')) AS seqs
			  FROM generate_series(1, p_count)) AS n
		 WHERE s.id = p_id AND s.version = p_expected AND s.noc_id = p_noc AND s.osp_id = p_osp
		RETURNING n.seqs INTO v_seqs;
	ELSE
		SELECT array_agg(nextval('strike.event_seq')) INTO STRICT v_seqs
		  FROM generate_series(1, p_count);
		INSERT INTO strike.stream (id, version, noc_id, osp_id, first_seq, last_seq)
		VALUES (p_id, p_count, p_noc, p_osp, v_seqs[1], v_seqs[p_count])
		ON CONFLICT DO NOTHING;
		IF NOT FOUND THEN
			RETURN NULL;
		END IF;
	END IF;
	RETURN v_seqs;
END $$;

CREATE FUNCTION strike.append(
	p_stream uuid, p_noc uuid, p_osp uuid, p_version bigint,
	p_scope uuid, p_key uuid, p_body_hash bytea, p_answer bytea,
	p_ids uuid[], p_expected bigint[], p_nocs uuid[], p_osps uuid[], p_counts bigint[],
	p_stream_ids uuid[], p_versions bigint[], p_event_nocs uuid[], p_event_osps uuid[],
	p_event_ids uuid[], p_types text[], p_schema_versions bigint[], p_occurred timestamptz[],
	p_actor_kinds text[], p_actor_names text[], p_actor_users uuid[], p_actor_organisations uuid[],
	p_correlations uuid[], p_causations uuid[], p_payloads bytea[], p_hashes bytea[],
	p_effect_keys text[], p_lanes text[], p_effect_types text[], p_ecos uuid[], p_numbers bigint[],
	p_provider_ids text[], p_effect_dues timestamptz[],
	p_timer_kinds text[], p_timer_sets boolean[], p_timer_dues timestamptz[],
	p_instance integer, p_settles_effect text, p_settles_timer text, p_settled_due timestamptz,
	p_bind text, p_bind_number bigint,
	p_follower text, p_slot bigint, p_epoch bigint, p_from bigint, p_to bigint,
	OUT outcome integer, OUT version bigint, OUT answer bytea)
LANGUAGE plpgsql
AS $$
DECLARE
	v_seqs  bigint[] := '{}';
	v_taken bigint[];
	v_owner integer;
BEGIN
	outcome := 0;
	version := p_version;

	-- As in strike.advance(): to the other side it is a stream that has moved on.
	IF current_setting('role') <> 'strike_worker'
	   AND (strike.organisation() IN (p_noc, p_osp)) IS NOT TRUE THEN
		RAISE EXCEPTION 'stream % does not stand where it was expected', p_stream
		    USING ERRCODE = 'serialization_failure';
	END IF;
	IF p_key IS NOT NULL THEN
		INSERT INTO strike.command AS c (scope, key, body_hash, answer)
		VALUES (p_scope, p_key, p_body_hash, p_answer)
		ON CONFLICT DO NOTHING;
		IF NOT FOUND THEN
			SELECT CASE WHEN c.body_hash = p_body_hash THEN 1 ELSE 2 END, c.answer
			  INTO outcome, answer
			  FROM strike.command c WHERE c.scope = p_scope AND c.key = p_key;
			RETURN;
		END IF;
	END IF;

	-- The streams' rows are held from here on.  One event for one stream is what most
	-- decisions come to, and is one statement.
	IF p_counts = '{1}' THEN
		IF p_expected[1] = 0 THEN
			WITH stream AS (
				INSERT INTO strike.stream AS s (id, version, noc_id, osp_id, first_seq, last_seq)
				SELECT p_stream, 1, p_noc, p_osp, taken.seq, taken.seq
				  FROM (SELECT nextval('strike.event_seq') AS seq) AS taken
				ON CONFLICT DO NOTHING RETURNING s.last_seq
			)
			INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,
			    schema_version, occurred_at, actor_kind, actor_name, actor_user,
			    actor_organisation, correlation, causation, payload, hash)
			SELECT stream.last_seq, p_stream, p_version, p_event_ids[1], p_noc, p_osp, p_types[1],
			    p_schema_versions[1], p_occurred[1], p_actor_kinds[1], p_actor_names[1],
			    p_actor_users[1], p_actor_organisations[1], p_correlations[1], p_causations[1],
			    p_payloads[1], p_hashes[1]
			  FROM stream;
		ELSE
			WITH stream AS (
				UPDATE strike.stream s
				   SET version = p_version, last_seq = nextval('strike.event_seq')
				 WHERE s.id = p_stream AND s.version = p_expected[1]
				   AND s.noc_id = p_noc AND s.osp_id = p_osp
				RETURNING s.last_seq
			)
			INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,
			    schema_version, occurred_at, actor_kind, actor_name, actor_user,
			    actor_organisation, correlation, causation, payload, hash)
			SELECT stream.last_seq, p_stream, p_version, p_event_ids[1], p_noc, p_osp, p_types[1],
			    p_schema_versions[1], p_occurred[1], p_actor_kinds[1], p_actor_names[1],
			    p_actor_users[1], p_actor_organisations[1], p_correlations[1], p_causations[1],
			    p_payloads[1], p_hashes[1]
			  FROM stream;
		END IF;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'stream % does not stand at version %', p_stream, p_expected[1]
			    USING ERRCODE = 'serialization_failure';
		END IF;
	ELSE
		FOR i IN 1 .. array_length(p_ids, 1) LOOP
			v_taken := strike.advance(p_ids[i], p_expected[i], p_nocs[i], p_osps[i],
			    p_counts[i]);
			IF v_taken IS NULL THEN
				RAISE EXCEPTION 'stream % does not stand at version %', p_ids[i],
				    p_expected[i] USING ERRCODE = 'serialization_failure';
			END IF;
			v_seqs := v_seqs || v_taken;
		END LOOP;
		IF array_length(v_seqs, 1) > 0 THEN
			INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,
			    schema_version, occurred_at, actor_kind, actor_name, actor_user,
			    actor_organisation, correlation, causation, payload, hash)
			SELECT * FROM unnest(v_seqs, p_stream_ids, p_versions, p_event_ids, p_event_nocs,
			    p_event_osps, p_types, p_schema_versions, p_occurred, p_actor_kinds,
			    p_actor_names, p_actor_users, p_actor_organisations, p_correlations,
			    p_causations, p_payloads, p_hashes);
		END IF;
	END IF;

	IF p_settles_effect IS NOT NULL THEN
		UPDATE strike.outbox o SET done_at = clock_timestamp(), owner = NULL, lease = NULL
		 WHERE o.key = p_settles_effect AND o.done_at IS NULL AND o.owner = p_instance;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'effect % is not claimed by this process (any more)',
			    p_settles_effect USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;
	IF p_settles_timer IS NOT NULL THEN
		DELETE FROM strike.timer t
		 WHERE t.eco_id = p_stream AND t.kind = p_settles_timer AND t.due = p_settled_due
		RETURNING t.owner INTO v_owner;
		IF FOUND AND v_owner IS DISTINCT FROM p_instance THEN
			RAISE EXCEPTION 'timer % is not claimed by this process (any more)',
			    p_settles_timer USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;

	IF array_length(p_effect_keys, 1) > 0 THEN
		INSERT INTO strike.outbox (key, lane, type, eco_id, number, provider_id, due, noc_id, osp_id)
		SELECT e.key, e.lane, e.type, e.eco, e.number, e.provider_id, e.due, p_noc, p_osp
		  FROM unnest(p_effect_keys, p_lanes, p_effect_types, p_ecos, p_numbers,
			p_provider_ids, p_effect_dues) AS e(key, lane, type, eco, number, provider_id, due)
		ON CONFLICT DO NOTHING;
	END IF;
	IF array_length(p_timer_kinds, 1) > 0 THEN
		IF false = ANY (p_timer_sets) THEN
			DELETE FROM strike.timer t
			 USING unnest(p_timer_kinds, p_timer_sets) AS c(kind, is_set)
			 WHERE t.eco_id = p_stream AND t.kind = c.kind AND NOT c.is_set;
		END IF;
		-- Set again for the same moment it is the same deadline, and stays claimed.
		IF true = ANY (p_timer_sets) THEN
			INSERT INTO strike.timer AS t (eco_id, kind, due, noc_id, osp_id)
			SELECT p_stream, c.kind, c.due, p_noc, p_osp
			  FROM unnest(p_timer_kinds, p_timer_sets, p_timer_dues) AS c(kind, is_set, due)
			 WHERE c.is_set
			ON CONFLICT (eco_id, kind) DO UPDATE SET due = excluded.due,
			    owner = CASE WHEN t.due = excluded.due THEN t.owner END,
			    lease = CASE WHEN t.due = excluded.due THEN t.lease END;
		END IF;
	END IF;
	IF p_bind IS NOT NULL THEN
		INSERT INTO strike.provider_id (id, eco_id, number)
		VALUES (p_bind, p_stream, p_bind_number)
		ON CONFLICT DO NOTHING;
	END IF;
	IF p_follower IS NOT NULL THEN
		UPDATE strike.slot s SET position = p_to
		 WHERE s.subscription = p_follower AND s.number = p_slot::integer
		   AND s.epoch = p_epoch AND s.position = p_from AND s.owner = p_instance;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'slot % of % is not held by this process (any more)',
			    p_slot, p_follower USING ERRCODE = 'serialization_failure';
		END IF;
	END IF;
END $$;
