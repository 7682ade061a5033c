-- The read model eco_board: one row an ECO, made from its events.
CREATE TABLE strike.eco_board (
	eco_id          uuid PRIMARY KEY,
	version         bigint NOT NULL,
	position        bigint NOT NULL,
	noc_id          uuid NOT NULL,
	osp_id          uuid NOT NULL,
	job_number      text NOT NULL,
	job_type        text NOT NULL,
	description     text NOT NULL,
	location        geometry(Geometry, 4326) NOT NULL,
	status          text NOT NULL,
	dispatch        text NOT NULL,
	integration     text NOT NULL,
	eta_minutes     bigint NOT NULL,
	accepted_at     timestamptz,
	grace_until     timestamptz,
	created_at      timestamptz NOT NULL,
	updated_at      timestamptz NOT NULL,
	task_count      bigint NOT NULL,
	tasks_completed bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX eco_board_noc ON strike.eco_board (noc_id, created_at DESC, eco_id DESC);
CREATE INDEX eco_board_osp ON strike.eco_board (osp_id, created_at DESC, eco_id DESC);
CREATE INDEX eco_board_newest ON strike.eco_board (created_at DESC, eco_id DESC);
CREATE INDEX eco_board_number ON strike.eco_board (upper(job_number));
CREATE INDEX eco_board_location ON strike.eco_board USING gist (location);
