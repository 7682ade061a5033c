#include <sqlite3.h>

#include "geopackage/geopackage.h"
#include "support/unit.h"

/*
 * Regions from GeoPackages: those that GDAL has written (tests/fuzz/corpus), and those
 * that nobody honest would write.
 */

#define ARENA_BYTES (64u << 20)

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

/* -- files -- */

static struct str
file_of(const char *name)
{
	char *bytes = arena_bytes(arena, 1 << 20);
	char path[4096];
	size_t length;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", GEOPACKAGES, name);
	file = fopen(path, "rb");
	if (file == NULL || bytes == NULL)
		fail_msg("%s cannot be opened", path);
	length = fread(bytes, 1, 1 << 20, file);
	(void)fclose(file);
	return (struct str){ bytes, length };
}

static const char tables[] =
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization "
    "TEXT, organization_coordsys_id INTEGER, definition TEXT);"
    "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, srs_id INTEGER);"
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name "
    "TEXT, srs_id INTEGER, z INTEGER, m INTEGER);"
    "INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'epsg', 4326, 'x');"
    "INSERT INTO gpkg_contents VALUES ('areas', 'features', 4326);"
    "INSERT INTO gpkg_geometry_columns VALUES ('areas', 'geom', 'POLYGON', 4326, 0, 0);";

static const char areas[] =
    "CREATE TABLE areas (fid INTEGER PRIMARY KEY, geom BLOB, name TEXT, number INTEGER);";

/* A database made of ${base} and then ${more}, as a file. */
static struct str
package_of(const char *base, const char *more)
{
	sqlite3_int64 bytes = 0;
	unsigned char *image;
	struct str copy;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, tables, NULL, NULL, NULL), SQLITE_OK);
	if (sqlite3_exec(db, base, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(db, more, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", more, sqlite3_errmsg(db));
	image = sqlite3_serialize(db, "main", &bytes, 0);
	assert_non_null(image);
	copy = arena_copy(arena, (struct str){ (const char *)image, (size_t)bytes });
	sqlite3_free(image);
	(void)sqlite3_close(db);
	return copy;
}

/* A square from 0, 0 to ${side}, ${side}: header, byte order, type, one ring of five. */
#define HEAD "47500001E6100000"
#define ZERO "0000000000000000"
#define ONE  "000000000000F03F"
#define RING "05000000" ZERO ZERO ONE ZERO ONE ONE ZERO ONE ZERO ZERO
#define SQUARE            \
	HEAD "0103000000" \
	     "01000000" RING
#define ROW(hex) "INSERT INTO areas (geom, name, number) VALUES (X'" hex "', 'Square', 7);"

/* -- reading -- */

static struct region_features found;
static struct refusal refusal;

static bool
is_read(struct str bytes, const char *layer, const char *name_field)
{
	const struct geopackage_choice choice = { str_from_z(layer), str_from_z(name_field) };
	bool read;

	assert_null(geopackage_read(arena, bytes, &choice, &read, &found, &refusal));
	return read;
}

static void
assert_says(const struct refusal *about, const char *field, const char *words)
{
	if (!str_equal(refusal_field(about), str_from_z(field)))
		fail_msg("about %.*s, not %s", STR_ARG(refusal_field(about)), field);
	if (str_find(refusal_message(about), str_from_z(words)) == SIZE_MAX)
		fail_msg("\"%.*s\" does not say \"%s\"", STR_ARG(refusal_message(about)), words);
}

static void
check_refused(struct str bytes, const char *layer, const char *name_field, const char *field,
    const char *words)
{
	assert_false(is_read(bytes, layer, name_field));
	assert_int_equal(refusal.code, REFUSAL_REGION_FILE_INVALID);
	assert_says(&refusal, field, words);
}

/* The only feature of a package with the geometry ${hex} is refused. */
static void
check_geometry_refused(const char *hex, const char *words)
{
	struct str row =
	    arena_printf(arena, "INSERT INTO areas (geom, name) VALUES (X'%s', 'Square');", hex);

	assert_true(is_read(package_of(areas, arena_copy_z(arena, row)), "", "name"));
	assert_int_equal(found.count, 1);
	assert_true(found.at[0].refused);
	assert_int_equal(found.at[0].refusal.code, REFUSAL_AREA_INVALID);
	if (str_find(refusal_message(&found.at[0].refusal), str_from_z(words)) == SIZE_MAX)
		fail_msg("\"%.*s\" does not say \"%s\"",
		    STR_ARG(refusal_message(&found.at[0].refusal)), words);
}

static void
check_districts(void)
{
	assert_int_equal(found.count, 2);
	assert_false(found.at[0].refused);
	assert_false(found.at[1].refused);
	assert_true(str_equal(found.at[0].name, STR("North")));
	assert_true(str_equal(found.at[1].name, STR("Islands")));
	assert_int_equal(found.at[0].area.count, 1);
	assert_int_equal(found.at[0].area.polygons[0].count, 2);
	assert_true(geo_area_size(&found.at[0].area) > 0.9599999);
	assert_true(geo_area_size(&found.at[0].area) < 0.9600001);
	assert_int_equal(found.at[1].area.count, 2);
}

/* -- what GDAL wrote -- */

static void
what_gdal_wrote_is_read(void **state)
{
	(void)state;
	assert_true(is_read(file_of("gdal-with-index.gpkg"), "", "name"));
	check_districts();
	assert_true(is_read(file_of("gdal-with-altitude.gpkg"), "districts", "name"));
	check_districts();
}

static void
a_column_of_numbers_can_hold_the_names(void **state)
{
	(void)state;
	assert_true(is_read(file_of("gdal-with-index.gpkg"), "", "zone"));
	assert_true(str_equal(found.at[0].name, STR("1")));
	assert_true(str_equal(found.at[1].name, STR("2")));
}

static void
of_several_layers_one_must_be_named(void **state)
{
	struct str file = file_of("gdal-two-layers.gpkg");

	(void)state;
	check_refused(file, "", "name", "layer",
	    "the file has several layers, say which: \"districts\", \"other\"");
	check_refused(
	    file, "third", "name", "layer", "the file has no layer of that name; it has: ");
	assert_true(is_read(file, "other", "name"));
	check_districts();
}

static void
another_reference_system_is_refused_by_name(void **state)
{
	(void)state;
	check_refused(file_of("gdal-mercator.gpkg"), "", "name", "layer",
	    "layer \"districts\" is in the reference system EPSG:3857");
}

static void
a_column_that_there_is_not_is_named(void **state)
{
	(void)state;
	check_refused(file_of("gdal-with-index.gpkg"), "", "title", "nameField",
	    "layer \"districts\" has no column \"title\"");
	check_refused(file_of("gdal-with-index.gpkg"), "", "x\" FROM gpkg_contents; --",
	    "nameField", "has no column");
}

/* -- what somebody else wrote -- */

static void
what_is_no_geopackage_is_said_to_be_none(void **state)
{
	struct str whole = file_of("gdal-with-index.gpkg");
	sqlite3_int64 bytes = 0;
	unsigned char *image;
	sqlite3 *db;

	(void)state;
	check_refused(STR(""), "", "name", "data", "it is no SQLite database");
	check_refused(STR("{\"type\":\"FeatureCollection\"}"), "", "name", "data",
	    "it is no SQLite database");
	check_refused((struct str){ whole.ptr, 5000 }, "", "name", "data", "cannot be read");
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
	image = sqlite3_serialize(db, "main", &bytes, 0);
	check_refused((struct str){ (const char *)image, (size_t)bytes }, "", "name", "data",
	    "no GeoPackage: it has no gpkg_ tables");
	sqlite3_free(image);
	(void)sqlite3_close(db);
}

static void
a_package_that_was_written_ahead_is_read(void **state)
{
	struct str whole = file_of("gdal-with-index.gpkg");
	char *copy = arena_bytes(arena, whole.len);

	(void)state;
	memcpy(copy, whole.ptr, whole.len);
	memset(copy + 18, 2, 2);
	assert_true(is_read((struct str){ copy, whole.len }, "", "name"));
	check_districts();
}

static void
a_view_or_a_virtual_table_is_no_layer(void **state)
{
	(void)state;
	check_refused(package_of("CREATE VIEW areas AS SELECT 1 AS geom, 'a' AS name;", ""), "",
	    "name", "layer", "is a view or a virtual table");
	check_refused(package_of("CREATE VIRTUAL TABLE areas USING rtree(name, a, b);", ""), "",
	    "name", "layer", "is a view or a virtual table");
	check_refused(package_of("DROP TABLE gpkg_contents; CREATE VIEW gpkg_contents AS SELECT "
				 "'areas' AS table_name, 'features' AS data_type;",
			  areas),
	    "", "name", "data", "has no gpkg_ tables");
}

static void
what_the_file_computes_is_bounded(void **state)
{
	(void)state;
	check_refused(
	    package_of("CREATE TABLE areas (geom BLOB, name AS (hex(zeroblob(1000000))));",
		"INSERT INTO areas (geom) VALUES (X'00');"),
	    "", "name", "data", "the file cannot be read: string or blob too big");
}

/* Everything fits to everything, and all of it would have to be sorted. */
static void
a_file_that_takes_too_long_is_given_up(void **state)
{
	(void)state;
	check_refused(
	    package_of("DROP TABLE gpkg_contents; CREATE TABLE gpkg_contents (table_name TEXT, "
		       "data_type TEXT);",
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
		"INSERT INTO gpkg_contents SELECT 'areas', 'features' FROM n;"
		"INSERT INTO gpkg_geometry_columns SELECT 'areas', 'geom', '', 4326, 0, 0 FROM "
		"gpkg_contents;"),
	    "", "name", "data", "the file takes too long to read");
}

static void
an_empty_layer_or_too_many_features_are_refused(void **state)
{
	struct buf sql = buf_in(arena, 1 << 20);

	(void)state;
	check_refused(package_of(areas, ""), "", "name", "data", "the layer is empty");
	for (int i = 0; i <= REGION_FEATURES_MAX; i++)
		buf_str(&sql, STR(ROW(SQUARE)));
	buf_char(&sql, '\0');
	check_refused(
	    package_of(areas, sql.ptr), "", "name", "data", "the layer has more than 200 features");
	assert_true(is_read(package_of(areas, ROW(SQUARE)), "", "name"));
	assert_false(found.at[0].refused);
}

static void
a_feature_without_name_or_geometry_says_so(void **state)
{
	(void)state;
	assert_true(
	    is_read(package_of(areas, "INSERT INTO areas (geom) VALUES (X'00');"
				      "INSERT INTO areas (name) VALUES ('Nowhere');"
				      "INSERT INTO areas (name, geom) VALUES ('Text', 'x');"),
		"", "name"));
	assert_int_equal(found.count, 3);
	assert_says(&found.at[0].refusal, "features[0]", "has no text where its name should be");
	assert_says(&found.at[1].refusal, "features[1]", "has no geometry");
	assert_says(&found.at[2].refusal, "features[2]", "has no geometry");
}

static void
a_geometry_that_is_none_says_what_it_is(void **state)
{
	(void)state;
	check_geometry_refused("00", "is no geometry of a GeoPackage");
	check_geometry_refused("47500901E6100000", "version of the GeoPackage geometry");
	check_geometry_refused("47500021E6100000", "is an extended GeoPackage geometry");
	check_geometry_refused("47500011E6100000"
			       "0103000000"
			       "00000000",
	    "is empty");
	check_geometry_refused("47500001110F0000"
			       "0103000000"
			       "01000000" RING,
	    "of another reference system than its layer");
	check_geometry_refused(HEAD "0101000000" ONE ONE, "is a Point (type 1)");
	check_geometry_refused(HEAD "01EC030000"
				    "00000000",
	    "is a MultiPoint (type 1004)");
	check_geometry_refused(HEAD "010A000000"
				    "00000000",
	    "is a CurvePolygon (type 10)");
	check_geometry_refused(HEAD "0103000020"
				    "E6100000"
				    "00000000",
	    "EWKB");
	check_geometry_refused(HEAD "0203000000"
				    "00000000",
	    "neither of the two orders of bytes");
	check_geometry_refused(HEAD "0106000000"
				    "01000000"
				    "0101000000" ONE ONE ZERO,
	    "Point");
}

static void
a_geometry_that_is_cut_or_counts_too_far_is_refused(void **state)
{
	(void)state;
	check_geometry_refused(HEAD, "ends in the middle");
	check_geometry_refused(HEAD "0103000000", "ends in the middle");
	check_geometry_refused(HEAD "0103000000"
				    "FFFFFFFF" RING,
	    "ends in the middle");
	check_geometry_refused(HEAD "0103000000"
				    "01000000"
				    "FFFFFF0F" ZERO ZERO,
	    "ends in the middle");
	check_geometry_refused(HEAD "0106000000"
				    "FFFFFFFF",
	    "ends in the middle");
	check_geometry_refused(HEAD "0103000000"
				    "01000000"
				    "06000000" RING,
	    "ends in the middle");
	check_geometry_refused(SQUARE "00", "has bytes behind its end");
	check_geometry_refused("47500003E6100000" ZERO ONE, "ends in the middle");
	check_geometry_refused(HEAD "0103000000"
				    "00000000",
	    "at least an outer ring");
}

static void
the_rules_of_areas_hold_for_geometries(void **state)
{
	(void)state;
	check_geometry_refused(HEAD "0103000000"
				    "01000000"
				    "04000000" ZERO ZERO ONE ZERO ONE ONE ZERO ONE,
	    "is not closed");
	check_geometry_refused(HEAD "0103000000"
				    "01000000"
				    "05000000" ZERO ZERO
				    "000000000000F87F" ZERO ONE ONE ZERO ONE ZERO ZERO,
	    "longitude must be within");
}

static void
either_order_of_bytes_and_every_dimension_is_read(void **state)
{
	static const char *const rows[] = {
		ROW(SQUARE),
		/* big-endian */
		ROW("47500000000010E6"
		    "00"
		    "00000003"
		    "00000001"
		    "00000004" ZERO ZERO "3FF0000000000000" ZERO "3FF0000000000000"
		    "3FF0000000000000" ZERO ZERO),
		/* with Z, with M, with both */
		ROW(HEAD "01EB030000"
			 "01000000"
			 "04000000" ZERO ZERO ONE ONE ZERO ONE ONE ONE ONE ZERO ZERO ONE),
		ROW(HEAD "01D3070000"
			 "01000000"
			 "04000000" ZERO ZERO ONE ONE ZERO ONE ONE ONE ONE ZERO ZERO ONE),
		ROW(HEAD "01BB0B0000"
			 "01000000"
			 "04000000" ZERO ZERO ONE ONE ONE ZERO ONE ONE ONE ONE ONE ONE ZERO ZERO ONE
			     ONE),
		/* with a box before it */
		ROW("47500003E6100000" ZERO ONE ZERO ONE "0103000000"
		    "01000000" RING),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(is_read(package_of(areas, rows[i]), "", "number"));
		if (found.at[0].refused)
			fail_msg(
			    "row %zu: %.*s", i, STR_ARG(refusal_message(&found.at[0].refusal)));
		assert_true(geo_area_size(&found.at[0].area) > 0.49);
		assert_true(str_equal(found.at[0].name, STR("7")));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_gdal_wrote_is_read),
		cmocka_unit_test(a_column_of_numbers_can_hold_the_names),
		cmocka_unit_test(of_several_layers_one_must_be_named),
		cmocka_unit_test(another_reference_system_is_refused_by_name),
		cmocka_unit_test(a_column_that_there_is_not_is_named),
		cmocka_unit_test(what_is_no_geopackage_is_said_to_be_none),
		cmocka_unit_test(a_package_that_was_written_ahead_is_read),
		cmocka_unit_test(a_view_or_a_virtual_table_is_no_layer),
		cmocka_unit_test(what_the_file_computes_is_bounded),
		cmocka_unit_test(a_file_that_takes_too_long_is_given_up),
		cmocka_unit_test(an_empty_layer_or_too_many_features_are_refused),
		cmocka_unit_test(a_feature_without_name_or_geometry_says_so),
		cmocka_unit_test(a_geometry_that_is_none_says_what_it_is),
		cmocka_unit_test(a_geometry_that_is_cut_or_counts_too_far_is_refused),
		cmocka_unit_test(the_rules_of_areas_hold_for_geometries),
		cmocka_unit_test(either_order_of_bytes_and_every_dimension_is_read),
	};

	return cmocka_run_group_tests_name("geopackage", tests, set_up, tear_down);
}
