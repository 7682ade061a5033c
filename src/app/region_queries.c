#include "app/region_briefs.h"
#include "app/region_write.h"

static bool
is_in_box(const struct app_region_query *query, const struct region_brief *brief)
{
	return !query->has_box || geo_box_meets(&query->box, &brief->box);
}

struct err *
app_list_regions(const struct app_context *context, const struct app_region_query *query,
    struct app_region_page *ret)
{
	struct region_brief *page =
	    arena_array(context->arena, struct region_brief, query->limit + 1);
	struct region_briefs all;
	size_t count = 0;

	CHECK(query->limit <= REGION_PAGE_MAX);
	if (page == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to list regions");
	TRY(region_briefs_load(context->session, context->arena,
	    &(struct region_choice){ .osp = context->actor->organisation.id }, &all));
	/* One more than asked for tells whether there is a next page. */
	for (size_t i = 0; i < all.count && count <= query->limit; i++) {
		if (memcmp(all.at[i].id.bytes, query->after.bytes, sizeof(query->after.bytes)) >
			0 &&
		    is_in_box(query, &all.at[i]))
			page[count++] = all.at[i];
	}
	*ret = (struct app_region_page){ page, count, count > query->limit };
	if (ret->more)
		ret->count = query->limit;
	return NULL;
}

static struct err *
load_own(const struct app_context *context, struct uuid id, bool *ret_found, struct record *ret)
{
	TRY(record_load(context->session, context->arena, RECORD_REGION, id, ret_found, ret));
	*ret_found = *ret_found && uuid_equal(ret->region.osp, context->actor->organisation.id);
	return NULL;
}

struct err *
app_find_region(
    const struct app_context *context, struct uuid id, bool *ret_found, struct region_brief *ret)
{
	struct record record;

	TRY(load_own(context, id, ret_found, &record));
	if (*ret_found)
		*ret = region_brief_of(context->arena, &record);
	return NULL;
}

struct region_brief
app_region_brief(struct arena *arena, const struct record *record)
{
	return region_brief_of(arena, record);
}

struct err *
app_find_region_area(
    const struct app_context *context, struct uuid id, bool *ret_found, struct geo_area *ret)
{
	struct record record;

	TRY(load_own(context, id, ret_found, &record));
	if (*ret_found)
		*ret = record.region.area;
	return NULL;
}

struct err *
app_list_region_overlaps(const struct app_context *context, struct uuid region, size_t limit,
    struct app_region_overlaps *ret)
{
	struct store_overlap *rows = arena_array(context->arena, struct store_overlap, limit + 1);
	struct app_region_overlap *overlaps =
	    arena_array(context->arena, struct app_region_overlap, limit + 1);
	struct region_briefs all;
	size_t count;

	CHECK(limit <= REGION_OVERLAPS_MAX);
	*ret = (struct app_region_overlaps){ .at = overlaps };
	if (rows == NULL || overlaps == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to compare regions");
	TRY(region_briefs_load(context->session, context->arena,
	    &(struct region_choice){ .osp = context->actor->organisation.id }, &all));
	TRY(store_list_overlaps(context->session, context->arena, region, limit + 1, rows, &count));
	ret->more = count > limit;
	for (size_t i = 0; i < count && i < limit; i++)
		ret->count += region_overlap_of(&all, &rows[i], &overlaps[ret->count]);
	return NULL;
}

/* ---- where a place leads to ---- */

/* The one that chooses first; the others in the order in which they would. */
static void
sort_candidates(struct region_brief *candidates, size_t count, struct uuid chosen)
{
	for (size_t i = 1; i < count; i++) {
		struct region_brief moving = candidates[i];
		size_t j = i;

		while (j > 0 && (uuid_equal(moving.id, chosen) ||
				    (!uuid_equal(candidates[j - 1].id, chosen) &&
					region_comes_first(&moving, &candidates[j - 1])))) {
			candidates[j] = candidates[j - 1];
			j--;
		}
		candidates[j] = moving;
	}
}

/* Why the store's answer is what it is. */
static enum region_reason
reason_of(const struct store_roster *roster, const struct region_briefs *candidates)
{
	if (uuid_is_nil(roster->region))
		return REGION_DEFAULT_LIST;
	if (candidates->count == 0)
		return REGION_ONLY;
	return region_explain(&candidates->at[0], candidates);
}

/* The list of ${roster} by name. */
static struct err *
read_list(
    const struct app_context *context, const struct store_roster *roster, struct app_region_at *ret)
{
	struct record list;
	bool found;

	TRY(record_load(
	    context->session, context->arena, RECORD_PAGER_LIST, roster->list, &found, &list));
	ret->list = roster->list;
	if (found)
		ret->list_name = list.pager_list.name;
	return NULL;
}

struct err *
app_region_at(const struct app_context *context, const struct geo_location *location,
    struct uuid agreement, struct app_region_at *ret)
{
	struct uuid osp = context->actor->organisation.id;
	struct region_briefs found_there;
	struct region_brief *candidates;
	struct store_roster roster;
	bool found;

	*ret = (struct app_region_at){ .reason = REGION_NO_LIST };
	TRY(store_find_roster(
	    context->session, context->arena, osp, agreement, location, &found, &roster));
	TRY(region_briefs_load(context->session, context->arena,
	    &(struct region_choice){ .osp = osp, .location = location }, &found_there));
	candidates = arena_array(context->arena, struct region_brief, found_there.count + 1);
	if (candidates == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to compare regions");
	memcpy(candidates, found_there.at, found_there.count * sizeof(*candidates));
	sort_candidates(candidates, found_there.count, found ? roster.region : UUID_NIL);
	ret->candidates = (struct region_briefs){ candidates, found_there.count };
	if (!found && found_there.count > 0)
		ret->reason = REGION_LIST_RETIRED;
	if (!found)
		return NULL;
	ret->reason = reason_of(&roster, &ret->candidates);
	return read_list(context, &roster, ret);
}
