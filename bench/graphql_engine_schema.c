#include "graphql_engine_schema.h"

/* The data and resolvers of bench/graphql/engine.graphql; bench/peers/graphql_js.mjs has the same.
 */

#define ORDERS 100

struct company {
	struct str id, handle, name;
	bool is_noc;
};

struct order {
	char id[4], number[16];
	int64_t index;
};

static const struct company noc = { STR("1"), STR("lone-star-noc"), STR("Lone Star Fiber NOC"),
	true };
static const struct company osp = { STR("2"), STR("hill-country-osp"),
	STR("Hill Country Line Services"), false };
static struct order orders[ORDERS];

static void
make_orders(void)
{
	for (size_t i = 0; i < ORDERS; i++) {
		struct buf id = buf_over(orders[i].id, sizeof(orders[i].id) - 1);
		struct buf number = buf_over(orders[i].number, sizeof(orders[i].number) - 1);

		orders[i] = (struct order){ .index = (int64_t)i };
		buf_printf(&id, "%zu", i);
		buf_printf(&number, "BN-MFR-%07zu", i);
	}
}

/* ---- Query ---- */

static struct err *
query_order(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *id = graphql_argument(call, STR("id"));
	int64_t index;

	if (str_parse_i64(id->text, &index) && index >= 0 && index < ORDERS)
		*ret = graphql_object(STR("Order"), &orders[index]);
	return NULL;
}

static struct err *
query_orders(struct graphql_call *call, struct graphql_value *ret)
{
	const struct json *first = graphql_argument(call, STR("first"));
	size_t count = first->integer < ORDERS ? (size_t)first->integer : ORDERS;
	struct graphql_value *items = arena_array(call->arena, struct graphql_value, count);

	if (items == NULL)
		return ERR(call->arena, ERR_LIMIT, "no memory left to list orders");
	for (size_t i = 0; i < count; i++)
		items[i] = graphql_object(STR("Order"), &orders[i]);
	*ret = graphql_list(items, count);
	return NULL;
}

/* ---- Order ---- */

static const struct order *
order(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
order_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(str_from_z(order(call)->id));
	return NULL;
}

static struct err *
order_version(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_int(order(call)->index % 7 + 1);
	return NULL;
}

static struct err *
order_number(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(str_from_z(order(call)->number));
	return NULL;
}

static struct err *
order_job_type(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(order(call)->index % 2 != 0 ? STR("CMR") : STR("MFR"));
	return NULL;
}

static struct err *
order_description(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("Loss of light on the ring between two hubs, reported by the "
				"\"alarm\" system"));
	return NULL;
}

static struct err *
order_urgent(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(order(call)->index % 3 == 0);
	return NULL;
}

static struct err *
order_minutes(struct graphql_call *call, struct graphql_value *ret)
{
	if (order(call)->index % 3 != 0)
		*ret = graphql_int(order(call)->index);
	return NULL;
}

static struct err *
order_distance(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_float((double)order(call)->index * 0.25 + 0.5);
	return NULL;
}

static struct err *
order_status(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("IN_PROGRESS"));
	return NULL;
}

static struct err *
order_words(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("reported complete, watching until 2026-01-06 14:05 UTC"));
	return NULL;
}

static struct err *
order_created_at(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("2026-01-05T02:14:07.000000Z"));
	return NULL;
}

static struct err *
order_updated_at(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_text(STR("2026-01-05T03:15:08.000000Z"));
	return NULL;
}

static struct err *
order_accepted_at(struct graphql_call *call, struct graphql_value *ret)
{
	if (order(call)->index % 2 != 0)
		*ret = graphql_text(STR("2026-01-05T02:16:30.000000Z"));
	return NULL;
}

static struct err *
order_noc(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_object(STR("Company"), &noc);
	return NULL;
}

static struct err *
order_osp(struct graphql_call *call, struct graphql_value *ret)
{
	(void)call;
	*ret = graphql_object(STR("Company"), &osp);
	return NULL;
}

static struct err *
order_next(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_object(STR("Order"), &orders[(order(call)->index + 1) % ORDERS]);
	return NULL;
}

/* ---- Company ---- */

static const struct company *
company(const struct graphql_call *call)
{
	return call->parent;
}

static struct err *
company_id(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(company(call)->id);
	return NULL;
}

static struct err *
company_handle(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(company(call)->handle);
	return NULL;
}

static struct err *
company_name(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_text(company(call)->name);
	return NULL;
}

static struct err *
company_is_noc(struct graphql_call *call, struct graphql_value *ret)
{
	*ret = graphql_bool(company(call)->is_noc);
	return NULL;
}

static const struct graphql_binding bindings[] = {
	{ .name = STR("Query.order"), .resolve = query_order },
	{ .name = STR("Query.orders"), .resolve = query_orders },
	{ .name = STR("Order.id"), .resolve = order_id },
	{ .name = STR("Order.version"), .resolve = order_version },
	{ .name = STR("Order.number"), .resolve = order_number },
	{ .name = STR("Order.jobType"), .resolve = order_job_type },
	{ .name = STR("Order.description"), .resolve = order_description },
	{ .name = STR("Order.urgent"), .resolve = order_urgent },
	{ .name = STR("Order.minutes"), .resolve = order_minutes },
	{ .name = STR("Order.distance"), .resolve = order_distance },
	{ .name = STR("Order.status"), .resolve = order_status },
	{ .name = STR("Order.words"), .resolve = order_words },
	{ .name = STR("Order.createdAt"), .resolve = order_created_at },
	{ .name = STR("Order.updatedAt"), .resolve = order_updated_at },
	{ .name = STR("Order.acceptedAt"), .resolve = order_accepted_at },
	{ .name = STR("Order.noc"), .resolve = order_noc },
	{ .name = STR("Order.osp"), .resolve = order_osp },
	{ .name = STR("Order.next"), .resolve = order_next },
	{ .name = STR("Company.id"), .resolve = company_id },
	{ .name = STR("Company.handle"), .resolve = company_handle },
	{ .name = STR("Company.name"), .resolve = company_name },
	{ .name = STR("Company.isNoc"), .resolve = company_is_noc },
};

struct err *
graphql_engine_schema(struct arena *arena, struct str sdl, struct graphql_schema **ret)
{
	make_orders();
	TRY(graphql_schema_parse(arena, sdl, ret));
	return graphql_schema_bind(arena, *ret, bindings, COUNT_OF(bindings), NULL, 0);
}
