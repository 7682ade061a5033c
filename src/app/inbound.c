#include "app/inbound.h"

#include "app/record_change.h"
#include "domain/directory/person_decide.h"
#include "store/store_send.h"

#define NUMBER_BYTES_MAX 16 /* E.164: "+" and 15 digits */

static bool
is_number(struct str number)
{
	if (number.len < 3 || number.len > NUMBER_BYTES_MAX || number.ptr[0] != '+')
		return false;
	for (size_t i = 1; i < number.len; i++) {
		if (number.ptr[i] < '0' || number.ptr[i] > '9')
			return false;
	}
	return true;
}

/* -- pages -- */

static bool
has_eco(const struct inbound_pages *pages, struct uuid eco)
{
	for (size_t i = 0; i < pages->count; i++) {
		if (uuid_equal(pages->at[i].eco, eco))
			return true;
	}
	return false;
}

static bool
asks_pin(const struct ringdown *ringdown, struct uuid person)
{
	for (size_t i = 0; i < ringdown->plan.count; i++) {
		if (uuid_equal(ringdown->plan.people[i].id, person))
			return ringdown->plan.people[i].asks_pin;
	}
	return false;
}

static enum inbound_standing
standing_of(const struct ringdown *ringdown, struct uuid person)
{
	if (!ringdown->over && ringdown->state == DISPATCH_ACCEPTED &&
	    uuid_equal(ringdown->accepted_person, person))
		return INBOUND_THEIRS;
	return ringdown_offers(ringdown, person) ? INBOUND_OPEN : INBOUND_OVER;
}

struct finding {
	const struct app_work *work;
	inbound_may_see_f may_see;
	const void *context;
	struct inbound_pages *pages;
};

static struct err *
add_page(const struct finding *finding, const struct store_page *page)
{
	struct inbound_pages *pages = finding->pages;
	struct inbound_page *added = &pages->at[pages->count];
	struct change_loaded *loaded;
	bool seen;

	TRY(change_load(finding->work->session, finding->work->arena, page->eco, &loaded));
	if (loaded == NULL)
		return NULL;
	TRY(finding->may_see(finding->context, &loaded->callout, &seen));
	if (!seen)
		return NULL;
	*added = (struct inbound_page){
		.eco = page->eco,
		.person = page->person,
		.standing = standing_of(&loaded->callout.ringdown, page->person),
		.asks_pin = asks_pin(&loaded->callout.ringdown, page->person),
		.loaded = loaded,
	};
	page_code(page->eco, added->code);
	pages->count++;
	return NULL;
}

struct err *
inbound_find(const struct app_work *work, struct str number, inbound_may_see_f may_see,
    const void *context, struct inbound_pages *ret, bool *ret_known)
{
	struct finding finding = { work, may_see, context, ret };
	struct instant since = { work->now.us - INBOUND_PAGE_AGE.us };
	struct store_contact_owner owner;
	struct store_page *pages;
	size_t count, owners;

	*ret = (struct inbound_pages){ .count = 0 };
	*ret_known = false;
	if (!is_number(number))
		return NULL;
	pages = arena_array(work->arena, struct store_page, STORE_PAGES_MAX);
	if (pages == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left to look for pages");
	TRY(store_find_pages(work->session, work->arena, vault_fingerprint(work->vault, number),
	    since, STORE_PAGES_MAX, pages, &count));
	for (size_t i = 0; i < count && ret->count < INBOUND_PAGES_MAX; i++) {
		if (!has_eco(ret, pages[i].eco))
			TRY(add_page(&finding, &pages[i]));
	}
	TRY(store_find_contacts(work->session, work->arena, number, 1, &owner, &owners));
	*ret_known = ret->count > 0 || owners > 0;
	return NULL;
}

const struct inbound_page *
inbound_by_code(const struct inbound_pages *pages, struct str code)
{
	for (size_t i = 0; i < pages->count; i++) {
		if (str_equal_nocase(str_from_z(pages->at[i].code), code))
			return &pages->at[i];
	}
	return NULL;
}

const struct inbound_page *
inbound_by_job(const struct inbound_pages *pages, struct str job)
{
	for (size_t i = 0; i < pages->count; i++) {
		if (str_equal_nocase(pages->at[i].loaded->callout.eco.job_number, job))
			return &pages->at[i];
	}
	return NULL;
}

/* ${text} has the digits ${digits}, and no others, in this order. */
static bool
digits_are(struct str text, struct str digits)
{
	bool begun = false;
	size_t at = 0;

	while (at < digits.len && digits.ptr[at] == '0')
		at++;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.ptr[i];

		if (c < '0' || c > '9' || (c == '0' && !begun))
			continue;
		begun = true;
		if (at >= digits.len || digits.ptr[at++] != c)
			return false;
	}
	return begun && at == digits.len;
}

const struct inbound_page *
inbound_by_digits(const struct inbound_pages *pages, struct str digits)
{
	for (size_t i = 0; i < pages->count; i++) {
		if (digits_are(pages->at[i].loaded->callout.eco.job_number, digits))
			return &pages->at[i];
	}
	return NULL;
}

/* -- STOP and START -- */

struct opting {
	const struct app_work *work;
	struct uuid person, osp;
	bool out;
	struct str reason;
	bool changed;
};

static struct record_author
author_of(const struct app_work *work)
{
	return (struct record_author){
		.session = work->session,
		.arena = work->arena,
		.now = work->now,
		.vault = work->vault,
		.make_id = work->make_id,
		.actor = { .kind = work->actor_kind, .name = work->actor },
		.correlation = work->make_id(work->now),
	};
}

/* Who is retired, or has opted so before, is left as they are. */
static struct err *
opt_here(struct opting *opting)
{
	struct record_outcome *outcome = arena_new(opting->work->arena, struct record_outcome);
	struct record_author author = author_of(opting->work);
	struct store_append_result appended;
	struct record_decision decision;
	struct record before;
	struct refusal refusal;
	bool found, taken;

	opting->changed = false;
	if (outcome == NULL)
		return ERR(opting->work->arena, ERR_LIMIT, "no memory left to opt somebody");
	TRY(record_load(
	    author.session, author.arena, RECORD_PERSON, opting->person, &found, &before));
	if (!found ||
	    !person_decide_opt(&before, opting->out, opting->reason, &decision, &refusal) ||
	    !decision.changes)
		return NULL;
	outcome->step_count = 1;
	outcome->steps[0] =
	    (struct record_step){ .event = decision.event, .after = decision.after };
	TRY(record_write(
	    &author, outcome, &(struct record_key){ .key = UUID_NIL }, &taken, &appended));
	CHECK(!taken); /* nothing of a person is unique */
	opting->changed = true;
	return NULL;
}

static struct err *
opt_once(struct opting *opting)
{
	struct store_session *session = opting->work->session;
	struct err *err;

	TRY(store_begin(session, opting->work->arena, opting->osp));
	err = opt_here(opting);
	if (err == NULL && opting->changed)
		return store_commit(session, opting->work->arena);
	store_rollback(session);
	return err;
}

static struct err *
opt_person(struct opting *opting)
{
	struct err *err = NULL;

	for (int i = 0; i < APP_DECISIONS_MAX; i++) {
		err = opt_once(opting);
		if (err == NULL || err->kind != ERR_CONFLICT)
			return err;
	}
	return ERR_WRAP(opting->work->arena, err, "a person changed under %d decisions in a row",
	    APP_DECISIONS_MAX);
}

struct err *
inbound_opt(
    const struct app_work *work, struct str number, bool out, struct str reason, size_t *ret_count)
{
	struct store_contact_owner *owners =
	    arena_array(work->arena, struct store_contact_owner, STORE_PAGES_MAX);
	size_t count;

	*ret_count = 0;
	if (!is_number(number))
		return NULL;
	if (owners == NULL)
		return ERR(work->arena, ERR_LIMIT, "no memory left to look for people");
	TRY(store_find_contacts(
	    work->session, work->arena, number, STORE_PAGES_MAX, owners, &count));
	for (size_t i = 0; i < count; i++) {
		struct opting opting = { work, owners[i].person, owners[i].osp, out, reason,
			false };

		TRY(opt_person(&opting));
		*ret_count += opting.changed;
	}
	return NULL;
}
