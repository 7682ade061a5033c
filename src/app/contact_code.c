#include "app/contact_code.h"

#include "base/hex.h"
#include "base/hmac.h"

#define NONCE_BYTES 16
#define CODES       INT64_C(1000000) /* 10 to the power of CODE_DIGITS */

struct str
contact_code_nonce(const struct contact_code_of *of)
{
	char bytes[NONCE_BYTES];
	struct buf hex = buf_in(of->arena, sizeof(bytes) * 2);

	of->vault->make_bytes(bytes, sizeof(bytes));
	hex_encode(&hex, (struct str){ bytes, sizeof(bytes) });
	return buf_view(&hex);
}

/* The MAC of ${what} and ${text} under the person's key; ${ret_any} is false without a key. */
static struct err *
mac(const struct contact_code_of *of, const char *what, struct str text, bool *ret_any,
    struct sha256 *ret)
{
	struct vault_key key;

	TRY(vault_find_key(of->vault, of->session, of->arena, of->person, of->osp, false, &key));
	*ret_any = key.exists && !key.erased;
	if (*ret_any)
		*ret = hmac_sha256_of(
		    (struct str){ (const char *)key.key.bytes, sizeof(key.key.bytes) },
		    arena_printf(of->arena, "%s.%.*s", what, STR_ARG(text)));
	return NULL;
}

struct err *
contact_code_derive(
    const struct contact_code_of *of, const struct contact *contact, struct str *ret)
{
	struct str about = arena_printf(of->arena, "%.*s.%.*s",
	    STR_ARG(uuid_text(of->arena, contact->id)), STR_ARG(contact->code_nonce));
	struct sha256 made;
	uint64_t number = 0;
	bool any;

	*ret = STR("");
	TRY(mac(of, "contact-code", about, &any, &made));
	if (!any)
		return NULL;
	/* 64 bits: that a million does not divide them evenly is nobody's advantage. */
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | made.bytes[i];
	*ret =
	    arena_printf(of->arena, "%0*lld", CODE_DIGITS, (long long)(number % (uint64_t)CODES));
	return NULL;
}

struct err *
contact_pin_hash(const struct contact_code_of *of, struct str pin, struct str *ret)
{
	struct sha256 made;
	bool any;

	TRY(mac(of, "pin", pin, &any, &made));
	*ret = any ? arena_printf(of->arena, "hmac:%.*s", STR_ARG(hex_digest(of->arena, made)))
		   : STR("");
	return NULL;
}

struct err *
contact_pin_matches(
    const struct contact_code_of *of, const struct person *person, struct str pin, bool *ret)
{
	struct str hash;

	TRY(contact_pin_hash(of, pin, &hash));
	*ret =
	    !str_empty(person->pin_hash) && !str_empty(hash) && hmac_equal(hash, person->pin_hash);
	return NULL;
}
