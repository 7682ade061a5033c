#include "geopackage/wkb.h"

/* ISO's numbers: a thousand more with Z, two with M, three with both. */
enum wkb_type { WKB_POLYGON = 3, WKB_MULTIPOLYGON = 6 };
#define WKB_DIMENSIONS 1000
#define WKB_HEADER     5u
#define WKB_EXTENDED   UINT32_C(0xe0000000) /* how PostGIS marks Z, M and a reference system */

static const char *const type_names[] = { "Geometry", "Point", "LineString", "Polygon",
	"MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection", "CircularString",
	"CompoundCurve", "CurvePolygon", "MultiCurve", "MultiSurface", "Curve", "Surface",
	"PolyhedralSurface", "TIN", "Triangle" };

struct reading {
	struct arena *arena;
	struct str rest;
	bool big_endian;
	size_t doubles; /* of one position */
	const char *field;
	struct refusal *refusal;
	struct geo_point *points; /* of the whole area, ring after ring ... */
	size_t used, room;
};

static bool
wrong(struct reading *reading, const char *rule)
{
	return refuse(
	    reading->refusal, REFUSAL_AREA_INVALID, reading->field, "%s %s", reading->field, rule);
}

static bool
cut_short(struct reading *reading)
{
	return wrong(reading, "ends in the middle of a geometry");
}

static struct str
take(struct reading *reading, size_t bytes)
{
	struct str taken = { reading->rest.ptr, bytes };

	CHECK(bytes <= reading->rest.len);
	reading->rest.ptr += bytes;
	reading->rest.len -= bytes;
	return taken;
}

/* The next ${bytes} as a number, in the order of bytes that holds. */
static uint64_t
take_number(struct reading *reading, size_t bytes)
{
	struct str taken = take(reading, bytes);
	uint64_t number = 0;

	for (size_t i = 0; i < bytes; i++) {
		size_t at = reading->big_endian ? i : bytes - 1 - i;

		number = number << 8 | (unsigned char)taken.ptr[at];
	}
	return number;
}

static double
take_double(struct reading *reading)
{
	uint64_t bits = take_number(reading, sizeof(double));
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* How many come next, each of at least ${bytes}: never more than there can be. */
static bool
take_count(struct reading *reading, size_t bytes, size_t *ret)
{
	if (reading->rest.len < 4)
		return cut_short(reading);
	*ret = (size_t)take_number(reading, 4);
	return *ret <= reading->rest.len / bytes || cut_short(reading);
}

static bool
refuse_type(struct reading *reading, uint64_t type)
{
	uint64_t plain = type % WKB_DIMENSIONS;

	if ((type & WKB_EXTENDED) != 0)
		return wrong(reading, "is extended well-known binary (EWKB), not ISO's");
	return refuse(reading->refusal, REFUSAL_AREA_INVALID, reading->field,
	    "%s is a %s (type %llu): an area is a Polygon or a MultiPolygon", reading->field,
	    type < 4 * WKB_DIMENSIONS && plain < COUNT_OF(type_names) ? type_names[plain]
								      : "geometry of no known kind",
	    (unsigned long long)type);
}

/* The order of bytes and the type, which must be one of ours; how many numbers a position has. */
static bool
take_header(struct reading *reading, enum wkb_type *ret)
{
	uint64_t type, order;

	if (reading->rest.len < WKB_HEADER)
		return cut_short(reading);
	order = take_number(reading, 1);
	if (order > 1)
		return wrong(reading, "says neither of the two orders of bytes");
	reading->big_endian = order == 0;
	type = take_number(reading, 4);
	if (type >= 4 * WKB_DIMENSIONS ||
	    (type % WKB_DIMENSIONS != WKB_POLYGON && type % WKB_DIMENSIONS != WKB_MULTIPOLYGON))
		return refuse_type(reading, type);
	*ret = (enum wkb_type)(type % WKB_DIMENSIONS);
	reading->doubles = type < WKB_DIMENSIONS ? 2 : type < 3 * WKB_DIMENSIONS ? 3 : 4;
	return true;
}

static bool
read_ring(struct reading *reading, struct geo_ring *ret)
{
	size_t bytes = reading->doubles * sizeof(double), count;
	struct geo_point *points = reading->points + reading->used;

	if (!take_count(reading, bytes, &count))
		return false;
	CHECK(reading->used + count <= reading->room);
	for (size_t i = 0; i < count; i++) {
		points[i].longitude = take_double(reading);
		points[i].latitude = take_double(reading);
		(void)take(reading, bytes - 2 * sizeof(double));
	}
	reading->used += count;
	*ret = (struct geo_ring){ points, count };
	return true;
}

static bool
read_polygon(struct reading *reading, struct geo_polygon *ret)
{
	struct geo_ring *rings;
	size_t count;

	if (!take_count(reading, 4, &count))
		return false;
	if (count > GEO_AREA_RINGS_MAX)
		return wrong(reading, "has more rings than an area may have");
	rings = arena_array(reading->arena, struct geo_ring, count + 1);
	if (rings == NULL)
		return wrong(reading, "does not fit into the memory there is");
	for (size_t i = 0; i < count; i++) {
		if (!read_ring(reading, &rings[i]))
			return false;
	}
	*ret = (struct geo_polygon){ rings, count };
	return true;
}

/* Each with a header of its own. */
static bool
read_parts(struct reading *reading, struct geo_polygon *polygons, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum wkb_type type;

		if (!take_header(reading, &type))
			return false;
		if (type != WKB_POLYGON)
			return wrong(reading, "is a MultiPolygon with a part that is no Polygon");
		if (!read_polygon(reading, &polygons[i]))
			return false;
	}
	return true;
}

static bool
read_area(struct reading *reading, struct geo_area *ret, bool *ret_is_polygon)
{
	struct geo_polygon *polygons;
	enum wkb_type type;
	size_t count = 1;

	if (!take_header(reading, &type))
		return false;
	*ret_is_polygon = type == WKB_POLYGON;
	if (type == WKB_MULTIPOLYGON && !take_count(reading, WKB_HEADER + 4, &count))
		return false;
	if (count > GEO_AREA_POLYGONS_MAX)
		return wrong(reading, "has more polygons than an area may have");
	polygons = arena_array(reading->arena, struct geo_polygon, count + 1);
	if (polygons == NULL)
		return wrong(reading, "does not fit into the memory there is");
	if (*ret_is_polygon ? !read_polygon(reading, polygons)
			    : !read_parts(reading, polygons, count))
		return false;
	if (reading->rest.len > 0)
		return wrong(reading, "has bytes behind its end");
	*ret = (struct geo_area){ polygons, count };
	return true;
}

/* "GP", a version, flags, the reference system, and a box that we measure ourselves. */
static bool
take_package_header(struct reading *reading, int64_t srs)
{
	static const size_t boxes[] = { 0, 32, 48, 48, 64 };
	uint64_t flags, box;

	if (reading->rest.len < 8 || !str_starts_with(reading->rest, STR("GP")))
		return wrong(reading, "is no geometry of a GeoPackage");
	(void)take(reading, 2);
	if (take_number(reading, 1) != 0)
		return wrong(
		    reading, "is of a version of the GeoPackage geometry that is not known");
	flags = take_number(reading, 1);
	reading->big_endian = (flags & 1) == 0;
	box = flags >> 1 & 7;
	if ((flags & 0x20) != 0)
		return wrong(reading, "is an extended GeoPackage geometry");
	if ((int32_t)(uint32_t)take_number(reading, 4) != srs)
		return wrong(reading, "is of another reference system than its layer");
	if (box >= COUNT_OF(boxes) || reading->rest.len < boxes[box])
		return cut_short(reading);
	(void)take(reading, boxes[box]);
	return (flags & 0x10) == 0 || wrong(reading, "is empty");
}

bool
wkb_read(struct arena *arena, struct str bytes, int64_t srs, const char *field,
    struct geo_area *ret, struct refusal *ret_refusal)
{
	struct reading reading = {
		.arena = arena, .rest = bytes, .field = field, .refusal = ret_refusal
	};
	struct geo_area_name name = { .field = field };

	/* A position has at least 16 bytes. */
	reading.room = bytes.len / (2 * sizeof(double));
	reading.points = arena_array(arena, struct geo_point, reading.room + 1);
	if (reading.points == NULL)
		return wrong(&reading, "does not fit into the memory there is");
	if (!take_package_header(&reading, srs) || !read_area(&reading, ret, &name.is_polygon) ||
	    !geo_area_check(ret, name, ret_refusal))
		return false;
	geo_area_settle(ret, reading.points);
	return true;
}
