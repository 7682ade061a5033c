#include "fault/matrix.h"

#include <libpq-fe.h>
#include <stdio.h>

#include "support/unit.h"

#define NAMES_MAX      512
#define LINE_BYTES_MAX 1024

/* Those that change something; each of them is a place of its own. */
static const struct str changing[] = { STR("statement append"), STR("statement commit"),
	STR("statement claim_timers"), STR("statement claim_effects"),
	STR("statement begin_effect"), STR("statement put_back"), STR("statement drop_effect"),
	STR("statement add_"), STR("statement put_"), STR("statement take_"),
	STR("statement note_"), STR("request ") };

struct name {
	const char *text;
	int64_t count;
};

static bool
is_change(struct str point)
{
	struct str what = point;

	(void)str_cut(&what, ' ');
	/* A look for work that finds none says so by not having an "after". */
	if (str_equal(point, STR("before statement claim_timers")) ||
	    str_equal(point, STR("before statement claim_effects")))
		return false;
	for (size_t i = 0; i < COUNT_OF(changing); i++) {
		if (str_starts_with(what, changing[i]))
			return true;
	}
	return false;
}

static void
count_name(struct matrix *matrix, struct name *names, size_t *count, struct str text)
{
	for (size_t i = 0; i < *count; i++) {
		if (str_equal(str_from_z(names[i].text), text)) {
			names[i].count++;
			return;
		}
	}
	CHECK(*count < NAMES_MAX);
	names[(*count)++] = (struct name){ arena_copy_z(matrix->arena, text), 1 };
}

static void
add_points(struct matrix *matrix, const struct name *name)
{
	bool all = is_change(str_from_z(name->text)) || name->count <= MATRIX_LOOKS;
	int64_t count = all ? name->count : MATRIX_LOOKS;

	for (int64_t i = 0; i < count; i++) {
		/* The last fifth of what only looks may not come again. */
		int64_t number = all ? i + 1 : 1 + i * (name->count * 4 / 5) / count;

		CHECK(matrix->count < MATRIX_POINTS_MAX);
		matrix->points[matrix->count++] = (struct matrix_point){ name->text, number };
	}
}

void
matrix_read(struct matrix *matrix, const char *path)
{
	struct name *names = arena_array(matrix->arena, struct name, NAMES_MAX);
	FILE *file = fopen(path, "re");
	char line[LINE_BYTES_MAX];
	size_t count = 0;

	assert_non_null(names);
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		count_name(matrix, names, &count, str_trim(str_from_z(line)));
		matrix->passed++;
	}
	(void)fclose(file);
	for (size_t i = 0; i < count; i++)
		add_points(matrix, &names[i]);
}

/*
 * PagePlaced is the receipt of a request: how it lies between what the call-backs bring
 * is chance, and kill_check() has counted that there is one for each attempt.
 */
static const char end_query[] =
    "SELECT coalesce(string_agg(x.line, E'\\n' ORDER BY x.line), '') FROM ("
    "SELECT lane || ': ' || string_agg(type, ' ' ORDER BY stream_id, version) AS line FROM ("
    "SELECT stream_id, version, type, CASE WHEN type ~ '^(Page|NOCAlerted)' THEN 'ring-down'"
    " WHEN type ~ '^(Render|Task|Subsector)' THEN 'field' ELSE 'ECO' END AS lane"
    " FROM strike.event WHERE stream_id IN (SELECT eco_id FROM strike.eco_board)"
    " AND type <> 'PagePlaced') e GROUP BY lane"
    " UNION ALL SELECT concat_ws(' ', 'board:', status, dispatch, integration, eta_minutes,"
    " task_count, tasks_completed, job_number) FROM strike.eco_board"
    " WHERE build = (SELECT live FROM strike.projection WHERE name = 'eco_board')) x";

const char *
matrix_end(struct kill_world *world, struct arena *arena)
{
	PGconn *conn = PQconnectdb(world->conninfo);
	PGresult *result = PQexec(conn, end_query);
	const char *text;

	if (PQresultStatus(result) != PGRES_TUPLES_OK)
		kill_fail(world, "%s", PQerrorMessage(conn));
	text =
	    arena_copy_z(arena, str_from_z(PQntuples(result) == 1 ? PQgetvalue(result, 0, 0) : ""));
	PQclear(result);
	PQfinish(conn);
	return text;
}
