#include <stdio.h>
#include <unistd.h>

#include "history/history_worker.h"
#include "store/store_adapter.h"

#define CONFLICTS_MAX 200
#define EVENTS_MAX    10
#define BETWEEN_US    2000
#define DIES_ONE_IN   400

/* What an op is to do. */
struct plan {
	char op[HISTORY_NAME_MAX];
	uint64_t streams[HISTORY_STREAMS_MAX]; /* their indexes; none twice */
	size_t stream_count;
	int64_t counts[HISTORY_STREAMS_MAX]; /* events for each */
	bool keyed, in_transaction, early, numbered, gives_up, savepoint, slow, loses_answer;
	int64_t expected[HISTORY_STREAMS_MAX];
	int64_t job;
	int key_number; /* of those who take a fresh key for a repetition */
	bool was_repeated;
};

/* What an attempt came to. */
enum came { CAME_DONE, CAME_LOST, CAME_AGAIN, CAME_UNSURE, CAME_UNDONE };

static int64_t versions[HISTORY_STREAMS]; /* as far as this process knows */

static bool
one_in(struct worker *worker, uint64_t n)
{
	return worker_random(worker, n) == 0;
}

static uint64_t
pick_stream(struct worker *worker)
{
	/* Those with fresh keys spoil streams of their own. */
	if (worker->letter == 'g')
		return HISTORY_STREAMS - 1 - worker_random(worker, 3);
	if (!one_in(worker, 3))
		return worker_random(worker, one_in(worker, 2) ? 2 : HISTORY_HOT);
	return HISTORY_HOT + worker_random(worker, HISTORY_STREAMS - HISTORY_HOT - 3);
}

static void
pick_streams(struct worker *worker, struct plan *plan)
{
	size_t wanted = one_in(worker, 6) && worker->letter == 'a'
			    ? 2 + worker_random(worker, HISTORY_STREAMS_MAX - 1)
			    : 1;

	while (plan->stream_count < wanted) {
		uint64_t stream = pick_stream(worker);
		bool again = false;

		for (size_t i = 0; i < plan->stream_count; i++)
			again |= plan->streams[i] == stream;
		if (again)
			continue;
		plan->counts[plan->stream_count] =
		    one_in(worker, 2) ? 1 : 1 + (int64_t)worker_random(worker, EVENTS_MAX);
		plan->streams[plan->stream_count++] = stream;
	}
}

static void
make_plan(struct worker *worker, struct plan *plan)
{
	*plan = (struct plan){ .job = 0 };
	(void)snprintf(
	    plan->op, sizeof(plan->op), "%s.%lld", worker->name, (long long)++worker->ops);
	pick_streams(worker, plan);
	plan->keyed = worker->letter == 'g' || one_in(worker, 2);
	plan->in_transaction = worker->letter == 'a' && one_in(worker, 3);
	plan->early = plan->in_transaction && one_in(worker, 2);
	/* Where others write meanwhile, so that theirs gets a later id and an earlier version. */
	if (plan->early) {
		plan->stream_count = 1;
		plan->streams[0] = worker_random(worker, 2);
	}
	plan->numbered = plan->in_transaction && one_in(worker, 4);
	plan->gives_up = plan->in_transaction && one_in(worker, 6);
	plan->savepoint = plan->in_transaction && one_in(worker, 4);
	plan->slow = plan->in_transaction && one_in(worker, 3);
	plan->loses_answer = plan->keyed && one_in(worker, worker->letter == 'g' ? 3 : 10);
}

/* ---- making the append ---- */

static struct store_event *
make_events(struct worker *worker, const struct plan *plan, size_t stream, int64_t first)
{
	int64_t count = plan->counts[stream];
	struct store_event *events = arena_array(worker->arena, struct store_event, (size_t)count);
	bool poison = plan->streams[stream] % 50 == 7;

	CHECK(events != NULL);
	for (int64_t i = 0; i < count; i++) {
		/* Who takes a fresh key believes that it is another thing, down to the ids. */
		struct str name = arena_printf(worker->arena, "%s/%lld/%d", plan->op,
		    (long long)(first + i), plan->key_number);

		events[i] = (struct store_event){ .id = uuid_from_name(name),
			.type = STR("NoteAdded"),
			.schema_version = 1,
			.occurred_at = { worker->ops },
			.actor = { .kind = STORE_ACTOR_PROCESS, .name = STR("history") },
			.payload = arena_printf(worker->arena,
			    "{\"op\":\"%s\",\"ordinal\":%lld,\"job\":%lld,\"poison\":%d}", plan->op,
			    (long long)(first + i), first + i == 0 ? (long long)plan->job : 0LL,
			    poison && i == 0 && plan->key_number == 0) };
	}
	return events;
}

static void
make_append(struct worker *worker, const struct plan *plan, struct store_append *ret)
{
	struct store_also *also =
	    arena_array(worker->arena, struct store_also, HISTORY_STREAMS_MAX);
	int64_t first = 0;

	CHECK(also != NULL);
	for (size_t i = 0; i < plan->stream_count; i++) {
		also[i] = (struct store_also){ .stream = history_stream_id(plan->streams[i]),
			.expected_version = plan->expected[i],
			.noc = history_noc(),
			.osp = history_osp(),
			.events = make_events(worker, plan, i, first),
			.event_count = (size_t)plan->counts[i] };
		first += plan->counts[i];
	}
	*ret = (struct store_append){ .stream = also[0].stream,
		.expected_version = also[0].expected_version,
		.noc = history_noc(),
		.osp = history_osp(),
		.events = also[0].events,
		.event_count = also[0].event_count,
		.also = also + 1,
		.also_count = plan->stream_count - 1 };
	if (!plan->keyed)
		return;
	ret->command_scope = history_noc();
	ret->command_key =
	    uuid_from_name(arena_printf(worker->arena, "%s/%d", plan->op, plan->key_number));
	ret->body_hash = sha256_of(str_from_z(plan->op));
	ret->answer = str_from_z(plan->op);
}

/* ---- one attempt ---- */

static enum came
came_to(struct worker *worker, const struct plan *plan, const struct err *err)
{
	if (err->kind == ERR_CONFLICT) {
		/* A deadlock is a conflict too, but one that must never be. */
		if (str_find(err->message, STR("deadlock")) != SIZE_MAX)
			worker_fault(worker, plan->op, err);
		return CAME_LOST;
	}
	worker_fault(worker, plan->op, err);
	return err->kind == ERR_UNCERTAIN ? CAME_UNSURE : CAME_AGAIN;
}

/* How far each of the streams has come. */
static struct err *
load_versions(struct worker *worker, struct plan *plan)
{
	for (size_t i = 0; i < plan->stream_count; i++) {
		int64_t *version = &versions[plan->streams[i]];
		struct store_events events;

		do {
			TRY(store_read_stream(worker->session, worker->arena,
			    history_stream_id(plan->streams[i]), *version, STORE_ROWS_MAX,
			    &events));
			*version += (int64_t)events.count;
		} while (events.count == STORE_ROWS_MAX);
		plan->expected[i] = *version;
	}
	return NULL;
}

static void
write_attempt(struct worker *worker, const struct plan *plan)
{
	for (size_t i = 0; i < plan->stream_count; i++) {
		char id[UUID_TEXT_LENGTH + 1];
		struct buf text = buf_over(id, sizeof(id));

		uuid_format(history_stream_id(plan->streams[i]), &text);
		worker_line(worker, "try %s %.*s %lld %zu", plan->op, STR_ARG(buf_view(&text)),
		    (long long)plan->expected[i], i);
	}
}

/* Write something of the first stream behind a savepoint, and take it back. */
static void
try_out(struct worker *worker, const struct plan *plan)
{
	struct plan trial = *plan;
	struct store_append append;
	struct store_append_result result;

	trial.stream_count = 1;
	trial.keyed = false;
	trial.key_number = 1000;
	make_append(worker, &trial, &append);
	if (!worker_raw(worker, "SAVEPOINT trial"))
		return;
	if (store_append(worker->session, worker->arena, &append, &result) == NULL)
		(void)worker_raw(worker, "ROLLBACK TO trial");
}

/* Begin the plan's transaction: with an id from the start, a job number, a trial. */
static struct err *
begin_plan(struct worker *worker, struct plan *plan)
{
	struct store_events none;

	TRY(store_begin(worker->session, worker->arena, UUID_NIL));
	/* The store may put off its BEGIN until there is something to do. */
	TRY(store_read_stream(
	    worker->session, worker->arena, uuid_from_name(STR("no stream")), 0, 1, &none));
	if (plan->early)
		(void)worker_raw(worker, "SELECT pg_current_xact_id()");
	worker_may_die(worker, DIES_ONE_IN);
	if (plan->early)
		worker_rest(worker, 40000);
	TRY(load_versions(worker, plan));
	if (plan->numbered)
		TRY(store_take_job_number(worker->session, worker->arena, history_noc(),
		    history_osp(), JOB_TYPE_MFR, &plan->job));
	if (plan->slow)
		worker_rest(worker, 20000);
	return NULL;
}

static enum came
attempt(struct worker *worker, struct plan *plan, struct store_append_result *result)
{
	struct store_append append;
	struct err *err =
	    plan->in_transaction ? begin_plan(worker, plan) : load_versions(worker, plan);

	if (err != NULL) {
		store_rollback(worker->session);
		return came_to(worker, plan, err);
	}
	if (plan->savepoint)
		try_out(worker, plan);
	if (plan->in_transaction && !worker->session->open)
		return CAME_AGAIN;
	make_append(worker, plan, &append);
	write_attempt(worker, plan);
	worker_may_die(worker, DIES_ONE_IN);
	err = store_append(worker->session, worker->arena, &append, result);
	if (err != NULL || result->outcome != STORE_APPENDED)
		return err != NULL ? came_to(worker, plan, err) : CAME_DONE;
	worker_may_die(worker, DIES_ONE_IN);
	if (plan->slow)
		worker_rest(worker, 20000);
	if (plan->gives_up) {
		store_rollback(worker->session);
		return CAME_UNDONE;
	}
	if (plan->in_transaction)
		err = store_commit(worker->session, worker->arena);
	worker_may_die(worker, DIES_ONE_IN);
	return err == NULL ? CAME_DONE : came_to(worker, plan, err);
}

/* ---- one op ---- */

/* The key with another body must be refused; at times it is tried. */
static void
try_other_body(struct worker *worker, const struct plan *plan)
{
	struct store_append append;
	struct store_append_result result;
	struct err *err;

	make_append(worker, plan, &append);
	append.body_hash = sha256_of(STR("another body"));
	err = store_append(worker->session, worker->arena, &append, &result);
	if (err == NULL)
		worker_line(worker, "body %s %s", plan->op,
		    result.outcome == STORE_KEY_REUSED ? "refused" : "accepted");
}

static void
write_done(struct worker *worker, const struct plan *plan, const struct store_append_result *result)
{
	char answer[HISTORY_NAME_MAX] = "-";

	if (result->outcome == STORE_REPEATED)
		(void)snprintf(answer, sizeof(answer), "%.*s", STR_ARG(result->answer));
	if (result->outcome == STORE_KEY_REUSED)
		(void)snprintf(answer, sizeof(answer), "reused");
	worker_line(worker, "done %s %s", plan->op, answer);
}

/* Whether the op is over, after an attempt came to ${came}. */
static bool
is_over(struct worker *worker, struct plan *plan, enum came came,
    const struct store_append_result *result, int *conflicts)
{
	switch (came) {
	case CAME_DONE:
		if (!plan->loses_answer) {
			write_done(worker, plan, result);
			return true;
		}
		/* As if the answer had been lost on the way: the same key again. */
		plan->loses_answer = false;
		plan->key_number += worker->letter == 'g';
		return false;
	case CAME_UNDONE:
		worker_line(worker, "undone %s", plan->op);
		return true;
	case CAME_LOST:
		worker_line(worker, "lost %s", plan->op);
		if (++*conflicts < CONFLICTS_MAX)
			return false;
		worker_line(worker, "gaveup %s", plan->op);
		return true;
	case CAME_UNSURE:
		plan->key_number += worker->letter == 'g';
		return !plan->keyed;
	case CAME_AGAIN:
		break;
	}
	(void)usleep(10000);
	return false;
}

static void
do_op(struct worker *worker)
{
	int64_t after = worker_number(worker, "SELECT last_position FROM strike.log_head", 0);
	int64_t wants = 0;
	struct plan plan;
	int conflicts = 0;

	make_plan(worker, &plan);
	for (size_t i = 0; i < plan.stream_count; i++)
		wants += plan.counts[i];
	worker_line(worker, "intend %s %lld %lld", plan.op, (long long)wants, (long long)after);
	for (;;) {
		struct arena_mark mark = arena_mark(worker->arena);
		struct store_append_result result = { .outcome = STORE_APPENDED };
		enum came came = attempt(worker, &plan, &result);
		bool over = is_over(worker, &plan, came, &result, &conflicts);

		if (over && came == CAME_DONE && plan.keyed && one_in(worker, 20))
			try_other_body(worker, &plan);
		arena_release(worker->arena, mark);
		if (over)
			return;
	}
}

void
history_append(struct worker *worker)
{
	while (!worker_stops()) {
		do_op(worker);
		worker_rest(worker, BETWEEN_US);
	}
}
