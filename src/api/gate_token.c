#include "api/gate.h"
#include "app/tokens.h"

/*
 * API tokens: Authorization: Bearer strike_....  A token is looked up by the hash of it,
 * so that how long that takes says nothing about tokens that there are.  Unknown,
 * expired and revoked are one answer.
 */

#define SCHEME STR("Bearer ")

/* Longer ones are none of ours. */
#define TOKEN_BYTES_MAX 200

static enum gate_finding
refuse_token(struct gate_refusal *ret, struct str note)
{
	(void)gate_refuse(
	    ret, 401, "INVALID_TOKEN", STR("the token is unknown, expired or revoked"));
	ret->invalid_token = true;
	ret->note = note;
	return GATE_REFUSED;
}

/* Its organisation learns that somebody still has it. */
static struct err *
audit_refused(struct api_request *request, const struct store_token *token, const char *why)
{
	struct str id = uuid_text(request->arena, token->id);

	if (!limits_once(request, HOURS(1), STR("token refused"), id))
		return NULL;
	request->user = token->user;
	request->via = STR("token");
	return gate_audit(request, DIRECTORY_EVENT_TOKEN_REFUSED,
	    &(struct audit){
		.organisation = token->organisation,
		.user = token->user,
		.subject = token->id,
		.detail = str_from_z(why),
	    });
}

const char *
gate_token_problem(const struct store_token *token, struct instant now)
{
	if (token->revoked_at.us != RECORD_NO_MOMENT.us && token->revoked_at.us <= now.us)
		return "it is revoked";
	return token->expires.us <= now.us ? "it has expired" : NULL;
}

static struct err *
take_token(struct api_request *request, const struct store_token *token, struct sha256 hash,
    struct gate_person *ret)
{
	struct app_scopes *scopes = arena_new(request->arena, struct app_scopes);
	struct store_membership *member = arena_new(request->arena, struct store_membership);
	struct str word;

	if (scopes == NULL || member == NULL)
		return ERR(request->arena, ERR_LIMIT, "no memory left for a token");
	/* What it was once for and is no more narrows it: the words behind count for nothing. */
	if (!app_scopes_parse(token->scopes, scopes, &word))
		request->note = STR("the token has a scope that there is no more");
	*member = token->membership;
	*ret = (struct gate_person){
		.user = token->user,
		.via = STR("token"),
		.explicit = true,
		.token = token->id,
		.token_hash = hash,
		.token_organisation = token->organisation,
		.token_used_at = token->last_used_at,
		.token_member = token->is_member ? member : NULL,
		.scopes = scopes,
	};
	return NULL;
}

struct err *
gate_by_token(struct api_request *request, enum gate_finding *ret_finding, struct gate_person *ret,
    struct gate_refusal *ret_refusal)
{
	struct store_session *reader;
	struct store_token token;
	struct str given;
	const char *why;
	bool found;

	*ret_finding = GATE_REFUSED;
	if (!gate_header(request, STR("Authorization"), &given, ret_refusal))
		return NULL;
	*ret_finding = GATE_NOTHING;
	if (given.len < SCHEME.len ||
	    !str_equal_nocase((struct str){ given.ptr, SCHEME.len }, SCHEME))
		return NULL;
	given = str_trim((struct str){ given.ptr + SCHEME.len, given.len - SCHEME.len });
	if (!str_starts_with(given, STR(APP_TOKEN_PREFIX)))
		return NULL;
	*ret_finding = refuse_token(ret_refusal, STR("an unknown token"));
	if (given.len > TOKEN_BYTES_MAX)
		return NULL;
	TRY(api_reader(request, &reader));
	TRY(store_find_token(reader, request->arena, app_token_hash(given), &found, &token));
	if (!found)
		return NULL;
	why = gate_token_problem(&token, request->now);
	if (why != NULL) {
		*ret_finding = refuse_token(ret_refusal, str_from_z(why));
		return audit_refused(request, &token, why);
	}
	*ret_finding = GATE_PROVEN;
	return take_token(request, &token, app_token_hash(given), ret);
}
