#include "base/json.h"
#include "codec/event_reader.h"
#include "codec/geojson.h"
#include "codec/upcast.h"

/*
 * An object whose members are taken one after another.  The first member that is
 * not as it must be is remembered as the reason, and everything after it reads
 * as nothing: a decoder asks for all it needs and looks once, at the end.
 */
struct reader {
	struct arena *arena;
	const struct json *object;
	struct str event;   /* its name, for the reason */
	const char *within; /* where ${object} stands in the payload: "terms."; "" for the whole */
	struct str *reason; /* empty: nothing was wrong so far */
};

static void
fail(const struct reader *r, struct str name, const char *problem)
{
	if (!str_empty(*r->reason))
		return;
	*r->reason = arena_printf(r->arena, "%.*s: member \"%s%.*s\" %s", STR_ARG(r->event),
	    r->within, STR_ARG(name), problem);
	if (str_empty(*r->reason))
		*r->reason = STR("the payload is too large");
}

/* The member ${name}, which must be there with ${type}, or NULL. */
static const struct json *
need(const struct reader *r, struct str name, enum json_type type, const char *problem)
{
	const struct json *value = json_find(r->object, name);

	if (value == NULL) {
		fail(r, name, "is missing");
		return NULL;
	}
	if (value->type != type) {
		fail(r, name, problem);
		return NULL;
	}
	return value;
}

static bool
has(const struct reader *r, struct str name)
{
	return json_find(r->object, name) != NULL;
}

static struct str
need_text(const struct reader *r, struct str name)
{
	const struct json *value = need(r, name, JSON_TEXT, "is not a text");

	return value == NULL ? STR("") : value->text;
}

/* A text that is left out when it is empty. */
static struct str
take_text(const struct reader *r, struct str name)
{
	return has(r, name) ? need_text(r, name) : STR("");
}

static int64_t
need_int(const struct reader *r, struct str name, int64_t least)
{
	const struct json *value = need(r, name, JSON_INT, "is not an integer");

	if (value == NULL)
		return least;
	if (value->integer < least) {
		fail(r, name, least == 0 ? "is negative" : "is less than 1");
		return least;
	}
	return value->integer;
}

/* A number that is left out when there is none. */
static int64_t
take_int(const struct reader *r, struct str name)
{
	return has(r, name) ? need_int(r, name, 1) : 0;
}

/* A number that was not always written. */
static int64_t
take_int_or(const struct reader *r, struct str name, int64_t otherwise)
{
	return has(r, name) ? need_int(r, name, 0) : otherwise;
}

/* A flag that is left out when it is not raised. */
static bool
take_flag(const struct reader *r, struct str name)
{
	const struct json *value;

	if (!has(r, name))
		return false;
	value = need(r, name, JSON_BOOL, "is neither true nor false");
	return value != NULL && value->boolean;
}

static struct uuid
need_uuid(const struct reader *r, struct str name)
{
	struct uuid id = UUID_NIL;

	if (!uuid_parse(need_text(r, name), &id))
		fail(r, name, "is not a UUID");
	return id;
}

/* An id that is left out when it is Nil. */
static struct uuid
take_uuid(const struct reader *r, struct str name)
{
	return has(r, name) ? need_uuid(r, name) : UUID_NIL;
}

static struct instant
need_instant(const struct reader *r, struct str name)
{
	struct instant when = { 0 };

	if (!instant_parse(need_text(r, name), &when))
		fail(r, name, "is not an RFC 3339 date-time");
	return when;
}

static struct sha256
need_fingerprint(const struct reader *r, struct str name)
{
	struct str text = need_text(r, name);
	struct sha256 fingerprint = { { 0 } };

	if (text.len != 2 * sizeof(fingerprint.bytes)) {
		fail(r, name, "is not 64 hexadecimal digits");
		return fingerprint;
	}
	for (size_t i = 0; i < sizeof(fingerprint.bytes); i++) {
		int high = str_hex_value(text.ptr[2 * i]), low = str_hex_value(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0) {
			fail(r, name, "is not 64 hexadecimal digits");
			break;
		}
		fingerprint.bytes[i] = (uint8_t)(high * 16 + low);
	}
	return fingerprint;
}

static unsigned
need_word(const struct reader *r, struct str name, const struct eco_words *words)
{
	unsigned value = 0;

	if (!eco_word_find(words, need_text(r, name), &value))
		fail(r, name, "is none of the known words");
	return value;
}

/* A reader of the object in member ${name}. */
static struct reader
need_object(const struct reader *r, struct str name, const char *within)
{
	struct reader inner = *r;

	inner.object = need(r, name, JSON_MAP, "is not an object");
	inner.within = within;
	return inner;
}

static enum job_type
need_job_type(const struct reader *r, struct str name)
{
	struct str text = need_text(r, name);
	enum job_type type = JOB_TYPE_CMR;

	if (!job_type_find(text, &type) || !str_equal(job_type_name(type), text))
		fail(r, name, "is none of the known job types");
	return type;
}

static struct geo_location
need_location(const struct reader *r, struct str name)
{
	const struct json *value = need(r, name, JSON_MAP, "is not an object");
	struct geo_location location = { .count = 0 };
	struct refusal refusal;

	if (value == NULL || geojson_read(r->arena, value, &location, &refusal))
		return location;
	if (str_empty(*r->reason))
		*r->reason = arena_printf(
		    r->arena, "%.*s: %.*s", STR_ARG(r->event), STR_ARG(refusal_message(&refusal)));
	fail(r, name, "is not a location");
	return location;
}

static struct eco_terms
need_terms(const struct reader *outer)
{
	struct reader r = need_object(outer, STR("terms"), "terms.");

	return (struct eco_terms){
		.ring_s = need_int(&r, STR("ringSeconds"), 0),
		.loops = need_int(&r, STR("loops"), 0),
		.retry_after_s = need_int(&r, STR("retryAfterSeconds"), 0),
		.retries = need_int(&r, STR("retries"), 0),
		.grace_s = need_int(&r, STR("graceSeconds"), 0),
		.poll_s = need_int(&r, STR("pollSeconds"), 0),
		.poll_grace_s = need_int(&r, STR("pollGraceSeconds"), 0),
		.arrival_s = take_int_or(&r, STR("arrivalSeconds"), ECO_ARRIVAL_S_DEFAULT),
		.arrival_grace_s =
		    take_int_or(&r, STR("arrivalGraceSeconds"), ECO_ARRIVAL_GRACE_S_DEFAULT),
	};
}

static void
decode_created(const struct reader *r, struct eco_event *event)
{
	struct eco_created *ret = &event->created;

	ret->noc = need_uuid(r, STR("noc"));
	ret->osp = need_uuid(r, STR("osp"));
	ret->agreement = need_uuid(r, STR("agreement"));
	ret->job_number = need_text(r, STR("jobNumber"));
	ret->job_type = need_job_type(r, STR("jobType"));
	ret->location = need_location(r, STR("location"));
	ret->description = need_text(r, STR("description"));
	ret->terms = need_terms(r);
	ret->noc_duty_phone = take_text(r, STR("nocDutyPhone"));
	ret->exercise = take_flag(r, STR("exercise"));
}

static void
decode_subsector_created(const struct reader *r, struct eco_event *event)
{
	struct eco_subsector_created *ret = &event->subsector_created;

	ret->subsector = need_text(r, STR("subsector"));
}

static void
decode_tasked(const struct reader *r, struct eco_event *event)
{
	struct eco_tasked *ret = &event->tasked;

	ret->subsector = need_text(r, STR("subsector"));
	ret->task = need_text(r, STR("task"));
}

static void
decode_tasking_failed(const struct reader *r, struct eco_event *event)
{
	struct eco_tasking_failed *ret = &event->tasking_failed;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->fault = (enum sync_fault)need_word(r, STR("fault"), &sync_fault_words);
	ret->detail = take_text(r, STR("detail"));
	ret->retry_at = need_instant(r, STR("retryAt"));
}

static void
decode_task_observed(const struct reader *r, struct eco_event *event)
{
	struct eco_task_observed *ret = &event->task_observed;

	ret->change = (enum task_change)need_word(r, STR("change"), &task_change_words);
	ret->task = need_text(r, STR("task"));
	ret->name = take_text(r, STR("name"));
	ret->raw_status = take_text(r, STR("rawStatus"));
	ret->status = (enum task_status)need_word(r, STR("status"), &task_status_words);
	ret->has_before = has(r, STR("before"));
	if (ret->has_before)
		ret->before = need_fingerprint(r, STR("before"));
	if (ret->change != TASK_CHANGE_VANISHED)
		ret->after = need_fingerprint(r, STR("after"));
	ret->task_count = need_int(r, STR("taskCount"), 0);
}

static void
decode_sync_degraded(const struct reader *r, struct eco_event *event)
{
	struct eco_sync_degraded *ret = &event->sync_degraded;

	ret->fault = (enum sync_fault)need_word(r, STR("fault"), &sync_fault_words);
	ret->detail = take_text(r, STR("detail"));
}

static void
decode_contact(const struct reader *r, struct roster_contact *ret)
{
	ret->id = take_uuid(r, STR("id"));
	ret->channel = (enum page_channel)need_word(r, STR("channel"), &page_channel_words);
	ret->number = take_text(r, STR("number"));
	if (ret->channel != PAGE_CHANNEL_VOICE && ret->channel != PAGE_CHANNEL_TEXT)
		fail(r, STR("channel"), "is neither VOICE nor TEXT");
}

static void
decode_contacts(const struct reader *person, struct roster_person *ret)
{
	const struct json *contacts;
	struct reader r = *person;

	if (!has(person, STR("contacts")))
		return;
	contacts = need(person, STR("contacts"), JSON_LIST, "is not an array");
	if (contacts == NULL)
		return;
	if (contacts->list.count > ROSTER_CONTACTS_MAX) {
		fail(person, STR("contacts"), "has more contacts than one person may have");
		return;
	}
	r.within = "plan.people.contacts.";
	for (size_t i = 0; i < contacts->list.count; i++) {
		r.object = &contacts->list.items[i];
		decode_contact(&r, &ret->contacts[i]);
	}
	ret->contact_count = contacts->list.count;
}

static void
decode_person(const struct reader *r, struct roster_person *ret)
{
	ret->id = need_uuid(r, STR("id"));
	ret->label = take_text(r, STR("label"));
	ret->step = need_int(r, STR("step"), 1);
	decode_contacts(r, ret);
	ret->texts_too = take_flag(r, STR("textsToo"));
	ret->asks_pin = take_flag(r, STR("asksPin"));
	ret->skip = ROSTER_RINGS;
	if (has(r, STR("skip")) && !roster_skip_find(need_text(r, STR("skip")), &ret->skip))
		fail(r, STR("skip"), "is none of the known reasons");
	ret->until = has(r, STR("until")) ? need_instant(r, STR("until")) : (struct instant){ 0 };
	ret->by = take_uuid(r, STR("by"));
}

static void
decode_people(const struct reader *plan, struct pager_list *ret)
{
	const struct json *people = need(plan, STR("people"), JSON_LIST, "is not an array");
	struct reader r = *plan;

	if (people == NULL)
		return;
	if (people->list.count > ROSTER_PEOPLE_MAX) {
		fail(plan, STR("people"), "has more people than one list may have");
		return;
	}
	r.within = "plan.people.";
	for (size_t i = 0; i < people->list.count; i++) {
		r.object = &people->list.items[i];
		decode_person(&r, &ret->people[i]);
	}
	ret->count = people->list.count;
}

static void
decode_pager_dispatched(const struct reader *r, struct eco_event *event)
{
	struct eco_pager_dispatched *ret = &event->pager_dispatched;
	struct reader inner = need_object(r, STR("plan"), "plan.");
	struct pager_list *plan = arena_new(r->arena, struct pager_list);

	ret->round = need_int(r, STR("round"), 1);
	if (plan == NULL) {
		fail(r, STR("plan"), "does not fit into memory");
		return;
	}
	plan->id = need_uuid(&inner, STR("id"));
	plan->name = take_text(&inner, STR("name"));
	plan->region = take_text(&inner, STR("region"));
	decode_people(&inner, plan);
	ret->plan = plan;
}

static void
decode_page_attempted(const struct reader *r, struct eco_event *event)
{
	struct eco_page_attempted *ret = &event->page_attempted;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->loop = need_int(r, STR("loop"), 1);
	ret->step = need_int(r, STR("step"), 1);
	ret->contact = need_int(r, STR("contact"), 1);
	ret->person = need_uuid(r, STR("person"));
	ret->channel = (enum page_channel)need_word(r, STR("channel"), &page_channel_words);
	ret->via = take_uuid(r, STR("via"));
	ret->planned = has(r, STR("planned")) ? need_instant(r, STR("planned")) : event->at;
	ret->deadline = need_instant(r, STR("deadline"));
}

static void
decode_page_placed(const struct reader *r, struct eco_event *event)
{
	struct eco_page_placed *ret = &event->page_placed;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->provider_id = need_text(r, STR("providerId"));
}

static struct eco_page_progress
need_progress(const struct reader *r)
{
	return (struct eco_page_progress){
		.attempt = need_int(r, STR("attempt"), 1),
		.deadline = need_instant(r, STR("deadline")),
	};
}

static void
decode_page_answered(const struct reader *r, struct eco_event *event)
{
	event->page_answered = need_progress(r);
}

static void
decode_page_delivered(const struct reader *r, struct eco_event *event)
{
	event->page_delivered = need_progress(r);
}

static void
decode_page_eta_asked(const struct reader *r, struct eco_event *event)
{
	event->page_eta_asked = need_progress(r);
}

static void
decode_page_text_delivered(const struct reader *r, struct eco_event *event)
{
	event->page_text_delivered.attempt = need_int(r, STR("attempt"), 1);
}

static void
decode_arrival_asked(const struct reader *r, struct eco_event *event)
{
	struct eco_arrival_asked *ret = &event->arrival_asked;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->deadline = need_instant(r, STR("deadline"));
}

static void
decode_eta_changed(const struct reader *r, struct eco_event *event)
{
	struct eco_eta_changed *ret = &event->eta_changed;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->eta_minutes = need_int(r, STR("etaMinutes"), 1);
}

static void
decode_pager_resumed(const struct reader *r, struct eco_event *event)
{
	struct eco_pager_resumed *ret = &event->pager_resumed;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->reason = (enum pager_resume)need_word(r, STR("reason"), &pager_resume_words);
}

static void
decode_crew_en_route(const struct reader *r, struct eco_event *event)
{
	event->crew_en_route.eta_minutes = take_int(r, STR("etaMinutes"));
}

static void
decode_failover_failed(const struct reader *r, struct eco_event *event)
{
	event->failover_failed.fault =
	    (enum failover_fault)need_word(r, STR("fault"), &failover_fault_words);
}

static void
decode_page_not_reached(const struct reader *r, struct eco_event *event)
{
	struct eco_page_not_reached *ret = &event->page_not_reached;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->reason = (enum page_miss)need_word(r, STR("reason"), &page_miss_words);
	ret->detail = take_text(r, STR("detail"));
}

static void
decode_page_accepted(const struct reader *r, struct eco_event *event)
{
	struct eco_page_accepted *ret = &event->page_accepted;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->contact = need_int(r, STR("contact"), 1);
	ret->person = need_uuid(r, STR("person"));
	ret->eta_minutes = take_int(r, STR("etaMinutes"));
}

static void
decode_page_declined(const struct reader *r, struct eco_event *event)
{
	struct eco_page_declined *ret = &event->page_declined;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->reason = take_int(r, STR("reason"));
}

static void
decode_page_too_late(const struct reader *r, struct eco_event *event)
{
	struct eco_page_too_late *ret = &event->page_too_late;

	ret->attempt = need_int(r, STR("attempt"), 1);
	ret->person = need_uuid(r, STR("person"));
}

static void
decode_pager_exhausted(const struct reader *r, struct eco_event *event)
{
	struct eco_pager_exhausted *ret = &event->pager_exhausted;

	ret->round = need_int(r, STR("round"), 1);
	ret->loops = need_int(r, STR("loops"), 0);
	ret->attempts = need_int(r, STR("attempts"), 0);
}

static void
decode_pager_retry_scheduled(const struct reader *r, struct eco_event *event)
{
	struct eco_pager_retry_scheduled *ret = &event->pager_retry_scheduled;

	ret->round = need_int(r, STR("round"), 1);
	ret->at = need_instant(r, STR("at"));
}

static void
decode_pager_stopped(const struct reader *r, struct eco_event *event)
{
	struct eco_pager_stopped *ret = &event->pager_stopped;

	ret->reason = (enum pager_stop)need_word(r, STR("reason"), &pager_stop_words);
}

static void
decode_noc_alerted(const struct reader *r, struct eco_event *event)
{
	struct eco_noc_alerted *ret = &event->noc_alerted;

	ret->phone = take_text(r, STR("phone"));
	ret->provider_id = take_text(r, STR("providerId"));
}

static void
decode_noc_alert_failed(const struct reader *r, struct eco_event *event)
{
	struct eco_noc_alert_failed *ret = &event->noc_alert_failed;

	ret->phone = take_text(r, STR("phone"));
	ret->detail = take_text(r, STR("detail"));
}

static void
decode_work_started(const struct reader *r, struct eco_event *event)
{
	struct eco_work_started *ret = &event->work_started;

	ret->task = need_text(r, STR("task"));
}

static void
decode_status_completed(const struct reader *r, struct eco_event *event)
{
	struct eco_status_completed *ret = &event->status_completed;

	ret->task_count = need_int(r, STR("taskCount"), 1);
	ret->grace_until = need_instant(r, STR("graceUntil"));
}

static void
decode_reactivated(const struct reader *r, struct eco_event *event)
{
	struct eco_reactivated *ret = &event->reactivated;

	ret->cause = (enum reactivation)need_word(r, STR("cause"), &reactivation_words);
	ret->task = take_text(r, STR("task"));
	ret->reason = take_text(r, STR("reason"));
}

static void
decode_closed(const struct reader *r, struct eco_event *event)
{
	struct eco_closed *ret = &event->closed;

	ret->cause = (enum close_cause)need_word(r, STR("cause"), &close_cause_words);
}

static void
decode_cancelled(const struct reader *r, struct eco_event *event)
{
	struct eco_cancelled *ret = &event->cancelled;

	ret->reason = need_text(r, STR("reason"));
}

static void
decode_note_added(const struct reader *r, struct eco_event *event)
{
	struct eco_note_added *ret = &event->note_added;

	ret->note = need_uuid(r, STR("note"));
	ret->side = (enum side)need_word(r, STR("side"), &side_words);
	ret->visibility =
	    (enum note_visibility)need_word(r, STR("visibility"), &note_visibility_words);
	ret->text = need_text(r, STR("text"));
}

static void
decode_osp_relieved(const struct reader *r, struct eco_event *event)
{
	struct eco_osp_relieved *ret = &event->osp_relieved;

	ret->osp = need_uuid(r, STR("osp"));
	ret->reason = need_text(r, STR("reason"));
}

static void
decode_osp_engaged(const struct reader *r, struct eco_event *event)
{
	struct eco_osp_engaged *ret = &event->osp_engaged;

	ret->osp = need_uuid(r, STR("osp"));
	ret->agreement = need_uuid(r, STR("agreement"));
	ret->job_number = need_text(r, STR("jobNumber"));
	ret->terms = need_terms(r);
	ret->noc_duty_phone = take_text(r, STR("nocDutyPhone"));
}

/* There is nothing to read but that it happened. */
static void
decode_crew_on_site(const struct reader *r, struct eco_event *event)
{
	(void)r;
	(void)event;
}

/* There is nothing to read but that it happened. */
static void
decode_sync_recovered(const struct reader *r, struct eco_event *event)
{
	(void)r;
	(void)event;
}

/* A row of the table without its function here does not compile. */
static void
decode_members(const struct reader *r, struct eco_event *ret)
{
	switch (ret->type) {
#define ECO_EVENT(NAME, field, wire, version, detail, doc) \
	case ECO_EVENT_##NAME:                             \
		decode_##field(r, ret);                    \
		return;
#include "domain/eco/eco_events.def"
#undef ECO_EVENT
	case ECO_EVENT_COUNT:
		break;
	}
	UNREACHABLE("eco event");
}

bool
upcast_decode_present(struct arena *arena, enum eco_event_type type, struct instant at,
    struct str payload, struct eco_event *ret, struct str *ret_reason)
{
	struct str name = eco_event_name(type), problem = STR("");
	struct eco_event event = { .type = type, .at = at };
	struct reader r = { .arena = arena, .event = name, .within = "", .reason = &problem };

	r.object = event_reader_read(arena, payload);
	if (r.object == NULL && !json_parse(arena, payload, &r.object, &problem)) {
		*ret_reason = arena_printf(arena, "%.*s: %.*s", STR_ARG(name), STR_ARG(problem));
		return false;
	}
	if (r.object->type != JSON_MAP) {
		*ret_reason =
		    arena_printf(arena, "%.*s: the payload is not an object", STR_ARG(name));
		return false;
	}
	decode_members(&r, &event);
	if (!str_empty(problem)) {
		*ret_reason = problem;
		return false;
	}
	*ret = event;
	return true;
}
