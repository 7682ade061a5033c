#ifndef DOMAIN_DIRECTORY_REGION_DECIDE_H
#define DOMAIN_DIRECTORY_REGION_DECIDE_H

#include "base/sha256.h"
#include "domain/directory/record.h"
#include "domain/refusal/refusal.h"

/*
 * region_decide: the rules of regions, which choose the pager list for a place.
 *
 * Regions may overlap: of those that have a place the smallest chooses, of the same size
 * the one with the lowest priority.  Two that share ground and are alike in both would
 * leave it to chance, and are refused.  A region in use is known by its name: an import
 * gives a region that is there already the area that the file has for it.
 */

#define REGIONS_MAX         500 /* in use, of one OSP */
#define REGION_FEATURES_MAX 200 /* of one import */
#define REGION_NAME_MAX     120 /* characters */
#define REGION_PRIORITY_MAX 1000

/* What is known of a region without its area. */
struct region_brief {
	struct uuid id;
	int64_t version;
	struct str name;
	int64_t priority;
	struct uuid list;
	double size; /* geo_area_size() */
	struct geo_box box;
	bool retired;
	struct sha256 area; /* of the area as it is kept: the same area, the same digest */
};

struct region_briefs {
	const struct region_brief *at; /* those in use, of one OSP */
	size_t count;
};

/* A region as a file has it. */
struct region_feature {
	struct str name;
	struct geo_area area;
	bool refused;           /* it cannot be read ... */
	struct refusal refusal; /* ... because of this; the name may be empty then */
};

struct region_features {
	const struct region_feature *at;
	size_t count;
};

/** Whether ${region}, without its area, may stand as a region beside ${others}: its name and
 * priority, and that no other but ${id} has its name. */
NODISCARD bool region_check(const struct region *region, struct uuid id,
    const struct region_briefs *others, struct refusal *ret_refusal);

/** Whether there is room for ${more} regions beside ${others}. */
NODISCARD bool region_check_count(
    const struct region_briefs *others, size_t more, struct refusal *ret_refusal);

/** Whether nothing chooses between ${a} and ${b} where they share ground: the same size, but for
 * what arithmetic loses, and the same priority. */
bool region_is_ambiguous(const struct region_brief *a, const struct region_brief *b);

/** REGION_AMBIGUOUS about ${a} and ${b}. */
bool region_refuse_ambiguous(
    const struct region_brief *a, const struct region_brief *b, struct refusal *ret_refusal);

/* What an import does with one feature. */
enum region_fate { REGION_CREATED, REGION_CHANGED, REGION_UNCHANGED };
extern const struct eco_words region_fate_words;

struct region_plan {
	enum region_fate fate;
	const struct region_brief *before; /* NULL when created */
};

/**
 * What becomes of feature ${index} of ${features}, whose kept area has the digest
 * ${area}.  Refused: what the feature itself was refused for, a name that is none or that
 * another feature of the file has as well, one that several regions have.
 */
NODISCARD bool region_plan_feature(const struct region_features *features, size_t index,
    struct sha256 area, const struct region_briefs *others, struct region_plan *ret,
    struct refusal *ret_refusal);

/* Why a place leads to the list that it leads to. */
enum region_reason {
	REGION_ONLY,         /* no other region has the place */
	REGION_SMALLEST,     /* it is smaller than the others that have it */
	REGION_PRIORITY,     /* of the same size as another one, and before it by priority */
	REGION_DEFAULT_LIST, /* no region has the place: the agreement's default list */
	REGION_NO_LIST,      /* nothing: nobody would be rung */
	REGION_LIST_RETIRED, /* a region has the place, and its list is not in use */
};
extern const struct eco_words region_reason_words;

/** Why ${chosen} comes first among ${candidates}, of which it is one. */
enum region_reason region_explain(
    const struct region_brief *chosen, const struct region_briefs *candidates);

/** Whether ${a} comes before ${b}: smaller, then by priority, then by id. */
bool region_comes_first(const struct region_brief *a, const struct region_brief *b);

#endif
