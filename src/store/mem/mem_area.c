#include <math.h>
#include <stdlib.h>

#include "domain/geo/geo_meets.h"
#include "store/mem/mem_internal.h"

/* Closer than this a border is common: a hundredth of a square metre, in square degrees. */
#define SHARED_MIN 1e-12

static void *
need(void *memory)
{
	CHECK(memory != NULL);
	return memory;
}

/* ---- a location and an area ---- */

/* By the even-odd rule over all rings, so that holes are outside. */
static bool
polygon_contains(const struct geo_polygon *polygon, struct geo_point point)
{
	bool inside = false;

	for (size_t i = 0; i < polygon->count; i++)
		inside ^= geo_ring_contains(polygon->rings[i].at, polygon->rings[i].count, point);
	return inside;
}

static bool
edges_meet(const struct geo_polygon *polygon, const struct geo_location *location)
{
	for (size_t i = 0; i < polygon->count; i++) {
		for (size_t j = 0; j < location->count; j++) {
			size_t next = j + 1 < location->count ? j + 1 : j;

			if (geo_ring_edge_meets(polygon->rings[i].at, polygon->rings[i].count,
				location->points[j], location->points[next]))
				return true;
		}
	}
	return false;
}

bool
mem_area_meets(const struct geo_area *area, const struct geo_location *location)
{
	for (size_t i = 0; i < area->count; i++) {
		/* What touches no edge is inside with all of it, or with nothing. */
		if (edges_meet(&area->polygons[i], location) ||
		    polygon_contains(&area->polygons[i], location->points[0]))
			return true;
	}
	return false;
}

double
mem_area_size(const struct geo_area *area)
{
	double size = 0;

	for (size_t i = 0; i < area->count; i++) {
		for (size_t j = 0; j < area->polygons[i].count; j++) {
			const struct geo_ring *ring = &area->polygons[i].rings[j];
			double of_ring = fabs(geo_ring_area(ring->at, ring->count));

			size += j == 0 ? of_ring : -of_ring;
		}
	}
	return size;
}

/* ---- what two areas share ---- */

/*
 * The plane is cut into slabs at every latitude at which an edge ends or crosses one of
 * the other area.  Within a slab no edges cross, so the width of what is shared changes
 * evenly: its width in the middle times the slab's height is its size.
 */

struct edge {
	struct geo_point a, b;
};

struct edges {
	struct edge *at;
	size_t count;
};

struct numbers {
	double *at;
	size_t count, capacity;
};

static void
add_number(struct numbers *numbers, double number)
{
	if (numbers->count == numbers->capacity) {
		numbers->capacity = numbers->capacity * 2 + 64;
		numbers->at =
		    need(realloc(numbers->at, numbers->capacity * sizeof(numbers->at[0])));
	}
	numbers->at[numbers->count++] = number;
}

static struct edges
edges_of(const struct geo_area *area)
{
	struct edges edges = { need(calloc(GEO_AREA_POINTS_MAX + 1, sizeof(struct edge))), 0 };

	for (size_t i = 0; i < area->count; i++) {
		for (size_t j = 0; j < area->polygons[i].count; j++) {
			const struct geo_ring *ring = &area->polygons[i].rings[j];

			for (size_t k = 0; k + 1 < ring->count; k++) {
				CHECK(edges.count < GEO_AREA_POINTS_MAX);
				edges.at[edges.count++] =
				    (struct edge){ ring->at[k], ring->at[k + 1] };
			}
		}
	}
	return edges;
}

/* The latitude at which the lines of ${p} and ${q} meet, if they do at one point. */
static void
add_crossing(struct numbers *latitudes, const struct edge *p, const struct edge *q)
{
	double px = p->b.longitude - p->a.longitude, py = p->b.latitude - p->a.latitude;
	double qx = q->b.longitude - q->a.longitude, qy = q->b.latitude - q->a.latitude;
	double across = px * qy - py * qx, along;

	if (!(fabs(across) > 0) || !geo_segments_meet(p->a, p->b, q->a, q->b))
		return;
	along = ((q->a.longitude - p->a.longitude) * qy - (q->a.latitude - p->a.latitude) * qx) /
		across;
	add_number(latitudes, p->a.latitude + along * py);
}

static int
compare_numbers(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b;
}

static void
sort_numbers(struct numbers *numbers)
{
	if (numbers->count > 0)
		qsort(numbers->at, numbers->count, sizeof(numbers->at[0]), compare_numbers);
}

static struct numbers
cut_latitudes(const struct edges *a, const struct edges *b)
{
	struct numbers cuts = { NULL, 0, 0 };

	for (size_t i = 0; i < a->count; i++)
		add_number(&cuts, a->at[i].a.latitude);
	for (size_t i = 0; i < b->count; i++)
		add_number(&cuts, b->at[i].a.latitude);
	for (size_t i = 0; i < a->count; i++) {
		for (size_t j = 0; j < b->count; j++)
			add_crossing(&cuts, &a->at[i], &b->at[j]);
	}
	sort_numbers(&cuts);
	return cuts;
}

/* Where ${edges} cross ${latitude}, from west to east: in, out, in, out ... */
static void
cross_at(const struct edges *edges, double latitude, struct numbers *ret)
{
	ret->count = 0;
	for (size_t i = 0; i < edges->count; i++) {
		struct geo_point a = edges->at[i].a, b = edges->at[i].b;

		if ((a.latitude > latitude) != (b.latitude > latitude))
			add_number(ret, a.longitude + (latitude - a.latitude) *
							  (b.longitude - a.longitude) /
							  (b.latitude - a.latitude));
	}
	sort_numbers(ret);
}

static double
shared_width(const struct numbers *a, const struct numbers *b)
{
	double width = 0;

	for (size_t i = 0; i + 1 < a->count; i += 2) {
		for (size_t j = 0; j + 1 < b->count; j += 2) {
			double west = fmax(a->at[i], b->at[j]);
			double east = fmin(a->at[i + 1], b->at[j + 1]);

			width += east > west ? east - west : 0;
		}
	}
	return width;
}

double
mem_area_shared(const struct geo_area *a, const struct geo_area *b)
{
	struct edges of_a = edges_of(a), of_b = edges_of(b);
	struct numbers cuts = cut_latitudes(&of_a, &of_b);
	struct numbers in_a = { NULL, 0, 0 }, in_b = { NULL, 0, 0 };
	double size = 0;

	for (size_t i = 0; i + 1 < cuts.count; i++) {
		double middle = (cuts.at[i] + cuts.at[i + 1]) / 2;

		cross_at(&of_a, middle, &in_a);
		cross_at(&of_b, middle, &in_b);
		size += shared_width(&in_a, &in_b) * (cuts.at[i + 1] - cuts.at[i]);
	}
	free(of_a.at);
	free(of_b.at);
	free(cuts.at);
	free(in_a.at);
	free(in_b.at);
	return size > SHARED_MIN ? size : 0;
}
