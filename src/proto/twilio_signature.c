#include "proto/twilio_signature.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/hmac.h"
#include "base/sha256.h"
#include "proto/url.h"

#define SIGNATURE_LENGTH BASE64_LENGTH(sizeof(struct hmac_sha1))

/*
 * The place of a byte of UTF-8 in the order of UTF-16: what is written with
 * surrogates (F0 to F4) stands before U+E000 to U+FFFF (EE, EF) there.
 */
static unsigned
utf16_order(char c)
{
	unsigned byte = (uint8_t)c;

	return byte == 0xee || byte == 0xef ? byte + 0x10 : byte;
}

/* ${a} and ${b} in the order of UTF-16 code units: <0, 0 or >0. */
static int
compare(struct str a, struct str b)
{
	size_t i = 0, both = a.len < b.len ? a.len : b.len;

	while (i < both && a.ptr[i] == b.ptr[i])
		i++;
	if (i < both)
		return utf16_order(a.ptr[i]) < utf16_order(b.ptr[i]) ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

/* By name, then by value: <0, 0 or >0. */
static int
compare_pairs(const struct form_pair *a, const struct form_pair *b)
{
	int names = compare(a->name, b->name);

	return names != 0 ? names : compare(a->value, b->value);
}

/* Sort ${pairs} by insertion: there are FORM_PAIRS_MAX at most, usually 20, nearly in order. */
static void
sort_pairs(struct form_pair *pairs, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		struct form_pair pair = pairs[i];
		size_t at = i;

		for (; at > 0 && compare_pairs(&pair, &pairs[at - 1]) < 0; at--)
			pairs[at] = pairs[at - 1];
		pairs[at] = pair;
	}
}

/* The parameters as they are signed: sorted, one after the other, each different one once. */
static bool
join_parameters(struct arena *arena, const struct form *form, struct buf *ret)
{
	size_t bytes = 0, count = form == NULL ? 0 : form->count;
	struct form_pair *sorted;

	*ret = buf_over(NULL, 0);
	if (count == 0)
		return true;
	sorted = arena_array(arena, struct form_pair, count);
	if (sorted == NULL)
		return false;
	memcpy(sorted, form->at, count * sizeof(*sorted));
	sort_pairs(sorted, count);
	for (size_t i = 0; i < count; i++)
		bytes += sorted[i].name.len + sorted[i].value.len;
	*ret = buf_in(arena, bytes + 1);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && compare_pairs(&sorted[i - 1], &sorted[i]) == 0)
			continue;
		buf_str(ret, sorted[i].name);
		buf_str(ret, sorted[i].value);
	}
	return !ret->overflowed;
}

/* The signature of ${url} followed by ${parameters}; empty when the arena is full. */
static struct str
sign(struct arena *arena, struct str auth_token, struct str url, struct str parameters)
{
	struct buf message = buf_in(arena, url.len + parameters.len + 1);
	struct buf signature = buf_in(arena, SIGNATURE_LENGTH);
	struct hmac_sha1 mac;

	buf_str(&message, url);
	buf_str(&message, parameters);
	mac = hmac_sha1_of(auth_token, buf_view(&message));
	base64_encode(&signature, (struct str){ (const char *)mac.bytes, sizeof(mac.bytes) });
	if (message.overflowed || signature.overflowed)
		return (struct str){ NULL, 0 };
	return buf_view(&signature);
}

struct str
twilio_signature(
    struct arena *arena, struct str auth_token, struct str url, const struct form *form)
{
	struct buf parameters;

	if (!join_parameters(arena, form, &parameters))
		return (struct str){ NULL, 0 };
	return sign(arena, auth_token, url, buf_view(&parameters));
}

/* ${parts} put together again, with ${port} for its port. */
static struct str
with_port(struct arena *arena, const struct url_parts *parts, struct str port)
{
	return arena_printf(arena, "%.*s%.*s%.*s%.*s%.*s", STR_ARG(parts->scheme),
	    STR_ARG(parts->user_info), STR_ARG(parts->host), STR_ARG(port), STR_ARG(parts->rest));
}

bool
twilio_signature_check(struct arena *arena, const struct str tokens[TWILIO_TOKENS], struct str url,
    const struct form *form, struct str given)
{
	struct arena_mark mark = arena_mark(arena);
	struct url_parts parts;
	struct buf parameters;
	struct str urls[2];
	bool matches = false;

	if (!url_split(url, &parts) || !join_parameters(arena, form, &parameters))
		return false;
	urls[0] = with_port(arena, &parts, STR(""));
	if (!str_empty(parts.port))
		urls[1] = url;
	else if (str_equal_nocase(parts.scheme, STR("https://")))
		urls[1] = with_port(arena, &parts, STR(":443"));
	else
		urls[1] = with_port(arena, &parts, STR(":80"));
	for (size_t i = 0; i < TWILIO_TOKENS * COUNT_OF(urls); i++) {
		struct str token = tokens[i / COUNT_OF(urls)],
			   signed_url = urls[i % COUNT_OF(urls)];
		struct str right = sign(arena, token, signed_url, buf_view(&parameters));
		bool usable = !str_empty(token) && !str_empty(signed_url) && !str_empty(right);

		matches |= hmac_equal(right, given) & usable;
	}
	arena_release(arena, mark);
	return matches;
}

/* Whether ${given} is the SHA-256 of ${body} in hexadecimal digits. */
static bool
is_digest_of(struct str body, struct str given)
{
	struct sha256 digest = sha256_of(body);
	char memory[2 * sizeof(digest.bytes)];
	struct buf hex = buf_over(memory, sizeof(memory));

	hex_encode(&hex, (struct str){ (const char *)digest.bytes, sizeof(digest.bytes) });
	return hmac_equal(buf_view(&hex), given);
}

bool
twilio_signature_check_body(struct arena *arena, const struct str tokens[TWILIO_TOKENS],
    struct str url, struct str body, struct str given)
{
	struct str query = url;
	struct form form;
	bool url_is_right = twilio_signature_check(arena, tokens, url, NULL, given);

	(void)str_cut(&query, '?');
	query = str_cut(&query, '#');
	return form_parse(arena, query, &form) &&
	       is_digest_of(body, form_find(&form, STR("bodySHA256"))) && url_is_right;
}
