#include "support/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/json.h"
#include "runtime/log.h"

static int ends[2];
static struct arena *arena;
static char written[2 * LOG_LINE_BYTES_MAX];

static int
set_up(void **state)
{
	(void)state;
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	arena = arena_create(1 << 20);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	close(ends[0]);
	close(ends[1]);
	arena_destroy(arena);
	return 0;
}

/* What was written since the last look. */
static const char *
look(void)
{
	ssize_t got = read(ends[0], written, sizeof(written) - 1);

	written[got > 0 ? got : 0] = '\0';
	return written;
}

static const char *
line_with(enum log_format format, struct str value)
{
	struct log *log = log_create(ends[1], format, LOG_INFO);
	struct log_line line = log_line(log, LOG_INFO, "webhook");

	log_text(&line, "route", value);
	log_int(&line, "status", -200);
	log_emit(&line);
	log_destroy(log);
	return look();
}

static const struct json *
parse_line(struct str value)
{
	const struct json *document = NULL;
	struct str reason;

	(void)line_with(LOG_JSON, value);
	if (!json_parse(arena, str_from_z(written), &document, &reason))
		fail_msg("no JSON (%.*s): %s", STR_ARG(reason), written);
	return document;
}

static void
a_logfmt_line_has_its_fields_in_order(void **state)
{
	struct str line = str_from_z(line_with(LOG_LOGFMT, STR("/voice")));
	struct str at = str_cut(&line, ' ');
	struct instant when;

	(void)state;
	assert_true(str_starts_with(at, STR("at=")));
	assert_true(instant_parse((struct str){ at.ptr + 3, at.len - 3 }, &when));
	assert_text(line, "level=info op=webhook route=/voice status=-200\n");
}

static void
values_are_quoted_when_they_must_be(void **state)
{
	(void)state;
	assert_contains(line_with(LOG_LOGFMT, STR("")), " route=\"\" ");
	assert_contains(line_with(LOG_LOGFMT, STR("two words")), " route=\"two words\" ");
	assert_contains(line_with(LOG_LOGFMT, STR("a=b")), " route=\"a=b\" ");
	assert_contains(
	    line_with(LOG_LOGFMT, STR("say \"x\\y\"")), " route=\"say \\\"x\\\\y\\\"\" ");
}

static void
nothing_a_client_sends_can_begin_a_line_or_reach_the_terminal(void **state)
{
	const char *line = line_with(LOG_LOGFMT, STR("x\nlevel=error op=forged\r\x1b[2J\x7f\xc2\x9b"
						     "0\0z"));

	(void)state;
	assert_contains(line,
	    "route=\"x\\nlevel=error op=forged\\u000d\\u001b[2J\\u007f\\u009b0\\u0000z\" status");
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
	assert_contains(line_with(LOG_LOGFMT, STR("a\nb")), "route=\"a\\nb\" ");
	assert_contains(line_with(LOG_LOGFMT, STR("\x1b")), "route=\"\\u001b\" ");
}

static void
bytes_that_are_no_utf8_are_replaced(void **state)
{
	(void)state;
	assert_contains(line_with(LOG_LOGFMT, STR("a\xff\xc3(\xed\xa0\x80")),
	    "route=\"a\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_contains(line_with(LOG_LOGFMT, STR("caf\xc3\xa9")), "route=\"caf\xc3\xa9\"");
}

static void
a_json_line_reads_back_as_it_was(void **state)
{
	struct str value = STR("a\"b\\c\nd\x01 caf\xc3\xa9 \xf0\x9f\x9a\xa8");
	const struct json *line = parse_line(value);

	(void)state;
	assert_true(str_equal(json_text_or(line, STR("route"), STR("")), value));
	assert_int_equal(json_int_or(line, STR("status"), 0), -200);
	assert_text(json_text_or(line, STR("level"), STR("")), "info");
}

static void
a_line_that_is_too_long_is_cut_and_says_so(void **state)
{
	static const enum log_format formats[] = { LOG_LOGFMT, LOG_JSON };
	static char room[3 * LOG_LINE_BYTES_MAX];
	const struct json *line;

	(void)state;
	/* Every length around the limit, of characters that take one, two and six bytes. */
	for (size_t f = 0; f < COUNT_OF(formats); f++) {
		for (size_t length = 3900; length < 4100; length++) {
			memset(room, "a\"\x01"[length % 3], length);
			(void)line_with(formats[f], (struct str){ room, length });
			assert_true(strlen(written) <= LOG_LINE_BYTES_MAX);
			assert_int_equal(written[strlen(written) - 1], '\n');
			if (length > LOG_LINE_BYTES_MAX)
				assert_contains(written, "truncated");
		}
	}
	memset(room, 'b', sizeof(room));
	line = parse_line((struct str){ room, sizeof(room) });
	assert_true(json_bool_or(line, STR("truncated"), false));
	assert_true(json_text_or(line, STR("route"), STR("")).len > 3000);
	assert_contains(
	    line_with(LOG_LOGFMT, (struct str){ room, sizeof(room) }), " truncated=true\n");
}

static void
lines_below_the_level_are_not_written(void **state)
{
	struct log *log = log_create(ends[1], LOG_LOGFMT, LOG_WARNING);
	struct log_line quiet = log_line(log, LOG_INFO, "timer");
	struct log_line loud = log_line(log, LOG_ERROR, "timer");

	(void)state;
	log_text(&quiet, "x", STR("y"));
	log_emit(&quiet);
	assert_string_equal(look(), "");
	log_emit(&loud);
	assert_contains(look(), "level=error op=timer\n");
	log_destroy(log);
}

static void
a_fault_is_written_with_its_causes_and_what_to_do(void **state)
{
	struct log *log = log_create(ends[1], LOG_LOGFMT, LOG_INFO);
	struct log_line line = log_line(log, LOG_ERROR, "effect");
	struct err *cause = ERR(arena, ERR_UNAVAILABLE, "connection refused");
	struct err *err = ERR_WRAP(arena, cause, "call the provider");

	(void)state;
	err = err_explain(err, STR("port 1"), STR("Is it running?"));
	log_fault(&line, err);
	log_uuid(&line, "id", UUID_NIL);
	log_emit(&line);
	assert_contains(look(),
	    "kind=UNAVAILABLE error=\"call the provider (port 1): connection refused\" "
	    "hint=\"Is it running?\" id=00000000-0000-0000-0000-000000000000\n");
	log_destroy(log);
}

#define WITH_PIPE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_PIPE(a_logfmt_line_has_its_fields_in_order),
		WITH_PIPE(values_are_quoted_when_they_must_be),
		WITH_PIPE(nothing_a_client_sends_can_begin_a_line_or_reach_the_terminal),
		WITH_PIPE(bytes_that_are_no_utf8_are_replaced),
		WITH_PIPE(a_json_line_reads_back_as_it_was),
		WITH_PIPE(a_line_that_is_too_long_is_cut_and_says_so),
		WITH_PIPE(lines_below_the_level_are_not_written),
		WITH_PIPE(a_fault_is_written_with_its_causes_and_what_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
