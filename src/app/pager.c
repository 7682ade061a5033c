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
	const struct ringdown_visit *visit; /* NULL: it is the person of ${attempt} */
	int64_t attempt;
	enum ringdown_choice choice;
	int64_t value;
	struct str note;
	enum ringdown_reply reply;
};

static bool
decide_choice(void *context, const struct callout *callout, struct outcome *ret)
{
	struct choosing *choosing = context;
	const struct ringdown *r = &callout->ringdown;

	choosing->reply = choosing->visit != NULL ? ringdown_on_visit(r, choosing->visit, ret)
						  : ringdown_on_choice(r, choosing->attempt,
							choosing->choice, choosing->value, ret);
	return choosing->reply != RINGDOWN_UNKNOWN;
}

/* The reply is kept under the key, so that a repeated call-back is answered as the first was. */
static struct str
reply_answer(void *context, struct arena *arena, int64_t version)
{
	const struct choosing *choosing = context;

	(void)version;
	return arena_printf(arena, "%d%s%.*s", (int)choosing->reply,
	    str_empty(choosing->note) ? "" : " ", STR_ARG(choosing->note));
}

static enum ringdown_reply
read_reply(struct str answer, struct str *ret_note)
{
	int64_t value;

	*ret_note = answer;
	if (!str_parse_i64(str_cut(ret_note, ' '), &value) || value < RINGDOWN_NOTED ||
	    value > RINGDOWN_ETA_NOTED)
		return RINGDOWN_UNKNOWN;
	return (enum ringdown_reply)value;
}

static struct err *
choose(const struct app_work *work, const struct pager_news *news, struct choosing *choosing,
    enum ringdown_reply *ret)
{
	struct change change = news_change(work, news);
	struct change_result result;
	struct str note;

	choosing->note = news->note;
	change.decide = decide_choice;
	change.context = choosing;
	change.make_answer = reply_answer;
	TRY(change_run(&change, &result));
	switch (result.outcome) {
	case CHANGE_MADE:
		*ret = choosing->reply;
		return NULL;
	case CHANGE_REPEATED:
		*ret = read_reply(result.answer, &note);
		return NULL;
	case CHANGE_REFUSED:
	case CHANGE_KEY_REUSED:
	case CHANGE_NO_ECO:
		*ret = RINGDOWN_UNKNOWN;
		return NULL;
	}
	UNREACHABLE("change outcome");
}

struct err *
pager_choose(const struct app_work *work, const struct pager_news *news, int64_t attempt,
    enum ringdown_choice choice, int64_t value, enum ringdown_reply *ret)
{
	struct choosing choosing = { .attempt = attempt, .choice = choice, .value = value };

	return choose(work, news, &choosing, ret);
}

struct err *
pager_visit(const struct app_work *work, const struct pager_news *news,
    const struct ringdown_visit *visit, enum ringdown_reply *ret)
{
	struct choosing choosing = { .visit = visit };

	return choose(work, news, &choosing, ret);
}

struct err *
pager_find_reply(const struct app_work *work, struct uuid key, bool *ret_found,
    enum ringdown_reply *ret, struct str *ret_note)
{
	struct store_append_result found;

	TRY(store_find_command(
	    work->session, work->arena, UUID_NIL, key, (struct sha256){ { 0 } }, &found));
	*ret_found = found.outcome == STORE_REPEATED;
	if (*ret_found)
		*ret = read_reply(found.answer, ret_note);
	return NULL;
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
