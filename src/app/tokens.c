#include "app/tokens.h"

#include "base/base64.h"
#include "base/hex.h"
#include "domain/directory/membership_decide.h"
#include "domain/directory/token_decide.h"

#define SECRET_BYTES 32

struct sha256
app_token_hash(struct str secret)
{
	return sha256_of(secret);
}

/* ---- issue ---- */

struct issuing {
	const struct app_context *context;
	const struct app_issue_token *input;
	struct str secret;
};

/* Base64 with the alphabet that needs no escaping in a header or a URL, without padding. */
static void
write_base64url(struct buf *buf, struct str bytes)
{
	size_t begin = buf->len;

	base64_encode(buf, bytes);
	while (buf->len > begin && buf->ptr[buf->len - 1] == '=')
		buf->len--;
	for (size_t i = begin; i < buf->len; i++) {
		if (buf->ptr[i] == '+')
			buf->ptr[i] = '-';
		else if (buf->ptr[i] == '/')
			buf->ptr[i] = '_';
	}
}

static struct str
make_secret(const struct app_context *context)
{
	struct buf secret =
	    buf_in(context->arena, sizeof(APP_TOKEN_PREFIX) + BASE64_LENGTH(SECRET_BYTES));
	char random[SECRET_BYTES];

	context->vault->make_bytes(random, sizeof(random));
	buf_str(&secret, STR(APP_TOKEN_PREFIX));
	write_base64url(&secret, (struct str){ random, sizeof(random) });
	return buf_view(&secret);
}

static struct err *
decide_issue(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	struct issuing *issuing = decision;
	const struct app_context *context = issuing->context;
	struct record_decision *made = arena_new(context->arena, struct record_decision);
	const struct token given = {
		.organisation = context->actor->organisation.id,
		.user = context->actor->user,
		.name = issuing->input->name,
		.scopes = issuing->input->scopes,
		.secret_hash = hex_digest(context->arena, app_token_hash(issuing->secret)),
		.expires = issuing->input->expires,
	};

	if (made == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	*ret_decided = token_decide_issue(before, &given, context->now, made, ret_refusal);
	if (*ret_decided)
		ret->steps[ret->step_count++] = (struct record_step){ made->event, made->after };
	return NULL;
}

static bool
check_scopes(struct str scopes, struct refusal *ret_refusal)
{
	struct app_scopes parsed;
	struct str word;

	if (app_scopes_parse(scopes, &parsed, &word))
		return true;
	return refuse(ret_refusal, REFUSAL_SCOPE_UNKNOWN, "scopes",
	    "\"%.*s\" is no scope: name operations, \"read\" or \"*\"",
	    (int)(word.len > 64 ? 64 : word.len), word.ptr);
}

struct err *
app_issue_token(const struct app_context *context, const struct app_issue_token *input,
    struct app_issued_token *ret)
{
	struct issuing issuing = { context, input, make_secret(context) };

	*ret = (struct app_issued_token){ .answer = { .refused = true } };
	if (!app_permits(context, OPERATION_issue_token, &ret->answer.refusal))
		return NULL;
	if (context->scopes != NULL) {
		(void)refuse(&ret->answer.refusal, REFUSAL_NOT_PERMITTED, "",
		    "a token makes no tokens: sign in as yourself");
		return NULL;
	}
	if (!check_scopes(input->scopes, &ret->answer.refusal))
		return NULL;
	TRY(record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = OPERATION_issue_token,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_TOKEN,
		.id = context->make_id(context->now),
		.creates = true,
		.unknown = REFUSAL_TOKEN_UNKNOWN,
		.field = "token",
		.decide = decide_issue,
		.decision = &issuing,
	    },
	    &ret->answer));
	if (!ret->answer.refused && !ret->answer.repeated)
		ret->secret = issuing.secret;
	return NULL;
}

/* ---- revoke ---- */

/* One's own, or as an admin anybody's of the organisation. */
static bool
may_see(const struct app_context *context, const struct token *token)
{
	return uuid_equal(token->organisation, context->actor->organisation.id) &&
	       (uuid_equal(token->user, context->actor->user) ||
		   membership_is_admin(context->actor->role));
}

static struct err *
decide_revoke(void *decision, const struct record *before, struct record_outcome *ret,
    bool *ret_decided, struct refusal *ret_refusal)
{
	const struct app_context *context = decision;
	struct record_decision *made = arena_new(context->arena, struct record_decision);

	if (made == NULL)
		return ERR(context->arena, ERR_LIMIT, "no memory left to decide");
	*ret_decided =
	    may_see(context, &before->token) ||
	    refuse(ret_refusal, REFUSAL_TOKEN_UNKNOWN, "token", "there is no such token");
	if (!*ret_decided)
		return NULL;
	*ret_decided = token_decide_revoke(before, context->now, made, ret_refusal);
	if (*ret_decided && made->changes)
		ret->steps[ret->step_count++] = (struct record_step){ made->event, made->after };
	return NULL;
}

struct err *
app_revoke_token(const struct app_context *context, const struct app_revoke_token *input,
    struct app_record_answer *ret)
{
	struct app_context decision = *context;

	return record_command_run(
	    &(struct record_command){
		.context = context,
		.operation = OPERATION_revoke_token,
		.command = input->command,
		.body = input->body,
		.kind = RECORD_TOKEN,
		.id = input->token,
		.unknown = REFUSAL_TOKEN_UNKNOWN,
		.field = "token",
		.decide = decide_revoke,
		.decision = &decision,
	    },
	    ret);
}

/* ---- the list ---- */

static bool
is_wanted(const void *context, const struct record *record)
{
	return may_see(context, &record->token);
}

bool
app_may_see_token(const struct app_context *context, const struct token *token)
{
	return may_see(context, token);
}

struct err *
app_list_tokens(
    const struct app_context *context, struct record_page_query *query, struct record_page *ret)
{
	query->kind = RECORD_TOKEN;
	query->newest_first = true;
	query->wants = is_wanted;
	query->context = context;
	return record_page(context->session, context->arena, query, ret);
}
