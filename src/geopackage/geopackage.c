#include "geopackage/geopackage.h"

#include <sqlite3.h>

#include "geopackage/wkb.h"

#define VALUE_BYTES_MAX                                                           \
	(1 << 20) /* GEO_AREA_POINTS_MAX positions with Z and M are a third of it \
		   */
#define COLUMNS_MAX     256
#define STEPS_A_LOOK    1000 /* of SQLite's machine, after which it is asked whether to go on ... */
#define LOOKS_MAX       2000 /* ... as often as this: a second or so */
#define SRS_WGS84       4326
#define WAL_VERSION_AT  18 /* two bytes of the header: 2 is a write-ahead log, 1 is none */
#define STATEMENT_MAX   1024
#define LAYER_NAMES_MAX 160 /* bytes of a message that lists them */

static const char table_sql[] = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND rootpage > 0 "
				"AND name = ?1 COLLATE NOCASE";

static const char layers_sql[] =
    "SELECT c.table_name, g.column_name, g.srs_id, s.organization, s.organization_coordsys_id "
    "FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
    "LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id "
    "WHERE c.data_type = 'features' ORDER BY c.table_name LIMIT 100";

struct package {
	sqlite3 *db;
	struct arena *arena;
	struct refusal *refusal;
	int looks;
};

struct layer {
	struct str name, column, organisation;
	int64_t srs, srs_code;
};

static void
close_package(struct package *package)
{
	(void)sqlite3_close(package->db);
}

static void
end_statement(sqlite3_stmt **statement)
{
	(void)sqlite3_finalize(*statement);
}

/* ---- nothing of the file's own is run ---- */

/* Reading columns of tables, and nothing else. */
static int
authorise(void *context, int action, const char *a, const char *b, const char *database,
    const char *trigger)
{
	(void)context;
	(void)a;
	(void)b;
	(void)database;
	return trigger == NULL && (action == SQLITE_SELECT || action == SQLITE_READ) ? SQLITE_OK
										     : SQLITE_DENY;
}

/* Not 0: enough has been done for one file. */
static int
look(void *context)
{
	struct package *package = context;

	return ++package->looks > LOOKS_MAX;
}

static void
restrain(struct package *package)
{
	(void)sqlite3_db_config(package->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(package->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(package->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	(void)sqlite3_db_config(package->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	/* A column that there is not must be an error, not a text in quotation marks. */
	(void)sqlite3_db_config(package->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	(void)sqlite3_limit(package->db, SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX);
	(void)sqlite3_limit(package->db, SQLITE_LIMIT_COLUMN, COLUMNS_MAX);
	(void)sqlite3_limit(package->db, SQLITE_LIMIT_ATTACHED, 0);
	(void)sqlite3_limit(package->db, SQLITE_LIMIT_WORKER_THREADS, 0);
	(void)sqlite3_set_authorizer(package->db, authorise, NULL);
	sqlite3_progress_handler(package->db, STEPS_A_LOOK, look, package);
}

/* ---- bad news ---- */

static bool
wrong(struct package *package, const char *field, const char *rule)
{
	return refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, field, "%s", rule);
}

/* What SQLite said, as the client's or as the machine's trouble. */
static struct err *
trouble(struct package *package, int code)
{
	if ((code & 0xff) == SQLITE_NOMEM)
		return ERR(package->arena, ERR_LIMIT, "no memory left to read a GeoPackage");
	if ((code & 0xff) == SQLITE_INTERRUPT)
		(void)wrong(package, "data", "the file takes too long to read");
	else
		(void)refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, "data",
		    "the file cannot be read: %.120s", sqlite3_errmsg(package->db));
	return NULL;
}

/* ---- statements ---- */

/* The next row of ${statement}; ${ret_row} is false at the end, and ${ret_go} after a refusal. */
static struct err *
step(struct package *package, sqlite3_stmt *statement, bool *ret_go, bool *ret_row)
{
	int code = sqlite3_step(statement);

	*ret_row = code == SQLITE_ROW;
	*ret_go = *ret_row || code == SQLITE_DONE;
	return *ret_go ? NULL : trouble(package, code);
}

/* A copy of the text in ${column}; empty when it is none, or not UTF-8. */
static struct str
text_of(struct package *package, sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);
	struct str found = { (const char *)text, (size_t)sqlite3_column_bytes(statement, column) };

	if (text == NULL || !str_is_utf8(found))
		return STR("");
	return arena_copy(package->arena, found);
}

/* Whether ${name} is a table that has pages of its own: no view, no virtual table. */
static struct err *
is_table(struct package *package, struct str name, bool *ret_go, bool *ret)
{
	CLEANUP(end_statement) sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(package->db, table_sql, -1, &statement, NULL);

	*ret_go = false;
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(statement, 1, name.ptr, (int)name.len, SQLITE_TRANSIENT);
	return code == SQLITE_OK ? step(package, statement, ret_go, ret) : trouble(package, code);
}

static struct err *
check_tables(struct package *package, bool *ret_go)
{
	const struct str tables[] = { STR("gpkg_contents"), STR("gpkg_geometry_columns"),
		STR("gpkg_spatial_ref_sys") };
	bool is_there = true;

	*ret_go = true;
	for (size_t i = 0; *ret_go && is_there && i < COUNT_OF(tables); i++)
		TRY(is_table(package, tables[i], ret_go, &is_there));
	if (*ret_go && !is_there)
		*ret_go = wrong(package, "data",
		    "the file is an SQLite database, and no GeoPackage: it has no gpkg_ tables");
	return NULL;
}

/* ---- the layer ---- */

static void
read_layer(struct package *package, sqlite3_stmt *statement, struct layer *ret)
{
	*ret = (struct layer){
		.name = text_of(package, statement, 0),
		.column = text_of(package, statement, 1),
		.srs = sqlite3_column_int64(statement, 2),
		.organisation = text_of(package, statement, 3),
		.srs_code = sqlite3_column_int64(statement, 4),
	};
}

static bool
check_found(struct package *package, struct str asked, size_t count, struct str names)
{
	if (count == 1)
		return true;
	if (!str_empty(asked))
		return refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, "layer",
		    "the file has no layer of that name; it has: %.*s", STR_ARG(names));
	if (count == 0)
		return wrong(package, "layer", "the file has no layer with features");
	return refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, "layer",
	    "the file has several layers, say which: %.*s", STR_ARG(names));
}

/* The layer asked for, or the only one there is. */
static struct err *
find_layer(struct package *package, struct str asked, bool *ret_go, struct layer *ret)
{
	CLEANUP(end_statement) sqlite3_stmt *statement = NULL;
	int code = sqlite3_prepare_v2(package->db, layers_sql, -1, &statement, NULL);
	struct buf names = buf_in(package->arena, LAYER_NAMES_MAX);
	size_t count = 0;
	bool row = true;

	*ret_go = false;
	if (code != SQLITE_OK)
		return trouble(package, code);
	for (;;) {
		struct layer layer;

		TRY(step(package, statement, ret_go, &row));
		if (!row)
			break;
		read_layer(package, statement, &layer);
		buf_printf(&names, "%s\"%.*s\"", names.len == 0 ? "" : ", ", STR_ARG(layer.name));
		if (!str_empty(asked) && !str_equal(asked, layer.name))
			continue;
		*ret = layer;
		count++;
	}
	if (*ret_go)
		*ret_go = check_found(package, asked, count, buf_view(&names));
	return NULL;
}

/* Where it is, we must know; nothing is projected. */
static struct err *
check_layer(struct package *package, const struct layer *layer, bool *ret_go)
{
	bool plain;

	*ret_go = false;
	if (!str_equal_nocase(layer->organisation, STR("EPSG")) || layer->srs_code != SRS_WGS84) {
		(void)refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, "layer",
		    "layer \"%.*s\" is in the reference system %.*s:%lld (srs_id %lld): give it in "
		    "EPSG:4326",
		    STR_ARG(layer->name), STR_ARG(layer->organisation), (long long)layer->srs_code,
		    (long long)layer->srs);
		return NULL;
	}
	TRY(is_table(package, layer->name, ret_go, &plain));
	if (*ret_go && !plain)
		*ret_go = wrong(package, "layer",
		    "the layer is a view or a virtual table; store it as a "
		    "table");
	return NULL;
}

/* ---- features ---- */

static bool
read_feature(struct package *package, sqlite3_stmt *statement, const struct layer *layer,
    const char *field, struct region_feature *ret)
{
	struct str blob = { NULL, 0 };
	int type = sqlite3_column_type(statement, 0);

	if (type == SQLITE_TEXT || type == SQLITE_INTEGER)
		ret->name = str_trim(text_of(package, statement, 0));
	if (str_empty(ret->name))
		return refuse(&ret->refusal, REFUSAL_REGION_NAME_INVALID, field,
		    "%s has no text where its name should be", field);
	if (sqlite3_column_type(statement, 1) != SQLITE_BLOB)
		return refuse(
		    &ret->refusal, REFUSAL_AREA_INVALID, field, "%s has no geometry", field);
	blob.ptr = sqlite3_column_blob(statement, 1);
	blob.len = blob.ptr == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, 1);
	return wkb_read(package->arena, blob, layer->srs, field, &ret->area, &ret->refusal);
}

/*
 * The one statement with names in it: which table and columns hold the features is for
 * the file to say, and a name cannot be bound.  They are quoted as SQLite quotes them, and
 * the authorizer sees what comes of it.
 */
static struct err *
prepare_features(struct package *package, const struct layer *layer, struct str name_field,
    bool *ret_go, sqlite3_stmt **ret)
{
	const char *table = arena_copy_z(package->arena, layer->name);
	const char *geometry = arena_copy_z(package->arena, layer->column);
	const char *name = arena_copy_z(package->arena, name_field);
	char sql[STATEMENT_MAX];
	int code;

	*ret_go = false;
	if (table == NULL || geometry == NULL || name == NULL)
		return ERR(package->arena, ERR_LIMIT, "no memory left to read a GeoPackage");
	(void)sqlite3_snprintf(sizeof(sql), sql, "SELECT \"%w\", \"%w\" FROM \"%w\" LIMIT %d", name,
	    geometry, table, REGION_FEATURES_MAX + 1);
	code = sqlite3_prepare_v2(package->db, sql, -1, ret, NULL);
	*ret_go = code == SQLITE_OK;
	if (code == SQLITE_ERROR) {
		(void)refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, "nameField",
		    "layer \"%.*s\" has no column \"%.*s\"; say which one holds the regions' names",
		    STR_ARG(layer->name), STR_ARG(name_field));
		return NULL;
	}
	return *ret_go ? NULL : trouble(package, code);
}

static struct err *
read_features(struct package *package, sqlite3_stmt *statement, const struct layer *layer,
    bool *ret_go, struct region_features *ret)
{
	struct region_feature *features =
	    arena_array(package->arena, struct region_feature, REGION_FEATURES_MAX);
	size_t count = 0;
	bool row;

	if (features == NULL)
		return ERR(package->arena, ERR_LIMIT, "no memory left to read a GeoPackage");
	for (;;) {
		char field[32];
		struct buf name = buf_over(field, sizeof(field));

		TRY(step(package, statement, ret_go, &row));
		if (!row)
			break;
		if (count == REGION_FEATURES_MAX) {
			*ret_go = refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, "data",
			    "the layer has more than %d features; split it", REGION_FEATURES_MAX);
			return NULL;
		}
		buf_printf(&name, "features[%zu]", count);
		buf_char(&name, '\0');
		features[count].refused =
		    !read_feature(package, statement, layer, field, &features[count]);
		count++;
	}
	if (*ret_go && count == 0)
		*ret_go = wrong(package, "data", "the layer is empty: there is nothing to import");
	*ret = (struct region_features){ features, count };
	return NULL;
}

static struct err *
read_package(struct package *package, const struct geopackage_choice *choice, bool *ret_go,
    struct region_features *ret)
{
	CLEANUP(end_statement) sqlite3_stmt *statement = NULL;
	struct layer layer;

	TRY(check_tables(package, ret_go));
	if (*ret_go)
		TRY(find_layer(package, choice->layer, ret_go, &layer));
	if (*ret_go)
		TRY(check_layer(package, &layer, ret_go));
	if (*ret_go)
		TRY(prepare_features(package, &layer, choice->name_field, ret_go, &statement));
	if (*ret_go)
		TRY(read_features(package, statement, &layer, ret_go, ret));
	return NULL;
}

/* ---- the file ---- */

static bool
check_file(struct package *package, struct str bytes, const struct geopackage_choice *choice)
{
	if (bytes.len > GEOPACKAGE_BYTES_MAX)
		return refuse(package->refusal, REFUSAL_REGION_FILE_INVALID, "data",
		    "the file has %zu bytes, at most %u are taken", bytes.len,
		    GEOPACKAGE_BYTES_MAX);
	if (bytes.len < 100 ||
	    !str_starts_with(bytes, (struct str){ "SQLite format 3", sizeof("SQLite format 3") }))
		return wrong(package, "data", "this is no GeoPackage: it is no SQLite database");
	if (choice->layer.len > GEOPACKAGE_NAME_BYTES_MAX)
		return wrong(package, "layer", "the layer's name is too long");
	if (choice->name_field.len > GEOPACKAGE_NAME_BYTES_MAX)
		return wrong(package, "nameField", "the column's name is too long");
	return true;
}

/* The file stands in memory as the whole database. */
static struct err *
open_package(struct package *package, struct str bytes, bool *ret_go)
{
	char *copy = arena_bytes(package->arena, bytes.len);
	int code;

	*ret_go = false;
	if (copy == NULL)
		return ERR(package->arena, ERR_LIMIT, "no memory left to read a GeoPackage");
	memcpy(copy, bytes.ptr, bytes.len);
	/* A file that was closed properly has no log beside it, whatever its header says. */
	memset(copy + WAL_VERSION_AT, 1, 2);
	code = sqlite3_open_v2(":memory:", &package->db,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_deserialize(package->db, "main", (unsigned char *)copy,
		    (sqlite3_int64)bytes.len, (sqlite3_int64)bytes.len,
		    SQLITE_DESERIALIZE_READONLY);
	*ret_go = code == SQLITE_OK;
	if (!*ret_go)
		return trouble(package, code);
	restrain(package);
	return NULL;
}

struct err *
geopackage_read(struct arena *arena, struct str bytes, const struct geopackage_choice *choice,
    bool *ret_read, struct region_features *ret, struct refusal *ret_refusal)
{
	CLEANUP(close_package)
	struct package package = { .arena = arena, .refusal = ret_refusal };

	*ret_read = check_file(&package, bytes, choice);
	if (*ret_read)
		TRY(open_package(&package, bytes, ret_read));
	if (*ret_read)
		TRY(read_package(&package, choice, ret_read, ret));
	return NULL;
}
