-- What the board is searched by, and how far it is.
--
-- Row-level security lets a statement use an index only for comparisons that give nothing
-- away, which neither a look at a map nor one for words is to PostgreSQL.  So a search asks a
-- function that passes by the policies and is bound to the asker by its own conditions; it
-- gives ids, and the statement reads the rows that have them under the policies as ever.

-- ---- words ----

-- The words of ${p_text}: what stands between characters of ASCII that are neither letter
-- nor digit, in lower case as far as it is ASCII, cut after 32 characters.  The same in C:
-- store_board_matches(), in src/store/store_board.c.  It takes some 30 microseconds, and the
-- planner is told so: to ask an index, or a cheaper question, before.
CREATE FUNCTION strike.words(p_text text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
AS $$
	SELECT ARRAY(SELECT left(w, 32) FROM regexp_split_to_table(lower(p_text COLLATE "C"),
		'[\x01-\x2f\x3a-\x60\x7b-\x7f]+' COLLATE "C") AS w WHERE w <> '')
$$;

-- What is looked for words in: an ECO's number and its description.
CREATE FUNCTION strike.board_words(p_job_number text, p_description text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 10000
AS $$ SELECT array_to_tsvector(strike.words(p_job_number || ' ' || p_description)) $$;

-- Each of ${p_words}, as strike.words() has them, begins a word.  They hold no quotes.
CREATE FUNCTION strike.words_query(p_words text[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $$ SELECT string_agg('''' || w || ''':*', ' & ')::tsquery FROM unnest(p_words) AS w $$;

-- Nobody lists everybody's ECOs; while it could, the planner now and then walked along all of
-- them for a side on which an organisation has none.
DROP INDEX strike.eco_board_newest;

-- What an ECO is called and where it is never changes, so that updates of its row stay
-- heap-only.
CREATE INDEX eco_board_words ON strike.eco_board
	USING gin (strike.board_words(job_number, description));
CREATE INDEX eco_board_near ON strike.eco_board USING gist (geography(location));

-- ---- searching ----

-- The ids of the newest ${p_limit} ECOs of the asker behind (${p_before}, ${p_before_eco}) that
-- match; what is null does not matter.  Planned for each search: what it asks for
-- decides by which index it is found.  One side after the other, as in list_own_board.
CREATE FUNCTION strike.search_board(p_statuses text[], p_dispatches text[], p_job_types text[],
	p_organisation uuid, p_created_from timestamptz, p_created_until timestamptz,
	p_updated_from timestamptz, p_updated_until timestamptz, p_words text[], p_box bytea,
	p_near bytea, p_near_m double precision, p_before timestamptz, p_before_eco uuid,
	p_limit bigint) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = strike, public, pg_temp
	SET plan_cache_mode = force_custom_plan
AS $$
DECLARE
	v_own   uuid := strike.organisation();
	v_build integer := (SELECT p.live FROM strike.projection p WHERE p.name = 'eco_board');
	v_box   geometry := ST_GeomFromWKB(p_box, 4326);
	v_near  geography := ST_GeogFromWKB(p_near);
	v_words tsquery := strike.words_query(p_words);
	v_likes text[] := ARRAY(SELECT '%' || w || '%' FROM unnest(p_words) AS w);
BEGIN
	RETURN QUERY SELECT own.eco_id FROM (
		(SELECT b.eco_id, b.created_at FROM strike.eco_board b
		  WHERE b.build = v_build AND b.noc_id = v_own AND NOT b.former
		    AND (p_statuses IS NULL OR b.status = ANY (p_statuses))
		    AND (p_dispatches IS NULL OR b.dispatch = ANY (p_dispatches))
		    AND (p_job_types IS NULL OR b.job_type = ANY (p_job_types))
		    AND (p_organisation IS NULL OR p_organisation IN (b.noc_id, b.osp_id))
		    AND b.created_at >= p_created_from AND b.created_at < p_created_until
		    AND b.updated_at >= p_updated_from AND b.updated_at < p_updated_until
		    AND lower((b.job_number || ' ' || b.description) COLLATE "C") LIKE ALL (v_likes)
		    AND (v_words IS NULL
			 OR strike.board_words(b.job_number, b.description) @@ v_words)
		    AND (v_box IS NULL OR ST_Intersects(b.location, v_box))
		    AND (v_near IS NULL
			 OR ST_DWithin(geography(b.location), v_near, p_near_m, false))
		    AND b.created_at <= p_before
		    AND (b.created_at, b.eco_id) < (p_before, p_before_eco)
		  ORDER BY b.created_at DESC, b.eco_id DESC LIMIT p_limit)
		UNION ALL
		(SELECT b.eco_id, b.created_at FROM strike.eco_board b
		  WHERE b.build = v_build AND b.osp_id = v_own AND b.noc_id <> b.osp_id
		    AND (p_statuses IS NULL OR b.status = ANY (p_statuses))
		    AND (p_dispatches IS NULL OR b.dispatch = ANY (p_dispatches))
		    AND (p_job_types IS NULL OR b.job_type = ANY (p_job_types))
		    AND (p_organisation IS NULL OR p_organisation IN (b.noc_id, b.osp_id))
		    AND b.created_at >= p_created_from AND b.created_at < p_created_until
		    AND b.updated_at >= p_updated_from AND b.updated_at < p_updated_until
		    AND lower((b.job_number || ' ' || b.description) COLLATE "C") LIKE ALL (v_likes)
		    AND (v_words IS NULL
			 OR strike.board_words(b.job_number, b.description) @@ v_words)
		    AND (v_box IS NULL OR ST_Intersects(b.location, v_box))
		    AND (v_near IS NULL
			 OR ST_DWithin(geography(b.location), v_near, p_near_m, false))
		    AND b.created_at <= p_before
		    AND (b.created_at, b.eco_id) < (p_before, p_before_eco)
		  ORDER BY b.created_at DESC, b.eco_id DESC LIMIT p_limit)
	) AS own
	 ORDER BY own.created_at DESC, own.eco_id DESC LIMIT p_limit;
END $$;

-- ---- how far the board is ----

-- Up to which position every event that the asker may see has been dealt with in the build of
-- ${p_projection} that readers see: the slowest slot's, and not beyond an event at which
-- one of the asker's streams waits.
CREATE FUNCTION strike.complete_up_to(p_projection text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = strike, pg_temp
AS $$
	SELECT COALESCE(LEAST(
		(SELECT min(k.position) FROM strike.slot k WHERE k.subscription = l.name),
		(SELECT min(p.position) - 1 FROM strike.parked p
		   JOIN strike.stream s ON s.id = p.stream_id
		  WHERE p.subscription = l.name
		    AND (current_setting('role') = 'strike_worker'
			 OR strike.organisation() IN (s.noc_id, s.osp_id)))), 0)
	  FROM (SELECT p_projection || '.' || COALESCE((SELECT p.live FROM strike.projection p
			WHERE p.name = p_projection), 1) AS name) AS l
$$;

GRANT CREATE ON SCHEMA strike TO strike_worker;
ALTER FUNCTION strike.search_board(text[], text[], text[], uuid, timestamptz, timestamptz,
	timestamptz, timestamptz, text[], bytea, bytea, double precision, timestamptz, uuid, bigint)
	OWNER TO strike_worker;
ALTER FUNCTION strike.complete_up_to(text) OWNER TO strike_worker;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;
REVOKE EXECUTE ON FUNCTION strike.words(text), strike.board_words(text, text),
	strike.words_query(text[]), strike.complete_up_to(text),
	strike.search_board(text[], text[], text[], uuid, timestamptz, timestamptz, timestamptz,
	timestamptz, text[], bytea, bytea, double precision, timestamptz, uuid, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.words(text), strike.board_words(text, text),
	strike.words_query(text[]), strike.complete_up_to(text),
	strike.search_board(text[], text[], text[], uuid, timestamptz, timestamptz, timestamptz,
	timestamptz, text[], bytea, bytea, double precision, timestamptz, uuid, bigint)
	TO strike_api, strike_worker;
