#include "support/unit.h"

#include "base/base64.h"
#include "base/hmac.h"
#include "proto/twilio_sid.h"
#include "proto/twilio_signature.h"

/*
 * The signatures here were made by getExpectedTwilioSignature() of Twilio's own
 * library for Node (version 6), the first also by `openssl dgst -sha1 -hmac`.
 */
#define TOKEN    STR("12345678901234567890123456789012")
#define PREVIOUS STR("abcdefabcdefabcdefabcdefabcdefab")

static const struct str tokens[TWILIO_TOKENS] = {
	{ "12345678901234567890123456789012", 32 },
	{ NULL, 0 },
};

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(65536);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static struct form
form_of(const char *body)
{
	struct form form;

	assert_true(form_parse(arena, str_from_z(body), &form));
	return form;
}

static void
assert_signature(const char *url, const char *body, const char *expected)
{
	struct form form = form_of(body);

	assert_text(twilio_signature(arena, TOKEN, str_from_z(url), &form), expected);
	assert_true(
	    twilio_signature_check(arena, tokens, str_from_z(url), &form, str_from_z(expected)));
}

static void
our_signatures_are_twilios(void **state)
{
	(void)state;
	assert_signature("https://strike.example.com/webhooks/twilio/status?attempt=7",
	    "CallSid=CA1&From=%2B15125550100&To=%2B15125550101&CallStatus=no-answer",
	    "XNM2X+O1fCIuGPJbHSiRgh5ymeI=");
	assert_signature(
	    "https://strike.example.com/x", "b=2&a=1&B=3", "5Tk1bWBID5SNswb9v46Y3X/4Yqs=");
	assert_signature("https://strike.example.com/x",
	    "Event=ringing&Event=initiated&Event=ringing&A=%C3%A9+%26+%22q%22+%3D+%25",
	    "xdYsgwp9RUyf9uHo/Xo9n4kyviI=");
}

static void
parameters_are_sorted_by_utf16_as_twilios_library_sorts_them(void **state)
{
	(void)state;
	assert_signature("https://strike.example.com/x",
	    "%F0%9F%98%80=1&%EF%BC%81=2&%ED%9F%BF=3&%EE%80%80=4", "k3DnbsSk//Z2FsRlpLw9+6Xv2QQ=");
	assert_signature("https://strike.example.com/x",
	    "A=%EF%BC%81&A=%F0%9F%9A%92&A=a&A=%EF%BC%81", "SuGnXtbOwwSsnQ8I20JsjOe6MAE=");
}

static void
an_address_may_have_a_port_and_a_path_before_our_own(void **state)
{
	(void)state;
	assert_signature("https://edge.example.com:8443/strike/prefix/webhooks/twilio/voice/"
			 "status?eco=7&attempt=1",
	    "CallSid=CA1", "OJBRZ4YTKrtUTCrVvYsBbCjmTTA=");
}

static void
an_account_has_a_sid_of_its_own_shape(void **state)
{
	static const char *const bad[] = { "", "AC", "AC0123456789abcdef0123456789abcde",
		"AC0123456789abcdef0123456789abcdef0", "AC0123456789abcdef0123456789abcdeg",
		"CA0123456789abcdef0123456789abcdef", "ac0123456789abcdef0123456789abcdef",
		"AC0123456789abcdef/../6789abcdef01" };

	(void)state;
	assert_true(twilio_sid_is_account(STR("AC0123456789abcdef0123456789ABCDEF")));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(twilio_sid_is_account(str_from_z(bad[i])));
}

static void
any_change_of_a_parameter_is_noticed(void **state)
{
	struct str url = STR("https://strike.example.com/x");
	struct str given = STR("5Tk1bWBID5SNswb9v46Y3X/4Yqs=");
	static const char *const forged[] = { "b=2&a=1&B=4", "b=2&a=1", "b=2&a=1&B=3&c=1",
		"b=2&a=1&B=3&B=4", "" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(forged); i++) {
		struct form form = form_of(forged[i]);

		assert_false(twilio_signature_check(arena, tokens, url, &form, given));
	}
}

static void
a_signature_for_another_address_is_refused(void **state)
{
	struct form form = form_of("b=2&a=1&B=3");
	struct str given = STR("5Tk1bWBID5SNswb9v46Y3X/4Yqs=");

	(void)state;
	assert_false(twilio_signature_check(
	    arena, tokens, STR("https://strike.example.com/y"), &form, given));
	assert_false(twilio_signature_check(
	    arena, tokens, STR("http://strike.example.com/x"), &form, given));
	assert_false(twilio_signature_check(
	    arena, tokens, STR("https://strike.example.com/x?"), &form, given));
	assert_false(twilio_signature_check(arena, tokens, STR("/x"), &form, given));
}

static void
the_port_may_be_signed_or_not(void **state)
{
	struct form form = form_of("A=1");
	struct str bare = STR("drtKaw5QVfD4gNg9/nLZSIGRiKg=");
	struct str with_443 = STR("Q0tH6QZTp1pOJJ8rcuWC4Of6D8Q=");
	struct str with_8443 = STR("HcP7QRA9eCU1RzzrmJmDV59aXZQ=");

	(void)state;
	assert_true(twilio_signature_check(
	    arena, tokens, STR("https://strike.example.com/x"), &form, bare));
	assert_true(twilio_signature_check(
	    arena, tokens, STR("https://strike.example.com/x"), &form, with_443));
	assert_true(twilio_signature_check(
	    arena, tokens, STR("https://strike.example.com:443/x"), &form, bare));
	assert_true(twilio_signature_check(
	    arena, tokens, STR("https://strike.example.com:8443/x"), &form, with_8443));
	assert_false(twilio_signature_check(
	    arena, tokens, STR("https://strike.example.com/x"), &form, with_8443));
	assert_true(twilio_signature_check(arena, tokens, STR("http://strike.example.com/x"), &form,
	    STR("ucul3u7qjVDXXoson2tR5us8UlI=")));
}

static void
both_tokens_are_good_while_one_replaces_the_other(void **state)
{
	const struct str rotated[TWILIO_TOKENS] = { PREVIOUS, TOKEN };
	const struct str replaced[TWILIO_TOKENS] = { PREVIOUS, { NULL, 0 } };
	struct form form = form_of("A=1");
	struct str url = STR("https://strike.example.com/x");
	struct str given = STR("drtKaw5QVfD4gNg9/nLZSIGRiKg=");

	(void)state;
	assert_true(twilio_signature_check(arena, rotated, url, &form, given));
	assert_false(twilio_signature_check(arena, replaced, url, &form, given));
}

static void
without_a_token_nothing_is_believed(void **state)
{
	const struct str unset[TWILIO_TOKENS] = { { NULL, 0 }, { NULL, 0 } };
	struct form form = form_of("A=1");
	struct str url = STR("https://strike.example.com/x");
	struct str forged = twilio_signature(arena, STR(""), url, &form);

	(void)state;
	assert_false(str_empty(forged));
	assert_false(twilio_signature_check(arena, unset, url, &form, forged));
	assert_false(twilio_signature_check(arena, tokens, url, &form, STR("")));
}

static void
a_json_body_is_bound_by_its_digest(void **state)
{
	struct str url = STR("https://strike.example.com/x?bodySHA256="
			     "ebc2c4ea03938ee05e18c1a712d9fa02de923d6f2db34b68fe1f8dcf651e479d");
	struct str given = STR("8btH8Jj54CEpvO0pxmwvW5hUCw4=");
	struct str bare = STR("https://strike.example.com/x");

	(void)state;
	assert_true(
	    twilio_signature_check_body(arena, tokens, url, STR("{\"event\":\"x\"}"), given));
	assert_false(
	    twilio_signature_check_body(arena, tokens, url, STR("{\"event\":\"y\"}"), given));
	/* A digest that anybody can compute proves nothing without the signature. */
	assert_false(twilio_signature_check_body(
	    arena, tokens, url, STR("{\"event\":\"x\"}"), STR("8btH8Jj54CEpvO0pxmwvW5hUCw5=")));
	assert_false(twilio_signature_check_body(arena, tokens, bare, STR("{\"event\":\"x\"}"),
	    twilio_signature(arena, TOKEN, bare, NULL)));
}

static void
a_full_arena_believes_nothing(void **state)
{
	struct arena *small = arena_create(64);
	struct form form = form_of("A=1");

	(void)state;
	assert_false(twilio_signature_check(small, tokens, STR("https://strike.example.com/x"),
	    &form, STR("drtKaw5QVfD4gNg9/nLZSIGRiKg=")));
	arena_destroy(small);
}

/* RFC 4648 section 10. */
static void
base64_has_the_rfcs_vectors(void **state)
{
	static const char *const vectors[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(vectors); i++) {
		struct buf text = buf_in(arena, 64), bytes = buf_in(arena, 64);

		base64_encode(&text, str_from_z(vectors[i][0]));
		assert_text(buf_view(&text), vectors[i][1]);
		assert_true(base64_decode(&bytes, str_from_z(vectors[i][1])));
		assert_text(buf_view(&bytes), vectors[i][0]);
	}
}

static void
base64_that_nobody_would_write_is_refused(void **state)
{
	static const char *const bad[] = { "Z", "Zg",
		"Zg=", "Zg==Zg==", "Zh==", "Zm9=", "Z===", "====", "Zm 9", "Zm9v\n", "Zm-_" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct buf bytes = buf_in(arena, 64);

		assert_false(base64_decode(&bytes, str_from_z(bad[i])));
	}
}

/* RFC 2202 section 3, cases 2 and 6. */
static void
hmac_has_the_rfcs_vectors(void **state)
{
	static const uint8_t jefe[20] = { 0xef, 0xfc, 0xdf, 0x6a, 0xe5, 0xeb, 0x2f, 0xa2, 0xd2,
		0x74, 0x16, 0xd5, 0xf1, 0x84, 0xdf, 0x9c, 0x25, 0x9a, 0x7c, 0x79 };
	static const uint8_t large_key[20] = { 0xaa, 0x4a, 0xe5, 0xe1, 0x52, 0x72, 0xd0, 0x0e, 0x95,
		0x70, 0x56, 0x37, 0xce, 0x8a, 0x3b, 0x55, 0xed, 0x40, 0x21, 0x12 };
	char key[80];

	(void)state;
	memset(key, 0xaa, sizeof(key));
	assert_memory_equal(
	    hmac_sha1_of(STR("Jefe"), STR("what do ya want for nothing?")).bytes, jefe, 20);
	assert_memory_equal(hmac_sha1_of((struct str){ key, sizeof(key) },
				STR("Test Using Larger Than Block-Size Key - Hash Key First"))
				.bytes,
	    large_key, 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(our_signatures_are_twilios, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    parameters_are_sorted_by_utf16_as_twilios_library_sorts_them, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    an_address_may_have_a_port_and_a_path_before_our_own, set_up, tear_down),
		cmocka_unit_test(an_account_has_a_sid_of_its_own_shape),
		cmocka_unit_test_setup_teardown(
		    any_change_of_a_parameter_is_noticed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_signature_for_another_address_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_port_may_be_signed_or_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    both_tokens_are_good_while_one_replaces_the_other, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    without_a_token_nothing_is_believed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    a_json_body_is_bound_by_its_digest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_full_arena_believes_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(base64_has_the_rfcs_vectors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    base64_that_nobody_would_write_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(hmac_has_the_rfcs_vectors, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
