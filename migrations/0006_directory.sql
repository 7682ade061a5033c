-- Organisations, users, agreements, regions, people on call, job numbers.
CREATE TABLE strike.organisation (
	id     uuid PRIMARY KEY,
	handle text NOT NULL UNIQUE,
	name   text NOT NULL,
	is_noc boolean NOT NULL,
	is_osp boolean NOT NULL
);

CREATE TABLE strike.app_user (
	id     uuid PRIMARY KEY,
	handle text NOT NULL UNIQUE
);

CREATE TABLE strike.membership (
	user_id         uuid NOT NULL REFERENCES strike.app_user,
	organisation_id uuid NOT NULL REFERENCES strike.organisation,
	role            text NOT NULL CHECK (role IN ('operator', 'supervisor', 'dispatcher',
			    'technician', 'roster_manager', 'viewer', 'admin')),
	PRIMARY KEY (user_id, organisation_id)
);

CREATE TABLE strike.pager_list (
	id     uuid PRIMARY KEY,
	osp_id uuid NOT NULL REFERENCES strike.organisation,
	name   text NOT NULL
);

CREATE TABLE strike.person (
	id        uuid PRIMARY KEY,
	osp_id    uuid NOT NULL REFERENCES strike.organisation,
	label     text NOT NULL,
	phone     text NOT NULL,
	verified  boolean NOT NULL,
	on_shift  boolean NOT NULL,
	opted_out boolean NOT NULL
);

CREATE TABLE strike.pager_list_entry (
	pager_list_id uuid NOT NULL REFERENCES strike.pager_list,
	position      integer NOT NULL CHECK (position > 0),
	person_id     uuid NOT NULL REFERENCES strike.person,
	osp_id        uuid NOT NULL REFERENCES strike.organisation,
	PRIMARY KEY (pager_list_id, position)
);

CREATE TABLE strike.region (
	id            uuid PRIMARY KEY,
	osp_id        uuid NOT NULL REFERENCES strike.organisation,
	name          text NOT NULL,
	priority      bigint NOT NULL,
	pager_list_id uuid NOT NULL REFERENCES strike.pager_list,
	area          geometry(Polygon, 4326) NOT NULL
);
CREATE INDEX region_area ON strike.region USING gist (area);

CREATE TABLE strike.agreement (
	id                uuid PRIMARY KEY,
	noc_id            uuid NOT NULL REFERENCES strike.organisation,
	osp_id            uuid NOT NULL REFERENCES strike.organisation,
	number_prefix     text NOT NULL,
	ring_s            bigint NOT NULL,
	loops             bigint NOT NULL,
	retry_after_s     bigint NOT NULL,
	retries           bigint NOT NULL,
	grace_s           bigint NOT NULL,
	poll_s            bigint NOT NULL,
	poll_grace_s      bigint NOT NULL,
	noc_duty_phone    text NOT NULL,
	twilio_subaccount text NOT NULL,
	twilio_from       text NOT NULL,
	render_url        text NOT NULL,
	render_client_id  text NOT NULL,
	render_secret_ref text NOT NULL,
	render_project    text NOT NULL,
	default_list_id   uuid REFERENCES strike.pager_list,
	valid_from        timestamptz NOT NULL,
	valid_until       timestamptz,
	CHECK (valid_until IS NULL OR valid_until > valid_from)
);
CREATE INDEX agreement_noc ON strike.agreement (noc_id, osp_id);
CREATE INDEX agreement_osp ON strike.agreement (osp_id);

-- Gap-free: the next number is taken in the transaction that uses it.
CREATE TABLE strike.job_sequence (
	noc_id   uuid NOT NULL,
	osp_id   uuid NOT NULL,
	job_type text NOT NULL,
	last     bigint NOT NULL CHECK (last > 0),
	PRIMARY KEY (noc_id, osp_id, job_type)
) WITH (fillfactor = 70);

-- Whom would ${p_osp} ring for this place?  Of its regions that meet the place the
-- smallest (on the plane of degrees), then by priority, then by id; without a
-- region the agreement's default list.
--
-- People, lists and regions are visible to their OSP alone, and yet a NOC's
-- createEco must freeze the OSP's plan.  So this one question is answered with the
-- worker's eyes (SECURITY DEFINER), to a worker and to whoever stands in the
-- agreement that is asked about, and to nobody else.  The setting "role" still
-- says who asked.
CREATE FUNCTION strike.find_pager_list(p_osp uuid, p_agreement uuid, p_location geometry)
RETURNS TABLE (list_id uuid, list_name text, region_name text, person_id uuid, label text,
	phone text, verified boolean, on_shift boolean, opted_out boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, public, pg_temp
AS $$
	WITH under AS (
		SELECT a.default_list_id
		  FROM strike.agreement a
		 WHERE a.id = p_agreement AND a.osp_id = p_osp
		   AND (current_setting('role') = 'strike_worker'
			OR strike.organisation() IN (a.noc_id, a.osp_id))
	), nearest AS (
		SELECT r.pager_list_id, r.name
		  FROM strike.region r
		 WHERE r.osp_id = p_osp AND ST_Intersects(r.area, p_location)
		 ORDER BY ST_Area(r.area), r.priority, r.id
		 LIMIT 1
	), chosen AS (
		SELECT COALESCE(n.pager_list_id, u.default_list_id) AS id, COALESCE(n.name, '') AS region
		  FROM under u LEFT JOIN nearest n ON true
	)
	SELECT l.id, l.name, c.region, p.id, p.label, p.phone, p.verified, p.on_shift, p.opted_out
	  FROM chosen c
	  JOIN strike.pager_list l ON l.id = c.id
	  LEFT JOIN strike.pager_list_entry e ON e.pager_list_id = l.id
	  LEFT JOIN strike.person p ON p.id = e.person_id
	 ORDER BY e.position
$$;
