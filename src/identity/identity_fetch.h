#ifndef IDENTITY_IDENTITY_FETCH_H
#define IDENTITY_IDENTITY_FETCH_H

#include "identity/identity.h"

/* identity_fetch: documents of issuers, and the addresses that they may have. */

struct identity_fetcher {
	identity_fetch_f call;
	void *context;
	bool allow_http;
};

/** The fetcher that ${config} asks for: its own function, or its HTTP client. */
struct identity_fetcher identity_fetcher_of(const struct identity_config *config);

/** Whether ${url} may be fetched: https, or http in development; nobody's user name in it. */
bool identity_fetch_allows(const struct identity_fetcher *fetcher, struct str url);

/**
 * Get the document at ${url}.  Any status is an answer.  A fault when there is none, when
 * it is larger than IDENTITY_DOCUMENT_BYTES_MAX, or when ${url} may not be fetched.
 */
NODISCARD struct err *identity_fetch(const struct identity_fetcher *fetcher, struct arena *arena,
    struct str url, struct identity_document *ret);

#endif
