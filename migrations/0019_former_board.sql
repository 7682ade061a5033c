-- A contractor that was relieved of an ECO keeps the row that it had, as it then was; the
-- NOC and the contractor that was engaged after it have one of their own.
ALTER TABLE strike.eco_board ADD COLUMN former boolean NOT NULL DEFAULT false;
ALTER TABLE strike.eco_board DROP CONSTRAINT eco_board_pkey;
ALTER TABLE strike.eco_board ADD PRIMARY KEY (build, eco_id, osp_id);
