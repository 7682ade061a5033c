#include "identity/identity_token.h"

#include "base/base64.h"
#include "identity/identity.h"

static const struct str none = { NULL, 0 };

bool
identity_unproven(struct str reason, struct str *ret_reason)
{
	*ret_reason = reason;
	return false;
}

bool
identity_algorithm_find(struct str name, enum identity_algorithm *ret)
{
	static const char *const names[] = {
#define IDENTITY_ALGORITHM(name, type, bytes) #name,
#include "identity/identity_algorithms.def"
#undef IDENTITY_ALGORITHM
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_equal(name, str_from_z(names[i]))) {
			*ret = (enum identity_algorithm)i;
			return true;
		}
	}
	return false;
}

bool
identity_algorithms_parse(struct str names, unsigned *ret)
{
	unsigned set = 0;

	do {
		enum identity_algorithm algorithm;

		if (!identity_algorithm_find(str_trim(str_cut(&names, ',')), &algorithm))
			return false;
		set |= 1u << algorithm;
	} while (!str_empty(names));
	*ret = set;
	return true;
}

/* ${text} without the "=" that fill up its last four characters. */
static struct str
without_padding(struct str text)
{
	for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++)
		text.len--;
	return text;
}

bool
identity_base64url_decode(struct arena *arena, struct str text, bool may_be_padded, struct str *ret)
{
	bool whole = text.len % 4 == 0;
	struct str digits = may_be_padded && whole ? without_padding(text) : text;
	struct buf standard = buf_in(arena, digits.len + 3);
	struct buf bytes = buf_in(arena, digits.len);

	for (size_t i = 0; i < digits.len; i++) {
		char c = digits.ptr[i];

		if (c == '+' || c == '/' || c == '=')
			return false;
		buf_char(&standard, c == '-' ? '+' : c == '_' ? '/' : c);
	}
	while (standard.len % 4 != 0 && !standard.overflowed)
		buf_char(&standard, '=');
	if (standard.overflowed || !base64_decode(&bytes, buf_view(&standard)))
		return false;
	*ret = buf_view(&bytes);
	return !bytes.overflowed;
}

/* Read the part ${text}, a JSON object in base64url. */
static bool
read_object(struct arena *arena, struct str text, bool may_be_padded, const struct json **ret)
{
	struct str bytes, reason;

	return identity_base64url_decode(arena, text, may_be_padded, &bytes) &&
	       json_parse(arena, bytes, ret, &reason) && (*ret)->type == JSON_MAP;
}

/* Whether the header's "typ" is one of a token that is for such as us (RFC 8725, 3.11). */
static bool
read_type(const struct json *header, bool *ret_is_access)
{
	const struct json *type = json_find(header, STR("typ"));

	*ret_is_access = false;
	if (type == NULL)
		return true;
	if (type->type != JSON_TEXT)
		return false;
	*ret_is_access = str_equal_nocase(type->text, STR("at+jwt")) ||
			 str_equal_nocase(type->text, STR("application/at+jwt"));
	return *ret_is_access || str_equal_nocase(type->text, STR("JWT"));
}

static bool
read_header(unsigned allowed, struct identity_token *token, struct str *ret_reason)
{
	const struct json *header = token->header;
	struct str algorithm = json_text_or(header, STR("alg"), none);

	if (!identity_algorithm_find(algorithm, &token->algorithm) ||
	    (allowed & 1u << token->algorithm) == 0)
		return identity_unproven(STR("the algorithm is not allowed"), ret_reason);
	/* Both would change what the signature is over or what it means; we know neither. */
	if (json_find(header, STR("crit")) != NULL || json_find(header, STR("b64")) != NULL)
		return identity_unproven(
		    STR("the header has an extension that must be understood"), ret_reason);
	if (!read_type(header, &token->is_access))
		return identity_unproven(STR("the type is not that of a token for us"), ret_reason);
	token->key_id = json_text_or(header, STR("kid"), none);
	if (str_empty(token->key_id) || token->key_id.len > IDENTITY_KEY_ID_BYTES_MAX)
		return identity_unproven(STR("the header names no key"), ret_reason);
	return true;
}

bool
identity_token_parse(struct arena *arena, struct str text, bool may_be_padded, unsigned allowed,
    struct identity_token *ret, struct str *ret_reason)
{
	struct identity_token token = { .text = text };
	struct str rest = text, header, claims;

	if (text.len > IDENTITY_TOKEN_BYTES_MAX)
		return identity_unproven(STR("the token is too long"), ret_reason);
	header = str_cut(&rest, '.');
	claims = str_cut(&rest, '.');
	/* A dot that is missing, or one too many, ends in this part. */
	if (str_empty(header) || str_empty(claims) || str_empty(rest))
		return identity_unproven(STR("the token has not three parts"), ret_reason);
	if (!identity_base64url_decode(arena, rest, may_be_padded, &token.signature))
		return identity_unproven(STR("the signature is not base64url"), ret_reason);
	if (!read_object(arena, header, may_be_padded, &token.header))
		return identity_unproven(STR("the header is not a JSON object"), ret_reason);
	if (!read_header(allowed, &token, ret_reason))
		return false;
	if (!read_object(arena, claims, may_be_padded, &token.claims))
		return identity_unproven(STR("the claims are not a JSON object"), ret_reason);
	*ret = token;
	return true;
}
