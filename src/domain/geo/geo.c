#include "domain/geo/geo.h"

#include "base/buf.h"

/* Not a number and the infinities fail every comparison that a place passes. */
static bool
within(double value, double limit)
{
	return value >= -limit && value <= limit;
}

/* "location.coordinates[1]" for a point, "location.coordinates[3][1]" in a line. */
static void
coordinate_name(const struct geo_location *location, size_t position, int axis, struct buf *buf)
{
	if (location->type == GEO_POINT)
		buf_printf(buf, "location.coordinates[%d]", axis);
	else
		buf_printf(buf, "location.coordinates[%zu][%d]", position, axis);
	buf_char(buf, '\0');
}

static bool
check_position(const struct geo_location *location, size_t i, struct refusal *ret_refusal)
{
	const struct geo_point *at = &location->points[i];
	bool swapped = within(at->longitude, 90);
	char memory[REFUSAL_FIELD_BYTES_MAX];
	struct buf name = buf_over(memory, sizeof(memory));

	if (!within(at->latitude, 90)) {
		coordinate_name(location, i, 1, &name);
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, memory,
		    "%s is %g: latitude must be within \u00b190%s", memory, at->latitude,
		    swapped ? "; are longitude and latitude swapped?" : "");
	}
	if (!within(at->longitude, 180)) {
		coordinate_name(location, i, 0, &name);
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, memory,
		    "%s is %g: longitude must be within \u00b1180", memory, at->longitude);
	}
	return true;
}

static bool
same_place(struct geo_point a, struct geo_point b)
{
	return !(a.longitude < b.longitude) && !(a.longitude > b.longitude) &&
	       !(a.latitude < b.latitude) && !(a.latitude > b.latitude);
}

/* A line that never leaves its first position is a point drawn by mistake. */
static bool
check_line(const struct geo_location *location, struct refusal *ret_refusal)
{
	if (location->count < 2)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.coordinates",
		    "a LineString has at least 2 positions, this one has %zu", location->count);
	if (location->count > GEO_LINE_POINTS_MAX)
		return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.coordinates",
		    "a LineString has at most %d positions, this one has %zu; simplify it",
		    GEO_LINE_POINTS_MAX, location->count);
	for (size_t i = 1; i < location->count; i++) {
		if (!same_place(location->points[0], location->points[i]))
			return true;
	}
	return refuse(ret_refusal, REFUSAL_LOCATION_INVALID, "location.coordinates",
	    "all %zu positions of the LineString are the same; use a Point", location->count);
}

bool
geo_check(const struct geo_location *location, struct refusal *ret_refusal)
{
	CHECK(location->type == GEO_LINE || location->count == 1);
	for (size_t i = 0; i < location->count; i++) {
		if (!check_position(location, i, ret_refusal))
			return false;
	}
	return location->type == GEO_POINT || check_line(location, ret_refusal);
}

bool
geo_ring_contains(const struct geo_point *ring, size_t count, struct geo_point point)
{
	bool inside = false;

	/* Count the edges that a ray to the east crosses. */
	for (size_t i = 0, j = count - 1; i < count; j = i++) {
		const struct geo_point *a = &ring[i], *b = &ring[j];

		if ((a->latitude > point.latitude) == (b->latitude > point.latitude))
			continue;
		if (point.longitude < (b->longitude - a->longitude) *
					      (point.latitude - a->latitude) /
					      (b->latitude - a->latitude) +
					  a->longitude)
			inside = !inside;
	}
	return inside;
}

double
geo_ring_area(const struct geo_point *ring, size_t count)
{
	double twice = 0;

	for (size_t i = 0, j = count - 1; i < count; j = i++)
		twice +=
		    ring[j].longitude * ring[i].latitude - ring[i].longitude * ring[j].latitude;
	return twice / 2;
}
