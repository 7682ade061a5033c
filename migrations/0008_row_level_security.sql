-- Who may see and do what.  Every table with tenants' rows is under row-level
-- security, forced, so that it holds for the owner too; only strike_worker passes
-- by it.  The setting is read in a sub-select: once a statement, not once a row.
DO $$
DECLARE
	v_table text;
BEGIN
	FOREACH v_table IN ARRAY ARRAY['stream', 'event', 'outbox', 'timer', 'eco_board', 'agreement',
	    'job_sequence'] LOOP
		EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', v_table);
		EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', v_table);
		EXECUTE format('CREATE POLICY both_sides ON strike.%I '
		    'USING (noc_id = (SELECT strike.organisation()) OR osp_id = (SELECT strike.organisation())) '
		    'WITH CHECK (noc_id = (SELECT strike.organisation()) OR osp_id = (SELECT strike.organisation()))',
		    v_table);
	END LOOP;
	FOREACH v_table IN ARRAY ARRAY['region', 'pager_list', 'pager_list_entry', 'person'] LOOP
		EXECUTE format('ALTER TABLE strike.%I ENABLE ROW LEVEL SECURITY', v_table);
		EXECUTE format('ALTER TABLE strike.%I FORCE ROW LEVEL SECURITY', v_table);
		EXECUTE format('CREATE POLICY its_osp ON strike.%I '
		    'USING (osp_id = (SELECT strike.organisation())) '
		    'WITH CHECK (osp_id = (SELECT strike.organisation()))', v_table);
	END LOOP;
END $$;

ALTER TABLE strike.log ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.log FORCE ROW LEVEL SECURITY;
-- An event that is not visible has no position either.
CREATE POLICY with_its_event ON strike.log
	USING (EXISTS (SELECT FROM strike.event e WHERE e.seq = log.seq));

ALTER TABLE strike.command ENABLE ROW LEVEL SECURITY;
ALTER TABLE strike.command FORCE ROW LEVEL SECURITY;
CREATE POLICY its_scope ON strike.command
	USING (scope = (SELECT strike.organisation()))
	WITH CHECK (scope = (SELECT strike.organisation()));

GRANT SELECT, INSERT, UPDATE (version) ON strike.stream TO strike_api;
GRANT SELECT, INSERT ON strike.event, strike.command TO strike_api;
GRANT SELECT ON strike.log, strike.eco_board TO strike_api;
GRANT SELECT, INSERT ON strike.outbox TO strike_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON strike.timer TO strike_api;
GRANT SELECT, INSERT, UPDATE ON strike.job_sequence, strike.webhook_rejection TO strike_api;
GRANT SELECT ON strike.organisation, strike.app_user, strike.membership, strike.agreement,
	strike.region, strike.pager_list, strike.pager_list_entry, strike.person TO strike_api;
GRANT USAGE ON SEQUENCE strike.event_seq, strike.webhook_rejection_number TO strike_api;

GRANT SELECT ON ALL TABLES IN SCHEMA strike TO strike_worker;
GRANT INSERT ON strike.event, strike.log TO strike_worker;
GRANT INSERT, UPDATE ON strike.stream, strike.log_head, strike.command, strike.checkpoint,
	strike.outbox, strike.provider_id, strike.webhook_rejection, strike.job_sequence,
	strike.eco_board, strike.organisation, strike.app_user, strike.membership, strike.agreement,
	strike.region, strike.pager_list, strike.person TO strike_worker;
GRANT INSERT, UPDATE, DELETE ON strike.timer, strike.pager_list_entry TO strike_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA strike TO strike_worker;

-- The resolver answers with the worker's eyes.  A new owner must be able to create
-- in the schema for as long as it takes to become one.
GRANT CREATE ON SCHEMA strike TO strike_worker;
ALTER FUNCTION strike.find_pager_list(uuid, uuid, geometry) OWNER TO strike_worker;
REVOKE CREATE ON SCHEMA strike FROM strike_worker;
REVOKE EXECUTE ON FUNCTION strike.find_pager_list(uuid, uuid, geometry) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.find_pager_list(uuid, uuid, geometry) TO strike_api, strike_worker;
REVOKE EXECUTE ON FUNCTION strike.sequence(boolean, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION strike.sequence(boolean, bigint, bigint) TO strike_worker;
