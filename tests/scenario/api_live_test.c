#include <limits.h>
#include <stdlib.h>

#include "api/live_internal.h"
#include "runtime/futex.h"
#include "runtime/random.h"
#include "store/store_adapter.h"
#include "support/door_world.h"
#include "support/live_world.h"

/*
 * Subscriptions as those who listen hear them, without a socket between.
 *
 * usage: api_live_test mem|pg
 */

#define TIMELINE                                                                                   \
	"subscription($id:ID!,$after:Position){timeline(ecoId:$id,after:$after){version position " \
	"type summary actor}}"
#define PAGER                                                                                  \
	"subscription($id:ID!,$after:Position){pagerTimeline(ecoId:$id,after:$after){version " \
	"position type round attempt loop contact person reason providerId etaMinutes "        \
	"lateSeconds summary}}"
#define ECO                                                                                      \
	"subscription($id:ID!,$after:Position){ecoChanged(id:$id,after:$after){position eco{id " \
	"version status dispatch noc{handle} osp{handle}}}}"
#define BOARD                                                                                      \
	"subscription($filter:EcoFilter,$after:Position){boardChanged(filter:$filter,after:$after" \
	"){position matches eco{id version status}}}"

static const char *
of_eco(const char *eco, const char *after)
{
	return after == NULL ? print("{\"id\":\"%s\"}", eco)
			     : print("{\"id\":\"%s\",\"after\":\"%s\"}", eco, after);
}

static void
note(const char *identity, const char *eco, const char *text, const char *visibility)
{
	assert_done(command(identity, "addNote", new_key(),
	    print(
		"\"ecoId\":\"%s\",\"text\":\"%s\",\"visibility\":\"%s\"", eco, text, visibility)));
}

static void
cancel(const char *eco)
{
	assert_done(command(SUPERVISOR, "cancelEco", new_key(),
	    print("\"ecoId\":\"%s\",\"reason\":\"it was a drill\"", eco)));
}

/* The position of the log's end, as text. */
static const char *
log_end(void)
{
	struct store_session *worker = worker_session();
	int64_t head;

	server_world_settle(&server);
	assert_no_fault(store_log_head(worker, arena, &head));
	store_session_close(worker);
	return print("%lld", (long long)head);
}

static int64_t
position_in(const struct json *response, const char *field)
{
	return strtoll(text_at(response, print("data.%s.position", field)), NULL, 10);
}

/* The timeline of ${eco} with the fields of ${selection}, as the query answers it. */
static const struct json *
query_all(const char *identity, const char *field, const char *eco, const char *selection)
{
	return at(
	    ask(identity, print("query($id:ID!){%s(ecoId:$id,first:500)%s}", field, selection),
		of_eco(eco, NULL)),
	    print("data.%s", field));
}

/* ---- every subscription ---- */

static void
an_eco_is_told_as_it_stands_whenever_something_happens_to_it(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct listening *noc, *osp;
	const struct json *told;

	(void)state;
	noc = listen_to(
	    (struct listen_call){ OPERATOR, .query = ECO, .variables = of_eco(eco, NULL) });
	osp = listen_to(
	    (struct listen_call){ DISPATCHER, .query = ECO, .variables = of_eco(eco, NULL) });
	live_settle();
	assert_int_equal(heard_count(noc), 0);
	cancel(eco);
	live_settle();
	told = heard_at(noc, heard_count(noc) - 1);
	assert_text_at(told, "data.ecoChanged.eco.id", eco);
	assert_text_at(told, "data.ecoChanged.eco.status", "CANCELLED");
	assert_text_at(told, "data.ecoChanged.eco.dispatch", "STOPPED");
	assert_text_at(told, "data.ecoChanged.eco.noc.handle", "lone-star-noc");
	told = heard_at(osp, heard_count(osp) - 1);
	assert_text_at(told, "data.ecoChanged.eco.status", "CANCELLED");
	for (size_t i = 1; i < heard_count(noc); i++)
		assert_true(position_in(heard_at(noc, i), "ecoChanged") >
			    position_in(heard_at(noc, i - 1), "ecoChanged"));
	listen_no_more(noc);
	listen_no_more(osp);
}

static void
a_board_tells_of_ecos_that_are_new_and_of_those_that_change(void **state)
{
	struct listening *board =
	    listen_to((struct listen_call){ OPERATOR, .query = BOARD, .variables = "{}" });
	struct listening *stranger =
	    listen_to((struct listen_call){ OTHER_OPERATOR, .query = BOARD, .variables = "{}" });
	const char *eco = created((struct create){ 0 });

	(void)state;
	live_settle();
	assert_text_at(heard(board, 1), "data.boardChanged.eco.id", eco);
	assert_true(at(heard_at(board, 0), "data.boardChanged.matches")->boolean);
	cancel(eco);
	live_settle();
	assert_text_at(
	    heard_at(board, heard_count(board) - 1), "data.boardChanged.eco.status", "CANCELLED");
	assert_int_equal(heard_count(stranger), 0);
	listen_no_more(board);
	listen_no_more(stranger);
}

static void
a_timeline_tells_each_entry_once_and_in_order(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct listening *listening = listen_to(
	    (struct listen_call){ DISPATCHER, .query = TIMELINE, .variables = of_eco(eco, "0") });
	const struct json *all;

	(void)state;
	live_settle();
	note(DISPATCHER, eco, "first", "SHARED");
	note(OPERATOR, eco, "for the NOC alone", "OWN_SIDE");
	note(DISPATCHER, eco, "second", "OWN_SIDE");
	cancel(eco);
	live_settle();
	all = query_all(DISPATCHER, "timeline", eco, "{version position type summary actor}");
	assert_int_equal(heard_count(listening), all->list.count);
	for (size_t i = 0; i < all->list.count; i++)
		assert_string_equal(json_text(at(heard_at(listening, i), "data.timeline")),
		    json_text(&all->list.items[i]));
	listen_no_more(listening);
}

static void
the_ring_down_is_told_to_its_osp_with_people_and_to_the_noc_without(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct listening *osp = listen_to(
	    (struct listen_call){ DISPATCHER, .query = PAGER, .variables = of_eco(eco, "0") });
	struct listening *noc = listen_to(
	    (struct listen_call){ OPERATOR, .query = PAGER, .variables = of_eco(eco, "0") });
	const struct json *first;

	(void)state;
	cancel(eco);
	live_settle();
	assert_int_equal(heard_count(osp), heard_count(noc));
	first = heard_at(osp, 0);
	assert_text_at(first, "data.pagerTimeline.type", "PagerDispatched");
	assert_int_equal(int_at(first, "data.pagerTimeline.round"), 1);
	assert_int_equal(int_at(first, "data.pagerTimeline.lateSeconds"), 0);
	assert_text_at(heard_at(osp, 1), "data.pagerTimeline.type", "PageAttempted");
	assert_text_at(heard_at(osp, 1), "data.pagerTimeline.person", "North crew lead");
	assert_int_equal(int_at(heard_at(osp, 1), "data.pagerTimeline.loop"), 1);
	assert_null_at(heard_at(noc, 1), "data.pagerTimeline.person");
	assert_null_at(heard_at(noc, 1), "data.pagerTimeline.loop");
	assert_int_equal(int_at(heard_at(noc, 1), "data.pagerTimeline.contact"), 1);
	for (size_t i = 0; i < heard_count(noc); i++) {
		assert_lacks(heard_text(noc, i), "North crew lead");
		assert_null_at(heard_at(noc, i), "data.pagerTimeline.providerId");
	}
	assert_text_at(
	    heard_at(osp, heard_count(osp) - 1), "data.pagerTimeline.type", "PagerStopped");
	assert_text_at(
	    heard_at(noc, heard_count(noc) - 1), "data.pagerTimeline.reason", "ECO_CANCELLED");
	listen_no_more(osp);
	listen_no_more(noc);
}

static void
the_pager_timeline_can_be_queried_too(void **state)
{
	const char *eco = created((struct create){ 0 });
	const struct json *all, *after;

	(void)state;
	all = query_all(DISPATCHER, "pagerTimeline", eco, "{version position type person at id}");
	assert_true(all->list.count >= 2);
	after = at(ask(DISPATCHER,
		       "query($id:ID!,$n:Int){pagerTimeline(ecoId:$id,after:$n,first:1){version}}",
		       print("{\"id\":\"%s\",\"n\":%lld}", eco,
			   (long long)json_int_or(&all->list.items[0], STR("version"), 0))),
	    "data.pagerTimeline");
	assert_int_equal(after->list.count, 1);
	assert_int_equal(json_int_or(&after->list.items[0], STR("version"), 0),
	    json_int_or(&all->list.items[1], STR("version"), 0));
	assert_int_equal(
	    query_all(OTHER_OPERATOR, "pagerTimeline", eco, "{version}")->type, JSON_NULL_VALUE);
	assert_int_equal(
	    query_all(OPERATOR, "pagerTimeline", new_key(), "{version}")->type, JSON_NULL_VALUE);
}

/* ---- going on from a position ---- */

/* Who was cut off after entry ${k} hears what follows, no more and no less. */
static void
resume_everywhere(const char *identity, const char *query, const char *field, const char *eco)
{
	struct listening *whole = listen_to(
	    (struct listen_call){ identity, .query = query, .variables = of_eco(eco, "0") });
	size_t count;

	live_settle();
	count = heard_count(whole);
	assert_true(count > 2);
	for (size_t k = 0; k < count; k++) {
		const char *after = text_at(heard_at(whole, k), print("data.%s.position", field));
		struct listening *rest = listen_to((struct listen_call){
		    identity, .query = query, .variables = of_eco(eco, after) });

		live_settle();
		assert_int_equal(heard_count(rest), count - 1 - k);
		for (size_t i = 0; i < heard_count(rest); i++)
			assert_string_equal(heard_text(rest, i), heard_text(whole, k + 1 + i));
		listen_no_more(rest);
	}
	listen_no_more(whole);
}

static void
who_was_cut_off_anywhere_goes_on_without_a_hole_or_a_repeat(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	note(DISPATCHER, eco, "one", "SHARED");
	note(OPERATOR, eco, "two", "OWN_SIDE");
	cancel(eco);
	live_settle();
	resume_everywhere(DISPATCHER, TIMELINE, "timeline", eco);
	resume_everywhere(OPERATOR, TIMELINE, "timeline", eco);
	resume_everywhere(DISPATCHER, PAGER, "pagerTimeline", eco);
}

static void
who_is_cut_off_at_every_message_hears_everything_once(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *after = "0";
	const struct json *all;
	int64_t last = 0;
	size_t count = 0;

	(void)state;
	for (int i = 0; i < 12; i++) {
		struct listening *listening = listen_to((struct listen_call){
		    OPERATOR, .query = TIMELINE, .variables = of_eco(eco, after), .room = 1 });

		note(OPERATOR, eco, "still", "SHARED");
		after = text_at(heard(listening, 1), "data.timeline.position");
		assert_true(position_in(heard_at(listening, 0), "timeline") > last);
		last = position_in(heard_at(listening, 0), "timeline");
		count++;
		listen_no_more(listening);
	}
	live_settle();
	all = query_all(OPERATOR, "timeline", eco, "{position}");
	assert_string_equal(text_at(all, print("%zu.position", count - 1)), after);
}

static void
what_changed_often_is_told_once_to_who_comes_back(void **state)
{
	const char *start = log_end();
	const char *eco = created((struct create){ 0 });
	const char *other = created((struct create){ 0 });
	struct listening *one, *board, *none;

	(void)state;
	for (int i = 0; i < 5; i++) {
		note(OPERATOR, eco, "again", "SHARED");
		note(OPERATOR, other, "again", "SHARED");
	}
	live_settle();
	one = listen_to(
	    (struct listen_call){ OPERATOR, .query = ECO, .variables = of_eco(eco, start) });
	board = listen_to((struct listen_call){
	    OPERATOR, .query = BOARD, .variables = print("{\"after\":\"%s\"}", start) });
	live_settle();
	assert_int_equal(heard_count(one), 1);
	assert_int_equal(heard_count(board), 2);
	assert_text_at(heard_at(board, 0), "data.boardChanged.eco.id", eco);
	assert_text_at(heard_at(board, 1), "data.boardChanged.eco.id", other);
	assert_string_equal(text_at(heard_at(board, 1), "data.boardChanged.position"), log_end());
	assert_int_equal(int_at(heard_at(one, 0), "data.ecoChanged.eco.version"),
	    int_at(eco_of(OPERATOR, eco), "version"));
	/* What has happened to the other since is none of its news. */
	none = listen_to((struct listen_call){ OPERATOR, .query = ECO,
	    .variables = of_eco(eco, text_at(heard_at(one, 0), "data.ecoChanged.position")) });
	live_settle();
	assert_int_equal(heard_count(none), 0);
	listen_no_more(none);
	listen_no_more(one);
	listen_no_more(board);
}

static void
a_long_timeline_is_told_in_pages_without_a_hole(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct listening *listening;
	const struct json *all;

	(void)state;
	for (int i = 0; i < 3 * LIVE_PAGE; i++)
		note(OPERATOR, eco, print("note %d", i), "SHARED");
	live_settle();
	all = query_all(OPERATOR, "timeline", eco, "{version position type summary actor}");
	listening = listen_to(
	    (struct listen_call){ OPERATOR, .query = TIMELINE, .variables = of_eco(eco, "0") });
	live_settle();
	assert_int_equal(heard_count(listening), all->list.count);
	for (size_t i = 0; i < all->list.count; i++)
		assert_string_equal(json_text(at(heard_at(listening, i), "data.timeline")),
		    json_text(&all->list.items[i]));
	listen_no_more(listening);
}

static void
who_is_too_slow_is_left_where_they_stand_and_goes_on_from_there(void **state)
{
	const char *eco = created((struct create){ 0 });
	const char *after = log_end();
	struct listening *slow, *quick, *eco_slow;

	(void)state;
	slow = listen_to((struct listen_call){
	    OPERATOR, .query = TIMELINE, .variables = of_eco(eco, after), .room = 1 });
	quick = listen_to(
	    (struct listen_call){ OPERATOR, .query = TIMELINE, .variables = of_eco(eco, after) });
	eco_slow = listen_to((struct listen_call){
	    OPERATOR, .query = ECO, .variables = of_eco(eco, after), .room = 1 });
	for (int i = 0; i < 6; i++) {
		note(OPERATOR, eco, "more", "SHARED");
		live_settle();
	}
	assert_int_equal(heard_count(slow), 1);
	assert_int_equal(heard_count(eco_slow), 1);
	assert_int_equal(heard_count(quick), 6);
	make_room(slow, 2);
	make_room(eco_slow, 0);
	live_settle();
	assert_int_equal(heard_count(slow), 3);
	assert_int_equal(heard_count(eco_slow), 2);
	make_room(slow, 0);
	live_settle();
	assert_int_equal(heard_count(slow), 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(heard_text(slow, i), heard_text(quick, i));
	listen_no_more(slow);
	listen_no_more(quick);
	listen_no_more(eco_slow);
}

static void
a_position_that_the_log_has_not_come_to_is_refused(void **state)
{
	const char *eco = created((struct create){ 0 });

	(void)state;
	assert_contains(listen_refused((struct listen_call){
			    OPERATOR, .query = TIMELINE, .variables = of_eco(eco, "999999999") }),
	    "BAD_USER_INPUT");
	assert_contains(listen_refused((struct listen_call){
			    OPERATOR, .query = TIMELINE, .variables = of_eco(eco, "yesterday") }),
	    "BAD_USER_INPUT");
}

/* A timeline has an end of its own; a board would have to be looked through. */
static void
a_board_does_not_catch_up_from_long_ago_and_a_timeline_does(void **state)
{
	struct live_config *config = &server.api->live->config;
	const char *eco = created((struct create){ 0 }), *from = log_end();
	struct listening *timeline, *board;

	(void)state;
	config->behind_max = 2;
	note(OPERATOR, eco, "one", "SHARED");
	note(OPERATOR, eco, "two", "SHARED");
	board = listen_to((struct listen_call){
	    OPERATOR, .query = BOARD, .variables = print("{\"after\":\"%s\"}", from) });
	note(OPERATOR, eco, "three", "SHARED");
	(void)log_end();
	assert_contains(listen_refused((struct listen_call){ OPERATOR, .query = BOARD,
			    .variables = print("{\"after\":\"%s\"}", from) }),
	    "POSITION_TOO_OLD");
	timeline = listen_to(
	    (struct listen_call){ OPERATOR, .query = TIMELINE, .variables = of_eco(eco, from) });
	(void)heard(timeline, 3);
	listen_no_more(timeline);
	listen_no_more(board);
	config->behind_max = LIVE_BEHIND_MAX;
}

static void
a_board_that_was_queried_goes_on_from_its_position(void **state)
{
	const char *position, *first, *second;
	struct listening *board;

	(void)state;
	(void)created((struct create){ 0 });
	live_settle();
	position =
	    text_at(ask(OPERATOR, "{ecos(first:1){position}}", "null"), "data.ecos.position");
	first = created((struct create){ 0 });
	board = listen_to((struct listen_call){
	    OPERATOR, .query = BOARD, .variables = print("{\"after\":\"%s\"}", position) });
	second = created((struct create){ 0 });
	live_settle();
	assert_int_equal(heard_count(board) >= 2, 1);
	assert_text_at(heard_at(board, 0), "data.boardChanged.eco.id", first);
	for (size_t i = 1; i < heard_count(board); i++)
		assert_text_at(heard_at(board, i), "data.boardChanged.eco.id", second);
	listen_no_more(board);
}

/* ---- filters ---- */

static void
a_filtered_board_tells_what_comes_to_match_and_what_ceases_to(void **state)
{
	const char *before = log_end();
	const char *variables = "{\"filter\":{\"status\":[\"OPEN\"]}}";
	struct listening *board =
	    listen_to((struct listen_call){ OPERATOR, .query = BOARD, .variables = variables });
	struct listening *closed = listen_to((struct listen_call){
	    OPERATOR, .query = BOARD, .variables = "{\"filter\":{\"status\":[\"CLOSED\"]}}" });
	struct listening *later;
	const char *eco = created((struct create){ 0 });
	size_t count;

	(void)state;
	live_settle();
	count = heard_count(board);
	assert_true(count >= 1);
	for (size_t i = 0; i < count; i++)
		assert_true(at(heard_at(board, i), "data.boardChanged.matches")->boolean);
	cancel(eco);
	live_settle();
	assert_int_equal(heard_count(board), count + 1);
	assert_false(at(heard_at(board, count), "data.boardChanged.matches")->boolean);
	assert_text_at(heard_at(board, count), "data.boardChanged.eco.status", "CANCELLED");
	note(OPERATOR, eco, "it is over", "SHARED");
	live_settle();
	assert_int_equal(heard_count(board), count + 1);
	/* Of what came and went meanwhile, who comes back has never known. */
	later = listen_to((struct listen_call){ OPERATOR, .query = BOARD,
	    .variables = print("{\"filter\":{\"status\":[\"OPEN\"]},\"after\":\"%s\"}", before) });
	live_settle();
	assert_int_equal(heard_count(later), 0);
	assert_int_equal(heard_count(closed), 0);
	listen_no_more(later);
	listen_no_more(board);
	listen_no_more(closed);
}

/*
 * The board that a client keeps by a filtered subscription, cut off after each message, is
 * in the end what the query says.
 */
static void
a_filtered_board_that_is_cut_off_anywhere_ends_as_the_query_has_it(void **state)
{
	const char *start = log_end();
	const char *ecos[4];
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ecos); i++)
		ecos[i] = created((struct create){ 0 });
	start = log_end();
	/* The client knows the four as open.  Two are cancelled, in turns with notes. */
	cancel(ecos[0]);
	note(OPERATOR, ecos[1], "x", "SHARED");
	cancel(ecos[2]);
	note(OPERATOR, ecos[3], "x", "SHARED");
	note(OPERATOR, ecos[0], "x", "SHARED");
	note(OPERATOR, ecos[2], "x", "SHARED");
	live_settle();
	for (size_t cut = 1; cut <= 5; cut++) {
		bool open[4] = { true, true, true, true };
		const char *after = start;
		bool more = true;

		count = 0;
		while (more) {
			struct listening *board =
			    listen_to((struct listen_call){ OPERATOR, .query = BOARD,
				.variables = print(
				    "{\"filter\":{\"status\":[\"OPEN\"]},\"after\":\"%s\"}", after),
				.room = cut });

			live_settle();
			more = heard_count(board) == cut;
			for (size_t i = 0; i < heard_count(board); i++) {
				const struct json *told =
				    at(heard_at(board, i), "data.boardChanged");

				after = text_at(told, "position");
				count++;
				for (size_t k = 0; k < COUNT_OF(ecos); k++) {
					if (strcmp(text_at(told, "eco.id"), ecos[k]) == 0)
						open[k] = at(told, "matches")->boolean;
				}
			}
			listen_no_more(board);
		}
		assert_false(open[0]);
		assert_true(open[1]);
		assert_false(open[2]);
		assert_true(open[3]);
	}
	assert_true(count >= 4);
}

/* ---- who may ---- */

static void
what_is_somebody_elses_is_as_what_does_not_exist(void **state)
{
	const char *eco = created((struct create){ 0 });
	static const char *const queries[] = { TIMELINE, PAGER, ECO };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		const char *theirs = listen_refused((struct listen_call){
		    OTHER_OPERATOR, .query = queries[i], .variables = of_eco(eco, "0") });

		assert_contains(theirs, "NOT_FOUND");
		assert_string_equal(
		    theirs, listen_refused((struct listen_call){ OTHER_OPERATOR,
				.query = queries[i], .variables = of_eco(new_key(), "0") }));
		assert_string_equal(
		    theirs, listen_refused((struct listen_call){ OTHER_OPERATOR,
				.query = queries[i], .variables = of_eco("no id", "0") }));
	}
}

static const char *
authorization(const char *secret)
{
	return print("Bearer %s", secret);
}

static void
a_token_listens_to_what_it_is_for_until_it_is_revoked(void **state)
{
	const char *secret = print("strike_%s", fresh("live"));
	struct uuid token = issue_token(OPERATOR, secret, "follow_timeline eco", 3600);
	const char *eco = created((struct create){ 0 });
	const char *refused;
	struct listening *listening, *other;

	(void)state;
	refused = listen_refused((struct listen_call){
	    .authorization = authorization(secret), .query = ECO, .variables = of_eco(eco, NULL) });
	assert_contains(refused, "NOT_PERMITTED");
	listening = listen_to((struct listen_call){ .authorization = authorization(secret),
	    .query = TIMELINE,
	    .variables = of_eco(eco, log_end()) });
	other = listen_to((struct listen_call){
	    OPERATOR, .query = TIMELINE, .variables = of_eco(eco, log_end()) });
	note(OPERATOR, eco, "heard", "SHARED");
	(void)heard(listening, 1);
	revoke_token(token);
	assert_int_equal(heard_end(listening), LIVE_REMOVED);
	note(OPERATOR, eco, "not heard", "SHARED");
	live_settle();
	assert_int_equal(heard_count(listening), 1);
	assert_false(has_ended(other));
	assert_int_equal(heard_count(other), 2);
	listen_no_more(listening);
	listen_no_more(other);
}

/* Nothing in the log says that a token's time has come. */
static void
a_token_that_expires_listens_no_more(void **state)
{
	struct live_config *config = &server.api->live->config;
	const char *secret = print("strike_%s", fresh("expiring"));
	const char *eco = created((struct create){ 0 });
	struct listening *listening, *other;

	(void)state;
	(void)issue_token(OPERATOR, secret, "read", 60);
	listening = listen_to((struct listen_call){ .authorization = authorization(secret),
	    .query = TIMELINE,
	    .variables = of_eco(eco, log_end()) });
	other = listen_to((struct listen_call){
	    OPERATOR, .query = TIMELINE, .variables = of_eco(eco, log_end()) });
	advance(61);
	config->recheck_s = 0;
	assert_int_equal(heard_end(listening), LIVE_REMOVED);
	config->recheck_s = LIVE_RECHECK_S;
	assert_false(has_ended(other));
	listen_no_more(listening);
	listen_no_more(other);
}

static void
a_token_for_reading_listens_to_everything(void **state)
{
	const char *secret = print("strike_%s", fresh("read"));
	const char *eco = created((struct create){ 0 });
	static const char *const queries[] = { TIMELINE, PAGER, ECO };

	(void)state;
	(void)issue_token(DISPATCHER, secret, "read", 3600);
	for (size_t i = 0; i < COUNT_OF(queries); i++)
		listen_no_more(
		    listen_to((struct listen_call){ .authorization = authorization(secret),
			.query = queries[i],
			.variables = of_eco(eco, NULL) }));
}

/* The id of the membership of ${user}, as the admin of ${organisation} sees it. */
static struct uuid
membership_of(const char *user, const char *organisation)
{
	const struct json *edges = at(ask(print("admin@%s", organisation),
					  "{members(first:100){edges{node{id user}}}}", "null"),
	    "data.members.edges");
	struct uuid id = UUID_NIL;

	for (size_t i = 0; i < edges->list.count; i++) {
		const struct json *node = json_find(&edges->list.items[i], STR("node"));

		if (str_equal(json_text_or(node, STR("user"), STR("")), str_from_z(user)))
			assert_true(uuid_parse(json_text_or(node, STR("id"), STR("")), &id));
	}
	assert_false(uuid_is_nil(id));
	return id;
}

static void
who_is_removed_hears_no_more_and_the_others_go_on(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct listening *removed, *stays;

	(void)state;
	removed = listen_to((struct listen_call){
	    "viewer@lone-star-noc", .query = TIMELINE, .variables = of_eco(eco, log_end()) });
	stays = listen_to((struct listen_call){
	    OPERATOR, .query = TIMELINE, .variables = of_eco(eco, log_end()) });
	note(OPERATOR, eco, "heard by both", "SHARED");
	(void)heard(removed, 1);
	remove_member(membership_of("viewer", "lone-star-noc"));
	/* Nothing that comes later in the log is told. */
	note(OPERATOR, eco, "heard by one", "SHARED");
	assert_int_equal(heard_end(removed), LIVE_REMOVED);
	live_settle();
	assert_int_equal(heard_count(removed), 1);
	assert_int_equal(heard_count(stays), 2);
	listen_no_more(removed);
	listen_no_more(stays);
}

static void
who_has_signed_out_hears_no_more(void **state)
{
	struct browser browser = sign_in_as("operator", "lone-star-noc");
	struct browser other = sign_in_as("operator", "lone-star-noc");
	const char *eco = created((struct create){ 0 });
	struct listening *out, *stays;

	(void)state;
	out = listen_to((struct listen_call){ .cookie = browser.cookie,
	    .organisation = "lone-star-noc",
	    .query = TIMELINE,
	    .variables = of_eco(eco, NULL) });
	stays = listen_to((struct listen_call){ .cookie = other.cookie,
	    .organisation = "lone-star-noc",
	    .query = TIMELINE,
	    .variables = of_eco(eco, NULL) });
	assert_int_equal(door_ask(in_browser(browser,
				      (struct door_call){ .method = "DELETE", .path = "/session" }))
			     ->status,
	    200);
	assert_int_equal(heard_end(out), LIVE_REMOVED);
	live_settle();
	assert_false(has_ended(stays));
	listen_no_more(out);
	listen_no_more(stays);
}

static void
an_organisation_that_is_suspended_hears_no_more(void **state)
{
	struct listening *theirs =
	    listen_to((struct listen_call){ OTHER_DISPATCHER, .query = BOARD, .variables = "{}" });
	struct listening *ours =
	    listen_to((struct listen_call){ DISPATCHER, .query = BOARD, .variables = "{}" });

	(void)state;
	suspend("bayou-osp", true);
	assert_int_equal(heard_end(theirs), LIVE_REMOVED);
	suspend("bayou-osp", false);
	live_settle();
	assert_false(has_ended(ours));
	listen_no_more(theirs);
	listen_no_more(ours);
}

static void
a_contractor_that_is_relieved_hears_up_to_then_and_the_next_one_all(void **state)
{
	const char *eco = created((struct create){ .location = HOUSTON });
	struct listening *relieved, *board, *next, *next_board;
	const char *last;

	(void)state;
	relieved = listen_to(
	    (struct listen_call){ DISPATCHER, .query = TIMELINE, .variables = of_eco(eco, "0") });
	board = listen_to((struct listen_call){ DISPATCHER, .query = BOARD, .variables = "{}" });
	next_board =
	    listen_to((struct listen_call){ OTHER_DISPATCHER, .query = BOARD, .variables = "{}" });
	assert_contains(listen_refused((struct listen_call){
			    OTHER_DISPATCHER, .query = TIMELINE, .variables = of_eco(eco, "0") }),
	    "NOT_FOUND");
	assert_done(command(SUPERVISOR, "engageOsp", new_key(),
	    print("\"ecoId\":\"%s\",\"osp\":\"bayou-osp\",\"reason\":\"nobody comes\"", eco)));
	live_settle();
	note(OPERATOR, eco, "for the next one", "SHARED");
	live_settle();
	last = heard_text(relieved, heard_count(relieved) - 1);
	assert_contains(last, "OSPRelieved");
	assert_string_equal(
	    print("%zu", query_all(DISPATCHER, "timeline", eco, "{version}")->list.count),
	    print("%zu", heard_count(relieved)));
	assert_text_at(heard_at(board, heard_count(board) - 1), "data.boardChanged.eco.id", eco);
	for (size_t i = 0; i < heard_count(board); i++)
		assert_true(position_in(heard_at(board, i), "boardChanged") <=
			    position_in(heard_at(relieved, heard_count(relieved) - 1), "timeline"));
	assert_true(heard_count(next_board) >= 1);
	assert_text_at(heard_at(next_board, 0), "data.boardChanged.eco.id", eco);
	next = listen_to((struct listen_call){
	    OTHER_DISPATCHER, .query = TIMELINE, .variables = of_eco(eco, "0") });
	live_settle();
	assert_int_equal(heard_count(next),
	    query_all(OTHER_DISPATCHER, "timeline", eco, "{version}")->list.count);
	assert_true(heard_count(next) > heard_count(relieved));
	listen_no_more(relieved);
	listen_no_more(board);
	listen_no_more(next);
	listen_no_more(next_board);
}

/* ---- what they share ---- */

static void
who_asks_the_same_shares_a_channel_wherever_they_go_on_from(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct listening *some[6];

	(void)state;
	expect_channels(0);
	some[0] = listen_to(
	    (struct listen_call){ OPERATOR, .query = TIMELINE, .variables = of_eco(eco, NULL) });
	some[1] = listen_to(
	    (struct listen_call){ OPERATOR, .query = TIMELINE, .variables = of_eco(eco, "0") });
	some[2] = listen_to(
	    (struct listen_call){ OPERATOR, .query = TIMELINE, .variables = of_eco(eco, "1") });
	expect_channels(1);
	/* Another role, another organisation, another document. */
	some[3] = listen_to(
	    (struct listen_call){ SUPERVISOR, .query = TIMELINE, .variables = of_eco(eco, "0") });
	some[4] = listen_to(
	    (struct listen_call){ DISPATCHER, .query = TIMELINE, .variables = of_eco(eco, "0") });
	some[5] = listen_to(
	    (struct listen_call){ OPERATOR, .query = ECO, .variables = of_eco(eco, "0") });
	expect_channels(4);
	for (size_t i = 0; i < COUNT_OF(some); i++)
		listen_no_more(some[i]);
	expect_channels(0);
}

static void
there_is_a_bound_to_how_many_listen_and_to_one_organisations_share(void **state)
{
	struct live_config *config = &server.api->live->config;
	size_t most = config->listeners_max;
	struct listening *some[8];

	(void)state;
	config->listeners_max = 8;
	for (size_t i = 0; i < 6; i++)
		some[i] =
		    listen_to((struct listen_call){ OPERATOR, .query = BOARD, .variables = "{}" });
	assert_contains(
	    listen_refused((struct listen_call){ OPERATOR, .query = BOARD, .variables = "{}" }),
	    "of this organisation");
	for (size_t i = 6; i < 8; i++)
		some[i] = listen_to(
		    (struct listen_call){ DISPATCHER, .query = BOARD, .variables = "{}" });
	assert_contains(
	    listen_refused((struct listen_call){ DISPATCHER, .query = BOARD, .variables = "{}" }),
	    "BUSY");
	for (size_t i = 0; i < 8; i++)
		listen_no_more(some[i]);
	config->listeners_max = most;
}

static void
what_is_no_subscription_is_refused_in_the_words_of_the_engine(void **state)
{
	(void)state;
	assert_contains(
	    listen_refused((struct listen_call){ OPERATOR, .query = "subscription{nothing}" }),
	    "GRAPHQL_VALIDATION_FAILED");
	assert_contains(
	    listen_refused((struct listen_call){ OPERATOR,
		.query = "subscription($f:EcoFilter){boardChanged(filter:$f){position}}",
		.variables = "{\"f\":{\"status\":[\"NEVER\"]}}" }),
	    "BAD_USER_INPUT");
}

/* ---- when the store is away, or slow ---- */

static struct store_ops failing_ops;
static const struct store_ops *real_ops;
static atomic_int failures, waiting;
static _Atomic uint32_t held;

static struct err *
list_changed_or_fail(struct store_session *session, struct arena *in, int64_t after, int64_t upto,
    struct store_changed_list *ret)
{
	(void)atomic_fetch_add(&waiting, 1);
	while (atomic_load(&held) == 1)
		futex_wait(&held, 1, MILLISECONDS(10));
	if (atomic_fetch_sub(&failures, 1) > 0)
		return ERR(in, ERR_UNAVAILABLE, "the store is away");
	return real_ops->list_changed(session, in, after, upto, ret);
}

static void
begin_failing(int count)
{
	real_ops = server.store->ops;
	failing_ops = *real_ops;
	failing_ops.list_changed = list_changed_or_fail;
	server.store->ops = &failing_ops;
	atomic_store(&failures, count);
}

static void
what_cannot_be_read_is_tried_again_and_then_given_up(void **state)
{
	const char *variables = print("{\"after\":\"%s\"}", log_end());
	const char *eco = created((struct create){ 0 });
	struct listen_call call = { OPERATOR, .query = BOARD, .variables = variables };
	struct listening *board;

	(void)state;
	begin_failing(LIVE_TRIES_MAX - 1);
	board = listen_to(call);
	assert_text_at(heard(board, 1), "data.boardChanged.eco.id", eco);
	listen_no_more(board);
	atomic_store(&failures, INT_MAX);
	board = listen_to(call);
	assert_int_equal(heard_end(board), LIVE_FAULT);
	assert_int_equal(heard_count(board), 0);
	listen_no_more(board);
	atomic_store(&failures, 0);
	board = listen_to(call);
	assert_text_at(heard(board, 1), "data.boardChanged.eco.id", eco);
	listen_no_more(board);
	server.store->ops = real_ops;
}

static const char *
open_since(const char *after)
{
	return print("{\"filter\":{\"status\":[\"OPEN\"]},\"after\":\"%s\"}", after);
}

/* One has never known the ECO, the other knows it as open; they stand in one channel. */
static void
what_has_left_a_board_is_told_to_those_who_knew_it(void **state)
{
	const char *before = log_end(), *known, *eco = created((struct create){ 0 });
	struct listening *never, *knows;

	(void)state;
	known = log_end();
	cancel(eco);
	(void)log_end();
	begin_failing(0);
	atomic_store(&waiting, 0);
	atomic_store(&held, 1);
	never = listen_to(
	    (struct listen_call){ OPERATOR, .query = BOARD, .variables = open_since(before) });
	while (atomic_load(&waiting) == 0)
		futex_wait(&held, 1, MILLISECONDS(1));
	knows = listen_to(
	    (struct listen_call){ OPERATOR, .query = BOARD, .variables = open_since(known) });
	atomic_store(&held, 0);
	live_settle();
	server.store->ops = real_ops;
	assert_int_equal(heard_count(never), 0);
	assert_int_equal(heard_count(knows), 1);
	assert_false(at(heard_at(knows, 0), "data.boardChanged.matches")->boolean);
	listen_no_more(never);
	listen_no_more(knows);
}

/* ---- many at once ---- */

#define STRESS_ECOS    3
#define STRESS_NOTES   25
#define STRESS_LISTENS 60

struct writer {
	pthread_t thread;
	const char *eco;
	int number;
};

static void *
write_notes(void *context)
{
	struct writer *writer = context;
	struct arena *own = arena_create(16u << 20);
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("Strike-Development-Identity"), STR(OPERATOR) },
	};

	for (int i = 0; i < STRESS_NOTES; i++) {
		struct http_answer answer;

		arena_reset(own);
		CHECK(
		    http_client_send(server.client, own,
			&(struct http_call){
			    .method = "POST",
			    .url = arena_printf(own, "%.*s/graphql", STR_ARG(server.server_url)),
			    .headers = headers,
			    .header_count = COUNT_OF(headers),
			    .body = arena_printf(own,
				"{\"query\":\"mutation{addNote(input:{idempotencyKey:\\\"%.*s\\\","
				"ecoId:\\\"%s\\\",text:\\\"%d.%d\\\"}){__typename}}\"}",
				STR_ARG(uuid_text(own, random_uuid(clock_now(server.clock)))),
				writer->eco, writer->number, i),
			    .timeout = SECONDS(60),
			},
			&answer) == NULL);
		CHECK(answer.status == 200);
	}
	arena_destroy(own);
	return NULL;
}

/* One who listens, falls behind, is cut off and comes back. */
struct wanderer {
	struct listening *listening; /* NULL: away */
	size_t taken;                /* of this listening */
	const char *after;
	size_t eco, heard;
	int64_t positions[STRESS_NOTES * 4 + 200];
};

static void
take_what_came(struct wanderer *wanderer)
{
	size_t count = heard_count(wanderer->listening);

	for (; wanderer->taken < count; wanderer->taken++) {
		const struct json *told = heard_at(wanderer->listening, wanderer->taken);

		assert_true(wanderer->heard < COUNT_OF(wanderer->positions));
		wanderer->positions[wanderer->heard++] = position_in(told, "timeline");
		wanderer->after = text_at(told, "data.timeline.position");
	}
}

/* No response comes after live_cancel(), and what came before is known to who was cut off. */
static void
cut_off(struct wanderer *wanderer)
{
	cut(wanderer->listening);
	take_what_came(wanderer);
	listen_no_more(wanderer->listening);
	wanderer->listening = NULL;
}

static void
wander(struct wanderer *wanderer, const char *const ecos[], unsigned chance)
{
	if (wanderer->listening == NULL) {
		wanderer->taken = 0;
		wanderer->listening = listen_to((struct listen_call){ OPERATOR, .query = TIMELINE,
		    .variables = of_eco(ecos[wanderer->eco], wanderer->after),
		    .room = 1 + chance % 7 });
	} else if (chance % 3 == 0) {
		make_room(wanderer->listening, chance % 5);
	} else if (chance % 3 == 1) {
		cut_off(wanderer);
	}
}

static void
many_write_and_many_come_and_go_and_nobody_misses_anything(void **state)
{
	const char *ecos[STRESS_ECOS];
	struct writer writers[2 * STRESS_ECOS];
	struct wanderer *wanderers = calloc(12, sizeof(*wanderers));
	unsigned chance = 12345;

	(void)state;
	assert_non_null(wanderers);
	for (size_t i = 0; i < STRESS_ECOS; i++)
		ecos[i] = created((struct create){ 0 });
	for (size_t i = 0; i < COUNT_OF(writers); i++) {
		writers[i] = (struct writer){ .eco = ecos[i % STRESS_ECOS], .number = (int)i };
		assert_int_equal(
		    pthread_create(&writers[i].thread, NULL, write_notes, &writers[i]), 0);
	}
	for (size_t i = 0; i < 12; i++) {
		wanderers[i].eco = i % STRESS_ECOS;
		wanderers[i].after = "0";
	}
	for (int i = 0; i < 12 * STRESS_LISTENS; i++) {
		chance = chance * 1103515245u + 12345u;
		wander(&wanderers[(chance >> 16) % 12], ecos, chance >> 8);
	}
	for (size_t i = 0; i < COUNT_OF(writers); i++)
		assert_int_equal(pthread_join(writers[i].thread, NULL), 0);
	for (size_t i = 0; i < 12; i++) {
		if (wanderers[i].listening == NULL)
			wander(&wanderers[i], ecos, 6);
		make_room(wanderers[i].listening, 0);
	}
	live_settle();
	for (size_t i = 0; i < 12; i++) {
		const struct json *all =
		    query_all(OPERATOR, "timeline", ecos[wanderers[i].eco], "{position}");

		take_what_came(&wanderers[i]);
		listen_no_more(wanderers[i].listening);
		assert_int_equal(wanderers[i].heard, all->list.count);
		for (size_t k = 0; k < all->list.count; k++) {
			int64_t position;

			assert_true(str_parse_i64(
			    json_text_or(&all->list.items[k], STR("position"), STR("")),
			    &position));
			assert_int_equal(wanderers[i].positions[k], position);
		}
	}
	free(wanderers);
}

/* ---- the end ---- */

static void
when_the_server_stops_everybody_is_told(void **state)
{
	const char *eco = created((struct create){ 0 });
	struct listening *listening = listen_to(
	    (struct listen_call){ OPERATOR, .query = TIMELINE, .variables = of_eco(eco, "0") });
	struct live_job nothing = { .run = NULL };

	(void)state;
	live_stop(server.api->live);
	assert_int_equal(heard_end(listening), LIVE_STOPPED);
	assert_false(live_do(server.api->live, &nothing));
	listen_no_more(listening);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(an_eco_is_told_as_it_stands_whenever_something_happens_to_it),
		API_TEST(a_board_tells_of_ecos_that_are_new_and_of_those_that_change),
		API_TEST(a_timeline_tells_each_entry_once_and_in_order),
		API_TEST(the_ring_down_is_told_to_its_osp_with_people_and_to_the_noc_without),
		API_TEST(the_pager_timeline_can_be_queried_too),
		API_TEST(who_was_cut_off_anywhere_goes_on_without_a_hole_or_a_repeat),
		API_TEST(who_is_cut_off_at_every_message_hears_everything_once),
		API_TEST(what_changed_often_is_told_once_to_who_comes_back),
		API_TEST(a_long_timeline_is_told_in_pages_without_a_hole),
		API_TEST(who_is_too_slow_is_left_where_they_stand_and_goes_on_from_there),
		API_TEST(a_position_that_the_log_has_not_come_to_is_refused),
		API_TEST(a_board_does_not_catch_up_from_long_ago_and_a_timeline_does),
		API_TEST(a_board_that_was_queried_goes_on_from_its_position),
		API_TEST(a_filtered_board_tells_what_comes_to_match_and_what_ceases_to),
		API_TEST(a_filtered_board_that_is_cut_off_anywhere_ends_as_the_query_has_it),
		API_TEST(what_is_somebody_elses_is_as_what_does_not_exist),
		API_TEST(a_token_listens_to_what_it_is_for_until_it_is_revoked),
		API_TEST(a_token_that_expires_listens_no_more),
		API_TEST(a_token_for_reading_listens_to_everything),
		API_TEST(who_is_removed_hears_no_more_and_the_others_go_on),
		API_TEST(who_has_signed_out_hears_no_more),
		API_TEST(an_organisation_that_is_suspended_hears_no_more),
		API_TEST(a_contractor_that_is_relieved_hears_up_to_then_and_the_next_one_all),
		API_TEST(who_asks_the_same_shares_a_channel_wherever_they_go_on_from),
		API_TEST(there_is_a_bound_to_how_many_listen_and_to_one_organisations_share),
		API_TEST(what_is_no_subscription_is_refused_in_the_words_of_the_engine),
		API_TEST(what_cannot_be_read_is_tried_again_and_then_given_up),
		API_TEST(what_has_left_a_board_is_told_to_those_who_knew_it),
		API_TEST(many_write_and_many_come_and_go_and_nobody_misses_anything),
		API_TEST(when_the_server_stops_everybody_is_told),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, door_begin, door_end);
}
