#include "api/graphql_regions.h"
#include "api/graphql_wanted.h"
#include "codec/area.h"
#include "codec/record_codec.h"

/* ---- Region ---- */

static const struct region_brief *
brief(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
region_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, brief(call)->id));
	return NULL;
}

static struct err *
region_version(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(brief(call)->version);
	return NULL;
}

static struct err *
region_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(brief(call)->name);
	return NULL;
}

static struct err *
region_priority(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(brief(call)->priority);
	return NULL;
}

static struct err *
region_pager_list_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(uuid_text(call->arena, brief(call)->list));
	return NULL;
}

static struct err *
write_area(struct arena *arena, const struct geo_area *area, struct graphql_value *ret)
{
	struct buf buf = buf_in(arena, area_bytes(area));
	struct json_writer writer = json_writer(&buf);

	codec_write_area(&writer, area);
	if (buf.overflowed)
		return ERR(arena, ERR_LIMIT, "no memory left to write an area");
	*ret = graphql_raw(buf_view(&buf));
	return NULL;
}

static struct uuid
id_of(const void *region)
{
	return ((const struct region_brief *)region)->id;
}

static struct err *
region_areas(struct graphql_batch *batch)
{
	struct uuid asker = graphql_asker(&batch->call)->app.actor->organisation.id;

	TRY(graphql_load_records(batch, id_of, RECORD_REGION, STR("")));
	for (size_t i = 0; i < batch->count; i++) {
		const struct record *record = batch->values[i].object.data;

		if (batch->values[i].type == GRAPHQL_NULL || !uuid_equal(record->region.osp, asker))
			return ERR(
			    batch->call.arena, ERR_CORRUPT, "a region that was just read is gone");
		TRY(write_area(batch->call.arena, &record->region.area, &batch->values[i]));
	}
	return NULL;
}

static struct err *
region_bounding_box(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("RegionBox"), &brief(call)->box);
	return NULL;
}

static struct err *
region_size(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_float(brief(call)->size);
	return NULL;
}

static struct err *
region_retired(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(brief(call)->retired);
	return NULL;
}

static const struct geo_box *
box(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
box_west(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_float(box(call)->west);
	return NULL;
}

static struct err *
box_south(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_float(box(call)->south);
	return NULL;
}

static struct err *
box_east(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_float(box(call)->east);
	return NULL;
}

static struct err *
box_north(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_float(box(call)->north);
	return NULL;
}

/* ---- overlaps ---- */

static const struct app_region_overlap *
overlap(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
overlap_chooses(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Region"), &overlap(call)->first);
	return NULL;
}

static struct err *
overlap_other(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Region"), &overlap(call)->second);
	return NULL;
}

static struct err *
overlap_size(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_float(overlap(call)->area);
	return NULL;
}

/* A list of ${type}: ${count} elements of ${bytes} at ${elements}. */
static struct err *
list_of(struct graphql_call *call, struct str type, const void *elements, size_t bytes,
    size_t count, struct graphql_value *ret)
{
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, count + 1);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list regions");
	for (size_t i = 0; i < count; i++)
		items[i] = graphql_object(type, (const char *)elements + i * bytes);
	*ret = graphql_list(items, count);
	return NULL;
}

static struct err *
overlaps_overlaps(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_region_overlaps *overlaps = call->parent;

	return list_of(
	    call, STR("RegionOverlap"), overlaps->at, sizeof(*overlaps->at), overlaps->count, ret);
}

static struct err *
overlaps_more(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(((const struct app_region_overlaps *)call->parent)->more);
	return NULL;
}

/* ---- RegionAt ---- */

static const struct app_region_at *
region_at(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
at_reason(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&region_reason_words, region_at(call)->reason));
	return NULL;
}

static struct err *
at_words(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_words(&region_reason_words, region_at(call)->reason));
	return NULL;
}

static struct err *
at_region(struct graphql_call *call, struct graphql_value *ret)
{
	if (region_at(call)->candidates.count > 0)
		*ret = graphql_object(STR("Region"), &region_at(call)->candidates.at[0]);
	return NULL;
}

static struct err *
at_pager_list_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_id_value(call, region_at(call)->list);
	return NULL;
}

static struct err *
at_pager_list_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(region_at(call)->list_name);
	return NULL;
}

static struct err *
at_candidates(struct graphql_call *call, struct graphql_value *ret)
{
	const struct region_briefs *candidates = &region_at(call)->candidates;

	return list_of(
	    call, STR("Region"), candidates->at, sizeof(*candidates->at), candidates->count, ret);
}

/* ---- what commands answer ---- */

static struct err *
success_region(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(
	    STR("Region"), &((const struct graphql_region_drawn *)call->parent)->region);
	return NULL;
}

static struct err *
success_overlaps(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(
	    STR("RegionOverlaps"), &((const struct graphql_region_drawn *)call->parent)->overlaps);
	return NULL;
}

static const struct app_import_answer *
answer(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
import_dry_run(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(answer(call)->dry_run);
	return NULL;
}

static struct err *
import_features(struct graphql_call *call, struct graphql_value *ret)
{
	return list_of(call, STR("ImportedRegion"), answer(call)->features,
	    sizeof(*answer(call)->features), answer(call)->feature_count, ret);
}

static struct err *
import_overlaps(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("RegionOverlaps"), &answer(call)->overlaps);
	return NULL;
}

static struct err *
import_problems(struct graphql_call *call, struct graphql_value *ret)
{
	return list_of(call, STR("RegionProblem"), answer(call)->problems,
	    sizeof(*answer(call)->problems), answer(call)->problem_count, ret);
}

static struct err *
import_problem_count(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int((int64_t)answer(call)->problems_in_all);
	return NULL;
}

static const struct app_region_import *
imported(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
imported_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(imported(call)->name);
	return NULL;
}

static struct err *
imported_outcome(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(eco_word_name(&region_fate_words, imported(call)->fate));
	return NULL;
}

static struct err *
imported_region_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_id_value(call, imported(call)->region);
	return NULL;
}

static struct err *
imported_version(struct graphql_call *call, struct graphql_value *ret)
{
	if (imported(call)->version > 0)
		*ret = graphql_int(imported(call)->version);
	return NULL;
}

static const struct app_region_problem *
problem(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
problem_index(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int((int64_t)problem(call)->index);
	return NULL;
}

static struct err *
problem_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(problem(call)->name);
	return NULL;
}

static struct err *
problem_refusal(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Refusal"), &problem(call)->refusal);
	return NULL;
}

const struct graphql_binding graphql_region_object_bindings[] = {
	{ STR("Region.id"), region_id },
	{ STR("Region.version"), region_version },
	{ STR("Region.name"), region_name },
	{ STR("Region.priority"), region_priority },
	{ STR("Region.pagerListId"), region_pager_list_id },
	{ STR("Region.boundingBox"), region_bounding_box },
	{ STR("Region.size"), region_size },
	{ STR("Region.retired"), region_retired },
	{ STR("RegionBox.west"), box_west },
	{ STR("RegionBox.south"), box_south },
	{ STR("RegionBox.east"), box_east },
	{ STR("RegionBox.north"), box_north },
	{ STR("RegionOverlap.chooses"), overlap_chooses },
	{ STR("RegionOverlap.other"), overlap_other },
	{ STR("RegionOverlap.size"), overlap_size },
	{ STR("RegionOverlaps.overlaps"), overlaps_overlaps },
	{ STR("RegionOverlaps.more"), overlaps_more },
	{ STR("RegionAt.reason"), at_reason },
	{ STR("RegionAt.words"), at_words },
	{ STR("RegionAt.region"), at_region },
	{ STR("RegionAt.pagerListId"), at_pager_list_id },
	{ STR("RegionAt.pagerListName"), at_pager_list_name },
	{ STR("RegionAt.candidates"), at_candidates },
	{ STR("RegionCommandSuccess.region"), success_region },
	{ STR("RegionCommandSuccess.overlaps"), success_overlaps },
	{ STR("ImportRegionsSuccess.dryRun"), import_dry_run },
	{ STR("ImportRegionsSuccess.features"), import_features },
	{ STR("ImportRegionsSuccess.overlaps"), import_overlaps },
	{ STR("ImportRegionsProblems.problems"), import_problems },
	{ STR("ImportRegionsProblems.problemCount"), import_problem_count },
	{ STR("ImportedRegion.name"), imported_name },
	{ STR("ImportedRegion.outcome"), imported_outcome },
	{ STR("ImportedRegion.regionId"), imported_region_id },
	{ STR("ImportedRegion.version"), imported_version },
	{ STR("RegionProblem.index"), problem_index },
	{ STR("RegionProblem.name"), problem_name },
	{ STR("RegionProblem.refusal"), problem_refusal },
};
const size_t graphql_region_object_binding_count = COUNT_OF(graphql_region_object_bindings);

const struct graphql_batch_binding graphql_region_loaders[] = {
	{ STR("Region.area"), region_areas },
};
const size_t graphql_region_loader_count = COUNT_OF(graphql_region_loaders);
