#include "app/history.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/json.h"

#define FORMAT STR("strike-history")

/* ---- writing ---- */

static void
begin_member(struct json_writer *w, struct str name)
{
	json_name(w, name);
	json_begin_map(w);
}

static void
write_header(struct json_writer *w, const struct history_header *header)
{
	json_member_text(w, STR("format"), FORMAT);
	json_member_int(w, STR("version"), header->version);
	begin_member(w, STR("organisation"));
	json_member_uuid(w, STR("id"), header->organisation);
	json_member_text(w, STR("handle"), header->handle);
	json_end_map(w);
	json_member_int(w, STR("after"), header->after);
	json_member_int(w, STR("head"), header->head);
	json_member_instant(w, STR("exportedAt"), header->exported_at);
}

static void
write_organisation(struct json_writer *w, const struct store_organisation *organisation)
{
	begin_member(w, STR("organisation"));
	json_member_uuid(w, STR("id"), organisation->id);
	json_member_text(w, STR("handle"), organisation->handle);
	json_member_text(w, STR("name"), organisation->name);
	json_member_bool(w, STR("noc"), organisation->is_noc);
	json_member_bool(w, STR("osp"), organisation->is_osp);
	json_end_map(w);
}

static void
write_agreement(struct json_writer *w, const struct history_agreement *agreement)
{
	const struct eco_terms *terms = &agreement->terms;

	begin_member(w, STR("agreement"));
	json_member_uuid(w, STR("id"), agreement->id);
	json_member_uuid(w, STR("noc"), agreement->noc);
	json_member_uuid(w, STR("osp"), agreement->osp);
	json_member_text(w, STR("prefix"), agreement->prefix);
	begin_member(w, STR("terms"));
	json_member_int(w, STR("ringS"), terms->ring_s);
	json_member_int(w, STR("loops"), terms->loops);
	json_member_int(w, STR("retryAfterS"), terms->retry_after_s);
	json_member_int(w, STR("retries"), terms->retries);
	json_member_int(w, STR("graceS"), terms->grace_s);
	json_member_int(w, STR("pollS"), terms->poll_s);
	json_member_int(w, STR("pollGraceS"), terms->poll_grace_s);
	json_member_int(w, STR("arrivalS"), terms->arrival_s);
	json_member_int(w, STR("arrivalGraceS"), terms->arrival_grace_s);
	json_end_map(w);
	json_end_map(w);
}

static void
write_user(struct json_writer *w, const struct store_user_name *user)
{
	begin_member(w, STR("user"));
	json_member_uuid(w, STR("id"), user->user);
	json_member_text(w, STR("handle"), user->handle);
	json_end_map(w);
}

static void
write_key(struct json_writer *w, const struct history_key *key)
{
	char memory[BASE64_LENGTH(STORE_WRAPPED_KEY_BYTES_MAX)];
	struct buf text = buf_over(memory, sizeof(memory));

	base64_encode(&text, key->wrapped);
	begin_member(w, STR("key"));
	json_member_uuid(w, STR("person"), key->person);
	json_member_uuid(w, STR("organisation"), key->organisation);
	json_member_text(w, STR("wrapped"), buf_view(&text));
	json_end_map(w);
}

static void
write_actor(struct json_writer *w, const struct store_actor *actor)
{
	begin_member(w, STR("actor"));
	json_member_text(w, STR("kind"), store_actor_kind_name(actor->kind));
	json_member_text(w, STR("name"), actor->name);
	json_member_uuid(w, STR("user"), actor->user);
	json_member_uuid(w, STR("organisation"), actor->organisation);
	json_end_map(w);
}

static void
write_event(struct json_writer *w, const struct store_event *event)
{
	begin_member(w, STR("event"));
	json_member_uuid(w, STR("id"), event->id);
	json_member_uuid(w, STR("stream"), event->stream);
	json_member_int(w, STR("version"), event->version);
	json_member_uuid(w, STR("noc"), event->noc);
	json_member_uuid(w, STR("osp"), event->osp);
	json_member_text(w, STR("type"), event->type);
	json_member_int(w, STR("schemaVersion"), event->schema_version);
	json_member_instant(w, STR("occurredAt"), event->occurred_at);
	json_member_instant(w, STR("recordedAt"), event->recorded_at);
	write_actor(w, &event->actor);
	json_member_uuid(w, STR("correlation"), event->correlation);
	json_member_uuid(w, STR("causation"), event->causation);
	json_member_text(w, STR("payload"), event->payload);
	json_member_digest(w, STR("hash"), event->hash);
	json_end_map(w);
}

static void
write_end(struct json_writer *w, const struct history_end *end)
{
	begin_member(w, STR("end"));
	json_member_int(w, STR("lines"), end->lines);
	json_member_int(w, STR("events"), end->events);
	json_member_digest(w, STR("sha256"), end->sum);
	json_end_map(w);
}

static void
write_body(struct json_writer *w, const struct history_line *line)
{
	switch (line->kind) {
	case HISTORY_HEADER:
		write_header(w, &line->header);
		return;
	case HISTORY_ORGANISATION:
		write_organisation(w, &line->organisation);
		return;
	case HISTORY_AGREEMENT:
		write_agreement(w, &line->agreement);
		return;
	case HISTORY_USER:
		write_user(w, &line->user);
		return;
	case HISTORY_KEY:
		write_key(w, &line->key);
		return;
	case HISTORY_EVENT:
		write_event(w, &line->event);
		return;
	case HISTORY_END:
		write_end(w, &line->end);
		return;
	}
	UNREACHABLE("kind of a line");
}

void
history_write(const struct history_line *line, struct buf *buf)
{
	struct json_writer w = json_writer(buf);

	json_begin_map(&w);
	write_body(&w, line);
	json_end_map(&w);
}

/* ---- reading ---- */

/* An object whose members are taken one after another; the first that is wrong is remembered. */
struct reader {
	struct arena *arena;
	const struct json *object;
	struct str *reason; /* empty: nothing was wrong so far */
};

static void
fail(const struct reader *r, struct str name, const char *problem)
{
	if (!str_empty(*r->reason))
		return;
	*r->reason = arena_printf(r->arena, "the member \"%.*s\" %s", STR_ARG(name), problem);
	if (str_empty(*r->reason))
		*r->reason = STR("the line is too large");
}

static const struct json *
need(const struct reader *r, struct str name, enum json_type type)
{
	const struct json *value = json_find(r->object, name);

	if (value != NULL && value->type == type)
		return value;
	fail(r, name, value == NULL ? "is missing" : "is of another type");
	return NULL;
}

static struct reader
need_object(const struct reader *r, struct str name)
{
	return (struct reader){ r->arena, need(r, name, JSON_MAP), r->reason };
}

static struct str
need_text(const struct reader *r, struct str name)
{
	const struct json *value = need(r, name, JSON_TEXT);

	return value == NULL ? STR("") : value->text;
}

static struct str
need_some_text(const struct reader *r, struct str name)
{
	struct str text = need_text(r, name);

	if (str_empty(text))
		fail(r, name, "is empty");
	return text;
}

static bool
need_bool(const struct reader *r, struct str name)
{
	const struct json *value = need(r, name, JSON_BOOL);

	return value != NULL && value->boolean;
}

static int64_t
need_int(const struct reader *r, struct str name, int64_t least)
{
	const struct json *value = need(r, name, JSON_INT);

	if (value == NULL)
		return least;
	if (value->integer < least)
		fail(r, name, "is too small");
	return value->integer;
}

/* What was not written from the beginning. */
static int64_t
int_or(const struct reader *r, struct str name, int64_t otherwise)
{
	return r->object == NULL || json_find(r->object, name) == NULL ? otherwise
								       : need_int(r, name, 0);
}

static struct uuid
need_uuid(const struct reader *r, struct str name)
{
	struct uuid id = UUID_NIL;

	if (!uuid_parse(need_text(r, name), &id))
		fail(r, name, "is no UUID");
	return id;
}

/* An id of something, not of nothing. */
static struct uuid
need_id(const struct reader *r, struct str name)
{
	struct uuid id = need_uuid(r, name);

	if (uuid_is_nil(id))
		fail(r, name, "is the Nil UUID");
	return id;
}

static struct instant
need_instant(const struct reader *r, struct str name)
{
	struct instant when = { 0 };

	if (!instant_parse(need_text(r, name), &when))
		fail(r, name, "is no date and time");
	return when;
}

static struct sha256
need_hash(const struct reader *r, struct str name)
{
	struct str text = need_text(r, name);
	struct sha256 hash = { { 0 } };

	if (!hex_parse_digest(text, &hash))
		fail(r, name, "is not 64 hexadecimal digits");
	return hash;
}

static void
read_header(const struct reader *r, struct history_line *ret)
{
	struct history_header *header = &ret->header;
	struct reader organisation = need_object(r, STR("organisation"));

	ret->kind = HISTORY_HEADER;
	if (!str_equal(need_text(r, STR("format")), FORMAT))
		fail(r, STR("format"), "is not \"strike-history\"");
	header->version = need_int(r, STR("version"), 1);
	header->organisation = need_id(&organisation, STR("id"));
	header->handle = need_some_text(&organisation, STR("handle"));
	header->after = need_int(r, STR("after"), 0);
	header->head = need_int(r, STR("head"), 0);
	header->exported_at = need_instant(r, STR("exportedAt"));
}

static void
read_organisation(const struct reader *r, struct history_line *ret)
{
	ret->kind = HISTORY_ORGANISATION;
	ret->organisation.id = need_id(r, STR("id"));
	ret->organisation.handle = need_some_text(r, STR("handle"));
	ret->organisation.name = need_text(r, STR("name"));
	ret->organisation.is_noc = need_bool(r, STR("noc"));
	ret->organisation.is_osp = need_bool(r, STR("osp"));
}

static void
read_agreement(const struct reader *r, struct history_line *ret)
{
	struct history_agreement *agreement = &ret->agreement;
	struct reader terms = need_object(r, STR("terms"));

	ret->kind = HISTORY_AGREEMENT;
	agreement->id = need_id(r, STR("id"));
	agreement->noc = need_id(r, STR("noc"));
	agreement->osp = need_id(r, STR("osp"));
	agreement->prefix = need_some_text(r, STR("prefix"));
	agreement->terms = (struct eco_terms){
		.ring_s = need_int(&terms, STR("ringS"), 0),
		.loops = need_int(&terms, STR("loops"), 0),
		.retry_after_s = need_int(&terms, STR("retryAfterS"), 0),
		.retries = need_int(&terms, STR("retries"), 0),
		.grace_s = need_int(&terms, STR("graceS"), 0),
		.poll_s = need_int(&terms, STR("pollS"), 0),
		.poll_grace_s = need_int(&terms, STR("pollGraceS"), 0),
		.arrival_s = int_or(&terms, STR("arrivalS"), ECO_ARRIVAL_S_DEFAULT),
		.arrival_grace_s =
		    int_or(&terms, STR("arrivalGraceS"), ECO_ARRIVAL_GRACE_S_DEFAULT),
	};
}

static void
read_user(const struct reader *r, struct history_line *ret)
{
	ret->kind = HISTORY_USER;
	ret->user.user = need_id(r, STR("id"));
	ret->user.handle = need_some_text(r, STR("handle"));
}

static void
read_key(const struct reader *r, struct history_line *ret)
{
	struct buf wrapped = buf_in(r->arena, STORE_WRAPPED_KEY_BYTES_MAX);

	ret->kind = HISTORY_KEY;
	ret->key.person = need_id(r, STR("person"));
	ret->key.organisation = need_id(r, STR("organisation"));
	if (!base64_decode(&wrapped, need_some_text(r, STR("wrapped"))) || wrapped.overflowed)
		fail(r, STR("wrapped"), "is no key in base64");
	ret->key.wrapped = buf_view(&wrapped);
}

static void
read_actor(const struct reader *r, struct store_actor *ret)
{
	struct reader actor = need_object(r, STR("actor"));

	if (!store_actor_kind_find(need_text(&actor, STR("kind")), &ret->kind))
		fail(&actor, STR("kind"), "is none of user, process and provider");
	ret->name = need_text(&actor, STR("name"));
	ret->user = need_uuid(&actor, STR("user"));
	ret->organisation = need_uuid(&actor, STR("organisation"));
}

static void
read_event(const struct reader *r, struct history_line *ret)
{
	struct store_event *event = &ret->event;

	ret->kind = HISTORY_EVENT;
	event->id = need_id(r, STR("id"));
	event->stream = need_id(r, STR("stream"));
	event->version = need_int(r, STR("version"), 1);
	event->noc = need_id(r, STR("noc"));
	event->osp = need_id(r, STR("osp"));
	event->type = need_some_text(r, STR("type"));
	event->schema_version = need_int(r, STR("schemaVersion"), 1);
	event->occurred_at = need_instant(r, STR("occurredAt"));
	event->recorded_at = need_instant(r, STR("recordedAt"));
	read_actor(r, &event->actor);
	event->correlation = need_uuid(r, STR("correlation"));
	event->causation = need_uuid(r, STR("causation"));
	event->payload = need_some_text(r, STR("payload"));
	event->hash = need_hash(r, STR("hash"));
}

static void
read_end(const struct reader *r, struct history_line *ret)
{
	ret->kind = HISTORY_END;
	ret->end.lines = need_int(r, STR("lines"), 0);
	ret->end.events = need_int(r, STR("events"), 0);
	ret->end.sum = need_hash(r, STR("sha256"));
}

struct kind_row {
	struct str name;
	void (*read)(const struct reader *r, struct history_line *ret);
};

static const struct kind_row kinds[] = {
	{ STR("event"), read_event },
	{ STR("organisation"), read_organisation },
	{ STR("agreement"), read_agreement },
	{ STR("user"), read_user },
	{ STR("key"), read_key },
	{ STR("end"), read_end },
};

/* A line is an object of one member, which says what it is; the header has several. */
static bool
read_body(struct reader *r, const struct json *document, struct history_line *ret)
{
	r->object = document;
	if (json_find(document, STR("format")) != NULL) {
		read_header(r, ret);
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(kinds) && document->map.count == 1; i++) {
		if (!str_equal(document->map.members[0].name, kinds[i].name))
			continue;
		*r = need_object(r, kinds[i].name);
		kinds[i].read(r, ret);
		return true;
	}
	return false;
}

bool
history_read(struct arena *arena, struct str text, struct history_line *ret, struct str *ret_reason)
{
	struct reader r = { .arena = arena, .reason = ret_reason };
	const struct json *document;

	memset(ret, 0, sizeof(*ret));
	if (!json_parse(arena, text, &document, ret_reason))
		return false;
	*ret_reason = STR("");
	if (document->type != JSON_MAP || !read_body(&r, document, ret))
		*ret_reason = STR("this is no line of a history");
	return str_empty(*ret_reason);
}
