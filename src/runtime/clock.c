#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/clock.h"
#include "runtime/clock_virtual.h"
#include "runtime/futex.h"

/* A demonstration at one day a second is 86,400; more than this is a slip of the finger. */
#define SPEED_MAX 1e6

/* 9999-12-31T23:59:59.999999Z, the last moment that RFC 3339 can write. */
#define LAST_US INT64_C(253402300799999999)

enum clock_kind { CLOCK_REAL, CLOCK_SCALED, CLOCK_VIRTUAL };

struct clock {
	enum clock_kind kind;
	double speed;
	struct instant anchor;
	struct clock_face *face; /* of a virtual clock */
};

struct alarm {
	struct clock *clock;
	_Atomic bool rung;
	_Atomic uint32_t own_word;
	_Atomic uint32_t *word; /* what to sleep on: own_word, or that of the virtual clock */
};

static int64_t
read_system_us(clockid_t id)
{
	struct timespec ts;

	CHECK(clock_gettime(id, &ts) == 0);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

struct instant
clock_system_now(void)
{
	return (struct instant){ read_system_us(CLOCK_REALTIME) };
}

int64_t
clock_monotonic_us(void)
{
	return read_system_us(CLOCK_MONOTONIC);
}

static struct clock *
create_clock(struct clock from)
{
	struct clock *clock = malloc(sizeof(*clock));

	CHECK(clock != NULL);
	*clock = from;
	return clock;
}

struct clock *
clock_create_real(void)
{
	return create_clock((struct clock){ .kind = CLOCK_REAL, .speed = 1 });
}

struct clock *
clock_create_scaled(double speed, struct instant anchor)
{
	CHECK(speed > 0 && speed <= SPEED_MAX);
	return create_clock(
	    (struct clock){ .kind = CLOCK_SCALED, .speed = speed, .anchor = anchor });
}

struct err *
clock_create_virtual(
    struct arena *arena, const char *path, struct instant start, struct clock **ret)
{
	struct clock_face *face;

	TRY(clock_face_open(arena, path, start, &face));
	*ret = create_clock((struct clock){ .kind = CLOCK_VIRTUAL, .face = face });
	return NULL;
}

/* "<speed>:<RFC 3339 anchor>" */
static struct err *
create_scaled_from(struct arena *arena, struct str setting, struct clock **ret)
{
	struct str speed_text = str_cut(&setting, ':');
	struct instant anchor;
	double speed;

	if (!str_parse_double(speed_text, &speed) || !(speed > 0) || speed > SPEED_MAX)
		return ERR(arena, ERR_CORRUPT,
		    "the clock's speed is \"%.*s\": a number above 0 and up to 1000000 is needed",
		    STR_ARG(speed_text));
	if (!instant_parse(setting, &anchor))
		return ERR(arena, ERR_CORRUPT,
		    "the clock's anchor is \"%.*s\": a moment such as 2026-01-05T02:14:07Z is "
		    "needed",
		    STR_ARG(setting));
	*ret = clock_create_scaled(speed, anchor);
	return NULL;
}

struct err *
clock_create_from(struct arena *arena, struct str setting, struct clock **ret)
{
	struct str rest = setting, kind = str_cut(&rest, ':');
	const char *path;

	if (str_equal(setting, STR("real"))) {
		*ret = clock_create_real();
		return NULL;
	}
	if (str_equal(kind, STR("scaled")))
		return create_scaled_from(arena, rest, ret);
	if (!str_equal(kind, STR("virtual")) || str_empty(rest))
		return ERR(arena, ERR_CORRUPT,
		    "the clock is \"%.*s\": real, scaled:<speed>:<anchor> or virtual:<path> is "
		    "needed",
		    STR_ARG(setting));
	path = arena_copy_z(arena, rest);
	if (path == NULL)
		return ERR(arena, ERR_LIMIT, "the path of the virtual clock does not fit");
	return clock_create_virtual(arena, path, clock_system_now(), ret);
}

void
clock_destroy(struct clock *clock)
{
	if (clock == NULL)
		return;
	clock_face_close(clock->face);
	free(clock);
}

/* anchor + (system - anchor) * speed, held between 1970 and 9999. */
static struct instant
scaled_now(const struct clock *clock)
{
	struct duration passed = instant_since(clock_system_now(), clock->anchor);
	double us = (double)clock->anchor.us + (double)passed.us * clock->speed;

	if (us <= 0)
		return (struct instant){ 0 };
	return (struct instant){ us >= (double)LAST_US ? LAST_US : (int64_t)us };
}

struct instant
clock_now(const struct clock *clock)
{
	switch (clock->kind) {
	case CLOCK_REAL:
		return clock_system_now();
	case CLOCK_SCALED:
		return scaled_now(clock);
	case CLOCK_VIRTUAL:
		return clock_face_read(clock->face);
	}
	UNREACHABLE("clock kind");
}

double
clock_speed(const struct clock *clock)
{
	return clock->speed;
}

void
clock_advance(struct clock *clock, struct duration by)
{
	CHECK(clock->kind == CLOCK_VIRTUAL);
	clock_face_advance(clock->face, by);
}

struct alarm *
alarm_create(struct clock *clock)
{
	struct alarm *alarm = calloc(1, sizeof(*alarm));

	CHECK(alarm != NULL);
	alarm->clock = clock;
	/*
	 * Sleepers on a virtual clock must wake when any process moves it, and a
	 * thread sleeps on one word only: so they all share the clock's, and a ring
	 * wakes them all to look whether it was for them.
	 */
	alarm->word =
	    clock->kind == CLOCK_VIRTUAL ? clock_face_word(clock->face) : &alarm->own_word;
	return alarm;
}

void
alarm_destroy(struct alarm *alarm)
{
	free(alarm);
}

void
alarm_ring(struct alarm *alarm)
{
	atomic_store(&alarm->rung, true);
	futex_bump(alarm->word);
}

/* The real time until ${clock} shows ${until}, if nobody moves it; <= 0 when it has come. */
static struct duration
real_time_until(const struct clock *clock, struct instant until)
{
	struct instant now = clock_now(clock);
	int64_t left;
	double real_us;

	if (until.us <= now.us)
		return (struct duration){ 0 };
	if (clock->kind == CLOCK_VIRTUAL || __builtin_sub_overflow(until.us, now.us, &left))
		return (struct duration){ INT64_MAX };
	/* Rounded up: waking a moment early would mean sleeping once more. */
	real_us = ceil((double)left / clock->speed);
	return (struct duration){ real_us >= (double)LAST_US ? INT64_MAX : (int64_t)real_us };
}

void
alarm_wait(struct alarm *alarm, struct instant until, struct duration at_most)
{
	int64_t begun_us = clock_monotonic_us();

	for (;;) {
		uint32_t seen = atomic_load(alarm->word);
		struct duration left = real_time_until(alarm->clock, until);
		struct duration bound = { at_most.us - (clock_monotonic_us() - begun_us) };

		if (atomic_exchange(&alarm->rung, false) || left.us <= 0 || bound.us <= 0)
			return;
		futex_wait(alarm->word, seen, left.us < bound.us ? left : bound);
	}
}
