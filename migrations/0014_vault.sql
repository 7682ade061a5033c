-- A key for each person, so that a person can be forgotten in a log that never changes
-- (src/store/store_vault.h).
--
-- What erasing means for the bytes of a key.  The UPDATE leaves the old row version in
-- its page until vacuum, in the write-ahead log until its segment is recycled, and in
-- archived segments and backups for as long as these are kept: the period after which
-- an erasure is complete is the one for which backups are kept.  In all of these places
-- the key is wrapped under the master key, which the database never sees; to make it
-- unreadable there at once, wrap what is left under a new master key and destroy the
-- old one.
CREATE TABLE strike.person_key (
	person       uuid PRIMARY KEY,
	organisation uuid NOT NULL,
	wrapped      bytea CHECK (octet_length(wrapped) BETWEEN 1 AND 128),
	erased_at    timestamptz,
	CHECK ((wrapped IS NULL) = (erased_at IS NOT NULL)) -- a key, or the moment it was destroyed
);

-- A key belongs to the person's own organisation; for the other side of a callout it
-- does not exist.
ALTER TABLE strike.person_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.person_key FORCE ROW LEVEL SECURITY;
CREATE POLICY its_organisation ON strike.person_key
	USING (organisation = (SELECT strike.organisation()))
	WITH CHECK (organisation = (SELECT strike.organisation()));

-- That somebody was erased, when, and why.
CREATE TABLE strike.erasure (
	person uuid NOT NULL,
	at     timestamptz NOT NULL,
	reason text NOT NULL,
	PRIMARY KEY (person, at)
);
CREATE TRIGGER erasure_is_append_only
	BEFORE UPDATE OR DELETE OR TRUNCATE ON strike.erasure
	FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change();

-- Erase ${p_person}, in the transaction of the caller; false when nobody has ever heard
-- of them.  An erasure is written down when there was something to erase, or none has
-- been written down before.
CREATE FUNCTION strike.erase_person(p_person uuid, p_now timestamptz, p_reason text) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	v_handle text := 'erased-' || p_person;
	v_known  boolean;
	v_done   boolean := EXISTS (SELECT FROM strike.erasure e WHERE e.person = p_person);
BEGIN
	UPDATE strike.person_key k SET wrapped = NULL, erased_at = p_now
	 WHERE k.person = p_person AND k.wrapped IS NOT NULL;
	v_known := FOUND;
	UPDATE strike.person p
	   SET label = 'erased', phone = '', verified = false, opted_out = true
	 WHERE p.id = p_person
	   AND (p.label, p.phone, p.verified, p.opted_out) IS DISTINCT FROM ('erased', '', false, true);
	v_known := v_known OR FOUND;
	-- Who never had a key gets one that is destroyed already: no plan that is being
	-- frozen at this moment may give them another, and what names them is erased.
	INSERT INTO strike.person_key (person, organisation, erased_at)
	SELECT p.id, p.osp_id, p_now FROM strike.person p WHERE p.id = p_person
	ON CONFLICT DO NOTHING;
	DELETE FROM strike.membership m WHERE m.user_id = p_person;
	v_known := v_known OR FOUND;
	UPDATE strike.app_user u SET handle = v_handle WHERE u.id = p_person AND u.handle <> v_handle;
	v_known := v_known OR FOUND;
	IF v_known OR NOT v_done AND (
		EXISTS (SELECT FROM strike.person_key k WHERE k.person = p_person)
		OR EXISTS (SELECT FROM strike.person p WHERE p.id = p_person)
		OR EXISTS (SELECT FROM strike.app_user u WHERE u.id = p_person)) THEN
		INSERT INTO strike.erasure (person, at, reason) VALUES (p_person, p_now, p_reason)
		ON CONFLICT DO NOTHING;
		v_done := true;
	END IF;
	RETURN v_done;
END $$;

GRANT SELECT ON strike.person_key TO strike_api;
GRANT SELECT, INSERT, UPDATE (wrapped, erased_at) ON strike.person_key TO strike_worker;
GRANT SELECT, INSERT ON strike.erasure TO strike_worker;
GRANT DELETE ON strike.membership TO strike_worker;
REVOKE EXECUTE ON FUNCTION strike.erase_person(uuid, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.erase_person(uuid, timestamptz, text) TO strike_worker;
