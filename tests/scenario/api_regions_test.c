#include <stdlib.h>

#include "base/base64.h"
#include "support/api_world.h"

/*
 * Regions as their OSP draws, imports and asks about them.  Every test works on ground of
 * its own: there is one world for all.
 *
 * usage: api_regions_test mem|pg
 */

#define MANAGER       "roster_manager@hill-country-osp"
#define WATCHER       "viewer@hill-country-osp"
#define OTHER_MANAGER "roster_manager@bayou-osp"

#define REGION                                                                                 \
	"{id version name priority pagerListId area size retired boundingBox{west south east " \
	"north}}"
#define OVERLAPS "{more overlaps{size chooses{name} other{name}}}"
#define REFUSAL  "... on Refusal{code field message rule}"

/* -- words -- */

/* A square of ${side} degrees whose corner is at ${west}, ${south}. */
static const char *
square(double west, double south, double side)
{
	return print("{\"type\":\"Polygon\",\"coordinates\":[[[%.15g,%.15g],[%.15g,%.15g],[%.15g,"
		     "%.15g],[%.15g,%.15g],[%.15g,%.15g]]]}",
	    west, south, west + side, south, west + side, south + side, west, south + side, west,
	    south);
}

/* A pager list of ${identity}'s organisation: the one that it has for ${location}. */
static const char *
list_at(const char *identity, const char *location)
{
	return text_at(ask(identity, "query($l:GeoJSON!){regionAt(location:$l){pagerListId}}",
			   print("{\"l\":%s}", location)),
	    "data.regionAt.pagerListId");
}

static const char *
our_list(void)
{
	return list_at(MANAGER, AUSTIN);
}

/* data.<mutation> of a command on one region. */
static const struct json *
mutate(const char *identity, const char *mutation, const char *type, const char *key,
    const char *input)
{
	return at(ask(identity,
		      print("mutation($i:%s!){%s(input:$i){__typename ... on RegionCommandSuccess{"
			    "region" REGION " overlaps" OVERLAPS "} " REFUSAL "}}",
			  type, mutation),
		      print("{\"i\":{\"idempotencyKey\":\"%s\",%s}}", key == NULL ? new_key() : key,
			  input)),
	    print("data.%s", mutation));
}

static const struct json *
create_region(const char *name, const char *area, int priority)
{
	return mutate(MANAGER, "createRegion", "CreateRegionInput", NULL,
	    print("\"name\":\"%s\",\"area\":%s,\"pagerListId\":\"%s\",\"priority\":%d", name, area,
		our_list(), priority));
}

static const char *
drawn(const char *name, const char *area, int priority)
{
	const struct json *result = create_region(name, area, priority);

	assert_text_at(result, "__typename", "RegionCommandSuccess");
	return text_at(result, "region.id");
}

static const struct json *
change_region(const char *id, const char *input)
{
	return mutate(MANAGER, "changeRegion", "ChangeRegionInput", NULL,
	    print("\"regionId\":\"%s\",%s", id, input));
}

static const struct json *
retire_region(const char *id)
{
	return mutate(MANAGER, "retireRegion", "RetireRegionInput", NULL,
	    print("\"regionId\":\"%s\",\"reason\":\"not ours any more\"", id));
}

static const struct json *
region_at(double longitude, double latitude)
{
	return at(ask(MANAGER,
		      "query($l:GeoJSON!){regionAt(location:$l){reason words region{id name} "
		      "pagerListId pagerListName candidates{name}}}",
		      print("{\"l\":{\"type\":\"Point\",\"coordinates\":[%.15g,%.15g]}}", longitude,
			  latitude)),
	    "data.regionAt");
}

/* data.importRegions of ${data}, a JSON text of a string, with ${more} members. */
static const struct json *
import(const char *key, const char *format, const char *data, const char *more)
{
	return at(ask(MANAGER,
		      "mutation($i:ImportRegionsInput!){importRegions(input:$i){__typename ... on "
		      "ImportRegionsSuccess{dryRun features{name outcome regionId version} "
		      "overlaps" OVERLAPS "} ... on ImportRegionsProblems{problemCount "
		      "problems{index name refusal{code field message}}} " REFUSAL "}}",
		      print("{\"i\":{\"idempotencyKey\":\"%s\",\"format\":\"%s\",\"data\":%s,"
			    "\"pagerListId\":\"%s\"%s}}",
			  key == NULL ? new_key() : key, format, data, our_list(), more)),
	    "data.importRegions");
}

/* ${text} as JSON's string. */
static const char *
quoted(const char *text)
{
	struct buf buf = buf_in(arena, 2 * strlen(text) + 3);
	struct json_writer writer = json_writer(&buf);

	json_write_text(&writer, str_from_z(text));
	return arena_copy_z(arena, buf_view(&buf));
}

static const char *
feature(const char *name, const char *area)
{
	return print(
	    "{\"type\":\"Feature\",\"properties\":{\"name\":\"%s\"},\"geometry\":%s}", name, area);
}

static const struct json *
import_features(const char *features, const char *more)
{
	return import(NULL, "GEOJSON",
	    quoted(print("{\"type\":\"FeatureCollection\",\"features\":[%s]}", features)), more);
}

/* How many regions in use are called ${name}. */
static size_t
regions_called(const char *name)
{
	const struct json *edges =
	    at(ask(MANAGER, "{regions(first:100){edges{node{name}}}}", "{}"), "data.regions.edges");
	size_t count = 0;

	for (size_t i = 0; i < edges->list.count; i++)
		count += strcmp(text_at(&edges->list.items[i], "node.name"), name) == 0;
	return count;
}

/* -- drawing -- */

static void
a_region_is_drawn_and_chooses_its_list(void **state)
{
	const struct json *result = create_region("First", square(10, 10, 2), 3);

	(void)state;
	assert_text_at(result, "region.name", "First");
	assert_int_equal(int_at(result, "region.version"), 1);
	assert_int_equal(int_at(result, "region.priority"), 3);
	assert_int_equal(int_at(result, "region.boundingBox.west"), 10);
	assert_int_equal(int_at(result, "region.boundingBox.north"), 12);
	assert_int_equal(int_at(result, "region.size"), 4);
	assert_text_at(result, "region.area.type", "MultiPolygon");
	assert_int_equal(count_at(result, "region.area.coordinates.0.0"), 5);
	assert_int_equal(count_at(result, "overlaps.overlaps"), 0);
	assert_text_at(region_at(11, 11), "region.name", "First");
	assert_text_at(region_at(11, 11), "reason", "ONLY");
	assert_text_at(region_at(12, 12), "region.name", "First");
	assert_null_at(region_at(12.1, 12), "region");
}

static void
the_same_key_draws_once(void **state)
{
	const char *key = new_key();
	const char *input = print(
	    "\"name\":\"Once\",\"area\":%s,\"pagerListId\":\"%s\"", square(14, 10, 1), our_list());
	const struct json *first = mutate(MANAGER, "createRegion", "CreateRegionInput", key, input);
	const struct json *again = mutate(MANAGER, "createRegion", "CreateRegionInput", key, input);

	(void)state;
	assert_text_at(again, "region.id", text_at(first, "region.id"));
	assert_int_equal(regions_called("Once"), 1);
	assert_refused(mutate(MANAGER, "createRegion", "CreateRegionInput", key,
			   print("\"name\":\"Twice\",\"area\":%s,\"pagerListId\":\"%s\"",
			       square(14, 10, 1), our_list())),
	    "KEY_REUSED", "idempotencyKey", "this key was used for another command");
}

static void
a_region_is_changed_in_part(void **state)
{
	const char *id = drawn("Before", square(18, 10, 1), 5);
	const struct json *result = change_region(id, "\"name\":\"After\"");

	(void)state;
	assert_text_at(result, "region.name", "After");
	assert_int_equal(int_at(result, "region.priority"), 5);
	assert_int_equal(int_at(result, "region.version"), 2);
	assert_text_at(region_at(18.5, 10.5), "region.name", "After");
	result = change_region(id, print("\"area\":%s", square(18, 14, 1)));
	assert_int_equal(int_at(result, "region.version"), 3);
	assert_null_at(region_at(18.5, 10.5), "region");
	assert_text_at(region_at(18.5, 14.5), "region.name", "After");
	result = change_region(id, "\"name\":\"After\",\"priority\":5");
	assert_int_equal(int_at(result, "region.version"), 3);
	assert_refused(change_region(id, "\"name\":\"Late\",\"version\":1"), "VERSION_STALE",
	    "version", "it stands at version 3, not at 1");
}

static void
a_retired_region_chooses_nothing_and_its_name_is_free(void **state)
{
	const char *id = drawn("Gone", square(22, 10, 1), 0);
	const struct json *result = retire_region(id);

	(void)state;
	assert_text_at(result, "__typename", "RegionCommandSuccess");
	assert_true(at(result, "region.retired")->boolean);
	assert_null_at(region_at(22.5, 10.5), "region");
	assert_text_at(region_at(22.5, 10.5), "reason", "NO_LIST");
	assert_int_equal(regions_called("Gone"), 0);
	assert_refused(
	    change_region(id, "\"name\":\"Back\""), "REGION_RETIRED", "region", "retired");
	assert_refused(retire_region(id), "REGION_RETIRED", "region", "retired");
	(void)drawn("Gone", square(22, 10, 1), 0);
}

static void
what_is_wrong_with_a_region_is_named(void **state)
{
	const char *name = "\"name\":\"Wrong\"";
	const char *list = print("\"pagerListId\":\"%s\"", our_list());

	(void)state;
	(void)drawn("Taken", square(26, 10, 1), 0);
	assert_refused(create_region("Taken", square(28, 10, 1), 0), "REGION_NAME_TAKEN", "name",
	    "there is a region of this name already");
	assert_refused(
	    create_region(" ", square(28, 10, 1), 0), "REGION_NAME_INVALID", "name", "blank");
	assert_refused(create_region("Wrong", square(28, 10, 1), 1001), "REGION_PRIORITY_INVALID",
	    "priority", "priority is 1001");
	assert_refused(create_region("Wrong", square(28, 95, 1), 0), "AREA_INVALID",
	    "area.coordinates[0][0][1]", "are longitude and latitude swapped?");
	assert_refused(create_region("Wrong", AUSTIN, 0), "AREA_INVALID", "area.type",
	    "an area is a Polygon or a MultiPolygon");
	assert_refused(
	    mutate(MANAGER, "createRegion", "CreateRegionInput", NULL,
		print("%s,\"area\":%s,\"pagerListId\":\"%s\"", name, square(28, 10, 1), new_key())),
	    "PAGER_LIST_UNKNOWN", "pagerList", "no such pager list");
	assert_refused(
	    mutate(MANAGER, "createRegion", "CreateRegionInput", NULL,
		print("%s,\"area\":%s,%s", name,
		    "{\"type\":\"Polygon\",\"coordinates\":[[[28,10],[29,11],[29,10],[28,11],"
		    "[28.2,10.1],[28,10]]]}",
		    list)),
	    "AREA_INVALID", "area", "area is no surface: ");
	assert_int_equal(regions_called("Wrong"), 0);
}

static void
only_roster_managers_and_admins_of_an_osp_draw(void **state)
{
	const char *id = drawn("Ours", square(32, 10, 1), 0);

	(void)state;
	assert_refused(mutate(WATCHER, "retireRegion", "RetireRegionInput", NULL,
			   print("\"regionId\":\"%s\"", id)),
	    "NOT_PERMITTED", NULL, "roster_manager or admin");
	assert_refused(mutate("admin@lone-star-noc", "retireRegion", "RetireRegionInput", NULL,
			   print("\"regionId\":\"%s\"", id)),
	    "OSP_ONLY", NULL, "only an OSP has regions");
	assert_null_at(ask(OPERATOR, "{regions{edges{cursor}}}", "{}"), "data.regions");
	assert_true(
	    count_at(ask(WATCHER, "{regions{edges{cursor}}}", "{}"), "data.regions.edges") > 0);
}

static void
another_osps_region_and_list_are_as_if_they_were_not(void **state)
{
	const char *id = drawn("Secret", square(36, 10, 1), 0);
	const struct json *theirs =
	    ask(OTHER_MANAGER, "{regions(first:100){edges{node{name}}}}", "{}");

	(void)state;
	for (size_t i = 0; i < count_at(theirs, "data.regions.edges"); i++)
		assert_string_not_equal(
		    text_at(theirs, print("data.regions.edges.%zu.node.name", i)), "Secret");
	assert_refused(mutate(OTHER_MANAGER, "changeRegion", "ChangeRegionInput", NULL,
			   print("\"regionId\":\"%s\",\"name\":\"Mine\"", id)),
	    "REGION_UNKNOWN", "region", "there is no such region");
	assert_refused(mutate(OTHER_MANAGER, "changeRegion", "ChangeRegionInput", NULL,
			   print("\"regionId\":\"%s\",\"name\":\"Mine\"", new_key())),
	    "REGION_UNKNOWN", "region", "there is no such region");
	assert_refused(mutate(OTHER_MANAGER, "createRegion", "CreateRegionInput", NULL,
			   print("\"name\":\"Mine\",\"area\":%s,\"pagerListId\":\"%s\"",
			       square(36, 10, 1), our_list())),
	    "PAGER_LIST_UNKNOWN", "pagerList", "no such pager list");
	assert_int_equal(
	    count_at(
		ask(OTHER_MANAGER, print("{regionOverlaps(region:\"%s\")" OVERLAPS "}", id), "{}"),
		"data.regionOverlaps.overlaps"),
	    0);
}

/* -- overlaps -- */

static void
overlaps_are_allowed_and_reported_and_the_smallest_chooses(void **state)
{
	const char *large = drawn("Large", square(40, 10, 4), 0);
	const struct json *result = create_region("Small", square(41, 11, 1), 9);

	(void)state;
	assert_int_equal(count_at(result, "overlaps.overlaps"), 1);
	assert_text_at(result, "overlaps.overlaps.0.chooses.name", "Small");
	assert_text_at(result, "overlaps.overlaps.0.other.name", "Large");
	assert_text_at(region_at(41.5, 11.5), "region.name", "Small");
	assert_text_at(region_at(41.5, 11.5), "reason", "SMALLEST");
	assert_text_at(region_at(41.5, 11.5), "candidates.1.name", "Large");
	assert_text_at(region_at(40.5, 10.5), "region.name", "Large");
	assert_text_at(region_at(40.5, 10.5), "reason", "ONLY");
	result = ask(MANAGER, print("{regionOverlaps(region:\"%s\")" OVERLAPS "}", large), "{}");
	assert_int_equal(count_at(result, "data.regionOverlaps.overlaps"), 1);
	assert_text_at(result, "data.regionOverlaps.overlaps.0.chooses.name", "Small");
}

static void
two_that_are_alike_are_refused_until_their_priorities_differ(void **state)
{
	const struct json *result;

	(void)state;
	(void)drawn("Left", square(48, 10, 2), 4);
	assert_refused(create_region("Right", square(49, 10, 2), 4), "REGION_AMBIGUOUS", "priority",
	    " share ground, are of the same size and have the same priority");
	assert_int_equal(regions_called("Right"), 0);
	result = create_region("Right", square(49, 10, 2), 3);
	assert_text_at(result, "overlaps.overlaps.0.chooses.name", "Right");
	assert_text_at(region_at(49.5, 11), "reason", "PRIORITY");
	assert_text_at(region_at(49.5, 11), "region.name", "Right");
	assert_refused(change_region(text_at(result, "region.id"), "\"priority\":4"),
	    "REGION_AMBIGUOUS", "priority", "give one of them another priority");
}

static void
neighbours_share_no_ground(void **state)
{
	const struct json *result;

	(void)state;
	(void)drawn("West side", square(54, 10, 1), 0);
	result = create_region("East side", square(55, 10, 1), 0);
	assert_text_at(result, "__typename", "RegionCommandSuccess");
	assert_int_equal(count_at(result, "overlaps.overlaps"), 0);
}

/* -- files -- */

static void
a_file_is_imported_as_a_whole(void **state)
{
	const struct json *result =
	    import_features(print("%s,%s", feature("File A", square(60, 10, 3)),
				feature("File B", square(61, 11, 1))),
		",\"priority\":7");

	(void)state;
	assert_text_at(result, "__typename", "ImportRegionsSuccess");
	assert_text_at(result, "features.0.outcome", "CREATED");
	assert_text_at(result, "features.1.name", "File B");
	assert_int_equal(count_at(result, "overlaps.overlaps"), 1);
	assert_text_at(result, "overlaps.overlaps.0.chooses.name", "File B");
	assert_text_at(region_at(61.5, 11.5), "region.name", "File B");
	assert_text_at(region_at(61.5, 11.5), "region.id", text_at(result, "features.1.regionId"));
}

static void
a_feature_gives_a_region_of_its_name_its_area(void **state)
{
	const char *id = drawn("Known", square(66, 10, 1), 8);
	const char *both = print(
	    "%s,%s", feature("Known", square(66, 14, 1)), feature("Unknown", square(68, 14, 1)));
	const struct json *result = import_features(both, "");

	(void)state;
	assert_text_at(result, "features.0.outcome", "CHANGED");
	assert_text_at(result, "features.0.regionId", id);
	assert_int_equal(int_at(result, "features.0.version"), 2);
	assert_text_at(result, "features.1.outcome", "CREATED");
	assert_text_at(region_at(66.5, 14.5), "region.name", "Known");
	result = import_features(both, "");
	assert_text_at(result, "features.0.outcome", "UNCHANGED");
	assert_text_at(result, "features.1.outcome", "UNCHANGED");
	assert_int_equal(int_at(result, "features.0.version"), 2);
}

static void
what_is_only_tried_changes_nothing(void **state)
{
	const char *key = new_key();
	const char *data = quoted(print("{\"type\":\"FeatureCollection\",\"features\":[%s,%s]}",
	    feature("Tried", square(72, 10, 2)), feature("Tried inside", square(72.5, 10.5, 1))));
	size_t before = events_in_all();
	const struct json *result = import(key, "GEOJSON", data, ",\"dryRun\":true");

	(void)state;
	assert_true(at(result, "dryRun")->boolean);
	assert_text_at(result, "features.0.outcome", "CREATED");
	assert_null_at(result, "features.0.regionId");
	assert_int_equal(count_at(result, "overlaps.overlaps"), 1);
	assert_int_equal(events_in_all(), before);
	assert_int_equal(regions_called("Tried"), 0);
	result = import(key, "GEOJSON", data, "");
	assert_text_at(result, "__typename", "ImportRegionsSuccess");
	assert_int_equal(events_in_all(), before + 2);
}

static void
an_import_under_the_same_key_is_done_once(void **state)
{
	const char *key = new_key();
	const char *data = quoted(feature("One time", square(76, 10, 1)));
	const struct json *first = import(key, "GEOJSON", data, "");
	size_t before = events_in_all();
	const struct json *again = import(key, "GEOJSON", data, "");

	(void)state;
	assert_text_at(again, "features.0.outcome", "CREATED");
	assert_text_at(again, "features.0.regionId", text_at(first, "features.0.regionId"));
	assert_int_equal(events_in_all(), before);
	assert_refused(import(key, "GEOJSON", quoted(feature("Other", square(76, 14, 1))), ""),
	    "KEY_REUSED", "idempotencyKey", "this key was used for another command");
}

static void
every_problem_of_a_file_is_listed_and_nothing_is_imported(void **state)
{
	size_t before = events_in_all();
	const struct json *result = import_features(
	    print("%s,%s,%s,%s,%s", feature("Fine", square(80, 10, 1)),
		feature("Far", square(80, 95, 1)), feature("Fine", square(82, 10, 1)),
		feature("Crossed",
		    "{\"type\":\"Polygon\",\"coordinates\":[[[84,10],[85,11],[85,10],[84,11],[84.2,"
		    "10.1],[84,10]]]}"),
		feature("Fine as well", square(86, 10, 1))),
	    "");

	(void)state;
	assert_text_at(result, "__typename", "ImportRegionsProblems");
	assert_int_equal(int_at(result, "problemCount"), 3);
	assert_int_equal(int_at(result, "problems.0.index"), 1);
	assert_text_at(result, "problems.0.name", "Far");
	assert_text_at(result, "problems.0.refusal.code", "AREA_INVALID");
	assert_text_at(
	    result, "problems.0.refusal.field", "features[1].geometry.coordinates[0][0][1]");
	assert_text_at(result, "problems.1.refusal.code", "REGION_NAME_TAKEN");
	assert_int_equal(int_at(result, "problems.2.index"), 3);
	assert_text_at(result, "problems.2.refusal.code", "AREA_INVALID");
	assert_int_equal(events_in_all(), before);
}

static void
a_file_that_leaves_it_to_chance_is_refused(void **state)
{
	size_t before = events_in_all();

	(void)state;
	assert_refused(import_features(print("%s,%s", feature("Twin A", square(88, 10, 2)),
					   feature("Twin B", square(89, 10, 2))),
			   ""),
	    "REGION_AMBIGUOUS", "priority", " share ground, are of the same size");
	assert_int_equal(events_in_all(), before);
}

static void
two_hundred_regions_come_in_one_import(void **state)
{
	struct buf text = buf_in(arena, 1 << 17);
	size_t before = events_in_all();
	const struct json *result;

	(void)state;
	for (int i = 0; i < 200; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ",",
		    feature(print("Plot %d", i),
			square(-60 + 0.5 * (i % 20), -40 + 0.5 * (i / 20), 0.4)));
	buf_char(&text, '\0');
	result = import_features(text.ptr, "");
	assert_text_at(result, "__typename", "ImportRegionsSuccess");
	assert_int_equal(count_at(result, "features"), 200);
	assert_int_equal(events_in_all(), before + 200);
	assert_text_at(region_at(-50.3, -35.3), "reason", "ONLY");
}

static void
a_geopackage_is_imported(void **state)
{
	struct buf encoded = buf_in(arena, 1 << 17);
	char *bytes = arena_bytes(arena, 1 << 16);
	const struct json *result;
	size_t length;
	FILE *file;

	(void)state;
	file = fopen(GEOPACKAGE, "rb");
	assert_non_null(file);
	length = fread(bytes, 1, 1 << 16, file);
	(void)fclose(file);
	buf_char(&encoded, '"');
	base64_encode(&encoded, (struct str){ bytes, length });
	buf_str(&encoded, STR("\""));
	buf_char(&encoded, '\0');
	result = import(NULL, "GEOPACKAGE", encoded.ptr, ",\"dryRun\":true");
	assert_text_at(result, "__typename", "ImportRegionsSuccess");
	assert_text_at(result, "features.0.name", "North");
	assert_text_at(result, "features.1.name", "Islands");
	assert_refused(import(NULL, "GEOPACKAGE", "\"not base64\"", ""), "REGION_FILE_INVALID",
	    "data", "data is not base64");
	assert_refused(
	    import(NULL, "GEOJSON", "\"{\"", ""), "REGION_FILE_INVALID", "data", "data is no JSON");
}

/* -- places, and large areas -- */

static void
a_place_in_no_region_leads_to_the_agreements_default_list(void **state)
{
	const char *agreement =
	    text_at(ask("admin@hill-country-osp", "{agreements{edges{node{id}}}}", "{}"),
		"data.agreements.edges.0.node.id");
	const char *query =
	    "query($l:GeoJSON!,$a:ID){regionAt(location:$l,agreement:$a){reason words "
	    "region{name} pagerListName candidates{name}}}";
	const struct json *found =
	    at(ask(MANAGER, query, print("{\"l\":" NEW_YORK ",\"a\":\"%s\"}", agreement)),
		"data.regionAt");

	(void)state;
	assert_text_at(found, "reason", "DEFAULT_LIST");
	assert_text_at(found, "pagerListName", "Hill Country duty");
	assert_null_at(found, "region");
	assert_text_at(
	    at(ask(MANAGER, query, "{\"l\":" NEW_YORK "}"), "data.regionAt"), "reason", "NO_LIST");
	/* Somebody else's agreement is as if it were not. */
	found = at(ask(OTHER_MANAGER, query, print("{\"l\":" NEW_YORK ",\"a\":\"%s\"}", agreement)),
	    "data.regionAt");
	assert_text_at(found, "reason", "NO_LIST");
}

static void
a_region_may_have_a_ragged_border(void **state)
{
	struct buf area = buf_in(arena, 1 << 18);
	const struct json *result;
	const char *id;

	(void)state;
	/* A saw: up one side and down the other. */
	buf_str(&area, STR("{\"type\":\"Polygon\",\"coordinates\":[[[120,10]"));
	for (int i = 1; i < 150; i++)
		buf_printf(&area, ",[%.3f,%.1f]", 120 + 0.03 * i, i % 2 == 0 ? 10.0 : 10.1);
	for (int i = 150; i >= 0; i--)
		buf_printf(&area, ",[%.3f,11]", 120 + 0.03 * i);
	buf_str(&area, STR(",[120,10]]]}"));
	buf_char(&area, '\0');
	assert_false(area.overflowed);
	id = drawn("Saw", area.ptr, 0);
	result = change_region(id, "\"name\":\"Fine saw\"");
	assert_int_equal(count_at(result, "region.area.coordinates.0.0"), 302);
	assert_text_at(region_at(122, 10.5), "region.id", id);
}

/* -- pages -- */

/* A page of two of the regions in a box, behind ${after}. */
static const struct json *
page_of_two(const char *after)
{
	return at(ask(MANAGER,
		      "query($a:Cursor){regions(first:2,after:$a,boundingBox:{west:99,south:39,"
		      "east:110,north:42}){edges{node{name}}pageInfo{hasNextPage endCursor}}}",
		      after == NULL ? "{}" : print("{\"a\":\"%s\"}", after)),
	    "data.regions");
}

static void
regions_come_page_by_page_and_by_box(void **state)
{
	const struct json *page, *next;
	const char *last;

	(void)state;
	(void)drawn("Boxed", square(100, 40, 1), 0);
	(void)drawn("Boxed too", square(102, 40, 1), 0);
	(void)drawn("Boxed as well", square(104, 40, 1), 0);
	(void)drawn("Elsewhere", square(104, 44, 1), 0);
	page = page_of_two(NULL);
	assert_int_equal(count_at(page, "edges"), 2);
	assert_true(at(page, "pageInfo.hasNextPage")->boolean);
	next = page_of_two(text_at(page, "pageInfo.endCursor"));
	assert_int_equal(count_at(next, "edges"), 1);
	assert_false(at(next, "pageInfo.hasNextPage")->boolean);
	last = text_at(next, "edges.0.node.name");
	assert_string_not_equal(last, text_at(page, "edges.0.node.name"));
	assert_string_not_equal(last, text_at(page, "edges.1.node.name"));
	assert_string_not_equal(last, "Elsewhere");
	assert_null_at(ask(MANAGER, "{regions(first:101){edges{cursor}}}", "{}"), "data.regions");
	assert_null_at(
	    ask(MANAGER, "{regions(boundingBox:{west:0,south:2,east:1,north:1}){edges{cursor}}}",
		"{}"),
	    "data.regions");
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_region_is_drawn_and_chooses_its_list),
		API_TEST(the_same_key_draws_once),
		API_TEST(a_region_is_changed_in_part),
		API_TEST(a_retired_region_chooses_nothing_and_its_name_is_free),
		API_TEST(what_is_wrong_with_a_region_is_named),
		API_TEST(only_roster_managers_and_admins_of_an_osp_draw),
		API_TEST(another_osps_region_and_list_are_as_if_they_were_not),
		API_TEST(overlaps_are_allowed_and_reported_and_the_smallest_chooses),
		API_TEST(two_that_are_alike_are_refused_until_their_priorities_differ),
		API_TEST(neighbours_share_no_ground),
		API_TEST(a_file_is_imported_as_a_whole),
		API_TEST(a_feature_gives_a_region_of_its_name_its_area),
		API_TEST(what_is_only_tried_changes_nothing),
		API_TEST(an_import_under_the_same_key_is_done_once),
		API_TEST(every_problem_of_a_file_is_listed_and_nothing_is_imported),
		API_TEST(a_file_that_leaves_it_to_chance_is_refused),
		API_TEST(a_geopackage_is_imported),
		API_TEST(a_place_in_no_region_leads_to_the_agreements_default_list),
		API_TEST(a_region_may_have_a_ragged_border),
		API_TEST(regions_come_page_by_page_and_by_box),
		API_TEST(two_hundred_regions_come_in_one_import),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests_name("regions", tests, api_world_begin, api_world_end);
}
