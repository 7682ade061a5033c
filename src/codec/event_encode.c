#include "base/json.h"
#include "codec/event_codec.h"
#include "codec/geojson.h"

/* How a byte that is no part of a character, or stands for none, is kept: U+FFFD. */
#define REPLACEMENT "\\ufffd"

/* How many bytes the character at the beginning of ${text} has; 0: it is not well-formed. */
static size_t
character_bytes(struct str text)
{
	for (size_t bytes = 1; bytes <= 4 && bytes <= text.len; bytes++) {
		if (str_is_utf8((struct str){ text.ptr, bytes }))
			return bytes;
	}
	return 0;
}

/*
 * Texts from outside should have been refused before they came here when they
 * hold a NUL or are not UTF-8.  An event that cannot be read again would stop its
 * ECO for ever, so what is wrong in them is replaced.
 */
static void
write_repaired(struct json_writer *w, struct str text)
{
	json_write_raw(w, STR("\""));
	while (text.len > 0) {
		size_t bytes = character_bytes(text);
		unsigned char first = (unsigned char)text.ptr[0];

		if (bytes == 0 || first == '\0')
			buf_str(w->buf, STR(REPLACEMENT));
		else if (first < 0x20 || first == '"' || first == '\\')
			buf_printf(w->buf, "\\u%04x", first);
		else
			buf_str(w->buf, (struct str){ text.ptr, bytes });
		if (bytes == 0)
			bytes = 1;
		text = (struct str){ text.ptr + bytes, text.len - bytes };
	}
	buf_char(w->buf, '"');
}

/* A text that is always there. */
static void
put_text(struct json_writer *w, struct str name, struct str text)
{
	json_name(w, name);
	if (str_is_utf8(text) && (text.len == 0 || memchr(text.ptr, '\0', text.len) == NULL))
		json_write_text(w, text);
	else
		write_repaired(w, text);
}

/* A text that may be empty: then it is left out. */
static void
put_text_if_any(struct json_writer *w, struct str name, struct str text)
{
	if (!str_empty(text))
		put_text(w, name, text);
}

/* A number for which 0 means that there is none: then it is left out. */
static void
put_int_if_any(struct json_writer *w, struct str name, int64_t value)
{
	if (value != 0)
		json_member_int(w, name, value);
}

static void
put_word(struct json_writer *w, struct str name, const struct eco_words *words, unsigned value)
{
	json_member_text(w, name, eco_word_name(words, value));
}

/* A flag is there when it is raised. */
static void
put_flag(struct json_writer *w, struct str name, bool flag)
{
	if (flag)
		json_member_bool(w, name, true);
}

static void
put_terms(struct json_writer *w, const struct eco_terms *terms)
{
	json_name(w, STR("terms"));
	json_begin_map(w);
	json_member_int(w, STR("ringSeconds"), terms->ring_s);
	json_member_int(w, STR("loops"), terms->loops);
	json_member_int(w, STR("retryAfterSeconds"), terms->retry_after_s);
	json_member_int(w, STR("retries"), terms->retries);
	json_member_int(w, STR("graceSeconds"), terms->grace_s);
	json_member_int(w, STR("pollSeconds"), terms->poll_s);
	json_member_int(w, STR("pollGraceSeconds"), terms->poll_grace_s);
	json_member_int(w, STR("arrivalSeconds"), terms->arrival_s);
	json_member_int(w, STR("arrivalGraceSeconds"), terms->arrival_grace_s);
	json_end_map(w);
}

static void
encode_created(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_created *e = &event->created;

	json_member_uuid(w, STR("noc"), e->noc);
	json_member_uuid(w, STR("osp"), e->osp);
	json_member_uuid(w, STR("agreement"), e->agreement);
	put_text(w, STR("jobNumber"), e->job_number);
	json_member_text(w, STR("jobType"), job_type_name(e->job_type));
	json_name(w, STR("location"));
	geojson_write(w, &e->location);
	put_text(w, STR("description"), e->description);
	put_terms(w, &e->terms);
	put_text_if_any(w, STR("nocDutyPhone"), e->noc_duty_phone);
	put_flag(w, STR("exercise"), e->exercise);
}

static void
encode_subsector_created(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_subsector_created *e = &event->subsector_created;

	put_text(w, STR("subsector"), e->subsector);
}

static void
encode_tasked(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_tasked *e = &event->tasked;

	put_text(w, STR("subsector"), e->subsector);
	put_text(w, STR("task"), e->task);
}

static void
encode_tasking_failed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_tasking_failed *e = &event->tasking_failed;

	json_member_int(w, STR("attempt"), e->attempt);
	put_word(w, STR("fault"), &sync_fault_words, e->fault);
	put_text_if_any(w, STR("detail"), e->detail);
	json_member_instant(w, STR("retryAt"), e->retry_at);
}

static void
encode_task_observed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_task_observed *e = &event->task_observed;

	put_word(w, STR("change"), &task_change_words, e->change);
	put_text(w, STR("task"), e->task);
	put_text_if_any(w, STR("name"), e->name);
	put_text_if_any(w, STR("rawStatus"), e->raw_status);
	put_word(w, STR("status"), &task_status_words, e->status);
	if (e->has_before)
		json_member_digest(w, STR("before"), e->before);
	if (e->change != TASK_CHANGE_VANISHED)
		json_member_digest(w, STR("after"), e->after);
	json_member_int(w, STR("taskCount"), e->task_count);
}

static void
encode_sync_degraded(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_sync_degraded *e = &event->sync_degraded;

	put_word(w, STR("fault"), &sync_fault_words, e->fault);
	put_text_if_any(w, STR("detail"), e->detail);
}

static void
put_contacts(struct json_writer *w, const struct roster_person *person)
{
	json_name(w, STR("contacts"));
	json_begin_list(w);
	for (size_t i = 0; i < person->contact_count; i++) {
		const struct roster_contact *contact = &person->contacts[i];

		json_begin_map(w);
		if (!uuid_is_nil(contact->id))
			json_member_uuid(w, STR("id"), contact->id);
		put_word(w, STR("channel"), &page_channel_words, contact->channel);
		put_text_if_any(w, STR("number"), contact->number);
		json_end_map(w);
	}
	json_end_list(w);
}

static void
put_person(struct json_writer *w, const struct roster_person *person)
{
	json_begin_map(w);
	json_member_uuid(w, STR("id"), person->id);
	put_text_if_any(w, STR("label"), person->label);
	json_member_int(w, STR("step"), person->step);
	if (person->contact_count > 0)
		put_contacts(w, person);
	put_flag(w, STR("textsToo"), person->texts_too);
	put_flag(w, STR("asksPin"), person->asks_pin);
	if (person->skip != ROSTER_RINGS)
		json_member_text(w, STR("skip"), roster_skip_name(person->skip));
	if (person->until.us != 0)
		json_member_instant(w, STR("until"), person->until);
	if (!uuid_is_nil(person->by))
		json_member_uuid(w, STR("by"), person->by);
	json_end_map(w);
}

static void
encode_pager_dispatched(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_pager_dispatched *e = &event->pager_dispatched;

	json_member_int(w, STR("round"), e->round);
	json_name(w, STR("plan"));
	json_begin_map(w);
	json_member_uuid(w, STR("id"), e->plan->id);
	put_text_if_any(w, STR("name"), e->plan->name);
	put_text_if_any(w, STR("region"), e->plan->region);
	json_name(w, STR("people"));
	json_begin_list(w);
	for (size_t i = 0; i < e->plan->count; i++)
		put_person(w, &e->plan->people[i]);
	json_end_list(w);
	json_end_map(w);
}

static void
encode_page_attempted(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_page_attempted *e = &event->page_attempted;

	json_member_int(w, STR("attempt"), e->attempt);
	json_member_int(w, STR("loop"), e->loop);
	json_member_int(w, STR("step"), e->step);
	json_member_int(w, STR("contact"), e->contact);
	json_member_uuid(w, STR("person"), e->person);
	put_word(w, STR("channel"), &page_channel_words, e->channel);
	if (!uuid_is_nil(e->via))
		json_member_uuid(w, STR("via"), e->via);
	if (e->planned.us != event->at.us)
		json_member_instant(w, STR("planned"), e->planned);
	json_member_instant(w, STR("deadline"), e->deadline);
}

static void
encode_page_placed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_page_placed *e = &event->page_placed;

	json_member_int(w, STR("attempt"), e->attempt);
	put_text(w, STR("providerId"), e->provider_id);
}

static void
put_progress(struct json_writer *w, const struct eco_page_progress *e)
{
	json_member_int(w, STR("attempt"), e->attempt);
	json_member_instant(w, STR("deadline"), e->deadline);
}

static void
encode_page_answered(struct json_writer *w, const struct eco_event *event)
{
	put_progress(w, &event->page_answered);
}

static void
encode_page_delivered(struct json_writer *w, const struct eco_event *event)
{
	put_progress(w, &event->page_delivered);
}

static void
encode_page_eta_asked(struct json_writer *w, const struct eco_event *event)
{
	put_progress(w, &event->page_eta_asked);
}

static void
encode_page_text_delivered(struct json_writer *w, const struct eco_event *event)
{
	json_member_int(w, STR("attempt"), event->page_text_delivered.attempt);
}

static void
encode_arrival_asked(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_arrival_asked *e = &event->arrival_asked;

	json_member_int(w, STR("attempt"), e->attempt);
	json_member_instant(w, STR("deadline"), e->deadline);
}

static void
encode_eta_changed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_eta_changed *e = &event->eta_changed;

	json_member_int(w, STR("attempt"), e->attempt);
	json_member_int(w, STR("etaMinutes"), e->eta_minutes);
}

static void
encode_pager_resumed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_pager_resumed *e = &event->pager_resumed;

	json_member_int(w, STR("attempt"), e->attempt);
	put_word(w, STR("reason"), &pager_resume_words, e->reason);
}

static void
encode_crew_en_route(struct json_writer *w, const struct eco_event *event)
{
	put_int_if_any(w, STR("etaMinutes"), event->crew_en_route.eta_minutes);
}

static void
encode_failover_failed(struct json_writer *w, const struct eco_event *event)
{
	put_word(w, STR("fault"), &failover_fault_words, event->failover_failed.fault);
}

static void
encode_page_not_reached(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_page_not_reached *e = &event->page_not_reached;

	json_member_int(w, STR("attempt"), e->attempt);
	put_word(w, STR("reason"), &page_miss_words, e->reason);
	put_text_if_any(w, STR("detail"), e->detail);
}

static void
encode_page_accepted(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_page_accepted *e = &event->page_accepted;

	json_member_int(w, STR("attempt"), e->attempt);
	json_member_int(w, STR("contact"), e->contact);
	json_member_uuid(w, STR("person"), e->person);
	put_int_if_any(w, STR("etaMinutes"), e->eta_minutes);
}

static void
encode_page_declined(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_page_declined *e = &event->page_declined;

	json_member_int(w, STR("attempt"), e->attempt);
	put_int_if_any(w, STR("reason"), e->reason);
}

static void
encode_page_too_late(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_page_too_late *e = &event->page_too_late;

	json_member_int(w, STR("attempt"), e->attempt);
	json_member_uuid(w, STR("person"), e->person);
}

static void
encode_pager_exhausted(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_pager_exhausted *e = &event->pager_exhausted;

	json_member_int(w, STR("round"), e->round);
	json_member_int(w, STR("loops"), e->loops);
	json_member_int(w, STR("attempts"), e->attempts);
}

static void
encode_pager_retry_scheduled(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_pager_retry_scheduled *e = &event->pager_retry_scheduled;

	json_member_int(w, STR("round"), e->round);
	json_member_instant(w, STR("at"), e->at);
}

static void
encode_pager_stopped(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_pager_stopped *e = &event->pager_stopped;

	put_word(w, STR("reason"), &pager_stop_words, e->reason);
}

static void
encode_noc_alerted(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_noc_alerted *e = &event->noc_alerted;

	put_text_if_any(w, STR("phone"), e->phone);
	put_text_if_any(w, STR("providerId"), e->provider_id);
}

static void
encode_noc_alert_failed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_noc_alert_failed *e = &event->noc_alert_failed;

	put_text_if_any(w, STR("phone"), e->phone);
	put_text_if_any(w, STR("detail"), e->detail);
}

static void
encode_work_started(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_work_started *e = &event->work_started;

	put_text(w, STR("task"), e->task);
}

static void
encode_status_completed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_status_completed *e = &event->status_completed;

	json_member_int(w, STR("taskCount"), e->task_count);
	json_member_instant(w, STR("graceUntil"), e->grace_until);
}

static void
encode_reactivated(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_reactivated *e = &event->reactivated;

	put_word(w, STR("cause"), &reactivation_words, e->cause);
	put_text_if_any(w, STR("task"), e->task);
	put_text_if_any(w, STR("reason"), e->reason);
}

static void
encode_closed(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_closed *e = &event->closed;

	put_word(w, STR("cause"), &close_cause_words, e->cause);
}

static void
encode_cancelled(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_cancelled *e = &event->cancelled;

	put_text(w, STR("reason"), e->reason);
}

static void
encode_note_added(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_note_added *e = &event->note_added;

	json_member_uuid(w, STR("note"), e->note);
	put_word(w, STR("side"), &side_words, e->side);
	put_word(w, STR("visibility"), &note_visibility_words, e->visibility);
	put_text(w, STR("text"), e->text);
}

static void
encode_osp_relieved(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_osp_relieved *e = &event->osp_relieved;

	json_member_uuid(w, STR("osp"), e->osp);
	put_text(w, STR("reason"), e->reason);
}

static void
encode_osp_engaged(struct json_writer *w, const struct eco_event *event)
{
	const struct eco_osp_engaged *e = &event->osp_engaged;

	json_member_uuid(w, STR("osp"), e->osp);
	json_member_uuid(w, STR("agreement"), e->agreement);
	put_text(w, STR("jobNumber"), e->job_number);
	put_terms(w, &e->terms);
	put_text_if_any(w, STR("nocDutyPhone"), e->noc_duty_phone);
}

/* There is nothing to say but that it happened. */
static void
encode_crew_on_site(struct json_writer *w, const struct eco_event *event)
{
	(void)w;
	(void)event;
}

/* There is nothing to say but that it happened. */
static void
encode_sync_recovered(struct json_writer *w, const struct eco_event *event)
{
	(void)w;
	(void)event;
}

/* A row of the table without its function here does not compile. */
static void
encode_members(struct json_writer *w, const struct eco_event *event)
{
	switch (event->type) {
#define ECO_EVENT(NAME, field, wire, version, detail, doc) \
	case ECO_EVENT_##NAME:                             \
		encode_##field(w, event);                  \
		return;
#include "domain/eco/eco_events.def"
#undef ECO_EVENT
	case ECO_EVENT_COUNT:
		break;
	}
	UNREACHABLE("eco event");
}

void
codec_encode_event(const struct eco_event *event, struct buf *buf)
{
	struct json_writer w = json_writer(buf);

	json_begin_map(&w);
	encode_members(&w, event);
	json_end_map(&w);
}
