-- What an agreement says about arrival: by when a crew that gave no ETA must be seen, and how long
-- after its ETA nobody is asked yet.  The version of the program before this one goes on writing
-- agreements without a word about it; they then say what agreements said before.
ALTER TABLE strike.agreement
	ADD COLUMN arrival_s       bigint NOT NULL DEFAULT 3600,
	ADD COLUMN arrival_grace_s bigint NOT NULL DEFAULT 900;
GRANT UPDATE (arrival_s, arrival_grace_s) ON strike.agreement TO strike_api;

-- As before, and then the two.  Who does not write the row, because it is there in a newer version
-- or its prefix is taken, leaves them as well.
CREATE FUNCTION strike.put_agreement(p_id uuid, p_version bigint, p_noc uuid, p_osp uuid,
	p_kind text, p_state text, p_number_prefix text, p_ring_s bigint, p_loops bigint,
	p_retry_after_s bigint, p_retries bigint, p_grace_s bigint, p_poll_s bigint,
	p_poll_grace_s bigint, p_arrival_s bigint, p_arrival_grace_s bigint,
	p_valid_from timestamptz, p_valid_until timestamptz)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	IF EXISTS (SELECT FROM strike.agreement a WHERE a.id = p_id AND a.version >= p_version) THEN
		RETURN false;
	END IF;
	IF strike.put_agreement(p_id, p_version, p_noc, p_osp, p_kind, p_state, p_number_prefix,
	    p_ring_s, p_loops, p_retry_after_s, p_retries, p_grace_s, p_poll_s, p_poll_grace_s,
	    p_valid_from, p_valid_until) THEN
		RETURN true;
	END IF;
	UPDATE strike.agreement a
	   SET arrival_s = p_arrival_s, arrival_grace_s = p_arrival_grace_s
	 WHERE a.id = p_id AND a.version = p_version;
	RETURN false;
END $$;
REVOKE EXECUTE ON FUNCTION strike.put_agreement(uuid, bigint, uuid, uuid, text, text, text, bigint,
	bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, timestamptz, timestamptz)
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.put_agreement(uuid, bigint, uuid, uuid, text, text, text, bigint,
	bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, timestamptz, timestamptz)
	TO strike_api, strike_worker;
