#include "domain/directory/token_decide.h"

#include "domain/directory/shape.h"

#define SCOPES_BYTES_MAX 2000

bool
token_decide_issue(const struct record *before, const struct token *given, struct instant now,
    struct record_decision *ret, struct refusal *ret_refusal)
{
	if (!shape_check_line(
		given->name, SHAPE_NAME_CHARS_MAX, REFUSAL_NAME_INVALID, "name", ret_refusal))
		return false;
	if (str_empty(str_trim(given->scopes)))
		return refuse(ret_refusal, REFUSAL_SCOPE_UNKNOWN, "scopes",
		    "say what the token is for: names of operations, \"read\" or \"*\"");
	if (given->scopes.len > SCOPES_BYTES_MAX)
		return refuse(ret_refusal, REFUSAL_SCOPE_UNKNOWN, "scopes",
		    "scopes are longer than %d bytes together", SCOPES_BYTES_MAX);
	if (given->expires.us <= now.us)
		return refuse(ret_refusal, REFUSAL_EXPIRY_INVALID, "expiresAt",
		    "expiresAt has passed already");
	if (instant_since(given->expires, now).us > TOKEN_LIFE_MAX.us)
		return refuse(ret_refusal, REFUSAL_EXPIRY_INVALID, "expiresAt",
		    "a token is good for at most a year: choose an earlier expiresAt");
	decision_event(ret, before, DIRECTORY_EVENT_TOKEN_ISSUED)->token = *given;
	ret->after.token.revoked_at = RECORD_NO_MOMENT;
	return true;
}

/* A second time changes nothing: it was revoked when it was. */
bool
token_decide_revoke(const struct record *before, struct instant now, struct record_decision *ret,
    struct refusal *ret_refusal)
{
	(void)ret_refusal;
	if (before->token.revoked_at.us != RECORD_NO_MOMENT.us)
		return decision_nothing(ret, before);
	decision_event(ret, before, DIRECTORY_EVENT_TOKEN_REVOKED)->token.revoked_at = now;
	return true;
}
