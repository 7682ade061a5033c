-- Sending: what is urgent goes first, providers are asked no faster than they allow, what
-- failed for good is kept in sight, and who was paged at which number is known.

-- How urgent an effect is, as domain/outcome/effects.def says (a contract test compares them).
CREATE FUNCTION strike.urgency_of(p_type text) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
	SELECT CASE
	    WHEN p_type IN ('place-call', 'hang-up', 'send-page', 'render-task') THEN 0
	    WHEN p_type IN ('engage-failover', 'alert-noc', 'ask-arrival', 'render-poll') THEN 1
	    ELSE 2 END
$$;

-- ${since}: when an effect that waits for a free slot was to be done; ${due} is then when it
-- looks again.  ${dead_at}: it has failed for good, and is settled until somebody replays it.
ALTER TABLE strike.outbox
	ADD COLUMN urgency integer NOT NULL GENERATED ALWAYS AS (strike.urgency_of(type)) STORED,
	ADD COLUMN since   timestamptz,
	ADD COLUMN dead_at timestamptz;
CREATE INDEX outbox_urgent ON strike.outbox (lane, urgency, (COALESCE(since, due)), key)
	WHERE done_at IS NULL;
CREATE INDEX outbox_dead ON strike.outbox (dead_at, key) WHERE dead_at IS NOT NULL;
CREATE INDEX outbox_done ON strike.outbox (done_at) WHERE done_at IS NOT NULL AND dead_at IS NULL;

-- When a provider's id became known, in real time.
ALTER TABLE strike.provider_id ADD COLUMN at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX provider_id_eco ON strike.provider_id (eco_id);

-- The next free moment of an account or a number, by the clock of those who ask.  ${misses}
-- spreads out those who found none: each looks again one step after the other.
CREATE TABLE strike.throttle (
	key     text PRIMARY KEY,
	free_at timestamptz NOT NULL,
	misses  bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- Take the slot of ${p_key} when it is free, for ${p_units} steps; otherwise say when to look
-- again.  One row, locked by the statement: however many ask, each slot is taken once.
CREATE FUNCTION strike.take_slot(p_key text, p_now timestamptz, p_step interval, p_units bigint,
	OUT taken boolean, OUT at timestamptz)
LANGUAGE plpgsql
AS $$
DECLARE
	v_free   timestamptz;
	v_misses bigint;
BEGIN
	INSERT INTO strike.throttle AS t (key, free_at) VALUES (p_key, p_now + p_step * p_units)
	ON CONFLICT (key) DO UPDATE SET
	    free_at = CASE WHEN t.free_at <= p_now THEN excluded.free_at ELSE t.free_at END,
	    misses = CASE WHEN t.free_at <= p_now THEN 0 ELSE t.misses + 1 END
	RETURNING free_at, misses INTO v_free, v_misses;
	taken := v_misses = 0;
	-- At most eight steps on: what was dropped meanwhile must not leave the line idle.
	at := CASE WHEN taken THEN p_now
	    ELSE v_free + p_step * (LEAST(v_misses, 8) - 1)::integer END;
END $$;

-- Who was paged at which number.  The number itself is not here: its fingerprint is an HMAC
-- under a key that the database does not hold (app/vault.h).
CREATE TABLE strike.page (
	fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
	eco_id      uuid NOT NULL,
	attempt     bigint NOT NULL,
	person_id   uuid NOT NULL,
	at          timestamptz NOT NULL,
	PRIMARY KEY (fingerprint, eco_id, attempt)
);
CREATE INDEX page_newest ON strike.page (fingerprint, at DESC);
CREATE INDEX page_eco ON strike.page (eco_id);
CREATE INDEX page_person ON strike.page (person_id);

-- How often a number was answered since it last said something that we could act on.
CREATE TABLE strike.answered (
	fingerprint bytea PRIMARY KEY CHECK (octet_length(fingerprint) = 32),
	count       bigint NOT NULL,
	at          timestamptz NOT NULL
) WITH (fillfactor = 70);

-- The numbers of a person of the directory.  A body that cannot be read has none.
CREATE FUNCTION strike.numbers_of(p_body bytea) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
	RETURN ARRAY(SELECT c ->> 'number'
		       FROM jsonb_array_elements(convert_from(p_body, 'UTF8')::jsonb -> 'contacts') AS c
		      WHERE c ->> 'number' <> '');
EXCEPTION WHEN data_exception THEN
	RETURN '{}';
END $$;
CREATE INDEX record_numbers ON strike.record USING gin (strike.numbers_of(body))
	WHERE kind = 'person';

-- What is known of a person's pages goes with the person.
CREATE FUNCTION strike.forget_pages() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
	DELETE FROM strike.page p WHERE p.person_id = NEW.person;
	RETURN NULL;
END $$;
CREATE TRIGGER erased_pages AFTER INSERT ON strike.erasure
	FOR EACH ROW EXECUTE FUNCTION strike.forget_pages();

-- Settled work of ECOs that have ended, and of what is no ECO (a code for a number), can go:
-- nobody decides any more on a state that would ask for the same key.  A dead letter stays.
CREATE FUNCTION strike.prune_work(p_keep interval, p_limit bigint) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
	v_count bigint;
	v_polls bigint;
	v_ecos  uuid[];
BEGIN
	-- A poll's key holds the moment of asking, and there is one for every few minutes of an ECO.
	DELETE FROM strike.outbox o
	 USING (SELECT q.key FROM strike.outbox q
		 WHERE q.type = 'render-poll' AND q.dead_at IS NULL
		   AND q.done_at <= clock_timestamp() - LEAST(p_keep, interval '1 hour')
		 ORDER BY q.done_at LIMIT p_limit FOR UPDATE SKIP LOCKED) AS polled
	 WHERE o.key = polled.key;
	GET DIAGNOSTICS v_polls = ROW_COUNT;
	WITH ended AS MATERIALIZED (
		SELECT o.key, o.eco_id FROM strike.outbox o
		 WHERE o.done_at <= clock_timestamp() - p_keep AND o.dead_at IS NULL
		   AND NOT EXISTS (SELECT FROM strike.eco_board b JOIN strike.projection p
				     ON p.name = 'eco_board' AND p.live = b.build
				    WHERE b.eco_id = o.eco_id AND NOT b.former
				      AND b.status NOT IN ('CLOSED', 'CANCELLED'))
		 ORDER BY o.done_at LIMIT p_limit FOR UPDATE SKIP LOCKED
	), gone AS (
		DELETE FROM strike.outbox o USING ended e WHERE o.key = e.key RETURNING o.eco_id
	)
	SELECT count(*), array_agg(DISTINCT eco_id) INTO v_count, v_ecos FROM gone;
	DELETE FROM strike.provider_id i
	 WHERE i.eco_id = ANY (v_ecos) AND i.at <= clock_timestamp() - p_keep;
	DELETE FROM strike.page g WHERE g.eco_id = ANY (v_ecos);
	RETURN v_count + v_polls;
END $$;

-- All of it is the workers' own: no organisation's session sees a row.
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY ARRAY['throttle', 'page', 'answered'] LOOP
		EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', v_table);
		EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', v_table);
		EXECUTE format('CREATE POLICY workers_only ON strike.%I USING (false)', v_table);
	END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON strike.throttle, strike.page, strike.answered TO strike_worker;
GRANT DELETE ON strike.outbox, strike.provider_id TO strike_worker;
REVOKE EXECUTE ON FUNCTION strike.urgency_of(text), strike.numbers_of(bytea), strike.forget_pages()
	FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.urgency_of(text), strike.numbers_of(bytea)
	TO strike_api, strike_worker;
REVOKE EXECUTE ON FUNCTION strike.take_slot(text, timestamptz, interval, bigint),
	strike.prune_work(interval, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.take_slot(text, timestamptz, interval, bigint),
	strike.prune_work(interval, bigint) TO strike_worker;
