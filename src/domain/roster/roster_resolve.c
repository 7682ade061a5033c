#include "domain/roster/roster_resolve.h"

#include "domain/roster/local_clock.h"

/* Everybody of the list, and everybody who stands in for one of them. */
#define JUDGED_MAX ((size_t)2 * ROSTER_PEOPLE_MAX)

struct judging {
	const struct roster_query *query;
	struct roster_person at[JUDGED_MAX];
	size_t count;
};

static const struct person *
find_person(const struct roster_query *query, struct uuid id)
{
	for (size_t i = 0; i < query->people_count; i++) {
		if (uuid_equal(query->people[i].id, id))
			return &query->people[i].person;
	}
	return NULL;
}

/* ---- reasons ---- */

static bool
is_valid_at(const struct shift *shift, struct instant now)
{
	return shift->valid_from.us <= now.us &&
	       (shift->valid_until.us == RECORD_NO_MOMENT.us || now.us < shift->valid_until.us);
}

/* Whether ${whose} place is to be rung now. */
static bool
is_on_shift(const struct roster_query *query, struct uuid whose)
{
	const struct pager_list_record *list = query->list;
	bool any = false;

	for (size_t i = 0; i < list->shift_count; i++) {
		const struct shift *shift = &list->shifts[i];
		struct local_window window = { shift->days, shift->from_min, shift->until_min };
		struct instant end;

		if (!uuid_equal(shift->person, whose))
			continue;
		any = true;
		if (is_valid_at(shift, query->now) &&
		    local_clock_within(query->zones, list->time_zone, &window, query->now, &end))
			return true;
	}
	return !any;
}

static bool
is_verified(const struct contact *contact)
{
	return contact->verified_at.us != RECORD_NO_MOMENT.us;
}

static bool
has_text(const struct person *person)
{
	for (size_t i = 0; i < person->contact_count; i++) {
		if (person->contacts[i].kind == CONTACT_SMS && is_verified(&person->contacts[i]))
			return true;
	}
	return false;
}

/*
 * How ${person} is paged: the verified contacts that their wish is for, in the order of
 * preference.  One text is enough, and has its place whatever number of telephones there is.
 */
static void
add_contacts(const struct person *person, struct roster_person *ret)
{
	bool texts = person->wish != PAGE_WISH_CALL && has_text(person);
	size_t calls_left = person->wish == PAGE_WISH_TEXT ? 0 : ROSTER_CONTACTS_MAX - texts;
	size_t texts_left = texts ? 1 : 0;

	for (size_t i = 0; i < person->contact_count; i++) {
		const struct contact *contact = &person->contacts[i];
		bool calls = contact->kind == CONTACT_VOICE;
		size_t *left = calls ? &calls_left : &texts_left;

		if (!is_verified(contact) || *left == 0)
			continue;
		(*left)--;
		ret->contacts[ret->contact_count++] = (struct roster_contact){ contact->id,
			calls ? PAGE_CHANNEL_VOICE : PAGE_CHANNEL_TEXT, contact->number };
	}
	ret->texts_too = texts;
	ret->asks_pin = !str_empty(person->pin_hash);
}

/* When ${person} may be rung again; now or earlier: now. */
static struct instant
rests_until(const struct roster_query *query, const struct person *person)
{
	struct local_window window = { LOCAL_EVERY_DAY, person->rest_from_min,
		person->rest_until_min };
	struct str zone = str_empty(person->time_zone) ? query->list->time_zone : person->time_zone;
	struct instant until = query->now, end;

	if (person->resting_until.us > until.us)
		until = person->resting_until;
	if (window.from_min != window.until_min &&
	    local_clock_within(query->zones, zone, &window, until, &end))
		until = end;
	return until;
}

/* ${person}, who stands at ${place}'s place, as they are judged. */
static struct roster_person
judge(const struct roster_query *query, struct uuid id, struct uuid place)
{
	const struct person *person = find_person(query, id);
	struct roster_person judged = { .id = id, .skip = ROSTER_SKIP_RETIRED };
	struct instant until;

	if (person == NULL)
		return judged;
	judged.label = person->label;
	add_contacts(person, &judged);
	until = rests_until(query, person);
	if (person->retired)
		return judged;
	judged.skip =
	    roster_judge(is_on_shift(query, place), judged.contact_count > 0, person->opted_out);
	if (judged.skip == ROSTER_RINGS && until.us > query->now.us) {
		judged.skip = ROSTER_SKIP_RESTING;
		judged.until = until;
	}
	return judged;
}

/* ---- who stands where ---- */

/* The substitution for ${absent} that runs now: the one that was added last. */
static const struct substitution *
find_substitution(const struct roster_query *query, struct uuid absent)
{
	const struct pager_list_record *list = query->list;

	for (size_t i = list->substitution_count; i-- > 0;) {
		const struct substitution *at = &list->substitutions[i];

		if (uuid_equal(at->absent, absent) && at->from.us <= query->now.us &&
		    query->now.us < at->until.us)
			return at;
	}
	return NULL;
}

/*
 * Who stands at ${place}'s place.  With as many substitutions as there are, one step more
 * would be a circle.
 */
static struct uuid
find_standing(const struct roster_query *query, struct uuid place)
{
	struct uuid standing = place;

	for (size_t i = 0; i <= query->list->substitution_count; i++) {
		const struct substitution *next = find_substitution(query, standing);

		if (next == NULL || uuid_equal(next->substitute, place))
			break;
		standing = next->substitute;
	}
	return standing;
}

/* Everybody once: where they ring first, else where they were first not rung. */
static void
add(struct judging *judging, struct roster_person judged)
{
	size_t at = 0;

	while (at < judging->count && !uuid_equal(judging->at[at].id, judged.id))
		at++;
	if (at < judging->count) {
		if (judging->at[at].skip == ROSTER_RINGS || judged.skip != ROSTER_RINGS)
			return;
		judging->count--;
		memmove(&judging->at[at], &judging->at[at + 1],
		    (judging->count - at) * sizeof(judging->at[0]));
	}
	CHECK(judging->count < JUDGED_MAX);
	judging->at[judging->count++] = judged;
}

static void
add_place(struct judging *judging, struct uuid place, int64_t step)
{
	const struct roster_query *query = judging->query;
	const struct substitution *substitution = find_substitution(query, place);
	struct roster_person absent, standing;

	if (substitution != NULL) {
		absent = judge(query, place, place);
		absent.step = step;
		if (absent.skip != ROSTER_SKIP_RETIRED) {
			absent.skip = ROSTER_SKIP_SUBSTITUTED;
			absent.until = substitution->until;
			absent.by = substitution->substitute;
		}
		add(judging, absent);
	}
	if (substitution == NULL || !uuid_equal(find_standing(query, place), place)) {
		standing = judge(query, find_standing(query, place), place);
		standing.step = step;
		add(judging, standing);
	}
}

/* Who rings is never left out: of those there are no more than places. */
static void
keep(const struct judging *judging, struct pager_list *ret)
{
	size_t too_many =
	    judging->count > ROSTER_PEOPLE_MAX ? judging->count - ROSTER_PEOPLE_MAX : 0;
	size_t to = ROSTER_PEOPLE_MAX;

	if (too_many == 0)
		to = judging->count;
	ret->count = to;
	for (size_t i = judging->count; i-- > 0;) {
		if (too_many > 0 && judging->at[i].skip != ROSTER_RINGS)
			too_many--;
		else
			ret->people[--to] = judging->at[i];
	}
	CHECK(to == 0);
}

void
roster_resolve(const struct roster_query *query, struct pager_list *ret)
{
	struct judging judging = { .query = query };
	const struct list_entry *entries = query->list->entries;
	size_t places = query->list->entry_count;
	int64_t step = 0;

	CHECK(places <= ROSTER_PEOPLE_MAX);
	for (size_t i = 0; i < places; i++) {
		step += i == 0 || entries[i].step == 0 || entries[i].step != entries[i - 1].step;
		add_place(&judging, entries[i].person, step);
	}
	*ret = (struct pager_list){
		.id = query->list_id, .name = query->list->name, .region = query->region
	};
	keep(&judging, ret);
}
