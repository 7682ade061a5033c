#include "domain/geo/area.h"

#include "base/buf.h"
#include "domain/geo/geo_meets.h"

/* Where in an area something is wrong; what does not apply is not said. */
struct place {
	struct geo_area_name name;
	size_t polygon, ring, position;
};

enum place_depth { AT_POLYGON, AT_RING, AT_POSITION, AT_LONGITUDE, AT_LATITUDE };

/* "area.coordinates[1][0][3]": as deep as ${depth} says. */
static const char *
place_name(const struct place *place, enum place_depth depth, char memory[REFUSAL_FIELD_BYTES_MAX])
{
	struct buf name = buf_over(memory, REFUSAL_FIELD_BYTES_MAX);

	buf_str(&name, str_from_z(place->name.field));
	if (!place->name.is_polygon)
		buf_printf(&name, "[%zu]", place->polygon);
	if (depth >= AT_RING)
		buf_printf(&name, "[%zu]", place->ring);
	if (depth >= AT_POSITION)
		buf_printf(&name, "[%zu]", place->position);
	if (depth >= AT_LONGITUDE)
		buf_str(&name, depth == AT_LONGITUDE ? STR("[0]") : STR("[1]"));
	buf_char(&name, '\0');
	memory[REFUSAL_FIELD_BYTES_MAX - 1] = '\0';
	return memory;
}

/* Not a number and the infinities fail every comparison that a place passes. */
static bool
within(double value, double limit)
{
	return value >= -limit && value <= limit;
}

static bool
same_point(struct geo_point a, struct geo_point b)
{
	return !(a.longitude < b.longitude) && !(a.longitude > b.longitude) &&
	       !(a.latitude < b.latitude) && !(a.latitude > b.latitude);
}

static bool
check_position(const struct place *place, struct geo_point at, struct refusal *ret)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	const char *field;

	if (!within(at.latitude, 90)) {
		field = place_name(place, AT_LATITUDE, memory);
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "%s is %g: latitude must be within \u00b190%s", field, at.latitude,
		    within(at.longitude, 90) ? "; are longitude and latitude swapped?" : "");
	}
	if (!within(at.longitude, 180)) {
		field = place_name(place, AT_LONGITUDE, memory);
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "%s is %g: longitude must be within \u00b1180", field, at.longitude);
	}
	return true;
}

/* The shape of a ring: closed, and with a size. */
static bool
check_ring_shape(const struct place *place, const struct geo_ring *ring, struct refusal *ret)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	const char *field = place_name(place, AT_RING, memory);
	double size = geo_ring_area(ring->at, ring->count);

	if (!same_point(ring->at[0], ring->at[ring->count - 1]))
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "%s is not closed: its last position must be its first again (RFC 7946, "
		    "section 3.1.6)",
		    field);
	if (!(size > 0) && !(size < 0))
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "%s encloses nothing: its positions lie on one line", field);
	return true;
}

/* An edge of more than half the world was meant to go the other way round. */
static bool
check_edge(
    const struct place *place, struct geo_point from, struct geo_point to, struct refusal *ret)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	const char *field;

	if (within(to.longitude - from.longitude, 180))
		return true;
	field = place_name(place, AT_POSITION, memory);
	return refuse(ret, REFUSAL_AREA_INVALID, field,
	    "the edge to %s spans %g degrees of longitude: an area across the antimeridian is cut "
	    "there into two polygons of a MultiPolygon (RFC 7946, section 3.1.9)",
	    field, to.longitude - from.longitude);
}

static bool
check_ring(struct place *place, const struct geo_ring *ring, struct refusal *ret)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	const char *field = place_name(place, AT_RING, memory);

	if (ring->count < 4)
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "%s has %zu positions; a ring has at least 4, the last the same as the first",
		    field, ring->count);
	for (place->position = 0; place->position < ring->count; place->position++) {
		if (!check_position(place, ring->at[place->position], ret))
			return false;
	}
	for (place->position = 1; place->position < ring->count; place->position++) {
		if (!check_edge(
			place, ring->at[place->position - 1], ring->at[place->position], ret))
			return false;
	}
	return check_ring_shape(place, ring, ret);
}

static bool
check_polygon(struct place *place, const struct geo_polygon *polygon, struct refusal *ret)
{
	char memory[REFUSAL_FIELD_BYTES_MAX];
	const char *field = place_name(place, AT_POLYGON, memory);

	if (polygon->count == 0)
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "%s is empty: a polygon has at least an outer ring", field);
	for (place->ring = 0; place->ring < polygon->count; place->ring++) {
		if (!check_ring(place, &polygon->rings[place->ring], ret))
			return false;
	}
	return true;
}

static bool
check_limits(const struct geo_area *area, const char *field, struct refusal *ret)
{
	size_t rings = 0, points = geo_area_points(area);

	if (area->count == 0)
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "%s is empty: an area has at least one polygon", field);
	if (area->count > GEO_AREA_POLYGONS_MAX)
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "an area has at most %d polygons, this one has %zu", GEO_AREA_POLYGONS_MAX,
		    area->count);
	for (size_t i = 0; i < area->count; i++)
		rings += area->polygons[i].count;
	if (rings > GEO_AREA_RINGS_MAX)
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "an area has at most %d rings, this one has %zu", GEO_AREA_RINGS_MAX, rings);
	if (points > GEO_AREA_POINTS_MAX)
		return refuse(ret, REFUSAL_AREA_INVALID, field,
		    "an area has at most %d positions, this one has %zu; simplify it",
		    GEO_AREA_POINTS_MAX, points);
	return true;
}

bool
geo_area_check(const struct geo_area *area, struct geo_area_name name, struct refusal *ret_refusal)
{
	struct place place = { .name = name };

	if (!check_limits(area, name.field, ret_refusal))
		return false;
	for (place.polygon = 0; place.polygon < area->count; place.polygon++) {
		if (!check_polygon(&place, &area->polygons[place.polygon], ret_refusal))
			return false;
	}
	return true;
}

static void
turn_round(struct geo_point *points, size_t count)
{
	for (size_t i = 0, j = count; i + 1 < j; i++) {
		struct geo_point other = points[i];

		points[i] = points[--j];
		points[j] = other;
	}
}

static bool
is_before(struct geo_point a, struct geo_point b)
{
	if (a.longitude < b.longitude || a.longitude > b.longitude)
		return a.longitude < b.longitude;
	return a.latitude < b.latitude;
}

static void
settle_ring(struct geo_point *ring, size_t count, bool hole)
{
	size_t open = count - 1, first = 0;

	if ((geo_ring_area(ring, count) > 0) == hole)
		turn_round(ring, count);
	for (size_t i = 1; i < open; i++)
		first = is_before(ring[i], ring[first]) ? i : first;
	/* Both parts turned round, and then the whole: the second part stands first. */
	turn_round(ring, first);
	turn_round(ring + first, open - first);
	turn_round(ring, open);
	ring[open] = ring[0];
}

void
geo_area_settle(const struct geo_area *area, struct geo_point *points)
{
	for (size_t i = 0; i < area->count; i++) {
		for (size_t j = 0; j < area->polygons[i].count; j++) {
			const struct geo_ring *ring = &area->polygons[i].rings[j];

			settle_ring(points + (ring->at - points), ring->count, j > 0);
		}
	}
}

size_t
geo_area_points(const struct geo_area *area)
{
	size_t points = 0;

	for (size_t i = 0; i < area->count; i++) {
		for (size_t j = 0; j < area->polygons[i].count; j++)
			points += area->polygons[i].rings[j].count;
	}
	return points;
}

double
geo_area_size(const struct geo_area *area)
{
	double size = 0;

	/* Holes run the other way round, and so count against. */
	for (size_t i = 0; i < area->count; i++) {
		const struct geo_polygon *polygon = &area->polygons[i];

		for (size_t j = 0; j < polygon->count; j++)
			size += geo_ring_area(polygon->rings[j].at, polygon->rings[j].count);
	}
	return size;
}

static void
stretch(struct geo_box *box, const struct geo_ring *ring)
{
	for (size_t i = 0; i < ring->count; i++) {
		const struct geo_point *at = &ring->at[i];

		box->west = at->longitude < box->west ? at->longitude : box->west;
		box->east = at->longitude > box->east ? at->longitude : box->east;
		box->south = at->latitude < box->south ? at->latitude : box->south;
		box->north = at->latitude > box->north ? at->latitude : box->north;
	}
}

struct geo_box
geo_area_box(const struct geo_area *area)
{
	struct geo_box box = { .west = 180, .south = 90, .east = -180, .north = -90 };

	for (size_t i = 0; i < area->count; i++)
		stretch(&box, &area->polygons[i].rings[0]);
	return box;
}

bool
geo_box_meets(const struct geo_box *a, const struct geo_box *b)
{
	struct geo_box west = *a, east = *a;

	if (a->north < b->south || a->south > b->north)
		return false;
	if (a->west <= a->east && b->west <= b->east)
		return a->west <= b->east && b->west <= a->east;
	if (a->west <= a->east)
		return geo_box_meets(b, a);
	/* Across the antimeridian it is two boxes, one on each side. */
	west.west = -180;
	east.east = 180;
	return geo_box_meets(&west, b) || geo_box_meets(&east, b);
}

/* ---- what a location meets ---- */

/* Whether from-to begins inside ${polygon}, or touches one of its edges. */
static bool
polygon_meets(const struct geo_polygon *polygon, struct geo_point from, struct geo_point to)
{
	bool inside = false;

	for (size_t i = 0; i < polygon->count; i++) {
		const struct geo_ring *ring = &polygon->rings[i];

		if (geo_ring_edge_meets(ring->at, ring->count, from, to))
			return true;
		/* What lies in a hole lies in the outer ring as well. */
		if (geo_ring_contains(ring->at, ring->count, from))
			inside = !inside;
	}
	return inside;
}

bool
geo_area_meets(const struct geo_area *area, const struct geo_location *location)
{
	for (size_t i = 0; i < location->count; i++) {
		struct geo_point here = location->points[i];
		struct geo_point next = i + 1 < location->count ? location->points[i + 1] : here;

		for (size_t j = 0; j < area->count; j++) {
			if (polygon_meets(&area->polygons[j], here, next))
				return true;
		}
	}
	return false;
}
