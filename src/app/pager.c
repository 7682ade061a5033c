#include "app/pager.h"

static struct change
news_change(const struct app_work *work, const struct pager_news *news)
{
	struct change change = work_change(work, news->eco);

	change.command_key = news->key;
	change.settles_effect = news->settles_effect;
	return change;
}

static bool
decide_report(void *context, const struct callout *callout, struct outcome *ret)
{
	ringdown_on_report(&callout->ringdown, context, ret);
	return true;
}

struct err *
pager_report(const struct app_work *work, const struct pager_news *news,
    const struct ringdown_report *report)
{
	struct ringdown_report copy = *report;
	struct change change = news_change(work, news);
	struct change_result result;

	change.decide = decide_report;
	change.context = &copy;
	if (!str_empty(report->provider_id)) {
		change.bind_provider_id = report->provider_id;
		change.bind_number = report->attempt;
	}
	return change_run(&change, &result);
}

struct choosing {
	int64_t attempt;
	enum ringdown_choice choice;
	int64_t value;
	enum ringdown_reply reply;
};

static bool
decide_choice(void *context, const struct callout *callout, struct outcome *ret)
{
	struct choosing *choosing = context;

	choosing->reply = ringdown_on_choice(
	    &callout->ringdown, choosing->attempt, choosing->choice, choosing->value, ret);
	return choosing->reply != RINGDOWN_UNKNOWN;
}

/* The reply is kept under the key, so that a repeated call-back is answered as the first was. */
static struct str
reply_answer(void *context, struct arena *arena, int64_t version)
{
	const struct choosing *choosing = context;

	(void)version;
	return arena_printf(arena, "%d", (int)choosing->reply);
}

static enum ringdown_reply
read_reply(struct str answer)
{
	int64_t value;

	if (!str_parse_i64(answer, &value) || value < RINGDOWN_NOTED || value > RINGDOWN_UNKNOWN)
		return RINGDOWN_UNKNOWN;
	return (enum ringdown_reply)value;
}

struct err *
pager_choose(const struct app_work *work, const struct pager_news *news, int64_t attempt,
    enum ringdown_choice choice, int64_t value, enum ringdown_reply *ret)
{
	struct choosing choosing = { .attempt = attempt, .choice = choice, .value = value };
	struct change change = news_change(work, news);
	struct change_result result;

	change.decide = decide_choice;
	change.context = &choosing;
	change.make_answer = reply_answer;
	TRY(change_run(&change, &result));
	switch (result.outcome) {
	case CHANGE_MADE:
		*ret = choosing.reply;
		return NULL;
	case CHANGE_REPEATED:
		*ret = read_reply(result.answer);
		return NULL;
	case CHANGE_REFUSED:
	case CHANGE_KEY_REUSED:
	case CHANGE_NO_ECO:
		*ret = RINGDOWN_UNKNOWN;
		return NULL;
	}
	UNREACHABLE("change outcome");
}

static bool
decide_alert(void *context, const struct callout *callout, struct outcome *ret)
{
	ringdown_on_alert(&callout->ringdown, context, ret);
	return true;
}

struct err *
pager_alerted(
    const struct app_work *work, const struct pager_news *news, const struct ringdown_alert *alert)
{
	struct ringdown_alert copy = *alert;
	struct change change = news_change(work, news);
	struct change_result result;

	change.decide = decide_alert;
	change.context = &copy;
	if (alert->sent) {
		change.bind_provider_id = alert->provider_id;
		change.bind_number = alert->round;
	}
	return change_run(&change, &result);
}
