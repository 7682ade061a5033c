#include "api/reply_text.h"
#include "api/webhook.h"
#include "api/webhook_in.h"
#include "app/pager.h"
#include "proto/reply.h"
#include "proto/twiml.h"
#include "store/store_send.h"

/*
 * Texts: how ours fare, and what people text us.
 */

#define TWIML_BYTES_MAX 4096

/* So many answers without anything done, then silence: two machines may be talking. */
#define ANSWERS_MAX 5

/* The reason for somebody who texts STOP while a callout is open: not on call. */
#define REASON_NOT_ON_CALL 4

struct state_row {
	struct str status;
	enum ringdown_news news;
};

static const struct state_row states[] = {
#define TEXT_STATE(status, news) { STR(status), RINGDOWN_##news },
#include "api/webhook_texts.def"
#undef TEXT_STATE
};

/* -- what becomes of a text of ours -- */

static const struct state_row *
find_state(struct str status)
{
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		if (str_equal(states[i].status, status))
			return &states[i];
	}
	return NULL;
}

/* A code of the provider's as people look it up: "error 30003". */
static struct str
error_detail(const struct api_request *request, const struct webhook *webhook)
{
	int64_t code;

	if (!str_parse_i64(form_find(&webhook->form, STR("ErrorCode")), &code) || code <= 0)
		return STR("");
	return arena_printf(request->arena, "error %lld", (long long)code);
}

static struct err *
report_text(struct api_request *request, struct webhook *webhook, const struct state_row *row)
{
	return pager_report(&webhook->work,
	    &(struct pager_news){
		.eco = webhook->eco,
		.key = webhook_key(request, webhook, row->status),
	    },
	    &(struct ringdown_report){
		.attempt = webhook->attempt,
		.news = row->news,
		.provider_id = webhook->id,
		.detail =
		    row->news == RINGDOWN_TEXT_FAILED ? error_detail(request, webhook) : STR(""),
	    });
}

/* A text that is no page: an alert, a notice.  There is nobody to ring instead. */
static struct err *
note_notice(struct api_request *request, bool failed)
{
	if (failed)
		request->note = STR("a notice was not delivered");
	request->response->status = 204;
	return NULL;
}

struct err *
api_text_status(struct api_request *request)
{
	const struct state_row *row;
	struct webhook webhook;
	struct str status;
	struct form query;
	bool genuine;
	bool notice = form_parse(request->arena, request->http->query, &query) &&
		      form_has(&query, STR("notice"));

	TRY(webhook_open(request, notice ? WEBHOOK_WRITER : WEBHOOK_TEXT, &genuine, &webhook));
	if (!genuine)
		return NULL;
	status = form_find(&webhook.form, STR("MessageStatus"));
	row = find_state(status);
	if (row == NULL) {
		request->outcome = "rejected";
		api_respond_error(
		    request, 400, "BAD_REQUEST", STR("this MessageStatus is not known"));
		return NULL;
	}
	if (notice)
		return note_notice(request, row->news == RINGDOWN_TEXT_FAILED);
	TRY(report_text(request, &webhook, row));
	request->response->status = 204;
	return NULL;
}

/* -- what people text us -- */

/* One text of somebody whom we know. */
struct writing {
	struct api_request *request;
	struct webhook *webhook;
	struct str from;
	struct reply reply;
	struct inbound_pages pages;
	struct buf answer; /* empty: none */
	bool acted;        /* something was done: it is a person who texts */
};

static size_t
count_standing(const struct inbound_pages *pages, enum inbound_standing standing,
    const struct inbound_page **ret_newest)
{
	size_t count = 0;

	for (size_t i = 0; i < pages->count; i++) {
		if (pages->at[i].standing == standing && count++ == 0)
			*ret_newest = &pages->at[i];
	}
	return count;
}

static bool
names_one(const struct reply *reply)
{
	return reply->code_length > 0 || reply->job_length > 0;
}

/* Which callout the text names; the answer is written when it is none of theirs. */
static const struct inbound_page *
find_named(struct writing *writing)
{
	const struct inbound_pages *pages = &writing->pages;
	const struct reply *reply = &writing->reply;
	const struct inbound_page *newest;
	const struct inbound_page *page = reply->job_length > 0
					      ? inbound_by_job(pages, reply_job(reply))
					      : inbound_by_code(pages, reply_code(reply));

	if (page == NULL && count_standing(pages, INBOUND_OPEN, &newest) > 0)
		reply_text_which(&writing->answer, pages, INBOUND_OPEN);
	else if (page == NULL)
		reply_text_none(&writing->answer, reply);
	return page;
}

/*
 * Which callout is meant by a text that names none: the only one that is open, for who
 * accepts or declines, or else the only one that is theirs.  Who accepts when all are
 * over is told so about the newest.
 */
static const struct inbound_page *
find_meant(struct writing *writing)
{
	const struct inbound_pages *pages = &writing->pages;
	enum reply_kind kind = writing->reply.kind;
	bool chooses = kind == REPLY_ACCEPT || kind == REPLY_DECLINE;
	const struct inbound_page *open = NULL, *theirs = NULL;
	size_t opens = chooses ? count_standing(pages, INBOUND_OPEN, &open) : 0;
	size_t own = count_standing(pages, INBOUND_THEIRS, &theirs);

	if (opens == 1 || (opens == 0 && own == 1))
		return opens == 1 ? open : theirs;
	if (opens > 1 || own > 1) {
		reply_text_which(
		    &writing->answer, pages, opens > 1 ? INBOUND_OPEN : INBOUND_THEIRS);
		return NULL;
	}
	if (kind == REPLY_ACCEPT && pages->count > 0)
		return &pages->at[0];
	reply_text_none(&writing->answer, &writing->reply);
	return NULL;
}

/* What the text comes to for ${page}; the value is minutes, or the reason's digit. */
static struct ringdown_visit
visit_of(const struct reply *reply, const struct inbound_page *page)
{
	struct ringdown_visit visit = {
		.person = page->person,
		.channel = PAGE_CHANNEL_REPLY,
		.choice = RINGDOWN_ETA,
		.value = reply->minutes,
	};

	if (reply->kind == REPLY_DECLINE) {
		visit.choice = RINGDOWN_DECLINE;
		visit.value = reply->reason;
	} else if (reply->kind == REPLY_ON_SITE) {
		visit.choice = RINGDOWN_ON_SITE;
	} else if (reply->kind == REPLY_ETA ||
		   (page->standing == INBOUND_THEIRS && reply->minutes > 0)) {
		visit.choice = RINGDOWN_NEW_ETA;
	}
	return visit;
}

/* The text is taken once, whatever it is about: a repeat must not find another callout. */
static struct uuid
text_key(const struct writing *writing)
{
	return webhook_key(writing->request, writing->webhook, STR("text"));
}

static struct err *
visit(struct writing *writing, const struct inbound_page *page)
{
	struct str job = page->loaded->callout.eco.job_number;
	struct ringdown_visit visit = visit_of(&writing->reply, page);
	enum ringdown_reply reply;

	if (page->asks_pin && visit.choice == RINGDOWN_ETA && page->standing == INBOUND_OPEN) {
		reply_text_pin(
		    &writing->answer, job, form_find(&writing->webhook->form, STR("To")));
		return NULL;
	}
	TRY(pager_visit(&writing->webhook->work,
	    &(struct pager_news){ .eco = page->eco, .key = text_key(writing), .note = job }, &visit,
	    &reply));
	writing->acted = reply != RINGDOWN_UNKNOWN;
	if (page->loaded->callout.eco.exercise)
		buf_str(&writing->answer, STR("DRILL: "));
	reply_text_taken(&writing->answer, reply, &writing->reply, job);
	return NULL;
}

static struct err *
take_choice(struct writing *writing)
{
	const struct inbound_page *page =
	    names_one(&writing->reply) ? find_named(writing) : find_meant(writing);

	return page == NULL ? NULL : visit(writing, page);
}

/* Who wants no more calls is not to be rung again for what is open, either. */
static struct err *
leave_open_ones(struct writing *writing)
{
	for (size_t i = 0; i < writing->pages.count; i++) {
		const struct inbound_page *page = &writing->pages.at[i];
		struct str eco = uuid_text(writing->request->arena, page->eco);
		enum ringdown_reply reply;

		if (page->standing != INBOUND_OPEN)
			continue;
		TRY(pager_visit(&writing->webhook->work,
		    &(struct pager_news){ .eco = page->eco,
			.key = webhook_key(writing->request, writing->webhook, eco) },
		    &(struct ringdown_visit){ .person = page->person,
			.channel = PAGE_CHANNEL_REPLY,
			.choice = RINGDOWN_DECLINE,
			.value = REASON_NOT_ON_CALL },
		    &reply));
	}
	return NULL;
}

/*
 * STOP and START.  Twilio tells the person by itself that STOP was heard, and takes no
 * text to them afterwards; nor does it want one when it says what it made of the text
 * (OptOutType).
 */
static struct err *
opt(struct writing *writing, bool out)
{
	struct webhook *webhook = writing->webhook;
	bool answered_for_us =
	    !webhook->is_gateway && (out || form_has(&webhook->form, STR("OptOutType")));
	size_t changed;

	if (!str_empty(webhook->subaccount) && writing->pages.count == 0)
		return NULL;
	TRY(inbound_opt(&webhook->work, writing->from, out,
	    out ? STR("they texted STOP") : STR("they texted START"), &changed));
	if (out)
		TRY(leave_open_ones(writing));
	writing->acted = changed > 0;
	if (!answered_for_us)
		reply_text_opted(&writing->answer, out);
	return NULL;
}

/* What Twilio made of the text counts before what we would: the two must not disagree. */
static void
heed_opt_out_type(struct writing *writing)
{
	struct str type = form_find(&writing->webhook->form, STR("OptOutType"));

	if (writing->webhook->is_gateway)
		return;
	if (str_equal(type, STR("STOP")))
		writing->reply.kind = REPLY_STOP;
	else if (str_equal(type, STR("START")))
		writing->reply.kind = REPLY_START;
	else if (str_equal(type, STR("HELP")))
		writing->reply.kind = REPLY_HELP;
}

static struct err *
act(struct writing *writing)
{
	bool answered_for_us = form_has(&writing->webhook->form, STR("OptOutType"));

	switch (writing->reply.kind) {
	case REPLY_STOP:
	case REPLY_START:
		return opt(writing, writing->reply.kind == REPLY_STOP);
	case REPLY_ACCEPT:
	case REPLY_DECLINE:
	case REPLY_ON_SITE:
	case REPLY_ETA:
		return take_choice(writing);
	case REPLY_HELP:
		if (!answered_for_us)
			reply_text_help(&writing->answer, true);
		return NULL;
	case REPLY_NOT_UNDERSTOOD:
		reply_text_help(&writing->answer, false);
		return NULL;
	}
	UNREACHABLE("reply kind");
}

/* The text was taken before: it is answered as then. */
static struct err *
find_repeat(struct writing *writing, bool *ret_found)
{
	enum ringdown_reply reply;
	struct str job;

	TRY(pager_find_reply(&writing->webhook->work, text_key(writing), ret_found, &reply, &job));
	if (*ret_found)
		reply_text_taken(&writing->answer, reply, &writing->reply, job);
	return NULL;
}

/* Answers to answers end: after some without anything done there is silence for an hour. */
static struct err *
guard_against_loops(struct writing *writing)
{
	struct app_work *work = &writing->webhook->work;
	int64_t answers;

	if (!writing->acted && writing->answer.len == 0)
		return NULL;
	TRY(store_count_answer(work->session, work->arena,
	    vault_fingerprint(work->vault, writing->from), work->now, writing->acted, &answers));
	if (answers > ANSWERS_MAX)
		writing->answer.len = 0;
	return NULL;
}

static struct err *
respond(struct writing *writing)
{
	struct buf buf = buf_in(writing->request->arena, TWIML_BYTES_MAX);

	twiml_begin(&buf);
	if (writing->answer.len > 0)
		twiml_message(&buf, buf_view(&writing->answer));
	twiml_end(&buf);
	return webhook_respond(writing->request, &buf);
}

/* Somebody texts us.  Numbers that nobody knows get no answer, and leave no trace. */
struct err *
api_text_in(struct api_request *request)
{
	struct webhook webhook;
	struct writing writing = { .request = request, .webhook = &webhook };
	bool genuine, known, repeated;

	TRY(webhook_open(request, WEBHOOK_WRITER, &genuine, &webhook));
	if (!genuine)
		return NULL;
	writing.from = form_find(&webhook.form, STR("From"));
	writing.answer = buf_in(request->arena, REPLY_TEXT_MAX);
	TRY(inbound_find(
	    &webhook.work, writing.from, webhook_in_may_see, &webhook, &writing.pages, &known));
	if (!known) {
		request->note = STR("a text of a number that nobody has");
		return respond(&writing);
	}
	reply_parse(form_find(&webhook.form, STR("Body")), &writing.reply);
	heed_opt_out_type(&writing);
	TRY(find_repeat(&writing, &repeated));
	if (!repeated) {
		TRY(act(&writing));
		TRY(guard_against_loops(&writing));
	}
	return respond(&writing);
}
