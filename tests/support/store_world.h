#ifndef STORE_WORLD_H
#define STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store_archive.h"
#include "store/store_feed.h"
#include "store/store_proof.h"
#include "store/store_vault.h"

/*
 * store_world: what every test of a store begins with - an empty store, sessions
 * for both sides and for a stranger, and short words for the usual calls.
 *
 * Which store it is, the program decides by what it links: store_mem_world.c or
 * store_pg_world.c.
 */

struct world {
	struct arena *arena;
	struct store *store;
	struct store_session *worker, *noc, *osp, *stranger;
	struct uuid noc_id, osp_id, stranger_id;
};

/* ---- the store under test ---- */

/** Make the store under test possible; 0, or the exit code of the program that cannot. */
int world_store_prepare(void);
/** Undo world_store_prepare(). */
void world_store_forget(void);
/** A store with nothing in it. */
struct store *world_store_fresh(struct arena *arena);
/** The same store as another process sees it. */
struct store *world_store_join(struct store *store, struct arena *arena);
/** Change event ${version} of ${stream} behind the store's back. */
void world_store_spoil(struct store *store, struct uuid stream, int64_t version);

/* ---- set up ---- */

/** cmocka's setup and teardown: *state is a struct world. */
int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_TEST(function) cmocka_unit_test_setup_teardown(function, world_setup, world_teardown)

/** One more session of ${store}, acting for ${organisation}. */
struct store_session *world_session(
    struct store *store, struct arena *arena, enum store_role role, struct uuid organisation);

/* ---- short words ---- */

void world_expect_ok(struct err *err, const char *call, const char *file, int line);
void world_expect_fault(
    struct err *err, enum err_kind kind, const char *call, const char *file, int line);
#define OK(call)           world_expect_ok((call), #call, __FILE__, __LINE__)
#define FAULTS(kind, call) world_expect_fault((call), (kind), #call, __FILE__, __LINE__)

#define ASSERT_STR(actual, expected)                                                               \
	do {                                                                                       \
		struct str actual_ = (actual);                                                     \
		assert_int_equal(actual_.len, strlen(expected));                                   \
		assert_memory_equal(actual_.len == 0 ? "" : actual_.ptr, (expected), actual_.len); \
	} while (0)
#define ASSERT_UUID(actual, expected) assert_true(uuid_equal((actual), (expected)))

/** The moment ${s} seconds into the tests' day. */
struct instant at_s(int64_t s);

/** An id that comes from ${name}. */
struct uuid id_of(const char *name);

/**
 * An append of ${count} (up to 100) made-up events to ${stream} between the world's
 * NOC and OSP.  What it points to lives in the world's arena.
 */
struct store_append *world_append(
    const struct world *world, struct uuid stream, int64_t expected, size_t count);

/** Append ${count} events as the NOC; the stream stood at ${expected}. */
void world_appended(struct world *world, struct uuid stream, int64_t expected, size_t count);

/** Sequence until nothing is left; returns the head. */
int64_t world_sequence(struct world *world);

#endif
