#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "support/pg_database.h"
#include "support/random_world.h"

/*
 * Every table and view that the API's role may read, every row of it, every column of it
 * that the role was granted, as every organisation: the keys are those of the model, and
 * no id of the world stands in a row whose reader may not read it.
 */

#define TEXT_BYTES 37

/* The key of each table, as the model writes it.  NULL: it has no tenants' rows. */
static const struct {
	const char *table, *key;
} tables[] = {
	{ "stream", "id" }, { "stream_former", "concat_ws(' ', stream_id, osp_id)" },
	{ "event", "event_id" }, { "event_archive", "event_id" }, { "history", "event_id" },
	{ "log", "position" }, { "command", "concat_ws(' ', scope, key)" }, { "outbox", "key" },
	{ "timer", "concat_ws(' ', eco_id, kind)" },
	{ "eco_board", "concat_ws(' ', build, eco_id, osp_id)" }, { "agreement", "id" },
	{ "job_sequence", "concat_ws(' ', noc_id, osp_id, job_type)" }, { "region", "id" },
	{ "person_key", "person" }, { "record", "id" }, { "organisation", "id" },
	{ "app_user", "id" }, { "user_identity", "user_id" }, { "membership", "id" },
	{ "noc_terms", "concat_ws(' ', agreement_id, noc_id)" },
	{ "osp_terms", "concat_ws(' ', agreement_id, osp_id)" }, { "list_people", "list_id" },
	{ "token", "id" }, { "token_use", "token_id" }, { "projection", "name" },
	{ "partition", NULL }, /* a view of the catalogue: which tables there are */
};

/* What the role may read, with its columns as one text. */
#define READABLE                                                                               \
	"SELECT c.relname, format('concat_ws('' '', %s)', string_agg(format('%I::text',"       \
	" a.attname), ', ' ORDER BY a.attnum))"                                                \
	"  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"                          \
	" WHERE c.relnamespace = 'strike'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')" \
	"   AND a.attnum > 0 AND NOT a.attisdropped"                                           \
	"   AND has_column_privilege('strike_api', c.oid, a.attnum, 'SELECT')"                 \
	" GROUP BY c.relname ORDER BY c.relname"

/* Row-level security that does not hold for the owner, or is off where it has policies. */
#define UNFORCED                                                                         \
	"SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'strike'::regnamespace" \
	" AND c.relkind IN ('r', 'p') AND NOT c.relispartition"                          \
	" AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)"                 \
	" AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"

/* ---- one row ---- */

/* Whether an id as text stands at ${at}. */
static bool
is_id(const char *at)
{
	for (size_t i = 0; i < TEXT_BYTES - 1; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (at[i] == '\0' || (dash ? at[i] != '-' : !isxdigit((unsigned char)at[i])))
			return false;
	}
	return true;
}

/* Every id in ${text} is one that ${organisation} may read. */
static void
judge_text(struct random_world *random, struct random_findings *findings, size_t organisation,
    const char *table, const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		struct uuid id;
		random_set readers;

		if (!is_id(at) || !uuid_parse((struct str){ at, TEXT_BYTES - 1 }, &id))
			continue;
		if (uuid_is_nil(id))
			at += TEXT_BYTES - 2;
		else if (!random_readers(random, id, &readers))
			random_found(findings, random, organisation,
			    "strike.%s has an id that nobody made: %.300s", table, text);
		else if (!(readers & random_only(organisation)))
			random_found(findings, random, organisation,
			    "reads %.36s, in a row of strike.%s: %.300s", at, table, text);
	}
}

/* ---- one table ---- */

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of ${table} that ${organisation} should see, sorted; how many. */
static size_t
expected_keys(struct random_world *random, size_t organisation, const char *table, const char **ret)
{
	size_t count = 0;

	for (size_t i = 0; i < random->row_count; i++) {
		const struct random_row *row = &random->rows[i];

		if ((row->seen_by & random_only(organisation)) && strcmp(row->table, table) == 0)
			ret[count++] = arena_copy_z(random->world->arena, row->key);
	}
	if (count > 0)
		qsort(ret, count, sizeof(*ret), compare_texts);
	return count;
}

/* ${seen} and ${expected}, both sorted, are the same. */
static void
compare_keys(struct random_world *random, struct random_findings *findings, size_t organisation,
    const char *table, const char *const *seen, size_t seen_count, const char *const *expected,
    size_t expected_count)
{
	size_t i = 0, j = 0;

	while (i < seen_count || j < expected_count) {
		int order = i == seen_count       ? 1
			    : j == expected_count ? -1
						  : strcmp(seen[i], expected[j]);

		if (order < 0)
			random_found(findings, random, organisation,
			    "sees \"%s\" of strike.%s, which it may not", seen[i], table);
		if (order > 0)
			random_found(findings, random, organisation,
			    "does not see \"%s\" of strike.%s, which it may", expected[j], table);
		i += order <= 0;
		j += order >= 0;
	}
}

static void
read_table(struct random_world *random, struct random_findings *findings, PGconn *conn,
    size_t organisation, const char *table, const char *key, const char *columns)
{
	struct arena *arena = random->world->arena;
	struct arena_mark mark = arena_mark(arena);
	struct str sql = arena_printf(arena, "SELECT (%s)::text, %s FROM strike.%s",
	    key == NULL ? "''" : key, columns, table);
	const char **expected = arena_array(arena, const char *, random->row_count + 1), **seen;
	PGresult *result = PQexec(conn, arena_copy_z(arena, sql));
	size_t count, rows = (size_t)PQntuples(result);

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		fail_msg("%.*s: %s", STR_ARG(sql), PQerrorMessage(conn));
	seen = arena_array(arena, const char *, rows + 1);
	assert_true(expected != NULL && seen != NULL);
	for (size_t i = 0; i < rows; i++) {
		seen[i] = PQgetvalue(result, (int)i, 0);
		judge_text(random, findings, organisation, table, PQgetvalue(result, (int)i, 1));
	}
	if (key != NULL) {
		if (rows > 0)
			qsort(seen, rows, sizeof(*seen), compare_texts);
		count = expected_keys(random, organisation, table, expected);
		compare_keys(random, findings, organisation, table, seen, rows, expected, count);
	}
	PQclear(result);
	arena_release(arena, mark);
}

/* ---- all of them ---- */

static PGconn *
connect_api(struct random_world *random, size_t organisation)
{
	PGconn *conn = pg_database_connect();
	struct arena *arena = random->world->arena;
	struct str id = uuid_text(arena, random->organisations[organisation].id);
	struct str sql = arena_printf(
	    arena, "SELECT set_config('strike.organisation', '%.*s', false)", STR_ARG(id));

	/* Texts in bytes are to be read as texts. */
	pg_database_run(conn, "SET bytea_output = escape");
	pg_database_run(conn, "SET ROLE strike_api");
	pg_database_run(conn, arena_copy_z(arena, sql));
	return conn;
}

static void
judge_catalogue(struct random_world *random, struct random_findings *findings, PGconn *conn)
{
	PGresult *result = PQexec(conn, UNFORCED);

	assert_int_equal(PQresultStatus(result), PGRES_TUPLES_OK);
	for (int i = 0; i < PQntuples(result); i++)
		random_found(findings, random, 0,
		    "row-level security is not on and forced on strike.%s",
		    PQgetvalue(result, i, 0));
	PQclear(result);
}

void
random_ask_sql(struct random_world *random, struct random_findings *findings)
{
	PGconn *all = pg_database_connect();
	PGresult *readable = PQexec(all, READABLE);

	if (PQresultStatus(readable) != PGRES_TUPLES_OK)
		fail_msg("%s", PQerrorMessage(all));
	judge_catalogue(random, findings, all);
	for (size_t organisation = 0; organisation < RANDOM_ORGANISATIONS; organisation++) {
		PGconn *conn = connect_api(random, organisation);

		for (int i = 0; i < PQntuples(readable); i++) {
			const char *table = PQgetvalue(readable, i, 0);
			size_t at = 0;

			while (at < COUNT_OF(tables) && strcmp(tables[at].table, table) != 0)
				at++;
			if (at == COUNT_OF(tables))
				random_found(findings, random, organisation,
				    "may read strike.%s, and nothing here says whose rows it has",
				    table);
			else
				read_table(random, findings, conn, organisation, table,
				    tables[at].key, PQgetvalue(readable, i, 1));
		}
		PQfinish(conn);
	}
	PQclear(readable);
	PQfinish(all);
}
