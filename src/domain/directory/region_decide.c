#include "domain/directory/region_decide.h"

#include "domain/directory/shape.h"

/* Sizes that differ by less are the same: the sum of a ring depends on where it begins. */
#define SIZE_LOSS 1e-9

static const struct eco_word region_fate_table[] = {
	[REGION_CREATED] = { STR("CREATED"), STR("new") },
	[REGION_CHANGED] = { STR("CHANGED"), STR("gets this area") },
	[REGION_UNCHANGED] = { STR("UNCHANGED"), STR("has this area already") },
};
const struct eco_words region_fate_words = { region_fate_table, COUNT_OF(region_fate_table) };

static const struct eco_word region_reason_table[] = {
	[REGION_ONLY] = { STR("ONLY"), STR("no other region has this place") },
	[REGION_SMALLEST] = { STR("SMALLEST"),
	    STR("of the regions that have this place it is the smallest") },
	[REGION_PRIORITY] = { STR("PRIORITY"),
	    STR("of the smallest regions that have this place it comes first by priority") },
	[REGION_DEFAULT_LIST] = { STR("DEFAULT_LIST"),
	    STR("no region has this place: it is the agreement's default list") },
	[REGION_NO_LIST] = { STR("NO_LIST"),
	    STR("no region has this place, and there is no default list: nobody would be rung") },
	[REGION_LIST_RETIRED] = { STR("LIST_RETIRED"),
	    STR("its list is not in use any more: nobody would be rung") },
};
const struct eco_words region_reason_words = { region_reason_table, COUNT_OF(region_reason_table) };

static bool
check_name(struct str name, struct refusal *ret)
{
	return shape_check_line(name, REGION_NAME_MAX, REFUSAL_REGION_NAME_INVALID, "name", ret);
}

bool
region_check(const struct region *region, struct uuid id, const struct region_briefs *others,
    struct refusal *ret_refusal)
{
	if (!check_name(region->name, ret_refusal))
		return false;
	if (region->priority < 0 || region->priority > REGION_PRIORITY_MAX)
		return refuse(ret_refusal, REFUSAL_REGION_PRIORITY_INVALID, "priority",
		    "priority is %lld: it must be between 0 and %d", (long long)region->priority,
		    REGION_PRIORITY_MAX);
	for (size_t i = 0; i < others->count; i++) {
		if (!uuid_equal(others->at[i].id, id) &&
		    str_equal(others->at[i].name, region->name))
			return refuse(ret_refusal, REFUSAL_REGION_NAME_TAKEN, "name",
			    "there is a region of this name already; change that one, or choose "
			    "another name");
	}
	return true;
}

bool
region_check_count(const struct region_briefs *others, size_t more, struct refusal *ret_refusal)
{
	if (others->count + more <= REGIONS_MAX)
		return true;
	return refuse(ret_refusal, REFUSAL_REGIONS_TOO_MANY, "",
	    "there are %zu regions in use, and at most %d may be; retire some", others->count,
	    REGIONS_MAX);
}

static bool
same_size(const struct region_brief *a, const struct region_brief *b)
{
	double larger = a->size > b->size ? a->size : b->size;
	double difference = a->size > b->size ? a->size - b->size : b->size - a->size;

	return difference <= larger * SIZE_LOSS;
}

bool
region_is_ambiguous(const struct region_brief *a, const struct region_brief *b)
{
	return a->priority == b->priority && same_size(a, b);
}

bool
region_refuse_ambiguous(
    const struct region_brief *a, const struct region_brief *b, struct refusal *ret_refusal)
{
	return refuse(ret_refusal, REFUSAL_REGION_AMBIGUOUS, "priority",
	    "\"%.*s\" and \"%.*s\" share ground, are of the same size and have the same priority: "
	    "give one of them another priority",
	    STR_ARG(a->name), STR_ARG(b->name));
}

/* Nobody could say which of the two the name stands for. */
static bool
check_alone(const struct region_features *features, size_t index, struct refusal *ret)
{
	for (size_t i = 0; i < index; i++) {
		if (str_equal(features->at[i].name, features->at[index].name))
			return refuse(ret, REFUSAL_REGION_NAME_TAKEN, "name",
			    "feature %zu of the file has the same name", i);
	}
	return true;
}

bool
region_plan_feature(const struct region_features *features, size_t index, struct sha256 area,
    const struct region_briefs *others, struct region_plan *ret, struct refusal *ret_refusal)
{
	const struct region_feature *feature = &features->at[index];

	*ret = (struct region_plan){ .fate = REGION_CREATED };
	if (feature->refused) {
		*ret_refusal = feature->refusal;
		return false;
	}
	if (!check_name(feature->name, ret_refusal) || !check_alone(features, index, ret_refusal))
		return false;
	for (size_t i = 0; i < others->count; i++) {
		if (!str_equal(others->at[i].name, feature->name))
			continue;
		if (ret->before != NULL)
			return refuse(ret_refusal, REFUSAL_REGION_NAME_TAKEN, "name",
			    "several regions have this name: rename or retire one of them");
		ret->before = &others->at[i];
		ret->fate =
		    sha256_equal(others->at[i].area, area) ? REGION_UNCHANGED : REGION_CHANGED;
	}
	return true;
}

bool
region_comes_first(const struct region_brief *a, const struct region_brief *b)
{
	if (!same_size(a, b))
		return a->size < b->size;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return memcmp(a->id.bytes, b->id.bytes, sizeof(a->id.bytes)) < 0;
}

enum region_reason
region_explain(const struct region_brief *chosen, const struct region_briefs *candidates)
{
	enum region_reason reason = REGION_ONLY;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct region_brief *other = &candidates->at[i];

		if (uuid_equal(other->id, chosen->id))
			continue;
		if (same_size(other, chosen))
			return REGION_PRIORITY;
		reason = REGION_SMALLEST;
	}
	return reason;
}
