#ifndef TESTS_FOLLOWER_WORLD_H
#define TESTS_FOLLOWER_WORLD_H

#include "process/follower.h"
#include "support/store_world.h"

/*
 * follower_world: a store, a clock that stands still, and followers that do
 * something countable.
 *
 * What is done for an event is a row (a refused webhook of that name, which is
 * written in the transaction that it is done in): "<subscription>", "<stream> <version>".
 * Events of streams that a test calls poison cannot be dealt with until it says so.
 */

#define FOLLOWER_SUBSCRIPTION "marks.1"

struct follower_world {
	struct world *world;
	char folder[64];
	struct clock *clock;
	struct log *log;
	int log_fd;
	struct feed *feed;
};

/** cmocka's setup and teardown: *state is a struct follower_world. */
int follower_world_setup(void **state);
int follower_world_teardown(void **state);
#define FOLLOWER_TEST(function) \
	cmocka_unit_test_setup_teardown(function, follower_world_setup, follower_world_teardown)

/** A projection that makes a mark for every event. */
extern const struct projection marking;

/** A reaction that appends a mark for every event of an unmarked stream. */
struct err *mark_by_appending(void *context, const struct follower_turn *turn,
    const struct store_event *event, const struct store_move *move, bool *ret_moved);

/** Event ${version} of ${stream} cannot be dealt with from now on; version 0: all can. */
void poison(struct uuid stream, int64_t version);

/** Start a follower of ${subscription} on ${store}: of ${projection}, or if NULL a reactor. */
struct follower *start_follower(struct follower_world *world, struct store *store,
    struct feed *feed, const char *subscription, const struct projection *projection,
    unsigned threads);

/** Give all events positions, and tell ${feed} and ${follower} (NULL: nobody). */
int64_t sequence_and_tell(
    struct follower_world *world, struct feed *feed, struct follower *follower);

/** Wait, as long as it takes, until every slot of ${subscription} stands at the head. */
void wait_for_head(struct follower_world *world, const char *subscription);

/** Wait until ${count} streams are parked for ${subscription}. */
void wait_for_parked(struct follower_world *world, const char *subscription, size_t count);

/** A moment of real time. */
void wait_a_little(void);

/** The marks of ${stream} by ${subscription}, as text: "1 2 3", in the order in which they were
 * made. */
const char *marks_of(struct follower_world *world, const char *subscription, struct uuid stream);

#endif
