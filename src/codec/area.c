#include "codec/area.h"

/* What is being read, and where it stands. */
struct reading {
	struct arena *arena;
	const char *field; /* of the geometry */
	bool is_polygon;
	struct geo_point *points; /* of the whole area, ring after ring ... */
	size_t used;
	struct refusal *refusal;
};

/* How deep in the coordinates: of a Polygon the polygon is not counted. */
struct path {
	size_t at[3]; /* polygon, ring, position */
	size_t depth;
};

static bool
refuse_at(struct reading *reading, const struct path *path, const char *rule)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	struct buf name = buf_over(memory, sizeof(memory));

	buf_printf(&name, "%s.coordinates", reading->field);
	for (size_t i = reading->is_polygon ? 1 : 0; i < path->depth; i++)
		buf_printf(&name, "[%zu]", path->at[i]);
	buf_char(&name, '\0');
	memory[sizeof(memory) - 1] = '\0';
	return refuse(reading->refusal, REFUSAL_AREA_INVALID, memory, "%s %s", memory, rule);
}

/*
 * Longitude, latitude and perhaps an altitude, which is dropped.  More than that
 * has no meaning that anybody agreed on (section 3.1.1).
 */
static bool
read_position(struct reading *reading, const struct path *path, const struct json *value,
    struct geo_point *ret)
{
	double altitude;

	if (value->type != JSON_LIST || value->list.count < 2 || value->list.count > 3 ||
	    !json_number(&value->list.items[0], &ret->longitude) ||
	    !json_number(&value->list.items[1], &ret->latitude) ||
	    (value->list.count == 3 && !json_number(&value->list.items[2], &altitude)))
		return refuse_at(reading, path,
		    "is no position: give [longitude, latitude] or [longitude, latitude, "
		    "altitude]");
	return true;
}

static bool
read_ring(
    struct reading *reading, struct path *path, const struct json *value, struct geo_ring *ret)
{
	struct geo_point *points = reading->points + reading->used;

	path->depth = 3;
	for (path->at[2] = 0; path->at[2] < value->list.count; path->at[2]++) {
		if (!read_position(
			reading, path, &value->list.items[path->at[2]], &points[path->at[2]]))
			return false;
	}
	reading->used += value->list.count;
	*ret = (struct geo_ring){ points, value->list.count };
	return true;
}

static bool
read_polygon(
    struct reading *reading, struct path *path, const struct json *value, struct geo_polygon *ret)
{
	struct geo_ring *rings =
	    arena_array(reading->arena, struct geo_ring, value->list.count + 1);

	if (rings == NULL)
		return refuse_at(reading, path, "is too large to be read");
	for (path->at[1] = 0; path->at[1] < value->list.count; path->at[1]++) {
		if (!read_ring(reading, path, &value->list.items[path->at[1]], &rings[path->at[1]]))
			return false;
	}
	*ret = (struct geo_polygon){ rings, value->list.count };
	return true;
}

/* How many positions ${polygon} has; false when it is no list of lists. */
static bool
count_points(struct reading *reading, struct path *path, const struct json *polygon, size_t *sum)
{
	path->depth = 1;
	if (polygon->type != JSON_LIST)
		return refuse_at(reading, path, "is no array: a polygon is an array of rings");
	path->depth = 2;
	for (path->at[1] = 0; path->at[1] < polygon->list.count; path->at[1]++) {
		const struct json *ring = &polygon->list.items[path->at[1]];

		if (ring->type != JSON_LIST)
			return refuse_at(
			    reading, path, "is no array: a ring is an array of positions");
		*sum += ring->list.count;
	}
	return true;
}

/* The ${count} polygons at ${items}, in memory that is made to measure. */
static bool
read_polygons(struct reading *reading, const struct json *items, size_t count, struct geo_area *ret)
{
	struct geo_polygon *polygons = arena_array(reading->arena, struct geo_polygon, count + 1);
	struct path path = { .depth = 0 };
	size_t points = 0;

	for (path.at[0] = 0; path.at[0] < count; path.at[0]++) {
		if (!count_points(reading, &path, &items[path.at[0]], &points))
			return false;
	}
	path.depth = 0;
	reading->points = arena_array(reading->arena, struct geo_point, points + 1);
	if (polygons == NULL || reading->points == NULL)
		return refuse_at(reading, &path, "is too large to be read");
	for (path.at[0] = 0; path.at[0] < count; path.at[0]++) {
		if (!read_polygon(reading, &path, &items[path.at[0]], &polygons[path.at[0]]))
			return false;
	}
	*ret = (struct geo_area){ polygons, count };
	return true;
}

static bool
read_coordinates(struct reading *reading, const struct json *coordinates, struct geo_area *ret)
{
	const struct path whole = { .depth = 0 };
	char memory[REFUSAL_FIELD_BYTES_MAX];
	struct buf field = buf_over(memory, sizeof(memory));
	bool read;

	if (coordinates == NULL)
		return refuse_at(reading, &whole, "is missing");
	if (coordinates->type != JSON_LIST)
		return refuse_at(reading, &whole, "is no array");
	read = reading->is_polygon
		   ? read_polygons(reading, coordinates, 1, ret)
		   : read_polygons(reading, coordinates->list.items, coordinates->list.count, ret);
	if (!read)
		return false;
	buf_printf(&field, "%s.coordinates", reading->field);
	buf_char(&field, '\0');
	if (!geo_area_check(
		ret, (struct geo_area_name){ memory, reading->is_polygon }, reading->refusal))
		return false;
	geo_area_settle(ret, reading->points);
	return true;
}

/* A text from outside, cut to what a message may repeat. */
static struct str
excerpt(struct str text)
{
	const size_t bytes_max = 40;

	if (text.len <= bytes_max)
		return text;
	text.len = bytes_max;
	while (text.len > 0 && !str_is_utf8(text))
		text.len--;
	return text;
}

/* A refusal about the member ${member} of what is called ${field}. */
static bool
refuse_member(const char *field, const char *member, enum refusal_code code, const char *rule,
    struct refusal *ret)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	struct buf name = buf_over(memory, sizeof(memory));

	buf_printf(&name, "%s%s%s", field, *field == '\0' || *member == '\0' ? "" : ".", member);
	buf_char(&name, '\0');
	memory[sizeof(memory) - 1] = '\0';
	return refuse(ret, code, memory, "%s %s", memory, rule);
}

static bool
read_type(struct reading *reading, const struct json *value)
{
	struct str type = json_text_or(value, STR("type"), STR(""));
	char rule[160];
	struct buf words = buf_over(rule, sizeof(rule));

	reading->is_polygon = str_equal(type, STR("Polygon"));
	if (reading->is_polygon || str_equal(type, STR("MultiPolygon")))
		return true;
	if (str_empty(type))
		buf_str(&words, STR("is missing; give \"Polygon\" or \"MultiPolygon\""));
	else
		buf_printf(&words, "is \"%.*s\": an area is a Polygon or a MultiPolygon",
		    STR_ARG(excerpt(type)));
	buf_char(&words, '\0');
	return refuse_member(reading->field, "type", REFUSAL_AREA_INVALID, rule, reading->refusal);
}

static const char crs_rule[] = "is not supported: coordinates are WGS 84, longitude first (RFC "
			       "7946, section 4)";

bool
area_read(struct arena *arena, const struct json *value, const char *field, struct geo_area *ret,
    struct refusal *ret_refusal)
{
	struct reading reading = { .arena = arena, .field = field, .refusal = ret_refusal };

	if (value == NULL || value->type == JSON_NULL_VALUE)
		return refuse_member(field, "", REFUSAL_AREA_INVALID,
		    "is missing; give a GeoJSON Polygon or MultiPolygon", ret_refusal);
	if (value->type != JSON_MAP)
		return refuse_member(field, "", REFUSAL_AREA_INVALID,
		    "is no object; give a GeoJSON Polygon or MultiPolygon", ret_refusal);
	if (!read_type(&reading, value))
		return false;
	if (json_find(value, STR("crs")) != NULL)
		return refuse_member(field, "crs", REFUSAL_AREA_INVALID, crs_rule, ret_refusal);
	return read_coordinates(&reading, json_find(value, STR("coordinates")), ret);
}

size_t
area_bytes(const struct geo_area *area)
{
	/* A position: two numbers of at most 24 characters, brackets, commas. */
	size_t bytes = 64 + geo_area_points(area) * 56;

	for (size_t i = 0; i < area->count; i++)
		bytes += 4 * (area->polygons[i].count + 1);
	return bytes;
}

/* ---- features ---- */

/* A number is a name as well: districts are often numbered. */
static bool
read_name(struct arena *arena, const struct json *value, struct str name_field, const char *field,
    struct region_feature *ret)
{
	const struct json *name = json_find(json_find(value, STR("properties")), name_field);
	char memory[REFUSAL_FIELD_BYTES_MAX];
	struct buf member = buf_over(memory, sizeof(memory));

	if (name != NULL && name->type == JSON_TEXT)
		ret->name = str_trim(name->text);
	else if (name != NULL && name->type == JSON_INT)
		ret->name = arena_printf(arena, "%lld", (long long)name->integer);
	if (!str_empty(ret->name))
		return true;
	buf_printf(&member, "properties.%.*s", STR_ARG(excerpt(name_field)));
	buf_char(&member, '\0');
	return refuse_member(field, memory, REFUSAL_REGION_NAME_INVALID,
	    "is no text: it must hold the region's name", &ret->refusal);
}

static bool
read_feature(struct arena *arena, const struct json *value, struct str name_field,
    const char *field, struct region_feature *ret)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	struct buf geometry = buf_over(memory, sizeof(memory));

	if (!str_equal(json_text_or(value, STR("type"), STR("")), STR("Feature")))
		return refuse_member(field, "type", REFUSAL_REGION_FILE_INVALID,
		    "is not \"Feature\"", &ret->refusal);
	buf_printf(&geometry, "%s%sgeometry", field, *field == '\0' ? "" : ".");
	buf_char(&geometry, '\0');
	return read_name(arena, value, name_field, field, ret) &&
	       area_read(
		   arena, json_find(value, STR("geometry")), memory, &ret->area, &ret->refusal);
}

static bool
check_file(const struct json *value, size_t *ret_count, struct refusal *ret_refusal)
{
	struct str type = json_text_or(value, STR("type"), STR(""));
	const struct json *list = json_find(value, STR("features"));

	if (json_find(value, STR("crs")) != NULL)
		return refuse_member("", "crs", REFUSAL_REGION_FILE_INVALID, crs_rule, ret_refusal);
	*ret_count = 1;
	if (str_equal(type, STR("Feature")))
		return true;
	if (!str_equal(type, STR("FeatureCollection")))
		return refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "type",
		    "type is \"%.*s\": give a GeoJSON FeatureCollection or Feature",
		    STR_ARG(excerpt(type)));
	if (list == NULL || list->type != JSON_LIST)
		return refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "features",
		    "features is missing or no array");
	*ret_count = list->list.count;
	if (*ret_count == 0)
		return refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "features",
		    "features is empty: there is nothing to import");
	if (*ret_count > REGION_FEATURES_MAX)
		return refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "features",
		    "there are %zu features, at most %d are taken at once; split the file",
		    *ret_count, REGION_FEATURES_MAX);
	return true;
}

bool
area_read_features(struct arena *arena, const struct json *value, struct str name_field,
    struct region_features *ret, struct refusal *ret_refusal)
{
	const struct json *list = json_find(value, STR("features"));
	bool single = str_equal(json_text_or(value, STR("type"), STR("")), STR("Feature"));
	struct region_feature *features;
	size_t count = 0;

	if (!check_file(value, &count, ret_refusal))
		return false;
	features = arena_array(arena, struct region_feature, count);
	if (features == NULL)
		return refuse(ret_refusal, REFUSAL_REGION_FILE_INVALID, "features",
		    "the file does not fit into the memory there is");
	for (size_t i = 0; i < count; i++) {
		char field[32];
		struct buf name = buf_over(field, sizeof(field));

		if (!single)
			buf_printf(&name, "features[%zu]", i);
		buf_char(&name, '\0');
		features[i].refused = !read_feature(
		    arena, single ? value : &list->list.items[i], name_field, field, &features[i]);
	}
	*ret = (struct region_features){ features, count };
	return true;
}
