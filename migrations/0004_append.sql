-- One decision, written in one round trip: all of it or nothing.
--
-- ${outcome}: 0 appended, 1 the key was used for this very body, 2 the key was
-- used for another body.  Whoever comes second with a key waits in its unique
-- index until the first has committed or given up, and then knows.  A stream that
-- does not stand at ${p_expected}, and a claim that is no longer held, raise
-- serialization_failure: load and decide again.
CREATE FUNCTION strike.append(
	p_stream uuid, p_expected bigint, p_noc uuid, p_osp uuid,
	p_scope uuid, p_key uuid, p_body_hash bytea, p_answer bytea,
	p_event_ids uuid[], p_types text[], p_schema_versions bigint[], p_occurred timestamptz[],
	p_actor_kinds text[], p_actor_names text[], p_actor_users uuid[], p_actor_organisations uuid[],
	p_correlations uuid[], p_causations uuid[], p_payloads bytea[], p_hashes bytea[],
	p_effect_keys text[], p_lanes text[], p_effect_types text[], p_ecos uuid[], p_numbers bigint[],
	p_provider_ids text[], p_effect_dues timestamptz[],
	p_timer_kinds text[], p_timer_sets boolean[], p_timer_dues timestamptz[],
	p_instance integer, p_settles_effect text, p_settles_timer text, p_settled_due timestamptz,
	p_bind text, p_bind_number bigint,
	OUT outcome integer, OUT version bigint, OUT answer bytea)
LANGUAGE plpgsql
AS $$
DECLARE
	v_count bigint := COALESCE(array_length(p_event_ids, 1), 0);
	v_owner integer;
BEGIN
	outcome := 0;
	version := p_expected + v_count;

	-- Row-level security would refuse this as well, in words that give away that the
	-- stream is there.  To the other side it is a stream that has moved on.
	IF current_setting('role') <> 'strike_worker'
	   AND (strike.organisation() IN (p_noc, p_osp)) IS NOT TRUE THEN
		RAISE EXCEPTION 'stream % does not stand at version %', p_stream, p_expected
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

	-- The stream's row is held from here on; the events' numbers are taken below.
	IF v_count = 0 THEN
		PERFORM 1 FROM strike.stream s
		  WHERE s.id = p_stream AND s.version = p_expected FOR UPDATE;
		IF NOT FOUND AND (p_expected > 0
		    OR EXISTS (SELECT FROM strike.stream s WHERE s.id = p_stream)) THEN
			RAISE EXCEPTION 'stream % does not stand at version %', p_stream, p_expected
			    USING ERRCODE = 'serialization_failure';
		END IF;
	ELSE
		IF p_expected = 0 THEN
			INSERT INTO strike.stream AS s (id, version, noc_id, osp_id)
			VALUES (p_stream, v_count, p_noc, p_osp)
			ON CONFLICT DO NOTHING;
		ELSE
			UPDATE strike.stream s SET version = p_expected + v_count
			 WHERE s.id = p_stream AND s.version = p_expected
			   AND s.noc_id = p_noc AND s.osp_id = p_osp;
		END IF;
		IF NOT FOUND THEN
			RAISE EXCEPTION 'stream % does not stand at version %', p_stream, p_expected
			    USING ERRCODE = 'serialization_failure';
		END IF;
		INSERT INTO strike.event (seq, stream_id, version, event_id, noc_id, osp_id, type,
		    schema_version, occurred_at, actor_kind, actor_name, actor_user,
		    actor_organisation, correlation, causation, payload, hash)
		SELECT nextval('strike.event_seq'), p_stream, p_expected + e.n, e.id, p_noc, p_osp,
		    e.type, e.schema_version, e.occurred, e.actor_kind, e.actor_name, e.actor_user,
		    e.actor_organisation, e.correlation, e.causation, e.payload, e.hash
		  FROM (SELECT * FROM unnest(p_event_ids, p_types, p_schema_versions, p_occurred,
			    p_actor_kinds, p_actor_names, p_actor_users, p_actor_organisations,
			    p_correlations, p_causations, p_payloads, p_hashes)
			WITH ORDINALITY AS u(id, type, schema_version, occurred, actor_kind,
			    actor_name, actor_user, actor_organisation, correlation, causation,
			    payload, hash, n)
			ORDER BY n) AS e;
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
		DELETE FROM strike.timer t
		 USING unnest(p_timer_kinds, p_timer_sets) AS c(kind, is_set)
		 WHERE t.eco_id = p_stream AND t.kind = c.kind AND NOT c.is_set;
		-- Set again for the same moment it is the same deadline, and stays claimed.
		INSERT INTO strike.timer AS t (eco_id, kind, due, noc_id, osp_id)
		SELECT p_stream, c.kind, c.due, p_noc, p_osp
		  FROM unnest(p_timer_kinds, p_timer_sets, p_timer_dues) AS c(kind, is_set, due)
		 WHERE c.is_set
		ON CONFLICT (eco_id, kind) DO UPDATE SET due = excluded.due,
		    owner = CASE WHEN t.due = excluded.due THEN t.owner END,
		    lease = CASE WHEN t.due = excluded.due THEN t.lease END;
	END IF;
	IF p_bind IS NOT NULL THEN
		INSERT INTO strike.provider_id (id, eco_id, number)
		VALUES (p_bind, p_stream, p_bind_number)
		ON CONFLICT DO NOTHING;
	END IF;
END $$;
