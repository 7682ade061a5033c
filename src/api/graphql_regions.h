#ifndef API_GRAPHQL_REGIONS_H
#define API_GRAPHQL_REGIONS_H

#include "api/graphql_record.h"
#include "app/regions.h"

/*
 * graphql_regions: what stands behind the objects of regions.  For api/ only.
 *
 *	Region                   struct region_brief; its area is read when it is asked for
 *	RegionBox                struct geo_box
 *	RegionOverlap, ...s      struct app_region_overlap, ...s
 *	RegionAt                 struct app_region_at
 *	RegionCommandSuccess     struct graphql_region_drawn
 *	ImportRegionsSuccess     struct app_import_answer, and ...Problems
 *	ImportedRegion           struct app_region_import
 *	RegionProblem            struct app_region_problem
 *
 * Questions and commands are in graphql_regions.c, the fields of objects in
 * graphql_region_objects.c.
 */
struct graphql_region_drawn {
	struct region_brief region;
	struct app_region_overlaps overlaps;
};

#endif
