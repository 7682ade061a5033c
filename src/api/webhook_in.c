#include "api/webhook_in.h"

#include "api/webhook_talk.h"
#include "proto/twiml.h"

struct err *
webhook_in_may_see(const void *context, const struct callout *callout, bool *ret)
{
	return webhook_may_see(context, callout, ret);
}

/* Say ${text} to somebody of whom no callout is known, and end the call. */
static struct err *
say(struct api_request *request, struct str text)
{
	struct buf buf = buf_in(request->arena, VOICE_BYTES_MAX);

	voice_farewell(&buf, &(struct voice_talk){ .exercise = false }, text);
	return webhook_respond(request, &buf);
}

/* Callouts that the caller can do something about: open ones first, then their own. */
static const struct inbound_page *
find_place(const struct inbound_pages *pages, int64_t place, size_t *ret_count)
{
	static const enum inbound_standing order[] = { INBOUND_OPEN, INBOUND_THEIRS };
	const struct inbound_page *usable[INBOUND_PAGES_MAX];
	size_t count = 0;

	for (size_t o = 0; o < COUNT_OF(order); o++) {
		for (size_t i = 0; i < pages->count; i++) {
			if (pages->at[i].standing == order[o])
				usable[count++] = &pages->at[i];
		}
	}
	*ret_count = count;
	/* After the last comes the first again. */
	return count == 0 ? NULL : usable[(size_t)(place < 1 ? 0 : place - 1) % count];
}

/* Talk about ${page} with its person, as a visit. */
static struct err *
talk_about(struct api_request *request, struct webhook *webhook, const struct inbound_page *page)
{
	webhook->eco = page->eco;
	webhook->person = page->person;
	webhook->attempt = 0;
	webhook->loaded = page->loaded;
	return webhook_begin_talk(request, webhook);
}

/* The callout whose number was typed; the caller's own only. */
static struct err *
find_typed(struct api_request *request, struct webhook *webhook, const struct inbound_pages *pages)
{
	struct str digits = form_find(&webhook->form, STR("Digits"));
	const struct inbound_page *page = inbound_by_digits(pages, digits);
	size_t count;

	if (page != NULL)
		return talk_about(request, webhook, page);
	page = find_place(pages, webhook->place, &count);
	if (page == NULL || webhook->try >= VOICE_TRIES_MAX)
		return say(request, STR("There is no callout for you with this number. Goodbye."));
	webhook->eco = page->eco;
	webhook->person = page->person;
	webhook->loaded = page->loaded;
	return webhook_ask(request, webhook, VOICE_NUMBER, webhook->try + 1);
}

/*
 * Somebody calls us.  A stranger learns nothing, not even that it is a number that
 * people are called from.
 */
struct err *
api_voice_in(struct api_request *request)
{
	struct inbound_pages pages;
	const struct inbound_page *page;
	struct webhook webhook;
	bool genuine, known;
	size_t count;

	TRY(webhook_open(request, WEBHOOK_CALLER, &genuine, &webhook));
	if (!genuine)
		return NULL;
	TRY(inbound_find(&webhook.work, form_find(&webhook.form, STR("From")), webhook_in_may_see,
	    &webhook, &pages, &known));
	if (!known)
		return say(
		    request, STR("Thank you for calling. This number takes no calls. Goodbye."));
	if (voice_menu_find(form_find(&webhook.query, STR("menu"))) == VOICE_NUMBER)
		return find_typed(request, &webhook, &pages);
	page = find_place(&pages, webhook.place, &count);
	if (page == NULL)
		return say(
		    request, STR("This is Osprey Strike. There is no callout for you. Goodbye."));
	webhook.place = count < 2 ? 0 : webhook.place < 1 ? 1 : webhook.place;
	return talk_about(request, &webhook, page);
}
