#include <math.h>
#include <stdlib.h>

#include "domain/geo/geo_meets.h"
#include "store/mem/mem_internal.h"

/* What makes rings a surface, as ST_IsValid has it. */

static bool
same_point(struct geo_point a, struct geo_point b)
{
	return !(fabs(a.longitude - b.longitude) > 0) && !(fabs(a.latitude - b.latitude) > 0);
}

static bool
in_the_world(struct geo_point point)
{
	return fabs(point.longitude) <= 180 && fabs(point.latitude) <= 90;
}

/* Whether any two edges of ${at} cross, or touch without following each other. */
static bool
touches_itself(const struct geo_point *at, size_t count)
{
	for (size_t i = 0; i + 1 < count; i++) {
		for (size_t j = i + 1; j + 1 < count; j++) {
			bool follows = j == i + 1 || (i == 0 && j + 2 == count);

			if (follows ? geo_segments_cross(at[i], at[i + 1], at[j], at[j + 1])
				    : geo_segments_meet(at[i], at[i + 1], at[j], at[j + 1]))
				return true;
		}
	}
	return false;
}

/* A position that stands twice in a row is none of a problem. */
static bool
crosses_itself(const struct geo_ring *ring)
{
	struct geo_point *at = calloc(ring->count, sizeof(*at));
	size_t count = 0;
	bool crosses;

	CHECK(at != NULL);
	for (size_t i = 0; i < ring->count; i++) {
		if (count == 0 || !same_point(at[count - 1], ring->at[i]))
			at[count++] = ring->at[i];
	}
	crosses = touches_itself(at, count);
	free(at);
	return crosses;
}

static const char *
ring_problem(const struct geo_ring *ring)
{
	if (ring->count < 4)
		return "a ring has fewer than 4 positions";
	for (size_t i = 0; i < ring->count; i++) {
		if (!in_the_world(ring->at[i]))
			return "a position is not on the earth";
	}
	if (!same_point(ring->at[0], ring->at[ring->count - 1]))
		return "a ring is not closed";
	if (!(fabs(geo_ring_area(ring->at, ring->count)) > 0))
		return "a ring encloses nothing";
	return crosses_itself(ring) ? "a ring crosses or touches itself" : NULL;
}

static bool
rings_cross(const struct geo_ring *a, const struct geo_ring *b)
{
	for (size_t i = 0; i + 1 < a->count; i++) {
		for (size_t j = 0; j + 1 < b->count; j++) {
			if (geo_segments_cross(a->at[i], a->at[i + 1], b->at[j], b->at[j + 1]))
				return true;
		}
	}
	return false;
}

static bool
on_ring(const struct geo_ring *ring, struct geo_point point)
{
	return geo_ring_edge_meets(ring->at, ring->count, point, point);
}

/* Whether all of ${inner}, which does not cross ${outer}, lies on the side ${inside} of it. */
static bool
lies(const struct geo_ring *inner, const struct geo_ring *outer, bool inside)
{
	for (size_t i = 0; i + 1 < inner->count; i++) {
		struct geo_point a = inner->at[i], b = inner->at[i + 1];
		struct geo_point places[] = { a,
			{ (a.longitude + b.longitude) / 2, (a.latitude + b.latitude) / 2 } };

		for (size_t j = 0; j < COUNT_OF(places); j++) {
			if (!on_ring(outer, places[j]) &&
			    geo_ring_contains(outer->at, outer->count, places[j]) != inside)
				return false;
		}
	}
	return true;
}

static const char *
holes_problem(const struct geo_polygon *polygon)
{
	for (size_t i = 1; i < polygon->count; i++) {
		if (!lies(&polygon->rings[i], &polygon->rings[0], true))
			return "a hole lies outside of its polygon";
		for (size_t j = 1; j < i; j++) {
			if (rings_cross(&polygon->rings[i], &polygon->rings[j]) ||
			    !lies(&polygon->rings[i], &polygon->rings[j], false) ||
			    !lies(&polygon->rings[j], &polygon->rings[i], false))
				return "two holes cross, or one lies in the other";
		}
	}
	return NULL;
}

static const char *
polygon_problem(const struct geo_polygon *polygon)
{
	const char *problem = polygon->count == 0 ? "a polygon has no ring" : NULL;

	for (size_t i = 0; i < polygon->count && problem == NULL; i++) {
		problem = ring_problem(&polygon->rings[i]);
		if (problem == NULL && i > 0 && rings_cross(&polygon->rings[0], &polygon->rings[i]))
			problem = "a hole crosses the edge of its polygon";
	}
	return problem == NULL ? holes_problem(polygon) : problem;
}

/* Whether ${a} lies in a hole of ${b}. */
static bool
in_a_hole(const struct geo_polygon *a, const struct geo_polygon *b)
{
	for (size_t i = 1; i < b->count; i++) {
		if (lies(&a->rings[0], &b->rings[i], true))
			return true;
	}
	return false;
}

static bool
polygons_apart(const struct geo_polygon *a, const struct geo_polygon *b)
{
	for (size_t i = 0; i < a->count; i++) {
		for (size_t j = 0; j < b->count; j++) {
			if (rings_cross(&a->rings[i], &b->rings[j]))
				return false;
		}
	}
	return in_a_hole(a, b) || in_a_hole(b, a) ||
	       (lies(&a->rings[0], &b->rings[0], false) && lies(&b->rings[0], &a->rings[0], false));
}

const char *
mem_area_problem(const struct geo_area *area)
{
	const char *problem = area->count == 0 ? "an area has no polygon" : NULL;

	for (size_t i = 0; i < area->count && problem == NULL; i++)
		problem = polygon_problem(&area->polygons[i]);
	for (size_t i = 0; i < area->count && problem == NULL; i++) {
		for (size_t j = 0; j < i && problem == NULL; j++) {
			if (!polygons_apart(&area->polygons[i], &area->polygons[j]))
				problem = "two polygons overlap";
		}
	}
	return problem;
}
