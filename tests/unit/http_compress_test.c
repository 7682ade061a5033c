#include "support/unit.h"

#include <zlib.h>

#include "runtime/http_compress.h"

#define ARENA_BYTES (8u << 20)

static struct arena *arena;

static int
begin(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

/* ${bytes} of text in which much is said twice. */
static struct str
text_of(size_t bytes)
{
	static const char words[] = "{\"status\":\"OPEN\",\"jobType\":\"MFR\"},";
	char *text = arena_bytes(arena, bytes);

	assert_non_null(text);
	for (size_t i = 0; i < bytes; i++)
		text[i] = words[i % (sizeof(words) - 1)];
	return (struct str){ text, bytes };
}

/* What ${body} is answered as to a client that sends Accept-Encoding: ${accepted}. */
static struct http_response
answer(const char *accepted, struct str body)
{
	struct http_header header = { STR("Accept-Encoding"), str_from_z(accepted) };
	struct http_request request = { .headers = &header, .header_count = accepted != NULL };
	struct http_response response = { .status = 200, .body = body, .compressible = true };

	http_compress(&request, arena, &response);
	return response;
}

static struct str
header(const struct http_response *response, struct str name)
{
	return http_header_find(response->headers, response->header_count, name);
}

static bool
is_gzip(const struct http_response *response)
{
	return str_equal(header(response, STR("Content-Encoding")), STR("gzip"));
}

static struct str
unpack(struct str packed, size_t bytes_max)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)packed.ptr,
		.avail_in = (uInt)packed.len };
	char *text = arena_bytes(arena, bytes_max);

	assert_non_null(text);
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
	stream.next_out = (Bytef *)text;
	stream.avail_out = (uInt)bytes_max;
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	assert_int_equal(inflateEnd(&stream), Z_OK);
	return (struct str){ text, bytes_max - stream.avail_out };
}

static void
a_long_answer_is_compressed_for_who_takes_gzip_and_unpacks_to_the_same(void **state)
{
	struct str body = text_of(100000);
	struct http_response response = answer("gzip, deflate, br", body);

	(void)state;
	assert_true(is_gzip(&response));
	assert_true(response.body.len < body.len / 10);
	assert_true(str_equal(unpack(response.body, body.len + 1), body));
	assert_text(header(&response, STR("Vary")), "Accept-Encoding");
}

static void
who_does_not_take_gzip_gets_it_as_it_is(void **state)
{
	static const char *const others[] = { NULL, "br", "identity", "gzip;q=0", "*;q=0",
		"gzip;q=0.5, identity", "gzip;q=2" };
	struct str body = text_of(5000);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(others); i++) {
		struct http_response response = answer(others[i], body);

		assert_false(is_gzip(&response));
		assert_true(str_equal(response.body, body));
		assert_text(header(&response, STR("Vary")), "Accept-Encoding");
	}
}

static void
a_short_answer_is_compressed_only_when_nothing_else_is_taken(void **state)
{
	struct http_response edge = answer("gzip", text_of(HTTP_COMPRESS_BYTES_MIN));
	struct http_response over = answer("gzip", text_of(HTTP_COMPRESS_BYTES_MIN + 1));
	struct http_response forced = answer("gzip, identity;q=0", text_of(500));

	(void)state;
	assert_false(is_gzip(&edge));
	assert_true(is_gzip(&over));
	assert_true(is_gzip(&forced));
}

static void
what_is_not_marked_is_left_alone(void **state)
{
	struct http_header header = { STR("Accept-Encoding"), STR("gzip") };
	struct http_request request = { .headers = &header, .header_count = 1 };
	struct http_response response = { .status = 200, .body = text_of(5000) };

	(void)state;
	http_compress(&request, arena, &response);
	assert_int_equal(response.header_count, 0);
	assert_int_equal(response.body.len, 5000);
}

static void
what_would_become_longer_is_left_as_it_is(void **state)
{
	char *noise = arena_bytes(arena, 4000);
	struct http_response response;
	uint32_t random = 1;

	(void)state;
	for (size_t i = 0; i < 4000; i++) {
		random = random * 1664525u + 1013904223u;
		noise[i] = (char)(random >> 24);
	}
	response = answer("gzip", (struct str){ noise, 4000 });
	assert_false(is_gzip(&response));
	assert_int_equal(response.body.len, 4000);
}

static void
without_memory_it_is_left_as_it_is_and_the_request_goes_on(void **state)
{
	struct str body = text_of(200000);
	struct http_response response;

	(void)state;
	assert_non_null(arena_bytes(arena, arena->limit - arena->used - 100000));
	response = answer("gzip", body);
	assert_false(is_gzip(&response));
	assert_true(str_equal(response.body, body));
	assert_false(arena_exhausted(arena));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_long_answer_is_compressed_for_who_takes_gzip_and_unpacks_to_the_same, begin,
		    end),
		cmocka_unit_test_setup_teardown(
		    who_does_not_take_gzip_gets_it_as_it_is, begin, end),
		cmocka_unit_test_setup_teardown(
		    a_short_answer_is_compressed_only_when_nothing_else_is_taken, begin, end),
		cmocka_unit_test_setup_teardown(what_is_not_marked_is_left_alone, begin, end),
		cmocka_unit_test_setup_teardown(
		    what_would_become_longer_is_left_as_it_is, begin, end),
		cmocka_unit_test_setup_teardown(
		    without_memory_it_is_left_as_it_is_and_the_request_goes_on, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
