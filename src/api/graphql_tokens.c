#include "api/graphql_wanted.h"
#include "app/tokens.h"

/* What stands behind IssueTokenSuccess. */
struct issued {
	struct graphql_value token;
	struct str secret;
};

static struct err *
query_tokens(struct graphql_call *call, struct graphql_value *ret)
{
	struct record_page_query query = { .kind = RECORD_TOKEN };
	struct record_page page;
	bool go;

	graphql_permits(call, OPERATION_tokens, &go);
	if (go)
		graphql_page_arguments(call, &query, &go);
	if (!go)
		return NULL;
	TRY(app_list_tokens(&graphql_asker(call)->app, &query, &page));
	return graphql_page_answer(call, &page, STR("TokenEdge"), STR("Token"), ret);
}

/* The words of ${list} with a space between them; a word that is empty is none. */
static struct str
read_scopes(struct arena *arena, const struct json *list)
{
	size_t bytes = 0;
	struct buf scopes;

	if (list == NULL || list->type != JSON_LIST)
		return STR("");
	for (size_t i = 0; i < list->list.count; i++)
		bytes += list->list.items[i].text.len + 1;
	scopes = buf_in(arena, bytes + 1);
	for (size_t i = 0; i < list->list.count; i++) {
		if (i > 0)
			buf_char(&scopes, ' ');
		buf_str(&scopes, list->list.items[i].text);
	}
	return buf_view(&scopes);
}

static struct err *
mutation_issue_token(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct app_issue_token input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_issue_token, given),
		.name = json_text_or(given, STR("name"), STR("")),
		.scopes = read_scopes(call->arena, json_find(given, STR("scopes"))),
		.expires = graphql_moment(given, STR("expiresAt")),
	};
	struct app_issued_token *answer = arena_new(call->arena, struct app_issued_token);
	struct issued *issued = arena_new(call->arena, struct issued);

	if (answer == NULL || issued == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to issue a token");
	TRY(app_issue_token(&graphql_asker(call)->app, &input, answer));
	if (answer->answer.refused)
		return graphql_refused(call, &answer->answer.refusal, ret);
	issued->secret = answer->secret;
	TRY(graphql_find_record(
	    call, RECORD_TOKEN, answer->answer.id, STR("Token"), &issued->token));
	*ret = graphql_object(STR("IssueTokenSuccess"), issued);
	return NULL;
}

static struct err *
mutation_revoke_token(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct app_revoke_token input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_revoke_token, given),
		.token = graphql_id(given, STR("token")),
	};
	struct app_record_answer answer;

	TRY(app_revoke_token(&graphql_asker(call)->app, &input, &answer));
	if (answer.refused)
		return graphql_refused(call, &answer.refusal, ret);
	return graphql_find_record(call, RECORD_TOKEN, answer.id, STR("TokenSuccess"), ret);
}

static struct err *
issued_token(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = ((const struct issued *)call->parent)->token;
	return NULL;
}

static struct err *
issued_secret(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(((const struct issued *)call->parent)->secret);
	return NULL;
}

static struct err *
success_token(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Token"), call->parent);
	return NULL;
}

static struct uuid
user_of(const void *record)
{
	return ((const struct record *)record)->token.user;
}

static struct err *
token_users(struct graphql_batch *batch)
{
	return graphql_load_users(batch, user_of);
}

static struct err *
token_scopes(struct graphql_call *call, struct graphql_value *ret)
{
	struct str scopes = graphql_record(call)->token.scopes;
	struct graphql_value *items =
	    arena_array(call->arena, struct graphql_value, scopes.len + 1);
	size_t count = 0;

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list scopes");
	while (!str_empty(scopes)) {
		struct str word = str_cut(&scopes, ' ');

		if (!str_empty(word))
			items[count++] = graphql_text(word);
	}
	*ret = graphql_list(items, count);
	return NULL;
}

/* When and from where all tokens of ${batch} were last used. */
static struct err *
find_uses(struct graphql_batch *batch, struct store_token_use **ret, size_t *ret_count)
{
	struct graphql_wanted ids;

	TRY(graphql_wanted_begin(batch, batch->count, &ids));
	for (size_t i = 0; i < batch->count; i++)
		graphql_wanted_add(&ids, ((const struct record *)batch->parents[i])->id);
	graphql_wanted_sort(&ids);
	*ret = arena_array(batch->call.arena, struct store_token_use, ids.count + 1);
	*ret_count = 0;
	if (*ret == NULL)
		return ERR(batch->call.arena, ERR_LIMIT, "no memory left to look at tokens");
	for (size_t i = 0; i < ids.count; i += STORE_ROWS_MAX) {
		size_t left = ids.count - i, count;

		TRY(store_find_token_uses(graphql_asker(&batch->call)->app.session,
		    batch->call.arena, &ids.ids[i], left < STORE_ROWS_MAX ? left : STORE_ROWS_MAX,
		    *ret + *ret_count, &count));
		*ret_count += count;
	}
	return NULL;
}

static const struct store_token_use *
use_of(const struct store_token_use *uses, size_t count, const void *record)
{
	for (size_t i = 0; i < count; i++) {
		if (uuid_equal(uses[i].token, ((const struct record *)record)->id))
			return &uses[i];
	}
	return NULL;
}

static struct err *
token_last_used_at(struct graphql_batch *batch)
{
	struct store_token_use *uses;
	size_t count;

	TRY(find_uses(batch, &uses, &count));
	for (size_t i = 0; i < batch->count; i++) {
		const struct store_token_use *use = use_of(uses, count, batch->parents[i]);

		if (use != NULL)
			batch->values[i] = graphql_moment_value(&batch->call, use->at);
	}
	return NULL;
}

static struct err *
token_last_used_from(struct graphql_batch *batch)
{
	struct store_token_use *uses;
	size_t count;

	TRY(find_uses(batch, &uses, &count));
	for (size_t i = 0; i < batch->count; i++) {
		const struct store_token_use *use = use_of(uses, count, batch->parents[i]);

		if (use != NULL)
			batch->values[i] = graphql_text_or_null(use->address);
	}
	return NULL;
}

static struct err *
token_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(graphql_record(call)->token.name);
	return NULL;
}

static struct err *
token_expires_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, graphql_record(call)->token.expires);
	return NULL;
}

static struct err *
token_revoked_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, graphql_record(call)->token.revoked_at);
	return NULL;
}

const struct graphql_binding graphql_token_bindings[] = {
	{ STR("Query.tokens"), query_tokens },
	{ STR("Mutation.issueToken"), mutation_issue_token },
	{ STR("Mutation.revokeToken"), mutation_revoke_token },
	{ STR("IssueTokenSuccess.token"), issued_token },
	{ STR("IssueTokenSuccess.secret"), issued_secret },
	{ STR("TokenSuccess.token"), success_token },
	{ STR("TokenConnection.edges"), graphql_page_edges },
	{ STR("TokenConnection.pageInfo"), graphql_page_page_info },
	{ STR("TokenEdge.cursor"), graphql_edge_cursor },
	{ STR("TokenEdge.node"), graphql_edge_node },
	{ STR("Token.id"), graphql_record_id },
	{ STR("Token.version"), graphql_record_version },
	{ STR("Token.scopes"), token_scopes },
	{ STR("Token.name"), token_name },
	{ STR("Token.expiresAt"), token_expires_at },
	{ STR("Token.revokedAt"), token_revoked_at },
};
const size_t graphql_token_binding_count = COUNT_OF(graphql_token_bindings);

const struct graphql_batch_binding graphql_token_loaders[] = {
	{ STR("Token.user"), token_users },
	{ STR("Token.lastUsedAt"), token_last_used_at },
	{ STR("Token.lastUsedFrom"), token_last_used_from },
};
const size_t graphql_token_loader_count = COUNT_OF(graphql_token_loaders);
