-- Questions that every request asks, asked without being planned anew.
--
-- A function in SQL that is SECURITY DEFINER is not inlined, and is planned at each call,
-- which takes several times as long as to answer it; in PL/pgSQL a connection plans it once.
-- What they answer is as before (0015_directory.sql, 0016_gate.sql).

-- As before, and new: who was written down a moment ago is left alone.  An INSERT that comes
-- to nothing locks the row all the same, which made each request with a token a write, and
-- all requests with the same token wait for one another.
CREATE OR REPLACE FUNCTION strike.touch_token(p_id uuid, p_now timestamptz, p_seconds bigint,
	p_address text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
BEGIN
	IF EXISTS (SELECT FROM strike.token_use u WHERE u.token_id = p_id
		    AND u.last_used_at > p_now - make_interval(secs => p_seconds)) THEN
		RETURN false;
	END IF;
	INSERT INTO strike.token_use AS u (token_id, organisation_id, last_used_at, last_used_from)
	SELECT t.id, t.organisation_id, p_now, p_address FROM strike.token t WHERE t.id = p_id
	ON CONFLICT (token_id) DO UPDATE SET last_used_at = excluded.last_used_at,
	    last_used_from = excluded.last_used_from
	 WHERE u.last_used_at <= excluded.last_used_at - make_interval(secs => p_seconds);
	RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION strike.find_member(p_user uuid, p_organisation uuid)
RETURNS SETOF strike.counting_membership
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT * FROM strike.counting_membership c
	 WHERE c.user_id = p_user AND c.organisation_id = p_organisation;
END $$;

CREATE OR REPLACE FUNCTION strike.find_membership(p_user text, p_organisation text)
RETURNS SETOF strike.counting_membership
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT * FROM strike.counting_membership c
	 WHERE c.user_handle = p_user AND c.organisation_handle = p_organisation;
END $$;

CREATE OR REPLACE FUNCTION strike.list_memberships(p_user uuid, p_limit bigint)
RETURNS SETOF strike.counting_membership
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT * FROM strike.counting_membership c WHERE c.user_id = p_user
	 ORDER BY c.name COLLATE "C", c.organisation_id LIMIT p_limit;
END $$;

CREATE OR REPLACE FUNCTION strike.find_identity(p_issuer text, p_subject text)
RETURNS TABLE (user_id uuid, handle text, disabled boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT u.id, u.handle,
	       u.disabled OR EXISTS (SELECT FROM strike.erasure e WHERE e.person = u.id)
	  FROM strike.user_identity i JOIN strike.app_user u ON u.id = i.user_id
	 WHERE i.issuer = p_issuer AND i.subject = p_subject;
END $$;

CREATE OR REPLACE FUNCTION strike.find_users(p_users uuid[]) RETURNS TABLE (id uuid, handle text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT u.id, u.handle FROM strike.app_user u
	 WHERE u.id = ANY (p_users)
	   AND (current_setting('role') = 'strike_worker'
		OR strike.organisation() = strike.platform()
		OR EXISTS (SELECT FROM strike.membership m
			    WHERE m.user_id = u.id AND m.organisation_id = strike.organisation())
		OR u.handle = 'erased-' || u.id);
END $$;

CREATE OR REPLACE FUNCTION strike.find_token(p_hash bytea)
RETURNS TABLE (id uuid, organisation_id uuid, user_id uuid, scopes text, expires timestamptz,
	revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT t.id, t.organisation_id, t.user_id, t.scopes, t.expires, t.revoked_at, u.last_used_at
	  FROM strike.token t LEFT JOIN strike.token_use u ON u.token_id = t.id
	 WHERE t.hash = p_hash;
END $$;

CREATE OR REPLACE FUNCTION strike.find_web_session(p_hash bytea, p_now timestamptz, p_idle_s bigint)
RETURNS SETOF strike.web_session
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
BEGIN
	RETURN QUERY
	SELECT * FROM strike.web_session s
	 WHERE s.hash = p_hash AND s.ends_at > p_now
	   AND s.seen_at > p_now - make_interval(secs => p_idle_s);
END $$;

CREATE OR REPLACE FUNCTION strike.find_roster(p_osp uuid, p_agreement uuid, p_location geometry)
RETURNS TABLE (region_id uuid, region_name text, kind text, id uuid, version bigint, noc_id uuid,
	osp_id uuid, parent uuid, changed_at timestamptz, body bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH asked AS (
		SELECT p_osp AS osp_id
		 WHERE current_setting('role') = 'strike_worker' OR strike.organisation() = p_osp
		    OR EXISTS (SELECT FROM strike.agreement a
				WHERE a.id = p_agreement AND a.osp_id = p_osp
				  AND a.noc_id = strike.organisation() AND a.state = 'AGREED')
	), nearest AS (
		SELECT r.id, r.name, r.pager_list_id
		  FROM strike.region r
		 WHERE r.osp_id = p_osp AND NOT r.retired AND ST_Intersects(r.area, p_location)
		 ORDER BY ST_Area(r.area), r.priority, r.id
		 LIMIT 1
	), chosen AS (
		SELECT n.id AS region_id, COALESCE(n.name, '') AS region_name, l.list_id, l.people
		  FROM asked a
		  LEFT JOIN nearest n ON true
		  LEFT JOIN strike.osp_terms t ON t.agreement_id = p_agreement AND t.osp_id = a.osp_id
		  JOIN strike.list_people l
		    ON l.list_id = CASE WHEN n.id IS NULL THEN t.default_list_id ELSE n.pager_list_id END
		 WHERE l.osp_id = p_osp AND NOT l.retired
	), found AS (
		SELECT true AS is_list, c.region_id, c.region_name, r.kind, r.id, r.version, r.noc_id,
		       r.osp_id, r.parent, r.changed_at, r.body
		  FROM chosen c JOIN strike.record r ON r.id = c.list_id AND r.kind = 'pagerList'
		UNION ALL
		SELECT false, c.region_id, c.region_name, r.kind, r.id, r.version, r.noc_id, r.osp_id,
		       r.parent, r.changed_at, r.body
		  FROM chosen c JOIN strike.record r ON r.id = ANY (c.people) AND r.kind = 'person'
		   AND r.osp_id = p_osp
	)
	SELECT f.region_id, f.region_name, f.kind, f.id, f.version, f.noc_id, f.osp_id, f.parent,
	       f.changed_at, f.body
	  FROM found f ORDER BY f.is_list DESC, f.id;
END $$;
