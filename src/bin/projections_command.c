#include <argp.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "bin/command.h"
#include "bin/options.h"
#include "runtime/clock.h"
#include "runtime/config.h"
#include "store/pg/store_pg.h"
#include "store/store_feed.h"

#define EXIT_USAGE     2
#define JSON_BYTES_MAX (4u << 20)

static const char about[] =
    "List who follows the log and how far, and the streams that wait because an event "
    "could not be dealt with.\v"
    "--retry NAME lets what is parked of a subscription be tried again within seconds, all "
    "of it or the ECO that is named.";

struct listing {
	struct store_subscriptions subscriptions;
	struct store_parked_list parked;
};

static int64_t
behind(const struct listing *listing, const struct store_subscription *subscription)
{
	return listing->subscriptions.head - subscription->slowest;
}

static void
print_subscriptions(const struct listing *listing)
{
	printf("%-20s %-8s %7s %12s %12s %7s\n", "subscription", "mode", "slots", "position",
	    "behind", "parked");
	for (size_t i = 0; i < listing->subscriptions.count; i++) {
		const struct store_subscription *s = &listing->subscriptions.at[i];
		char slots[32];

		(void)snprintf(
		    slots, sizeof(slots), "%lld/%lld", (long long)s->held, (long long)s->slots);
		printf("%-20.*s %-8.*s %7s %12lld %12lld %7lld\n", STR_ARG(s->name),
		    STR_ARG(store_mode_name(s->mode)), slots, (long long)s->slowest,
		    (long long)behind(listing, s), (long long)s->parked);
	}
	printf("the log ends at position %lld\n", (long long)listing->subscriptions.head);
}

static void
print_parked(const struct listing *listing, struct arena *arena)
{
	for (size_t i = 0; i < listing->parked.count; i++) {
		const struct store_parked *p = &listing->parked.at[i];

		printf("\nparked: %.*s, ECO %.*s from version %lld (position %lld) on\n"
		       "  %.*s\n"
		       "  tried again %lld times, next %.*s\n",
		    STR_ARG(p->subscription), STR_ARG(uuid_text(arena, p->stream)),
		    (long long)p->version, (long long)p->position, STR_ARG(p->problem),
		    (long long)p->tries,
		    STR_ARG(p->tries < STORE_PARKED_TRIES_MAX
				? instant_text(arena, p->next_try)
				: STR("when somebody asks for it (--retry)")));
	}
}

static void
write_subscription(struct json_writer *writer, const struct listing *listing,
    const struct store_subscription *subscription)
{
	json_begin_map(writer);
	json_member_text(writer, STR("subscription"), subscription->name);
	json_member_text(writer, STR("mode"), store_mode_name(subscription->mode));
	json_member_int(writer, STR("slots"), subscription->slots);
	json_member_int(writer, STR("held"), subscription->held);
	json_member_int(writer, STR("position"), subscription->slowest);
	json_member_int(writer, STR("behind"), behind(listing, subscription));
	json_member_int(writer, STR("parked"), subscription->parked);
	json_end_map(writer);
}

static void
write_parked(struct json_writer *writer, struct arena *arena, const struct store_parked *parked)
{
	json_begin_map(writer);
	json_member_text(writer, STR("subscription"), parked->subscription);
	json_member_text(writer, STR("eco"), uuid_text(arena, parked->stream));
	json_member_int(writer, STR("version"), parked->version);
	json_member_int(writer, STR("position"), parked->position);
	json_member_int(writer, STR("tries"), parked->tries);
	json_member_text(writer, STR("nextTry"), instant_text(arena, parked->next_try));
	json_member_text(writer, STR("problem"), parked->problem);
	json_end_map(writer);
}

static struct err *
print_json(const struct listing *listing, struct arena *arena)
{
	struct buf buf = buf_in(arena, JSON_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_int(&writer, STR("head"), listing->subscriptions.head);
	json_name(&writer, STR("subscriptions"));
	json_begin_list(&writer);
	for (size_t i = 0; i < listing->subscriptions.count; i++)
		write_subscription(&writer, listing, &listing->subscriptions.at[i]);
	json_end_list(&writer);
	json_name(&writer, STR("parked"));
	json_begin_list(&writer);
	for (size_t i = 0; i < listing->parked.count; i++)
		write_parked(&writer, arena, &listing->parked.at[i]);
	json_end_list(&writer);
	json_end_map(&writer);
	if (buf.overflowed)
		return ERR(arena, ERR_LIMIT, "there is too much to be printed as JSON");
	printf("%.*s\n", STR_ARG(buf_view(&buf)));
	return NULL;
}

static struct err *
show(const struct command_options *chosen, struct store_session *session, struct arena *arena)
{
	struct listing listing;

	TRY(store_list_subscriptions(session, arena, &listing.subscriptions));
	TRY(store_list_parked(session, arena, STR(""), STORE_ROWS_MAX, &listing.parked));
	if (chosen->json)
		return print_json(&listing, arena);
	print_subscriptions(&listing);
	print_parked(&listing, arena);
	return NULL;
}

static struct err *
retry(const struct command_options *chosen, const struct config *settings, struct uuid eco,
    struct store_session *session, struct arena *arena)
{
	struct clock *clock;
	int64_t count = 0;
	struct err *err;

	TRY(clock_create_from(arena, settings->clock, &clock));
	err = store_retry_parked(
	    session, arena, str_from_z(chosen->retry), eco, clock_now(clock), &count);
	clock_destroy(clock);
	TRY(err);
	fprintf(stderr, "%lld parked streams of %s will be tried again\n", (long long)count,
	    chosen->retry);
	return NULL;
}

static struct err *
run(const struct command_options *chosen, struct uuid eco, struct arena *arena,
    struct store **store, struct store_session **session)
{
	struct config settings;

	TRY(config_load(arena, chosen->config, environ, &settings));
	TRY(store_pg_open(arena, arena_copy_z(arena, settings.database_url), store));
	TRY(store_session_open(*store, arena, STORE_WORKER, session));
	if (chosen->retry != NULL)
		TRY(retry(chosen, &settings, eco, *session, arena));
	return show(chosen, *session, arena);
}

/* What is wrong with how the command was called, or NULL; ${ret_eco} is the ECO that was named. */
static const char *
check(const struct command_options *chosen, struct uuid *ret_eco)
{
	*ret_eco = UUID_NIL;
	if (chosen->retry != NULL && str_empty(str_from_z(chosen->retry)))
		return "--retry takes the name of a subscription";
	if (chosen->argument == NULL)
		return NULL;
	if (chosen->retry == NULL)
		return "an ECO is named only with --retry";
	return uuid_parse(str_from_z(chosen->argument), ret_eco) ? NULL
								 : "the ECO's id is not a UUID";
}

int
command_projections(int argc, char **argv)
{
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct store_session *session = NULL;
	struct store *store = NULL;
	const char *wrong;
	struct arena *arena;
	struct uuid eco;
	struct err *err;

	argp_err_exit_status = EXIT_USAGE;
	options_read(argc, argv, "cjR@", about, &chosen);
	wrong = check(&chosen, &eco);
	if (wrong != NULL) {
		fprintf(stderr, "strike projections: %s\n", wrong);
		return EXIT_USAGE;
	}
	arena = arena_create(COMMAND_ARENA_BYTES);
	err = run(&chosen, eco, arena, &store, &session);
	if (err != NULL)
		command_print_fault("projections", err);
	store_session_close(session);
	store_close(store);
	arena_destroy(arena);
	return err == NULL ? 0 : 1;
}
