#ifndef APP_REGIONS_H
#define APP_REGIONS_H

#include "app/record_change.h"
#include "domain/directory/region_decide.h"

/*
 * regions: the areas of the actor's organisation, an OSP, each with the pager list that
 * covers it.
 *
 *	drawn     app_create_region, app_change_region, app_retire_region
 *	imported  app_import_regions: a file of named areas, all of them or none
 *	asked     app_list_regions, app_find_region, app_list_region_overlaps, app_region_at
 *
 * Regions may overlap (domain/directory/region_decide.h says which one chooses); whatever
 * adds or changes one answers with the ground that it shares.  A region of another
 * organisation is refused as one that does not exist: REGION_UNKNOWN.
 *
 * Two people who draw at the same moment do not see each other's: then two regions may
 * come to have the same name, or be alike where they share ground; the store goes by id.
 */

#define REGION_OVERLAPS_MAX 100 /* shown at once, the largest first */
#define REGION_PROBLEMS_MAX 50  /* of one import */
#define REGION_PAGE_MAX     100

/* Two regions that share ground; the first of them chooses the list there. */
struct app_region_overlap {
	struct region_brief first, second;
	double area; /* square degrees */
};

struct app_region_overlaps {
	const struct app_region_overlap *at;
	size_t count;
	bool more; /* there are others */
};

struct app_region_answer {
	bool refused, repeated;
	struct refusal refusal;
	struct uuid id;
	int64_t version;
	struct app_region_overlaps overlaps; /* with the region's ground */
};

/* A region as it is to be; when one is changed, what is not given stays as it is. */
struct app_draw_region {
	struct app_command command;
	struct sha256 body;
	struct uuid region; /* Nil when created */
	bool has_name, has_area, has_list, has_priority;
	struct str name;
	struct geo_area area; /* as area_read() gives it */
	struct uuid list;
	int64_t priority;
};

/** Everything but the region must be given. */
NODISCARD struct err *app_create_region(const struct app_context *context,
    const struct app_draw_region *input, struct app_region_answer *ret);
NODISCARD struct err *app_change_region(const struct app_context *context,
    const struct app_draw_region *input, struct app_region_answer *ret);

struct app_retire_region {
	struct app_command command;
	struct sha256 body;
	struct uuid region;
	struct str reason; /* may be empty */
};

/** The region does not choose a list any more, and its name is free. */
NODISCARD struct err *app_retire_region(const struct app_context *context,
    const struct app_retire_region *input, struct app_region_answer *ret);

/* -- files -- */

enum region_format { REGION_GEOJSON, REGION_GEOPACKAGE };
extern const struct eco_words region_format_words;

struct app_import_regions {
	struct app_command command;
	struct sha256 body;
	enum region_format format;
	struct str data;       /* the file */
	struct str layer;      /* of a GeoPackage; empty: the only one */
	struct str name_field; /* the property, or column, with the regions' names */
	struct uuid list;      /* of regions that are new; the others keep theirs ... */
	int64_t priority;      /* ... and theirs */
	bool dry_run;          /* do everything, and then undo it */
};

/* What became of a feature, or would become of it. */
struct app_region_import {
	struct str name;
	enum region_fate fate;
	struct uuid region; /* of one that is new and only tried: Nil */
	int64_t version;
};

/* What is wrong with a feature. */
struct app_region_problem {
	size_t index;
	struct str name; /* may be empty */
	struct refusal refusal;
};

struct app_import_answer {
	bool refused, repeated, dry_run;
	struct refusal refusal; /* of the whole; otherwise, when there are problems, of each: */
	const struct app_region_problem *problems; /* at most REGION_PROBLEMS_MAX */
	size_t problem_count;                      /* of those */
	size_t problems_in_all;
	const struct app_region_import *features;
	size_t feature_count;
	struct app_region_overlaps overlaps; /* with the ground of what is new or changed */
};

/**
 * Take in a file: a feature whose name a region has already gives that region its area.
 * Nothing is done when anything is wrong with any of them.
 */
NODISCARD struct err *app_import_regions(const struct app_context *context,
    const struct app_import_regions *input, struct app_import_answer *ret);

/* -- questions: the caller has asked app_permits() -- */

struct app_region_page {
	const struct region_brief *at;
	size_t count;
	bool more;
};

struct app_region_query {
	struct uuid after; /* the last region of the page before; Nil: the first page */
	size_t limit;      /* at most REGION_PAGE_MAX */
	bool has_box;
	struct geo_box box; /* only regions whose own box meets it */
};

/** Regions in use, in the order in which they were made. */
NODISCARD struct err *app_list_regions(const struct app_context *context,
    const struct app_region_query *query, struct app_region_page *ret);

/** The region ${id}, retired ones too. */
NODISCARD struct err *app_find_region(
    const struct app_context *context, struct uuid id, bool *ret_found, struct region_brief *ret);

/** ${record}, of a region, as it is shown. */
struct region_brief app_region_brief(struct arena *arena, const struct record *record);

/** The area of the region ${id}. */
NODISCARD struct err *app_find_region_area(
    const struct app_context *context, struct uuid id, bool *ret_found, struct geo_area *ret);

/** What region ${region} shares with others; Nil: all overlaps; at most ${limit}
 * (<= REGION_OVERLAPS_MAX). */
NODISCARD struct err *app_list_region_overlaps(const struct app_context *context,
    struct uuid region, size_t limit, struct app_region_overlaps *ret);

/* Where a place leads to. */
struct app_region_at {
	enum region_reason reason;
	struct uuid list; /* Nil: none */
	struct str list_name;
	struct region_briefs candidates; /* that have the place, the one that chooses first */
};

/** Which region and list would ring for ${location}, a place in no region under ${agreement}
 * (Nil: none). */
NODISCARD struct err *app_region_at(const struct app_context *context,
    const struct geo_location *location, struct uuid agreement, struct app_region_at *ret);

#endif
