#include <endian.h>

#include "store/pg/pg_internal.h"

/*
 * Well-known binary (OGC 06-103r4 section 8): a byte order, a type, counts, and
 * coordinates as IEEE doubles.  We write and ask for little-endian.
 */
enum wkb_type { WKB_POINT = 1, WKB_LINE = 2, WKB_POLYGON = 3, WKB_MULTIPOLYGON = 6 };

#define WKB_POINT_BYTES  16
#define WKB_HEADER_BYTES 5

static void
write_count(struct buf *buf, size_t value)
{
	uint32_t wire = htole32((uint32_t)value);

	buf_str(buf, (struct str){ (const char *)&wire, sizeof(wire) });
}

static void
write_header(struct buf *buf, enum wkb_type type)
{
	buf_char(buf, 1);
	write_count(buf, type);
}

static void
write_double(struct buf *buf, double value)
{
	uint64_t wire;

	memcpy(&wire, &value, sizeof(wire));
	wire = htole64(wire);
	buf_str(buf, (struct str){ (const char *)&wire, sizeof(wire) });
}

static void
write_points(struct buf *buf, const struct geo_point *points, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		write_double(buf, points[i].longitude);
		write_double(buf, points[i].latitude);
	}
}

static void
write_polygon(struct buf *buf, const struct geo_point *ring, size_t count)
{
	write_header(buf, WKB_POLYGON);
	write_count(buf, 1);
	write_count(buf, count);
	write_points(buf, ring, count);
}

struct str
pg_location_encode(struct arena *arena, const struct geo_location *location)
{
	struct buf buf = buf_in(arena, WKB_HEADER_BYTES + 4 + location->count * WKB_POINT_BYTES);

	write_header(&buf, location->type == GEO_POINT ? WKB_POINT : WKB_LINE);
	if (location->type == GEO_LINE)
		write_count(&buf, location->count);
	write_points(&buf, location->points, location->count);
	return buf_view(&buf);
}

struct str
pg_area_encode(struct arena *arena, const struct geo_area *area)
{
	size_t bytes = WKB_HEADER_BYTES + 4;
	struct buf buf;

	for (size_t i = 0; i < area->count; i++) {
		bytes += WKB_HEADER_BYTES + 4;
		for (size_t j = 0; j < area->polygons[i].count; j++)
			bytes += 4 + area->polygons[i].rings[j].count * WKB_POINT_BYTES;
	}
	buf = buf_in(arena, bytes);
	write_header(&buf, WKB_MULTIPOLYGON);
	write_count(&buf, area->count);
	for (size_t i = 0; i < area->count; i++) {
		const struct geo_polygon *polygon = &area->polygons[i];

		write_header(&buf, WKB_POLYGON);
		write_count(&buf, polygon->count);
		for (size_t j = 0; j < polygon->count; j++) {
			write_count(&buf, polygon->rings[j].count);
			write_points(&buf, polygon->rings[j].at, polygon->rings[j].count);
		}
	}
	return buf_view(&buf);
}

static void
write_box(struct buf *buf, const struct geo_box *box, double west, double east)
{
	const struct geo_point ring[] = { { west, box->south }, { east, box->south },
		{ east, box->north }, { west, box->north }, { west, box->south } };

	write_polygon(buf, ring, COUNT_OF(ring));
}

struct str
pg_box_encode(struct arena *arena, const struct geo_box *box)
{
	struct buf buf = buf_in(arena, 512);

	write_header(&buf, WKB_MULTIPOLYGON);
	if (box->west <= box->east) {
		write_count(&buf, 1);
		write_box(&buf, box, box->west, box->east);
	} else {
		/* Across the antimeridian it is two boxes, one on each side. */
		write_count(&buf, 2);
		write_box(&buf, box, box->west, 180);
		write_box(&buf, box, -180, box->east);
	}
	return buf_view(&buf);
}

static uint32_t
read_count(const char *bytes)
{
	uint32_t wire;

	memcpy(&wire, bytes, sizeof(wire));
	return le32toh(wire);
}

static double
read_double(const char *bytes)
{
	uint64_t wire;
	double value;

	memcpy(&wire, bytes, sizeof(wire));
	wire = le64toh(wire);
	memcpy(&value, &wire, sizeof(value));
	return value;
}

bool
pg_location_decode(struct arena *arena, struct str bytes, struct geo_location *ret)
{
	size_t header = WKB_HEADER_BYTES, count = 1;
	struct geo_point *points;
	uint32_t type;

	if (bytes.len < WKB_HEADER_BYTES + 4 || bytes.ptr[0] != 1)
		return false;
	type = read_count(bytes.ptr + 1);
	if (type != WKB_POINT && type != WKB_LINE)
		return false;
	if (type == WKB_LINE) {
		count = read_count(bytes.ptr + header);
		header += 4;
	}
	if (count == 0 || bytes.len != header + count * WKB_POINT_BYTES)
		return false;
	points = arena_array(arena, struct geo_point, count);
	if (points == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		points[i].longitude = read_double(bytes.ptr + header + i * WKB_POINT_BYTES);
		points[i].latitude = read_double(bytes.ptr + header + i * WKB_POINT_BYTES + 8);
	}
	*ret = (struct geo_location){ type == WKB_POINT ? GEO_POINT : GEO_LINE, points, count };
	return true;
}
