-- Events in partitions by seq, the log in partitions by position.
--
-- A partition is full of events that nobody will ever change: its indexes stay as
-- they are, it is frozen once, and it can be moved away whole (0013_archive.sql).
--
-- How many numbers a partition takes is data, and counts for those made from then on.
CREATE TABLE strike.partitioning (
	one  boolean PRIMARY KEY DEFAULT true CHECK (one),
	rows bigint NOT NULL CHECK (rows > 0)
);
INSERT INTO strike.partitioning (rows) VALUES (50000000);

-- The owner must see every row for as long as this takes.
ALTER TABLE strike.event NO FORCE ROW LEVEL SECURITY;
ALTER TABLE strike.log NO FORCE ROW LEVEL SECURITY;
ALTER TABLE strike.stream NO FORCE ROW LEVEL SECURITY;

-- Between which numbers a stream's events lie, so that whoever reads it need not
-- look into every partition.
ALTER TABLE strike.stream ADD COLUMN first_seq bigint, ADD COLUMN last_seq bigint;
UPDATE strike.stream s SET first_seq = e.first_seq, last_seq = e.last_seq
  FROM (SELECT stream_id, min(seq) AS first_seq, max(seq) AS last_seq
	  FROM strike.event GROUP BY stream_id) AS e
 WHERE e.stream_id = s.id;
ALTER TABLE strike.stream ALTER COLUMN first_seq SET NOT NULL, ALTER COLUMN last_seq SET NOT NULL;
GRANT UPDATE (version, last_seq) ON strike.stream TO strike_api;

-- ${imported}: came from elsewhere as history, to which nobody reacts.
ALTER TABLE strike.event ADD COLUMN imported boolean NOT NULL DEFAULT false;
-- An id is unique without an index over all partitions, which PostgreSQL cannot
-- have unless seq is in it: an append happens once because of its command's key
-- and because the stream's row is compared and set; a partition's own index on
-- (stream_id, version) is the second line.
ALTER TABLE strike.event DROP CONSTRAINT event_event_id_key;
ALTER TABLE strike.log DROP CONSTRAINT log_pkey;

-- What is there becomes the first partition, where it lies: nothing is copied.
DROP POLICY with_its_event ON strike.log;
ALTER TABLE strike.event RENAME TO event_1;
ALTER TABLE strike.log RENAME TO log_1;
ALTER INDEX strike.event_pkey RENAME TO event_1_pkey;
ALTER INDEX strike.event_stream_id_version_key RENAME TO event_1_version;
ALTER INDEX strike.event_xid RENAME TO event_1_xid;
ALTER TABLE strike.log_1 RENAME CONSTRAINT log_seq_key TO log_1_seq;
ALTER TABLE strike.log_1 ADD CONSTRAINT log_1_pkey PRIMARY KEY (position);
ALTER TRIGGER event_is_append_only ON strike.event_1 RENAME TO is_append_only;
ALTER TRIGGER log_is_append_only ON strike.log_1 RENAME TO is_append_only;

-- No DEFAULT partition: to attach one next to it would scan it under a lock that
-- stops every append, and it would hide that nobody makes partitions.  There are
-- always two ahead, which is days of notice even under load; the program refuses to
-- start when there is none.
CREATE TABLE strike.event (LIKE strike.event_1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
	CONSTRAINT event_pkey PRIMARY KEY (seq)) PARTITION BY RANGE (seq);
CREATE TABLE strike.log (LIKE strike.log_1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
	CONSTRAINT log_pkey PRIMARY KEY (position)) PARTITION BY RANGE (position);
-- Full partitions of events that were moved away; see 0013_archive.sql.
CREATE TABLE strike.event_archive (LIKE strike.event_1 INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
	CONSTRAINT event_archive_pkey PRIMARY KEY (seq)) PARTITION BY RANGE (seq);

-- Make the table ${p_name} a partition of ${p_parent}, from ${p_from} to before
-- ${p_to}.  Its range is a CHECK as well, so that no attaching, neither here nor to
-- the archive, has to read it.  What is checked on a statement is checked for each
-- table alone: so every partition has the trigger, and no role has a right to it
-- but through its parent.
CREATE FUNCTION strike.attach_partition(p_parent text, p_key text, p_name text,
	p_from bigint, p_to bigint) RETURNS void
LANGUAGE plpgsql SET search_path = strike, pg_temp
AS $$
BEGIN
	EXECUTE format('ALTER TABLE strike.%I ADD CONSTRAINT %I CHECK (%I >= %s AND %I < %s)',
	    p_name, p_name || '_range', p_key, p_from, p_key, p_to);
	EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', p_name);
	EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', p_name);
	EXECUTE format('REVOKE ALL ON strike.%I FROM strike_api, strike_worker', p_name);
	EXECUTE format('ALTER TABLE strike.%I ATTACH PARTITION strike.%I FOR VALUES FROM (%s) TO (%s)',
	    p_parent, p_name, p_from, p_to);
END $$;

-- All partitions, by what PostgreSQL itself says about them.
CREATE VIEW strike.partition AS
SELECT p.relname::text AS parent, c.relname::text AS name, c.oid AS id,
       (regexp_match(b.bounds, 'FROM \(''?(\d+)''?\)'))[1]::bigint AS from_number,
       (regexp_match(b.bounds, 'TO \(''?(\d+)''?\)'))[1]::bigint AS to_number
  FROM pg_inherits i
  JOIN pg_class p ON p.oid = i.inhparent
  JOIN pg_class c ON c.oid = i.inhrelid
  CROSS JOIN LATERAL (SELECT pg_get_expr(c.relpartbound, c.oid) AS bounds) AS b
 WHERE p.oid = ANY (ARRAY['strike.event', 'strike.event_archive', 'strike.log']::regclass[]);

-- The newest number given to an event; 0 when none was.
CREATE FUNCTION strike.newest_seq() RETURNS bigint
LANGUAGE sql VOLATILE
AS $$ SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM strike.event_seq $$;

-- Make partitions of ${p_parent} until two are behind the one that the number after
-- ${p_newest} belongs to; how many were made.  A partition is made alone and then
-- attached, which stops no append.
CREATE FUNCTION strike.make_partitions_of(p_parent text, p_key text, p_newest bigint)
RETURNS bigint
LANGUAGE plpgsql SET search_path = strike, pg_temp
AS $$
DECLARE
	v_made  bigint := 0;
	v_from  bigint;
	v_ahead bigint;
	v_rows  bigint;
	v_name  text;
BEGIN
	SELECT rows INTO STRICT v_rows FROM strike.partitioning;
	LOOP
		SELECT COALESCE(max(to_number), 1), count(*) FILTER (WHERE from_number > p_newest + 1)
		  INTO STRICT v_from, v_ahead
		  FROM strike.partition WHERE parent = ANY (ARRAY[p_parent, p_parent || '_archive']);
		EXIT WHEN v_ahead >= 2;
		v_name := p_parent || '_' || v_from;
		EXECUTE format('CREATE TABLE strike.%I (LIKE strike.%I INCLUDING DEFAULTS '
		    'INCLUDING CONSTRAINTS)', v_name, p_parent);
		EXECUTE format('ALTER TABLE strike.%I ADD CONSTRAINT %I PRIMARY KEY (%I)',
		    v_name, v_name || '_pkey', p_key);
		IF p_parent = 'event' THEN
			EXECUTE format('ALTER TABLE strike.%I ADD CONSTRAINT %I UNIQUE (stream_id, version)',
			    v_name, v_name || '_version');
			EXECUTE format('CREATE INDEX %I ON strike.%I (xid, seq)', v_name || '_xid', v_name);
		ELSE
			EXECUTE format('ALTER TABLE strike.%I ADD CONSTRAINT %I UNIQUE (seq)',
			    v_name, v_name || '_seq');
		END IF;
		EXECUTE format('CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE '
		    'ON strike.%I FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change()', v_name);
		PERFORM strike.attach_partition(p_parent, p_key, v_name, v_from, v_from + v_rows);
		v_made := v_made + 1;
	END LOOP;
	RETURN v_made;
END $$;

-- With the rights of the tables' owner, for a worker, and one after another.
CREATE FUNCTION strike.make_partitions() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
BEGIN
	PERFORM pg_advisory_xact_lock(5722004, 0);
	RETURN strike.make_partitions_of('event', 'seq', strike.newest_seq())
	    + strike.make_partitions_of('log', 'position', (SELECT last_position FROM strike.log_head));
END $$;

-- Whether the next event, and the next position, have a place to go.
CREATE FUNCTION strike.has_room() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT EXISTS (SELECT FROM strike.partition
		        WHERE parent = 'event' AND strike.newest_seq() + 1 >= from_number
			  AND strike.newest_seq() + 1 < to_number)
	   AND EXISTS (SELECT FROM strike.partition, strike.log_head
		        WHERE parent = 'log' AND last_position + 1 >= from_number
			  AND last_position + 1 < to_number)
$$;

DO $$
DECLARE
	v_rows bigint;
BEGIN
	SELECT rows INTO STRICT v_rows FROM strike.partitioning;
	-- The first partition ends where a later one would, behind all that is there.
	PERFORM strike.attach_partition('event', 'seq', 'event_1', 1,
	    (strike.newest_seq() / v_rows + 1) * v_rows + 1);
	PERFORM strike.attach_partition('log', 'position', 'log_1', 1,
	    ((SELECT last_position FROM strike.log_head) / v_rows + 1) * v_rows + 1);
	PERFORM strike.make_partitions();
END $$;

-- All events there are, with the rights and the row-level security of who asks.
CREATE VIEW strike.history WITH (security_invoker = true) AS
SELECT * FROM strike.event
UNION ALL
SELECT * FROM strike.event_archive;

DROP POLICY both_sides ON strike.event_1;
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY ARRAY['event', 'event_archive', 'log'] LOOP
		EXECUTE format('CREATE TRIGGER is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE '
		    'ON strike.%I FOR EACH STATEMENT EXECUTE FUNCTION strike.refuse_change()', v_table);
		EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', v_table);
		EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', v_table);
		CONTINUE WHEN v_table = 'log';
		EXECUTE format('CREATE POLICY both_sides ON strike.%I '
		    'USING (noc_id = (SELECT strike.organisation()) OR osp_id = (SELECT strike.organisation())) '
		    'WITH CHECK (noc_id = (SELECT strike.organisation()) OR osp_id = (SELECT strike.organisation()))',
		    v_table);
	END LOOP;
END $$;
-- An event that is not visible has no position either.
CREATE POLICY with_its_event ON strike.log
	USING (EXISTS (SELECT FROM strike.event e WHERE e.seq = log.seq)
	    OR EXISTS (SELECT FROM strike.event_archive e WHERE e.seq = log.seq));
ALTER TABLE strike.stream FORCE ROW LEVEL SECURITY;

GRANT SELECT, INSERT ON strike.event TO strike_api, strike_worker;
GRANT SELECT ON strike.event_archive, strike.history, strike.log TO strike_api, strike_worker;
GRANT INSERT ON strike.log TO strike_worker;
GRANT SELECT ON strike.partitioning, strike.partition TO strike_worker;
GRANT SELECT ON SEQUENCE strike.event_seq TO strike_worker;
REVOKE EXECUTE ON FUNCTION strike.attach_partition(text, text, text, bigint, bigint),
	strike.make_partitions_of(text, text, bigint), strike.make_partitions(),
	strike.has_room() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.make_partitions(), strike.has_room() TO strike_worker;
