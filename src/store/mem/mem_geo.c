#include "store/mem/mem_internal.h"

/*
 * As much of ST_Intersects as the port needs, on the plane of degrees, edges
 * included.
 */

/* Twice the signed area of a, b, c: above 0 when c lies to the left of a-b. */
static double
turn(struct geo_point a, struct geo_point b, struct geo_point c)
{
	return (b.longitude - a.longitude) * (c.latitude - a.latitude) -
	       (b.latitude - a.latitude) * (c.longitude - a.longitude);
}

static bool
between(double a, double b, double value)
{
	return (a <= value && value <= b) || (b <= value && value <= a);
}

/* Whether ${point} lies on the segment a-b. */
static bool
on_segment(struct geo_point a, struct geo_point b, struct geo_point point)
{
	double off = turn(a, b, point);

	return !(off < 0) && !(off > 0) && between(a.longitude, b.longitude, point.longitude) &&
	       between(a.latitude, b.latitude, point.latitude);
}

static bool
segments_meet(struct geo_point a, struct geo_point b, struct geo_point c, struct geo_point d)
{
	double ac = turn(a, b, c), ad = turn(a, b, d), ca = turn(c, d, a), cb = turn(c, d, b);

	if (((ac > 0 && ad < 0) || (ac < 0 && ad > 0)) &&
	    ((ca > 0 && cb < 0) || (ca < 0 && cb > 0)))
		return true;
	return on_segment(a, b, c) || on_segment(a, b, d) || on_segment(c, d, a) ||
	       on_segment(c, d, b);
}

/* Whether the segment a-b touches an edge of the ring; a point is a segment of no length. */
static bool
ring_edge_meets(const struct geo_point *ring, size_t count, struct geo_point a, struct geo_point b)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (segments_meet(ring[i], ring[i + 1], a, b))
			return true;
	}
	return false;
}

bool
mem_ring_meets(const struct geo_point *ring, size_t count, const struct geo_location *location)
{
	for (size_t i = 0; i < location->count; i++) {
		struct geo_point here = location->points[i];
		struct geo_point next = i + 1 < location->count ? location->points[i + 1] : here;

		if (geo_ring_contains(ring, count, here) ||
		    ring_edge_meets(ring, count, here, next))
			return true;
	}
	return false;
}

bool
mem_box_meets(const struct geo_box *box, const struct geo_location *location)
{
	const struct geo_point ring[] = { { box->west, box->south }, { box->east, box->south },
		{ box->east, box->north }, { box->west, box->north }, { box->west, box->south } };
	struct geo_box west = *box, east = *box;

	if (box->west <= box->east)
		return mem_ring_meets(ring, COUNT_OF(ring), location);
	/* Across the antimeridian it is two boxes, one on each side. */
	east.east = 180;
	west.west = -180;
	return mem_box_meets(&east, location) || mem_box_meets(&west, location);
}
