#include <libpq-fe.h>

#include "base/json.h"
#include "fault/kill_world.h"
#include "support/unit.h"

/* What is counted in the database after a play, and what the count must be. */
struct rule {
	const char *what;
	const char *query; /* $1 is the present moment */
	int64_t wanted;
};

static const struct rule rules[] = {
	{ "ECOs created", "SELECT count(*) FROM strike.event WHERE type = 'ECOCreated'", 1 },
	{ "attempts recorded twice, or left out",
	    "SELECT count(*) FROM (SELECT (convert_from(payload, "
	    "'UTF8')::jsonb->>'attempt')::bigint"
	    " AS attempt, row_number() OVER (ORDER BY version) AS number FROM strike.event"
	    " WHERE type = 'PageAttempted') a WHERE attempt <> number",
	    0 },
	{ "calls recorded twice",
	    "SELECT count(*) - count(DISTINCT convert_from(payload, 'UTF8')::jsonb->>'attempt')"
	    " FROM strike.event WHERE type = 'PagePlaced'",
	    0 },
	{ "attempts without their call",
	    "SELECT (SELECT count(*) FROM strike.event WHERE type = 'PageAttempted')"
	    " - (SELECT count(*) FROM strike.event WHERE type = 'PagePlaced')",
	    0 },
	{ "subsectors recorded",
	    "SELECT count(*) FROM strike.event WHERE type = 'RenderSubsectorCreated'", 1 },
	{ "tasks recorded", "SELECT count(*) FROM strike.event WHERE type = 'RenderTasked'", 1 },
	{ "streams whose versions are not 1 to n",
	    "SELECT count(*) FROM strike.stream s LEFT JOIN (SELECT stream_id, count(*) AS events,"
	    " min(version) AS first, max(version) AS last FROM strike.event GROUP BY stream_id) e"
	    " ON e.stream_id = s.id"
	    " WHERE (e.events, e.first, e.last) IS DISTINCT FROM (s.version, 1, s.version)",
	    0 },
	{ "events without a position",
	    "SELECT count(*) FROM strike.event e LEFT JOIN strike.log l USING (seq)"
	    " WHERE l.seq IS NULL",
	    0 },
	{ "gaps in the log", "SELECT max(position) - count(*) FROM strike.log", 0 },
	{ "events before their predecessor in the log",
	    "SELECT count(*) FROM (SELECT version, lag(version, 1, 0::bigint) OVER"
	    " (PARTITION BY stream_id ORDER BY position) AS before"
	    " FROM strike.log JOIN strike.event USING (seq)) x WHERE version <> before + 1",
	    0 },
	{ "slots that are behind",
	    "SELECT count(*) FROM strike.slot l JOIN strike.subscription s ON s.name = "
	    "l.subscription,"
	    " strike.log_head h WHERE s.mode IN ('live', 'standby') AND l.position <> "
	    "h.last_position",
	    0 },
	{ "subscriptions", "SELECT count(*) FROM strike.subscription WHERE mode = 'live'", 2 },
	{ "streams that are parked", "SELECT count(*) FROM strike.parked", 0 },
	{ "effects left undone", "SELECT count(*) FROM strike.outbox WHERE done_at IS NULL", 0 },
	{ "timers overdue", "SELECT count(*) FROM strike.timer WHERE due <= $1::timestamptz", 0 },
	{ "claims held",
	    "SELECT (SELECT count(*) FROM strike.timer WHERE owner IS NOT NULL)"
	    " + (SELECT count(*) FROM strike.outbox WHERE owner IS NOT NULL)",
	    0 },
	{ "ECOs on the board as they stand",
	    "SELECT count(*) FROM strike.eco_board b JOIN strike.stream s ON s.id = b.eco_id"
	    " AND s.version = b.version",
	    1 },
	{ "webhooks refused", "SELECT count(*) FROM strike.webhook_rejection", 0 },
};

/* The first value of ${query}, whose parameter is ${text}; -1 when it fails. */
static int64_t
number(struct kill_world *world, PGconn *conn, const char *query, const char *text)
{
	PGresult *result = PQexecParams(
	    conn, query, strstr(query, "$1") != NULL ? 1 : 0, NULL, &text, NULL, NULL, 0);
	int64_t value = -1;

	if (PQresultStatus(result) != PGRES_TUPLES_OK || PQntuples(result) != 1 ||
	    !str_parse_i64(str_from_z(PQgetvalue(result, 0, 0)), &value))
		kill_fail(world, "%s: %s", query, PQerrorMessage(conn));
	PQclear(result);
	return value;
}

static void
check_database(struct kill_world *world, PGconn *conn)
{
	const char *now =
	    arena_copy_z(world->arena, instant_text(world->arena, clock_now(world->clock)));

	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		int64_t found = number(world, conn, rules[i].query, now);

		if (found != rules[i].wanted)
			kill_fail(world, "%s: %lld, not %lld", rules[i].what, (long long)found,
			    (long long)rules[i].wanted);
	}
}

/* Nobody was called twice for the same attempt, which the URL names: the mock world counts. */
static void
check_counts(struct kill_world *world)
{
	const struct json *answer = kill_world_get(world, world->mock_url, "/control/counts");
	const struct json *calls = json_find(answer, STR("calls"));

	if (calls == NULL || calls->type != JSON_LIST) {
		kill_fail(world, "the mock world does not say how often it was called");
		return;
	}
	for (size_t i = 0; i < calls->list.count; i++) {
		const struct json *call = &calls->list.items[i];

		if (json_int_or(call, STR("count"), 0) != 1)
			kill_fail(world, "%.*s was called %lld times for the attempt %.*s",
			    STR_ARG(json_text_or(call, STR("to"), STR("?"))),
			    (long long)json_int_or(call, STR("count"), 0),
			    STR_ARG(json_text_or(call, STR("url"), STR("?"))));
	}
}

/* What the mock world did on our behalf. */
struct deeds {
	int64_t calls, texts, subsectors, tasks;
};

/* Count one entry of the journal; a call or text must be known to us by its id. */
static void
take_entry(struct kill_world *world, PGconn *conn, const struct json *entry, struct deeds *deeds)
{
	struct str kind = json_text_or(entry, STR("kind"), STR(""));
	struct str url = json_text_or(entry, STR("url"), STR(""));
	struct str id = json_text_or(entry, STR("id"), STR(""));
	bool made = json_int_or(entry, STR("httpStatus"), 0) == 201;
	bool call = str_equal(kind, STR("call")), text = str_equal(kind, STR("text"));

	deeds->calls += call;
	deeds->texts += text;
	if (made && str_equal(kind, STR("render"))) {
		deeds->subsectors += str_equal(url, STR("/v1/subsectors"));
		deeds->tasks += !str_equal(url, STR("/v1/subsectors"));
	}
	if ((call || text) &&
	    number(world, conn, "SELECT count(*) FROM strike.provider_id WHERE id = $1::text",
		arena_copy_z(world->arena, id)) != 1)
		kill_fail(world, "the %.*s %.*s is known to nobody", STR_ARG(kind), STR_ARG(id));
}

static void
check_deeds(struct kill_world *world, PGconn *conn)
{
	struct deeds deeds = { 0 };
	int64_t after = 0, last = 1;

	while (after < last) {
		const struct json *answer = kill_world_get(world, world->mock_url,
		    arena_printf(world->arena, "/control/journal?after=%lld", (long long)after)
			.ptr);
		const struct json *entries = json_find(answer, STR("entries"));

		if (entries == NULL || entries->type != JSON_LIST || entries->list.count == 0)
			break;
		for (size_t i = 0; i < entries->list.count; i++)
			take_entry(world, conn, &entries->list.items[i], &deeds);
		after += (int64_t)entries->list.count;
		last = json_int_or(answer, STR("last"), 0);
	}
	if (deeds.subsectors != 1 || deeds.tasks != 1)
		kill_fail(world, "the field system has %lld subsectors and %lld tasks of ours",
		    (long long)deeds.subsectors, (long long)deeds.tasks);
	if (number(world, conn, "SELECT count(*) FROM strike.event WHERE type = 'NOCAlerted'",
		NULL) != deeds.texts)
		kill_fail(
		    world, "%lld texts are not as many as were recorded", (long long)deeds.texts);
	if (number(world, conn, "SELECT count(*) FROM strike.event WHERE type = 'PageAttempted'",
		NULL) != deeds.calls)
		kill_fail(world, "%lld calls are not one for each attempt", (long long)deeds.calls);
}

void
kill_check(struct kill_world *world)
{
	PGconn *conn = PQconnectdb(world->conninfo);

	if (PQstatus(conn) == CONNECTION_OK) {
		check_database(world, conn);
		check_deeds(world, conn);
	} else {
		kill_fail(world, "%s", PQerrorMessage(conn));
	}
	check_counts(world);
	PQfinish(conn);
}
