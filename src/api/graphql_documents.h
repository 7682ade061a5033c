#ifndef API_GRAPHQL_DOCUMENTS_H
#define API_GRAPHQL_DOCUMENTS_H

#include "base/sha256.h"
#include "base/uuid.h"
#include "graphql/graphql.h"

/*
 * graphql_documents: GraphQL documents that have been asked before, read and validated.
 *
 * A client asks the same few documents again and again.  Each is kept under the SHA-256 of
 * its text, so that it is neither parsed nor validated twice, and can be asked for by that
 * digest alone (persisted queries).  What is invalid is not kept.
 *
 * One collection serves all workers.  It is bounded in number and bytes; what was used
 * longest ago goes first.  A document that is in use when it goes lives until its last user
 * has released it.
 *
 * Every organisation has documents of its own, also where their texts are the same: whoever
 * asks for a digest would else learn, from the answer or from how long it takes, whether
 * somebody else has asked a document with just these values in its text.
 */
struct graphql_documents;

struct graphql_documents_config {
	const struct graphql_schema *schema; /* bound; must outlive the documents */
	struct graphql_limits limits;
	size_t count_max;
	size_t bytes_max; /* texts and what was made of them; one may take an eighth of it */
};

/* One document, which nobody changes. */
struct graphql_kept {
	struct str text;
	const struct graphql_document *document;
};

/** Never NULL. */
struct graphql_documents *graphql_documents_create(const struct graphql_documents_config *config);

/** Nothing may be in use.  ${documents} may be NULL. */
void graphql_documents_destroy(struct graphql_documents *documents);

/**
 * The document ${text} of the organisation ${whose}: found, or made and kept.
 * NULL, with the response of a refused request in ${response}, when it is not valid.
 * ${arena} is worked in.  To be released.
 */
NODISCARD const struct graphql_kept *graphql_documents_prepare(struct graphql_documents *documents,
    struct arena *arena, struct uuid whose, struct str text, struct buf *response);

/** The document of ${whose} that has the digest ${hash}, to be released; NULL: none is kept. */
NODISCARD const struct graphql_kept *graphql_documents_recall(
    struct graphql_documents *documents, struct uuid whose, struct sha256 hash);

/** ${kept} is no longer used; it may be NULL. */
void graphql_documents_release(
    struct graphql_documents *documents, const struct graphql_kept *kept);

/** How many are kept, and how many have been made since the beginning. */
struct graphql_documents_tally {
	size_t count, bytes, made;
};
struct graphql_documents_tally graphql_documents_tally(struct graphql_documents *documents);

#endif
