#include "app/history.h"

#include "app/event_vault.h"
#include "app/history_ids.h"
#include "app/record_rebuild.h"
#include "store/store_feed.h"

#define BATCH       100
#define PAGE        20
#define BATCH_BYTES (384u << 20) /* of that many of the largest records, with a line */

/* An export under way. */
struct exporting {
	const struct history_export *asked;
	struct arena *arena; /* of one batch */
	struct sha256_sum sum;
	struct history_counts counts;
	struct history_ids
	    known; /* what has been written of organisations, agreements, users ... */
	struct history_ids people; /* ... and keys */
	struct buf line;
};

static struct err *
put(struct exporting *e, const struct history_line *line)
{
	struct str bytes;

	e->line.len = 0;
	history_write(line, &e->line);
	buf_char(&e->line, '\n');
	if (e->line.overflowed)
		return ERR(e->arena, ERR_LIMIT, "a line would be longer than %d bytes",
		    HISTORY_LINE_BYTES_MAX);
	bytes = buf_view(&e->line);
	sha256_add(&e->sum, bytes);
	e->counts.lines++;
	return e->asked->put(e->asked->context, e->arena, bytes);
}

/* Whether ${id} is met for the first time. */
static bool
is_new(struct history_ids *met, struct uuid id)
{
	bool ret;

	(void)history_ids_get(met, id, &ret);
	return ret;
}

static struct err *
put_organisation(struct exporting *e, struct uuid id)
{
	struct history_line line = { .kind = HISTORY_ORGANISATION };
	bool found;

	if (!is_new(&e->known, id))
		return NULL;
	TRY(store_find_organisation(
	    e->asked->session, e->arena, id, STR(""), &found, &line.organisation));
	if (!found)
		return ERR(
		    e->arena, ERR_CORRUPT, "an event names an organisation that is not there");
	e->counts.organisations++;
	return put(e, &line);
}

/* Who is not known any more is left out. */
static struct err *
put_user(struct exporting *e, struct uuid id)
{
	struct history_line line = { .kind = HISTORY_USER };
	size_t count;

	if (uuid_is_nil(id) || !is_new(&e->known, id))
		return NULL;
	TRY(store_find_users(e->asked->session, e->arena, &id, 1, &line.user, &count));
	if (count == 0)
		return NULL;
	e->counts.users++;
	return put(e, &line);
}

static struct err *
put_agreement(struct exporting *e, struct uuid id)
{
	struct history_line line = { .kind = HISTORY_AGREEMENT };
	struct store_agreement agreement;

	if (uuid_is_nil(id) || !is_new(&e->known, id))
		return NULL;
	TRY(store_get_agreement(e->asked->session, e->arena, id, &agreement));
	line.agreement = (struct history_agreement){
		.id = agreement.id,
		.noc = agreement.noc,
		.osp = agreement.osp,
		.prefix = agreement.number_prefix,
		.terms = agreement.terms,
	};
	e->counts.agreements++;
	return put(e, &line);
}

/* The keys of ${count} people that there are (any more). */
static struct err *
put_keys_of(struct exporting *e, const struct uuid *people, size_t count)
{
	struct store_person_keys keys;

	if (count == 0)
		return NULL;
	TRY(store_find_person_keys(e->asked->session, e->arena, people, count, &keys));
	for (size_t i = 0; i < keys.count; i++) {
		struct history_line line = { .kind = HISTORY_KEY };

		if (keys.at[i].erased)
			continue;
		line.key = (struct history_key){ keys.at[i].person, keys.at[i].organisation,
			keys.at[i].wrapped };
		e->counts.keys++;
		TRY(put(e, &line));
	}
	return NULL;
}

static struct err *
put_keys(struct exporting *e, const struct pager_list *plan)
{
	struct uuid people[ROSTER_PEOPLE_MAX];
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++) {
		if (!uuid_is_nil(plan->people[i].id) && is_new(&e->people, plan->people[i].id))
			people[count++] = plan->people[i].id;
	}
	return put_keys_of(e, people, count);
}

/* Whom a record names, and the key of its own texts. */
static struct err *
put_referred_by_record(struct exporting *e, const struct store_event *stored)
{
	struct record record;

	TRY(record_decode_event(e->arena, stored, &record));
	if (record.kind == RECORD_MEMBERSHIP)
		TRY(put_user(e, record.membership.user));
	if (record.kind == RECORD_TOKEN)
		TRY(put_user(e, record.token.user));
	if (!e->asked->with_keys || !is_new(&e->people, stored->stream))
		return NULL;
	return put_keys_of(e, &stored->stream, 1);
}

/* The key of the side that keeps something to itself in ${event}. */
static struct err *
put_key_of_side(
    struct exporting *e, const struct store_event *stored, const struct eco_event *event)
{
	struct uuid side;

	if (!e->asked->with_keys || !event_is_sealed(stored->noc, stored->osp, event, &side) ||
	    !is_new(&e->people, side))
		return NULL;
	return put_keys_of(e, &side, 1);
}

/* What the payload refers to. */
static struct err *
put_referred(struct exporting *e, const struct store_event *stored)
{
	struct codec_events *events = arena_new(e->arena, struct codec_events);
	struct str reason;

	if (record_is_event(stored))
		return put_referred_by_record(e, stored);
	if (events == NULL)
		return ERR(e->arena, ERR_LIMIT, "no memory left for an export");
	if (!codec_decode_events(e->arena, stored->type, stored->schema_version,
		stored->occurred_at, stored->payload, events, &reason))
		return ERR(e->arena, ERR_CORRUPT, "event %lld of ECO %.*s cannot be read: %.*s",
		    (long long)stored->version, STR_ARG(uuid_text(e->arena, stored->stream)),
		    STR_ARG(reason));
	for (size_t i = 0; i < events->count; i++) {
		const struct eco_event *event = &events->at[i];

		if (event->type == ECO_EVENT_CREATED)
			TRY(put_agreement(e, event->created.agreement));
		if (event->type == ECO_EVENT_OSP_ENGAGED)
			TRY(put_agreement(e, event->osp_engaged.agreement));
		TRY(put_key_of_side(e, stored, event));
		if (event->type == ECO_EVENT_PAGER_DISPATCHED && e->asked->with_keys)
			TRY(put_keys(e, event->pager_dispatched.plan));
	}
	return NULL;
}

static struct err *
put_event(struct exporting *e, const struct store_event *event)
{
	struct history_line line = { .kind = HISTORY_EVENT, .event = *event };

	TRY(put_organisation(e, event->noc));
	TRY(put_organisation(e, event->osp));
	TRY(put_user(e, event->actor.user));
	TRY(put_referred(e, event));
	e->counts.events++;
	if (record_is_event(event))
		e->counts.records += event->version == 1;
	else
		e->counts.ecos += event->version == 1;
	return put(e, &line);
}

/* The last event before ${engaged} that was of the exporting organisation's time; 0: none was. */
static struct err *
find_own(struct exporting *e, const struct store_event *engaged, int64_t *ret)
{
	struct store_events page;
	int64_t after = 0;

	*ret = 0;
	do {
		struct arena_mark mark = arena_mark(e->arena);

		TRY(store_read_stream(
		    e->asked->session, e->arena, engaged->stream, after, PAGE, &page));
		for (size_t i = 0; i < page.count && after + 1 < engaged->version; i++) {
			after = page.at[i].version;
			if (uuid_equal(page.at[i].osp, e->asked->organisation))
				*ret = after;
		}
		arena_release(e->arena, mark);
	} while (after + 1 < engaged->version && page.count > 0);
	return NULL;
}

/*
 * An OSP that takes an ECO over has all of it from then on, and no version of it stands
 * alone: what happened under others since it last had it comes first.
 */
static struct err *
put_earlier(struct exporting *e, const struct store_event *engaged)
{
	struct store_events page;
	int64_t after;

	if (!str_equal(engaged->type, eco_event_name(ECO_EVENT_OSP_ENGAGED)) ||
	    !uuid_equal(engaged->osp, e->asked->organisation) ||
	    uuid_equal(engaged->noc, e->asked->organisation))
		return NULL;
	TRY(find_own(e, engaged, &after));
	while (after + 1 < engaged->version) {
		struct arena_mark mark = arena_mark(e->arena);

		TRY(store_read_stream(
		    e->asked->session, e->arena, engaged->stream, after, PAGE, &page));
		for (size_t i = 0; i < page.count && after + 1 < engaged->version; i++) {
			struct arena_mark own = arena_mark(e->arena);

			TRY(put_event(e, &page.at[i]));
			arena_release(e->arena, own);
			after = page.at[i].version;
		}
		if (page.count == 0)
			return ERR(e->arena, ERR_CORRUPT, "an ECO has a gap before version %lld",
			    (long long)engaged->version);
		arena_release(e->arena, mark);
	}
	return NULL;
}

/* One batch of events behind ${after}; ${ret_more} is false at the head. */
static struct err *
put_batch(struct exporting *e, int64_t *after, bool *ret_more)
{
	struct store_events events;

	TRY(store_export(
	    e->asked->session, e->arena, e->asked->organisation, *after, BATCH, &events));
	*ret_more = events.count == BATCH;
	for (size_t i = 0; i < events.count; i++) {
		struct arena_mark mark = arena_mark(e->arena);

		if (events.at[i].position > e->counts.head) {
			*ret_more = false;
			return NULL;
		}
		TRY(put_earlier(e, &events.at[i]));
		TRY(put_event(e, &events.at[i]));
		*after = events.at[i].position;
		arena_release(e->arena, mark);
	}
	if (e->asked->progress != NULL)
		e->asked->progress(e->asked->context, &e->counts);
	return NULL;
}

static struct err *
put_header(struct exporting *e)
{
	struct history_line line = { .kind = HISTORY_HEADER };
	struct store_subscriptions subscriptions;
	struct store_organisation organisation;
	bool found;

	TRY(store_list_subscriptions(e->asked->session, e->arena, &subscriptions));
	TRY(store_find_organisation(
	    e->asked->session, e->arena, e->asked->organisation, STR(""), &found, &organisation));
	if (!found)
		return ERR(e->arena, ERR_CORRUPT, "there is no such organisation");
	e->counts.head = subscriptions.head;
	line.header = (struct history_header){
		.version = HISTORY_VERSION,
		.organisation = organisation.id,
		.handle = organisation.handle,
		.after = e->asked->after,
		.head = subscriptions.head,
		.exported_at = e->asked->now,
	};
	return put(e, &line);
}

static struct err *
put_all(struct exporting *e)
{
	struct history_line end = { .kind = HISTORY_END };
	int64_t after = e->asked->after;
	bool more;

	TRY(put_header(e));
	do {
		struct arena_mark mark = arena_mark(e->arena);

		TRY(put_batch(e, &after, &more));
		arena_release(e->arena, mark);
	} while (more);
	end.end = (struct history_end){ e->counts.lines, e->counts.events, sha256_end(&e->sum) };
	return put(e, &end);
}

struct err *
history_export(struct arena *arena, const struct history_export *export, struct history_counts *ret)
{
	struct exporting e = { .asked = export, .arena = arena_create(BATCH_BYTES) };
	struct err *err;

	e.line = buf_in(e.arena, HISTORY_LINE_BYTES_MAX);
	sha256_begin(&e.sum);
	err = put_all(&e);
	/* The fault lives in what is given up here. */
	if (err != NULL)
		err = err_explain(ERR(arena, err->kind, "%.*s", STR_ARG(err->message)),
		    arena_copy(arena, err->detail), arena_copy(arena, err->hint));
	arena_destroy(e.arena);
	history_ids_fini(&e.known);
	history_ids_fini(&e.people);
	*ret = e.counts;
	return err;
}
