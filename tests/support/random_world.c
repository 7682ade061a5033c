#include "support/random_world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- chance ---- */

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014). */
static uint64_t
next(struct random_world *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

size_t
random_below(struct random_world *random, size_t count)
{
	return (size_t)(next(random) % count);
}

bool
random_one_in(struct random_world *random, size_t count)
{
	return random_below(random, count) == 0;
}

/* ---- the model ---- */

random_set
random_only(size_t organisation)
{
	return UINT32_C(1) << organisation;
}

random_set
random_owners(const struct random_world *random, struct uuid noc, struct uuid osp)
{
	random_set set = 0;

	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		if (uuid_equal(random->organisations[i].id, noc) ||
		    uuid_equal(random->organisations[i].id, osp))
			set |= random_only(i);
	}
	return set;
}

void
random_expect(
    struct random_world *random, random_set seen_by, const char *table, const char *key, ...)
{
	char text[256];
	struct buf buf = buf_over(text, sizeof(text));
	va_list args;

	va_start(args, key);
	buf.len += buf_format(text, sizeof(text), key, args);
	va_end(args);
	assert_true(random->row_count < RANDOM_ROWS_MAX);
	random->rows[random->row_count++] = (struct random_row){
		.table = table,
		.key = arena_copy(random->world->arena, buf_view(&buf)),
		.seen_by = seen_by,
	};
}

struct uuid
random_id(struct random_world *random)
{
	char name[80];
	struct buf buf = buf_over(name, sizeof(name));

	buf_printf(&buf, "world %" PRIu64 " thing %" PRIu64, random->seed, random->made++);
	return uuid_from_name(buf_view(&buf));
}

/* Where ${id} stands, or the empty place where it should. */
static struct random_id *
place_of(const struct random_world *random, struct uuid id)
{
	size_t at = uuid_hash(id) % RANDOM_IDS_MAX;

	for (size_t i = 0; i < RANDOM_IDS_MAX; i++) {
		struct random_id *place = &random->ids[at];

		if (uuid_is_nil(place->id) || uuid_equal(place->id, id))
			return place;
		at = (at + 1) % RANDOM_IDS_MAX;
	}
	fail_msg("there are more than %d ids in the world", RANDOM_IDS_MAX);
	return NULL;
}

void
random_reveal(struct random_world *random, struct uuid id, random_set read_by)
{
	struct random_id *place = place_of(random, id);

	place->id = id;
	place->read_by |= read_by;
}

bool
random_readers(const struct random_world *random, struct uuid id, random_set *ret)
{
	const struct random_id *place = place_of(random, id);

	*ret = place->read_by;
	return !uuid_is_nil(place->id);
}

struct str
random_text(struct random_world *random, random_set read_by)
{
	struct uuid id = random_id(random);

	random_reveal(random, id, read_by);
	return uuid_text(random->world->arena, id);
}

struct uuid
random_text_id(struct str text)
{
	struct uuid id = UUID_NIL;

	assert_true(uuid_parse(text, &id));
	return id;
}

/* ---- making it ---- */

struct store_event
random_event(struct random_world *random, struct uuid stream, struct str type, random_set read_by)
{
	struct arena *arena = random->world->arena;
	struct store_event event = {
		.id = random_id(random),
		.stream = stream,
		.type = type,
		.schema_version = 1,
		.occurred_at = at_s((int64_t)random->made),
		.actor = { .kind = STORE_ACTOR_PROCESS, .name = random_text(random, read_by) },
		.correlation = random_id(random),
		.payload = arena_printf(
		    arena, "{\"text\":\"%.*s\"}", STR_ARG(random_text(random, read_by))),
	};

	random_reveal(random, event.id, read_by);
	random_reveal(random, event.correlation, read_by);
	if (!random_one_in(random, 3)) {
		event.actor.kind = STORE_ACTOR_USER;
		event.actor.user = random_id(random);
		event.actor.organisation = random_id(random);
		random_reveal(random, event.actor.user, read_by);
		random_reveal(random, event.actor.organisation, read_by);
	}
	return event;
}

void
random_expect_event(struct random_world *random, const struct store_event *event, struct uuid noc,
    struct uuid osp, random_set seen_by)
{
	struct arena *arena = random->world->arena;
	struct str id = uuid_text(arena, event->id);

	random_expect(random, seen_by, "event", "%.*s", STR_ARG(id));
	random_expect(random, seen_by, "history", "%.*s", STR_ARG(id));
	random_reveal(random, event->stream, seen_by);
	random_reveal(random, noc, seen_by);
	random_reveal(random, osp, seen_by);
}

struct store_session *
random_writer(
    struct random_world *random, struct uuid noc, struct uuid osp, struct uuid *ret_acts_for)
{
	struct uuid one = random_one_in(random, 2) ? noc : osp;

	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		if (!uuid_equal(random->organisations[i].id, one) || random_one_in(random, 4))
			continue;
		*ret_acts_for = one;
		return random->organisations[i].session;
	}
	*ret_acts_for = UUID_NIL;
	return random->world->worker;
}

/* Who they are; their records are made with all others. */
static void
make_organisations(struct random_world *random)
{
	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++) {
		struct random_organisation *made = &random->organisations[i];

		made->id = i == RANDOM_PLATFORM ? record_platform() : random_id(random);
		made->handle = arena_printf(random->world->arena, "company-%zu", i);
		made->is_noc = i % 3 != 1;
		made->is_osp = i % 3 != 0;
		made->name = random_text(random, random_only(i) | random_only(RANDOM_PLATFORM));
		made->session =
		    world_session(random->world->store, random->world->arena, STORE_API, made->id);
		random_reveal(random, made->id, random_only(i));
	}
}

/* Every event has a position, which is seen by whoever sees the event. */
static void
expect_positions(struct random_world *random)
{
	int64_t head = world_sequence(random->world);
	size_t events = random->row_count;

	for (int64_t after = 0; after < head;) {
		struct store_events page;

		OK(store_read_log(
		    random->world->worker, random->world->arena, after, STORE_ROWS_MAX, &page));
		assert_true(page.count > 0);
		for (size_t i = 0; i < page.count; i++) {
			struct str id = uuid_text(random->world->arena, page.at[i].id);
			size_t at = 0;

			while (at < events && (strcmp(random->rows[at].table, "event") != 0 ||
						  !str_equal(random->rows[at].key, id)))
				at++;
			assert_true(at < events);
			random_expect(random, random->rows[at].seen_by, "log", "%lld",
			    (long long)page.at[i].position);
		}
		after = page.at[page.count - 1].position;
	}
}

struct random_world *
random_world_make(struct world *world, uint64_t seed)
{
	struct random_world *random = calloc(1, sizeof(*random));

	assert_non_null(random);
	random->world = world;
	random->seed = random->state = seed;
	random->records = calloc(RANDOM_RECORDS_MAX, sizeof(*random->records));
	random->ecos = calloc(RANDOM_ECOS_MAX, sizeof(*random->ecos));
	random->commands = calloc(RANDOM_COMMANDS_MAX, sizeof(*random->commands));
	random->rows = calloc(RANDOM_ROWS_MAX, sizeof(*random->rows));
	random->ids = calloc(RANDOM_IDS_MAX, sizeof(*random->ids));
	assert_true(random->records != NULL && random->ecos != NULL && random->commands != NULL &&
		    random->rows != NULL && random->ids != NULL);
	make_organisations(random);
	random_make_records(random);
	random_make_ecos(random);
	expect_positions(random);
	/* Which build of the board is read is the same for everybody. */
	random_expect(random, UINT32_MAX, "projection", "eco_board");
	return random;
}

void
random_world_end(struct random_world *random)
{
	for (size_t i = 0; i < RANDOM_ORGANISATIONS; i++)
		store_session_close(random->organisations[i].session);
	free(random->records);
	free(random->ecos);
	free(random->commands);
	free(random->rows);
	free(random->ids);
	free(random);
}

/* ---- judging ---- */

#define FINDINGS_SHOWN 40

void
random_found(struct random_findings *findings, const struct random_world *random,
    size_t organisation, const char *format, ...)
{
	char text[512];
	va_list args;

	if (findings->silent || findings->count++ >= FINDINGS_SHOWN) {
		findings->count += findings->silent;
		return;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_error("seed %" PRIu64 ", company-%zu: %s\n", random->seed, organisation, text);
}
