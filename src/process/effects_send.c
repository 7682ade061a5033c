#include "process/effects_send.h"

#include "app/event_vault.h"
#include "store/store_send.h"

/*
 * A request of a process that has died may still be on its way when we look for
 * what it did; wait this long, in real time, before looking.
 */
#define SETTLE_REAL MILLISECONDS(700)

struct telephony_tenant
send_tenant(const struct effect_job *job)
{
	return (struct telephony_tenant){
		.subaccount = job->agreement.twilio_subaccount,
		.from = job->agreement.twilio_from,
	};
}

struct err *
send_settle(struct effect_job *job)
{
	int64_t until = clock_monotonic_us() + SETTLE_REAL.us;
	struct change_loaded *loaded;
	int64_t left;

	if (!job->claim->begun)
		return NULL;
	/* The alarm is rung by whatever is appended, which is no reason to be early. */
	while ((left = until - clock_monotonic_us()) > 0) {
		if (process_is_stopping(job->worker->process))
			return ERR(job->work.arena, ERR_UNAVAILABLE, "the process is stopping");
		alarm_wait(job->worker->alarm, process_never(), (struct duration){ left });
	}
	TRY(change_load(job->work.session, job->work.arena, job->callout->id, &loaded));
	CHECK(loaded != NULL);
	job->loaded = loaded;
	job->callout = &loaded->callout;
	job->work.now = clock_now(job->worker->config->clock);
	return NULL;
}

struct err *
send_open_number(struct effect_job *job, const struct roster_person *person,
    const struct roster_contact *contact, struct send_number *ret)
{
	enum vault_opened opened;

	*ret = (struct send_number){ .problem = "the number is not known any more" };
	if (contact == NULL)
		return NULL;
	TRY(vault_open_number(job->work.vault, job->work.session, job->work.arena, person->id,
	    contact, &opened, &ret->number));
	ret->is_open = opened == VAULT_OPEN && !str_empty(ret->number);
	if (opened == VAULT_ERASED)
		ret->problem = "the person was erased";
	if (opened == VAULT_NO_KEY)
		ret->problem = "there is no key to the number";
	return NULL;
}

/* ---- what an earlier try brought about ---- */

/* Whether another ring-down was ringing the same number when the earlier try was made. */
static struct err *
has_rivals(struct effect_job *job, struct str to, bool *ret)
{
	const struct store_effect *effect = &job->claim->effect;
	struct instant from = { job->claim->begun_at.us - SEND_SURE_AFTER.us };
	struct instant until = instant_plus(job->claim->begun_at, SEND_SURE_AFTER);
	struct store_page pages[STORE_PAGES_MAX];
	size_t count;

	*ret = false;
	TRY(store_find_pages(job->work.session, job->work.arena,
	    vault_fingerprint(job->work.vault, to), from, STORE_PAGES_MAX, pages, &count));
	for (size_t i = 0; i < count; i++) {
		bool is_ours =
		    uuid_equal(pages[i].eco, effect->eco) && pages[i].attempt == effect->number;

		*ret = *ret || (!is_ours && pages[i].at.us <= until.us);
	}
	return NULL;
}

/*
 * Of what the provider has: what is bound to this effect already, or was found under its key
 * (then ${ret_certain}), else the oldest that belongs to nobody yet.
 */
static struct err *
find_ours(const struct effect_job *job, const struct telephony_records *records,
    const struct send_search *search, struct str *ret, bool *ret_certain)
{
	const struct store_effect *effect = &job->claim->effect;

	*ret = STR("");
	*ret_certain = false;
	for (size_t i = 0; i < records->count; i++) {
		const struct telephony_record *record = &records->at[i];
		bool found;
		struct uuid eco;
		int64_t number;

		if (!search->is_call && !record->is_certain &&
		    !str_equal(record->body, search->body))
			continue;
		TRY(store_find_provider_id(job->work.session, job->work.arena, record->provider_id,
		    &found, &eco, &number));
		if (found && (!uuid_equal(eco, effect->eco) || number != effect->number))
			continue;
		*ret = record->provider_id;
		*ret_certain = found || record->is_certain || !search->is_call;
		if (*ret_certain)
			return NULL;
	}
	return NULL;
}

struct err *
send_find_earlier(struct effect_job *job, const struct send_search *search, enum send_earlier *ret,
    struct str *ret_id)
{
	struct telephony *telephony = job->worker->config->telephony;
	const struct telephony_search what = {
		.tenant = send_tenant(job),
		.key = job->claim->effect.key,
		.to = search->to,
		.since = { job->claim->begun_at.us - SEND_CLOCK_SLACK.us },
	};
	struct telephony_records records;
	bool certain, rivals;

	*ret = SEND_NEW;
	*ret_id = STR("");
	if (!job->claim->begun)
		return NULL;
	if (search->is_call)
		TRY(telephony_find_calls(telephony, job->work.arena, &what, &records));
	else
		TRY(telephony_find_texts(telephony, job->work.arena, &what, &records));
	TRY(find_ours(job, &records, search, ret_id, &certain));
	if (str_empty(*ret_id)) {
		bool is_sure =
		    instant_since(job->work.now, job->claim->begun_at).us >= SEND_SURE_AFTER.us;

		*ret = is_sure ? SEND_NEW : SEND_UNSURE;
		return NULL;
	}
	rivals = false;
	if (!certain)
		TRY(has_rivals(job, search->to, &rivals));
	*ret = rivals ? SEND_UNSURE : SEND_FOUND;
	return NULL;
}

/* ---- slots ---- */

struct err *
send_take_slot(struct effect_job *job, const struct telephony_tenant *tenant, int64_t segments,
    struct instant latest, enum send_slot *ret)
{
	const struct process_config *config = job->worker->config;
	struct arena *arena = job->work.arena;
	bool is_call = segments == 0;
	int64_t rate = is_call ? config->call_rate_per_s : config->text_segments_per_s;
	struct str whose = is_call ? tenant->subaccount : tenant->from;
	struct store_throttle throttle = { .units = is_call ? 1 : segments };
	struct instant at;
	bool taken;

	*ret = SEND_NOW;
	if (latest.us != 0 && job->work.now.us > latest.us)
		*ret = SEND_TOO_LATE;
	if (rate == 0 || *ret == SEND_TOO_LATE)
		return NULL;
	throttle.key = arena_printf(arena, "%s:%.*s", is_call ? "calls" : "texts",
	    STR_ARG(str_empty(whose) ? STR("main") : whose));
	throttle.step.us = SECONDS(1).us / rate;
	TRY(store_take_slot(job->work.session, arena, &throttle, job->work.now, &taken, &at));
	if (taken)
		return NULL;
	if (latest.us != 0 && at.us > latest.us &&
	    job->work.now.us + throttle.step.us > latest.us) {
		*ret = SEND_TOO_LATE;
		return NULL;
	}
	if (latest.us != 0 && at.us > latest.us)
		at = latest;
	*ret = SEND_PUT_BACK;
	return effect_wait(job, at);
}

struct err *
send_note(struct effect_job *job, struct uuid person, struct str number)
{
	const struct store_effect *effect = &job->claim->effect;

	return store_note_page(job->work.session, job->work.arena,
	    vault_fingerprint(job->work.vault, number),
	    &(struct store_page){
		.eco = effect->eco,
		.attempt = effect->number,
		.person = person,
		.at = job->work.now,
	    });
}

/* ---- the provider's answer ---- */

struct str
send_refusal(const struct effect_job *job, const struct telephony_receipt *receipt)
{
	return arena_printf(
	    job->work.arena, "%.*s (%lld)", STR_ARG(receipt->detail), (long long)receipt->code);
}

struct err *
send_answered(struct effect_job *job, struct err *err, const struct telephony_receipt *receipt)
{
	effect_answered(job);
	if (err == NULL)
		return NULL;
	job->begun = err->kind != ERR_UNAVAILABLE;
	if (receipt->wait.us > 0)
		job->not_before = instant_plus(job->work.now, receipt->wait);
	return err;
}

struct err *
send_report(
    struct effect_job *job, enum ringdown_news news, struct str provider_id, struct str detail)
{
	const struct store_effect *effect = &job->claim->effect;

	return pager_report(&job->work,
	    &(struct pager_news){ .eco = effect->eco, .settles_effect = effect->key },
	    &(struct ringdown_report){ .attempt = effect->number,
		.news = news,
		.provider_id = provider_id,
		.detail = detail });
}

struct str
send_hook(const struct effect_job *job, const char *what)
{
	return arena_printf(job->work.arena, "%.*s/webhooks/twilio/%s?eco=%.*s&attempt=%lld",
	    STR_ARG(job->worker->config->public_url), what,
	    STR_ARG(uuid_text(job->work.arena, job->claim->effect.eco)),
	    (long long)job->claim->effect.number);
}
