#ifndef DOMAIN_GEO_MEETS_H
#define DOMAIN_GEO_MEETS_H

#include "domain/geo/geo.h"

/*
 * geo_meets: which places meet, and how far they are from each other.
 *
 * As much of PostGIS as must be said without a database as well: whether an ECO is on the
 * map, or near a place.  Meeting is on the plane of degrees, edges included, as ST_Intersects
 * has it for geometry; distances are on a sphere, as ST_DWithin has it for geography without
 * a spheroid: within half a percent of the truth, and the same here as there.
 */

/** Whether the segments a-b and c-d have a point in common. */
bool geo_segments_meet(
    struct geo_point a, struct geo_point b, struct geo_point c, struct geo_point d);

/** Whether they cross, each at a point within it, or run along each other. */
bool geo_segments_cross(
    struct geo_point a, struct geo_point b, struct geo_point c, struct geo_point d);

/** Whether the segment a-b touches an edge of the closed ring of ${count} positions; a point is a
 * segment of no length. */
bool geo_ring_edge_meets(
    const struct geo_point *ring, size_t count, struct geo_point a, struct geo_point b);

/** Whether ${location} and ${box} have a point in common. */
bool geo_box_meets_location(const struct geo_box *box, const struct geo_location *location);

/** How far ${point} is from the nearest point of ${location}, in metres. */
double geo_distance_m(struct geo_point point, const struct geo_location *location);

#endif
