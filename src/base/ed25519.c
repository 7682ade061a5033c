#include "base/ed25519.h"

#include <limits.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define PUBLIC_KEY_BYTES 32
#define SIGNATURE_BYTES  64

/* Far more than a PEM file of an Ed25519 key has. */
#define PEM_BYTES_MAX 65536

struct ed25519_key {
	EVP_PKEY *key;
	struct sha256 id;
	bool is_private;
};

static void
bio_close(BIO **bio)
{
	BIO_free(*bio);
	*bio = NULL;
}

static void
pkey_close(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
	*key = NULL;
}

static void
context_close(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
	*context = NULL;
}

/* A key behind a pass phrase cannot be read by a server, and nobody is asked at a terminal. */
static int
no_pass_phrase(char *room, int limit, int writes, void *context)
{
	(void)room;
	(void)limit;
	(void)writes;
	(void)context;
	return -1;
}

static EVP_PKEY *
read_pem(struct str pem, bool is_private)
{
	CLEANUP(bio_close) BIO *bio = NULL;

	if (pem.len == 0 || pem.len > PEM_BYTES_MAX)
		return NULL;
	bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
	CHECK(bio != NULL);
	return is_private ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL)
			  : PEM_read_bio_PUBKEY(bio, NULL, no_pass_phrase, NULL);
}

static bool
find_id(EVP_PKEY *key, struct sha256 *ret)
{
	uint8_t bytes[PUBLIC_KEY_BYTES];
	size_t length = sizeof(bytes);

	if (EVP_PKEY_get_raw_public_key(key, bytes, &length) != 1 || length != sizeof(bytes))
		return false;
	*ret = sha256_of((struct str){ (const char *)bytes, sizeof(bytes) });
	return true;
}

struct err *
ed25519_key_read(struct arena *arena, struct str pem, bool is_private, struct ed25519_key **ret)
{
	CLEANUP(pkey_close) EVP_PKEY *key = read_pem(pem, is_private);
	const char *kind = is_private ? "private" : "public";
	struct ed25519_key *made;
	struct sha256 id;

	if (key == NULL)
		return err_explain(
		    ERR(arena, ERR_CORRUPT, "this is not a PEM file of a %s key", kind),
		    STR("A private key is PKCS #8 without a pass phrase, a public one "
			"SubjectPublicKeyInfo."),
		    STR("Make one with \"openssl genpkey -algorithm ed25519\", and its public "
			"half with \"openssl pkey -pubout\"."));
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519 || !find_id(key, &id))
		return err_explain(
		    ERR(arena, ERR_CORRUPT, "this %s key is not an Ed25519 key", kind), STR(""),
		    STR("Make one with \"openssl genpkey -algorithm ed25519\"."));
	made = OPENSSL_zalloc(sizeof(*made));
	CHECK(made != NULL);
	*made = (struct ed25519_key){ key, id, is_private };
	key = NULL;
	*ret = made;
	return NULL;
}

void
ed25519_key_destroy(struct ed25519_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_free(key->key);
	OPENSSL_free(key);
}

struct sha256
ed25519_key_id(const struct ed25519_key *key)
{
	return key->id;
}

void
ed25519_sign(const struct ed25519_key *key, struct str message, uint8_t ret[64])
{
	CLEANUP(context_close) EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = SIGNATURE_BYTES;

	CHECK(key->is_private);
	CHECK(context != NULL);
	CHECK(EVP_DigestSignInit(context, NULL, NULL, NULL, key->key) == 1);
	CHECK(EVP_DigestSign(
		  context, ret, &length, (const unsigned char *)message.ptr, message.len) == 1);
	CHECK(length == SIGNATURE_BYTES);
}

bool
ed25519_verify(const struct ed25519_key *key, struct str message, const uint8_t signature[64])
{
	CLEANUP(context_close) EVP_MD_CTX *context = EVP_MD_CTX_new();

	CHECK(context != NULL);
	CHECK(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->key) == 1);
	return EVP_DigestVerify(context, signature, SIGNATURE_BYTES,
		   (const unsigned char *)message.ptr, message.len) == 1;
}
