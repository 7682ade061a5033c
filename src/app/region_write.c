#include "app/region_write.h"

#define MADE_BYTES_MAX   (6 * REGION_NAME_MAX + 160)
#define OVERLAPS_AT_ONCE STORE_ROWS_MAX

/* ---- what a plan asks ---- */

struct err *
region_check_list(
    const struct app_context *context, struct uuid list, bool *ret_go, struct refusal *ret_refusal)
{
	struct record record;
	bool found;

	TRY(record_load(
	    context->session, context->arena, RECORD_PAGER_LIST, list, &found, &record));
	*ret_go = found && !record.pager_list.retired &&
		  uuid_equal(record.pager_list.osp, context->actor->organisation.id);
	if (!*ret_go)
		(void)refuse(ret_refusal, REFUSAL_PAGER_LIST_UNKNOWN, "pagerList",
		    "there is no such pager list in use");
	return NULL;
}

struct err *
region_check_surface(const struct app_context *context, const struct geo_area *area,
    const char *field, bool *ret_go, struct refusal *ret_refusal)
{
	struct str reason;

	TRY(store_check_area(context->session, context->arena, area, ret_go, &reason));
	if (!*ret_go)
		(void)refuse(ret_refusal, REFUSAL_AREA_INVALID, field, "%s is no surface: %.*s",
		    field, STR_ARG(reason));
	return NULL;
}

/* ---- overlaps ---- */

bool
region_overlap_of(const struct region_briefs *briefs, const struct store_overlap *overlap,
    struct app_region_overlap *ret)
{
	const struct region_brief *a = region_briefs_find(briefs, overlap->a);
	const struct region_brief *b = region_briefs_find(briefs, overlap->b);
	bool in_order;

	if (a == NULL || b == NULL)
		return false;
	in_order = region_comes_first(a, b);
	*ret = (struct app_region_overlap){ in_order ? *a : *b, in_order ? *b : *a, overlap->area };
	return true;
}

/* The largest overlaps so far, and the first pair that leaves it to chance. */
struct finding {
	const struct app_context *context;
	const struct region_briefs *briefs;
	const struct region_made *made;
	size_t made_count;
	struct store_overlap *rows;
	struct app_region_overlap *at; /* REGION_OVERLAPS_MAX and one more */
	size_t count;
	bool more;
	bool is_ambiguous;
	struct app_region_overlap ambiguous;
};

/* Whether ${id} is one of those before ${index}, whose overlaps have been taken already. */
static bool
is_taken(const struct finding *finding, size_t index, struct uuid id)
{
	for (size_t i = 0; i < index; i++) {
		if (uuid_equal(finding->made[i].id, id))
			return true;
	}
	return false;
}

static void
add_overlap(struct finding *finding, const struct app_region_overlap *overlap)
{
	size_t i = finding->count;

	if (!finding->is_ambiguous && region_is_ambiguous(&overlap->first, &overlap->second)) {
		finding->is_ambiguous = true;
		finding->ambiguous = *overlap;
	}
	while (i > 0 && finding->at[i - 1].area < overlap->area) {
		finding->at[i] = finding->at[i - 1];
		i--;
	}
	finding->at[i] = *overlap;
	if (finding->count < REGION_OVERLAPS_MAX)
		finding->count++;
	else
		finding->more = true;
}

static struct err *
add_overlaps(struct finding *finding, size_t index)
{
	const struct app_context *context = finding->context;
	struct arena_mark mark = arena_mark(context->arena);
	struct uuid id = finding->made[index].id;
	size_t count;

	TRY(store_list_overlaps(
	    context->session, context->arena, id, OVERLAPS_AT_ONCE, finding->rows, &count));
	arena_release(context->arena, mark);
	for (size_t i = 0; i < count; i++) {
		const struct store_overlap *row = &finding->rows[i];
		struct app_region_overlap overlap;

		if (!is_taken(finding, index, uuid_equal(row->a, id) ? row->b : row->a) &&
		    region_overlap_of(finding->briefs, row, &overlap))
			add_overlap(finding, &overlap);
	}
	return NULL;
}

static struct err *
find_overlaps(struct finding *finding, bool unchanged_too)
{
	struct arena *arena = finding->context->arena;

	finding->rows = arena_array(arena, struct store_overlap, OVERLAPS_AT_ONCE);
	finding->at = arena_array(arena, struct app_region_overlap, REGION_OVERLAPS_MAX + 1);
	if (finding->rows == NULL || finding->at == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to compare regions");
	for (size_t i = 0; i < finding->made_count; i++) {
		if (unchanged_too || finding->made[i].fate != REGION_UNCHANGED)
			TRY(add_overlaps(finding, i));
	}
	return NULL;
}

struct err *
region_find_overlaps(const struct app_context *context, const struct region_briefs *briefs,
    const struct region_made *made, size_t count, struct app_region_overlaps *ret)
{
	struct finding finding = {
		.context = context, .briefs = briefs, .made = made, .made_count = count
	};

	TRY(find_overlaps(&finding, count == 1));
	*ret = (struct app_region_overlaps){ finding.at, finding.count, finding.more };
	return NULL;
}

/* ---- the answer under the key ---- */

static struct str
write_answer(struct arena *arena, const struct region_draft *draft)
{
	struct buf buf = buf_in(arena, 64 + draft->made_count * MADE_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_list(&writer);
	for (size_t i = 0; i < draft->made_count; i++) {
		const struct region_made *made = &draft->made[i];

		json_begin_map(&writer);
		json_member_uuid(&writer, STR("region"), made->id);
		json_member_int(&writer, STR("version"), made->version);
		json_member_text(
		    &writer, STR("fate"), eco_word_name(&region_fate_words, made->fate));
		json_member_text(&writer, STR("name"), made->name);
		json_end_map(&writer);
	}
	json_end_list(&writer);
	CHECK(!buf.overflowed || arena_exhausted(arena));
	return buf_view(&buf);
}

static bool
read_made(const struct json *item, struct region_made *ret)
{
	unsigned fate;

	if (!uuid_parse(json_text_or(item, STR("region"), STR("")), &ret->id) ||
	    !eco_word_find(&region_fate_words, json_text_or(item, STR("fate"), STR("")), &fate))
		return false;
	ret->fate = (enum region_fate)fate;
	ret->version = json_int_or(item, STR("version"), 0);
	ret->name = json_text_or(item, STR("name"), STR(""));
	return true;
}

static struct err *
read_kept(struct arena *arena, struct str answer, struct region_result *ret)
{
	const struct json *kept;
	struct region_made *made;
	struct str reason;

	if (!json_parse(arena, answer, &kept, &reason) || kept->type != JSON_LIST)
		return ERR(arena, ERR_CORRUPT, "the answer kept for a command cannot be read");
	made = arena_array(arena, struct region_made, kept->list.count + 1);
	if (made == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to answer again");
	for (size_t i = 0; i < kept->list.count; i++) {
		if (!read_made(&kept->list.items[i], &made[i]))
			return ERR(
			    arena, ERR_CORRUPT, "the answer kept for a command cannot be read");
	}
	ret->made = made;
	ret->made_count = kept->list.count;
	return NULL;
}

/* What was answered when the key was first used, with the overlaps as they are now. */
static struct err *
repeat(const struct region_command *command, const struct store_append_result *found,
    struct region_result *ret)
{
	const struct app_context *context = command->context;
	struct region_briefs briefs;

	*ret = (struct region_result){ .repeated = true };
	if (found->outcome == STORE_KEY_REUSED) {
		ret->refused = !refuse(&ret->refusal, REFUSAL_KEY_REUSED, "idempotencyKey",
		    "this key was used for another command; a new command needs a new key");
		return NULL;
	}
	TRY(read_kept(context->arena, found->answer, ret));
	TRY(region_briefs_load(context->session, context->arena,
	    &(struct region_choice){ .osp = context->actor->organisation.id }, &briefs));
	return region_find_overlaps(context, &briefs, ret->made, ret->made_count, &ret->overlaps);
}

/* ---- writing ---- */

/* Write one region; the key goes with the first. */
static struct err *
write_step(const struct region_command *command, const struct record_step *step,
    const struct record_key *key, struct store_append_result *ret)
{
	struct record_author author = record_author(command->context);
	struct record_outcome *outcome = arena_new(command->context->arena, struct record_outcome);
	bool taken;

	if (outcome == NULL)
		return ERR(author.arena, ERR_LIMIT, "no memory left to write a region");
	outcome->steps[0] = *step;
	outcome->step_count = 1;
	TRY(record_write(&author, outcome, key, &taken, ret));
	CHECK(!taken);
	return NULL;
}

/* ${ret_found} is what became of the append that carried the key. */
static struct err *
write_steps(const struct region_command *command, const struct region_draft *draft,
    struct store_append_result *ret_found)
{
	struct arena *arena = command->context->arena;
	struct record_key key = {
		.key = command->dry_run ? UUID_NIL : command->command.key,
		.scope = command->context->actor->organisation.id,
		.body = command->body,
		.answer = write_answer(arena, draft),
	};

	ret_found->outcome = STORE_APPENDED;
	for (size_t i = 0; i < draft->step_count; i++) {
		struct arena_mark mark = arena_mark(arena);

		TRY(write_step(command, &draft->steps[i], &key, ret_found));
		if (ret_found->outcome != STORE_APPENDED)
			return NULL;
		/* What a region takes in memory while it is written, the next one needs. */
		arena_release(arena, mark);
		key = (struct record_key){ .scope = key.scope };
	}
	return NULL;
}

/* The regions in use when ${draft} is written. */
static struct err *
briefs_after(const struct region_command *command, const struct region_draft *draft,
    struct region_briefs *ret)
{
	struct arena *arena = command->context->arena;
	struct region_brief *briefs =
	    arena_array(arena, struct region_brief, draft->known.count + draft->step_count + 1);
	size_t count = draft->known.count;

	if (briefs == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to compare regions");
	memcpy(briefs, draft->known.at, count * sizeof(*briefs));
	for (size_t i = 0; i < draft->step_count; i++) {
		const struct record *after = &draft->steps[i].after;
		const struct region_brief *before = region_briefs_find(&draft->known, after->id);
		struct region_brief *place =
		    before == NULL ? &briefs[count++] : &briefs[before - draft->known.at];

		*place = region_brief_of(arena, after);
		place->version = after->version + 1;
	}
	*ret = (struct region_briefs){ briefs, count };
	return NULL;
}

static struct err *
judge_overlaps(const struct region_command *command, const struct region_draft *draft,
    struct region_result *ret)
{
	struct finding finding = {
		.context = command->context, .made = draft->made, .made_count = draft->made_count
	};
	struct region_briefs after;

	TRY(briefs_after(command, draft, &after));
	finding.briefs = &after;
	TRY(find_overlaps(&finding, draft->made_count == 1));
	ret->overlaps = (struct app_region_overlaps){ finding.at, finding.count, finding.more };
	if (finding.is_ambiguous)
		ret->refused = !region_refuse_ambiguous(
		    &finding.ambiguous.first, &finding.ambiguous.second, &ret->refusal);
	return NULL;
}

static struct err *
run_in_transaction(
    const struct region_command *command, struct region_draft *draft, struct region_result *ret)
{
	const struct app_context *context = command->context;
	struct store_append_result found;
	bool go;

	*ret = (struct region_result){ .refused = true };
	draft->step_count = draft->made_count = 0;
	TRY(region_briefs_load(context->session, context->arena,
	    &(struct region_choice){ .osp = context->actor->organisation.id }, &draft->known));
	TRY(command->plan(command->planning, draft, &go, &ret->refusal));
	if (!go)
		return NULL;
	ret->refused = false;
	ret->made = draft->made;
	ret->made_count = draft->made_count;
	TRY(write_steps(command, draft, &found));
	if (found.outcome != STORE_APPENDED) {
		/* Somebody was faster with the same key: that has ended the transaction. */
		store_rollback(context->session);
		return repeat(command, &found, ret);
	}
	return judge_overlaps(command, draft, ret);
}

static struct err *
run_once(
    const struct region_command *command, struct region_draft *draft, struct region_result *ret)
{
	const struct app_context *context = command->context;
	struct err *err;

	TRY(store_begin(context->session, context->arena, context->actor->organisation.id));
	err = run_in_transaction(command, draft, ret);
	if (err == NULL && !ret->refused && !ret->repeated && !command->dry_run)
		return store_commit(context->session, context->arena);
	store_rollback(context->session);
	return err;
}

static struct err *
make_draft(struct arena *arena, struct region_draft *ret)
{
	ret->steps = arena_array(arena, struct record_step, REGION_FEATURES_MAX);
	ret->made = arena_array(arena, struct region_made, REGION_FEATURES_MAX);
	if (ret->steps == NULL || ret->made == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to change regions");
	return NULL;
}

struct err *
region_command_run(const struct region_command *command, struct region_result *ret)
{
	const struct app_context *context = command->context;
	const struct store_organisation *actor = &context->actor->organisation;
	struct store_append_result found;
	struct region_draft draft;
	struct err *err = NULL;

	*ret = (struct region_result){ .refused = true };
	if (!app_permits(context, command->operation, &ret->refusal))
		return NULL;
	if (!actor->is_osp) {
		(void)refuse(&ret->refusal, REFUSAL_OSP_ONLY, "", "only an OSP has regions");
		return NULL;
	}
	TRY(store_find_command(context->session, context->arena, actor->id, command->command.key,
	    command->body, &found));
	if (found.outcome != STORE_APPENDED)
		return repeat(command, &found, ret);
	TRY(make_draft(context->arena, &draft));
	for (int i = 0; i < APP_DECISIONS_MAX; i++) {
		err = run_once(command, &draft, ret);
		if (err == NULL || err->kind != ERR_CONFLICT)
			return err;
	}
	return ERR_WRAP(
	    context->arena, err, "regions changed under %d decisions in a row", APP_DECISIONS_MAX);
}
