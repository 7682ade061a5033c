#ifndef DOMAIN_GEO_H
#define DOMAIN_GEO_H

#include "base/str.h"
#include "domain/refusal/refusal.h"

/*
 * geo: where an outage is, as RFC 7946 has it: WGS 84, longitude first, degrees.
 *
 * A location is a Point (a pedestal, a pole) or a LineString (a span of cable).
 * Geometry beyond that (areas, distances on the ellipsoid, indexes) is
 * PostGIS's work; what stands here is what the domain must decide by itself and
 * what the in-memory store needs to behave as PostGIS does.
 */

#define GEO_LINE_POINTS_MAX 2000

struct geo_point {
	double longitude, latitude;
};

enum geo_type { GEO_POINT, GEO_LINE };

/* A location.  ${points} has one element for a point, at least two for a line. */
struct geo_location {
	enum geo_type type;
	const struct geo_point *points;
	size_t count;
};

struct geo_box {
	double west, south, east, north; /* west > east: it crosses the antimeridian */
};

/**
 * Whether ${location} is a real place: every position finite and in range
 * (RFC 7946 section 4: longitude within 180, latitude within 90), a line of at
 * least two different positions and at most GEO_LINE_POINTS_MAX.  The refusal
 * names the coordinate, and says so when the two seem to be swapped.
 */
NODISCARD bool geo_check(const struct geo_location *location, struct refusal *ret_refusal);

/**
 * Whether ${point} lies inside the closed ring of ${count} positions, by the
 * even-odd rule on the plane of degrees.
 */
bool geo_ring_contains(const struct geo_point *ring, size_t count, struct geo_point point);

/** The signed size of a ring in square degrees (counter-clockwise positive); to compare, not to
 * measure. */
double geo_ring_area(const struct geo_point *ring, size_t count);

#endif
