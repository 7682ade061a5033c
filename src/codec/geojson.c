#include "codec/geojson.h"

/* ${type} in words fit for a message: what stands where something else should. */
static const char *
type_words(enum json_type type)
{
	switch (type) {
	case JSON_NULL_VALUE:
		return "null";
	case JSON_BOOL:
		return "true or false";
	case JSON_INT:
	case JSON_FLOAT:
		return "a number";
	case JSON_TEXT:
		return "a text";
	case JSON_LIST:
		return "an array";
	case JSON_MAP:
		return "an object";
	}
	UNREACHABLE("json type");
}

/* One number of a position; ${at} is the position's name, "location.coordinates[3]". */
static bool
read_axis(
    const struct json *value, const char *at, int axis, double *ret, struct refusal *ret_refusal)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	struct buf field = buf_over(memory, sizeof(memory));

	if (json_number(value, ret))
		return true;
	buf_printf(&field, "%s[%d]", at, axis);
	buf_char(&field, '\0');
	return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, memory, "%s is %s, not a number",
	    memory, type_words(value->type));
}

/*
 * Longitude, latitude and perhaps an altitude, which is dropped.  More than that
 * has no meaning that anybody agreed on (section 3.1.1).
 */
static bool
read_position(
    const struct json *value, const char *at, struct geo_point *ret, struct refusal *ret_refusal)
{
	double altitude;

	if (value->type != JSON_LIST)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, at,
		    "%s is %s; a position is [longitude, latitude]", at, type_words(value->type));
	if (value->list.count < 2 || value->list.count > 3)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, at,
		    "%s has %zu numbers; a position is [longitude, latitude] or [longitude, "
		    "latitude, altitude]",
		    at, value->list.count);
	return read_axis(&value->list.items[0], at, 0, &ret->longitude, ret_refusal) &&
	       read_axis(&value->list.items[1], at, 1, &ret->latitude, ret_refusal) &&
	       (value->list.count == 2 ||
		   read_axis(&value->list.items[2], at, 2, &altitude, ret_refusal));
}

static bool
read_line(const struct json *coordinates, struct geo_point *points, struct refusal *ret_refusal)
{
	for (size_t i = 0; i < coordinates->list.count; i++) {
		char memory[REFUSAL_FIELD_BYTES_MAX];
		struct buf at = buf_over(memory, sizeof(memory));

		buf_printf(&at, "location.coordinates[%zu]", i);
		buf_char(&at, '\0');
		if (!read_position(&coordinates->list.items[i], memory, &points[i], ret_refusal))
			return false;
	}
	return true;
}

/* Room for the positions, when there are not too many to look at. */
static struct geo_point *
make_points(struct arena *arena, const struct geo_location *location, struct refusal *ret_refusal)
{
	struct geo_point *points;

	if (location->count > GEO_LINE_POINTS_MAX) {
		(void)refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.coordinates",
		    "a LineString has at most %d positions, this one has %zu; simplify it",
		    GEO_LINE_POINTS_MAX, location->count);
		return NULL;
	}
	points = arena_array(arena, struct geo_point, location->count == 0 ? 1 : location->count);
	if (points == NULL)
		(void)refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.coordinates",
		    "the location is too large to be read");
	return points;
}

static bool
read_coordinates(struct arena *arena, const struct json *coordinates, struct geo_location *ret,
    struct refusal *ret_refusal)
{
	struct geo_point *points;

	if (coordinates == NULL)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.coordinates",
		    "location.coordinates is missing");
	if (coordinates->type != JSON_LIST)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.coordinates",
		    "location.coordinates is %s, not an array", type_words(coordinates->type));

	ret->count = ret->type == GEO_POINT ? 1 : coordinates->list.count;
	points = make_points(arena, ret, ret_refusal);
	if (points == NULL)
		return false;
	ret->points = points;
	if (ret->type == GEO_POINT)
		return read_position(coordinates, "location.coordinates", points, ret_refusal);
	return read_line(coordinates, points, ret_refusal);
}

/* A name of a type from outside, cut to what a message may repeat. */
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

static bool
read_type(const struct json *value, enum geo_type *ret, struct refusal *ret_refusal)
{
	const struct json *type = json_find(value, STR("type"));

	if (type == NULL)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.type",
		    "location.type is missing; give \"Point\" or \"LineString\"");
	if (type->type != JSON_TEXT)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.type",
		    "location.type is %s; give \"Point\" or \"LineString\"",
		    type_words(type->type));
	if (str_equal(type->text, STR("Point")))
		*ret = GEO_POINT;
	else if (str_equal(type->text, STR("LineString")))
		*ret = GEO_LINE;
	else
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.type",
		    "location.type is \"%.*s\": a location is a Point or a LineString",
		    STR_ARG(excerpt(type->text)));
	return true;
}

bool
geojson_read(struct arena *arena, const struct json *value, struct geo_location *ret,
    struct refusal *ret_refusal)
{
	struct geo_location location = { .count = 0 };

	if (value == NULL)
		return refuse(
		    ret_refusal, REFUSAL_LOCATION_INVALID, "location", "location is missing");
	if (value->type != JSON_MAP)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location",
		    "location is %s; give a GeoJSON Point or LineString", type_words(value->type));
	if (!read_type(value, &location.type, ret_refusal))
		return false;
	if (json_find(value, STR("crs")) != NULL)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.crs",
		    "location.crs is not supported: coordinates are WGS 84, longitude first "
		    "(RFC 7946, section 4)");
	if (!read_coordinates(
		arena, json_find(value, STR("coordinates")), &location, ret_refusal) ||
	    !geo_check(&location, ret_refusal))
		return false;
	*ret = location;
	return true;
}

static void
write_position(struct json_writer *w, struct geo_point point)
{
	json_begin_list(w);
	json_write_double(w, point.longitude);
	json_write_double(w, point.latitude);
	json_end_list(w);
}

void
geojson_write(struct json_writer *w, const struct geo_location *location)
{
	json_begin_map(w);
	json_member_text(
	    w, STR("type"), location->type == GEO_POINT ? STR("Point") : STR("LineString"));
	json_name(w, STR("coordinates"));
	if (location->type == GEO_POINT) {
		write_position(w, location->points[0]);
	} else {
		json_begin_list(w);
		for (size_t i = 0; i < location->count; i++)
			write_position(w, location->points[i]);
		json_end_list(w);
	}
	json_end_map(w);
}
