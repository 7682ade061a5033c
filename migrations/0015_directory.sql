-- The directory's records as they are now, and typed tables made from them
-- (src/store/store_directory.h).
--
-- A row of strike.record is written in the transaction of its record's event.  What has
-- to be asked by something else than its id - who may act for whom, which agreement is in
-- force, which region a place is in - is in typed tables beside it, made from the same
-- record.  Their ${version} is the record's; 0: made from none, as what a history names.
--
-- Nothing here refers to another tenant's row by a foreign key: what a session may not
-- see must not show in whether it could be referred to, and records come back from the
-- log in the order in which they were written.

-- Whose installation this is: record_platform().
CREATE FUNCTION strike.platform() RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT '5066e14e-8e32-899f-8c77-d470a6677cb1'::uuid $$;

CREATE TABLE strike.record (
	id         uuid PRIMARY KEY,
	kind       text NOT NULL,
	version    bigint NOT NULL CHECK (version > 0),
	noc_id     uuid NOT NULL,
	osp_id     uuid NOT NULL,
	parent     uuid NOT NULL, -- Nil: none
	changed_at timestamptz NOT NULL,
	body       bytea NOT NULL CHECK (octet_length(body) <= 2097152),
	CONSTRAINT record_owners CHECK (CASE kind WHEN 'agreement' THEN true
		WHEN 'organisation' THEN noc_id = id AND osp_id = id
		WHEN 'user' THEN noc_id = strike.platform() AND osp_id = strike.platform()
		ELSE noc_id = osp_id END)
) WITH (fillfactor = 85);
CREATE INDEX record_noc ON strike.record (kind, noc_id, id);
CREATE INDEX record_osp ON strike.record (kind, osp_id, id);
CREATE INDEX record_parent ON strike.record (kind, parent, id);

-- ---- organisations, users, memberships ----

ALTER TABLE strike.organisation
	ADD COLUMN version bigint NOT NULL DEFAULT 0,
	ADD COLUMN is_platform boolean NOT NULL DEFAULT false,
	ADD COLUMN suspended boolean NOT NULL DEFAULT false;
ALTER TABLE strike.app_user
	ADD COLUMN version bigint NOT NULL DEFAULT 0,
	ADD COLUMN disabled boolean NOT NULL DEFAULT false;

CREATE TABLE strike.user_identity (
	issuer  text NOT NULL,
	subject text NOT NULL,
	user_id uuid NOT NULL,
	PRIMARY KEY (issuer, subject)
);
CREATE INDEX user_identity_user ON strike.user_identity (user_id);

-- Who was invited is known by an address, and becomes a user on joining.
ALTER TABLE strike.membership
	DROP CONSTRAINT membership_pkey,
	DROP CONSTRAINT membership_user_id_fkey,
	DROP CONSTRAINT membership_organisation_id_fkey,
	DROP CONSTRAINT membership_role_check,
	ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid() PRIMARY KEY,
	ADD COLUMN version bigint NOT NULL DEFAULT 0,
	ADD COLUMN email text NOT NULL DEFAULT '',
	ADD COLUMN state text NOT NULL DEFAULT 'ACTIVE'
		CHECK (state IN ('INVITED', 'ACTIVE', 'REMOVED')),
	ALTER COLUMN user_id DROP NOT NULL;
CREATE UNIQUE INDEX membership_user ON strike.membership (organisation_id, user_id)
	WHERE state <> 'REMOVED';
CREATE UNIQUE INDEX membership_address ON strike.membership (organisation_id, lower(email))
	WHERE state <> 'REMOVED' AND email <> '';
CREATE INDEX membership_of_user ON strike.membership (user_id);
CREATE INDEX membership_invited ON strike.membership (lower(email)) WHERE state = 'INVITED';

-- ---- agreements, and what each side keeps to itself about them ----

ALTER TABLE strike.agreement
	DROP CONSTRAINT agreement_noc_id_fkey,
	DROP CONSTRAINT agreement_osp_id_fkey,
	ADD COLUMN version bigint NOT NULL DEFAULT 0,
	ADD COLUMN kind text NOT NULL DEFAULT 'REACTIVE' CHECK (kind IN ('REACTIVE', 'O_AND_M')),
	ADD COLUMN state text NOT NULL DEFAULT 'AGREED'
		CHECK (state IN ('PROPOSED', 'AGREED', 'DECLINED', 'ENDED'));
CREATE INDEX agreement_prefix ON strike.agreement (osp_id, number_prefix);

-- The key has the owner in it: a row that somebody else writes about an agreement that is
-- not theirs takes nobody's place.
CREATE TABLE strike.noc_terms (
	agreement_id      uuid NOT NULL,
	noc_id            uuid NOT NULL,
	version           bigint NOT NULL DEFAULT 0,
	duty_phone        text NOT NULL,
	twilio_subaccount text NOT NULL,
	twilio_from       text NOT NULL,
	PRIMARY KEY (agreement_id, noc_id)
);
CREATE TABLE strike.osp_terms (
	agreement_id      uuid NOT NULL,
	osp_id            uuid NOT NULL,
	version           bigint NOT NULL DEFAULT 0,
	render_url        text NOT NULL,
	render_client_id  text NOT NULL,
	render_secret_ref text NOT NULL,
	render_project    text NOT NULL,
	default_list_id   uuid,
	PRIMARY KEY (agreement_id, osp_id)
);

-- The owner must see every row for as long as this takes.
ALTER TABLE strike.agreement NO FORCE ROW LEVEL SECURITY;
INSERT INTO strike.noc_terms (agreement_id, noc_id, duty_phone, twilio_subaccount, twilio_from)
SELECT id, noc_id, noc_duty_phone, twilio_subaccount, twilio_from FROM strike.agreement;
INSERT INTO strike.osp_terms (agreement_id, osp_id, render_url, render_client_id,
    render_secret_ref, render_project)
SELECT id, osp_id, render_url, render_client_id, render_secret_ref, render_project
  FROM strike.agreement;
ALTER TABLE strike.agreement
	DROP COLUMN noc_duty_phone, DROP COLUMN twilio_subaccount, DROP COLUMN twilio_from,
	DROP COLUMN render_url, DROP COLUMN render_client_id, DROP COLUMN render_secret_ref,
	DROP COLUMN render_project, DROP COLUMN default_list_id;
ALTER TABLE strike.agreement FORCE ROW LEVEL SECURITY;

-- ---- regions and lists ----

-- People, lists and regions are records now.  What stood in these tables until now was
-- planted for development; whoever plants again makes records of it.
DROP FUNCTION strike.find_pager_list(uuid, uuid, geometry);
TRUNCATE strike.region;
ALTER TABLE strike.region
	DROP CONSTRAINT region_osp_id_fkey,
	DROP CONSTRAINT region_pager_list_id_fkey,
	ADD COLUMN version bigint NOT NULL CHECK (version > 0),
	ADD COLUMN retired boolean NOT NULL,
	ALTER COLUMN area TYPE geometry(MultiPolygon, 4326) USING ST_Multi(area);
CREATE INDEX region_osp ON strike.region (osp_id);
DROP TABLE strike.pager_list_entry, strike.person, strike.pager_list;

-- Whose records a list's reader needs with it: of its entries and substitutions.
CREATE TABLE strike.list_people (
	list_id uuid PRIMARY KEY,
	osp_id  uuid NOT NULL,
	version bigint NOT NULL,
	people  uuid[] NOT NULL,
	retired boolean NOT NULL
);

-- ---- writing ----

-- Whether one of ${p_people} was erased, as far as the session may know: a key belongs to
-- the organisation that the person belongs to.
CREATE FUNCTION strike.is_erased(p_people uuid[]) RETURNS boolean
LANGUAGE sql STABLE
AS $$
	SELECT EXISTS (SELECT FROM strike.person_key k
			WHERE k.person = ANY (p_people) AND k.erased_at IS NOT NULL)
$$;

-- ${p_body} without the members ${p_without}, in the order in which it stands.
CREATE FUNCTION strike.rest_of(p_body json, p_without text[]) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
	SELECT '{' || COALESCE(string_agg(to_json(m.key) || ':' || CASE m.key
		WHEN 'contacts' THEN '[' || (SELECT COALESCE(string_agg(
			strike.rest_of(c.value, '{number}'), ',' ORDER BY c.n), '')
			FROM json_array_elements(m.value) WITH ORDINALITY AS c(value, n)) || ']'
		ELSE m.value::text END, ',' ORDER BY m.n), '') || '}'
	  FROM json_each(p_body) WITH ORDINALITY AS m(key, value, n)
	 WHERE m.key <> ALL (p_without)
$$;

-- What is left of the body of somebody's record when they are erased: all that is not
-- their own (domain/directory/record_fields.c).  A body that cannot be read is emptied.
CREATE FUNCTION strike.rest_of_body(p_kind text, p_body bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
	RETURN convert_to(strike.rest_of(convert_from(p_body, 'UTF8')::json,
	    CASE p_kind WHEN 'person' THEN '{label}' ELSE '{handle,name,email}' END::text[]), 'UTF8');
EXCEPTION WHEN data_exception THEN
	RETURN '{}';
END $$;

-- Write a record's row; false when there is a newer one, or this one, already.  Somebody
-- else's is a row that has moved on.
CREATE FUNCTION strike.put_record(p_kind text, p_id uuid, p_version bigint, p_noc uuid,
	p_osp uuid, p_parent uuid, p_changed_at timestamptz, p_body bytea) RETURNS boolean
LANGUAGE plpgsql
AS $$
DECLARE
	v_user uuid := CASE p_kind WHEN 'membership' THEN p_parent ELSE p_id END;
BEGIN
	-- Whoever was erased stays so, whatever is written.
	IF p_kind IN ('user', 'membership', 'person') AND strike.is_erased(ARRAY[p_id, v_user]) THEN
		p_body := strike.rest_of_body(p_kind, p_body);
	END IF;
	IF current_setting('role') = 'strike_worker' OR strike.organisation() IN (p_noc, p_osp) THEN
		UPDATE strike.record r
		   SET version = p_version, parent = p_parent, changed_at = p_changed_at, body = p_body
		 WHERE r.id = p_id AND r.kind = p_kind AND r.noc_id = p_noc AND r.osp_id = p_osp
		   AND r.version < p_version;
		IF FOUND THEN
			RETURN true;
		END IF;
		INSERT INTO strike.record (id, kind, version, noc_id, osp_id, parent, changed_at, body)
		VALUES (p_id, p_kind, p_version, p_noc, p_osp, p_parent, p_changed_at, p_body)
		ON CONFLICT DO NOTHING;
		IF FOUND THEN
			RETURN true;
		END IF;
		IF EXISTS (SELECT FROM strike.record r WHERE r.id = p_id AND r.kind = p_kind
			    AND r.noc_id = p_noc AND r.osp_id = p_osp AND r.version >= p_version) THEN
			RETURN false;
		END IF;
	END IF;
	RAISE EXCEPTION 'record % does not stand where it was expected', p_id
	    USING ERRCODE = 'serialization_failure';
END $$;

-- Each of these makes the typed rows of one kind; true when something that must be unique
-- is taken by another record, and then nothing was written.  Whoever comes second with it
-- waits in the unique index until the first has committed or given up, and then knows.
-- An older version than what is there changes nothing.

CREATE FUNCTION strike.put_organisation(p_id uuid, p_version bigint, p_handle text, p_name text,
	p_is_noc boolean, p_is_osp boolean, p_is_platform boolean, p_suspended boolean)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	UPDATE strike.organisation o
	   SET version = p_version, handle = p_handle, name = p_name, is_noc = p_is_noc,
	       is_osp = p_is_osp, is_platform = p_is_platform, suspended = p_suspended
	 WHERE o.id = p_id AND o.version < p_version;
	IF NOT FOUND AND NOT EXISTS (SELECT FROM strike.organisation o WHERE o.id = p_id) THEN
		INSERT INTO strike.organisation (id, version, handle, name, is_noc, is_osp,
		    is_platform, suspended)
		VALUES (p_id, p_version, p_handle, p_name, p_is_noc, p_is_osp, p_is_platform,
		    p_suspended);
	END IF;
	RETURN false;
EXCEPTION WHEN unique_violation THEN
	RETURN true;
END $$;

CREATE FUNCTION strike.put_user(p_id uuid, p_version bigint, p_handle text, p_disabled boolean,
	p_issuers text[], p_subjects text[]) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	IF strike.is_erased(ARRAY[p_id]) THEN
		p_handle := 'erased-' || p_id;
		p_disabled := true;
	END IF;
	UPDATE strike.app_user u SET version = p_version, handle = p_handle, disabled = p_disabled
	 WHERE u.id = p_id AND u.version < p_version;
	IF NOT FOUND THEN
		IF EXISTS (SELECT FROM strike.app_user u WHERE u.id = p_id) THEN
			RETURN false;
		END IF;
		INSERT INTO strike.app_user (id, version, handle, disabled)
		VALUES (p_id, p_version, p_handle, p_disabled);
	END IF;
	DELETE FROM strike.user_identity i WHERE i.user_id = p_id;
	INSERT INTO strike.user_identity (issuer, subject, user_id)
	SELECT DISTINCT i.issuer, i.subject, p_id
	  FROM unnest(p_issuers, p_subjects) AS i(issuer, subject)
	 ORDER BY i.issuer, i.subject; -- so that no two of these wait for each other in a circle
	RETURN false;
EXCEPTION WHEN unique_violation THEN
	RETURN true;
END $$;

CREATE FUNCTION strike.put_membership(p_id uuid, p_version bigint, p_organisation uuid, p_user uuid,
	p_email text, p_role text, p_state text) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	IF p_state = 'REMOVED' OR strike.is_erased(ARRAY[p_id, p_user]) THEN
		p_email := '';
	END IF;
	UPDATE strike.membership m
	   SET version = p_version, user_id = p_user, email = p_email, role = p_role,
	       state = p_state
	 WHERE m.id = p_id AND m.organisation_id = p_organisation AND m.version < p_version;
	IF NOT FOUND AND NOT EXISTS (SELECT FROM strike.membership m WHERE m.id = p_id) THEN
		INSERT INTO strike.membership (id, version, organisation_id, user_id, email, role, state)
		VALUES (p_id, p_version, p_organisation, p_user, p_email, p_role, p_state);
	END IF;
	RETURN false;
EXCEPTION WHEN unique_violation THEN
	RETURN true;
END $$;

-- Job numbers begin with the prefix, so it is the OSP that must have it once; what it has
-- is nothing that a NOC is told.  Two sessions of the OSP with one prefix come one after
-- the other.
CREATE FUNCTION strike.put_agreement(p_id uuid, p_version bigint, p_noc uuid, p_osp uuid,
	p_kind text, p_state text, p_number_prefix text, p_ring_s bigint, p_loops bigint,
	p_retry_after_s bigint, p_retries bigint, p_grace_s bigint, p_poll_s bigint,
	p_poll_grace_s bigint, p_valid_from timestamptz, p_valid_until timestamptz)
RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	IF EXISTS (SELECT FROM strike.agreement a WHERE a.id = p_id AND a.version >= p_version) THEN
		RETURN false;
	END IF;
	IF current_setting('role') <> 'strike_worker' AND strike.organisation() = p_osp
	   AND p_number_prefix <> '' AND p_state IN ('PROPOSED', 'AGREED') THEN
		PERFORM pg_advisory_xact_lock(5722005, hashtext(p_osp::text || p_number_prefix));
		IF EXISTS (SELECT FROM strike.agreement a
			    WHERE a.osp_id = p_osp AND a.number_prefix = p_number_prefix
			      AND a.state IN ('PROPOSED', 'AGREED') AND a.id <> p_id) THEN
			RETURN true;
		END IF;
	END IF;
	UPDATE strike.agreement a
	   SET version = p_version, kind = p_kind, state = p_state, number_prefix = p_number_prefix,
	       ring_s = p_ring_s, loops = p_loops, retry_after_s = p_retry_after_s,
	       retries = p_retries, grace_s = p_grace_s, poll_s = p_poll_s,
	       poll_grace_s = p_poll_grace_s, valid_from = p_valid_from,
	       valid_until = p_valid_until
	 WHERE a.id = p_id AND a.noc_id = p_noc AND a.osp_id = p_osp;
	IF NOT FOUND THEN
		INSERT INTO strike.agreement (id, version, noc_id, osp_id, kind, state, number_prefix,
		    ring_s, loops, retry_after_s, retries, grace_s, poll_s, poll_grace_s, valid_from,
		    valid_until)
		VALUES (p_id, p_version, p_noc, p_osp, p_kind, p_state, p_number_prefix, p_ring_s,
		    p_loops, p_retry_after_s, p_retries, p_grace_s, p_poll_s, p_poll_grace_s,
		    p_valid_from, p_valid_until);
	END IF;
	RETURN false;
EXCEPTION WHEN unique_violation THEN
	RETURN true;
END $$;

CREATE FUNCTION strike.put_noc_terms(p_agreement uuid, p_noc uuid, p_version bigint,
	p_duty_phone text, p_twilio_subaccount text, p_twilio_from text) RETURNS boolean
LANGUAGE sql
AS $$
	INSERT INTO strike.noc_terms AS t (agreement_id, noc_id, version, duty_phone,
	    twilio_subaccount, twilio_from)
	VALUES (p_agreement, p_noc, p_version, p_duty_phone, p_twilio_subaccount, p_twilio_from)
	ON CONFLICT (agreement_id, noc_id) DO UPDATE SET version = excluded.version,
	    duty_phone = excluded.duty_phone, twilio_subaccount = excluded.twilio_subaccount,
	    twilio_from = excluded.twilio_from
	 WHERE t.version < excluded.version;
	SELECT false
$$;

CREATE FUNCTION strike.put_osp_terms(p_agreement uuid, p_osp uuid, p_version bigint,
	p_render_url text, p_render_client_id text, p_render_secret_ref text, p_render_project text,
	p_default_list uuid) RETURNS boolean
LANGUAGE sql
AS $$
	INSERT INTO strike.osp_terms AS t (agreement_id, osp_id, version, render_url,
	    render_client_id, render_secret_ref, render_project, default_list_id)
	VALUES (p_agreement, p_osp, p_version, p_render_url, p_render_client_id, p_render_secret_ref,
	    p_render_project, p_default_list)
	ON CONFLICT (agreement_id, osp_id) DO UPDATE SET version = excluded.version,
	    render_url = excluded.render_url, render_client_id = excluded.render_client_id,
	    render_secret_ref = excluded.render_secret_ref,
	    render_project = excluded.render_project, default_list_id = excluded.default_list_id
	 WHERE t.version < excluded.version;
	SELECT false
$$;

CREATE FUNCTION strike.put_region(p_id uuid, p_version bigint, p_osp uuid, p_name text,
	p_priority bigint, p_list uuid, p_area bytea, p_retired boolean) RETURNS boolean
LANGUAGE plpgsql SET search_path = strike, public, pg_temp
AS $$
BEGIN
	UPDATE strike.region r
	   SET version = p_version, name = p_name, priority = p_priority, pager_list_id = p_list,
	       area = ST_GeomFromWKB(p_area, 4326), retired = p_retired
	 WHERE r.id = p_id AND r.osp_id = p_osp AND r.version < p_version;
	IF NOT FOUND AND NOT EXISTS (SELECT FROM strike.region r WHERE r.id = p_id) THEN
		INSERT INTO strike.region (id, version, osp_id, name, priority, pager_list_id, area, retired)
		VALUES (p_id, p_version, p_osp, p_name, p_priority, p_list,
		    ST_GeomFromWKB(p_area, 4326), p_retired);
	END IF;
	RETURN false;
EXCEPTION WHEN unique_violation THEN
	RETURN true;
END $$;

CREATE FUNCTION strike.put_list(p_id uuid, p_version bigint, p_osp uuid, p_people uuid[],
	p_retired boolean) RETURNS boolean
LANGUAGE plpgsql
AS $$
BEGIN
	UPDATE strike.list_people l SET version = p_version, people = p_people, retired = p_retired
	 WHERE l.list_id = p_id AND l.osp_id = p_osp AND l.version < p_version;
	IF NOT FOUND AND NOT EXISTS (SELECT FROM strike.list_people l WHERE l.list_id = p_id) THEN
		INSERT INTO strike.list_people (list_id, osp_id, version, people, retired)
		VALUES (p_id, p_osp, p_version, p_people, p_retired);
	END IF;
	RETURN false;
EXCEPTION WHEN unique_violation THEN
	RETURN true;
END $$;

-- Whether ${p_area}, well-known binary, is a valid surface; if not, why.  What cannot even
-- be read as one (a ring that does not close) is an error of the reader's, in its words.
CREATE FUNCTION strike.check_area(p_area bytea, OUT valid boolean, OUT reason text)
LANGUAGE plpgsql IMMUTABLE SET search_path = strike, public, pg_temp
AS $$
DECLARE
	v_area   geometry;
	v_detail valid_detail;
BEGIN
	v_area := ST_GeomFromWKB(p_area, 4326);
	v_detail := ST_IsValidDetail(v_area);
	valid := v_detail.valid AND NOT ST_IsEmpty(v_area);
	reason := CASE WHEN valid THEN '' WHEN v_detail.valid THEN 'it has no surface'
		WHEN v_detail.location IS NULL THEN v_detail.reason
		ELSE format('%s at [%s, %s]', v_detail.reason, ST_X(v_detail.location),
		    ST_Y(v_detail.location)) END;
EXCEPTION WHEN internal_error OR data_exception THEN
	valid := false;
	reason := SQLERRM;
END $$;

-- ---- who rings for a place ----

-- Which list of ${p_osp} covers this place: of its regions that meet it the smallest (on the
-- plane of degrees), then by priority, then by id; without a region the default list of
-- ${p_agreement}.  First the list's record, then those of its people; nothing when the list
-- is retired.
--
-- People, lists and regions are visible to their OSP alone, and yet a NOC's createEco must
-- freeze the OSP's plan.  So this one question is answered with the worker's eyes, to a
-- worker, to the OSP itself, and to the NOC of an agreement that is agreed (anybody may
-- propose one).
CREATE FUNCTION strike.find_roster(p_osp uuid, p_agreement uuid, p_location geometry)
RETURNS TABLE (region_id uuid, region_name text, kind text, id uuid, version bigint, noc_id uuid,
	osp_id uuid, parent uuid, changed_at timestamptz, body bytea)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, public, pg_temp
AS $$
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
	  FROM found f ORDER BY f.is_list DESC, f.id
$$;

-- ---- who may ----

-- The owner of a record sees and writes its rows.  What both sides of an agreement see is
-- the agreement; what one of them keeps about it is its own.
DO $$
DECLARE
	v_row record;
BEGIN
	FOR v_row IN SELECT * FROM (VALUES
	    ('record', 'both_sides', 'noc_id = $org OR osp_id = $org'),
	    ('organisation', 'itself', 'id = $org OR $org = strike.platform()'),
	    ('app_user', 'the_platforms', '$org = strike.platform()'),
	    ('user_identity', 'the_platforms', '$org = strike.platform()'),
	    ('membership', 'its_organisation', 'organisation_id = $org'),
	    ('noc_terms', 'its_noc', 'noc_id = $org'),
	    ('osp_terms', 'its_osp', 'osp_id = $org'),
	    ('list_people', 'its_osp', 'osp_id = $org')) AS v(name, policy, condition)
	LOOP
		EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', v_row.name);
		EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', v_row.name);
		EXECUTE format('CREATE POLICY %1$I ON strike.%2$I USING (%3$s) WITH CHECK (%3$s)',
		    v_row.policy, v_row.name,
		    replace(v_row.condition, '$org', '(SELECT strike.organisation())'));
	END LOOP;
END $$;

-- Whoever runs the installation lists the organisations.
CREATE POLICY the_platforms_list ON strike.record FOR SELECT
	USING (kind = 'organisation' AND (SELECT strike.organisation()) = strike.platform());
-- Who stands in an agreement with one has a name.  Only columns that say no more than that
-- are granted.
CREATE POLICY its_partners ON strike.organisation FOR SELECT
	USING (id IN (SELECT CASE a.noc_id WHEN (SELECT strike.organisation()) THEN a.osp_id
			     ELSE a.noc_id END
			FROM strike.agreement a WHERE a.state <> 'DECLINED'));

REVOKE SELECT ON strike.organisation, strike.app_user, strike.membership FROM strike_api;
GRANT SELECT ON strike.record, strike.noc_terms, strike.osp_terms, strike.list_people TO strike_api;
GRANT SELECT (id, handle, name, is_noc, is_osp, version) ON strike.organisation TO strike_api;
GRANT SELECT (id, version) ON strike.app_user TO strike_api;
GRANT SELECT (user_id) ON strike.user_identity TO strike_api;
GRANT SELECT (id, organisation_id, user_id, role, state, version) ON strike.membership TO strike_api;
GRANT INSERT ON strike.record, strike.organisation, strike.app_user, strike.user_identity,
	strike.membership, strike.agreement, strike.noc_terms, strike.osp_terms, strike.region,
	strike.list_people TO strike_api;
GRANT UPDATE (version, parent, changed_at, body) ON strike.record TO strike_api;
GRANT UPDATE (version, handle, name, is_noc, is_osp, is_platform, suspended)
	ON strike.organisation TO strike_api;
GRANT UPDATE (version, handle, disabled) ON strike.app_user TO strike_api;
GRANT DELETE ON strike.user_identity TO strike_api;
GRANT UPDATE (version, user_id, email, role, state) ON strike.membership TO strike_api;
GRANT UPDATE (version, kind, state, number_prefix, ring_s, loops, retry_after_s, retries, grace_s,
	poll_s, poll_grace_s, valid_from, valid_until) ON strike.agreement TO strike_api;
GRANT UPDATE (version, duty_phone, twilio_subaccount, twilio_from) ON strike.noc_terms TO strike_api;
GRANT UPDATE (version, render_url, render_client_id, render_secret_ref, render_project,
	default_list_id) ON strike.osp_terms TO strike_api;
GRANT UPDATE (version, name, priority, pager_list_id, area, retired) ON strike.region TO strike_api;
GRANT UPDATE (version, people, retired) ON strike.list_people TO strike_api;

GRANT SELECT, INSERT, UPDATE, DELETE ON strike.record, strike.organisation, strike.app_user,
	strike.user_identity, strike.membership, strike.agreement, strike.noc_terms,
	strike.osp_terms, strike.region, strike.list_people TO strike_worker;

GRANT CREATE ON SCHEMA strike TO strike_worker;
ALTER FUNCTION strike.find_roster(uuid, uuid, geometry) OWNER TO strike_worker;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;
