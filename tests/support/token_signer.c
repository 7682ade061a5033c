#include "support/token_signer.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "base/base64.h"

struct token_signer {
	EVP_PKEY *key;
	char algorithm[8], key_id[256];
	size_t coordinate_bytes; /* 0: RSA */
};

static EVP_PKEY *
make_key(const char *algorithm, unsigned rsa_bits, size_t *ret_coordinate_bytes)
{
	*ret_coordinate_bytes = 0;
	if (algorithm[0] != 'E')
		return EVP_RSA_gen(rsa_bits);
	*ret_coordinate_bytes = algorithm[2] == '2' ? 32 : algorithm[2] == '3' ? 48 : 66;
	return EVP_EC_gen(algorithm[2] == '2' ? "P-256" : algorithm[2] == '3' ? "P-384" : "P-521");
}

struct token_signer *
signer_create(const char *algorithm, const char *key_id, unsigned rsa_bits)
{
	struct token_signer *signer = calloc(1, sizeof(*signer));

	CHECK(signer != NULL);
	(void)snprintf(signer->algorithm, sizeof(signer->algorithm), "%s", algorithm);
	(void)snprintf(signer->key_id, sizeof(signer->key_id), "%s", key_id);
	signer->key = make_key(algorithm, rsa_bits, &signer->coordinate_bytes);
	CHECK(signer->key != NULL);
	return signer;
}

void
signer_destroy(struct token_signer *signer)
{
	if (signer == NULL)
		return;
	EVP_PKEY_free(signer->key);
	free(signer);
}

struct str
signer_base64url(struct arena *arena, struct str bytes, bool padded)
{
	struct buf buf = buf_in(arena, BASE64_LENGTH(bytes.len) + 1);

	base64_encode(&buf, bytes);
	for (size_t i = 0; i < buf.len; i++) {
		if (buf.ptr[i] == '+')
			buf.ptr[i] = '-';
		if (buf.ptr[i] == '/')
			buf.ptr[i] = '_';
	}
	while (!padded && buf.len > 0 && buf.ptr[buf.len - 1] == '=')
		buf.len--;
	return buf_view(&buf);
}

/* The number ${name} of the key in base64url, in ${bytes} bytes, or as few as it needs. */
static struct str
number(const struct token_signer *signer, struct arena *arena, const char *name, size_t bytes)
{
	BIGNUM *value = NULL;
	unsigned char room[1100];

	CHECK(EVP_PKEY_get_bn_param(signer->key, name, &value) == 1);
	if (bytes == 0)
		bytes = (size_t)BN_num_bytes(value);
	CHECK(bytes <= sizeof(room) && BN_bn2binpad(value, room, (int)bytes) == (int)bytes);
	BN_free(value);
	return signer_base64url(arena, (struct str){ (const char *)room, bytes }, false);
}

struct str
signer_jwk(const struct token_signer *signer, struct arena *arena, const char *more)
{
	size_t bytes = signer->coordinate_bytes;
	const char *curve = bytes == 32 ? "P-256" : bytes == 48 ? "P-384" : "P-521";
	struct str numbers =
	    bytes == 0
		? arena_printf(arena, "\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"%.*s\"",
		      STR_ARG(number(signer, arena, OSSL_PKEY_PARAM_RSA_N, 0)),
		      STR_ARG(number(signer, arena, OSSL_PKEY_PARAM_RSA_E, 0)))
		: arena_printf(arena, "\"kty\":\"EC\",\"crv\":\"%s\",\"x\":\"%.*s\",\"y\":\"%.*s\"",
		      curve, STR_ARG(number(signer, arena, OSSL_PKEY_PARAM_EC_PUB_X, bytes)),
		      STR_ARG(number(signer, arena, OSSL_PKEY_PARAM_EC_PUB_Y, bytes)));

	return arena_printf(arena, "{%.*s,\"kid\":\"%s\",\"use\":\"sig\",\"alg\":\"%s\"%s}",
	    STR_ARG(numbers), signer->key_id, signer->algorithm, more);
}

struct str
signer_set(struct token_signer *const *signers, size_t count, struct arena *arena)
{
	struct str list = STR("");

	for (size_t i = 0; i < count; i++)
		list = arena_printf(arena, "%.*s%s%.*s", STR_ARG(list), i == 0 ? "" : ",",
		    STR_ARG(signer_jwk(signers[i], arena, "")));
	return arena_printf(arena, "{\"keys\":[%.*s]}", STR_ARG(list));
}

struct str
signer_pem(const struct token_signer *signer, struct arena *arena)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct str pem;
	char *bytes;
	long length;

	CHECK(bio != NULL && PEM_write_bio_PUBKEY(bio, signer->key) == 1);
	length = BIO_get_mem_data(bio, &bytes);
	pem = arena_copy(arena, (struct str){ bytes, (size_t)length });
	BIO_free(bio);
	return pem;
}

struct str
signer_header(const struct token_signer *signer, struct arena *arena)
{
	return arena_printf(arena, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
	    signer->algorithm, signer->key_id);
}

/* -- signing -- */

static struct str
signing_input(struct arena *arena, struct str header, struct str claims, bool padded)
{
	return arena_printf(arena, "%.*s.%.*s", STR_ARG(signer_base64url(arena, header, padded)),
	    STR_ARG(signer_base64url(arena, claims, padded)));
}

/* The signature of OpenSSL, a DER sequence of two numbers, as JOSE has it: both, in full. */
static size_t
flatten(const unsigned char *der, size_t length, size_t coordinate_bytes, unsigned char *ret)
{
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);
	int bytes = (int)coordinate_bytes;

	CHECK(pair != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), ret, bytes) == bytes &&
	      BN_bn2binpad(ECDSA_SIG_get0_s(pair), ret + bytes, bytes) == bytes);
	ECDSA_SIG_free(pair);
	return 2 * coordinate_bytes;
}

static const EVP_MD *
digest_of(const struct token_signer *signer)
{
	switch (signer->algorithm[2]) {
	case '2':
		return EVP_sha256();
	case '3':
		return EVP_sha384();
	}
	return EVP_sha512();
}

struct str
signer_sign(const struct token_signer *signer, struct arena *arena, struct str header,
    struct str claims, bool padded)
{
	struct str input = signing_input(arena, header, claims, padded);
	unsigned char bytes[1100], flat[140];
	size_t length = sizeof(bytes);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;

	CHECK(context != NULL &&
	      EVP_DigestSignInit(context, &how, digest_of(signer), NULL, signer->key) == 1);
	if (signer->algorithm[0] == 'P')
		CHECK(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
		      EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1);
	CHECK(EVP_DigestSign(
		  context, bytes, &length, (const unsigned char *)input.ptr, input.len) == 1);
	EVP_MD_CTX_free(context);
	if (signer->coordinate_bytes > 0) {
		length = flatten(bytes, length, signer->coordinate_bytes, flat);
		memcpy(bytes, flat, length);
	}
	return arena_printf(arena, "%.*s.%.*s", STR_ARG(input),
	    STR_ARG(signer_base64url(arena, (struct str){ (const char *)bytes, length }, padded)));
}

struct str
signer_sign_hmac(struct arena *arena, struct str key, struct str header, struct str claims)
{
	struct str input = signing_input(arena, header, claims, false);
	unsigned char bytes[32];
	unsigned length = sizeof(bytes);

	CHECK(HMAC(EVP_sha256(), key.ptr, (int)key.len, (const unsigned char *)input.ptr, input.len,
		  bytes, &length) != NULL);
	return arena_printf(arena, "%.*s.%.*s", STR_ARG(input),
	    STR_ARG(signer_base64url(arena, (struct str){ (const char *)bytes, length }, false)));
}
