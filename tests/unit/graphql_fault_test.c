#include "support/unit.h"

#include <unistd.h>

#include "api/graphql_door.h"

/* What a fault behind a field looks like: to the client, and in the log. */

#define SECRET "connection to 10.0.0.7, user strike_api"

static char logged[LOG_LINE_BYTES_MAX];

/* What the client reads of a fault; what was logged of it stands in ${logged}. */
static struct str
told(struct arena *arena, bool development)
{
	int pipe_fds[2];
	struct api api = { .development = development };
	struct api_request request = { .api = &api, .arena = arena, .outcome = "ok" };
	struct graphql_asker asker = { .request = &request };
	const struct err *cause = ERR(arena, ERR_UNAVAILABLE, SECRET);
	const struct err *err = ERR_WRAP(arena, cause, "read an ECO");
	struct str words;
	ssize_t length;

	assert_int_equal(pipe(pipe_fds), 0);
	request.id.bytes[0] = 0xab;
	api.config.log = log_create(pipe_fds[1], LOG_LOGFMT, LOG_INFO);
	words = graphql_door_fault(&asker, arena, err, STR("ecos.edges[3].node"));
	log_destroy(api.config.log);
	length = read(pipe_fds[0], logged, sizeof(logged) - 1);
	assert_true(length > 0);
	logged[length] = '\0';
	(void)close(pipe_fds[0]);
	(void)close(pipe_fds[1]);
	assert_string_equal(request.outcome, "fault");
	return words;
}

static void
outside_development_a_client_reads_a_reference_and_nothing_of_the_fault(void **state)
{
	struct arena *arena = arena_create(1u << 20);
	struct str words = told(arena, false);

	(void)state;
	assert_true(str_find(words, STR("10.0.0.7")) == SIZE_MAX);
	assert_true(str_find(words, STR("read an ECO")) == SIZE_MAX);
	assert_true(str_find(words, STR("reference ab000000-")) != SIZE_MAX);
	arena_destroy(arena);
}

static void
in_development_the_words_of_the_fault_are_there_too(void **state)
{
	struct arena *arena = arena_create(1u << 20);

	(void)state;
	assert_true(str_find(told(arena, true), STR(SECRET)) != SIZE_MAX);
	arena_destroy(arena);
}

static void
the_log_has_all_of_it_under_the_same_reference(void **state)
{
	struct arena *arena = arena_create(1u << 20);

	(void)state;
	(void)told(arena, false);
	assert_non_null(strstr(logged, SECRET));
	assert_non_null(strstr(logged, "ecos.edges[3].node"));
	assert_non_null(strstr(logged, "ab000000-"));
	arena_destroy(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    outside_development_a_client_reads_a_reference_and_nothing_of_the_fault),
		cmocka_unit_test(in_development_the_words_of_the_fault_are_there_too),
		cmocka_unit_test(the_log_has_all_of_it_under_the_same_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
