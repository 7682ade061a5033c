#include "store/pg/pg_internal.h"

/* What has been applied: number, name and checksum, by number. */
static struct err *
list_applied(PGconn *conn, struct arena *arena, PGresult **ret)
{
	const char *text = arena_copy_z(arena, pg_query_text(STR("migration_list")));

	if (text == NULL)
		return store_out_of_memory(arena);
	*ret = PQexecParams(conn, text, 0, NULL, NULL, NULL, NULL, 1);
	if (PQresultStatus(*ret) != PGRES_TUPLES_OK)
		return pg_fault(conn, *ret, false, arena);
	return NULL;
}

/* Migration ${index}, which was applied, must be what it was then. */
static struct err *
check_applied(PGresult *applied, int index, struct arena *arena)
{
	struct pg_row row = pg_row(applied, index, arena);
	int64_t number = pg_get_int(&row);
	struct str name = pg_get_text(&row), checksum = pg_get_text(&row);
	struct sha256 now;

	TRY(pg_row_check(&row, STR("a migration")));
	if (number != index + 1 || (size_t)index >= pg_migration_files_count)
		return err_explain(ERR(arena, ERR_CORRUPT,
				       "the database has migration %lld (%.*s), not this program's",
				       (long long)number, STR_ARG(name)),
		    STR("The database is ahead of this program, or was migrated by another one."),
		    STR("Use the program that migrated it, or a newer one."));
	now = sha256_of(pg_migration_files[index].text);
	if (!str_equal(name, pg_migration_files[index].name) ||
	    !str_equal(checksum, (struct str){ (const char *)now.bytes, sizeof(now.bytes) }))
		return err_explain(
		    ERR(arena, ERR_CORRUPT, "migration %.*s was changed after it was applied",
			STR_ARG(name)),
		    STR("An applied migration is history."),
		    STR("Restore the file, and put the change into a new migration."));
	return NULL;
}

static struct err *
record(PGconn *conn, struct arena *arena, size_t index)
{
	const struct embedded_file *file = &pg_migration_files[index];
	struct sha256 checksum = sha256_of(file->text);
	const char *text = arena_copy_z(arena, pg_query_text(STR("migration_record")));
	CLEANUP(pg_result_clear) PGresult *result = NULL;
	struct pg_params params = { .arena = arena };

	pg_put_int(&params, (int64_t)index + 1);
	pg_put_text(&params, file->name);
	pg_put_text(&params, (struct str){ (const char *)checksum.bytes, sizeof(checksum.bytes) });
	if (text == NULL || arena_exhausted(arena))
		return store_out_of_memory(arena);
	result = PQexecParams(
	    conn, text, params.count, NULL, params.values, params.lengths, params.formats, 1);
	if (PQresultStatus(result) != PGRES_COMMAND_OK)
		return pg_fault(conn, result, false, arena);
	return NULL;
}

static struct err *
execute(PGconn *conn, struct arena *arena, const char *text, bool uncertain)
{
	CLEANUP(pg_result_clear) PGresult *result = PQexec(conn, text);

	if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
		return pg_fault(conn, result, uncertain, arena);
	return NULL;
}

/* Apply migration ${index} and write that down, both or neither. */
static struct err *
apply(PGconn *conn, struct arena *arena, size_t index)
{
	const struct embedded_file *file = &pg_migration_files[index];
	const char *text = arena_copy_z(arena, file->text);
	struct err *err;

	if (text == NULL)
		return store_out_of_memory(arena);
	TRY(execute(conn, arena, "BEGIN", false));
	err = execute(conn, arena, text, false);
	if (err != NULL)
		return ERR_WRAP(arena, err, "could not apply migration %.*s", STR_ARG(file->name));
	TRY(record(conn, arena, index));
	return execute(conn, arena, "COMMIT", true);
}

/* The connection ends with this function, and with it the lock and what was not committed. */
struct err *
store_pg_migrate(struct arena *arena, const char *conninfo, store_pg_progress_f *progress,
    void *context, size_t *ret_applied)
{
	CLEANUP(pg_conn_close) PGconn *conn = NULL;
	CLEANUP(pg_result_clear) PGresult *applied = NULL;
	size_t done;

	CHECK(conninfo != NULL);
	*ret_applied = 0;
	TRY(pg_connect(arena, conninfo, &conn));
	TRY(execute(conn, arena, "SET client_min_messages = warning", false));
	TRY(pg_script(conn, arena, STR("migration_lock"), NULL));
	TRY(pg_script(conn, arena, STR("migration_table"), NULL));
	TRY(list_applied(conn, arena, &applied));
	done = (size_t)PQntuples(applied);
	for (size_t i = 0; i < done; i++)
		TRY(check_applied(applied, (int)i, arena));
	for (size_t i = done; i < pg_migration_files_count; i++) {
		struct arena_mark mark = arena_mark(arena);

		if (progress != NULL)
			progress(context, pg_migration_files[i].name);
		TRY(apply(conn, arena, i));
		arena_release(arena, mark);
		(*ret_applied)++;
	}
	return NULL;
}
