#include <argp.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "bin/command.h"
#include "bin/options.h"
#include "bin/replay_directory.h"
#include "process/follower.h"
#include "runtime/config.h"
#include "runtime/signals.h"
#include "store/pg/store_pg.h"

#define EXIT_USAGE  2
#define DIRECTORY   "directory" /* no projection with builds: see replay_directory.h */
#define NAMES_BYTES (64u << 10)

/* How often it is looked how far things are: while there is much to do, and near the end. */
#define LOOK      MILLISECONDS(100)
#define LOOK_SOON MILLISECONDS(5)
#define LOOK_LIVE MILLISECONDS(20) /* while what is followed is what readers see */

/* Progress is printed so often, on a terminal and elsewhere. */
#define PRINT_TERMINAL_US INT64_C(1000000)
#define PRINT_US          INT64_C(5000000)

/* How long it is tried to switch, and to find both builds at the same position. */
#define SWITCH_US  INT64_C(60000000)
#define COMPARE_US INT64_C(60000000)

static const char about[] =
    "Make a projection anew from the log while the old build is served, then have readers "
    "see the new one.\v"
    "The build that was live stays on standby: --rollback switches back to it, --end lets it "
    "go.  Interrupted before the switch nothing has changed for readers; beginning again "
    "empties the unfinished build and starts over.\n\n"
    "The projection 'directory' (organisations, members, agreements, people, lists, regions, "
    "tokens) has one build only: it is made anew in one transaction, and nobody can change it "
    "for so long.";

struct replay {
	const struct projection *projection;
	struct arena *arena;
	struct arena *names; /* what the followers go by, while they live */
	struct config settings;
	struct clock *clock;
	struct log *log;
	struct alarm *alarm;
	struct store *store;
	struct store_session *session;
	struct feed *feed;
	struct follower *follower; /* of the build that is made */
	struct follower *standby;  /* of the other, when nobody else follows it */
	int64_t build, live;       /* the one that is made, and the one that was live */
	int64_t begun_us, printed_us;
	bool differs;
};

/* ---- interruption ---- */

static atomic_bool interrupted;
static struct alarm *interrupts; /* what is rung then */

static void *
await_signal(void *nothing)
{
	(void)signals_wait();
	atomic_store(&interrupted, true);
	alarm_ring(interrupts);
	return nothing;
}

/* A thread that ends with the program. */
static struct err *
watch_signals(struct replay *replay)
{
	pthread_t thread;

	interrupts = replay->alarm;
	if (pthread_create(&thread, NULL, await_signal, NULL) != 0)
		return ERR(replay->arena, ERR_UNAVAILABLE, "could not start a thread");
	(void)pthread_detach(thread);
	return NULL;
}

static void
look_later(struct replay *replay, struct duration wait)
{
	alarm_wait(replay->alarm, (struct instant){ INT64_MAX }, wait);
}

/* ---- how far it is ---- */

struct standing {
	struct store_subscription build, other;
	int64_t head;
};

/* How far both builds are.  Who follows is told where the log ends. */
static struct err *
look(struct replay *replay, struct standing *ret)
{
	struct str build =
	    projection_subscription(replay->arena, replay->projection, replay->build);
	struct store_subscriptions list;

	*ret = (struct standing){ .head = 0 };
	TRY(store_list_subscriptions(replay->session, replay->arena, &list));
	for (size_t i = 0; i < list.count; i++) {
		struct str name = list.at[i].name;

		if (str_equal(name, build))
			ret->build = list.at[i];
		else if (name.len == build.len &&
			 str_starts_with(name, (struct str){ build.ptr, build.len - 1 }))
			ret->other = list.at[i];
	}
	ret->head = list.head;
	if (feed_tell(replay->feed, list.head)) {
		if (replay->follower != NULL)
			follower_wake(replay->follower);
		if (replay->standby != NULL)
			follower_wake(replay->standby);
	}
	return NULL;
}

static void
print_progress(struct replay *replay, const struct standing *at, bool now)
{
	int64_t us = clock_monotonic_us(), position = at->build.slowest;
	int64_t every = isatty(STDERR_FILENO) ? PRINT_TERMINAL_US : PRINT_US;
	double seconds = (double)(us - replay->begun_us) / 1e6;
	double rate = seconds > 0 ? (double)position / seconds : 0;

	if (!now && us - replay->printed_us < every)
		return;
	replay->printed_us = us;
	fprintf(stderr, "%5.1f %%  %" PRId64 " of %" PRId64 " events, %.0f events/s, %.0f s left\n",
	    at->head > 0 ? 100.0 * (double)position / (double)at->head : 100.0, position, at->head,
	    rate, rate > 0 ? (double)(at->head - position) / rate : 0.0);
}

/* ---- following ---- */

static unsigned
count_cores(const struct replay *replay)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (cores < 1)
		return 1;
	return cores < replay->projection->slots ? (unsigned)cores
						 : (unsigned)replay->projection->slots;
}

static struct err *
follow(struct replay *replay, int64_t build, bool rebuilds, struct follower **ret)
{
	return follower_start(replay->names,
	    &(struct follower_config){
		.store = replay->store,
		.clock = replay->clock,
		.log = replay->log,
		.feed = replay->feed,
		.subscription = projection_subscription(replay->names, replay->projection, build),
		.threads = count_cores(replay),
		.batch = FOLLOWER_BATCH_MAX,
		.rebuilds = rebuilds,
		.projection = replay->projection,
		.build = build,
	    },
	    ret);
}

/* Until the new build is within a batch of the end, or somebody interrupts. */
static struct err *
catch_up(struct replay *replay, int64_t within)
{
	for (;;) {
		struct arena_mark mark = arena_mark(replay->arena);
		struct standing at;

		TRY(look(replay, &at));
		print_progress(replay, &at, false);
		if (atomic_load(&interrupted))
			return NULL;
		if (at.head - at.build.slowest <= within) {
			print_progress(replay, &at, true);
			return NULL;
		}
		arena_release(replay->arena, mark);
		look_later(replay, LOOK);
	}
}

/*
 * Readers must never go back in time, so the switch waits for a moment at which the
 * new build is nowhere behind the one that is live.  While much is being written such
 * a moment passes quickly: it is tried often.
 */
static struct err *
switch_to(struct replay *replay, int64_t build)
{
	int64_t until = clock_monotonic_us() + SWITCH_US;

	for (;;) {
		struct arena_mark mark = arena_mark(replay->arena);
		struct standing at;
		struct err *err;

		TRY(look(replay, &at));
		err = store_switch_build(
		    replay->session, replay->arena, replay->projection->name, build);
		if (err == NULL || err->kind != ERR_CONFLICT || atomic_load(&interrupted))
			return err;
		if (clock_monotonic_us() > until)
			return err_explain(ERR_WRAP(replay->arena, err,
					       "build %" PRId64 " did not take over", build),
			    STR(""),
			    STR("Nothing has changed for readers.  Try again when less is "
				"being written, or when the build's followers have caught up."));
		arena_release(replay->arena, mark);
		look_later(replay, LOOK_SOON);
	}
}

/* ---- comparing ---- */

static bool
is_together(const struct standing *at)
{
	return at->build.slowest == at->head && at->other.slowest == at->head;
}

struct sums {
	int64_t build_rows, other_rows;
	struct sha256 build, other;
};

static void
print_verdict(struct replay *replay, const struct sums *sums, int64_t position)
{
	replay->differs =
	    sums->build_rows != sums->other_rows || !sha256_equal(sums->build, sums->other);
	fprintf(stderr,
	    "compared at position %" PRId64 ": build %" PRId64 " (%" PRId64
	    " rows) and build %" PRId64 " (%" PRId64 " rows) are %s\n",
	    position, replay->build, sums->build_rows, replay->live, sums->other_rows,
	    replay->differs ? "DIFFERENT" : "equal");
}

/* Nobody follows the other build when no server runs: then it is done here. */
static struct err *
follow_other(struct replay *replay, const struct standing *at)
{
	if (replay->standby != NULL || at->other.held > 0 || at->other.slowest == at->head)
		return NULL;
	return follow(replay, replay->live, false, &replay->standby);
}

/* Compare the builds at a moment at which both have come to the same position. */
static struct err *
compare(struct replay *replay)
{
	int64_t until = clock_monotonic_us() + COMPARE_US;

	while (!atomic_load(&interrupted) && clock_monotonic_us() < until) {
		struct arena_mark mark = arena_mark(replay->arena);
		struct standing before, after;
		struct sums sums;

		TRY(look(replay, &before));
		if (is_together(&before)) {
			TRY(store_board_checksum(replay->session, replay->arena, replay->build,
			    &sums.build_rows, &sums.build));
			TRY(store_board_checksum(replay->session, replay->arena, replay->live,
			    &sums.other_rows, &sums.other));
			TRY(look(replay, &after));
			if (is_together(&after) && after.head == before.head) {
				print_verdict(replay, &sums, after.head);
				return NULL;
			}
		}
		TRY(follow_other(replay, &before));
		arena_release(replay->arena, mark);
		look_later(replay, LOOK_LIVE);
	}
	fputs("the builds were not compared: they did not stand still at one position\n", stderr);
	return NULL;
}

/* ---- the whole ---- */

static struct err *
leave(struct replay *replay)
{
	fprintf(stderr,
	    "interrupted: build %" PRId64 " stays live, readers have noticed nothing.  To go on, "
	    "replay again: the unfinished build is emptied and made from the beginning.\n",
	    replay->live);
	return ERR(replay->arena, ERR_UNAVAILABLE, "the replay was interrupted");
}

static struct err *
report_parked(struct replay *replay)
{
	struct standing at;

	TRY(look(replay, &at));
	if (at.build.parked > 0)
		fprintf(stderr,
		    "%" PRId64 " streams could not be dealt with: see 'strike projections'\n",
		    at.build.parked);
	return NULL;
}

static struct err *
rebuild(struct replay *replay, bool no_switch)
{
	struct err *err;

	TRY(watch_signals(replay));
	TRY(store_begin_build(
	    replay->session, replay->arena, replay->projection->name, &replay->build));
	replay->live = 3 - replay->build;
	replay->begun_us = replay->printed_us = clock_monotonic_us();
	TRY(follow(replay, replay->build, true, &replay->follower));
	TRY(catch_up(replay, no_switch ? 0 : FOLLOWER_BATCH_MAX));
	if (atomic_load(&interrupted))
		return leave(replay);
	TRY(report_parked(replay));
	if (no_switch) {
		fprintf(stderr, "build %" PRId64 " is made, build %" PRId64 " stays live\n",
		    replay->build, replay->live);
		return compare(replay);
	}
	err = switch_to(replay, replay->build);
	if (err != NULL)
		return atomic_load(&interrupted) ? leave(replay) : err;
	fprintf(stderr, "build %" PRId64 " is live, build %" PRId64 " is on standby\n",
	    replay->build, replay->live);
	return compare(replay);
}

static struct err *
roll_back(struct replay *replay)
{
	struct standing at;

	TRY(store_live_build(
	    replay->session, replay->arena, replay->projection->name, &replay->live));
	replay->build = 3 - replay->live;
	TRY(look(replay, &at));
	/* When no server runs nobody else brings it up to the end. */
	if (at.build.mode == STORE_STANDBY && at.build.held == 0)
		TRY(follow(replay, replay->build, false, &replay->follower));
	TRY(switch_to(replay, replay->build));
	fprintf(stderr, "build %" PRId64 " is live again, build %" PRId64 " is on standby\n",
	    replay->build, replay->live);
	return NULL;
}

static struct err *
end(struct replay *replay)
{
	TRY(store_live_build(
	    replay->session, replay->arena, replay->projection->name, &replay->live));
	TRY(store_end_build(replay->session, replay->arena, replay->projection->name));
	fprintf(stderr, "build %" PRId64 " is live, the other is let go\n", replay->live);
	return NULL;
}

static struct err *
run(struct replay *replay, const struct command_options *chosen)
{
	struct arena *arena = replay->arena;

	TRY(config_load(arena, chosen->config, environ, &replay->settings));
	TRY(clock_create_from(arena, replay->settings.clock, &replay->clock));
	replay->alarm = alarm_create(replay->clock);
	replay->log = log_create(STDERR_FILENO, replay->settings.log_format, LOG_WARNING);
	replay->feed = feed_create();
	TRY(store_pg_open(
	    arena, arena_copy_z(arena, replay->settings.database_url), &replay->store));
	TRY(store_session_open(replay->store, arena, STORE_WORKER, &replay->session));
	if (chosen->rollback)
		return roll_back(replay);
	if (chosen->end)
		return end(replay);
	return rebuild(replay, chosen->no_switch);
}

static void
finish(struct replay *replay)
{
	follower_stop(replay->follower);
	follower_stop(replay->standby);
	feed_destroy(replay->feed);
	store_session_close(replay->session);
	store_close(replay->store);
	if (replay->log != NULL)
		log_destroy(replay->log);
}

static bool
is_directory(const struct command_options *chosen)
{
	return chosen->projection != NULL &&
	       str_equal(str_from_z(chosen->projection), STR(DIRECTORY));
}

static const char *
check(const struct command_options *chosen)
{
	if (chosen->projection == NULL)
		return "say which: --projection eco_board, or --projection " DIRECTORY;
	if (is_directory(chosen))
		return chosen->rollback || chosen->end || chosen->no_switch
			   ? "the directory has one build: no --no-switch, --rollback or --end"
			   : NULL;
	if (projection_find(str_from_z(chosen->projection)) == NULL)
		return "there is no such projection";
	if (chosen->rollback + chosen->end + chosen->no_switch > 1)
		return "--no-switch, --rollback and --end exclude each other";
	return NULL;
}

static int
make_directory(const struct command_options *chosen)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct err *err = replay_directory(arena, chosen);

	if (err != NULL)
		command_print_fault("replay", err);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}

int
command_replay(int argc, char **argv)
{
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct replay replay = { .build = 0 };
	const char *wrong;
	struct err *err;

	argp_err_exit_status = EXIT_USAGE;
	options_read(argc, argv, "cPWBQ", about, &chosen);
	wrong = check(&chosen);
	if (wrong != NULL) {
		fprintf(stderr, "strike replay: %s\n", wrong);
		return EXIT_USAGE;
	}
	/* One transaction: an interruption undoes it, and needs no care. */
	if (is_directory(&chosen))
		return make_directory(&chosen);
	signals_block();
	replay.projection = projection_find(str_from_z(chosen.projection));
	replay.arena = arena_create(COMMAND_ARENA_BYTES);
	replay.names = arena_create(NAMES_BYTES);
	err = run(&replay, &chosen);
	if (err != NULL)
		command_print_fault("replay", err);
	finish(&replay);
	/* The alarm, its clock and the arena stay: a thread may still be waiting for a signal. */
	return err == NULL && !replay.differs ? 0 : 1;
}
