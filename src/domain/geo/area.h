#ifndef DOMAIN_GEO_AREA_H
#define DOMAIN_GEO_AREA_H

#include "domain/geo/geo.h"

/*
 * area: a surface on the plane of degrees, as RFC 7946 has it (MultiPolygon): polygons,
 * each an outer ring counter-clockwise and holes clockwise; rings are closed.
 *
 * Whoever reads one from outside has it checked (geo_area_check) and then settles how its
 * rings run (geo_area_settle).  That no ring crosses itself or another, and that holes lie inside,
 * is for the store to say (store_check_area).
 */

#define GEO_AREA_POINTS_MAX   10000
#define GEO_AREA_POLYGONS_MAX 100
#define GEO_AREA_RINGS_MAX    200 /* of all polygons */

struct geo_ring {
	const struct geo_point *at; /* the last is the first again */
	size_t count;
};

struct geo_polygon {
	const struct geo_ring *rings; /* the outer one first */
	size_t count;
};

struct geo_area {
	const struct geo_polygon *polygons;
	size_t count;
};

/* What an area that is judged is called by whoever sent it. */
struct geo_area_name {
	const char *field; /* "area.coordinates" */
	bool is_polygon;   /* a Polygon: its rings are named without their polygon */
};

/**
 * Whether ${area} may be a region's: at least one polygon and within the limits above;
 * every ring closed and of at least four positions, all of them finite and in range, and
 * of a size that is not zero; no edge longer than half the world, which is how a polygon
 * across the antimeridian looks that was not cut there (RFC 7946, section 3.1.9).  The
 * refusal (AREA_INVALID) names the ring or the coordinate, and says so when longitude and
 * latitude seem to be swapped.
 */
NODISCARD bool geo_area_check(
    const struct geo_area *area, struct geo_area_name name, struct refusal *ret_refusal);

/**
 * Make every ring run as section 3.1.6 says, and begin in its westernmost (then
 * southernmost) position: the same ground drawn in another way is the same area.
 * ${points} is the memory in which all positions of ${area} stand; it has passed
 * geo_area_check().
 */
void geo_area_settle(const struct geo_area *area, struct geo_point *points);

/** How many positions ${area} has. */
size_t geo_area_points(const struct geo_area *area);

/** The size of ${area}, holes taken out, in square degrees; to compare, not to measure. */
double geo_area_size(const struct geo_area *area);

/** The box around ${area}, which has passed geo_area_check(). */
struct geo_box geo_area_box(const struct geo_area *area);

/** Whether ${a} and ${b} share a place; either may cross the antimeridian. */
bool geo_box_meets(const struct geo_box *a, const struct geo_box *b);

/** Whether ${location} has a place in ${area}, its edges included. */
bool geo_area_meets(const struct geo_area *area, const struct geo_location *location);

#endif
