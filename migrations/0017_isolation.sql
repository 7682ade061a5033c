-- What was open between tenants is closed: the tables that had no row-level security, the
-- functions that everybody could call, and what is kept of people when they are erased.

-- ---- erasing ----

-- As in 0014_vault.sql, over the person's records, what was made of them, and their
-- memberships, each of which is sealed under a key of its own.
CREATE OR REPLACE FUNCTION strike.erase_person(p_person uuid, p_now timestamptz, p_reason text)
RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	v_handle text := 'erased-' || p_person;
	v_known  boolean;
	v_done   boolean := EXISTS (SELECT FROM strike.erasure e WHERE e.person = p_person);
	v_ids    uuid[] := p_person || ARRAY(SELECT r.id FROM strike.record r
			WHERE r.kind = 'membership' AND r.parent = p_person ORDER BY r.id);
BEGIN
	UPDATE strike.person_key k SET wrapped = NULL, erased_at = p_now
	 WHERE k.person = ANY (v_ids) AND k.wrapped IS NOT NULL;
	v_known := FOUND;
	UPDATE strike.record r SET body = n.body
	  FROM (SELECT o.id, strike.rest_of_body(o.kind, o.body) AS body FROM strike.record o
		 WHERE o.id = ANY (v_ids) AND o.kind IN ('user', 'membership', 'person')) AS n
	 WHERE r.id = n.id AND r.body <> n.body;
	v_known := v_known OR FOUND;
	-- Who never had a key gets one that is destroyed already: no plan that is being
	-- frozen at this moment may give them another, and what names them is erased.
	INSERT INTO strike.person_key (person, organisation, erased_at)
	SELECT r.id, r.noc_id, p_now FROM strike.record r
	 WHERE r.id = ANY (v_ids) AND r.kind IN ('user', 'membership', 'person')
	ON CONFLICT DO NOTHING;
	DELETE FROM strike.membership m WHERE m.user_id = p_person OR m.id = ANY (v_ids);
	v_known := v_known OR FOUND;
	DELETE FROM strike.web_session s WHERE s.user_id = p_person;
	DELETE FROM strike.token_use u USING strike.token t
	 WHERE t.user_id = p_person AND u.token_id = t.id;
	UPDATE strike.app_user u SET handle = v_handle, disabled = true
	 WHERE u.id = p_person AND u.handle <> v_handle;
	v_known := v_known OR FOUND;
	IF v_known OR NOT v_done AND (
		EXISTS (SELECT FROM strike.person_key k WHERE k.person = ANY (v_ids))
		OR EXISTS (SELECT FROM strike.app_user u WHERE u.id = p_person)) THEN
		INSERT INTO strike.erasure (person, at, reason) VALUES (p_person, p_now, p_reason)
		ON CONFLICT DO NOTHING;
		v_done := true;
	END IF;
	RETURN v_done;
END $$;

-- ---- questions about what is nobody's ----

-- Whether readers of ${p_projection} see version ${p_version} of ${p_stream}, which the asker
-- sees.  How far the followers are is the sum of what everybody does, and no tenant's
-- business; so is which streams wait at an event (and what waits in one is behind its
-- slot, and yet not in the build).
CREATE FUNCTION strike.is_visible(p_projection text, p_stream uuid, p_version bigint)
RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT EXISTS (
		SELECT FROM strike.history e
		  JOIN strike.log l ON l.seq = e.seq
		  JOIN strike.subscription s ON s.name = p_projection || '.' || COALESCE(
			(SELECT p.live FROM strike.projection p WHERE p.name = p_projection), 1)
		  JOIN strike.slot k ON k.subscription = s.name
		   AND k.number = strike.slot_of(e.stream_id, s.slots)
		 WHERE e.stream_id = p_stream AND e.version = p_version AND k.position >= l.position
		   AND (current_setting('role') = 'strike_worker'
			OR strike.organisation() IN (e.noc_id, e.osp_id)
			OR EXISTS (SELECT FROM strike.stream o WHERE o.id = p_stream
				    AND strike.organisation() IN (o.noc_id, o.osp_id)))
		   AND NOT EXISTS (SELECT FROM strike.parked p
			WHERE p.subscription = s.name AND p.stream_id = e.stream_id
			  AND p.version <= e.version))
$$;

-- Write down a webhook that was refused; whoever it was for does not read the list.
CREATE FUNCTION strike.record_rejection(p_at timestamptz, p_route text, p_peer text, p_reason text)
RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	INSERT INTO strike.webhook_rejection (slot, number, at, route, peer, reason)
	SELECT (n % 10000)::integer, n, p_at, p_route, p_peer, p_reason
	  FROM (SELECT nextval('strike.webhook_rejection_number') AS n) AS fresh
	ON CONFLICT (slot) DO UPDATE SET number = excluded.number, at = excluded.at,
	    route = excluded.route, peer = excluded.peer, reason = excluded.reason
$$;

GRANT CREATE ON SCHEMA strike TO strike_worker;
ALTER FUNCTION strike.is_visible(text, uuid, bigint) OWNER TO strike_worker;
ALTER FUNCTION strike.record_rejection(timestamptz, text, text, text) OWNER TO strike_worker;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;

REVOKE ALL ON strike.webhook_rejection, strike.subscription, strike.slot, strike.parked
	FROM strike_api;
REVOKE ALL (subscription, stream_id, version) ON strike.parked FROM strike_api;
REVOKE ALL ON SEQUENCE strike.webhook_rejection_number FROM strike_api;
ALTER VIEW strike.partition SET (security_invoker = true);

-- ---- the tables that were open ----

-- The API's role has no right to any of these; if somebody ever grants one, this is what
-- it will show.
DO $$
DECLARE
	v_row record;
BEGIN
	FOR v_row IN SELECT * FROM (VALUES
	    ('provider_id', 'with_its_stream', 'eco_id IN (SELECT s.id FROM strike.stream s)'),
	    ('parked', 'with_its_stream', 'stream_id IN (SELECT s.id FROM strike.stream s)'),
	    ('erasure', 'with_its_key', 'person IN (SELECT k.person FROM strike.person_key k)'),
	    ('webhook_rejection', 'the_platforms',
		'(SELECT strike.organisation()) = strike.platform()')) AS v(name, policy, condition)
	LOOP
		EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', v_row.name);
		EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', v_row.name);
		EXECUTE format('CREATE POLICY %1$I ON strike.%2$I USING (%3$s) WITH CHECK (%3$s)',
		    v_row.policy, v_row.name, v_row.condition);
	END LOOP;
END $$;

-- An API session gives a person of its own organisation a key, and destroys none.
GRANT INSERT (person, organisation, wrapped) ON strike.person_key TO strike_api;

-- ---- functions ----

-- Nobody calls anything without having been given the right to.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA strike FROM PUBLIC;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA strike TO strike_worker;
REVOKE EXECUTE ON FUNCTION strike.attach_partition(text, text, text, bigint, bigint),
	strike.make_partitions_of(text, text, bigint), strike.refuse_change() FROM strike_worker;
DO $$
DECLARE
	v_function regprocedure;
BEGIN
	FOR v_function IN SELECT p.oid::regprocedure FROM pg_proc p
		 WHERE p.pronamespace = 'strike'::regnamespace
		   AND p.proname IN ('organisation', 'platform', 'append', 'advance', 'is_erased',
			'rest_of', 'rest_of_body', 'put_record',
			'put_organisation', 'put_user', 'put_membership', 'put_agreement',
			'put_noc_terms', 'put_osp_terms', 'put_region', 'put_list', 'put_token',
			'check_area', 'find_roster', 'find_member',
			'find_membership', 'list_memberships', 'find_identity', 'list_invitations',
			'find_users', 'find_token', 'touch_token', 'add_web_session',
			'find_web_session', 'touch_web_session', 'end_web_sessions',
			'list_web_sessions', 'is_visible', 'record_rejection') LOOP
		EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO strike_api', v_function);
	END LOOP;
END $$;
