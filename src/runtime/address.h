#ifndef RUNTIME_ADDRESS_H
#define RUNTIME_ADDRESS_H

#include "base/arena.h"
#include "runtime/http.h"

/*
 * address: who is at the other end of a request, when there are proxies between.
 *
 * A proxy says in X-Forwarded-For where a request came from, and everybody else can say
 * so too.  So the header is read from its end, where the proxy next to us wrote, and
 * only as far as those who wrote are proxies of ours (the setting trusted_proxies).
 */

/* An IPv4 address is held as the IPv6 address that it is mapped to (RFC 4291, 2.5.5.2). */
struct address {
	uint8_t bytes[16];
};

struct address_range {
	struct address base;
	int bits; /* of the 128 */
};

#define ADDRESS_RANGES_MAX     64
#define ADDRESS_HOPS_MAX       32
#define ADDRESS_TEXT_BYTES_MAX 48

/* The proxies that are believed. */
struct address_ranges {
	struct address_range at[ADDRESS_RANGES_MAX];
	size_t count;
};

/** Read an IPv4 or IPv6 address, also in brackets.  False for anything else. */
NODISCARD bool address_parse(struct str text, struct address *ret);

/**
 * Read addresses and ranges ("10.0.0.0/8, ::1"), separated by commas.  False, with
 * the one that is neither in ${ret_word}, or empty when there are too many.
 */
NODISCARD bool address_ranges_parse(
    struct str text, struct address_ranges *ret, struct str *ret_word);

/** Whether ${address} is in one of ${ranges}. */
bool address_is_in(struct address address, const struct address_ranges *ranges);

/** ${address} as text in ${arena}, IPv4 as such. */
struct str address_text(struct arena *arena, struct address address);

/**
 * Where a request of ${peer} came from: the last address of X-Forwarded-For that is no
 * proxy of ours; without that header, CF-Connecting-IP; ${peer} itself, when it is no
 * proxy of ours or names none.
 */
struct address address_of_client(struct address peer, const struct address_ranges *proxies,
    const struct http_header *headers, size_t header_count);

/**
 * What of ${address} is counted as one client: all of an IPv4 address, of an IPv6 address
 * the network (/64), for a host may take any address in it (RFC 4291, 2.5.1).
 */
struct address address_network(struct address address);

#endif
