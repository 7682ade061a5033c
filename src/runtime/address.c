#include "runtime/address.h"

#include <arpa/inet.h>

static const uint8_t mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static bool
is_mapped(struct address address)
{
	return memcmp(address.bytes, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

bool
address_parse(struct str text, struct address *ret)
{
	char z[ADDRESS_TEXT_BYTES_MAX];
	bool in_brackets = text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']';

	if (in_brackets)
		text = (struct str){ text.ptr + 1, text.len - 2 };
	if (str_empty(text) || text.len >= sizeof(z) || memchr(text.ptr, '\0', text.len) != NULL)
		return false;
	memcpy(z, text.ptr, text.len);
	z[text.len] = '\0';
	if (inet_pton(AF_INET6, z, ret->bytes) == 1)
		return true;
	memcpy(ret->bytes, mapped_prefix, sizeof(mapped_prefix));
	return !in_brackets && inet_pton(AF_INET, z, ret->bytes + sizeof(mapped_prefix)) == 1;
}

/* -- ranges -- */

static bool
parse_range(struct str word, struct address_range *ret)
{
	struct str rest = word, base = str_cut(&rest, '/');
	int64_t bits = 128, least = 0;

	if (!address_parse(base, &ret->base))
		return false;
	if (base.len < word.len) {
		if (is_mapped(ret->base) && memchr(base.ptr, ':', base.len) == NULL)
			least = 96;
		if (!str_parse_i64(rest, &bits) || bits < 0 || bits > 128 - least)
			return false;
		bits += least;
	}
	ret->bits = (int)bits;
	return true;
}

bool
address_ranges_parse(struct str text, struct address_ranges *ret, struct str *ret_word)
{
	*ret = (struct address_ranges){ .count = 0 };
	*ret_word = STR("");
	text = str_trim(text);
	while (!str_empty(text)) {
		struct str word = str_trim(str_cut(&text, ','));

		if (ret->count == ADDRESS_RANGES_MAX)
			return false;
		*ret_word = word;
		if (!parse_range(word, &ret->at[ret->count]))
			return false;
		ret->count++;
	}
	return true;
}

static bool
is_in_range(struct address address, const struct address_range *range)
{
	size_t whole = (size_t)range->bits / 8;
	int rest = range->bits % 8;
	uint8_t mask = (uint8_t)(0xff << (8 - rest));

	if (memcmp(address.bytes, range->base.bytes, whole) != 0)
		return false;
	return rest == 0 || ((address.bytes[whole] ^ range->base.bytes[whole]) & mask) == 0;
}

bool
address_is_in(struct address address, const struct address_ranges *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		if (is_in_range(address, &ranges->at[i]))
			return true;
	}
	return false;
}

struct str
address_text(struct arena *arena, struct address address)
{
	char text[ADDRESS_TEXT_BYTES_MAX];
	bool mapped = is_mapped(address);
	const void *bytes = mapped ? address.bytes + sizeof(mapped_prefix) : address.bytes;

	CHECK(inet_ntop(mapped ? AF_INET : AF_INET6, bytes, text, sizeof(text)) != NULL);
	return arena_copy(arena, str_from_z(text));
}

/* -- behind proxies -- */

/* What stands behind the last comma of ${*list}, which is shortened by it. */
static struct str
cut_last(struct str *list)
{
	size_t at = list->len;
	struct str last;

	while (at > 0 && list->ptr[at - 1] != ',')
		at--;
	last = str_trim((struct str){ list->ptr + at, list->len - at });
	list->len = at == 0 ? 0 : at - 1;
	return last;
}

/* Go on from ${*at} along ${list}, from its end.  False when the way ends here. */
static bool
follow(struct str list, const struct address_ranges *proxies, size_t *hops, struct address *at)
{
	while (!str_empty(list)) {
		struct address before;

		/* What cannot be read was not written by a proxy: it says nothing. */
		if (++*hops > ADDRESS_HOPS_MAX || !address_parse(cut_last(&list), &before))
			return false;
		*at = before;
		if (!address_is_in(before, proxies))
			return false;
	}
	return true;
}

struct address
address_of_client(struct address peer, const struct address_ranges *proxies,
    const struct http_header *headers, size_t header_count)
{
	struct address at = peer, connecting;
	bool on = address_is_in(peer, proxies);
	size_t hops = 0;

	/* Several headers are one list, in their order (RFC 9110, 5.3). */
	for (size_t i = header_count; on && i > 0; i--) {
		if (str_equal_nocase(headers[i - 1].name, STR("X-Forwarded-For")))
			on = follow(headers[i - 1].value, proxies, &hops, &at);
	}
	if (on && hops == 0 &&
	    address_parse(
		str_trim(http_header_find(headers, header_count, STR("CF-Connecting-IP"))),
		&connecting))
		at = connecting;
	return at;
}

struct address
address_network(struct address address)
{
	if (!is_mapped(address))
		memset(address.bytes + 8, 0, 8);
	return address;
}
