#include "domain/geo/geo_meets.h"

#include <math.h>

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

bool
geo_segments_meet(struct geo_point a, struct geo_point b, struct geo_point c, struct geo_point d)
{
	double ac = turn(a, b, c), ad = turn(a, b, d), ca = turn(c, d, a), cb = turn(c, d, b);

	if (((ac > 0 && ad < 0) || (ac < 0 && ad > 0)) &&
	    ((ca > 0 && cb < 0) || (ca < 0 && cb > 0)))
		return true;
	return on_segment(a, b, c) || on_segment(a, b, d) || on_segment(c, d, a) ||
	       on_segment(c, d, b);
}

/* Whether two segments on one straight line share more than a point. */
static bool
run_along(struct geo_point a, struct geo_point b, struct geo_point c, struct geo_point d)
{
	const struct geo_point ends[] = { a, b, c, d };
	struct geo_point first;
	bool any = false;

	if (fabs(turn(a, b, c)) > 0 || fabs(turn(a, b, d)) > 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		if (!on_segment(a, b, ends[i]) || !on_segment(c, d, ends[i]))
			continue;
		if (!any)
			first = ends[i];
		else if (fabs(first.longitude - ends[i].longitude) > 0 ||
			 fabs(first.latitude - ends[i].latitude) > 0)
			return true;
		any = true;
	}
	return false;
}

bool
geo_segments_cross(struct geo_point a, struct geo_point b, struct geo_point c, struct geo_point d)
{
	double ac = turn(a, b, c), ad = turn(a, b, d), ca = turn(c, d, a), cb = turn(c, d, b);

	return (((ac > 0 && ad < 0) || (ac < 0 && ad > 0)) &&
		   ((ca > 0 && cb < 0) || (ca < 0 && cb > 0))) ||
	       run_along(a, b, c, d);
}

bool
geo_ring_edge_meets(
    const struct geo_point *ring, size_t count, struct geo_point a, struct geo_point b)
{
	for (size_t i = 0; i + 1 < count; i++) {
		if (geo_segments_meet(ring[i], ring[i + 1], a, b))
			return true;
	}
	return false;
}

/* Whether ${location} and the closed ring of ${count} positions have a point in common. */
static bool
ring_meets(const struct geo_point *ring, size_t count, const struct geo_location *location)
{
	for (size_t i = 0; i < location->count; i++) {
		struct geo_point here = location->points[i];
		struct geo_point next = i + 1 < location->count ? location->points[i + 1] : here;

		if (geo_ring_contains(ring, count, here) ||
		    geo_ring_edge_meets(ring, count, here, next))
			return true;
	}
	return false;
}

bool
geo_box_meets_location(const struct geo_box *box, const struct geo_location *location)
{
	const struct geo_point ring[] = { { box->west, box->south }, { box->east, box->south },
		{ box->east, box->north }, { box->west, box->north }, { box->west, box->south } };
	struct geo_box west = *box, east = *box;

	if (box->west <= box->east)
		return ring_meets(ring, COUNT_OF(ring), location);
	/* Across the antimeridian it is two boxes, one on each side. */
	east.east = 180;
	west.west = -180;
	return geo_box_meets_location(&east, location) || geo_box_meets_location(&west, location);
}

/* ---- distances, on a sphere ---- */

/* The mean radius of WGS 84: (2a + b) / 3. */
#define EARTH_RADIUS_M 6371008.7714150598

/* A place as seen from the centre of the Earth. */
struct vector {
	double x, y, z;
};

static struct vector
vector_of(struct geo_point point)
{
	double longitude = point.longitude * (M_PI / 180), latitude = point.latitude * (M_PI / 180);

	return (struct vector){ cos(latitude) * cos(longitude), cos(latitude) * sin(longitude),
		sin(latitude) };
}

static double
dot(struct vector a, struct vector b)
{
	return a.x * b.x + a.y * b.y + a.z * b.z;
}

static struct vector
cross(struct vector a, struct vector b)
{
	return (
	    struct vector){ a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x };
}

/* The angle between two vectors, exact for small ones too. */
static double
angle(struct vector a, struct vector b)
{
	struct vector across = cross(a, b);

	return atan2(sqrt(dot(across, across)), dot(a, b));
}

/* The angle between ${p} and the nearest point of the arc a-b. */
static double
angle_to_arc(struct vector p, struct vector a, struct vector b)
{
	struct vector pole = cross(a, b);
	double ends = fmin(angle(p, a), angle(p, b));

	/* Beside the arc, and not before its beginning or behind its end. */
	if (dot(pole, pole) > 0 && dot(cross(pole, a), p) > 0 && dot(cross(b, pole), p) > 0)
		return fmin(
		    ends, fabs(atan2(dot(p, pole), sqrt(dot(cross(p, pole), cross(p, pole))))));
	return ends;
}

double
geo_distance_m(struct geo_point point, const struct geo_location *location)
{
	struct vector p = vector_of(point), a = vector_of(location->points[0]);
	double least = angle(p, a);

	for (size_t i = 1; i < location->count; i++) {
		struct vector b = vector_of(location->points[i]);

		least = fmin(least, angle_to_arc(p, a, b));
		a = b;
	}
	return least * EARTH_RADIUS_M;
}
