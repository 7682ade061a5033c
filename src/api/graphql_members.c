#include "api/graphql_record.h"
#include "app/members.h"

static struct err *
query_members(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *removed = graphql_argument(call, STR("removed"));
	struct record_page_query query = { .kind = RECORD_MEMBERSHIP };
	struct record_page page;
	bool go;

	graphql_permits(call, OPERATION_members, &go);
	if (go)
		graphql_page_arguments(call, &query, &go);
	if (!go)
		return NULL;
	TRY(app_list_members(&graphql_asker(call)->app, &query,
	    removed != NULL && removed->type == JSON_BOOL && removed->boolean, &page));
	return graphql_page_answer(call, &page, STR("MemberEdge"), STR("Member"), ret);
}

static struct err *
respond(
    struct graphql_call *call, const struct app_record_answer *answer, struct graphql_value *ret)
{
	if (answer->refused)
		return graphql_refused(call, &answer->refusal, ret);
	return graphql_find_record(call, RECORD_MEMBERSHIP, answer->id, STR("MemberSuccess"), ret);
}

static struct err *
mutation_invite_member(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_input(call);
	const struct app_invite_member input = {
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, OPERATION_invite_member, given),
		.email = json_text_or(given, STR("email"), STR("")),
		.name = json_text_or(given, STR("name"), STR("")),
		.role = json_text_or(given, STR("role"), STR("")),
	};
	struct app_record_answer answer;

	TRY(app_invite_member(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct app_change_member
read_change(struct graphql_call *call, enum app_operation operation)
{
	const struct json *given = graphql_input(call);

	return (struct app_change_member){
		.command = graphql_command(given),
		.body = record_body_hash(call->arena, operation, given),
		.member = graphql_id(given, STR("member")),
		.role = json_text_or(given, STR("role"), STR("")),
		.reason = json_text_or(given, STR("reason"), STR("")),
	};
}

static struct err *
mutation_change_member_role(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_change_member input = read_change(call, OPERATION_change_member_role);
	struct app_record_answer answer;

	TRY(app_change_member_role(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct err *
mutation_remove_member(struct graphql_call *call, struct graphql_value *ret)
{
	const struct app_change_member input = read_change(call, OPERATION_remove_member);
	struct app_record_answer answer;

	TRY(app_remove_member(&graphql_asker(call)->app, &input, &answer));
	return respond(call, &answer, ret);
}

static struct err *
success_member(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Member"), call->parent);
	return NULL;
}

static struct err *
member_user_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_id_value(call, graphql_record(call)->membership.user);
	return NULL;
}

static struct err *
member_user(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->membership.handle);
	return NULL;
}

static struct err *
member_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->membership.name);
	return NULL;
}

static struct err *
member_email(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->membership.email);
	return NULL;
}

static struct err *
member_role(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(graphql_record(call)->membership.role);
	return NULL;
}

static struct err *
member_state(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(
	    eco_word_name(&membership_state_words, graphql_record(call)->membership.state));
	return NULL;
}

const struct graphql_binding graphql_member_bindings[] = {
	{ STR("Query.members"), query_members },
	{ STR("Mutation.inviteMember"), mutation_invite_member },
	{ STR("Mutation.changeMemberRole"), mutation_change_member_role },
	{ STR("Mutation.removeMember"), mutation_remove_member },
	{ STR("MemberSuccess.member"), success_member },
	{ STR("MemberConnection.edges"), graphql_page_edges },
	{ STR("MemberConnection.pageInfo"), graphql_page_page_info },
	{ STR("MemberEdge.cursor"), graphql_edge_cursor },
	{ STR("MemberEdge.node"), graphql_edge_node },
	{ STR("Member.id"), graphql_record_id },
	{ STR("Member.version"), graphql_record_version },
	{ STR("Member.userId"), member_user_id },
	{ STR("Member.user"), member_user },
	{ STR("Member.name"), member_name },
	{ STR("Member.email"), member_email },
	{ STR("Member.role"), member_role },
	{ STR("Member.state"), member_state },
};
const size_t graphql_member_binding_count = COUNT_OF(graphql_member_bindings);
