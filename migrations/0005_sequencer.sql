-- The sequencer: positions 1..n for committed events, by difference of snapshots
-- (PgQ's method; docs/adr/0002).
--
-- What is visible in the new snapshot and was not in the last one is a tick.  It
-- is found in PgQ's two parts, so that one very old open transaction does not turn
-- it into a scan of everything: transactions that began after the last snapshot,
-- and those that were running at it.  Nothing waits for a transaction that is still
-- open; its events come in a later tick.  Inside a tick the order is seq, and seq
-- is taken while the stream's row is held, so version n of a stream stands before
-- version n + 1: always in the same tick or an earlier one.
--
-- ${p_leads} and ${p_epoch} are what this session was told last.  Leading needs the
-- advisory lock (5722002, 0), which falls with the connection, and the epoch, which
-- a successor has moved.  Only on a primary: a standby orders commits otherwise.
CREATE FUNCTION strike.sequence(p_leads boolean, p_epoch bigint, p_rows bigint,
	OUT head bigint, OUT leads boolean, OUT epoch bigint, OUT sequenced bigint)
LANGUAGE plpgsql
AS $$
DECLARE
	h         strike.log_head;
	v_cluster bigint;
	v_count   bigint;
	v_last    bigint;
BEGIN
	sequenced := 0;
	epoch := p_epoch;
	SELECT * INTO STRICT h FROM strike.log_head;
	head := h.last_position;
	leads := p_leads AND h.epoch = p_epoch;
	IF pg_is_in_recovery() THEN
		leads := false;
		RETURN;
	END IF;
	IF p_leads AND NOT leads THEN
		PERFORM pg_advisory_unlock(5722002, 0);
		RETURN;
	END IF;
	IF NOT leads AND NOT pg_try_advisory_lock(5722002, 0) THEN
		RETURN;
	END IF;

	-- The common case costs no transaction id and no write: nothing has happened.
	IF leads AND h.target IS NULL
	   AND NOT EXISTS (SELECT FROM strike.event e WHERE e.xid >= pg_snapshot_xmax(h.snap))
	   AND NOT EXISTS (SELECT FROM strike.event e
		WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap)))) THEN
		RETURN;
	END IF;

	SELECT * INTO STRICT h FROM strike.log_head FOR UPDATE;
	IF leads AND h.epoch <> p_epoch THEN
		leads := false;
		PERFORM pg_advisory_unlock(5722002, 0);
		RETURN;
	END IF;
	IF NOT leads THEN
		h.epoch := h.epoch + 1;
		leads := true;
		SELECT system_identifier INTO STRICT v_cluster FROM pg_control_system();
		IF h.cluster <> v_cluster
		   OR pg_snapshot_xmax(h.snap) > pg_snapshot_xmax(pg_current_snapshot()) THEN
			-- Restored into a new cluster: the stored transaction ids mean nothing
			-- here.  What has no position yet gets one by seq, and ticks begin anew.
			h.cluster := v_cluster;
			h.snap := pg_current_snapshot();
			h.target := NULL;
			INSERT INTO strike.log (position, seq)
			SELECT h.last_position + row_number() OVER (ORDER BY e.seq), e.seq
			  FROM strike.event e
			 WHERE NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = e.seq);
			GET DIAGNOSTICS sequenced = ROW_COUNT;
			h.last_position := h.last_position + sequenced;
		END IF;
	END IF;

	-- The tick's own statement comes after this snapshot, and so sees all of it.
	IF h.target IS NULL THEN
		h.target := pg_current_snapshot();
		h.target_seq := 0;
	END IF;
	WITH fresh AS (
		SELECT e.seq FROM strike.event e
		 WHERE e.xid >= pg_snapshot_xmax(h.snap) AND e.xid < pg_snapshot_xmax(h.target)
		   AND pg_visible_in_snapshot(e.xid, h.target)
		UNION ALL
		SELECT e.seq FROM strike.event e
		 WHERE e.xid = ANY (ARRAY(SELECT pg_snapshot_xip(h.snap)))
		   AND pg_visible_in_snapshot(e.xid, h.target)
	), batch AS (
		-- What a restore has numbered already is not numbered again.
		SELECT f.seq FROM fresh f
		 WHERE f.seq > h.target_seq
		   AND NOT EXISTS (SELECT FROM strike.log l WHERE l.seq = f.seq)
		 ORDER BY f.seq LIMIT p_rows
	), written AS (
		INSERT INTO strike.log (position, seq)
		SELECT h.last_position + row_number() OVER (ORDER BY b.seq), b.seq FROM batch b
		RETURNING seq
	)
	SELECT count(*), max(w.seq) INTO STRICT v_count, v_last FROM written w;

	h.last_position := h.last_position + v_count;
	sequenced := sequenced + v_count;
	IF v_count < p_rows THEN
		h.snap := h.target;
		h.target := NULL;
		h.target_seq := 0;
	ELSE
		-- Too large for one transaction: the rest of this tick comes next.
		h.target_seq := v_last;
	END IF;
	UPDATE strike.log_head SET epoch = h.epoch, last_position = h.last_position,
	    snap = h.snap, target = h.target, target_seq = h.target_seq, cluster = h.cluster;
	head := h.last_position;
	epoch := h.epoch;
END $$;
