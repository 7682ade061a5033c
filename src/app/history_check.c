#include "app/history_check.h"

#include "app/record_rebuild.h"

#define PROGRESS_EVERY 10000 /* lines */
#define LINE_ARENA     (64u << 20)

struct checking {
	const struct history_import *asked;
	struct history_checked *found;
	struct arena *arena; /* of one line */
	struct sha256_sum sum;
	struct history_ids streams;
	struct history_ids declared; /* organisations and agreements */
	struct str line;
	bool over; /* the end has been read */
};

static struct err *
wrong(struct checking *c, const char *what)
{
	return ERR(c->arena, ERR_CORRUPT, "%s", what);
}

static struct err *
check_header(struct checking *c, const struct history_header *header)
{
	if (header->version != HISTORY_VERSION)
		return ERR(c->arena, ERR_CORRUPT,
		    "the format has version %lld, and this program reads %d",
		    (long long)header->version, HISTORY_VERSION);
	c->found->header = *header;
	/* The line is given up soon. */
	c->found->header.handle = STR("");
	c->found->counts.head = header->head;
	return NULL;
}

/* One that is here without a record of its own keeps its name: it gets none from a file. */
static struct err *
note_organisation(struct checking *c, struct uuid id)
{
	struct store_record record;
	bool is_new, found;

	TRY(store_find_record(
	    c->asked->session, c->arena, RECORD_ORGANISATION, id, &found, &record));
	if (!found)
		(void)history_ids_get(&c->found->organisations, id, &is_new);
	return NULL;
}

static struct err *
check_organisation(struct checking *c, const struct store_organisation *organisation)
{
	struct store_session *session = c->asked->session;
	struct store_organisation here;
	bool is_new, found;

	(void)history_ids_get(&c->declared, organisation->id, &is_new);
	c->found->counts.organisations++;
	TRY(store_find_organisation(session, c->arena, organisation->id, STR(""), &found, &here));
	if (found)
		return note_organisation(c, organisation->id);
	TRY(store_find_organisation(
	    session, c->arena, UUID_NIL, organisation->handle, &found, &here));
	if (found)
		return ERR(c->arena, ERR_CONFLICT,
		    "the handle \"%.*s\" belongs to another organisation here",
		    STR_ARG(organisation->handle));
	return NULL;
}

static struct err *
check_agreement(struct checking *c, const struct history_agreement *agreement)
{
	struct store_agreement here;
	struct err *err;
	bool is_new;

	if (!history_ids_has(&c->declared, agreement->noc) ||
	    !history_ids_has(&c->declared, agreement->osp))
		return wrong(c, "the agreement's organisations do not stand before it");
	(void)history_ids_get(&c->declared, agreement->id, &is_new);
	c->found->counts.agreements++;
	err = store_get_agreement(c->asked->session, c->arena, agreement->id, &here);
	if (err == NULL)
		return NULL;
	if (err->kind != ERR_CORRUPT)
		return err;
	(void)history_ids_get(&c->found->agreements, agreement->id, &is_new);
	return NULL;
}

/* A number stands for one ECO of a pair: one that is another's here would stand for two. */
static struct err *
check_number(struct checking *c, const struct store_event *stored, struct str number)
{
	struct jobnumber parsed;
	struct store_board_row row;
	bool found;

	if (jobnumber_parse(number, &parsed) != JOBNUMBER_OK)
		return wrong(c, "the job number is none");
	TRY(store_find_board_by_number(c->asked->session, c->arena, number, &found, &row));
	if (found && !uuid_equal(row.eco, stored->stream) && uuid_equal(row.noc, stored->noc) &&
	    uuid_equal(row.osp, stored->osp))
		return ERR(c->arena, ERR_CONFLICT, "job number %.*s is another ECO's here",
		    STR_ARG(number));
	return NULL;
}

/* From here on the ECO is another OSP's, under an agreement and a number of its own. */
static struct err *
check_engagement(
    struct checking *c, const struct store_event *stored, const struct eco_osp_engaged *engaged)
{
	if (!uuid_equal(engaged->osp, stored->osp))
		return wrong(c, "another OSP is engaged than the event belongs to");
	if (!history_ids_has(&c->declared, engaged->agreement))
		return wrong(c, "the agreement of the engaged OSP does not stand before it");
	return check_number(c, stored, engaged->job_number);
}

/* An ECO begins with its creation, and is created once. */
static struct err *
check_creation(
    struct checking *c, const struct store_event *stored, const struct codec_events *events)
{
	const struct eco_created *created = NULL;

	for (size_t i = 0; i < events->count; i++) {
		if (events->at[i].type == ECO_EVENT_OSP_ENGAGED)
			TRY(check_engagement(c, stored, &events->at[i].osp_engaged));
		if (events->at[i].type != ECO_EVENT_CREATED)
			continue;
		if (created != NULL || i > 0 || stored->version != 1)
			return wrong(c, "an ECO is created twice");
		created = &events->at[i].created;
	}
	if (stored->version > 1)
		return NULL;
	if (created == NULL)
		return wrong(c, "the first event of an ECO is not its creation");
	if (!uuid_equal(created->noc, stored->noc) || !uuid_equal(created->osp, stored->osp))
		return wrong(c, "the ECO is created for others than its event is");
	if (!history_ids_has(&c->declared, created->agreement))
		return wrong(c, "the ECO's agreement does not stand before it");
	return check_number(c, stored, created->job_number);
}

/* A record's owners are what the record says. */
static struct err *
check_record(struct checking *c, const struct store_event *stored)
{
	struct record record;
	struct uuid noc, osp;

	TRY(record_decode_event(c->arena, stored, &record));
	record_owners(&record, &noc, &osp);
	if (!uuid_equal(noc, stored->noc) || !uuid_equal(osp, stored->osp))
		return wrong(c, "the record belongs to others than its event");
	return NULL;
}

static struct err *
check_payload(struct checking *c, const struct store_event *stored)
{
	struct codec_events *events = arena_new(c->arena, struct codec_events);
	struct str reason;

	if (record_is_event(stored))
		return check_record(c, stored);
	if (events == NULL)
		return wrong(c, "too large to be read");
	if (!codec_decode_events(c->arena, stored->type, stored->schema_version,
		stored->occurred_at, stored->payload, events, &reason))
		return ERR(
		    c->arena, ERR_CORRUPT, "the event cannot be read: %.*s", STR_ARG(reason));
	return check_creation(c, stored, events);
}

/* An ECO stays with its two companies, until its NOC engages another OSP. */
static struct err *
check_sides(struct checking *c, const struct store_event *event, struct history_id *stream)
{
	bool may_change =
	    event->version > 1 && str_equal(event->type, eco_event_name(ECO_EVENT_OSP_ENGAGED));

	if (!uuid_equal(stream->noc, event->noc) ||
	    (!may_change && !uuid_equal(stream->osp, event->osp)))
		return wrong(c, "the event belongs to others than its ECO");
	stream->osp = event->osp;
	return NULL;
}

/* The versions of an ECO follow each other. */
static struct err *
check_place(struct checking *c, const struct store_event *event)
{
	bool is_new;
	struct history_id *stream = history_ids_get(&c->streams, event->stream, &is_new);

	if (is_new && c->streams.count > HISTORY_STREAMS_MAX)
		return wrong(c, "too many ECOs for one file: export in parts, with --after");
	if (is_new) {
		stream->version = c->found->header.after == 0 ? 0 : event->version - 1;
		stream->noc = event->noc;
		stream->osp = event->osp;
		stream->is_record = record_is_event(event);
		c->found->counts.records += stream->is_record;
		c->found->counts.ecos += !stream->is_record;
	}
	if (stream->is_record != record_is_event(event))
		return wrong(c, "events of an ECO and of a record stand in one stream");
	TRY(check_sides(c, event, stream));
	if (event->version != stream->version + 1)
		return ERR(c->arena, ERR_CORRUPT,
		    "version %lld of ECO %.*s stands where version %lld belongs",
		    (long long)event->version, STR_ARG(uuid_text(c->arena, event->stream)),
		    (long long)stream->version + 1);
	stream->version = event->version;
	return NULL;
}

static struct err *
check_event(struct checking *c, const struct store_event *event)
{
	struct sha256 hash = store_event_hash(event, c->arena);

	if (!sha256_equal(hash, event->hash))
		return wrong(c, "the hash does not fit the event: something in it was changed");
	if (!history_ids_has(&c->declared, event->noc) ||
	    !history_ids_has(&c->declared, event->osp))
		return wrong(c, "the event's organisations do not stand before it");
	TRY(check_place(c, event));
	TRY(check_payload(c, event));
	c->found->counts.events++;
	return NULL;
}

/* What stands before the end has been counted and added up; the end itself is written one way. */
static struct err *
check_end(struct checking *c, const struct history_line *line)
{
	struct sha256 sum = sha256_end(&c->sum);
	struct buf again = buf_in(c->arena, c->line.len + 1);

	history_write(line, &again);
	if (!str_equal(buf_view(&again), c->line))
		return wrong(c, "the end is not written as an end is");
	if (line->end.lines != c->found->counts.lines ||
	    line->end.events != c->found->counts.events)
		return ERR(c->arena, ERR_CORRUPT,
		    "%lld lines with %lld events are announced, and there are %lld with %lld",
		    (long long)line->end.lines, (long long)line->end.events,
		    (long long)c->found->counts.lines, (long long)c->found->counts.events);
	if (!sha256_equal(sum, line->end.sum))
		return wrong(c, "the checksum does not fit the lines before: some byte of them, "
				"in a name or in a moment of recording, was changed");
	c->over = true;
	return NULL;
}

/* A key that our vault_key does not unwrap would be in the way of whose it is for ever. */
static struct err *
check_key(struct checking *c, const struct history_key *key)
{
	const struct store_person_key kept = {
		.person = key->person,
		.organisation = key->organisation,
		.wrapped = key->wrapped,
	};

	if (!history_ids_has(&c->declared, key->organisation))
		return wrong(c, "the key's organisation does not stand before it");
	return vault_check_key(c->asked->vault, c->arena, &kept);
}

static struct err *
check_kind(struct checking *c, const struct history_line *line)
{
	struct history_counts *counts = &c->found->counts;

	if ((line->kind == HISTORY_HEADER) != (counts->lines == 0))
		return wrong(
		    c, counts->lines == 0 ? "no history: it has no header" : "a second header");
	switch (line->kind) {
	case HISTORY_HEADER:
		return check_header(c, &line->header);
	case HISTORY_ORGANISATION:
		return check_organisation(c, &line->organisation);
	case HISTORY_AGREEMENT:
		return check_agreement(c, &line->agreement);
	case HISTORY_USER:
		counts->users++;
		return NULL;
	case HISTORY_KEY:
		counts->keys++;
		return check_key(c, &line->key);
	case HISTORY_EVENT:
		return check_event(c, &line->event);
	case HISTORY_END:
		return check_end(c, line);
	}
	UNREACHABLE("kind of a line");
}

static struct err *
check_line(struct checking *c)
{
	struct history_line line;
	struct str reason;

	if (c->over)
		return wrong(c, "something stands behind the end");
	if (!history_read(c->arena, c->line, &line, &reason))
		return ERR(c->arena, ERR_CORRUPT, "%.*s", STR_ARG(reason));
	TRY(check_kind(c, &line));
	if (arena_exhausted(c->arena))
		return wrong(c, "too large to be read");
	sha256_add(&c->sum, c->line);
	sha256_add(&c->sum, STR("\n"));
	c->found->counts.lines++;
	return NULL;
}

static struct err *
check_all(struct checking *c, struct history_reader *reader, struct arena *arena)
{
	struct history_counts *counts = &c->found->counts;
	struct err *err;
	bool any;

	TRY(history_reader_rewind(reader, arena));
	for (;;) {
		arena_reset(c->arena);
		TRY(history_reader_next(reader, arena, &any, &c->line));
		if (!any)
			break;
		err = check_line(c);
		if (err != NULL)
			return ERR(arena, err->kind, "line %lld: %.*s", (long long)reader->line,
			    STR_ARG(err->message));
		if (c->asked->progress != NULL && counts->lines % PROGRESS_EVERY == 0)
			c->asked->progress(c->asked->context, counts);
	}
	if (!c->over)
		return ERR(arena, ERR_CORRUPT, "line %lld: cut off: the file has no end",
		    (long long)reader->line + 1);
	return NULL;
}

struct err *
history_check(struct arena *arena, const struct history_import *asked,
    struct history_reader *reader, struct history_checked *ret)
{
	struct checking c = {
		.asked = asked,
		.found = ret,
		.arena = arena_create(LINE_ARENA),
	};
	struct err *err;

	*ret = (struct history_checked){ .counts = { .lines = 0 } };
	sha256_begin(&c.sum);
	err = check_all(&c, reader, arena);
	history_ids_fini(&c.streams);
	history_ids_fini(&c.declared);
	arena_destroy(c.arena);
	return err;
}
