#include "app/history_check.h"

#include <stdlib.h>

#include "app/record_rebuild.h"

/* A piece: one transaction. */
#define PIECE_EVENTS_MAX 500
#define PIECE_BYTES_MAX  (4u << 20)
#define PIECE_ARENA      (64u << 20)

/* An import under way. */
struct importing {
	const struct history_import *asked;
	struct history_checked found;
	struct arena *arena; /* of one piece */
	struct history_reader *reader;
	struct store_event run[PIECE_EVENTS_MAX]; /* events of one ECO that stand together */
	size_t run_count;
	size_t events, bytes;        /* of the piece so far */
	struct history_ids left_out; /* streams of records that have another history here */
	bool open;
};

/* What the last event of the run says is how the record stands, unless it is newer here. */
static struct err *
put_record(struct importing *i)
{
	const struct store_event *last = &i->run[i->run_count - 1];
	struct arena_mark mark = arena_mark(i->arena);
	bool taken;

	if (!record_is_event(last))
		return NULL;
	TRY(record_put_event(i->asked->vault, i->asked->session, i->arena, last, &taken));
	if (taken)
		return ERR(i->arena, ERR_CONFLICT,
		    "record %.*s has a name, an identity, a place or a secret that is another's "
		    "here",
		    STR_ARG(uuid_text(i->arena, last->stream)));
	arena_release(i->arena, mark);
	return NULL;
}

/*
 * Whether the run is of a record that is not to be touched: nobody asked for records, or it
 * was made here as well, and what is here stays.  Then all of its stream is left out.
 */
static struct err *
is_left_out(struct importing *i, bool *ret)
{
	const struct store_event *first = &i->run[0];
	struct arena_mark mark = arena_mark(i->arena);
	struct store_events here;
	bool is_new;

	*ret = record_is_event(first) &&
	       (!i->asked->with_directory || history_ids_has(&i->left_out, first->stream) ||
		   history_ids_has(&i->found.organisations, first->stream));
	if (*ret || !record_is_event(first))
		return NULL;
	TRY(store_read_stream(
	    i->asked->session, i->arena, first->stream, first->version - 1, i->run_count, &here));
	for (size_t j = 0; j < here.count && !*ret; j++)
		*ret = !sha256_equal(here.at[j].hash, i->run[j].hash);
	if (*ret)
		(void)history_ids_get(&i->left_out, first->stream, &is_new);
	arena_release(i->arena, mark);
	return NULL;
}

/* Append the run.  Whatever order the ECOs' events have in the file, the log gets the same. */
static struct err *
append_run(struct importing *i)
{
	bool left_out = false;
	size_t added;

	if (i->run_count == 0)
		return NULL;
	TRY(is_left_out(i, &left_out));
	if (left_out) {
		i->found.counts.left_out += (int64_t)i->run_count;
		i->run_count = 0;
		return NULL;
	}
	TRY(store_import(i->asked->session, i->arena, i->run, i->run_count, &added));
	TRY(put_record(i));
	i->found.counts.added += (int64_t)added;
	i->run_count = 0;
	return NULL;
}

static struct err *
end_piece(struct importing *i)
{
	if (!i->open)
		return NULL;
	TRY(append_run(i));
	TRY(store_commit(i->asked->session, i->arena));
	i->open = false;
	i->events = i->bytes = 0;
	arena_reset(i->arena);
	if (i->asked->progress != NULL)
		i->asked->progress(i->asked->context, &i->found.counts);
	return NULL;
}

static struct err *
begin_piece(struct importing *i)
{
	if (i->open)
		return NULL;
	TRY(store_begin(i->asked->session, i->arena, UUID_NIL));
	i->open = true;
	return NULL;
}

static struct err *
plant(struct importing *i, const struct store_seed *seed)
{
	return store_plant(i->asked->session, i->arena, seed);
}

static struct err *
take_organisation(struct importing *i, const struct store_organisation *organisation)
{
	struct store_organisation here;
	bool found;

	TRY(store_find_organisation(
	    i->asked->session, i->arena, organisation->id, STR(""), &found, &here));
	if (found)
		return NULL;
	return plant(
	    i, &(struct store_seed){ .organisations = organisation, .organisation_count = 1 });
}

/* It has ended: it is there for its ECOs to be read, and nobody is engaged by it. */
static struct err *
take_agreement(struct importing *i, const struct history_agreement *agreement)
{
	struct instant until = i->found.header.exported_at;
	struct store_seed_agreement row = {
		.agreement = {
			.id = agreement->id,
			.noc = agreement->noc,
			.osp = agreement->osp,
			.number_prefix = agreement->prefix,
			.terms = agreement->terms,
		},
		.valid_from = { until.us - 1 },
		.has_valid_until = true,
		.valid_until = until,
	};

	if (!history_ids_has(&i->found.agreements, agreement->id))
		return NULL;
	return plant(i, &(struct store_seed){ .agreements = &row, .agreement_count = 1 });
}

/* A user without a role in any organisation: a name for what they once did. */
static struct err *
take_user(struct importing *i, const struct store_user_name *user)
{
	struct store_membership alone = { .user = user->user, .user_handle = user->handle };

	return plant(i, &(struct store_seed){ .memberships = &alone, .membership_count = 1 });
}

static struct err *
take_key(struct importing *i, const struct history_key *key)
{
	struct store_person_key row = {
		.person = key->person,
		.organisation = key->organisation,
		.wrapped = key->wrapped,
	};

	return store_add_person_keys(i->asked->session, i->arena, &row, 1);
}

/* The job number that ${event} gives to an ECO; empty when it gives none. */
static struct str
number_of(const struct eco_event *event)
{
	if (event->type == ECO_EVENT_CREATED)
		return event->created.job_number;
	if (event->type == ECO_EVENT_OSP_ENGAGED)
		return event->osp_engaged.job_number;
	return STR("");
}

/* Numbers that the file's ECOs have are never given again. */
static struct err *
take_number(struct importing *i, const struct store_event *stored)
{
	bool may_engage = str_equal(stored->type, eco_event_name(ECO_EVENT_OSP_ENGAGED));
	struct codec_events *events = arena_new(i->arena, struct codec_events);
	struct jobnumber number;
	struct str reason;

	if (record_is_event(stored) || (stored->version > 1 && !may_engage))
		return NULL;
	if (events == NULL)
		return ERR(i->arena, ERR_LIMIT, "no memory left for an import");
	if (!codec_decode_events(i->arena, stored->type, stored->schema_version,
		stored->occurred_at, stored->payload, events, &reason) ||
	    events->count == 0 ||
	    jobnumber_parse(number_of(&events->at[0]), &number) != JOBNUMBER_OK)
		return ERR(i->arena, ERR_CORRUPT, "the file was changed while it was read");
	return store_raise_job_number(
	    i->asked->session, i->arena, stored->noc, stored->osp, number.type, number.sequence);
}

static struct err *
take_event(struct importing *i, const struct store_event *event)
{
	if (i->run_count > 0 && !uuid_equal(i->run[0].stream, event->stream))
		TRY(append_run(i));
	TRY(take_number(i, event));
	i->run[i->run_count++] = *event;
	i->events++;
	return NULL;
}

static struct err *
take(struct importing *i, const struct history_line *line)
{
	TRY(begin_piece(i));
	switch (line->kind) {
	case HISTORY_ORGANISATION:
		return take_organisation(i, &line->organisation);
	case HISTORY_AGREEMENT:
		return take_agreement(i, &line->agreement);
	case HISTORY_USER:
		return take_user(i, &line->user);
	case HISTORY_KEY:
		return take_key(i, &line->key);
	case HISTORY_EVENT:
		return take_event(i, &line->event);
	case HISTORY_HEADER:
	case HISTORY_END:
		return NULL;
	}
	UNREACHABLE("kind of a line");
}

static struct err *
take_line(struct importing *i, struct str text)
{
	struct history_line line;
	struct str reason;

	if (i->events == PIECE_EVENTS_MAX || i->bytes + text.len > PIECE_BYTES_MAX)
		TRY(end_piece(i));
	i->bytes += text.len;
	if (!history_read(i->arena, text, &line, &reason))
		return ERR(i->arena, ERR_CORRUPT, "%.*s", STR_ARG(reason));
	return take(i, &line);
}

static struct err *
take_all(struct importing *i)
{
	struct str text;
	bool any;

	for (;;) {
		TRY(history_reader_next(i->reader, i->arena, &any, &text));
		if (!any)
			return end_piece(i);
		TRY(take_line(i, text));
	}
}

static struct err *
import_checked(struct arena *arena, struct importing *i)
{
	struct err *err;

	TRY(history_reader_rewind(i->reader, arena));
	i->found.counts.is_wanted = true;
	i->arena = arena_create(PIECE_ARENA);
	err = take_all(i);
	if (err != NULL && i->open)
		store_rollback(i->asked->session);
	/* The fault lives in what is given up here. */
	if (err != NULL)
		err = ERR(arena, err->kind, "line %lld: %.*s", (long long)i->reader->line,
		    STR_ARG(err->message));
	arena_destroy(i->arena);
	return err;
}

struct err *
history_import(struct arena *arena, const struct history_import *import, struct history_counts *ret)
{
	struct importing *i = calloc(1, sizeof(*i));
	struct history_reader reader;
	struct err *err;

	CHECK(i != NULL);
	i->asked = import;
	i->reader = &reader;
	history_reader_init(&reader, import);
	err = history_check(arena, import, &reader, &i->found);
	if (err == NULL && !import->dry_run)
		err = import_checked(arena, i);
	*ret = i->found.counts;
	history_ids_fini(&i->found.agreements);
	history_ids_fini(&i->found.organisations);
	history_ids_fini(&i->left_out);
	history_reader_fini(&reader);
	free(i);
	return err;
}
