#include "support/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/config.h"

static struct arena *arena;
static char folder[4096], file[5000];
static struct config config;

static int
set_up(void **state)
{
	const char *at = getenv("TMPDIR");

	(void)state;
	arena = arena_create(1 << 20);
	(void)snprintf(folder, sizeof(folder), "%s/strike-config-XXXXXX", at ? at : "/tmp");
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof(file), "%s/strike.ini", folder);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)unlink(file);
	assert_int_equal(rmdir(folder), 0);
	arena_destroy(arena);
	return 0;
}

static void
write_file(const char *path, struct str text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(text.ptr, 1, text.len, out), text.len);
	fclose(out);
}

/* Load ${text} as the file, when it is not NULL, and two variables, which may be NULL. */
static struct err *
load(const char *text, const char *one, const char *two)
{
	char *environment[] = { (char *)(uintptr_t)one, NULL, NULL };

	if (one != NULL)
		environment[1] = (char *)(uintptr_t)two;
	if (text == NULL)
		return config_load(arena, NULL, environment, &config);
	write_file(file, str_from_z(text));
	return config_load(arena, file, environment, &config);
}

static void
without_anything_the_defaults_hold(void **state)
{
	(void)state;
	assert_no_fault(load(NULL, "PATH=/bin", "HOME=/"));
	assert_false(config_is_development(&config));
	assert_text(config.address, "127.0.0.1");
	assert_int_equal(config.port, 8080);
	assert_text(config.clock, "real");
	assert_int_equal(config.workers, 8);
	assert_int_equal(config.body_bytes_max, 256 * 1024);
	assert_text(config.twilio_api_url, "https://api.twilio.com");
	assert_int_equal(config.log_format, LOG_LOGFMT);
	assert_int_equal(config.log_level, LOG_INFO);
	assert_int_equal(config.roles, CONFIG_ROLE_API | CONFIG_ROLE_WORKER);
	assert_false(secret_is_set(config.twilio_auth_token));
}

static void
the_environment_is_above_the_file_and_the_file_above_the_defaults(void **state)
{
	(void)state;
	assert_no_fault(load("port = 1000\nworkers = 3\n", "STRIKE_PORT=2000", NULL));
	assert_int_equal(config.port, 2000);
	assert_int_equal(config.workers, 3);
	assert_int_equal(config.io_threads, 1);
	assert_no_fault(load("port = 1000\n", "STRIKE_PORT=", NULL));
	assert_int_equal(config.port, 1000);
}

static void
the_file_may_be_named_by_a_variable(void **state)
{
	char variable[6000];

	(void)state;
	write_file(file, STR("[strike]\n; a comment\n# another\nport=7\n"));
	(void)snprintf(variable, sizeof(variable), "STRIKE_CONFIG=%s", file);
	assert_no_fault(load(NULL, variable, NULL));
	assert_int_equal(config.port, 7);
}

static void
values_keep_what_looks_like_a_comment_and_may_be_long(void **state)
{
	char text[3000] = "database_url = host=/run password=a;b ;c #d application_name=";
	size_t length = strlen(text);

	(void)state;
	memset(text + length, 'x', 2000);
	text[length + 2000] = '\n';
	assert_no_fault(load(text, NULL, NULL));
	assert_int_equal(config.database_url.len, length + 2000 - strlen("database_url = "));
	assert_true(str_find(config.database_url, STR("a;b ;c #d")) != SIZE_MAX);
}

static void
every_kind_of_value_is_read(void **state)
{
	(void)state;
	assert_no_fault(load("environment = development\nlog_format = json\nlog_level = error\n"
			     "roles = worker\nclock = scaled:60:2026-01-05T02:14:07Z\n"
			     "public_url = http://localhost:8080\n",
	    "STRIKE_TWILIO_AUTH_TOKEN=shh", NULL));
	assert_true(config_is_development(&config));
	assert_int_equal(config.log_format, LOG_JSON);
	assert_int_equal(config.log_level, LOG_ERROR);
	assert_int_equal(config.roles, CONFIG_ROLE_WORKER);
	assert_text(secret_reveal(config.twilio_auth_token), "shh");
	assert_no_fault(load("roles = api , worker\n", NULL, NULL));
	assert_int_equal(config.roles, CONFIG_ROLE_API | CONFIG_ROLE_WORKER);
}

static void
a_name_that_is_misspelt_is_refused_with_the_nearest(void **state)
{
	(void)state;
	assert_fault(load("wrokers = 3\n", NULL, NULL), ERR_CORRUPT,
	    "strike.ini: there is no setting \"wrokers\"; did you mean \"workers\"?");
	assert_fault(load("\n\nporrt = 3\n", NULL, NULL), ERR_CORRUPT, "line 3 of ");
	assert_fault(load(NULL, "STRIKE_DATABASE=x", NULL), ERR_CORRUPT,
	    "STRIKE_DATABASE: there is no setting \"database\"; did you mean \"database_url\"?");
	assert_fault(load(NULL, "STRIKE_QZXJKVWQZXJKVW=1", NULL), ERR_CORRUPT,
	    "there is no setting \"qzxjkvwqzxjkvw\"");
}

static void
secrets_of_organisations_and_variables_of_the_tools_are_no_settings(void **state)
{
	(void)state;
	assert_no_fault(load(NULL, "STRIKE_SECRET_RENDER_NORTH=x", "STRIKE_CONFIG="));
	assert_no_fault(load(NULL, "STRIKE_TEST_BIN=build/strike", "STRIKE_NO_INSTALL=1"));
}

static void
a_bad_value_is_refused_with_setting_value_and_rule(void **state)
{
	static const struct {
		const char *variable, *why;
	} cases[] = {
		{ "STRIKE_PORT=65536",
		    "STRIKE_PORT: port is \"65536\": an integer from 0 to 65535" },
		{ "STRIKE_PORT=-1", "port is \"-1\"" },
		{ "STRIKE_PORT=80a", "port is \"80a\"" },
		{ "STRIKE_PORT= 80", "port is \" 80\"" },
		{ "STRIKE_PORT=99999999999999999999", "an integer from 0 to 65535" },
		{ "STRIKE_WORKERS=0", "workers is \"0\": an integer from 1 to 256 is needed" },
		{ "STRIKE_ENVIRONMENT=prod",
		    "environment is \"prod\": production or development is needed" },
		{ "STRIKE_ROLES=api,wroker", "roles is \"api,wroker\": api or worker, or several" },
		{ "STRIKE_ROLES=,", "roles is \",\"" },
		{ "STRIKE_LOG_LEVEL=INFO", "debug or info or warning or error" },
		{ "STRIKE_PUBLIC_URL=strike.example", "an http or https URL" },
		{ "STRIKE_PUBLIC_URL=https://strike.example/", "without a slash at its end" },
		{ "STRIKE_PUBLIC_URL=https://", "an http or https URL" },
		{ "STRIKE_PUBLIC_URL=https:///path", "an http or https URL" },
		{ "STRIKE_PUBLIC_URL=https://a b", "an http or https URL" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_fault(load(NULL, cases[i].variable, NULL), ERR_CORRUPT, cases[i].why);
}

static void
production_allows_neither_plain_http_nor_another_clock(void **state)
{
	(void)state;
	assert_fault(load(NULL, "STRIKE_CLOCK=virtual:/tmp/x", NULL), ERR_CORRUPT,
	    "in production only \"real\" is allowed");
	assert_fault(load(NULL, "STRIKE_PUBLIC_URL=http://s", NULL), ERR_CORRUPT,
	    "public_url is \"http://s\": in production an https URL is needed");
	assert_fault(load(NULL, "STRIKE_TWILIO_API_URL=http://s", NULL), ERR_CORRUPT, "https");
	assert_no_fault(
	    load(NULL, "STRIKE_CLOCK=virtual:/tmp/x", "STRIKE_ENVIRONMENT=development"));
}

static void
a_file_that_cannot_be_understood_is_refused_with_its_line(void **state)
{
	char text[CONFIG_LINE_BYTES_MAX + 100] = "workers = 1\naddress = ";
	size_t length = strlen(text);

	(void)state;
	assert_fault(load("port = 1\nnonsense\n", NULL, NULL), ERR_CORRUPT, "line 2 of ");
	assert_fault(load("port = 1\nport = 2\n", NULL, NULL), ERR_CORRUPT, "port is set twice");
	assert_fault(
	    load("[strikes]\nport = 1\n", NULL, NULL), ERR_CORRUPT, "[strikes] is not [strike]");
	memset(text + length, 'x', sizeof(text) - length - 1);
	assert_fault(load(text, NULL, NULL), ERR_CORRUPT, "line 2 of ");
	write_file(file, STR("port = 1\0 2\n"));
	assert_fault(config_load(arena, file, (char *[]){ NULL }, &config), ERR_CORRUPT, "NUL");
	assert_fault(config_load(arena, "/nowhere/strike.ini", (char *[]){ NULL }, &config),
	    ERR_UNAVAILABLE, "/nowhere/strike.ini: No such file");
}

static void
an_indented_line_is_a_setting_of_its_own(void **state)
{
	(void)state;
	assert_no_fault(load("address = ::1\n  port = 4\n", NULL, NULL));
	assert_text(config.address, "::1");
	assert_int_equal(config.port, 4);
}

static void
a_fault_never_shows_a_secret(void **state)
{
	struct err *err = load("twilio_auth_token = hush\ntwilio_auth_token = hush\n", NULL, NULL);

	(void)state;
	assert_fault(err, ERR_CORRUPT, "twilio_auth_token is set twice");
	assert_int_equal(str_find(err->message, STR("hush")), SIZE_MAX);
}

static void
a_secret_is_found_in_the_environment_or_in_a_file(void **state)
{
	struct secret secret;
	char path[6000];

	(void)state;
	assert_no_fault(load(NULL, NULL, NULL));
	config.secrets_dir = str_from_z(folder);
	(void)snprintf(path, sizeof(path), "%s/render-north", folder);
	write_file(path, STR("from file \r\n"));
	assert_no_fault(config_find_secret(&config, arena, STR("render-north"), &secret));
	assert_text(secret_reveal(secret), "from file ");

	assert_int_equal(setenv("STRIKE_SECRET_RENDER_NORTH", "from variable", 1), 0);
	assert_no_fault(config_find_secret(&config, arena, STR("render-north"), &secret));
	assert_text(secret_reveal(secret), "from variable");
	assert_int_equal(unsetenv("STRIKE_SECRET_RENDER_NORTH"), 0);

	write_file(path, STR("\n"));
	assert_fault(config_find_secret(&config, arena, STR("render-north"), &secret), ERR_CORRUPT,
	    "is empty");
	assert_int_equal(unlink(path), 0);
	assert_fault(config_find_secret(&config, arena, STR("render-north"), &secret),
	    ERR_UNAVAILABLE, "neither in STRIKE_SECRET_RENDER_NORTH nor in a file");
}

static void
a_reference_cannot_name_a_file_elsewhere(void **state)
{
	static const char *const bad[] = { "", "../passwd", "/etc/passwd", "a/b", "A", "a.b",
		"a_b" };
	struct secret secret;

	(void)state;
	assert_no_fault(load(NULL, NULL, NULL));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_fault(config_find_secret(&config, arena, str_from_z(bad[i]), &secret),
		    ERR_CORRUPT, "a-z, 0-9 and \"-\" are needed");
}

static void
the_reference_has_a_row_for_every_setting(void **state)
{
	struct buf buf = buf_in(arena, 65536);

	(void)state;
	config_describe(&buf);
	buf_char(&buf, '\0');
	assert_false(buf.overflowed);
	assert_contains(buf.ptr,
	    "| `port` | `STRIKE_PORT` | `8080` | an integer from 0 to 65535 | Port to listen on");
	assert_contains(
	    buf.ptr, "| `twilio_auth_token` | `STRIKE_TWILIO_AUTH_TOKEN` |  | text, secret |");
	assert_contains(buf.ptr, "| debug or info or warning or error |");
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static void
development_does_not_start_beside_anything_of_production(void **state)
{
	static const struct {
		const char *variable, *name;
	} of_production[] = {
		{ "STRIKE_OIDC_ISSUER=https://people.example", "oidc_issuer" },
		{ "STRIKE_OIDC_AUDIENCE=strike", "oidc_audience" },
		{ "STRIKE_OIDC_ALGORITHMS=RS256", "oidc_algorithms" },
		{ "STRIKE_ALB_SIGNER=arn:aws:x", "alb_signer" },
		{ "STRIKE_ALB_KEY_URL=https://keys.example", "alb_key_url" },
		{ "STRIKE_ALB_ISSUER=https://people.example", "alb_issuer" },
		{ "STRIKE_ALB_CLIENT=x", "alb_client" },
		{ "STRIKE_CLOUDFLARE_TEAM_URL=https://t.cloudflareaccess.com",
		    "cloudflare_team_url" },
		{ "STRIKE_CLOUDFLARE_AUDIENCE=x", "cloudflare_audience" },
		{ "STRIKE_WEBHOOK_ACCESS_CLIENT_ID=x", "webhook_access_client_id" },
		{ "STRIKE_WEBHOOK_ACCESS_CLIENT_SECRET=x", "webhook_access_client_secret" },
		{ "STRIKE_PUBLIC_URL=https://strike.example", "public_url" },
		{ "STRIKE_PUBLIC_URL=https://127.0.0.1.example:8080", "public_url" },
	};
	static const char *const harmless[] = { "STRIKE_PUBLIC_URL=https://localhost:8443",
		"STRIKE_PUBLIC_URL=https://127.0.0.1", "STRIKE_PUBLIC_URL=https://[::1]:1/x",
		"STRIKE_PUBLIC_URL=http://192.0.2.1:8080" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(of_production); i++) {
		const char *variable = of_production[i].variable;

		assert_fault(load(NULL, "STRIKE_ENVIRONMENT=development", variable), ERR_CORRUPT,
		    "environment is \"development\"");
		assert_fault(load(NULL, "STRIKE_ENVIRONMENT=development", variable), ERR_CORRUPT,
		    of_production[i].name);
		assert_no_fault(load(NULL, variable, NULL));
	}
	for (size_t i = 0; i < COUNT_OF(harmless); i++)
		assert_no_fault(load(NULL, "STRIKE_ENVIRONMENT=development", harmless[i]));
}

static void
in_production_whoever_vouches_for_people_is_asked_by_https(void **state)
{
	static const char *const variables[] = { "STRIKE_OIDC_ISSUER=http://people.example",
		"STRIKE_ALB_KEY_URL=http://keys.example",
		"STRIKE_CLOUDFLARE_TEAM_URL=http://t.example" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(variables); i++)
		assert_fault(load(NULL, variables[i], NULL), ERR_CORRUPT, "an https URL is needed");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FOLDER(without_anything_the_defaults_hold),
		WITH_FOLDER(development_does_not_start_beside_anything_of_production),
		WITH_FOLDER(in_production_whoever_vouches_for_people_is_asked_by_https),
		WITH_FOLDER(the_environment_is_above_the_file_and_the_file_above_the_defaults),
		WITH_FOLDER(the_file_may_be_named_by_a_variable),
		WITH_FOLDER(values_keep_what_looks_like_a_comment_and_may_be_long),
		WITH_FOLDER(every_kind_of_value_is_read),
		WITH_FOLDER(a_name_that_is_misspelt_is_refused_with_the_nearest),
		WITH_FOLDER(secrets_of_organisations_and_variables_of_the_tools_are_no_settings),
		WITH_FOLDER(a_bad_value_is_refused_with_setting_value_and_rule),
		WITH_FOLDER(production_allows_neither_plain_http_nor_another_clock),
		WITH_FOLDER(a_file_that_cannot_be_understood_is_refused_with_its_line),
		WITH_FOLDER(an_indented_line_is_a_setting_of_its_own),
		WITH_FOLDER(a_fault_never_shows_a_secret),
		WITH_FOLDER(a_secret_is_found_in_the_environment_or_in_a_file),
		WITH_FOLDER(a_reference_cannot_name_a_file_elsewhere),
		WITH_FOLDER(the_reference_has_a_row_for_every_setting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
