#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/json.h"
#include "identity/identity.h"

/*
 * Our verifying of bearer tokens, for a judge to ask about: a question a line on stdin,
 * an answer a line of JSON on stdout.
 *
 *	issuer URL AUDIENCE     forget all keys; from now on accept this issuer's tokens
 *	advance SECONDS         keys age; tokens do not
 *	verify SECONDS TOKEN    as though it were so much later than it is
 */

#define ARENA_BYTES        (8u << 20)
#define RESPONSE_BYTES_MAX (1u << 20)

struct driver {
	struct arena *arena; /* of one question */
	struct clock *clock; /* by which keys age */
	struct http_client *client;
	struct identity *identity;
};

static int64_t
seconds_of(struct str word)
{
	int64_t seconds;

	CHECK(str_parse_i64(word, &seconds));
	return seconds;
}

static void
write_fault(struct json_writer *writer, struct arena *arena, const struct err *fault)
{
	struct buf text = buf_in(arena, 4096);

	err_format(fault, &text);
	json_member_text(writer, STR("fault"), buf_view(&text));
}

static void
set_issuer(struct driver *driver, struct str line, struct json_writer *writer)
{
	struct identity_config config = {
		.oidc_issuer = str_cut(&line, ' '),
		.oidc_audience = line,
		.allow_http = true,
		.clock = driver->clock,
		.client = driver->client,
	};
	struct err *fault;

	identity_destroy(driver->identity);
	driver->identity = NULL;
	fault = identity_create(driver->arena, &config, &driver->identity);
	if (fault != NULL)
		write_fault(writer, driver->arena, fault);
}

static void
verify(struct driver *driver, struct str line, struct json_writer *writer)
{
	struct duration later = SECONDS(seconds_of(str_cut(&line, ' ')));
	struct identity_claims claims;
	struct str reason;
	bool proven;
	struct err *fault = identity_verify(driver->identity, driver->arena,
	    instant_plus(clock_system_now(), later), IDENTITY_BEARER, line, &proven, &claims,
	    &reason);

	if (fault != NULL) {
		write_fault(writer, driver->arena, fault);
		return;
	}
	json_member_bool(writer, STR("proven"), proven);
	if (!proven) {
		json_member_text(writer, STR("reason"), reason);
		return;
	}
	json_member_text(writer, STR("issuer"), claims.issuer);
	json_member_text(writer, STR("subject"), claims.subject);
	json_member_int(writer, STR("expires"), claims.expires.us / 1000000);
}

static void
answer(struct driver *driver, struct str line)
{
	struct buf buf = buf_in(driver->arena, 65536);
	struct json_writer writer = json_writer(&buf);
	struct str question = str_cut(&line, ' ');

	json_begin_map(&writer);
	if (str_equal(question, STR("issuer")))
		set_issuer(driver, line, &writer);
	else if (str_equal(question, STR("verify")))
		verify(driver, line, &writer);
	else
		clock_advance(driver->clock, SECONDS(seconds_of(line)));
	json_end_map(&writer);
	CHECK(!buf.overflowed);
	(void)printf("%.*s\n", STR_ARG(buf_view(&buf)));
	(void)fflush(stdout);
}

/* A clock that stands still; its file is gone as soon as it is mapped. */
static struct clock *
stand_still(struct arena *arena)
{
	const char *folder = getenv("TMPDIR");
	struct str path = arena_printf(arena, "%s/strike-judge-%d-%lld",
	    folder == NULL ? "/tmp" : folder, (int)getpid(), (long long)clock_monotonic_us());
	struct clock *clock = NULL;

	CHECK(clock_create_virtual(arena, path.ptr, clock_system_now(), &clock) == NULL);
	(void)unlink(path.ptr);
	return clock;
}

int
main(void)
{
	struct driver driver = { .arena = arena_create(ARENA_BYTES) };
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	driver.clock = stand_still(driver.arena);
	driver.client = http_client_create(&(struct http_client_config){
	    .allow_http = true,
	    .connections_max = 4,
	    .response_bytes_max = RESPONSE_BYTES_MAX,
	});
	while ((length = getline(&line, &room, stdin)) > 0) {
		arena_reset(driver.arena);
		answer(&driver, str_trim((struct str){ line, (size_t)length }));
	}
	free(line);
	identity_destroy(driver.identity);
	http_client_destroy(driver.client);
	clock_destroy(driver.clock);
	arena_destroy(driver.arena);
	return 0;
}
