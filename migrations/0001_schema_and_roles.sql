-- The schema's extension and the two roles that sessions take on.
--
-- Roles belong to the whole cluster, so several databases may want to make them
-- at the same moment; whoever comes second finds them made.  A login role that
-- is not a superuser must be a member of both; the migrating role becomes one.
CREATE EXTENSION IF NOT EXISTS postgis;

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'strike_api') THEN
		CREATE ROLE strike_api NOLOGIN NOBYPASSRLS;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END $$;

DO $$
BEGIN
	IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'strike_worker') THEN
		CREATE ROLE strike_worker NOLOGIN BYPASSRLS;
	END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
	NULL;
END $$;

DO $$
BEGIN
	IF NOT pg_has_role(current_user, 'strike_api', 'MEMBER') THEN
		EXECUTE format('GRANT strike_api TO %I', current_user);
	END IF;
	IF NOT pg_has_role(current_user, 'strike_worker', 'MEMBER') THEN
		EXECUTE format('GRANT strike_worker TO %I', current_user);
	END IF;
END $$;

GRANT USAGE ON SCHEMA strike TO strike_api, strike_worker;

-- Whose organisation this transaction acts for; NULL when that was never said.
CREATE FUNCTION strike.organisation() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT NULLIF(current_setting('strike.organisation', true), '')::uuid $$;
