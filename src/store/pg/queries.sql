-- Every query of the adapter.  A section begins with "-- name:"; the program
-- prepares those that pg_statements.def lists, and runs the rest as they are.
-- Parameters and results are in PostgreSQL's binary form, so every parameter is
-- cast and results keep the types that the C code reads (bigint, not integer,
-- unless it says so).

-- name: session_api
-- Every statement of people's is a look-up along an index, whatever is asked for: to plan
-- the board's anew for each page took four times as long as to carry it out.  A plan that was
-- made while a table was empty reads all of it, and is kept while it fills: so no such plans.
SET ROLE strike_api;
SET plan_cache_mode = force_generic_plan;
SET enable_seqscan = off;
SET search_path = strike, public;
SET default_transaction_isolation = 'read committed';
SET statement_timeout = '30s';
SET lock_timeout = '10s';
SET idle_in_transaction_session_timeout = '60s';
SET client_min_messages = warning;
SET jit = off;

-- name: limit_statements
-- Of people's sessions, in place of what session_api says.
SELECT set_config('statement_timeout', $1, false)

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

-- name: check_room
SELECT strike.has_room();

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
	$1::uuid, $2::uuid, $3::uuid, $4::bigint, $5::uuid, $6::uuid, $7::bytea, $8::bytea,
	$9::uuid[], $10::bigint[], $11::uuid[], $12::uuid[], $13::bigint[],
	$14::uuid[], $15::bigint[], $16::uuid[], $17::uuid[],
	$18::uuid[], $19::text[], $20::bigint[], $21::timestamptz[], $22::text[], $23::text[],
	$24::uuid[], $25::uuid[], $26::uuid[], $27::uuid[], $28::bytea[], $29::bytea[],
	$30::text[], $31::text[], $32::text[], $33::uuid[], $34::bigint[], $35::text[],
	$36::timestamptz[], $37::text[], $38::boolean[], $39::timestamptz[],
	$40::integer, $41::text, $42::text, $43::timestamptz, $44::text, $45::bigint,
	$46::text, $47::bigint, $48::bigint, $49::bigint, $50::bigint)

-- name: find_command
SELECT body_hash = $3::bytea, answer FROM strike.command WHERE scope = $1::uuid AND key = $2::uuid

-- name: take_job_number
INSERT INTO strike.job_sequence AS s (noc_id, osp_id, job_type, last)
VALUES ($1::uuid, $2::uuid, $3::text, 1)
ON CONFLICT (noc_id, osp_id, job_type) DO UPDATE SET last = s.last + 1
RETURNING last

-- name: read_stream
-- The stream's row says between which numbers its events lie, so that only those
-- partitions are opened; an OSP that was relieved of it has a row of its own.
SELECT e.event_id, e.stream_id, e.version,
       COALESCE((SELECT l.position FROM strike.log l WHERE l.seq = e.seq), 0), e.noc_id, e.osp_id,
       e.type, e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name,
       e.actor_user, e.actor_organisation, e.correlation, e.causation, e.payload, e.hash, e.imported
  FROM strike.history e
 WHERE e.stream_id = $1::uuid AND e.version > $2::bigint
   AND e.seq >= COALESCE((SELECT s.first_seq FROM strike.stream s WHERE s.id = $1::uuid),
	(SELECT (strike.former_range($1::uuid))[1]))
   AND e.seq <= COALESCE((SELECT s.last_seq FROM strike.stream s WHERE s.id = $1::uuid),
	(SELECT (strike.former_range($1::uuid))[2]))
 ORDER BY e.version LIMIT $3::bigint

-- name: read_streams
-- As read_stream, of many.
SELECT e.event_id, e.stream_id, e.version,
       COALESCE((SELECT l.position FROM strike.log l WHERE l.seq = e.seq), 0), e.noc_id, e.osp_id,
       e.type, e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name,
       e.actor_user, e.actor_organisation, e.correlation, e.causation, e.payload, e.hash,
       e.imported
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS s(id, after, until, number)
  LEFT JOIN strike.stream t ON t.id = s.id
 CROSS JOIN LATERAL (
	SELECT h.* FROM strike.history h
	  WHERE h.stream_id = s.id AND h.version > s.after AND h.version <= s.until
	    AND h.seq >= COALESCE(t.first_seq, (strike.former_range(s.id))[1])
	    AND h.seq <= COALESCE(t.last_seq, (strike.former_range(s.id))[2])
	  ORDER BY h.version LIMIT $4::bigint) AS e
 ORDER BY s.number, e.version

-- name: read_tails
-- The last events of many streams, and with them the last of a type; an event may come twice.
SELECT e.event_id, e.stream_id, e.version,
       COALESCE((SELECT l.position FROM strike.log l WHERE l.seq = e.seq), 0), e.noc_id, e.osp_id,
       e.type, e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name,
       e.actor_user, e.actor_organisation, e.correlation, e.causation, e.payload, e.hash,
       e.imported
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS s(id, after, until, number)
  LEFT JOIN strike.stream t ON t.id = s.id
 CROSS JOIN LATERAL (
	(SELECT h.* FROM strike.history h
	  WHERE h.stream_id = s.id AND h.version > s.after AND h.version <= s.until
	    AND h.seq >= COALESCE(t.first_seq, (strike.former_range(s.id))[1])
	    AND h.seq <= COALESCE(t.last_seq, (strike.former_range(s.id))[2])
	  ORDER BY h.version DESC LIMIT $4::bigint)
	UNION ALL
	(SELECT h.* FROM strike.history h
	  WHERE $5::text IS NOT NULL AND h.type = $5::text
	    AND h.stream_id = s.id AND h.version > s.after AND h.version <= s.until
	    AND h.seq >= COALESCE(t.first_seq, (strike.former_range(s.id))[1])
	    AND h.seq <= COALESCE(t.last_seq, (strike.former_range(s.id))[2])
	  ORDER BY h.version DESC LIMIT 1)) AS e
 ORDER BY s.number, e.version

-- name: read_log
-- The events of a page lie close together, so they are read as one range and joined in
-- memory; unless one among them waited so long for its position that the range would
-- be mostly others', when each is looked up.  In no order: a position says where its
-- event belongs.
WITH l AS MATERIALIZED (
	SELECT w.position, w.seq FROM strike.log w
	 WHERE w.position > $1::bigint AND w.position <= $1::bigint + $2::bigint
), span AS MATERIALIZED (
	SELECT min(l.seq) AS first, max(l.seq) AS last,
	       max(l.seq) - min(l.seq) < 4 * $2::bigint AS is_short
	  FROM l
)
SELECT e.event_id, e.stream_id, e.version, l.position, e.noc_id, e.osp_id, e.type,
       e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name, e.actor_user,
       e.actor_organisation, e.correlation, e.causation, e.payload, e.hash, e.imported
  FROM l JOIN strike.history e ON e.seq = l.seq
 WHERE (SELECT is_short FROM span)
   AND e.seq >= (SELECT first FROM span) AND e.seq <= (SELECT last FROM span)
UNION ALL
SELECT e.event_id, e.stream_id, e.version, l.position, e.noc_id, e.osp_id, e.type,
       e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name, e.actor_user,
       e.actor_organisation, e.correlation, e.causation, e.payload, e.hash, e.imported
  FROM l CROSS JOIN LATERAL (SELECT * FROM strike.history h WHERE h.seq = l.seq OFFSET 0) AS e
 WHERE NOT (SELECT is_short FROM span)

-- name: log_head
SELECT last_position FROM strike.log_head

-- name: list_changed
-- One event after the other by its number: what is asked for is a short piece of the log.
SELECT e.stream_id, max(l.position), min(e.type)
  FROM strike.log l
 CROSS JOIN LATERAL (SELECT h.stream_id, h.type FROM strike.history h
		      WHERE h.seq = l.seq OFFSET 0) AS e
 WHERE l.position > $1::bigint AND l.position <= $2::bigint
 GROUP BY e.stream_id

-- name: sequence
SELECT head, leads, epoch, sequenced FROM strike.sequence($1::boolean, $2::bigint, $3::bigint)

-- name: no_timeout
-- For what may take long by right: no limit, up to the end of the transaction.
SELECT set_config('statement_timeout', '0', true)

-- name: read_ticks
SELECT number, first_position, last_position, at, root, hash
  FROM strike.tick WHERE number > $1::bigint ORDER BY number LIMIT $2::bigint

-- name: find_tick
SELECT number, first_position, last_position, at, root, hash
  FROM strike.tick
 WHERE number = (SELECT t.number FROM strike.tick t WHERE t.last_position >= $1::bigint
		 ORDER BY t.last_position LIMIT 1)
   AND first_position <= $1::bigint

-- name: put_signature
INSERT INTO strike.tick_signature (tick, key_id, at, signature)
VALUES ($1::bigint, $2::bytea, $3::timestamptz, $4::bytea) ON CONFLICT DO NOTHING

-- name: read_signatures
SELECT tick, key_id, at, signature
  FROM strike.tick_signature WHERE tick >= $1::bigint ORDER BY tick, key_id LIMIT $2::bigint

-- name: audit_log
SELECT l.position, l.seq,
       COALESCE((SELECT b.position FROM strike.log b
		  WHERE b.seq = (SELECT v.seq FROM strike.history v
				  WHERE v.stream_id = e.stream_id AND v.version = e.version - 1
				  LIMIT 1)
		  ORDER BY b.position LIMIT 1), 0),
       e.event_id, e.stream_id, e.version, l.position, e.noc_id, e.osp_id, e.type,
       e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name, e.actor_user,
       e.actor_organisation, e.correlation, e.causation, e.payload, e.hash, e.imported
  FROM (SELECT w.position, w.seq FROM strike.log w WHERE w.position > $1::bigint
	 ORDER BY w.position LIMIT $2::bigint) AS l
  LEFT JOIN strike.history e ON e.seq = l.seq
 ORDER BY l.position

-- name: audit_counts
SELECT h.last_position,
       COALESCE((SELECT max(l.position) FROM strike.log l), 0),
       COALESCE(t.number, 0), COALESCE(t.last_position, 0),
       (SELECT count(*) FROM strike.history),
       (SELECT count(*) FROM strike.log),
       (SELECT count(*) FROM strike.history e
	 WHERE pg_visible_in_snapshot(e.xid, h.snap)
	   AND NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = e.seq)),
       (SELECT COALESCE(s.id, m.stream_id)
	  FROM strike.stream s
	  FULL JOIN (SELECT e.stream_id, max(e.version) AS version
		       FROM strike.history e GROUP BY e.stream_id) AS m ON m.stream_id = s.id
	 WHERE s.version IS DISTINCT FROM m.version
	 ORDER BY 1 LIMIT 1)
  FROM strike.log_head h
  LEFT JOIN (SELECT number, last_position FROM strike.tick ORDER BY number DESC LIMIT 1) AS t ON true

-- name: list_partitions
SELECT strike.newest_seq(), g.rows, p.name, p.from_number, p.to_number,
       pg_total_relation_size(p.id), p.parent = 'event_archive'
  FROM strike.partition p CROSS JOIN strike.partitioning g
 WHERE p.parent IN ('event', 'event_archive') ORDER BY p.from_number

-- name: find_partition
SELECT p.name, p.from_number, p.to_number, pg_total_relation_size(p.id), p.parent = 'event_archive'
  FROM strike.partition p WHERE p.name = $1::text

-- name: make_partitions
SELECT strike.make_partitions()

-- name: archive_oldest
SELECT strike.archive_oldest()

-- name: export_events
SELECT e.event_id, e.stream_id, e.version, l.position, e.noc_id, e.osp_id, e.type,
       e.schema_version, e.occurred_at, e.recorded_at, e.actor_kind, e.actor_name, e.actor_user,
       e.actor_organisation, e.correlation, e.causation, e.payload, e.hash, e.imported
  FROM strike.log l JOIN strike.history e ON e.seq = l.seq
 WHERE l.position > $2::bigint AND (e.noc_id = $1::uuid OR e.osp_id = $1::uuid)
 ORDER BY l.position LIMIT $3::bigint

-- name: import_events
SELECT strike.import($1::uuid, $2::uuid, $3::uuid[], $4::bigint[], $5::timestamptz[], $6::uuid[],
	$7::text[], $8::bigint[], $9::timestamptz[], $10::text[], $11::text[], $12::uuid[],
	$13::uuid[], $14::uuid[], $15::uuid[], $16::bytea[], $17::bytea[])

-- name: raise_job_number
INSERT INTO strike.job_sequence AS s (noc_id, osp_id, job_type, last)
VALUES ($1::uuid, $2::uuid, $3::text, $4::bigint)
ON CONFLICT (noc_id, osp_id, job_type) DO UPDATE SET last = greatest(s.last, excluded.last)

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
-- The most urgent first, and among them who has waited longest.
WITH live AS MATERIALIZED (SELECT strike.live_instances() AS ids),
mine AS (SELECT $3::integer = ANY (ids) AS held FROM live),
picked AS (
	SELECT o.key FROM strike.outbox o
	 WHERE o.done_at IS NULL AND o.lane = $5::text AND o.due <= $1::timestamptz
	   AND (SELECT held FROM mine)
	   AND (o.owner IS NULL OR o.lease < clock_timestamp()
		OR o.owner <> ALL ((SELECT ids FROM live)::integer[]))
	 ORDER BY o.urgency, COALESCE(o.since, o.due), o.key LIMIT $2::bigint
	 FOR UPDATE SKIP LOCKED
), moved AS (
	UPDATE strike.outbox o
	   SET owner = $3::integer, lease = clock_timestamp() + make_interval(secs => $4::bigint),
	       tries = o.tries + 1
	  FROM picked p WHERE o.key = p.key
	RETURNING o.key, o.type, o.eco_id, o.number, o.provider_id, COALESCE(o.since, o.due) AS due,
	    o.tries, o.begun_at, o.urgency
)
SELECT mine.held, moved.key, moved.type, moved.eco_id, moved.number, moved.provider_id, moved.due,
       moved.tries, moved.begun_at
  FROM mine LEFT JOIN moved ON true ORDER BY moved.urgency, moved.due, moved.key COLLATE "C"

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

-- name: take_slot
SELECT taken, at FROM strike.take_slot($1::text, $2::timestamptz,
	$3::bigint * interval '1 microsecond', $4::bigint)

-- name: wait_effect
-- To wait for a free slot is no try.
UPDATE strike.outbox
   SET due = $3::timestamptz, since = COALESCE(since, due), tries = tries - 1,
       owner = NULL, lease = NULL
 WHERE key = $1::text AND owner = $2::integer AND done_at IS NULL

-- name: set_aside_effect
UPDATE strike.outbox
   SET done_at = clock_timestamp(), dead_at = $3::timestamptz, problem = $4::text,
       owner = NULL, lease = NULL
 WHERE key = $1::text AND owner = $2::integer AND done_at IS NULL

-- name: list_waiting
SELECT key, type, eco_id, number, provider_id, due, tries, begun_at, noc_id, osp_id, problem,
       owner IS NOT NULL, dead_at
  FROM strike.outbox WHERE done_at IS NULL
 ORDER BY lane DESC, urgency, COALESCE(since, due), key LIMIT $1::bigint

-- name: list_dead
SELECT key, type, eco_id, number, provider_id, due, tries, begun_at, noc_id, osp_id, problem,
       owner IS NOT NULL, dead_at
  FROM strike.outbox WHERE dead_at IS NOT NULL
 ORDER BY dead_at DESC, key DESC LIMIT $1::bigint

-- name: count_dead
SELECT count(*) FROM strike.outbox WHERE dead_at IS NOT NULL

-- name: replay_effect
UPDATE strike.outbox
   SET done_at = NULL, dead_at = NULL, due = $2::timestamptz, since = NULL, tries = 0
 WHERE key = $1::text AND dead_at IS NOT NULL
RETURNING key

-- name: bury_effect
UPDATE strike.outbox SET dead_at = NULL WHERE key = $1::text AND dead_at IS NOT NULL
RETURNING key

-- name: note_page
INSERT INTO strike.page AS p (fingerprint, eco_id, attempt, person_id, at)
SELECT $1::bytea, $2::uuid, $3::bigint, $4::uuid, $5::timestamptz
 WHERE NOT EXISTS (SELECT FROM strike.erasure e WHERE e.person = $4::uuid)
ON CONFLICT (fingerprint, eco_id, attempt) DO UPDATE SET at = excluded.at

-- name: find_pages
SELECT eco_id, attempt, person_id, at FROM strike.page
 WHERE fingerprint = $1::bytea AND at >= $2::timestamptz
 ORDER BY at DESC, eco_id, attempt DESC LIMIT $3::bigint

-- name: find_contacts
SELECT id, osp_id FROM strike.record
 WHERE kind = 'person' AND strike.numbers_of(body) @> ARRAY[$1::text]
 ORDER BY id LIMIT $2::bigint

-- name: count_answer
INSERT INTO strike.answered AS a (fingerprint, count, at)
VALUES ($1::bytea, CASE WHEN $3::boolean THEN 0 ELSE 1 END, $2::timestamptz)
ON CONFLICT (fingerprint) DO UPDATE SET at = excluded.at,
    count = CASE WHEN $3::boolean THEN 0
		 WHEN a.at <= excluded.at - interval '1 hour' THEN 1 ELSE a.count + 1 END
RETURNING count

-- name: prune_work
SELECT strike.prune_work(make_interval(secs => $1::bigint), $2::bigint)

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
SELECT strike.record_rejection($1::timestamptz, $2::text, $3::text, $4::text)

-- name: list_rejections
SELECT at, route, peer, reason FROM strike.webhook_rejection ORDER BY number DESC LIMIT $1::bigint

-- name: backlog
SELECT (SELECT count(*) FROM strike.event e
	 WHERE (e.xid >= pg_snapshot_xmax(h.snap)
		OR e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap))))
	   AND NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = e.seq)),
       COALESCE((SELECT max(h.last_position - k.position)
		   FROM strike.subscription s JOIN strike.slot k ON k.subscription = s.name
		  WHERE s.mode IN ('live', 'standby')), 0),
       (SELECT count(*) FROM strike.parked),
       (SELECT count(*) FROM strike.outbox o WHERE o.done_at IS NULL AND o.due <= $1::timestamptz),
       (SELECT count(*) FROM strike.timer t WHERE t.due <= $1::timestamptz),
       (SELECT count(*) FROM strike.outbox o WHERE o.done_at IS NULL AND o.owner IS NOT NULL)
	   + (SELECT count(*) FROM strike.timer t WHERE t.owner IS NOT NULL),
       (SELECT count(*) FROM strike.outbox o WHERE o.done_at IS NULL AND o.due > $1::timestamptz),
       (SELECT count(DISTINCT t.eco_id) FROM strike.timer t WHERE t.kind IN ('attempt', 'pager-retry'))
  FROM strike.log_head h

-- name: lateness
-- Every part by an index, and no more rows than are counted: it is asked every minute,
-- and when nothing else works any more.
WITH late AS MATERIALIZED (
	SELECT t.eco_id, t.kind FROM strike.timer t WHERE t.due <= $1::timestamptz
	 ORDER BY t.due LIMIT $2::bigint)
SELECT (SELECT count(*) FROM late),
       (SELECT count(DISTINCT l.eco_id) FROM late l
	 WHERE l.kind IN ('attempt', 'pager-retry', 'arrival')),
       (SELECT count(*) FROM (SELECT FROM strike.outbox o
	 WHERE o.done_at IS NULL AND o.lane = 'paging' AND o.due <= $1::timestamptz
	 ORDER BY o.due LIMIT $2::bigint) AS e),
       (SELECT min(t.due) FROM strike.timer t),
       (SELECT min(o.due) FROM strike.outbox o WHERE o.done_at IS NULL AND o.lane = 'paging'),
       h.last_position,
       COALESCE((SELECT min(k.position)
		   FROM strike.subscription s JOIN strike.slot k ON k.subscription = s.name
		  WHERE s.mode IN ('live', 'standby')), h.last_position),
       EXISTS (SELECT FROM strike.event e
		WHERE (e.xid >= pg_snapshot_xmax(h.snap)
		       OR e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap))))
		  AND NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = e.seq))
  FROM strike.log_head h

-- name: put_board
INSERT INTO strike.eco_board AS b (build, eco_id, version, position, noc_id, osp_id, job_number,
    job_type, description, location, status, dispatch, integration, eta_minutes, accepted_at, grace_until,
    created_at, updated_at, task_count, tasks_completed, former)
SELECT $21::integer, u.eco_id, u.version, u.position, u.noc_id, u.osp_id, u.job_number,
    u.job_type, u.description, ST_GeomFromWKB(u.location, 4326), u.status, u.dispatch,
    u.integration, u.eta_minutes, u.accepted_at, u.grace_until, u.created_at, u.updated_at,
    u.task_count, u.tasks_completed, u.former
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
	$8::text[], $9::bytea[], $10::text[], $11::text[], $12::text[], $13::bigint[],
	$14::timestamptz[], $15::timestamptz[], $16::timestamptz[], $17::timestamptz[],
	$18::bigint[], $19::bigint[], $20::boolean[])
    AS u(eco_id, version, position, noc_id, osp_id, job_number, job_type, description, location,
	status, dispatch, integration, eta_minutes, accepted_at, grace_until, created_at, updated_at,
	task_count, tasks_completed, former)
ON CONFLICT (build, eco_id, osp_id) DO UPDATE SET (version, position, noc_id, osp_id, job_number, job_type,
    description, location, status, dispatch, integration, eta_minutes, accepted_at, grace_until,
    created_at, updated_at, task_count, tasks_completed, former)
  = (excluded.version, excluded.position, excluded.noc_id, excluded.osp_id, excluded.job_number,
    excluded.job_type, excluded.description, excluded.location, excluded.status, excluded.dispatch,
    excluded.integration, excluded.eta_minutes, excluded.accepted_at, excluded.grace_until,
    excluded.created_at, excluded.updated_at, excluded.task_count, excluded.tasks_completed,
    excluded.former)
 WHERE b.version <= excluded.version

-- name: board_checksum
-- Every column in one fixed form, whatever the session's settings: numbers and moments
-- as they are sent in binary, texts in UTF-8 and places as well-known binary behind
-- their lengths, what is missing as one byte.
SELECT count(*), sha256(COALESCE(string_agg(r.hash, ''::bytea ORDER BY r.eco_id, r.osp_id), ''::bytea))
  FROM (SELECT b.eco_id, b.osp_id, sha256(
		uuid_send(b.eco_id) || int8send(b.version) || int8send(b.position)
		|| uuid_send(b.noc_id) || uuid_send(b.osp_id)
		|| int4send(octet_length(t.job_number)) || t.job_number
		|| int4send(octet_length(t.job_type)) || t.job_type
		|| int4send(octet_length(t.description)) || t.description
		|| int4send(octet_length(t.location)) || t.location
		|| int4send(octet_length(t.status)) || t.status
		|| int4send(octet_length(t.dispatch)) || t.dispatch
		|| int4send(octet_length(t.integration)) || t.integration
		|| int8send(b.eta_minutes)
		|| COALESCE('\x01'::bytea || timestamptz_send(b.accepted_at), '\x00'::bytea)
		|| COALESCE('\x01'::bytea || timestamptz_send(b.grace_until), '\x00'::bytea)
		|| timestamptz_send(b.created_at) || timestamptz_send(b.updated_at)
		|| int8send(b.task_count) || int8send(b.tasks_completed)
		|| boolsend(b.former)) AS hash
	  FROM strike.eco_board b
	 CROSS JOIN LATERAL (SELECT convert_to(b.job_number, 'UTF8') AS job_number,
		convert_to(b.job_type, 'UTF8') AS job_type,
		convert_to(b.description, 'UTF8') AS description,
		ST_AsBinary(b.location, 'NDR') AS location,
		convert_to(b.status, 'UTF8') AS status,
		convert_to(b.dispatch, 'UTF8') AS dispatch,
		convert_to(b.integration, 'UTF8') AS integration) AS t
	 WHERE b.build = $1::integer) AS r

-- name: find_board
-- Of an ECO that was handed over its NOC sees the row as it is, a former contractor its own.
SELECT eco_id, version, position, noc_id, osp_id, created_at, job_number, job_type, description,
       ST_AsBinary(location, 'NDR'), status, dispatch, integration, eta_minutes, accepted_at,
       grace_until, updated_at, task_count, tasks_completed
  FROM strike.eco_board
 WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
   AND eco_id = $1::uuid
   AND (NOT former OR (osp_id = (SELECT strike.organisation()) AND noc_id <> osp_id))

-- name: find_board_by_number
SELECT eco_id, version, position, noc_id, osp_id, created_at, job_number, job_type, description,
       ST_AsBinary(location, 'NDR'), status, dispatch, integration, eta_minutes, accepted_at,
       grace_until, updated_at, task_count, tasks_completed
  FROM strike.eco_board
 WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
   AND eco_id = (SELECT b.eco_id FROM strike.eco_board b
		  WHERE b.build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
		    AND upper(b.job_number) = upper($1::text)
		  ORDER BY b.created_at DESC, b.eco_id DESC LIMIT 1)
   AND (NOT former OR (osp_id = (SELECT strike.organisation()) AND noc_id <> osp_id))

-- name: list_board
-- Everybody's, for a worker.  $12 says what need not be read: the bits of
-- enum store_board_column.
SELECT eco_id, version, position, noc_id, osp_id, created_at,
       CASE WHEN $12::bigint & 1 = 0 THEN job_number END,
       CASE WHEN $12::bigint & 1 = 0 THEN job_type END,
       CASE WHEN $12::bigint & 2 = 0 THEN description END,
       CASE WHEN $12::bigint & 4 = 0 THEN ST_AsBinary(location, 'NDR') END,
       CASE WHEN $12::bigint & 8 = 0 THEN status END,
       CASE WHEN $12::bigint & 8 = 0 THEN dispatch END,
       CASE WHEN $12::bigint & 8 = 0 THEN integration END,
       CASE WHEN $12::bigint & 16 = 0 THEN eta_minutes END,
       CASE WHEN $12::bigint & 16 = 0 THEN accepted_at END,
       CASE WHEN $12::bigint & 16 = 0 THEN grace_until END,
       CASE WHEN $12::bigint & 16 = 0 THEN updated_at END,
       CASE WHEN $12::bigint & 32 = 0 THEN task_count END,
       CASE WHEN $12::bigint & 32 = 0 THEN tasks_completed END
  FROM strike.eco_board
 WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
   AND NOT former
   AND ($1::text[] IS NULL OR status = ANY ($1::text[]))
   AND ($2::text[] IS NULL OR dispatch = ANY ($2::text[]))
   AND ($3::text[] IS NULL OR job_type = ANY ($3::text[]))
   AND ($4::uuid IS NULL OR $4::uuid IN (noc_id, osp_id))
   AND created_at >= $5::timestamptz AND created_at < $6::timestamptz
   AND updated_at >= $7::timestamptz AND updated_at < $8::timestamptz
   AND created_at <= $9::timestamptz AND (created_at, eco_id) < ($9::timestamptz, $10::uuid)
   AND ($13::text[] IS NULL
   	OR strike.board_words(job_number, description) @@ strike.words_query($13::text[]))
   AND ($14::bytea IS NULL OR ST_Intersects(location, ST_GeomFromWKB($14::bytea, 4326)))
   AND ($15::bytea IS NULL OR ST_DWithin(geography(location), ST_GeogFromWKB($15::bytea),
   	$16::bigint::double precision, false))
 ORDER BY created_at DESC, eco_id DESC LIMIT $11::bigint

-- name: list_own_board
-- An organisation's own.  One side after the other, each along its index: with the policy
-- alone the planner walks along everybody's newest ECOs until it has found enough of ours.
-- (Parameters as they are: a comparison with anything made of them goes along no index.)
SELECT eco_id, version, position, noc_id, osp_id, created_at,
       CASE WHEN $12::bigint & 1 = 0 THEN job_number END,
       CASE WHEN $12::bigint & 1 = 0 THEN job_type END,
       CASE WHEN $12::bigint & 2 = 0 THEN description END,
       CASE WHEN $12::bigint & 4 = 0 THEN ST_AsBinary(location, 'NDR') END,
       CASE WHEN $12::bigint & 8 = 0 THEN status END,
       CASE WHEN $12::bigint & 8 = 0 THEN dispatch END,
       CASE WHEN $12::bigint & 8 = 0 THEN integration END,
       CASE WHEN $12::bigint & 16 = 0 THEN eta_minutes END,
       CASE WHEN $12::bigint & 16 = 0 THEN accepted_at END,
       CASE WHEN $12::bigint & 16 = 0 THEN grace_until END,
       CASE WHEN $12::bigint & 16 = 0 THEN updated_at END,
       CASE WHEN $12::bigint & 32 = 0 THEN task_count END,
       CASE WHEN $12::bigint & 32 = 0 THEN tasks_completed END
  FROM (
	(SELECT * FROM strike.eco_board
	  WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
	    AND noc_id = (SELECT strike.organisation()) AND NOT former
	    AND ($1::text[] IS NULL OR status = ANY ($1::text[]))
	    AND ($2::text[] IS NULL OR dispatch = ANY ($2::text[]))
	    AND ($3::text[] IS NULL OR job_type = ANY ($3::text[]))
	    AND ($4::uuid IS NULL OR $4::uuid IN (noc_id, osp_id))
	    AND created_at >= $5::timestamptz AND created_at < $6::timestamptz
	    AND updated_at >= $7::timestamptz AND updated_at < $8::timestamptz
	    AND created_at <= $9::timestamptz AND (created_at, eco_id) < ($9::timestamptz, $10::uuid)
	  ORDER BY created_at DESC, eco_id DESC LIMIT $11::bigint)
	UNION ALL
	(SELECT * FROM strike.eco_board
	  WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
	    AND osp_id = (SELECT strike.organisation()) AND noc_id <> osp_id
	    AND ($1::text[] IS NULL OR status = ANY ($1::text[]))
	    AND ($2::text[] IS NULL OR dispatch = ANY ($2::text[]))
	    AND ($3::text[] IS NULL OR job_type = ANY ($3::text[]))
	    AND ($4::uuid IS NULL OR $4::uuid IN (noc_id, osp_id))
	    AND created_at >= $5::timestamptz AND created_at < $6::timestamptz
	    AND updated_at >= $7::timestamptz AND updated_at < $8::timestamptz
	    AND created_at <= $9::timestamptz AND (created_at, eco_id) < ($9::timestamptz, $10::uuid)
	  ORDER BY created_at DESC, eco_id DESC LIMIT $11::bigint)
  ) AS own
 ORDER BY created_at DESC, eco_id DESC LIMIT $11::bigint

-- name: search_own_board
-- An organisation's own, found by words or place; see migrations/0021_board_search.sql.
SELECT eco_id, version, position, noc_id, osp_id, created_at,
       CASE WHEN $12::bigint & 1 = 0 THEN job_number END,
       CASE WHEN $12::bigint & 1 = 0 THEN job_type END,
       CASE WHEN $12::bigint & 2 = 0 THEN description END,
       CASE WHEN $12::bigint & 4 = 0 THEN ST_AsBinary(location, 'NDR') END,
       CASE WHEN $12::bigint & 8 = 0 THEN status END,
       CASE WHEN $12::bigint & 8 = 0 THEN dispatch END,
       CASE WHEN $12::bigint & 8 = 0 THEN integration END,
       CASE WHEN $12::bigint & 16 = 0 THEN eta_minutes END,
       CASE WHEN $12::bigint & 16 = 0 THEN accepted_at END,
       CASE WHEN $12::bigint & 16 = 0 THEN grace_until END,
       CASE WHEN $12::bigint & 16 = 0 THEN updated_at END,
       CASE WHEN $12::bigint & 32 = 0 THEN task_count END,
       CASE WHEN $12::bigint & 32 = 0 THEN tasks_completed END
  FROM strike.eco_board
 WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
   AND eco_id = ANY (ARRAY(SELECT strike.search_board($1::text[], $2::text[], $3::text[], $4::uuid,
	$5::timestamptz, $6::timestamptz, $7::timestamptz, $8::timestamptz, $13::text[], $14::bytea,
	$15::bytea, $16::bigint::double precision, $9::timestamptz, $10::uuid,
	$11::bigint)))
   AND (NOT former OR (osp_id = (SELECT strike.organisation()) AND noc_id <> osp_id))
 ORDER BY created_at DESC, eco_id DESC LIMIT $11::bigint

-- name: count_board
SELECT count(*) FROM strike.eco_board
 WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
   AND (NOT former OR (osp_id = (SELECT strike.organisation()) AND noc_id <> osp_id))
   AND ($1::text[] IS NULL OR status = ANY ($1::text[]))
   AND ($2::text[] IS NULL OR dispatch = ANY ($2::text[]))
   AND ($3::text[] IS NULL OR job_type = ANY ($3::text[]))
   AND ($4::uuid IS NULL OR $4::uuid IN (noc_id, osp_id))
   AND created_at >= $5::timestamptz AND created_at < $6::timestamptz
   AND updated_at >= $7::timestamptz AND updated_at < $8::timestamptz
   AND ($9::text[] IS NULL
   	OR strike.board_words(job_number, description) @@ strike.words_query($9::text[]))
   AND ($10::bytea IS NULL OR ST_Intersects(location, ST_GeomFromWKB($10::bytea, 4326)))
   AND ($11::bytea IS NULL OR ST_DWithin(geography(location), ST_GeogFromWKB($11::bytea),
   	$12::bigint::double precision, false))

-- name: count_own_found
SELECT count(*) FROM strike.eco_board
 WHERE build = (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board')
   AND eco_id = ANY (ARRAY(SELECT strike.search_board($1::text[], $2::text[], $3::text[], $4::uuid,
	$5::timestamptz, $6::timestamptz, $7::timestamptz, $8::timestamptz, $9::text[], $10::bytea,
	$11::bytea, $12::bigint::double precision, 'infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
	NULL)))
   AND (NOT former OR (osp_id = (SELECT strike.organisation()) AND noc_id <> osp_id))

-- name: board_position
SELECT strike.complete_up_to('eco_board')

-- name: subscribe
WITH fresh AS (
	INSERT INTO strike.subscription (name, slots, mode)
	VALUES ($1::text, $2::integer, $3::text)
	ON CONFLICT DO NOTHING
	RETURNING name, slots
)
INSERT INTO strike.slot (subscription, number)
SELECT f.name, n.number FROM fresh f CROSS JOIN generate_series(0, f.slots - 1) AS n(number)

-- name: hold_slots
SELECT alive, mode, slots, gate, number, position, epoch
  FROM strike.hold_slots($1::text, $2::integer, $3::boolean, $4::bigint)

-- name: let_go_slots
WITH gone AS (
	DELETE FROM strike.follower WHERE subscription = $1::text AND instance = $2::integer
)
UPDATE strike.slot SET owner = NULL, lease = NULL
 WHERE subscription = $1::text AND owner = $2::integer

-- name: move_slots
SELECT strike.move_slots($1::text, $2::integer, $3::bigint[], $4::bigint[], $5::bigint[],
	$6::bigint[], $7::boolean)

-- name: park
INSERT INTO strike.parked (subscription, stream_id, position, version, tries, next_try, problem)
VALUES ($1::text, $2::uuid, $3::bigint, $4::bigint, $5::bigint, $6::timestamptz, $7::text)
ON CONFLICT (subscription, stream_id) DO UPDATE SET position = excluded.position,
    version = excluded.version, tries = excluded.tries, next_try = excluded.next_try,
    problem = excluded.problem

-- name: unpark
DELETE FROM strike.parked WHERE subscription = $1::text AND stream_id = $2::uuid

-- name: list_parked
SELECT subscription, stream_id, position, version, tries, next_try, problem
  FROM strike.parked WHERE $1::text = '' OR subscription = $1::text
 ORDER BY subscription COLLATE "C", position, stream_id LIMIT $2::bigint

-- name: retry_parked
WITH again AS (
	UPDATE strike.parked SET tries = 0, next_try = $3::timestamptz
	 WHERE subscription = $1::text AND ($2::uuid IS NULL OR stream_id = $2::uuid)
	RETURNING stream_id
)
SELECT count(*) FROM again

-- name: list_subscriptions
WITH live AS MATERIALIZED (SELECT strike.live_instances() AS ids)
SELECT h.last_position, s.name, s.mode, s.slots::bigint,
       (SELECT count(*) FROM strike.slot k
	 WHERE k.subscription = s.name AND k.lease >= clock_timestamp()
	   AND k.owner = ANY ((SELECT ids FROM live)::integer[])),
       (SELECT min(k.position) FROM strike.slot k WHERE k.subscription = s.name),
       (SELECT count(*) FROM strike.parked p WHERE p.subscription = s.name)
  FROM strike.log_head h CROSS JOIN strike.subscription s
 ORDER BY s.name COLLATE "C"

-- name: live_build
SELECT COALESCE((SELECT p.live FROM strike.projection p WHERE p.name = $1::text), 1)::bigint

-- name: stop_build
SELECT strike.stop_build($1::text)

-- name: empty_build
SELECT strike.empty_build($1::text, $2::text)

-- name: switch_build
SELECT strike.switch_build($1::text, $2::integer)

-- name: is_visible
SELECT strike.is_visible($1::text, $2::uuid, $3::bigint)

-- name: find_person_keys
SELECT person, organisation, wrapped, erased_at
  FROM strike.person_key WHERE person = ANY ($1::uuid[])

-- name: add_person_keys
INSERT INTO strike.person_key (person, organisation, wrapped)
SELECT k.person, k.organisation, k.wrapped
  FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS k(person, organisation, wrapped)
 ORDER BY k.person
ON CONFLICT DO NOTHING

-- name: erase_person
SELECT strike.erase_person($1::uuid, $2::timestamptz, $3::text)

-- name: find_users
SELECT id, handle FROM strike.find_users($1::uuid[])

-- name: find_membership
SELECT user_id, user_handle, role, organisation_id, organisation_handle, name, is_noc, is_osp
  FROM strike.find_membership($1::text, $2::text)

-- name: find_organisation
SELECT id, handle, name, is_noc, is_osp FROM strike.organisation
 WHERE ($1::uuid IS NOT NULL AND id = $1::uuid) OR ($1::uuid IS NULL AND handle = $2::text)

-- name: find_organisations
SELECT id, handle, name, is_noc, is_osp FROM strike.organisation WHERE id = ANY ($1::uuid[])

-- name: list_partners
SELECT DISTINCT o.id, o.handle, o.name COLLATE "C" AS name, o.is_noc, o.is_osp
  FROM strike.agreement a
  JOIN strike.organisation o
    ON o.id = CASE WHEN a.noc_id = $1::uuid THEN a.osp_id ELSE a.noc_id END
 WHERE (a.noc_id = $1::uuid OR a.osp_id = $1::uuid) AND a.state = 'AGREED'
   AND a.valid_from <= $2::timestamptz
   AND (a.valid_until IS NULL OR a.valid_until > $2::timestamptz)
 ORDER BY name

-- name: find_agreement
-- What a side keeps to itself is a row of its own, which is not there for the other.
SELECT a.id, a.noc_id, a.osp_id, a.number_prefix, a.ring_s, a.loops, a.retry_after_s, a.retries,
       a.grace_s, a.poll_s, a.poll_grace_s, a.arrival_s, a.arrival_grace_s,
       COALESCE(n.duty_phone, ''),
       COALESCE(n.twilio_subaccount, ''), COALESCE(n.twilio_from, ''),
       COALESCE(o.render_url, ''), COALESCE(o.render_client_id, ''),
       COALESCE(o.render_secret_ref, ''), COALESCE(o.render_project, '')
  FROM strike.agreement a
  LEFT JOIN strike.noc_terms n ON n.agreement_id = a.id AND n.noc_id = a.noc_id
  LEFT JOIN strike.osp_terms o ON o.agreement_id = a.id AND o.osp_id = a.osp_id
 WHERE a.noc_id = $1::uuid AND a.osp_id = $2::uuid AND a.state = 'AGREED'
   AND a.valid_from <= $3::timestamptz
   AND (a.valid_until IS NULL OR a.valid_until > $3::timestamptz)
 ORDER BY a.valid_from DESC, a.id LIMIT 1

-- name: get_agreement
SELECT a.id, a.noc_id, a.osp_id, a.number_prefix, a.ring_s, a.loops, a.retry_after_s, a.retries,
       a.grace_s, a.poll_s, a.poll_grace_s, a.arrival_s, a.arrival_grace_s,
       COALESCE(n.duty_phone, ''),
       COALESCE(n.twilio_subaccount, ''), COALESCE(n.twilio_from, ''),
       COALESCE(o.render_url, ''), COALESCE(o.render_client_id, ''),
       COALESCE(o.render_secret_ref, ''), COALESCE(o.render_project, '')
  FROM strike.agreement a
  LEFT JOIN strike.noc_terms n ON n.agreement_id = a.id AND n.noc_id = a.noc_id
  LEFT JOIN strike.osp_terms o ON o.agreement_id = a.id AND o.osp_id = a.osp_id
 WHERE a.id = $1::uuid

-- name: plant_organisation
INSERT INTO strike.organisation (id, handle, name, is_noc, is_osp)
VALUES ($1::uuid, $2::text, $3::text, $4::boolean, $5::boolean)
ON CONFLICT (id) DO UPDATE SET handle = excluded.handle, name = excluded.name,
    is_noc = excluded.is_noc, is_osp = excluded.is_osp
 WHERE organisation.version = 0

-- name: plant_user
INSERT INTO strike.app_user (id, handle) VALUES ($1::uuid, $2::text) ON CONFLICT DO NOTHING

-- name: plant_agreement
INSERT INTO strike.agreement (id, noc_id, osp_id, number_prefix, ring_s, loops, retry_after_s,
    retries, grace_s, poll_s, poll_grace_s, arrival_s, arrival_grace_s, valid_from, valid_until)
VALUES ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::bigint, $6::bigint, $7::bigint, $8::bigint,
    $9::bigint, $10::bigint, $11::bigint, $12::bigint, $13::bigint, $14::timestamptz,
    $15::timestamptz)
ON CONFLICT (id) DO UPDATE SET (noc_id, osp_id, number_prefix, ring_s, loops, retry_after_s, retries,
    grace_s, poll_s, poll_grace_s, arrival_s, arrival_grace_s, valid_from, valid_until)
  = (excluded.noc_id, excluded.osp_id, excluded.number_prefix, excluded.ring_s, excluded.loops,
    excluded.retry_after_s, excluded.retries, excluded.grace_s, excluded.poll_s,
    excluded.poll_grace_s, excluded.arrival_s, excluded.arrival_grace_s, excluded.valid_from,
    excluded.valid_until)
 WHERE agreement.version = 0

-- name: share_records
-- Whoever writes records, up to the end of the transaction: with each other, but not with
-- who makes all of them again.  A row that is deleted and made anew meanwhile would look
-- like one that is not older than what is written.
SELECT pg_advisory_xact_lock_shared(5722006, 0)

-- name: hold_records
SELECT pg_advisory_xact_lock(5722006, 0)

-- name: put_record
SELECT strike.put_record($1::text, $2::uuid, $3::bigint, $4::uuid, $5::uuid, $6::uuid,
	$7::timestamptz, $8::bytea)

-- name: put_organisation
SELECT strike.put_organisation($1::uuid, $2::bigint, $3::text, $4::text, $5::boolean, $6::boolean,
	$7::boolean, $8::boolean)

-- name: put_user
SELECT strike.put_user($1::uuid, $2::bigint, $3::text, $4::boolean, $5::text[], $6::text[])

-- name: put_membership
SELECT strike.put_membership($1::uuid, $2::bigint, $3::uuid, $4::uuid, $5::text, $6::text, $7::text)

-- name: put_agreement
SELECT strike.put_agreement($1::uuid, $2::bigint, $3::uuid, $4::uuid, $5::text, $6::text, $7::text,
	$8::bigint, $9::bigint, $10::bigint, $11::bigint, $12::bigint, $13::bigint, $14::bigint,
	$15::bigint, $16::bigint, $17::timestamptz, $18::timestamptz)

-- name: put_noc_terms
SELECT strike.put_noc_terms($1::uuid, $2::uuid, $3::bigint, $4::text, $5::text, $6::text)

-- name: put_osp_terms
SELECT strike.put_osp_terms($1::uuid, $2::uuid, $3::bigint, $4::text, $5::text, $6::text, $7::text,
	$8::uuid)

-- name: put_region
SELECT strike.put_region($1::uuid, $2::bigint, $3::uuid, $4::text, $5::bigint, $6::uuid, $7::bytea,
	$8::boolean)

-- name: put_list
SELECT strike.put_list($1::uuid, $2::bigint, $3::uuid, $4::uuid[], $5::boolean)

-- name: put_token
SELECT strike.put_token($1::uuid, $2::bigint, $3::uuid, $4::uuid, $5::bytea, $6::text,
	$7::timestamptz, $8::timestamptz)

-- name: find_record
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record WHERE id = $1::uuid AND kind = $2::text

-- name: find_records
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record WHERE id = ANY ($1::uuid[]) AND ($2::text IS NULL OR kind = $2::text)

-- name: list_records
-- Four ways to list, so that each is a walk along an index; an organisation's own (which is
-- every kind but agreements) by its owner, with whom row-level security begins anyway.
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record
 WHERE kind = $1::text AND ($2::uuid IS NULL OR id > $2::uuid)
 ORDER BY id LIMIT $3::bigint

-- name: list_records_newest
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record
 WHERE kind = $1::text AND ($2::uuid IS NULL OR id < $2::uuid)
 ORDER BY id DESC LIMIT $3::bigint

-- name: list_own_records
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record
 WHERE kind = $1::text AND noc_id = (SELECT strike.organisation())
   AND ($2::uuid IS NULL OR id > $2::uuid)
 ORDER BY id LIMIT $3::bigint

-- name: list_own_records_newest
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record
 WHERE kind = $1::text AND noc_id = (SELECT strike.organisation())
   AND ($2::uuid IS NULL OR id < $2::uuid)
 ORDER BY id DESC LIMIT $3::bigint

-- name: list_children
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record
 WHERE kind = $1::text AND parent = $4::uuid AND ($2::uuid IS NULL OR id > $2::uuid)
 ORDER BY id LIMIT $3::bigint

-- name: list_children_newest
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.record
 WHERE kind = $1::text AND parent = $4::uuid AND ($2::uuid IS NULL OR id < $2::uuid)
 ORDER BY id DESC LIMIT $3::bigint

-- name: forget_records
-- What was planted stays; so does when a token was used, which is in no log.
WITH records AS (DELETE FROM strike.record),
organisations AS (DELETE FROM strike.organisation WHERE version > 0),
users AS (DELETE FROM strike.app_user WHERE version > 0),
identities AS (DELETE FROM strike.user_identity),
memberships AS (DELETE FROM strike.membership WHERE version > 0),
agreements AS (DELETE FROM strike.agreement WHERE version > 0),
noc_terms AS (DELETE FROM strike.noc_terms WHERE version > 0),
osp_terms AS (DELETE FROM strike.osp_terms WHERE version > 0),
regions AS (DELETE FROM strike.region),
lists AS (DELETE FROM strike.list_people)
DELETE FROM strike.token

-- name: find_roster
SELECT region_id, region_name, kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.find_roster($1::uuid, $2::uuid, ST_GeomFromWKB($3::bytea, 4326))

-- name: list_overlaps
SELECT a.id, b.id, o.area
  FROM strike.region a
  JOIN strike.region b ON b.osp_id = a.osp_id AND b.id > a.id AND NOT b.retired
   AND ST_Intersects(a.area, b.area)
 CROSS JOIN LATERAL (SELECT ST_Area(ST_Intersection(a.area, b.area)) AS area) AS o
 WHERE a.osp_id = (SELECT strike.organisation()) AND NOT a.retired
   AND ($1::uuid IS NULL OR $1::uuid IN (a.id, b.id)) AND o.area > 0
 ORDER BY o.area DESC, a.id, b.id LIMIT $2::bigint

-- name: check_area
SELECT valid, reason FROM strike.check_area($1::bytea)

-- name: find_member
SELECT user_id, user_handle, role, organisation_id, organisation_handle, name, is_noc, is_osp
  FROM strike.find_member($1::uuid, $2::uuid)

-- name: list_memberships
SELECT user_id, user_handle, role, organisation_id, organisation_handle, name, is_noc, is_osp
  FROM strike.list_memberships($1::uuid, $2::bigint)

-- name: find_identity
SELECT user_id, handle, disabled FROM strike.find_identity($1::text, $2::text)

-- name: list_invitations
SELECT kind, id, version, noc_id, osp_id, parent, changed_at, body
  FROM strike.list_invitations($1::text, $2::bigint)

-- name: find_token
SELECT id, organisation_id, user_id, scopes, expires, revoked_at, last_used_at, user_handle, role,
       organisation_handle, name, is_noc, is_osp
  FROM strike.find_token_holder($1::bytea)

-- name: touch_token
SELECT strike.touch_token($1::uuid, $2::timestamptz, $3::bigint, $4::text)

-- name: find_token_use
SELECT last_used_at, last_used_from FROM strike.token_use WHERE token_id = $1::uuid

-- name: find_token_uses
SELECT token_id, last_used_at, last_used_from FROM strike.token_use WHERE token_id = ANY ($1::uuid[])

-- name: add_web_session
SELECT strike.add_web_session($1::uuid, $2::uuid, $3::bytea, $4::text, $5::text, $6::text, $7::text,
	$8::text, $9::timestamptz, $10::timestamptz, $11::timestamptz)

-- name: find_web_session
SELECT id, user_id, hash, issuer, subject, via, address, agent, created_at, seen_at, ends_at
  FROM strike.find_web_session($1::bytea, $2::timestamptz, $3::bigint)

-- name: touch_web_session
SELECT strike.touch_web_session($1::uuid, $2::timestamptz)

-- name: end_web_sessions
SELECT strike.end_web_sessions($1::uuid, $2::uuid)

-- name: list_web_sessions
SELECT id, user_id, hash, issuer, subject, via, address, agent, created_at, seen_at, ends_at
  FROM strike.list_web_sessions($1::uuid, $2::timestamptz, $3::bigint)

-- name: sweep_web_sessions
WITH gone AS (
	DELETE FROM strike.web_session
	 WHERE ends_at <= $1::timestamptz OR seen_at <= $1::timestamptz - make_interval(secs => $2::bigint)
	RETURNING id
)
SELECT count(*) FROM gone

-- What "strike doctor" asks.  Each is one row of text: ok, warning or failed; what was
-- found; and, unless it is ok, what to do.  They name no table before they know that it
-- is there, so that an empty database can be asked as well.

-- name: doctor_version
SELECT CASE WHEN v >= 150000 THEN 'ok' ELSE 'failed' END,
       'PostgreSQL ' || current_setting('server_version'),
       'Use PostgreSQL 15 or newer.'
  FROM CAST(current_setting('server_version_num') AS integer) AS v

-- name: doctor_postgis
SELECT CASE WHEN x.extversion IS NULL THEN 'failed' ELSE 'ok' END,
       COALESCE('PostGIS ' || x.extversion, 'PostGIS is not there'),
       'Install PostGIS, then run "strike migrate".'
  FROM (VALUES (1)) AS one LEFT JOIN pg_extension x ON x.extname = 'postgis'

-- name: doctor_primary
SELECT CASE WHEN pg_is_in_recovery() THEN 'failed' ELSE 'ok' END,
       CASE WHEN pg_is_in_recovery() THEN 'this is a standby' ELSE 'this is a primary' END,
       'Connect to the primary: a standby takes no writes, and shows commits in another order.'

-- name: doctor_durability
SELECT CASE WHEN off.names IS NULL THEN 'ok' ELSE 'failed' END,
       COALESCE('off: ' || off.names, 'fsync, full_page_writes and synchronous_commit are on'),
       'Turn them on: what was answered as done could be lost in a crash, or half written.'
  FROM (SELECT string_agg(name, ', ' ORDER BY name) AS names FROM pg_settings
	 WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off') AS off

-- name: doctor_data_checksums
SELECT CASE WHEN c = 'on' THEN 'ok' ELSE 'warning' END,
       'data checksums are ' || c,
       'Stop the server and run pg_checksums --enable: then a disk that returns something else '
       'is noticed when it happens.'
  FROM current_setting('data_checksums') AS c

-- name: doctor_idle_timeout
SELECT CASE WHEN t = '0' THEN 'warning' ELSE 'ok' END,
       CASE WHEN t = '0' THEN 'transactions of other programs may be idle for ever'
	    ELSE 'a transaction that is idle for ' || current_setting('idle_in_transaction_session_timeout')
		 || ' is ended' END,
       'ALTER DATABASE ... SET idle_in_transaction_session_timeout = ''10min'': a forgotten one '
       'keeps vacuum from cleaning up. This program sets its own.'
  FROM pg_settings s, LATERAL (SELECT s.setting) AS x(t)
 WHERE s.name = 'idle_in_transaction_session_timeout'

-- name: doctor_connections
SELECT CASE WHEN $1::bigint > free.n THEN 'failed' WHEN $1::bigint > free.n - others.n THEN 'warning'
	    ELSE 'ok' END,
       format('a process of these settings takes %s connections, of %s, and others have %s now',
	   $1::bigint, free.n, others.n),
       'Raise max_connections, or have fewer threads (workers, policy_threads, paging_threads ...).'
  FROM (SELECT current_setting('max_connections')::bigint
	     - current_setting('superuser_reserved_connections')::bigint) AS free(n),
       (SELECT count(*) FROM pg_stat_activity
	 WHERE backend_type = 'client backend' AND application_name <> 'strike') AS others(n)

-- name: doctor_transactions
SELECT CASE WHEN t.n > 0 OR p.n > 0 THEN 'warning' ELSE 'ok' END,
       CASE WHEN t.n > 0 OR p.n > 0
	    THEN format('open for more than 5 minutes: %s transactions%s, %s prepared ones', t.n,
		COALESCE(' (the oldest by process ' || t.oldest || ')', ''), p.n)
	    ELSE 'no transaction has been open for long' END,
       'Look at pg_stat_activity and pg_prepared_xacts. They stop nobody here, but vacuum cannot '
       'clean up behind them.'
  FROM (SELECT count(*), (array_agg(pid ORDER BY xact_start))[1] FROM pg_stat_activity
	 WHERE xact_start < clock_timestamp() - interval '5 minutes'
	   AND backend_type = 'client backend') AS t(n, oldest),
       (SELECT count(*) FROM pg_prepared_xacts
	 WHERE prepared < clock_timestamp() - interval '5 minutes') AS p(n)

-- name: doctor_roles
SELECT CASE WHEN x.problems IS NULL THEN 'ok' ELSE 'failed' END,
       COALESCE(x.problems, 'strike_api is held by row-level security, strike_worker passes by it'),
       'Run "strike migrate"; or ALTER ROLE strike_api NOBYPASSRLS NOSUPERUSER NOLOGIN, ALTER ROLE '
       'strike_worker BYPASSRLS, and GRANT both to the role that this program logs in with.'
  FROM (SELECT string_agg(problem, '; ') AS problems FROM (
	SELECT w.name || ' is not there' AS problem
	  FROM (VALUES ('strike_api'), ('strike_worker')) AS w(name)
	 WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = w.name)
	UNION ALL
	SELECT 'strike_api passes by row-level security' FROM pg_roles
	 WHERE rolname = 'strike_api' AND (rolbypassrls OR rolsuper)
	UNION ALL
	SELECT 'strike_api can log in' FROM pg_roles WHERE rolname = 'strike_api' AND rolcanlogin
	UNION ALL
	SELECT 'strike_worker is held by row-level security' FROM pg_roles
	 WHERE rolname = 'strike_worker' AND NOT rolbypassrls
	UNION ALL
	SELECT session_user || ' is not a member of ' || r.rolname FROM pg_roles r
	 WHERE r.rolname IN ('strike_api', 'strike_worker')
	   AND NOT pg_has_role(session_user, r.oid, 'MEMBER')) AS p) AS x

-- name: doctor_sequence
SELECT CASE WHEN s.cache_size = 1 AND NOT s.cycle THEN 'ok' ELSE 'failed' END,
       CASE WHEN s.cache_size IS NULL THEN 'strike.event_seq is not there'
	    ELSE format('strike.event_seq caches %s', s.cache_size) END,
       'ALTER SEQUENCE strike.event_seq CACHE 1 NO CYCLE: with more, events of one ECO could be '
       'put out of order.'
  FROM (VALUES (1)) AS one
  LEFT JOIN pg_sequences s ON s.schemaname = 'strike' AND s.sequencename = 'event_seq'

-- name: doctor_row_security
-- Tables that hold no tenant's rows are named: another one is a finding.  So is what the API's
-- role may read of these, or of a partition by itself, and what everybody may call.
SELECT CASE WHEN x.problems IS NULL AND to_regclass('strike.event') IS NOT NULL THEN 'ok'
	    ELSE 'failed' END,
       COALESCE(x.problems,
	   CASE WHEN to_regclass('strike.event') IS NULL THEN 'there are no tables' END,
	   'every table with rows of organisations is under forced row-level security'),
       'ALTER TABLE ... ENABLE ROW LEVEL SECURITY; ALTER TABLE ... FORCE ROW LEVEL SECURITY; '
       'REVOKE ALL ON ... FROM strike_api, PUBLIC.'
  FROM (SELECT string_agg(f.about || ': ' || f.names, '; ' ORDER BY f.about) AS problems FROM (
	SELECT w.about, string_agg(w.name, ', ' ORDER BY w.name) AS names FROM (
		SELECT 'not under forced row-level security' AS about, c.relname::text AS name
		  FROM pg_class c
		 WHERE c.relnamespace = to_regnamespace('strike') AND c.relkind IN ('r', 'p')
		   AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
		   AND c.relname NOT IN ('migration', 'partitioning', 'log_head', 'tick',
			'tick_signature', 'subscription', 'slot', 'follower', 'projection')
		UNION ALL
		SELECT 'to be read by strike_api', c.relname::text
		  FROM pg_class c
		 WHERE c.relnamespace = to_regnamespace('strike') AND c.relkind IN ('r', 'p')
		   AND (NOT c.relrowsecurity OR c.relispartition) AND c.relname <> 'projection'
		   AND has_any_column_privilege(to_regrole('strike_api'), c.oid, 'SELECT')
		UNION ALL
		SELECT 'a view with its owner''s rights', c.relname::text
		  FROM pg_class c
		 WHERE c.relnamespace = to_regnamespace('strike') AND c.relkind = 'v'
		   AND COALESCE(NOT 'security_invoker=true' = ANY (c.reloptions), true)
		UNION ALL
		SELECT 'to be called by everybody', p.proname::text
		  FROM pg_proc p
		 WHERE p.pronamespace = to_regnamespace('strike')
		   AND has_function_privilege('public', p.oid, 'EXECUTE')) AS w
	 GROUP BY w.about) AS f) AS x

-- name: doctor_append_only
-- A trigger for statements fires on the table that is named, so every partition has its own.
-- BEFORE (2), DELETE (8), UPDATE (16) and TRUNCATE (32), and not for each row (1).
SELECT CASE WHEN x.names IS NULL AND to_regclass('strike.tick') IS NOT NULL THEN 'ok'
	    ELSE 'failed' END,
       COALESCE('can be changed: ' || x.names,
	   CASE WHEN to_regclass('strike.tick') IS NULL THEN 'there are no tables' END,
	   'events, positions, ticks and signatures cannot be changed by mistake'),
       'ALTER TABLE ... ENABLE TRIGGER is_append_only; or make it again as the migrations do.'
  FROM (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) AS names
	  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE n.nspname = 'strike' AND c.relkind IN ('r', 'p')
	   AND (c.relname IN ('event', 'event_archive', 'log', 'tick', 'tick_signature')
		OR EXISTS (SELECT FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
			    WHERE i.inhrelid = c.oid AND p.relname IN ('event', 'event_archive', 'log')))
	   AND NOT EXISTS (SELECT FROM pg_trigger t JOIN pg_proc f ON f.oid = t.tgfoid
			    WHERE t.tgrelid = c.oid AND f.proname = 'refuse_change'
			      AND t.tgenabled IN ('O', 'A') AND t.tgtype & 59 = 58)) AS x

-- name: doctor_partitions
SELECT CASE WHEN least(e.ahead, l.ahead) > 0 THEN 'ok' ELSE 'failed' END,
       format('partitions ahead of the newest: %s of events, %s of the log', e.ahead, l.ahead),
       'SELECT strike.make_partitions(), or have a process with the role worker running: it makes '
       'them. Without one ahead the store will soon take no events.'
  FROM (SELECT count(*) FILTER (WHERE p.from_number > strike.newest_seq())
	  FROM strike.partition p WHERE p.parent = 'event') AS e(ahead),
       (SELECT count(*) FILTER (WHERE p.from_number > h.last_position)
	  FROM strike.partition p, strike.log_head h WHERE p.parent = 'log') AS l(ahead)

-- name: doctor_sequencer
SELECT CASE WHEN u.n > 10000 OR (u.n > 0 AND NOT l.led) THEN 'warning' ELSE 'ok' END,
       format('%s, and %s events wait for a position',
	   CASE WHEN l.led THEN 'a process gives events their positions' ELSE 'no process leads' END,
	   u.n),
       'Have a process with the role worker running; if one is, its log says what is wrong.'
  FROM (SELECT EXISTS (SELECT FROM pg_locks k JOIN pg_database d ON d.oid = k.database
			WHERE k.locktype = 'advisory' AND k.classid = 5722002 AND k.objid = 0
			  AND k.objsubid = 2 AND d.datname = current_database())) AS l(led),
       (SELECT count(*) FROM strike.event e, strike.log_head h
	 WHERE (e.xid >= pg_snapshot_xmax(h.snap)
		OR e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap))))
	   AND NOT EXISTS (SELECT FROM strike.log g WHERE g.seq = e.seq)) AS u(n)

-- name: doctor_followers
SELECT CASE WHEN f.behind > 10000 OR p.n > 0 THEN 'warning' ELSE 'ok' END,
       format('the slowest follower is %s events behind, and %s streams are parked', f.behind, p.n),
       '"strike projections" says which; "strike projections --retry NAME" tries what is parked again.'
  FROM (SELECT COALESCE(max(h.last_position - k.position), 0)
	  FROM strike.log_head h, strike.subscription s JOIN strike.slot k ON k.subscription = s.name
	 WHERE s.mode IN ('live', 'standby')) AS f(behind),
       (SELECT count(*) FROM strike.parked) AS p(n)

-- name: doctor_signatures
SELECT CASE WHEN s.tick IS NULL AND h.tick > 0 THEN 'warning' ELSE 'ok' END,
       CASE WHEN s.tick IS NULL THEN 'no tick has been signed'
	    ELSE format('the newest signed tick is %s, of %s', s.tick, h.tick) END,
       'Set seal_key_file where the role worker runs: without a signature nobody outside can tell '
       'whether the end of history was cut off.'
  FROM strike.log_head h
  LEFT JOIN (SELECT max(tick) FROM strike.tick_signature) AS s(tick) ON true

-- name: doctor_has_migrations
SELECT to_regclass('strike.migration') IS NOT NULL

-- name: doctor_clock
SELECT clock_timestamp()
