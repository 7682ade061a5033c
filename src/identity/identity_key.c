#include "identity/identity_key.h"

#include <cjose/cjose.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define PEM_BYTES_MAX          8192
#define COORDINATE_BYTES_MAX   66
#define RSA_EXPONENT_BYTES_MAX 4

static const struct str none = { NULL, 0 };

/* -- algorithms -- */

enum key_type { KEY_TYPE_RSA, KEY_TYPE_EC };

static const struct {
	enum key_type type;
	size_t coordinate_bytes;
} algorithms[] = {
#define IDENTITY_ALGORITHM(name, type, bytes) { KEY_TYPE_##type, bytes },
#include "identity/identity_algorithms.def"
#undef IDENTITY_ALGORITHM
};

/* The algorithms for keys of ${type} with coordinates of ${bytes}. */
static unsigned
algorithms_for(enum key_type type, size_t bytes)
{
	unsigned set = 0;

	for (unsigned i = 0; i < COUNT_OF(algorithms); i++) {
		if (algorithms[i].type == type && algorithms[i].coordinate_bytes == bytes)
			set |= 1u << i;
	}
	return set;
}

static const struct {
	struct str name;
	cjose_jwk_ec_curve curve;
	size_t coordinate_bytes;
} curves[] = {
	{ { "P-256", 5 }, CJOSE_JWK_EC_P_256, 32 },
	{ { "P-384", 5 }, CJOSE_JWK_EC_P_384, 48 },
	{ { "P-521", 5 }, CJOSE_JWK_EC_P_521, 66 },
};

/* -- a key's numbers -- */

/* What identity_key is made of: two numbers as bytes, and the name of what they are. */
struct numbers {
	struct str type;
	struct str first, second; /* modulus and exponent, or the coordinates */
};

static struct sha256
print_of(const struct numbers *numbers)
{
	struct sha256_sum sum;

	sha256_begin(&sum);
	sha256_add(&sum, numbers->type);
	sha256_add(&sum, numbers->first);
	sha256_add(&sum, numbers->second);
	return sha256_end(&sum);
}

/* The bytes of ${text} for libcjose, which copies them and declares them writable. */
static uint8_t *
bytes_of(struct str text)
{
	return (uint8_t *)(uintptr_t)text.ptr;
}

static bool
make_ec(size_t curve, const struct numbers *numbers, struct identity_key *key)
{
	cjose_jwk_ec_keyspec spec = {
		.crv = curves[curve].curve,
		.x = bytes_of(numbers->first),
		.xlen = numbers->first.len,
		.y = bytes_of(numbers->second),
		.ylen = numbers->second.len,
	};
	cjose_err error;

	key->algorithms = algorithms_for(KEY_TYPE_EC, curves[curve].coordinate_bytes);
	key->signature_bytes = 2 * curves[curve].coordinate_bytes;
	key->print = print_of(numbers);
	/* A point that is not on the curve is refused here. */
	key->jwk = cjose_jwk_create_EC_spec(&spec, &error);
	return key->jwk != NULL;
}

static bool
make_rsa(const struct numbers *numbers, struct identity_key *key)
{
	cjose_jwk_rsa_keyspec spec = {
		.n = bytes_of(numbers->first),
		.nlen = numbers->first.len,
		.e = bytes_of(numbers->second),
		.elen = numbers->second.len,
	};
	cjose_err error;

	key->algorithms = algorithms_for(KEY_TYPE_RSA, 0);
	key->signature_bytes = numbers->first.len;
	key->print = print_of(numbers);
	key->jwk = cjose_jwk_create_RSA_spec(&spec, &error);
	return key->jwk != NULL;
}

/* -- from a JWK -- */

/* The number that the member ${name} holds, without leading zeros; empty when it holds none. */
static struct str
number_of(struct arena *arena, const struct json *jwk, struct str name)
{
	struct str bytes;

	if (!identity_base64url_decode(arena, json_text_or(jwk, name, none), false, &bytes))
		return none;
	while (bytes.len > 0 && bytes.ptr[0] == '\0')
		bytes = (struct str){ bytes.ptr + 1, bytes.len - 1 };
	return bytes;
}

static size_t
bits_of(struct str number)
{
	size_t bits = number.len * 8;

	for (int bit = 7; number.len > 0 && bit > 0 && ((uint8_t)number.ptr[0] >> bit & 1) == 0;
	     bit--)
		bits--;
	return bits;
}

static bool
read_rsa(
    struct arena *arena, const struct json *jwk, struct identity_key *key, struct str *ret_reason)
{
	struct str n = number_of(arena, jwk, STR("n")), e = number_of(arena, jwk, STR("e"));
	struct numbers numbers = { STR("RSA"), n, e };

	if (bits_of(n) < IDENTITY_RSA_BITS_MIN || bits_of(n) > IDENTITY_RSA_BITS_MAX)
		return identity_unproven(
		    STR("its modulus has not between 2048 and 8192 bits"), ret_reason);
	/* 1 would make every signature its own proof; even ones have no inverse. */
	if (e.len == 0 || e.len > RSA_EXPONENT_BYTES_MAX || ((uint8_t)e.ptr[e.len - 1] & 1) == 0 ||
	    bits_of(e) < 2)
		return identity_unproven(STR("its exponent cannot be"), ret_reason);
	return make_rsa(&numbers, key) ||
	       identity_unproven(STR("it cannot be read as an RSA key"), ret_reason);
}

static bool
read_ec(
    struct arena *arena, const struct json *jwk, struct identity_key *key, struct str *ret_reason)
{
	struct str name = json_text_or(jwk, STR("crv"), none);
	struct numbers numbers = { .type = name };
	size_t curve = 0, length;

	while (curve < COUNT_OF(curves) && !str_equal(name, curves[curve].name))
		curve++;
	if (curve == COUNT_OF(curves))
		return identity_unproven(STR("its curve is none of ours"), ret_reason);
	length = curves[curve].coordinate_bytes;
	if (!identity_base64url_decode(
		arena, json_text_or(jwk, STR("x"), none), false, &numbers.first) ||
	    !identity_base64url_decode(
		arena, json_text_or(jwk, STR("y"), none), false, &numbers.second) ||
	    numbers.first.len != length || numbers.second.len != length)
		return identity_unproven(
		    STR("its coordinates are not as long as its curve's"), ret_reason);
	return make_ec(curve, &numbers, key) ||
	       identity_unproven(STR("it is not a point of its curve"), ret_reason);
}

/* Whether ${jwk} is for checking signatures, as far as it says (RFC 7517, 4.2 and 4.3). */
static bool
is_for_signatures(const struct json *jwk)
{
	const struct json *use = json_find(jwk, STR("use"));
	const struct json *operations = json_find(jwk, STR("key_ops"));

	if (use != NULL && (use->type != JSON_TEXT || !str_equal(use->text, STR("sig"))))
		return false;
	if (operations == NULL)
		return true;
	for (size_t i = 0; operations->type == JSON_LIST && i < operations->list.count; i++) {
		const struct json *operation = &operations->list.items[i];

		if (operation->type == JSON_TEXT && str_equal(operation->text, STR("verify")))
			return true;
	}
	return false;
}

/* Keep of the algorithms of ${key} those that ${jwk} admits.  False when none is left. */
static bool
narrow(const struct json *jwk, struct identity_key *key)
{
	const struct json *name = json_find(jwk, STR("alg"));
	enum identity_algorithm algorithm;

	if (name == NULL)
		return true;
	if (name->type != JSON_TEXT || !identity_algorithm_find(name->text, &algorithm))
		return false;
	key->algorithms &= 1u << algorithm;
	return key->algorithms != 0;
}

static bool
set_id(struct identity_key *key, struct str id)
{
	if (str_empty(id) || id.len > sizeof(key->id))
		return false;
	memcpy(key->id, id.ptr, id.len);
	key->id_length = id.len;
	return true;
}

bool
identity_key_from_jwk(
    struct arena *arena, const struct json *jwk, struct identity_key *ret, struct str *ret_reason)
{
	struct str type = json_text_or(jwk, STR("kty"), none);
	struct identity_key key = { .jwk = NULL };
	bool read = false;

	if (!set_id(&key, json_text_or(jwk, STR("kid"), none)))
		return identity_unproven(STR("it has no usable kid"), ret_reason);
	if (!is_for_signatures(jwk))
		return identity_unproven(STR("it is not for signatures"), ret_reason);
	/* Who publishes the private half has no secret any more. */
	if (json_find(jwk, STR("d")) != NULL)
		return identity_unproven(STR("it is a private key"), ret_reason);
	if (str_equal(type, STR("RSA")))
		read = read_rsa(arena, jwk, &key, ret_reason);
	else if (str_equal(type, STR("EC")))
		read = read_ec(arena, jwk, &key, ret_reason);
	else
		*ret_reason = STR("its kty is neither RSA nor EC");
	if (read && !narrow(jwk, &key)) {
		identity_key_fini(&key);
		return identity_unproven(STR("its alg does not fit it"), ret_reason);
	}
	if (read)
		*ret = key;
	return read;
}

/* -- from PEM -- */

static void
bio_close(BIO **bio)
{
	BIO_free(*bio);
}

static void
pkey_close(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

static void
number_close(BIGNUM **number)
{
	BN_free(*number);
}

/* The coordinate ${name} of ${key}, in 32 bytes of ${arena}; empty when it has none. */
static struct str
coordinate_of(struct arena *arena, const EVP_PKEY *key, const char *name)
{
	CLEANUP(number_close) BIGNUM *number = NULL;
	char *bytes = arena_bytes(arena, 32);

	if (bytes == NULL || EVP_PKEY_get_bn_param(key, name, &number) != 1 ||
	    BN_bn2binpad(number, (unsigned char *)bytes, 32) != 32)
		return none;
	return (struct str){ bytes, 32 };
}

static bool
is_p256(const EVP_PKEY *key)
{
	char group[64];

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_utf8_string_param(
		   key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) == 1 &&
	       strcmp(group, "prime256v1") == 0;
}

bool
identity_key_from_pem(struct arena *arena, struct str pem, struct str id, struct identity_key *ret)
{
	CLEANUP(bio_close) BIO *bio = NULL;
	CLEANUP(pkey_close) EVP_PKEY *pkey = NULL;
	struct numbers numbers = { .type = curves[0].name };
	struct identity_key key = { .jwk = NULL };

	if (pem.len == 0 || pem.len > PEM_BYTES_MAX || !set_id(&key, id))
		return false;
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	CHECK(bio != NULL);
	pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (pkey == NULL || !is_p256(pkey))
		return false;
	numbers.first = coordinate_of(arena, pkey, OSSL_PKEY_PARAM_EC_PUB_X);
	numbers.second = coordinate_of(arena, pkey, OSSL_PKEY_PARAM_EC_PUB_Y);
	if (str_empty(numbers.first) || str_empty(numbers.second) || !make_ec(0, &numbers, &key))
		return false;
	*ret = key;
	return true;
}

/* -- use -- */

void
identity_key_fini(struct identity_key *key)
{
	(void)cjose_jwk_release(key->jwk);
	key->jwk = NULL;
}

struct str
identity_key_id(const struct identity_key *key)
{
	return (struct str){ key->id, key->id_length };
}

static void
jws_close(cjose_jws_t **jws)
{
	cjose_jws_release(*jws);
}

bool
identity_key_verify(const struct identity_key *key, const struct identity_token *token)
{
	CLEANUP(jws_close) cjose_jws_t *jws = NULL;
	cjose_err error;

	if ((key->algorithms & 1u << token->algorithm) == 0 ||
	    token->signature.len != key->signature_bytes)
		return false;
	/* It reads the same header again, whose algorithm was found to fit the key. */
	jws = cjose_jws_import(token->text.ptr, token->text.len, &error);
	return jws != NULL && cjose_jws_verify(jws, key->jwk, &error);
}
