#include "support/unit.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/graphql_documents.h"
#include "support/graphql_world.h"

#define ARENA_BYTES (8u << 20)
#define THREADS     8

static struct arena *schema_arena, *arena;
static struct graphql_schema *schema;
static struct graphql_documents *documents;

static const struct uuid north = { .bytes = { 1 } }, south = { .bytes = { 2 } };

static void
begin_with(size_t count_max, size_t bytes_max)
{
	documents = graphql_documents_create(&(struct graphql_documents_config){
	    .schema = schema,
	    .limits = GRAPHQL_LIMITS_DEFAULT,
	    .count_max = count_max,
	    .bytes_max = bytes_max,
	});
}

static int
begin(void **state)
{
	(void)state;
	schema_arena = arena_create(ARENA_BYTES);
	arena = arena_create(ARENA_BYTES);
	schema = graphql_world_schema(schema_arena);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	graphql_documents_destroy(documents);
	documents = NULL;
	arena_destroy(arena);
	arena_destroy(schema_arena);
	return 0;
}

/* The document ${text} of ${whose}, in use. */
static const struct graphql_kept *
use(struct uuid whose, const char *text)
{
	struct buf response = buf_in(arena, 4096);
	const struct graphql_kept *kept =
	    graphql_documents_prepare(documents, arena, whose, str_from_z(text), &response);

	if (kept == NULL)
		fail_msg("%s: %.*s", text, STR_ARG(buf_view(&response)));
	return kept;
}

static void
ask_once(struct uuid whose, const char *text)
{
	graphql_documents_release(documents, use(whose, text));
}

static bool
is_kept(struct uuid whose, const char *text)
{
	const struct graphql_kept *kept =
	    graphql_documents_recall(documents, whose, sha256_of(str_from_z(text)));
	bool same = kept != NULL && str_equal(kept->text, str_from_z(text));

	graphql_documents_release(documents, kept);
	return same;
}

static const char *
numbered(int number)
{
	return arena_printf(arena, "{eco(id:\"%d\"){id}}%c", number, 0).ptr;
}

static void
a_document_is_made_once_and_found_again_by_its_text_and_by_its_digest(void **state)
{
	const struct graphql_kept *first, *second;

	(void)state;
	begin_with(10, 1u << 20);
	first = use(north, "{eco(id:\"1\"){number}}");
	second = use(north, "{eco(id:\"1\"){number}}");
	assert_ptr_equal(first, second);
	assert_true(is_kept(north, "{eco(id:\"1\"){number}}"));
	assert_int_equal(graphql_documents_tally(documents).made, 1);
	assert_int_equal(graphql_operation_kind(first->document, STR("")), GRAPHQL_QUERY);
	graphql_documents_release(documents, first);
	graphql_documents_release(documents, second);
}

static void
a_kept_document_gives_what_its_text_gives(void **state)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct str text = STR("query($i:ID!){eco(id:$i){number status crew{name}}}"), reason;
	struct graphql_request request = { .query = text };
	struct buf anew = buf_in(arena, 4096), again = buf_in(arena, 4096);
	const struct graphql_kept *kept;

	(void)state;
	begin_with(10, 1u << 20);
	assert_true(json_parse(arena, STR("{\"i\":\"2\"}"), &request.variables, &reason));
	assert_int_equal(graphql_execute(arena, schema, &request, &limits, &anew), GRAPHQL_OK);
	for (int i = 0; i < 3; i++) {
		kept = use(north, arena_copy_z(arena, text));
		assert_int_equal(graphql_execute_prepared(
				     arena, schema, kept->document, &request, &limits, &again),
		    GRAPHQL_OK);
		assert_text(buf_view(&again), arena_copy_z(arena, buf_view(&anew)));
		graphql_documents_release(documents, kept);
	}
	assert_contains(arena_copy_z(arena, buf_view(&anew)), "NOC-2");
	assert_int_equal(graphql_documents_tally(documents).made, 1);
}

static void
what_one_organisation_asks_is_not_there_for_another(void **state)
{
	(void)state;
	begin_with(10, 1u << 20);
	ask_once(north, "{eco(id:\"secret\"){number}}");
	assert_true(is_kept(north, "{eco(id:\"secret\"){number}}"));
	assert_false(is_kept(south, "{eco(id:\"secret\"){number}}"));
	ask_once(south, "{eco(id:\"secret\"){number}}");
	assert_int_equal(graphql_documents_tally(documents).made, 2);
}

static void
what_is_invalid_is_told_and_not_kept(void **state)
{
	static const char *const bad[] = { "{", "{nothing}", "", "query($x:Int){__typename}" };
	struct buf response = buf_in(arena, 4096);

	(void)state;
	begin_with(10, 1u << 20);
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		assert_null(graphql_documents_prepare(
		    documents, arena, north, str_from_z(bad[i]), &response));
		assert_contains(
		    arena_copy_z(arena, buf_view(&response)), "{\"errors\":[{\"message\":\"");
		assert_false(is_kept(north, bad[i]));
	}
	assert_int_equal(graphql_documents_tally(documents).count, 0);
}

static void
what_was_used_longest_ago_goes_first(void **state)
{
	(void)state;
	begin_with(3, 1u << 20);
	for (int i = 1; i <= 3; i++)
		ask_once(north, numbered(i));
	assert_true(is_kept(north, numbered(1))); /* and is used by that */
	ask_once(north, numbered(4));
	assert_true(is_kept(north, numbered(1)));
	assert_false(is_kept(north, numbered(2)));
	assert_true(is_kept(north, numbered(3)));
	assert_true(is_kept(north, numbered(4)));
	assert_int_equal(graphql_documents_tally(documents).count, 3);
}

static void
their_memory_is_bounded_and_no_document_takes_most_of_it(void **state)
{
	struct buf large = buf_in(arena, 64000);
	struct graphql_documents_tally tally;

	(void)state;
	begin_with(1000, 128u << 10);
	for (int i = 0; i < 500; i++) {
		ask_once(north, numbered(i));
		assert_true(graphql_documents_tally(documents).bytes <= 128u << 10);
	}
	tally = graphql_documents_tally(documents);
	assert_true(tally.count > 10 && tally.count < 100);
	buf_str(&large, STR("{eco(id:\"1\"){id"));
	for (int i = 0; i < 1000; i++)
		buf_str(&large, STR(" id"));
	buf_printf(&large, "}}%c", 0);
	ask_once(north, large.ptr);
	assert_false(is_kept(north, large.ptr));
	assert_int_equal(graphql_documents_tally(documents).count, tally.count);
}

static void
a_document_that_goes_while_it_is_used_lives_until_it_is_released(void **state)
{
	const struct graphql_kept *held;

	(void)state;
	begin_with(1, 1u << 20);
	held = use(north, numbered(1));
	ask_once(north, numbered(2));
	assert_false(is_kept(north, numbered(1)));
	assert_text(held->text, numbered(1));
	assert_int_equal(graphql_operation_kind(held->document, STR("")), GRAPHQL_QUERY);
	graphql_documents_release(documents, held);
}

/* ---- many at once ---- */

struct worker {
	pthread_t thread;
	unsigned seed;
	size_t wrong;
};

static void *
work(void *context)
{
	struct graphql_limits limits = GRAPHQL_LIMITS_DEFAULT;
	struct worker *worker = context;
	struct arena *own = arena_create(1u << 20);

	for (int i = 0; i < 400; i++) {
		int number = 1 + rand_r(&worker->seed) % 12;
		struct uuid whose = rand_r(&worker->seed) % 2 == 0 ? north : south;
		struct str text = arena_printf(own, "{eco(id:\"%d\"){id crew{name}}}", number);
		struct buf response = buf_in(own, 4096);
		const struct graphql_kept *kept =
		    rand_r(&worker->seed) % 4 == 0
			? graphql_documents_recall(documents, whose, sha256_of(text))
			: graphql_documents_prepare(documents, own, whose, text, &response);

		if (kept != NULL) {
			struct graphql_request request = { .query = text };

			worker->wrong += !str_equal(kept->text, text);
			worker->wrong += graphql_execute_prepared(own, schema, kept->document,
					     &request, &limits, &response) != GRAPHQL_OK;
			worker->wrong += number <= 3 && str_find(buf_view(&response),
							    arena_printf(own, "\"id\":\"%d\"",
								number)) == SIZE_MAX;
		}
		graphql_documents_release(documents, kept);
		arena_reset(own);
	}
	arena_destroy(own);
	return NULL;
}

static void
any_number_of_threads_use_and_displace_them_at_once(void **state)
{
	struct worker workers[THREADS];
	struct graphql_documents_tally tally;

	(void)state;
	begin_with(5, 1u << 20);
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .seed = i + 1 };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		assert_int_equal(workers[i].wrong, 0);
	}
	tally = graphql_documents_tally(documents);
	assert_int_equal(tally.count, 5);
	assert_true(tally.made > 24);
}

/* All in the same order, so that they meet. */
static void *
make_all(void *context)
{
	struct arena *own = arena_create(1u << 20);

	(void)context;
	for (int i = 0; i < 200; i++) {
		struct str text = arena_printf(own, "{eco(id:\"%d\"){id}}", i);
		struct buf response = buf_in(own, 4096);

		graphql_documents_release(
		    documents, graphql_documents_prepare(documents, own, north, text, &response));
		arena_reset(own);
	}
	arena_destroy(own);
	return NULL;
}

static void
of_those_who_make_the_same_document_at_once_one_is_kept(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	begin_with(10000, 64u << 20);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, make_all, NULL), 0);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(graphql_documents_tally(documents).count, 200);
}

#define DOCUMENTS_TEST(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DOCUMENTS_TEST(
		    a_document_is_made_once_and_found_again_by_its_text_and_by_its_digest),
		DOCUMENTS_TEST(a_kept_document_gives_what_its_text_gives),
		DOCUMENTS_TEST(what_one_organisation_asks_is_not_there_for_another),
		DOCUMENTS_TEST(what_is_invalid_is_told_and_not_kept),
		DOCUMENTS_TEST(what_was_used_longest_ago_goes_first),
		DOCUMENTS_TEST(their_memory_is_bounded_and_no_document_takes_most_of_it),
		DOCUMENTS_TEST(a_document_that_goes_while_it_is_used_lives_until_it_is_released),
		DOCUMENTS_TEST(any_number_of_threads_use_and_displace_them_at_once),
		DOCUMENTS_TEST(of_those_who_make_the_same_document_at_once_one_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
