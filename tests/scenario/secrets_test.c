#include <libpq-fe.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/hex.h"
#include "bin/development.h"
#include "support/api_world.h"

/*
 * Credentials are looked up by name, used, and kept nowhere: after a night with every
 * kind of trouble in it neither the log, the database nor what a client reads has one.
 *
 * usage: secrets_test mem|pg
 */

#define ACCESS_SECRET    "secret-of-access"
#define SUBACCOUNT       "AC0000000000000000000000000000beef"
#define SUBACCOUNT_TOKEN "token-of-the-subaccount"
#define WRONG_SECRET     "not-the-secret-of-bayou"

#define NIGHT                                                                      \
	"scenario \"A night\"\n"                                                   \
	"noc operator@lone-star-noc\n"                                             \
	"watch dispatcher@hill-country-osp\n"                                      \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Loss of light\"\n" \
	"phone +15125550101 rings out\n"                                           \
	"phone +15125550102 answers after 10s, presses 1, then 30#\n"              \
	"twilio down from 0s until 20s\n"                                          \
	"render down from 0s until 5m\n"                                           \
	"task investigation: starts after 30m, completes after 60m\n"              \
	"expect anything else\nuntil ECOClosed within 12h\n"

static bool in_memory;
static const char *played, *failed;

/* What must stand nowhere. */
static const char *const secrets[] = {
	DEVELOPMENT_AUTH_TOKEN,
	API_PREVIOUS_TOKEN,
	DEVELOPMENT_RENDER_HILL_COUNTRY,
	DEVELOPMENT_RENDER_BAYOU,
	SERVER_WORLD_VAULT_KEY,
	ACCESS_SECRET,
	SUBACCOUNT_TOKEN,
	WRONG_SECRET,
	"client_secret",
	"access_token",
	"Bearer ",
	"Basic ",
};

/* -- the night -- */

/* A call-back that nobody signed, with ${secret} as the one of Access. */
static void
forge(const char *secret)
{
	const struct http_header headers[] = {
		{ STR("X-Twilio-Signature"), STR(DEVELOPMENT_AUTH_TOKEN) },
		{ STR("CF-Access-Client-Id"), STR("id.access") },
		{ STR("CF-Access-Client-Secret"), str_from_z(secret) },
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded") },
	};
	const struct http_answer *answer = request("POST", "/webhooks/twilio/voice/status", headers,
	    COUNT_OF(headers), STR("CallSid=CA1&AccountSid=" SUBACCOUNT));

	assert_int_equal(answer->status, 403);
}

static int
begin(void **state)
{
	struct play_result result = { .passed = false };

	server_world_begin_as(&server, store_factory_make(), NIGHT,
	    &(struct server_world_options){ .previous_token = API_PREVIOUS_TOKEN });
	setenv("STRIKE_SECRET_RENDER_BAYOU", WRONG_SECRET, 1);
	setenv("STRIKE_SECRET_TWILIO_AC0000000000000000000000000000BEEF", SUBACCOUNT_TOKEN, 1);
	(void)api_world_begin_test(state);
	assert_no_fault(server_world_play(&server, &result));
	assert_true(result.passed);
	played = arena_copy_z(server.arena, result.eco_id);
	/* Bayou's secret is wrong, so that its field system refuses us. */
	failed = arena_copy_z(server.arena,
	    str_from_z(created((struct create){
		.identity = OTHER_OPERATOR, .osp = "bayou-osp", .location = HOUSTON })));
	server.settings.webhook_access_client_id = STR("id.access");
	server.settings.webhook_access_client_secret = secret_of(STR(ACCESS_SECRET));
	forge("wrong");
	forge(ACCESS_SECRET);
	return api_world_end_test(state);
}

static int
end(void **state)
{
	unsetenv("STRIKE_SECRET_TWILIO_AC0000000000000000000000000000BEEF");
	return api_world_end(state);
}

/* -- what stands where -- */

static void
assert_lacks_secret(struct str all, struct str secret, const char *where)
{
	struct buf hex = buf_in(arena, 2 * secret.len + 1);

	hex_encode(&hex, secret);
	if (str_find(all, secret) != SIZE_MAX || str_find(all, buf_view(&hex)) != SIZE_MAX)
		fail_msg("%s has \"%.*s\"", where, STR_ARG(secret));
}

static void
assert_keeps_secrets(struct str all, const char *where)
{
	struct buf basic = buf_in(arena, 256);

	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		assert_lacks_secret(all, str_from_z(secrets[i]), where);
	base64_encode(&basic, STR(DEVELOPMENT_ACCOUNT_SID ":" DEVELOPMENT_AUTH_TOKEN));
	assert_lacks_secret(all, buf_view(&basic), where);
}

static struct str
servers_log(void)
{
	const size_t limit = 8u << 20;
	char *text = arena_array(arena, char, limit);
	ssize_t length = pread(server.log_fd, text, limit, 0);

	assert_true(length > 1000);
	return (struct str){ text, (size_t)length };
}

static void
the_night_had_every_kind_of_trouble(void **state)
{
	const char *log = arena_copy_z(arena, servers_log());

	(void)state;
	assert_contains(log, "service token of Access is missing or wrong");
	assert_contains(log, "the signature does not fit");
	assert_true(count_entries(DISPATCHER, played, "RenderTaskingFailed") > 0);
	assert_contains(json_text(timeline(OTHER_DISPATCHER, failed)), "invalid_client");
}

static void
no_line_of_the_servers_log_has_a_secret(void **state)
{
	(void)state;
	assert_keeps_secrets(servers_log(), "the server's log");
}

static void
no_event_has_a_secret(void **state)
{
	struct store_session *session = worker_session();
	struct store_events events;

	(void)state;
	assert_no_fault(store_read_log(session, arena, 0, STORE_BATCH_MAX, &events));
	store_session_close(session);
	assert_true(events.count > 10);
	for (size_t i = 0; i < events.count; i++)
		assert_keeps_secrets(events.at[i].payload, "an event");
}

static void
nothing_that_a_client_reads_has_a_secret(void **state)
{
	const char *const texts[] = { json_text(timeline(OPERATOR, played)),
		json_text(timeline(DISPATCHER, played)), json_text(eco_of(OPERATOR, played)),
		json_text(timeline(OTHER_OPERATOR, failed)),
		json_text(timeline(OTHER_DISPATCHER, failed)) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_keeps_secrets(str_from_z(texts[i]), "a timeline");
}

static void
check_table(PGconn *connection, const char *table)
{
	PGresult *rows = PQexec(connection, print("SELECT t::text FROM strike.\"%s\" t", table));

	if (PQresultStatus(rows) != PGRES_TUPLES_OK)
		fail_msg("%s: %s", table, PQerrorMessage(connection));
	for (int i = 0; i < PQntuples(rows); i++)
		assert_keeps_secrets(
		    (struct str){ PQgetvalue(rows, i, 0), (size_t)PQgetlength(rows, i, 0) }, table);
	PQclear(rows);
}

static void
no_table_has_a_secret(void **state)
{
	PGconn *connection;
	PGresult *tables;

	(void)state;
	if (in_memory)
		skip();
	connection = PQconnectdb(store_factory_conninfo());
	tables = PQexec(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'strike'");
	assert_int_equal(PQresultStatus(tables), PGRES_TUPLES_OK);
	assert_true(PQntuples(tables) > 10);
	for (int i = 0; i < PQntuples(tables); i++)
		check_table(connection, PQgetvalue(tables, i, 0));
	PQclear(tables);
	PQfinish(connection);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(the_night_had_every_kind_of_trouble),
		API_TEST(no_line_of_the_servers_log_has_a_secret),
		API_TEST(no_event_has_a_secret),
		API_TEST(nothing_that_a_client_reads_has_a_secret),
		API_TEST(no_table_has_a_secret),
	};

	store_factory_choose(argc > 1 ? argv[1] : "mem");
	in_memory = argc < 2 || strcmp(argv[1], "mem") == 0;
	return cmocka_run_group_tests(tests, begin, end);
}
