#ifndef APP_TOKENS_H
#define APP_TOKENS_H

#include "app/record_page.h"

/*
 * tokens: keys for programs, which members make for themselves.
 *
 * The secret is "strike_" and 32 random bytes in base64url.  It is shown once, to who
 * made it; what is kept is its SHA-256, over all its characters (app_token_hash()).
 * What a token may is what its scopes and its member's role both allow, when it is used.
 * Nobody makes a token with a token: what was lent out would never end.
 *
 * A member sees and revokes their own tokens, an admin everybody's of the organisation;
 * any other is refused as one that does not exist: TOKEN_UNKNOWN.
 */

#define APP_TOKEN_PREFIX "strike_"
#define TOKEN_SCOPES_MAX 64

/** By what a token is known: the SHA-256 of ${secret}, as it is shown. */
struct sha256 app_token_hash(struct str secret);

struct app_issue_token {
	struct app_command command;
	struct sha256 body;
	struct str name;
	struct str scopes; /* separated by spaces; see app_scopes_parse() */
	struct instant expires;
};

struct app_issued_token {
	struct app_record_answer answer;
	struct str secret; /* empty when the key was used before: it is shown once */
};

NODISCARD struct err *app_issue_token(const struct app_context *context,
    const struct app_issue_token *input, struct app_issued_token *ret);

struct app_revoke_token {
	struct app_command command;
	struct sha256 body;
	struct uuid token;
};

NODISCARD struct err *app_revoke_token(const struct app_context *context,
    const struct app_revoke_token *input, struct app_record_answer *ret);

/** A page of the tokens that the actor may see, newest first. */
NODISCARD struct err *app_list_tokens(
    const struct app_context *context, struct record_page_query *query, struct record_page *ret);

/** Whether ${context}'s actor may know of ${token}: one's own, or as an admin anybody's of the
 * organisation. */
bool app_may_see_token(const struct app_context *context, const struct token *token);

#endif
