#include "base/seal.h"

#include "base/base64.h"
#include "support/unit.h"

#define ARENA_BYTES (1024 * 1024)

static const struct seal_key key = { { 0x01, [31] = 0xfe } };
static const uint8_t nonce[12] = { 7, 7, 7 };

static struct arena *arena;

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(ARENA_BYTES);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	arena_destroy(arena);
	return 0;
}

static void
from_hex(const char *hex, uint8_t *ret)
{
	for (size_t i = 0; hex[2 * i] != '\0'; i++)
		ret[i] = (uint8_t)(str_hex_value(hex[2 * i]) * 16 + str_hex_value(hex[2 * i + 1]));
}

/*
 * Test case 16 of "The Galois/Counter Mode of Operation (GCM)" (McGrew, Viega),
 * which NIST published with SP 800-38D: key of 256 bits, 60 bytes, 20 bytes beside.
 */
static void
the_published_vector_comes_out(void **state)
{
	struct seal_key published;
	uint8_t text[60], about[20], iv[12], expected[12 + 60 + 16];
	struct buf bytes = buf_in(arena, 256);
	struct str sealed, back;

	(void)state;
	from_hex(
	    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", published.bytes);
	from_hex("cafebabefacedbaddecaf888", iv);
	from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
		 "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    text);
	from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", about);
	from_hex("cafebabefacedbaddecaf888"
		 "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
		 "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
		 "76fc6ece0f4e1768cddf8853bb2d551b",
	    expected);
	sealed = seal_close(arena, &published, (struct str){ (char *)about, sizeof(about) }, iv,
	    (struct str){ (char *)text, sizeof(text) });
	assert_true(str_starts_with(sealed, STR("sealed:1:")));
	/* 88 bytes: base64url as base64, but for two letters and "==". */
	assert_int_equal(sealed.len, 9 + 118);
	for (size_t i = 9; i < sealed.len; i++)
		((char *)(uintptr_t)sealed.ptr)[i] = sealed.ptr[i] == '-'   ? '+'
						     : sealed.ptr[i] == '_' ? '/'
									    : sealed.ptr[i];
	assert_true(base64_decode(
	    &bytes, arena_printf(arena, "%.*s==", (int)sealed.len - 9, sealed.ptr + 9)));
	assert_int_equal(bytes.len, sizeof(expected));
	assert_memory_equal(bytes.ptr, expected, sizeof(expected));

	sealed = seal_close(arena, &published, (struct str){ (char *)about, sizeof(about) }, iv,
	    (struct str){ (char *)text, sizeof(text) });
	assert_true(seal_open(
	    arena, &published, (struct str){ (char *)about, sizeof(about) }, sealed, &back));
	assert_int_equal(back.len, sizeof(text));
	assert_memory_equal(back.ptr, text, sizeof(text));
}

static void
what_was_sealed_is_opened_again_whatever_its_length(void **state)
{
	char text[200];

	(void)state;
	memset(text, 0xa5, sizeof(text));
	for (size_t length = 0; length <= sizeof(text); length++) {
		struct str sealed =
		    seal_close(arena, &key, STR("me.label"), nonce, (struct str){ text, length });
		struct str back;

		assert_true(seal_is_sealed(sealed));
		for (size_t i = 0; i < sealed.len; i++)
			assert_true(sealed.ptr[i] > ' ' && sealed.ptr[i] < 0x7f);
		assert_true(seal_open(arena, &key, STR("me.label"), sealed, &back));
		assert_true(str_equal(back, (struct str){ text, length }));
	}
}

static bool
opens(const struct seal_key *with, struct str about, struct str sealed)
{
	struct str back;

	return seal_open(arena, with, about, sealed, &back);
}

static void
no_bit_of_it_can_be_changed(void **state)
{
	struct str sealed = seal_close(arena, &key, STR("me.phone"), nonce, STR("+15125550101"));
	char *text = (char *)(uintptr_t)sealed.ptr;

	(void)state;
	for (size_t i = 0; i < sealed.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ 1 << bit);
			assert_false(opens(&key, STR("me.phone"), sealed));
			text[i] = (char)(text[i] ^ 1 << bit);
		}
	}
	assert_true(opens(&key, STR("me.phone"), sealed));
}

static void
nothing_can_be_cut_off_or_added(void **state)
{
	struct str sealed = seal_close(arena, &key, STR("me.label"), nonce, STR("A name"));

	(void)state;
	for (size_t length = 0; length < sealed.len; length++)
		assert_false(opens(&key, STR("me.label"), (struct str){ sealed.ptr, length }));
	assert_false(opens(&key, STR("me.label"), arena_printf(arena, "%.*sA", STR_ARG(sealed))));
	assert_false(opens(&key, STR("me.label"), arena_printf(arena, "%.*s=", STR_ARG(sealed))));
	assert_false(opens(&key, STR("me.label"), arena_printf(arena, " %.*s", STR_ARG(sealed))));
}

static void
it_opens_for_what_it_is_about_and_with_its_key_only(void **state)
{
	struct str sealed = seal_close(arena, &key, STR("me.label"), nonce, STR("A name"));
	struct seal_key other = key;

	(void)state;
	other.bytes[16] ^= 1;
	assert_true(opens(&key, STR("me.label"), sealed));
	assert_false(opens(&key, STR("me.phone"), sealed));
	assert_false(opens(&key, STR("you.label"), sealed));
	assert_false(opens(&key, STR(""), sealed));
	assert_false(opens(&other, STR("me.label"), sealed));
}

static void
a_text_in_clear_is_told_from_a_sealed_one(void **state)
{
	(void)state;
	assert_false(seal_is_sealed(STR("")));
	assert_false(seal_is_sealed(STR("North crew lead")));
	assert_false(seal_is_sealed(STR("sealed:2:abcd")));
	assert_true(seal_is_sealed(STR("sealed:1:")));
	assert_false(opens(&key, STR("me.label"), STR("North crew lead")));
	assert_false(opens(&key, STR("me.label"), STR("sealed:1:")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_vector_comes_out),
		cmocka_unit_test(what_was_sealed_is_opened_again_whatever_its_length),
		cmocka_unit_test(no_bit_of_it_can_be_changed),
		cmocka_unit_test(nothing_can_be_cut_off_or_added),
		cmocka_unit_test(it_opens_for_what_it_is_about_and_with_its_key_only),
		cmocka_unit_test(a_text_in_clear_is_told_from_a_sealed_one),
	};

	return cmocka_run_group_tests_name("seal", tests, set_up, tear_down);
}
