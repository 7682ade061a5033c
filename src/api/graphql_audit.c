#include "api/graphql_wanted.h"
#include "app/audit_log.h"

static struct err *
query_audit_log(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *given = graphql_argument(call, STR("event"));
	struct str event = given != NULL && given->type == JSON_TEXT ? given->text : STR("");
	struct record_page_query query = { .kind = RECORD_AUDIT };
	struct record_page page;
	bool go;

	graphql_permits(call, OPERATION_audit_log, &go);
	if (go)
		graphql_page_arguments(call, &query, &go);
	if (!go)
		return NULL;
	if (!str_empty(event) && !app_audit_event_exists(event)) {
		graphql_fail(call, STR("BAD_USER_INPUT"),
		    STR("event is no event of the audit, such as SignedIn"));
		return NULL;
	}
	TRY(app_list_audit(&graphql_asker(call)->app, &query, event, &page));
	return graphql_page_answer(call, &page, STR("AuditEdge"), STR("AuditEntry"), ret);
}

static struct uuid
user_of(const void *record)
{
	return ((const struct record *)record)->audit.user;
}

/* Who did it, by handle; null for somebody who is no member, such as the platform's operator. */
static struct err *
audit_users(struct graphql_batch *batch)
{
	return graphql_load_users(batch, user_of);
}

static struct err *
audit_at(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_moment_value(call, graphql_record(call)->changed_at);
	return NULL;
}

static struct err *
audit_event(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(graphql_record(call)->audit.event);
	return NULL;
}

static struct err *
audit_via(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->audit.via);
	return NULL;
}

static struct err *
audit_address(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->audit.address);
	return NULL;
}

static struct err *
audit_operation(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->audit.operation);
	return NULL;
}

static struct err *
audit_subject(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_id_value(call, graphql_record(call)->audit.subject);
	return NULL;
}

static struct err *
audit_detail(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text_or_null(graphql_record(call)->audit.detail);
	return NULL;
}

const struct graphql_binding graphql_audit_bindings[] = {
	{ STR("Query.auditLog"), query_audit_log },
	{ STR("AuditConnection.edges"), graphql_page_edges },
	{ STR("AuditConnection.pageInfo"), graphql_page_page_info },
	{ STR("AuditEdge.cursor"), graphql_edge_cursor },
	{ STR("AuditEdge.node"), graphql_edge_node },
	{ STR("AuditEntry.id"), graphql_record_id },
	{ STR("AuditEntry.at"), audit_at },
	{ STR("AuditEntry.event"), audit_event },
	{ STR("AuditEntry.via"), audit_via },
	{ STR("AuditEntry.address"), audit_address },
	{ STR("AuditEntry.operation"), audit_operation },
	{ STR("AuditEntry.subject"), audit_subject },
	{ STR("AuditEntry.detail"), audit_detail },
};
const size_t graphql_audit_binding_count = COUNT_OF(graphql_audit_bindings);

const struct graphql_batch_binding graphql_audit_loaders[] = {
	{ STR("AuditEntry.user"), audit_users },
};
const size_t graphql_audit_loader_count = COUNT_OF(graphql_audit_loaders);
