#include "app/change.h"

#include "app/app.h"
#include "app/event_vault.h"
#include "codec/event_codec.h"
#include "domain/directory/record.h"

/* An ECO with more events than this is not read in one piece. */
#define EVENTS_MAX 20000

/*
 * What one stored event is today: itself, several events or none.  The version that
 * the stream stands at is the stored one.
 */
struct err *
change_fold(struct arena *arena, const struct store_event *stored, struct callout *callout)
{
	struct codec_events events;
	struct str reason;

	CHECK(stored->version == callout->version + 1);
	if (!codec_decode_events(arena, stored->type, stored->schema_version, stored->occurred_at,
		stored->payload, &events, &reason))
		return ERR(arena, ERR_CORRUPT, "cannot read event %lld of ECO %.*s: %.*s",
		    (long long)stored->version, STR_ARG(uuid_text(arena, stored->stream)),
		    STR_ARG(reason));
	for (size_t i = 0; i < events.count; i++)
		callout_evolve(callout, &events.at[i]);
	callout->version = stored->version;
	return NULL;
}

/* How far a load goes; NULL: to the end. */
struct bound {
	change_until_f includes;
	const void *context;
};

/* Whether ${page} is of a stream that is no ECO's: a record's of the directory. */
static bool
is_record(const struct store_events *page)
{
	enum directory_event_type type;

	return page->count > 0 && page->at[0].version == 1 &&
	       directory_event_find(page->at[0].type, &type);
}

/*
 * Fold one page of stored events, up to the first that is not ${bound}'s, which
 * ${ret_more} then says; the last one's position in the stream ends up in ${loaded}.
 * Of a stream that is no ECO's nothing is folded.
 */
static struct err *
fold(struct arena *arena, const struct store_events *page, const struct bound *bound,
    struct change_loaded *loaded, bool *ret_more)
{
	*ret_more = page->count == STORE_ROWS_MAX && !is_record(page);
	if (is_record(page))
		return NULL;
	for (size_t i = 0; i < page->count; i++) {
		const struct store_event *stored = &page->at[i];

		if (bound->includes != NULL && !bound->includes(bound->context, stored)) {
			*ret_more = false;
			return NULL;
		}
		TRY(change_fold(arena, stored, &loaded->callout));
		if (stored->version == 1)
			loaded->correlation = stored->correlation;
		loaded->last_event = stored->id;
		loaded->position = stored->position;
	}
	return NULL;
}

struct err *
change_load_until(struct store_session *session, struct arena *arena, struct uuid id,
    change_until_f includes, const void *context, struct change_loaded **ret)
{
	struct change_loaded *loaded = arena_new(arena, struct change_loaded);
	struct bound bound = { includes, context };
	struct store_events page;
	bool more;

	if (loaded == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to load an ECO");
	loaded->callout.id = id;
	do {
		TRY(store_read_stream(
		    session, arena, id, loaded->callout.version, STORE_ROWS_MAX, &page));
		TRY(fold(arena, &page, &bound, loaded, &more));
		if (loaded->callout.version > EVENTS_MAX)
			return ERR(arena, ERR_LIMIT, "ECO %.*s has more than %d events",
			    STR_ARG(uuid_text(arena, id)), EVENTS_MAX);
	} while (more);

	*ret = loaded->callout.version == 0 ? NULL : loaded;
	return NULL;
}

struct err *
change_load(
    struct store_session *session, struct arena *arena, struct uuid id, struct change_loaded **ret)
{
	return change_load_until(session, arena, id, NULL, NULL, ret);
}

/* Between whom an ECO is from here on. */
struct parties {
	struct uuid noc, osp;
};

static struct parties
parties_of(const struct change_loaded *loaded, const struct outcome *outcome)
{
	const struct eco_event *first = &outcome->events[0];

	if (outcome->event_count > 0 && first->type == ECO_EVENT_OSP_ENGAGED)
		return (struct parties){ loaded->callout.eco.noc, first->osp_engaged.osp };
	if (loaded->callout.version > 0)
		return (struct parties){ loaded->callout.eco.noc, loaded->callout.eco.osp };
	CHECK(outcome->event_count > 0 && first->type == ECO_EVENT_CREATED);
	return (struct parties){ first->created.noc, first->created.osp };
}

/* Write ${event} as the store keeps it, by way of ${scratch}. */
static struct err *
encode(const struct change *change, const struct change_loaded *loaded,
    const struct parties *parties, struct eco_event *event, struct buf scratch,
    struct store_event *ret)
{
	struct arena *arena = change->arena;

	TRY(event_seal(change->vault, change->session, arena, parties->noc, parties->osp, event));
	codec_encode_event(event, &scratch);
	if (scratch.overflowed)
		return ERR(arena, ERR_LIMIT, "event %.*s is too large",
		    STR_ARG(eco_event_name(event->type)));
	*ret = (struct store_event){
		.id = change->make_id(change->now),
		.type = eco_event_name(event->type),
		.schema_version = eco_event_version(event->type),
		.occurred_at = event->at,
		.actor = change->actor,
		.correlation = loaded->correlation,
		.causation =
		    uuid_is_nil(change->causation) ? loaded->last_event : change->causation,
		.payload = arena_copy(arena, buf_view(&scratch)),
	};
	return NULL;
}

static struct err *
encode_all(const struct change *change, const struct change_loaded *loaded,
    const struct parties *parties, const struct outcome *outcome, struct store_event **ret)
{
	struct buf scratch = buf_in(change->arena, CODEC_EVENT_BYTES_MAX);
	struct store_event *events =
	    arena_array(change->arena, struct store_event, outcome->event_count + 1);

	if (events == NULL)
		return ERR(change->arena, ERR_LIMIT, "no memory left to write events");
	for (size_t i = 0; i < outcome->event_count; i++) {
		struct eco_event event = outcome->events[i];

		TRY(encode(change, loaded, parties, &event, scratch, &events[i]));
	}
	*ret = events;
	return NULL;
}

/*
 * The key under which an effect is carried out once.  A poll may be asked for twice in
 * one moment, by its timer and again when the NOC has rejected what it showed.
 */
static struct str
effect_key(struct arena *arena, const struct callout *callout, const struct effect *effect)
{
	struct str key = arena_printf(arena, "%.*s:%.*s:%lld", STR_ARG(effect_name(effect->type)),
	    STR_ARG(uuid_text(arena, callout->id)), (long long)effect->number);

	if (effect->type != EFFECT_RENDER_POLL)
		return key;
	return arena_printf(arena, "%.*s:%lld", STR_ARG(key), (long long)callout->version);
}

static struct store_effect *
store_effects(
    const struct change *change, const struct callout *callout, const struct outcome *outcome)
{
	struct store_effect *effects =
	    arena_array(change->arena, struct store_effect, OUTCOME_EFFECTS_MAX);

	if (effects == NULL)
		return NULL;
	for (size_t i = 0; i < outcome->effect_count; i++) {
		const struct effect *effect = &outcome->effects[i];

		effects[i] = (struct store_effect){
			.key = effect_key(change->arena, callout, effect),
			.type = effect->type,
			.eco = callout->id,
			.number = effect->number,
			.provider_id = effect->provider_id,
			.due = outcome->now,
		};
	}
	return effects;
}

struct err *
change_append(const struct change *change, const struct change_loaded *loaded,
    const struct outcome *outcome, struct store_append_result *ret)
{
	const struct callout *callout = &loaded->callout;
	struct parties parties = parties_of(loaded, outcome);
	struct store_effect *effects = store_effects(change, callout, outcome);
	struct store_event *events = NULL;

	TRY(encode_all(change, loaded, &parties, outcome, &events));
	if (arena_exhausted(change->arena))
		return ERR(change->arena, ERR_LIMIT, "no memory left to record a decision");

	return store_append(change->session, change->arena,
	    &(struct store_append){
		.stream = callout->id,
		.expected_version = callout->version,
		.noc = parties.noc,
		.osp = parties.osp,
		.events = events,
		.event_count = outcome->event_count,
		.command_key = change->command_key,
		.command_scope = change->command_scope,
		.body_hash = change->body_hash,
		.answer = change->answer,
		.effects = effects,
		.effect_count = outcome->effect_count,
		.timers = outcome->timers,
		.timer_count = outcome->timer_count,
		.settles_effect = change->settles_effect,
		.bind_provider_id = change->bind_provider_id,
		.bind_number = change->bind_number,
		.settles_timer = change->settles_timer,
		.settled_kind = change->settled_kind,
		.settled_due = change->settled_due,
		.follower = change->follower,
		.move = change->move,
	    },
	    ret);
}

/* Decide on ${before}, or on what is loaded now when that is NULL. */
static struct err *
decide_once(
    const struct change *change, const struct change_loaded *before, struct change_result *ret)
{
	struct outcome *outcome = arena_new(change->arena, struct outcome);
	struct store_append_result appended;
	struct change filled = *change;
	const struct change_loaded *loaded = before;
	struct change_loaded *now;

	if (outcome == NULL)
		return ERR(change->arena, ERR_LIMIT, "no memory left to decide");
	if (loaded == NULL) {
		TRY(change_load(change->session, change->arena, change->eco, &now));
		loaded = now;
	}
	if (loaded == NULL) {
		*ret = (struct change_result){ .outcome = CHANGE_NO_ECO };
		return NULL;
	}
	outcome_init(outcome, change->now);
	outcome->chance = change->chance;
	if (!change->decide(change->context, &loaded->callout, outcome)) {
		*ret = (struct change_result){ .outcome = CHANGE_REFUSED };
		return NULL;
	}
	if (change->make_answer != NULL)
		filled.answer = change->make_answer(change->context, change->arena,
		    loaded->callout.version + (int64_t)outcome->event_count);
	TRY(change_append(&filled, loaded, outcome, &appended));
	*ret = (struct change_result){
		.outcome = appended.outcome == STORE_APPENDED   ? CHANGE_MADE
			   : appended.outcome == STORE_REPEATED ? CHANGE_REPEATED
								: CHANGE_KEY_REUSED,
		.version = appended.version,
		.answer = appended.outcome == STORE_APPENDED ? filled.answer : appended.answer,
	};
	return NULL;
}

struct err *
change_run(const struct change *change, struct change_result *ret)
{
	struct err *err = NULL;

	for (int i = 0; i < APP_DECISIONS_MAX; i++) {
		err = decide_once(change, i == 0 ? change->loaded : NULL, ret);
		if (err == NULL || err->kind != ERR_CONFLICT)
			return err;
	}
	return ERR_WRAP(change->arena, err, "ECO %.*s changed under %d decisions in a row",
	    STR_ARG(uuid_text(change->arena, change->eco)), APP_DECISIONS_MAX);
}
