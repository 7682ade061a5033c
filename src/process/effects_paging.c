#include "app/event_vault.h"
#include "app/pager.h"
#include "process/effects.h"

/*
 * A request of a process that has died may still be on its way when we look for
 * what it did; wait this long, in real time, before looking.
 */
#define SETTLE_REAL MILLISECONDS(700)

/* The provider's stamps have whole seconds, and its clock is not ours. */
#define CLOCK_SLACK SECONDS(5)

#define HANG_UP_TRIES_MAX 6
#define ALERT_TRIES_MAX   10
#define ALERT_VALIDITY_S  3600

static struct telephony_tenant
tenant(const struct effect_job *job)
{
	return (struct telephony_tenant){
		.subaccount = job->agreement.twilio_subaccount,
		.from = job->agreement.twilio_from,
	};
}

static struct telephony *
telephony(const struct effect_job *job)
{
	return job->worker->config->telephony;
}

/*
 * When an earlier try may have reached the provider: let what is on its way
 * arrive, and then look at the ECO again, because a call-back may have told us
 * meanwhile what that try brought about.
 */
static struct err *
settle(struct effect_job *job)
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
	job->callout = &loaded->callout;
	job->work.now = clock_now(job->worker->config->clock);
	return NULL;
}

/*
 * Of what the provider has, the id that is bound to this effect already, else the
 * oldest that belongs to nobody yet.
 */
static struct err *
find_ours(const struct effect_job *job, const struct telephony_records *records, struct str *ret)
{
	const struct store_effect *effect = &job->claim->effect;

	*ret = STR("");
	for (size_t i = 0; i < records->count; i++) {
		bool found;
		struct uuid eco;
		int64_t number;

		TRY(store_find_provider_id(job->work.session, job->work.arena,
		    records->at[i].provider_id, &found, &eco, &number));
		if (found && (!uuid_equal(eco, effect->eco) || number != effect->number))
			continue;
		*ret = records->at[i].provider_id;
		if (found)
			return NULL;
	}
	return NULL;
}

/*
 * An earlier try may have reached the provider: ask it before repeating.  ${ret}
 * is the id of what that try brought about, or empty.
 */
static struct err *
find_earlier(struct effect_job *job, struct str to, bool is_call, struct str *ret)
{
	struct instant since = { job->claim->begun_at.us - CLOCK_SLACK.us };
	struct telephony_tenant who = tenant(job);
	struct telephony_records records;

	*ret = STR("");
	if (!job->claim->begun)
		return NULL;
	if (is_call)
		TRY(telephony_find_calls(
		    telephony(job), job->work.arena, &who, to, since, &records));
	else
		TRY(telephony_find_texts(
		    telephony(job), job->work.arena, &who, to, since, &records));
	return find_ours(job, &records, ret);
}

/* Where the provider sends what happens to the call of this attempt. */
static struct str
webhook_url(const struct effect_job *job, const char *what)
{
	return arena_printf(job->work.arena, "%.*s/webhooks/twilio/voice/%s?eco=%.*s&attempt=%lld",
	    STR_ARG(job->worker->config->public_url), what,
	    STR_ARG(uuid_text(job->work.arena, job->claim->effect.eco)),
	    (long long)job->claim->effect.number);
}

static struct err *
report(struct effect_job *job, enum ringdown_news news, struct str provider_id, struct str detail)
{
	const struct store_effect *effect = &job->claim->effect;

	return pager_report(&job->work,
	    &(struct pager_news){ .eco = effect->eco, .settles_effect = effect->key },
	    &(struct ringdown_report){ .attempt = effect->number,
		.news = news,
		.provider_id = provider_id,
		.detail = detail });
}

/* Ask for the call to ${phone} and report what the provider made of it. */
static struct err *
place(struct effect_job *job, struct str phone)
{
	struct telephony_receipt receipt;
	struct err *err;

	TRY(effect_begin(job));
	err = telephony_place_call(telephony(job), job->work.arena,
	    &(struct telephony_call){
		.tenant = tenant(job),
		.to = phone,
		.ring_s = job->callout->eco.terms.ring_s,
		.answer_url = webhook_url(job, "answer"),
		.status_url = webhook_url(job, "status"),
	    },
	    &receipt);
	effect_answered(job);
	if (err != NULL) {
		job->begun = err->kind != ERR_UNAVAILABLE;
		return err;
	}
	if (!receipt.accepted)
		return report(job, RINGDOWN_REFUSED, STR(""),
		    arena_printf(job->work.arena, "%.*s (%lld)", STR_ARG(receipt.detail),
			(long long)receipt.code));
	return report(job, RINGDOWN_PLACED, receipt.provider_id, STR(""));
}

struct err *
effect_place_call(struct effect_job *job)
{
	int64_t attempt = job->claim->effect.number;
	const struct roster_person *person;
	const struct ringdown *ringdown;
	struct str earlier, phone;
	enum vault_opened opened;

	TRY(settle(job));
	ringdown = &job->callout->ringdown;
	person = ringdown_person(ringdown, attempt);
	/* Overtaken by time, or placed already: drop it rather than ring late or twice. */
	if (!ringdown_wants_call(ringdown, attempt) || person == NULL)
		return effect_drop(job, "not wanted");
	TRY(vault_open_text(job->work.vault, job->work.session, job->work.arena, person->id,
	    VAULT_PHONE, person->phone, &opened, &phone));
	/* There is nobody to ring any more, and no use in waiting: the next person is rung. */
	if (opened != VAULT_OPEN)
		return report(job, RINGDOWN_CALL_FAILED, STR(""),
		    opened == VAULT_ERASED ? STR("the person was erased")
					   : STR("there is no key to the number"));
	TRY(find_earlier(job, phone, true, &earlier));
	if (!str_empty(earlier))
		return report(job, RINGDOWN_PLACED, earlier, STR(""));
	return place(job, phone);
}

struct err *
effect_hang_up(struct effect_job *job)
{
	struct telephony_tenant who = tenant(job);

	if (job->claim->tries > HANG_UP_TRIES_MAX)
		return effect_drop(job, "given up");
	TRY(telephony_hang_up(
	    telephony(job), job->work.arena, &who, job->claim->effect.provider_id));
	return store_drop_effect(job->work.session, job->work.arena, job->claim->effect.key);
}

static struct err *
alerted(struct effect_job *job, bool sent, struct str provider_id, struct str detail)
{
	const struct store_effect *effect = &job->claim->effect;

	return pager_alerted(&job->work,
	    &(struct pager_news){ .eco = effect->eco, .settles_effect = effect->key },
	    &(struct ringdown_alert){ .round = effect->number,
		.sent = sent,
		.phone = job->callout->eco.noc_duty_phone,
		.provider_id = provider_id,
		.detail = detail });
}

/* What the duty number reads: which job, what happened, what follows. */
static struct str
alert_text(const struct effect_job *job)
{
	const struct callout *callout = &job->callout[0];
	bool again = callout->ringdown.state == DISPATCH_WAITING_RETRY;

	return arena_printf(job->work.arena,
	    "Osprey Strike: nobody accepted %.*s. %zu contacts were rung, %lld times each. %s",
	    STR_ARG(callout->eco.job_number), ringdown_contacts(&callout->ringdown),
	    (long long)callout->ringdown.loop,
	    again ? arena_printf(job->work.arena, "The list is rung again in %lld minutes.",
			(long long)callout->eco.terms.retry_after_s / 60)
			.ptr
		  : "Nobody is being rung any more.");
}

static struct err *
send_alert(struct effect_job *job)
{
	struct telephony_receipt receipt;
	struct err *err;

	TRY(effect_begin(job));
	err = telephony_send_text(telephony(job), job->work.arena,
	    &(struct telephony_text){
		.tenant = tenant(job),
		.to = job->duty_phone,
		.body = alert_text(job),
		.validity_s = ALERT_VALIDITY_S,
	    },
	    &receipt);
	effect_answered(job);
	if (err != NULL) {
		job->begun = err->kind != ERR_UNAVAILABLE;
		return err;
	}
	return alerted(job, receipt.accepted, receipt.provider_id,
	    receipt.accepted ? STR("")
			     : arena_printf(job->work.arena, "%.*s (%lld)", STR_ARG(receipt.detail),
				   (long long)receipt.code));
}

struct err *
effect_alert_noc(struct effect_job *job)
{
	struct str earlier;

	TRY(settle(job));
	if (!ringdown_wants_alert(&job->callout->ringdown, job->claim->effect.number))
		return effect_drop(job, "not wanted");
	TRY(event_open_duty_phone(
	    job->work.vault, job->work.session, job->work.arena, job->callout, &job->duty_phone));
	if (str_empty(job->duty_phone))
		return alerted(job, false, STR(""), STR("the NOC has no duty number"));
	TRY(find_earlier(job, job->duty_phone, false, &earlier));
	if (!str_empty(earlier))
		return alerted(job, true, earlier, STR(""));
	if (job->claim->tries > ALERT_TRIES_MAX)
		return alerted(job, false, STR(""), STR("the provider could not be reached"));
	return send_alert(job);
}
