-- A stream may go to another OSP: the one that is relieved keeps what happened up to then,
-- and sees nothing that comes after; the one that takes over sees all of it.
--
-- An event's row says who its sides were at its moment.  So whoever was the OSP then sees
-- it by that; what was before their time, for the present OSP and for those who were, is
-- found in this table, which has a row for each stream and OSP that was relieved of it, and
-- is empty for as long as nobody ever was.  ${present_id} is the stream's OSP, ${last_seq}
-- the last event of the relieved one's time: it reads up to there.
CREATE TABLE strike.stream_former (
	stream_id  uuid NOT NULL,
	osp_id     uuid NOT NULL,
	noc_id     uuid NOT NULL,
	present_id uuid NOT NULL,
	first_seq  bigint NOT NULL,
	last_seq   bigint NOT NULL,
	PRIMARY KEY (stream_id, osp_id)
);
CREATE INDEX stream_former_present ON strike.stream_former (present_id);
CREATE INDEX stream_former_relieved ON strike.stream_former (osp_id);

ALTER TABLE strike.stream_former ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.stream_former FORCE ROW LEVEL SECURITY;
CREATE POLICY those_concerned ON strike.stream_former
	USING ((SELECT strike.organisation()) IN (noc_id, osp_id, present_id))
	WITH CHECK (noc_id = (SELECT strike.organisation()));

-- The streams that the asker took over from others.
CREATE FUNCTION strike.streams_taken_over() RETURNS uuid[]
LANGUAGE sql STABLE
AS $$
	SELECT ARRAY(SELECT f.stream_id FROM strike.stream_former f
		WHERE f.present_id = strike.organisation())
$$;

-- ... and those that others took over from the asker.
CREATE FUNCTION strike.streams_relieved_of() RETURNS uuid[]
LANGUAGE sql STABLE
AS $$
	SELECT ARRAY(SELECT f.stream_id FROM strike.stream_former f
		WHERE f.osp_id = strike.organisation())
$$;

-- The first number of a stream that the asker was relieved of, and the last of its time.
CREATE FUNCTION strike.former_range(p_stream uuid) RETURNS bigint[]
LANGUAGE sql STABLE
AS $$
	SELECT ARRAY[f.first_seq, f.last_seq] FROM strike.stream_former f
	 WHERE f.stream_id = p_stream AND f.osp_id = strike.organisation()
$$;

-- The usual row is answered by its sides; the rest is asked once a statement, and only when
-- a row comes by that has others.  Functions, so that a plan of whom it never concerns is
-- as short as before; and who asks is asked once, which pays for it (no index is on a
-- side here).
ALTER POLICY both_sides ON strike.stream
	USING ((SELECT strike.organisation()) IN (noc_id, osp_id));
ALTER POLICY both_sides ON strike.event
	USING ((SELECT strike.organisation()) IN (noc_id, osp_id)
	    OR stream_id = ANY ((SELECT strike.streams_taken_over())::uuid[])
	    OR (stream_id = ANY ((SELECT strike.streams_relieved_of())::uuid[])
		AND seq <= (strike.former_range(stream_id))[2]));
ALTER POLICY both_sides ON strike.event_archive
	USING ((SELECT strike.organisation()) IN (noc_id, osp_id)
	    OR stream_id = ANY ((SELECT strike.streams_taken_over())::uuid[])
	    OR (stream_id = ANY ((SELECT strike.streams_relieved_of())::uuid[])
		AND seq <= (strike.former_range(stream_id))[2]));

-- Give stream ${p_id}, which stands at ${p_expected}, to the OSP ${p_osp}; false when it does
-- not stand there, has that OSP already, or it is not the asker's to give: only its NOC
-- and a worker may.  Deadlines go with it.  What was asked of the outside in the time of
-- the one that is relieved stays theirs.
CREATE FUNCTION strike.hand_over(p_id uuid, p_expected bigint, p_noc uuid, p_osp uuid)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	v_stream strike.stream;
BEGIN
	IF current_setting('role') <> 'strike_worker'
	   AND strike.organisation() IS DISTINCT FROM p_noc THEN
		RETURN false;
	END IF;
	SELECT * INTO v_stream FROM strike.stream s
	 WHERE s.id = p_id AND s.version = p_expected AND s.noc_id = p_noc AND s.osp_id <> p_osp
	   FOR UPDATE;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	INSERT INTO strike.stream_former (stream_id, osp_id, noc_id, present_id, first_seq, last_seq)
	VALUES (p_id, v_stream.osp_id, p_noc, p_osp, v_stream.first_seq, v_stream.last_seq)
	ON CONFLICT (stream_id, osp_id) DO UPDATE SET last_seq = excluded.last_seq;
	UPDATE strike.stream_former f SET present_id = p_osp WHERE f.stream_id = p_id;
	UPDATE strike.timer t SET osp_id = p_osp WHERE t.eco_id = p_id;
	UPDATE strike.stream s SET osp_id = p_osp WHERE s.id = p_id;
	RETURN true;
END $$;

-- As in 0011_append.sql, and new: a stream with another OSP is handed over first.
CREATE OR REPLACE FUNCTION strike.advance(p_id uuid, p_expected bigint, p_noc uuid, p_osp uuid, p_count bigint)
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
	IF v_seqs IS NULL AND p_expected > 0 AND strike.hand_over(p_id, p_expected, p_noc, p_osp) THEN
		RETURN strike.advance(p_id, p_expected, p_noc, p_osp, p_count);
	END IF;
	RETURN v_seqs;
END $$;

CREATE OR REPLACE FUNCTION strike.append(
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
		-- What usually is a conflict may be a stream that goes to another OSP.
		IF NOT FOUND THEN
			v_seqs := strike.advance(p_stream, p_expected[1], p_noc, p_osp, 1);
			IF v_seqs IS NULL THEN
				RAISE EXCEPTION 'stream % does not stand at version %', p_stream,
				    p_expected[1] USING ERRCODE = 'serialization_failure';
			END IF;
			INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,
			    schema_version, occurred_at, actor_kind, actor_name, actor_user,
			    actor_organisation, correlation, causation, payload, hash)
			VALUES (v_seqs[1], p_stream, p_version, p_event_ids[1], p_noc, p_osp, p_types[1],
			    p_schema_versions[1], p_occurred[1], p_actor_kinds[1], p_actor_names[1],
			    p_actor_users[1], p_actor_organisations[1], p_correlations[1],
			    p_causations[1], p_payloads[1], p_hashes[1]);
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

GRANT UPDATE (osp_id) ON strike.stream TO strike_api;
-- Who has a stream now is not for those who had it; so this one question is answered with
-- the worker's eyes.
GRANT SELECT (stream_id, osp_id, noc_id, first_seq, last_seq), INSERT,
	UPDATE (present_id, last_seq) ON strike.stream_former TO strike_api;
GRANT CREATE ON SCHEMA strike TO strike_worker;
ALTER FUNCTION strike.streams_taken_over() SECURITY DEFINER SET search_path = strike, pg_temp;
ALTER FUNCTION strike.streams_taken_over() OWNER TO strike_worker;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;
GRANT SELECT, INSERT, UPDATE ON strike.stream_former TO strike_worker;
REVOKE EXECUTE ON FUNCTION strike.hand_over(uuid, bigint, uuid, uuid), strike.streams_taken_over(),
	strike.streams_relieved_of(), strike.former_range(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.hand_over(uuid, bigint, uuid, uuid), strike.streams_taken_over(),
	strike.streams_relieved_of(), strike.former_range(uuid) TO strike_api, strike_worker;
