#include "store/mem/mem_internal.h"

#define MISSES_MAX 8 /* see strike.take_slot() */

static struct err *
claim_lost(struct arena *arena, struct str key)
{
	return ERR(
	    arena, ERR_CONFLICT, "%.*s is not claimed by this process (any more)", STR_ARG(key));
}

/* ---- slots ---- */

/* The throttle ${key}, about to be changed; a new one is free. */
static struct mem_throttle *
change_throttle(struct mem_world *world, struct str key, struct instant now)
{
	struct mem_throttle *row;

	for (size_t i = 0; i < world->throttles.count; i++) {
		row = mem_row(&world->throttles, i);
		if (!str_equal(row->key, key))
			continue;
		mem_change(world, &world->throttles, row);
		return row;
	}
	row = mem_add(world, &world->throttles);
	row->key = mem_keep(world, key);
	row->free_at = now;
	return row;
}

struct err *
mem_take_slot(struct store_session *session, struct arena *arena, const struct store_throttle *slot,
    struct instant now, bool *ret_taken, struct instant *ret_at)
{
	struct mem_throttle *row = change_throttle(mem_enter(session), slot->key, now);
	int64_t ahead;

	(void)arena;
	*ret_taken = row->free_at.us <= now.us;
	*ret_at = now;
	if (*ret_taken) {
		row->free_at.us = now.us + slot->step.us * slot->units;
		row->misses = 0;
	} else {
		row->misses++;
		ahead = (row->misses < MISSES_MAX ? row->misses : MISSES_MAX) - 1;
		ret_at->us = row->free_at.us + slot->step.us * ahead;
	}
	return mem_leave(session, NULL);
}

struct err *
mem_wait_effect(
    struct store_session *session, struct arena *arena, struct str key, struct instant until)
{
	struct mem_effect *effect = mem_change_claimed(session, mem_enter(session), key);

	if (effect == NULL)
		return mem_leave(session, claim_lost(arena, key));
	if (!effect->waits)
		effect->since = effect->effect.due;
	effect->waits = true;
	effect->effect.due = until;
	effect->tries--;
	effect->owner = 0;
	return mem_leave(session, NULL);
}

/* ---- dead letters ---- */

struct err *
mem_set_aside_effect(struct store_session *session, struct arena *arena, struct str key,
    struct instant now, struct str problem)
{
	struct mem_world *world = mem_enter(session);
	struct mem_effect *effect = mem_change_claimed(session, world, key);

	if (effect == NULL)
		return mem_leave(session, claim_lost(arena, key));
	effect->owner = 0;
	effect->done = true;
	effect->dead = true;
	effect->dead_at = now;
	effect->problem = mem_keep(world, problem);
	return mem_leave(session, NULL);
}

/* Whether ${left} is listed before ${right}. */
static bool
is_listed_before(const struct mem_effect *left, const struct mem_effect *right, bool dead)
{
	enum effect_lane left_lane = effect_lane(left->effect.type);
	enum effect_lane right_lane = effect_lane(right->effect.type);

	if (dead && left->dead_at.us != right->dead_at.us)
		return left->dead_at.us > right->dead_at.us;
	if (dead)
		return mem_is_before(right, left);
	if (left_lane != right_lane)
		return left_lane < right_lane;
	return mem_is_before(left, right);
}

static struct store_letter
copy_letter(struct mem_world *world, const struct mem_effect *row, struct arena *arena)
{
	const struct mem_stream *stream = mem_find_stream(world, row->effect.eco);
	struct store_letter letter = {
		.claim = { .effect = row->effect,
		    .tries = row->tries,
		    .begun = row->begun,
		    .begun_at = row->begun_at },
		.problem = arena_copy(arena, row->problem),
		.claimed = row->owner != 0,
		.dead = row->dead,
		.dead_at = row->dead_at,
	};

	letter.claim.effect.key = arena_copy(arena, row->effect.key);
	letter.claim.effect.provider_id = arena_copy(arena, row->effect.provider_id);
	if (stream != NULL) {
		letter.noc = stream->noc;
		letter.osp = stream->osp;
	}
	return letter;
}

struct err *
mem_list_letters(struct store_session *session, struct arena *arena, bool dead, size_t limit,
    struct store_letter *ret, size_t *ret_count)
{
	struct mem_world *world = mem_enter(session);
	const struct mem_effect **rows =
	    arena_array(arena, const struct mem_effect *, world->effects.count + 1);
	size_t count = 0;

	*ret_count = 0;
	if (rows == NULL)
		return mem_leave(session, store_out_of_memory(arena));
	for (size_t i = 0; i < world->effects.count; i++) {
		const struct mem_effect *row = mem_row(&world->effects, i);
		size_t at = count;

		if (row->gone || (dead ? !row->dead : row->done))
			continue;
		for (; at > 0 && is_listed_before(row, rows[at - 1], dead); at--)
			rows[at] = rows[at - 1];
		rows[at] = row;
		count++;
	}
	for (size_t i = 0; i < count && i < limit; i++)
		ret[(*ret_count)++] = copy_letter(world, rows[i], arena);
	return mem_leave(session, arena_exhausted(arena) ? store_out_of_memory(arena) : NULL);
}

struct err *
mem_count_dead(struct store_session *session, struct arena *arena, int64_t *ret)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret = 0;
	for (size_t i = 0; i < world->effects.count; i++)
		*ret += ((const struct mem_effect *)mem_row(&world->effects, i))->dead;
	return mem_leave(session, NULL);
}

/* The dead letter ${key}, about to be changed; or NULL. */
static struct mem_effect *
change_dead(struct mem_world *world, struct str key)
{
	struct mem_effect *effect = mem_find_effect(world, key);

	if (effect == NULL || !effect->dead)
		return NULL;
	mem_change(world, &world->effects, effect);
	effect->dead = false;
	return effect;
}

struct err *
mem_replay_effect(struct store_session *session, struct arena *arena, struct str key,
    struct instant now, bool *ret_found)
{
	struct mem_effect *effect = change_dead(mem_enter(session), key);

	(void)arena;
	*ret_found = effect != NULL;
	if (effect != NULL) {
		effect->done = false;
		effect->waits = false;
		effect->tries = 0;
		effect->effect.due = now;
	}
	return mem_leave(session, NULL);
}

struct err *
mem_bury_effect(struct store_session *session, struct arena *arena, struct str key, bool *ret_found)
{
	(void)arena;
	*ret_found = change_dead(mem_enter(session), key) != NULL;
	return mem_leave(session, NULL);
}

/* ---- pages ---- */

struct err *
mem_note_page(struct store_session *session, struct arena *arena, struct sha256 fingerprint,
    const struct store_page *page)
{
	struct mem_world *world = mem_enter(session);
	struct mem_page *row = NULL;

	(void)arena;
	if (mem_is_erased(world, page->person))
		return mem_leave(session, NULL);
	for (size_t i = 0; i < world->pages.count; i++) {
		struct mem_page *other = mem_row(&world->pages, i);

		if (other->live && sha256_equal(other->fingerprint, fingerprint) &&
		    uuid_equal(other->page.eco, page->eco) && other->page.attempt == page->attempt)
			row = other;
	}
	if (row == NULL)
		row = mem_add(world, &world->pages);
	else
		mem_change(world, &world->pages, row);
	*row = (struct mem_page){ fingerprint, *page, true };
	return mem_leave(session, NULL);
}

void
mem_forget_pages(struct mem_world *world, struct uuid person)
{
	for (size_t i = 0; i < world->pages.count; i++) {
		struct mem_page *row = mem_row(&world->pages, i);

		if (!row->live || !uuid_equal(row->page.person, person))
			continue;
		mem_change(world, &world->pages, row);
		row->live = false;
	}
}

/* Newest first; of one moment by ECO, and then the later attempt first. */
static bool
is_newer(const struct store_page *left, const struct store_page *right)
{
	int order = memcmp(left->eco.bytes, right->eco.bytes, sizeof(left->eco.bytes));

	if (left->at.us != right->at.us)
		return left->at.us > right->at.us;
	return order != 0 ? order < 0 : left->attempt > right->attempt;
}

struct err *
mem_find_pages(struct store_session *session, struct arena *arena, struct sha256 fingerprint,
    struct instant since, size_t limit, struct store_page *ret, size_t *ret_count)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret_count = 0;
	for (size_t i = 0; i < world->pages.count; i++) {
		const struct mem_page *row = mem_row(&world->pages, i);
		size_t at = *ret_count;

		if (!row->live || !sha256_equal(row->fingerprint, fingerprint) ||
		    row->page.at.us < since.us)
			continue;
		if (at == limit && !is_newer(&row->page, &ret[at - 1]))
			continue;
		if (at == limit)
			at--;
		else
			(*ret_count)++;
		for (; at > 0 && is_newer(&row->page, &ret[at - 1]); at--)
			ret[at] = ret[at - 1];
		ret[at] = row->page;
	}
	return mem_leave(session, NULL);
}

static bool
has_number(const struct person *person, struct str number)
{
	for (size_t i = 0; i < person->contact_count; i++) {
		if (str_equal(person->contacts[i].number, number))
			return true;
	}
	return false;
}

struct err *
mem_find_contacts(struct store_session *session, struct arena *arena, struct str number,
    size_t limit, struct store_contact_owner *ret, size_t *ret_count)
{
	const struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret_count = 0;
	for (size_t i = 0; i < world->records.count; i++) {
		const struct mem_record *row = mem_record_at(world, RECORD_PERSON, i);
		size_t at = *ret_count;

		if (row == NULL || !has_number(&row->record.person, number))
			continue;
		if (at == limit && memcmp(row->row.id.bytes, ret[at - 1].person.bytes, 16) > 0)
			continue;
		if (at == limit)
			at--;
		else
			(*ret_count)++;
		for (; at > 0 && memcmp(row->row.id.bytes, ret[at - 1].person.bytes, 16) < 0; at--)
			ret[at] = ret[at - 1];
		ret[at] = (struct store_contact_owner){ row->row.id, row->row.osp };
	}
	return mem_leave(session, NULL);
}

struct err *
mem_count_answer(struct store_session *session, struct arena *arena, struct sha256 fingerprint,
    struct instant now, bool acted, int64_t *ret)
{
	struct mem_world *world = mem_enter(session);
	struct mem_answered *row = NULL;

	(void)arena;
	for (size_t i = 0; i < world->answered.count; i++) {
		struct mem_answered *other = mem_row(&world->answered, i);

		if (sha256_equal(other->fingerprint, fingerprint))
			row = other;
	}
	if (row == NULL)
		row = mem_add(world, &world->answered);
	else
		mem_change(world, &world->answered, row);
	row->fingerprint = fingerprint;
	if (acted)
		row->count = 0;
	else if (row->at.us <= now.us - SECONDS(3600).us)
		row->count = 1;
	else
		row->count++;
	row->at = now;
	*ret = row->count;
	return mem_leave(session, NULL);
}

/* ---- pruning ---- */

/* Whether ${eco} is an ECO that the board shows as going on. */
static bool
goes_on(const struct mem_world *world, struct uuid eco)
{
	int64_t build = mem_live_of(world, STR("eco_board"));

	for (size_t i = 0; i < world->board.count; i++) {
		const struct mem_board_row *row = mem_row(&world->board, i);

		if (row->live && row->build == build && !row->row.former &&
		    uuid_equal(row->row.eco, eco) && row->row.status != ECO_STATUS_CLOSED &&
		    row->row.status != ECO_STATUS_CANCELLED)
			return true;
	}
	return false;
}

static void
forget_eco(struct mem_world *world, struct uuid eco)
{
	for (size_t i = 0; i < world->provider_ids.count; i++) {
		struct mem_provider_id *row = mem_row(&world->provider_ids, i);

		if (!uuid_equal(row->eco, eco))
			continue;
		mem_change(world, &world->provider_ids, row);
		row->id = STR("");
	}
	for (size_t i = 0; i < world->pages.count; i++) {
		struct mem_page *row = mem_row(&world->pages, i);

		if (!uuid_equal(row->page.eco, eco))
			continue;
		mem_change(world, &world->pages, row);
		row->live = false;
	}
}

/* No real time passes here: what is to be kept for any time at all is kept. */
struct err *
mem_prune_work(struct store_session *session, struct arena *arena, int64_t keep_s, size_t limit,
    int64_t *ret_count)
{
	struct mem_world *world = mem_enter(session);

	(void)arena;
	*ret_count = 0;
	for (size_t i = 0; keep_s == 0 && i < world->effects.count; i++) {
		struct mem_effect *row = mem_row(&world->effects, i);
		bool is_poll = row->effect.type == EFFECT_RENDER_POLL;

		if (!row->done || row->dead || row->gone || (size_t)*ret_count == limit ||
		    (!is_poll && goes_on(world, row->effect.eco)))
			continue;
		mem_change(world, &world->effects, row);
		row->gone = true;
		(*ret_count)++;
		if (!is_poll)
			forget_eco(world, row->effect.eco);
	}
	return mem_leave(session, NULL);
}
