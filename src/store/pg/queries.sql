-- Every query of the adapter.  A section begins with "-- name:"; the program
-- prepares those that pg_statements.def lists, and runs the rest as they are.
-- Parameters and results are in PostgreSQL's binary form, so every parameter is
-- cast and results keep the types that the C code reads (bigint, not integer,
-- unless it says so).

-- name: session_api
SET ROLE strike_api;
SET search_path = strike, public;
SET default_transaction_isolation = 'read committed';
SET statement_timeout = '30s';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '60s';
SET client_min_messages = warning;
SET jit = off;

-- name: session_worker
SET ROLE strike_worker;
SET search_path = strike, public;
SET default_transaction_isolation = 'read committed';
SET statement_timeout = '60s';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '60s';
SET client_min_messages = warning;
SET jit = off;

-- name: check_store
SELECT (SELECT cache_size FROM pg_sequences
	 WHERE schemaname = 'strike' AND sequencename = 'event_seq') AS cache_size,
       (SELECT max(number) FROM strike.migration)::bigint AS migration;

-- name: take_instance
WITH fresh AS MATERIALIZED (SELECT nextval('strike.instance')::integer AS n)
SELECT n::bigint, pg_try_advisory_lock(5722001, n) FROM fresh;

-- name: retake_instance
SELECT pg_try_advisory_lock(5722001, $1::integer);

-- name: migration_lock
SELECT pg_advisory_lock(5722003, 0);

-- name: migration_table
CREATE SCHEMA IF NOT EXISTS strike;
CREATE TABLE IF NOT EXISTS strike.migration (
	number     bigint PRIMARY KEY,
	name       text NOT NULL,
	checksum   bytea NOT NULL,
	applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- name: migration_list
SELECT number, name, checksum FROM strike.migration ORDER BY number;

-- name: migration_record
INSERT INTO strike.migration (number, name, checksum) VALUES ($1::bigint, $2::text, $3::bytea);

-- name: begin
BEGIN

-- name: set_organisation
SELECT set_config('strike.organisation', $1::text, true)

-- name: commit
COMMIT

-- name: append
SELECT outcome, version, answer FROM strike.append(
	$1::uuid, $2::bigint, $3::uuid, $4::uuid, $5::uuid, $6::uuid, $7::bytea, $8::bytea,
	$9::uuid[], $10::text[], $11::bigint[], $12::timestamptz[], $13::text[], $14::text[],
	$15::uuid[], $16::uuid[], $17::uuid[], $18::uuid[], $19::bytea[], $20::bytea[],
	$21::text[], $22::text[], $23::text[], $24::uuid[], $25::bigint[], $26::text[],
	$27::timestamptz[], $28::text[], $29::boolean[], $30::timestamptz[],
	$31::integer, $32::text, $33::text, $34::timestamptz, $35::text, $36::bigint)

-- name: find_command
SELECT body_hash = $3::bytea, answer FROM strike.command WHERE scope = $1::uuid AND key = $2::uuid

-- name: take_job_number
INSERT INTO strike.job_sequence AS s (noc_id, osp_id, job_type, last)
VALUES ($1::uuid, $2::uuid, $3::text, 1)
ON CONFLICT (noc_id, osp_id, job_type) DO UPDATE SET last = s.last + 1
RETURNING last

-- name: read_stream
SELECT e.event_id, e.stream_id, e.version, COALESCE(l.position, 0), e.noc_id, e.osp_id, e.type,
       e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name, e.actor_user,
       e.actor_organisation, e.correlation, e.causation, e.payload, e.hash
  FROM strike.event e LEFT JOIN strike.log l ON l.seq = e.seq
 WHERE e.stream_id = $1::uuid AND e.version > $2::bigint
 ORDER BY e.version LIMIT $3::bigint

-- name: read_log
SELECT e.event_id, e.stream_id, e.version, l.position, e.noc_id, e.osp_id, e.type,
       e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name, e.actor_user,
       e.actor_organisation, e.correlation, e.causation, e.payload, e.hash
  FROM strike.log l JOIN strike.event e ON e.seq = l.seq
 WHERE l.position > $1::bigint
 ORDER BY l.position LIMIT $2::bigint

-- name: sequence
SELECT head, leads, epoch, sequenced FROM strike.sequence($1::boolean, $2::bigint, $3::bigint)

-- name: checkpoint
SELECT position FROM strike.checkpoint WHERE name = $1::text

-- name: checkpoint_add
INSERT INTO strike.checkpoint (name, position) VALUES ($1::text, 0) ON CONFLICT DO NOTHING

-- name: checkpoint_move
UPDATE strike.checkpoint SET position = $3::bigint WHERE name = $1::text AND position = $2::bigint

-- name: claim_timers
-- Always at least one row: the first column says whether this process still holds
-- its instance, without which nothing is claimed.
WITH live AS MATERIALIZED (SELECT strike.live_instances() AS ids),
mine AS (SELECT $3::integer = ANY (ids) AS held FROM live),
picked AS (
	SELECT t.eco_id, t.kind FROM strike.timer t
	 WHERE t.due <= $1::timestamptz AND (SELECT held FROM mine)
	   AND (t.owner IS NULL OR t.lease < clock_timestamp()
		OR t.owner <> ALL ((SELECT ids FROM live)::integer[]))
	 ORDER BY t.due, t.eco_id, t.kind LIMIT $2::bigint FOR UPDATE SKIP LOCKED
), moved AS (
	UPDATE strike.timer t
	   SET owner = $3::integer, lease = clock_timestamp() + make_interval(secs => $4::bigint)
	  FROM picked p WHERE t.eco_id = p.eco_id AND t.kind = p.kind
	RETURNING t.eco_id, t.kind, t.due
)
SELECT mine.held, moved.eco_id, moved.kind, moved.due
  FROM mine LEFT JOIN moved ON true ORDER BY moved.due, moved.eco_id, moved.kind

-- name: put_back_timer
UPDATE strike.timer SET due = $5::timestamptz, owner = NULL, lease = NULL
 WHERE eco_id = $1::uuid AND kind = $2::text AND due = $3::timestamptz AND owner = $4::integer

-- name: claim_effects
WITH live AS MATERIALIZED (SELECT strike.live_instances() AS ids),
mine AS (SELECT $3::integer = ANY (ids) AS held FROM live),
picked AS (
	SELECT o.key FROM strike.outbox o
	 WHERE o.done_at IS NULL AND o.lane = $5::text AND o.due <= $1::timestamptz
	   AND (SELECT held FROM mine)
	   AND (o.owner IS NULL OR o.lease < clock_timestamp()
		OR o.owner <> ALL ((SELECT ids FROM live)::integer[]))
	 ORDER BY o.due, o.key LIMIT $2::bigint FOR UPDATE SKIP LOCKED
), moved AS (
	UPDATE strike.outbox o
	   SET owner = $3::integer, lease = clock_timestamp() + make_interval(secs => $4::bigint),
	       tries = o.tries + 1
	  FROM picked p WHERE o.key = p.key
	RETURNING o.key, o.type, o.eco_id, o.number, o.provider_id, o.due, o.tries, o.begun_at
)
SELECT mine.held, moved.key, moved.type, moved.eco_id, moved.number, moved.provider_id, moved.due,
       moved.tries, moved.begun_at
  FROM mine LEFT JOIN moved ON true ORDER BY moved.due, moved.key

-- name: begin_effect
UPDATE strike.outbox SET begun_at = $3::timestamptz
 WHERE key = $1::text AND owner = $2::integer AND done_at IS NULL

-- name: put_back_effect
UPDATE strike.outbox
   SET due = $3::timestamptz, begun_at = CASE WHEN $4::boolean THEN begun_at END,
       problem = $5::text, owner = NULL, lease = NULL
 WHERE key = $1::text AND owner = $2::integer AND done_at IS NULL

-- name: drop_effect
UPDATE strike.outbox SET done_at = clock_timestamp(), owner = NULL, lease = NULL
 WHERE key = $1::text AND owner = $2::integer AND done_at IS NULL

-- name: next_timer
-- By the index, from the earliest on: most nights the first row is the answer, and
-- who lives is asked only when that row is claimed.
WITH live AS MATERIALIZED (SELECT strike.live_instances() AS ids)
SELECT t.due FROM strike.timer t
 WHERE t.owner IS NULL OR t.lease < clock_timestamp()
    OR t.owner <> ALL ((SELECT ids FROM live)::integer[])
 ORDER BY t.due LIMIT 1

-- name: next_effect
WITH live AS MATERIALIZED (SELECT strike.live_instances() AS ids)
SELECT o.due FROM strike.outbox o
 WHERE o.done_at IS NULL AND o.lane = $1::text
   AND (o.owner IS NULL OR o.lease < clock_timestamp()
	OR o.owner <> ALL ((SELECT ids FROM live)::integer[]))
 ORDER BY o.due LIMIT 1

-- name: next_due
WITH live AS MATERIALIZED (SELECT strike.live_instances() AS ids)
SELECT min(w.due) FROM (
	SELECT t.due, t.owner, t.lease FROM strike.timer t
	UNION ALL
	SELECT o.due, o.owner, o.lease FROM strike.outbox o WHERE o.done_at IS NULL
) AS w
 WHERE w.owner IS NULL OR w.lease < clock_timestamp()
    OR w.owner <> ALL ((SELECT ids FROM live)::integer[])

-- name: find_provider_id
SELECT eco_id, number FROM strike.provider_id WHERE id = $1::text

-- name: record_rejection
INSERT INTO strike.webhook_rejection (slot, number, at, route, peer, reason)
SELECT (n % 10000)::integer, n, $1::timestamptz, $2::text, $3::text, $4::text
  FROM (SELECT nextval('strike.webhook_rejection_number') AS n) AS fresh
ON CONFLICT (slot) DO UPDATE SET number = excluded.number, at = excluded.at,
    route = excluded.route, peer = excluded.peer, reason = excluded.reason

-- name: list_rejections
SELECT at, route, peer, reason FROM strike.webhook_rejection ORDER BY number DESC LIMIT $1::bigint

-- name: backlog
SELECT (SELECT count(*) FROM strike.event e
	 WHERE (e.xid >= pg_snapshot_xmax(h.snap)
		OR e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap))))
	   AND NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = e.seq)),
       COALESCE((SELECT max(h.last_position - c.position) FROM strike.checkpoint c), h.last_position),
       (SELECT count(*) FROM strike.outbox o WHERE o.done_at IS NULL AND o.due <= $1::timestamptz),
       (SELECT count(*) FROM strike.timer t WHERE t.due <= $1::timestamptz),
       (SELECT count(*) FROM strike.outbox o WHERE o.done_at IS NULL AND o.owner IS NOT NULL)
	   + (SELECT count(*) FROM strike.timer t WHERE t.owner IS NOT NULL),
       (SELECT count(*) FROM strike.outbox o WHERE o.done_at IS NULL AND o.due > $1::timestamptz)
  FROM strike.log_head h

-- name: put_board
INSERT INTO strike.eco_board AS b (eco_id, version, position, noc_id, osp_id, job_number, job_type,
    description, location, status, dispatch, integration, eta_minutes, accepted_at, grace_until,
    created_at, updated_at, task_count, tasks_completed)
SELECT DISTINCT ON (u.eco_id) u.eco_id, u.version, u.position, u.noc_id, u.osp_id, u.job_number,
    u.job_type, u.description, ST_GeomFromWKB(u.location, 4326), u.status, u.dispatch,
    u.integration, u.eta_minutes, u.accepted_at, u.grace_until, u.created_at, u.updated_at,
    u.task_count, u.tasks_completed
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
	$8::text[], $9::bytea[], $10::text[], $11::text[], $12::text[], $13::bigint[],
	$14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[],
	$18::bigint[], $19::bigint[]) WITH ORDINALITY
    AS u(eco_id, version, position, noc_id, osp_id, job_number, job_type, description, location,
	status, dispatch, integration, eta_minutes, accepted_at, grace_until, created_at, updated_at,
	task_count, tasks_completed, n)
 ORDER BY u.eco_id, u.version DESC, u.n DESC
ON CONFLICT (eco_id) DO UPDATE SET (version, position, noc_id, osp_id, job_number, job_type,
    description, location, status, dispatch, integration, eta_minutes, accepted_at, grace_until,
    created_at, updated_at, task_count, tasks_completed)
  = (excluded.version, excluded.position, excluded.noc_id, excluded.osp_id, excluded.job_number,
    excluded.job_type, excluded.description, excluded.location, excluded.status, excluded.dispatch,
    excluded.integration, excluded.eta_minutes, excluded.accepted_at, excluded.grace_until,
    excluded.created_at, excluded.updated_at, excluded.task_count, excluded.tasks_completed)
 WHERE b.version <= excluded.version

-- name: find_board
SELECT eco_id, version, position, noc_id, osp_id, job_number, job_type, description,
       ST_AsBinary(location, 'NDR'), status, dispatch, integration, eta_minutes, accepted_at,
       grace_until, created_at, updated_at, task_count, tasks_completed
  FROM strike.eco_board WHERE eco_id = $1::uuid

-- name: find_board_by_number
SELECT eco_id, version, position, noc_id, osp_id, job_number, job_type, description,
       ST_AsBinary(location, 'NDR'), status, dispatch, integration, eta_minutes, accepted_at,
       grace_until, created_at, updated_at, task_count, tasks_completed
  FROM strike.eco_board WHERE upper(job_number) = upper($1::text)
 ORDER BY created_at DESC, eco_id DESC LIMIT 1

-- name: list_board
SELECT eco_id, version, position, noc_id, osp_id, job_number, job_type, description,
       ST_AsBinary(location, 'NDR'), status, dispatch, integration, eta_minutes, accepted_at,
       grace_until, created_at, updated_at, task_count, tasks_completed
  FROM strike.eco_board
 WHERE ($1::text[] IS NULL OR status = ANY ($1::text[]))
   AND ($2::bytea IS NULL OR ST_Intersects(location, ST_GeomFromWKB($2::bytea, 4326)))
   AND ($3::timestamptz IS NULL OR (created_at, eco_id) < ($3::timestamptz, $4::uuid))
 ORDER BY created_at DESC, eco_id DESC LIMIT $5::bigint

-- name: count_board
SELECT count(*) FROM strike.eco_board
 WHERE ($1::text[] IS NULL OR status = ANY ($1::text[]))
   AND ($2::bytea IS NULL OR ST_Intersects(location, ST_GeomFromWKB($2::bytea, 4326)))

-- name: find_membership
SELECT u.id, u.handle, m.role, o.id, o.handle, o.name, o.is_noc, o.is_osp
  FROM strike.app_user u
  JOIN strike.membership m ON m.user_id = u.id
  JOIN strike.organisation o ON o.id = m.organisation_id
 WHERE u.handle = $1::text AND o.handle = $2::text

-- name: find_organisation
SELECT id, handle, name, is_noc, is_osp FROM strike.organisation
 WHERE ($1::uuid IS NOT NULL AND id = $1::uuid) OR ($1::uuid IS NULL AND handle = $2::text)

-- name: list_partners
SELECT DISTINCT o.id, o.handle, o.name COLLATE "C" AS name, o.is_noc, o.is_osp
  FROM strike.agreement a
  JOIN strike.organisation o
    ON o.id = CASE WHEN a.noc_id = $1::uuid THEN a.osp_id ELSE a.noc_id END
 WHERE (a.noc_id = $1::uuid OR a.osp_id = $1::uuid) AND a.valid_from <= $2::timestamptz
   AND (a.valid_until IS NULL OR a.valid_until > $2::timestamptz)
 ORDER BY name

-- name: find_agreement
SELECT id, noc_id, osp_id, number_prefix, ring_s, loops, retry_after_s, retries, grace_s, poll_s,
       poll_grace_s, noc_duty_phone, twilio_subaccount, twilio_from, render_url, render_client_id,
       render_secret_ref, render_project
  FROM strike.agreement
 WHERE noc_id = $1::uuid AND osp_id = $2::uuid AND valid_from <= $3::timestamptz
   AND (valid_until IS NULL OR valid_until > $3::timestamptz)
 ORDER BY valid_from DESC, id LIMIT 1

-- name: get_agreement
SELECT id, noc_id, osp_id, number_prefix, ring_s, loops, retry_after_s, retries, grace_s, poll_s,
       poll_grace_s, noc_duty_phone, twilio_subaccount, twilio_from, render_url, render_client_id,
       render_secret_ref, render_project
  FROM strike.agreement WHERE id = $1::uuid

-- name: find_pager_list
SELECT list_id, list_name, region_name, person_id, label, phone, verified, on_shift, opted_out
  FROM strike.find_pager_list($1::uuid, $2::uuid, ST_GeomFromWKB($3::bytea, 4326))

-- name: plant_organisation
INSERT INTO strike.organisation (id, handle, name, is_noc, is_osp)
VALUES ($1::uuid, $2::text, $3::text, $4::boolean, $5::boolean)
ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, name = excluded.name,
    is_noc = excluded.is_noc, is_osp = excluded.is_osp

-- name: plant_user
INSERT INTO strike.app_user (id, handle) VALUES ($1::uuid, $2::text)
ON CONFLICT (id) DO UPDATE SET handle = excluded.handle

-- name: plant_membership
INSERT INTO strike.membership (user_id, organisation_id, role)
SELECT $1::uuid, o.id, $4::text FROM strike.organisation o
 WHERE o.id = $2::uuid OR ($2::uuid IS NULL AND o.handle = $3::text)
ON CONFLICT (user_id, organisation_id) DO UPDATE SET role = excluded.role

-- name: plant_list
INSERT INTO strike.pager_list (id, osp_id, name) VALUES ($1::uuid, $2::uuid, $3::text)
ON CONFLICT (id) DO UPDATE SET osp_id = excluded.osp_id, name = excluded.name

-- name: plant_list_clear
DELETE FROM strike.pager_list_entry WHERE pager_list_id = $1::uuid

-- name: plant_person
INSERT INTO strike.person (id, osp_id, label, phone, verified, on_shift, opted_out)
VALUES ($1::uuid, $2::uuid, $3::text, $4::text, $5::boolean, $6::boolean, $7::boolean)
ON CONFLICT (id) DO UPDATE SET osp_id = excluded.osp_id, label = excluded.label,
    phone = excluded.phone, verified = excluded.verified, on_shift = excluded.on_shift,
    opted_out = excluded.opted_out

-- name: plant_entry
INSERT INTO strike.pager_list_entry (pager_list_id, position, person_id, osp_id)
VALUES ($1::uuid, $2::bigint::integer, $3::uuid, $4::uuid)

-- name: plant_region
INSERT INTO strike.region (id, osp_id, name, priority, pager_list_id, area)
VALUES ($1::uuid, $2::uuid, $3::text, $4::bigint, $5::uuid, ST_GeomFromWKB($6::bytea, 4326))
ON CONFLICT (id) DO UPDATE SET osp_id = excluded.osp_id, name = excluded.name,
    priority = excluded.priority, pager_list_id = excluded.pager_list_id, area = excluded.area

-- name: plant_agreement
INSERT INTO strike.agreement (id, noc_id, osp_id, number_prefix, ring_s, loops, retry_after_s,
    retries, grace_s, poll_s, poll_grace_s, noc_duty_phone, twilio_subaccount, twilio_from,
    render_url, render_client_id, render_secret_ref, render_project, default_list_id, valid_from,
    valid_until)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint,
    $9::bigint, $10::bigint, $11::bigint, $12::text, $13::text, $14::text, $15::text, $16::text,
    $17::text, $18::text, $19::uuid, $20::timestamptz, $21::timestamptz)
ON CONFLICT (id) DO UPDATE SET (noc_id, osp_id, number_prefix, ring_s, loops, retry_after_s, retries,
    grace_s, poll_s, poll_grace_s, noc_duty_phone, twilio_subaccount, twilio_from, render_url,
    render_client_id, render_secret_ref, render_project, default_list_id, valid_from, valid_until)
  = (excluded.noc_id, excluded.osp_id, excluded.number_prefix, excluded.ring_s, excluded.loops,
    excluded.retry_after_s, excluded.retries, excluded.grace_s, excluded.poll_s,
    excluded.poll_grace_s, excluded.noc_duty_phone, excluded.twilio_subaccount,
    excluded.twilio_from, excluded.render_url, excluded.render_client_id,
    excluded.render_secret_ref, excluded.render_project, excluded.default_list_id,
    excluded.valid_from, excluded.valid_until)
