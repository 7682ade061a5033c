-- Who has a token and for whom it speaks, in one question.
--
-- Every request with a token asked for the token and then for all memberships of its user,
-- of which only the one in the token's organisation counts.  What counts is what counted
-- before (strike.counting_membership), and it is read as anew with every request.  NULL from
-- user_handle on: there is no such membership (any more).
CREATE FUNCTION strike.find_token_holder(p_hash bytea)
RETURNS TABLE (id uuid, organisation_id uuid, user_id uuid, scopes text, expires timestamptz,
	revoked_at timestamptz, last_used_at timestamptz, user_handle text, role text,
	organisation_handle text, name text, is_noc boolean, is_osp boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT t.id, t.organisation_id, t.user_id, t.scopes, t.expires, t.revoked_at, u.last_used_at,
	       c.user_handle, c.role, c.organisation_handle, c.name, c.is_noc, c.is_osp
	  FROM strike.token t
	  LEFT JOIN strike.token_use u ON u.token_id = t.id
	  LEFT JOIN LATERAL (
		SELECT * FROM strike.counting_membership m
		 WHERE m.user_id = t.user_id AND m.organisation_id = t.organisation_id) AS c ON true
	 WHERE t.hash = p_hash;
END $$;

GRANT CREATE ON SCHEMA strike TO strike_worker;
ALTER FUNCTION strike.find_token_holder(bytea) OWNER TO strike_worker;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;
REVOKE EXECUTE ON FUNCTION strike.find_token_holder(bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.find_token_holder(bytea) TO strike_api, strike_worker;
