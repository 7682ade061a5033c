#include "support/unit.h"

#include "base/base64.h"
#include "base/ed25519.h"

/* RFC 8032, section 7.1, tests 1 to 3. */
struct published {
	const char *secret, *public, *message, *signature;
};
static const struct published published[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39"
	    "701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f36"
	    "13d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7"
	    "60984dc6594a7c15e9716ed28dc027beceea1ec40a" },
};

/* What stands before the 32 bytes of a key in DER (RFC 8410, sections 4 and 7). */
#define PRIVATE_PREFIX "302e020100300506032b657004220420"
#define PUBLIC_PREFIX  "302a300506032b6570032100"

static struct arena *arena;

static struct str
bytes_of(const char *hex)
{
	struct buf buf = buf_in(arena, 256);

	for (size_t i = 0; hex[i] != '\0'; i += 2)
		buf_char(&buf, (char)(str_hex_value(hex[i]) * 16 + str_hex_value(hex[i + 1])));
	return buf_view(&buf);
}

static struct str
pem_of(const char *label, const char *prefix, const char *key)
{
	struct buf der = buf_in(arena, 128), pem = buf_in(arena, 512);

	buf_str(&der, bytes_of(prefix));
	buf_str(&der, bytes_of(key));
	buf_printf(&pem, "-----BEGIN %s KEY-----\n", label);
	base64_encode(&pem, buf_view(&der));
	buf_printf(&pem, "\n-----END %s KEY-----\n", label);
	assert_false(pem.overflowed);
	return buf_view(&pem);
}

static struct ed25519_key *
private_key(const struct published *at)
{
	struct ed25519_key *key;

	assert_no_fault(
	    ed25519_key_read(arena, pem_of("PRIVATE", PRIVATE_PREFIX, at->secret), true, &key));
	return key;
}

static struct ed25519_key *
public_key(const struct published *at)
{
	struct ed25519_key *key;

	assert_no_fault(
	    ed25519_key_read(arena, pem_of("PUBLIC", PUBLIC_PREFIX, at->public), false, &key));
	return key;
}

static void
signatures_are_the_published_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(published); i++) {
		struct ed25519_key *secret = private_key(&published[i]);
		struct ed25519_key *public = public_key(&published[i]);
		struct str message = bytes_of(published[i].message);
		uint8_t signature[64];

		ed25519_sign(secret, message, signature);
		assert_memory_equal(signature, bytes_of(published[i].signature).ptr, 64);
		assert_true(ed25519_verify(public, message, signature));
		assert_true(ed25519_verify(secret, message, signature));
		ed25519_key_destroy(secret);
		ed25519_key_destroy(public);
	}
}

static void
any_changed_bit_of_message_or_signature_is_refused(void **state)
{
	struct ed25519_key *key = private_key(&published[0]);
	char message[] = "strike-head";
	struct str said = { message, sizeof(message) - 1 };
	uint8_t signature[64];

	(void)state;
	ed25519_sign(key, said, signature);
	for (size_t bit = 0; bit < sizeof(signature) * 8; bit++) {
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(ed25519_verify(key, said, signature));
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < said.len * 8; bit++) {
		message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
		assert_false(ed25519_verify(key, said, signature));
		message[bit / 8] = (char)(message[bit / 8] ^ (1 << bit % 8));
	}
	assert_true(ed25519_verify(key, said, signature));
	ed25519_key_destroy(key);
}

static void
another_key_does_not_verify_it(void **state)
{
	struct ed25519_key *one = private_key(&published[0]), *other = public_key(&published[1]);
	uint8_t signature[64];

	(void)state;
	ed25519_sign(one, STR("x"), signature);
	assert_false(ed25519_verify(other, STR("x"), signature));
	ed25519_key_destroy(one);
	ed25519_key_destroy(other);
}

static void
both_halves_of_a_key_have_one_id_and_no_other_has_it(void **state)
{
	struct ed25519_key *secret = private_key(&published[0]),
			   *public = public_key(&published[0]);
	struct ed25519_key *other = public_key(&published[1]);

	(void)state;
	assert_true(sha256_equal(ed25519_key_id(secret), ed25519_key_id(public)));
	assert_true(sha256_equal(ed25519_key_id(public), sha256_of(bytes_of(published[0].public))));
	assert_false(sha256_equal(ed25519_key_id(other), ed25519_key_id(public)));
	ed25519_key_destroy(secret);
	ed25519_key_destroy(public);
	ed25519_key_destroy(other);
}

/* A key of another kind: X25519, whose number in DER differs by one. */
#define X25519_PREFIX "302a300506032b656e032100"

static void
what_is_no_such_key_is_refused_with_a_reason(void **state)
{
	const struct published *at = &published[0];
	struct ed25519_key *key = NULL;

	(void)state;
	assert_fault(ed25519_key_read(arena, STR(""), true, &key), ERR_CORRUPT, "private key");
	assert_fault(ed25519_key_read(arena, STR("hello"), false, &key), ERR_CORRUPT, "public key");
	assert_fault(
	    ed25519_key_read(arena, pem_of("PUBLIC", PUBLIC_PREFIX, at->public), true, &key),
	    ERR_CORRUPT, "private key");
	assert_fault(
	    ed25519_key_read(arena, pem_of("PRIVATE", PRIVATE_PREFIX, at->secret), false, &key),
	    ERR_CORRUPT, "public key");
	assert_fault(
	    ed25519_key_read(arena, pem_of("PUBLIC", X25519_PREFIX, at->public), false, &key),
	    ERR_CORRUPT, "not an Ed25519 key");
	assert_null(key);
	ed25519_key_destroy(key);
}

static int
clear(void **state)
{
	(void)state;
	arena_reset(arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(signatures_are_the_published_ones, clear),
		cmocka_unit_test_setup(any_changed_bit_of_message_or_signature_is_refused, clear),
		cmocka_unit_test_setup(another_key_does_not_verify_it, clear),
		cmocka_unit_test_setup(both_halves_of_a_key_have_one_id_and_no_other_has_it, clear),
		cmocka_unit_test_setup(what_is_no_such_key_is_refused_with_a_reason, clear),
	};
	int failed;

	arena = arena_create(1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_destroy(arena);
	return failed;
}
