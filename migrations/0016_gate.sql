-- What is asked before it is known who asks: memberships, identities, invitations, tokens,
-- and the sessions of browsers (src/store/store_directory.h).
--
-- Each question is a function that sees more than its asker (SECURITY DEFINER, owned by
-- strike_worker) and gives away no more than the answer.  The tables of secrets' hashes
-- are read by nobody else.
CREATE TABLE strike.token (
	id              uuid PRIMARY KEY,
	version         bigint NOT NULL,
	organisation_id uuid NOT NULL,
	user_id         uuid NOT NULL,
	hash            bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
	scopes          text NOT NULL,
	expires         timestamptz NOT NULL,
	revoked_at      timestamptz
);
CREATE INDEX token_user ON strike.token (user_id);

-- Apart from the token, which is made again from the log, as this is not.
CREATE TABLE strike.token_use (
	token_id        uuid PRIMARY KEY,
	organisation_id uuid NOT NULL,
	last_used_at    timestamptz NOT NULL,
	last_used_from  text NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE strike.web_session (
	id         uuid PRIMARY KEY,
	user_id    uuid NOT NULL,
	hash       bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
	issuer     text NOT NULL,
	subject    text NOT NULL,
	via        text NOT NULL,
	address    text NOT NULL,
	agent      text NOT NULL,
	created_at timestamptz NOT NULL,
	seen_at    timestamptz NOT NULL,
	ends_at    timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX web_session_user ON strike.web_session (user_id, created_at DESC);

-- A token's hash never changes: another secret is another token.
CREATE FUNCTION strike.put_token(p_id uuid, p_version bigint, p_organisation uuid, p_user uuid,
	p_hash bytea, p_scopes text, p_expires timestamptz, p_revoked_at timestamptz) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	UPDATE strike.token t
	   SET version = p_version, scopes = p_scopes, expires = p_expires, revoked_at = p_revoked_at
	 WHERE t.id = p_id AND t.organisation_id = p_organisation AND t.version < p_version;
	IF NOT FOUND AND NOT EXISTS (SELECT FROM strike.token t WHERE t.id = p_id) THEN
		INSERT INTO strike.token (id, version, organisation_id, user_id, hash, scopes, expires,
		    revoked_at)
		VALUES (p_id, p_version, p_organisation, p_user, p_hash, p_scopes, p_expires,
		    p_revoked_at);
	END IF;
	RETURN false;
EXCEPTION WHEN unique_violation THEN
	RETURN true;
END $$;

-- ---- memberships and identities ----

-- The memberships that count: in an organisation that is not suspended, of a user who is
-- neither disabled nor erased.
CREATE VIEW strike.counting_membership WITH (security_invoker = true) AS
SELECT m.user_id, u.handle AS user_handle, m.role, o.id AS organisation_id,
       o.handle AS organisation_handle, o.name, o.is_noc, o.is_osp
  FROM strike.membership m
  JOIN strike.app_user u ON u.id = m.user_id
  JOIN strike.organisation o ON o.id = m.organisation_id
 WHERE m.state = 'ACTIVE' AND NOT u.disabled AND NOT o.suspended
   AND NOT EXISTS (SELECT FROM strike.erasure e WHERE e.person = u.id);

CREATE FUNCTION strike.find_member(p_user uuid, p_organisation uuid)
RETURNS SETOF strike.counting_membership
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT * FROM strike.counting_membership c
	 WHERE c.user_id = p_user AND c.organisation_id = p_organisation
$$;

-- The same by handles, for development, where nobody has to prove who they are.
CREATE FUNCTION strike.find_membership(p_user text, p_organisation text)
RETURNS SETOF strike.counting_membership
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT * FROM strike.counting_membership c
	 WHERE c.user_handle = p_user AND c.organisation_handle = p_organisation
$$;

CREATE FUNCTION strike.list_memberships(p_user uuid, p_limit bigint)
RETURNS SETOF strike.counting_membership
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT * FROM strike.counting_membership c WHERE c.user_id = p_user
	 ORDER BY c.name COLLATE "C", c.organisation_id LIMIT p_limit
$$;

CREATE FUNCTION strike.find_identity(p_issuer text, p_subject text)
RETURNS TABLE (user_id uuid, handle text, disabled boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT u.id, u.handle,
	       u.disabled OR EXISTS (SELECT FROM strike.erasure e WHERE e.person = u.id)
	  FROM strike.user_identity i JOIN strike.app_user u ON u.id = i.user_id
	 WHERE i.issuer = p_issuer AND i.subject = p_subject
$$;

CREATE FUNCTION strike.list_invitations(p_email text, p_limit bigint) RETURNS SETOF strike.record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT r.* FROM strike.membership m
	  JOIN strike.organisation o ON o.id = m.organisation_id AND NOT o.suspended
	  JOIN strike.record r ON r.id = m.id AND r.kind = 'membership'
	 WHERE lower(m.email) = lower(p_email) AND p_email <> '' AND m.state = 'INVITED'
	 ORDER BY r.id LIMIT p_limit
$$;

-- The handles of users whom the asker has, or had, among its members; of who was erased,
-- what everybody may know, which is that.
CREATE FUNCTION strike.find_users(p_users uuid[]) RETURNS TABLE (id uuid, handle text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT u.id, u.handle FROM strike.app_user u
	 WHERE u.id = ANY (p_users)
	   AND (current_setting('role') = 'strike_worker'
		OR strike.organisation() = strike.platform()
		OR EXISTS (SELECT FROM strike.membership m
			    WHERE m.user_id = u.id AND m.organisation_id = strike.organisation())
		OR u.handle = 'erased-' || u.id)
$$;

-- ---- tokens ----

CREATE FUNCTION strike.find_token(p_hash bytea)
RETURNS TABLE (id uuid, organisation_id uuid, user_id uuid, scopes text, expires timestamptz,
	revoked_at timestamptz, last_used_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT t.id, t.organisation_id, t.user_id, t.scopes, t.expires, t.revoked_at, u.last_used_at
	  FROM strike.token t LEFT JOIN strike.token_use u ON u.token_id = t.id
	 WHERE t.hash = p_hash
$$;

-- Write down that token ${p_id} was used, unless that was said for the last ${p_seconds}
-- already; whether it was written.
CREATE FUNCTION strike.touch_token(p_id uuid, p_now timestamptz, p_seconds bigint, p_address text)
RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	WITH used AS (
		INSERT INTO strike.token_use AS u (token_id, organisation_id, last_used_at, last_used_from)
		SELECT t.id, t.organisation_id, p_now, p_address FROM strike.token t WHERE t.id = p_id
		ON CONFLICT (token_id) DO UPDATE SET last_used_at = excluded.last_used_at,
		    last_used_from = excluded.last_used_from
		 WHERE u.last_used_at <= excluded.last_used_at - make_interval(secs => p_seconds)
		RETURNING u.token_id
	)
	SELECT EXISTS (SELECT FROM used)
$$;

-- ---- sessions of browsers ----

CREATE FUNCTION strike.add_web_session(p_id uuid, p_user uuid, p_hash bytea, p_issuer text,
	p_subject text, p_via text, p_address text, p_agent text, p_created_at timestamptz,
	p_seen_at timestamptz, p_ends_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	INSERT INTO strike.web_session (id, user_id, hash, issuer, subject, via, address, agent,
	    created_at, seen_at, ends_at)
	VALUES (p_id, p_user, p_hash, p_issuer, p_subject, p_via, p_address, p_agent, p_created_at,
	    p_seen_at, p_ends_at)
$$;

CREATE FUNCTION strike.find_web_session(p_hash bytea, p_now timestamptz, p_idle_s bigint)
RETURNS SETOF strike.web_session
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT * FROM strike.web_session s
	 WHERE s.hash = p_hash AND s.ends_at > p_now
	   AND s.seen_at > p_now - make_interval(secs => p_idle_s)
$$;

CREATE FUNCTION strike.touch_web_session(p_id uuid, p_now timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	UPDATE strike.web_session s SET seen_at = p_now WHERE s.id = p_id AND s.seen_at < p_now
$$;

-- End session ${p_id} of ${p_user}, NULL: all of theirs; how many ended.
CREATE FUNCTION strike.end_web_sessions(p_user uuid, p_id uuid) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	WITH gone AS (
		DELETE FROM strike.web_session s
		 WHERE s.user_id = p_user AND (p_id IS NULL OR s.id = p_id)
		RETURNING s.id
	)
	SELECT count(*) FROM gone
$$;

-- Without their hashes, with which somebody could look for a secret.
CREATE FUNCTION strike.list_web_sessions(p_user uuid, p_now timestamptz, p_idle_s bigint)
RETURNS SETOF strike.web_session
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT s.id, s.user_id, NULL::bytea, s.issuer, s.subject, s.via, s.address, s.agent,
	       s.created_at, s.seen_at, s.ends_at
	  FROM strike.web_session s
	 WHERE s.user_id = p_user AND s.ends_at > p_now
	   AND s.seen_at > p_now - make_interval(secs => p_idle_s)
	 ORDER BY s.created_at DESC, s.id DESC LIMIT 100
$$;

-- ---- who may ----

ALTER TABLE strike.token ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.token FORCE ROW LEVEL SECURITY;
CREATE POLICY its_organisation ON strike.token
	USING (organisation_id = (SELECT strike.organisation()))
	WITH CHECK (organisation_id = (SELECT strike.organisation()));
ALTER TABLE strike.token_use ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.token_use FORCE ROW LEVEL SECURITY;
CREATE POLICY its_organisation ON strike.token_use
	USING (organisation_id = (SELECT strike.organisation()))
	WITH CHECK (organisation_id = (SELECT strike.organisation()));
-- A session belongs to a user, and users to no tenant.
ALTER TABLE strike.web_session ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.web_session FORCE ROW LEVEL SECURITY;
CREATE POLICY nobody ON strike.web_session USING (false) WITH CHECK (false);

-- The hash is written and never read.
GRANT SELECT (id, version, organisation_id), INSERT, UPDATE (version, scopes, expires, revoked_at)
	ON strike.token TO strike_api;
GRANT SELECT ON strike.token_use TO strike_api;
GRANT SELECT ON strike.counting_membership TO strike_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON strike.token, strike.token_use, strike.web_session
	TO strike_worker;

GRANT CREATE ON SCHEMA strike TO strike_worker;
DO $$
DECLARE
	v_function regprocedure;
BEGIN
	FOR v_function IN SELECT p.oid::regprocedure FROM pg_proc p
		 WHERE p.pronamespace = 'strike'::regnamespace AND p.prosecdef
		   AND p.proname IN ('find_member', 'find_membership', 'list_memberships',
			'find_identity', 'list_invitations', 'find_users', 'find_token',
			'touch_token', 'add_web_session', 'find_web_session', 'touch_web_session',
			'end_web_sessions', 'list_web_sessions') LOOP
		EXECUTE format('ALTER FUNCTION %s OWNER TO strike_worker', v_function);
	END LOOP;
END $$;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;
