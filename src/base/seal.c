#include "base/seal.h"

#include <openssl/evp.h>

#include "base/base64.h"
#include "base/err.h"

#define PREFIX      STR("sealed:1:")
#define NONCE_BYTES 12
#define TAG_BYTES   16

/* A context that is wiped and freed, however its function ends. */
static void
free_cipher(EVP_CIPHER_CTX **cipher)
{
	EVP_CIPHER_CTX_free(*cipher);
}

/* libcrypto counts in int; what is sealed is a name or a number. */
static int
length_of(struct str text)
{
	CHECK(text.len <= INT32_MAX);
	return (int)text.len;
}

static const uint8_t *
bytes_of(struct str text)
{
	return (const uint8_t *)(text.len == 0 ? "" : text.ptr);
}

/* base64url (RFC 4648 section 5) is base64 with two other letters, and here without padding. */
static void
exchange(char *text, size_t length, const char *these, const char *those)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == these[0])
			text[i] = those[0];
		else if (text[i] == these[1])
			text[i] = those[1];
	}
}

static struct str
as_text(struct arena *arena, struct str bytes)
{
	struct buf buf = buf_in(arena, PREFIX.len + BASE64_LENGTH(bytes.len));

	buf_str(&buf, PREFIX);
	base64_encode(&buf, bytes);
	if (buf.overflowed)
		return STR("");
	while (buf.ptr[buf.len - 1] == '=')
		buf.len--;
	exchange(buf.ptr + PREFIX.len, buf.len - PREFIX.len, "+/", "-_");
	return buf_view(&buf);
}

/* The bytes behind the prefix; false when they are not exactly what as_text() makes. */
static bool
as_bytes(struct arena *arena, struct str text, struct str *ret)
{
	size_t length = text.len - PREFIX.len;
	struct buf padded = buf_in(arena, length + 3);
	struct buf bytes = buf_in(arena, length + 3);

	buf_str(&padded, (struct str){ text.ptr + PREFIX.len, length });
	if (padded.overflowed || memchr(padded.ptr, '+', length) != NULL ||
	    memchr(padded.ptr, '/', length) != NULL || memchr(padded.ptr, '=', length) != NULL)
		return false;
	exchange(padded.ptr, length, "-_", "+/");
	while (padded.len % 4 != 0 && !padded.overflowed)
		buf_char(&padded, '=');
	if (padded.overflowed || !base64_decode(&bytes, buf_view(&padded)) || bytes.overflowed)
		return false;
	*ret = buf_view(&bytes);
	return true;
}

bool
seal_is_sealed(struct str text)
{
	return str_starts_with(text, PREFIX);
}

/* libcrypto fails here only without memory, and then so does everything else. */
static void
encrypt(const struct seal_key *key, struct str about, struct str text, uint8_t *ret)
{
	uint8_t *ciphertext = ret + NONCE_BYTES;
	EVP_CIPHER_CTX *cipher CLEANUP(free_cipher) = EVP_CIPHER_CTX_new();
	int written;

	CHECK(cipher != NULL);
	CHECK(EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, ret) == 1);
	CHECK(EVP_EncryptUpdate(cipher, NULL, &written, bytes_of(about), length_of(about)) == 1);
	CHECK(
	    EVP_EncryptUpdate(cipher, ciphertext, &written, bytes_of(text), length_of(text)) == 1);
	CHECK(EVP_EncryptFinal_ex(cipher, ciphertext + text.len, &written) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, ciphertext + text.len) ==
	      1);
}

struct str
seal_close(struct arena *arena, const struct seal_key *key, struct str about,
    const uint8_t nonce[12], struct str text)
{
	size_t length = NONCE_BYTES + text.len + TAG_BYTES;
	char *bytes = arena_bytes(arena, length);

	if (bytes == NULL)
		return STR("");
	memcpy(bytes, nonce, NONCE_BYTES);
	encrypt(key, about, text, (uint8_t *)bytes);
	return as_text(arena, (struct str){ bytes, length });
}

static bool
decrypt(const struct seal_key *key, struct str about, struct str nonce, struct str ciphertext,
    struct str tag, uint8_t *ret)
{
	EVP_CIPHER_CTX *cipher CLEANUP(free_cipher) = EVP_CIPHER_CTX_new();
	uint8_t expected[TAG_BYTES];
	int written;

	CHECK(cipher != NULL);
	memcpy(expected, tag.ptr, TAG_BYTES);
	CHECK(
	    EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), NULL, key->bytes, bytes_of(nonce)) == 1);
	CHECK(EVP_DecryptUpdate(cipher, NULL, &written, bytes_of(about), length_of(about)) == 1);
	CHECK(EVP_DecryptUpdate(
		  cipher, ret, &written, bytes_of(ciphertext), length_of(ciphertext)) == 1);
	CHECK(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, expected) == 1);
	return EVP_DecryptFinal_ex(cipher, ret + ciphertext.len, &written) == 1;
}

bool
seal_open(struct arena *arena, const struct seal_key *key, struct str about, struct str sealed,
    struct str *ret)
{
	struct str bytes, nonce, ciphertext, tag;
	char *text;

	if (!seal_is_sealed(sealed) || !as_bytes(arena, sealed, &bytes) ||
	    bytes.len < NONCE_BYTES + TAG_BYTES)
		return false;
	nonce = (struct str){ bytes.ptr, NONCE_BYTES };
	ciphertext = (struct str){ bytes.ptr + NONCE_BYTES, bytes.len - NONCE_BYTES - TAG_BYTES };
	tag = (struct str){ ciphertext.ptr + ciphertext.len, TAG_BYTES };
	text = arena_bytes(arena, ciphertext.len + 1);
	if (text == NULL || !decrypt(key, about, nonce, ciphertext, tag, (uint8_t *)text))
		return false;
	*ret = (struct str){ text, ciphertext.len };
	return true;
}
