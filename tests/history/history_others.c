#include <stdio.h>

#include "history/history_worker.h"
#include "store/store_archive.h"
#include "store/store_feed.h"

/* Everybody else: who gives positions, reads, looks, builds, makes room, and is a stranger. */

/* ---- sequencers and readers ---- */

void
history_sequence(struct worker *worker)
{
	while (!worker_stops()) {
		struct arena_mark mark = arena_mark(worker->arena);
		int64_t head = 0;
		size_t count = 0;
		bool leads = false;
		struct err *err =
		    store_sequence(worker->session, worker->arena, &head, &leads, &count);

		if (err != NULL)
			worker_fault(worker, worker->name, err);
		else if (count > 0)
			worker_line(worker, "gave %lld %zu", (long long)head, count);
		arena_release(worker->arena, mark);
		worker_may_die(worker, 2000);
		/* Now and then a tick is a long one, with many transactions in it. */
		if (leads && worker_random(worker, 8) == 0)
			worker_rest(worker, 400000);
		else
			worker_rest(worker, leads ? 8000 : 30000);
	}
}

void
history_read(struct worker *worker)
{
	int64_t position = 0;

	while (!worker_stops()) {
		struct arena_mark mark = arena_mark(worker->arena);
		struct store_events events = { 0 };
		struct err *err = store_read_log(worker->session, worker->arena, position,
		    1 + worker_random(worker, 200), &events);

		if (err != NULL)
			worker_fault(worker, worker->name, err);
		for (size_t i = 0; err == NULL && i < events.count; i++) {
			struct str id = uuid_text(worker->arena, events.at[i].id);

			position = events.at[i].position;
			worker_line(worker, "saw %lld %.*s", (long long)position, STR_ARG(id));
		}
		arena_release(worker->arena, mark);
		worker_rest(worker, worker->index % 2 == 0 ? 3000 : 120000);
	}
}

/* ---- the board ---- */

void
history_view(struct worker *worker)
{
	const struct store_board_filter everything = { .status_count = 0 };

	while (!worker_stops()) {
		struct arena_mark mark = arena_mark(worker->arena);
		struct store_board_rows rows = { 0 };
		int64_t count = 0;
		struct err *err;

		if (worker_random(worker, 2) == 0) {
			err =
			    store_count_board(worker->session, worker->arena, &everything, &count);
		} else {
			err = store_list_board(worker->session, worker->arena, &everything,
			    HISTORY_BOARD_ROWS + 10, &rows);
			count = (int64_t)rows.count;
		}
		if (err == NULL)
			worker_line(worker, "board %lld", (long long)count);
		else
			worker_fault(worker, worker->name, err);
		arena_release(worker->arena, mark);
		worker_rest(worker, 10000);
	}
}

void
history_board_row(uint64_t index, struct store_board_row *ret)
{
	static const struct geo_point point = { -97.75, 30.3 };
	static char numbers[HISTORY_BOARD_ROWS][24];

	(void)snprintf(
	    numbers[index], sizeof(numbers[index]), "HC-MFR-%05llu-1", (unsigned long long)index);
	*ret = (struct store_board_row){ .eco = history_stream_id(index),
		.version = 1,
		.position = 1,
		.noc = history_noc(),
		.osp = history_osp(),
		.job_number = str_from_z(numbers[index]),
		.location = { GEO_POINT, &point, 1 },
		.created_at = { (int64_t)index + 1 },
		.updated_at = { 1 } };
}

/* Build the board that is not live, some rows at a time, and switch to it. */
static struct err *
build_board(struct worker *worker)
{
	struct store_board_row rows[HISTORY_BOARD_ROWS];
	int64_t build;

	TRY(store_begin_build(worker->session, worker->arena, STR("eco_board"), &build));
	for (uint64_t first = 0; first < HISTORY_BOARD_ROWS; first += 8) {
		for (uint64_t i = 0; i < 8; i++)
			history_board_row(first + i, &rows[i]);
		TRY(store_put_board(worker->session, worker->arena, build, rows, 8));
		worker_may_die(worker, 60);
		worker_rest(worker, 10000);
	}
	/* Nobody else follows for the board here: both builds come as far as the log. */
	(void)worker_raw(worker,
	    "UPDATE strike.slot SET position = (SELECT last_position FROM strike.log_head)"
	    " WHERE subscription IN ('eco_board.1', 'eco_board.2')");
	TRY(store_switch_build(worker->session, worker->arena, STR("eco_board"), build));
	worker_line(worker, "switched %lld", (long long)build);
	return NULL;
}

void
history_build(struct worker *worker)
{
	while (!worker_stops()) {
		struct arena_mark mark = arena_mark(worker->arena);
		struct err *err = build_board(worker);

		if (err != NULL)
			worker_fault(worker, worker->name, err);
		arena_release(worker->arena, mark);
		worker_rest(worker, 60000);
	}
}

/* ---- partitions ---- */

static struct err *
keep_partitions(struct worker *worker)
{
	struct store_partition archived;
	int64_t made;
	struct err *err;

	TRY(store_make_partitions(worker->session, worker->arena, &made));
	if (worker_random(worker, 4) != 0)
		return NULL;
	/* Nobody follows for the policies here. */
	(void)worker_raw(worker,
	    "UPDATE strike.slot SET position = (SELECT last_position FROM strike.log_head)"
	    " WHERE subscription = 'policies'");
	err = store_archive_oldest(worker->session, worker->arena, &archived);
	if (err == NULL)
		worker_line(worker, "archived %.*s", STR_ARG(archived.name));
	return err != NULL && err->kind != ERR_CONFLICT ? err : NULL;
}

void
history_partition(struct worker *worker)
{
	while (!worker_stops()) {
		struct arena_mark mark = arena_mark(worker->arena);
		struct err *err = keep_partitions(worker);

		if (err != NULL)
			worker_fault(worker, worker->name, err);
		arena_release(worker->arena, mark);
		worker_rest(worker, 200000);
	}
}

/* ---- a stranger ---- */

/* Whether ${err} is what a stranger may hear: that the stream is not where it thought. */
static bool
is_closed(const struct err *err)
{
	return err != NULL && err->kind == ERR_CONFLICT;
}

static struct err *
look_around(struct worker *worker, uint64_t index)
{
	const struct store_board_filter everything = { .status_count = 0 };
	struct store_append_result result;
	struct store_events events;
	int64_t rows;
	bool visible;

	TRY(store_read_stream(
	    worker->session, worker->arena, history_stream_id(index), 0, 10, &events));
	if (events.count > 0)
		worker_line(worker, "leak events of stream %llu", (unsigned long long)index);
	TRY(store_count_board(worker->session, worker->arena, &everything, &rows));
	if (rows > 0)
		worker_line(worker, "leak %lld rows of the board", (long long)rows);
	TRY(store_find_command(worker->session, worker->arena, history_noc(),
	    uuid_from_name(STR("a0.1.1/0")), sha256_of(STR("a0.1.1")), &result));
	if (result.outcome != STORE_APPENDED)
		worker_line(worker, "leak a key");
	TRY(store_is_visible(worker->session, worker->arena, STR("eco_board"),
	    history_stream_id(index), 1, &visible));
	if (visible)
		worker_line(worker, "leak that something is visible");
	return NULL;
}

/* An append to somebody else's stream, at any version, is one to a stream that has moved on. */
static void
push_in(struct worker *worker, uint64_t index)
{
	struct store_event event = { .id = uuid_from_name(arena_printf(worker->arena, "%s %lld",
					 worker->name, (long long)++worker->ops)),
		.type = STR("NoteAdded"),
		.schema_version = 1,
		.actor = { .kind = STORE_ACTOR_USER, .name = STR("stranger") },
		.payload = STR("{\"op\":\"stranger\"}") };
	struct store_append append = { .stream = history_stream_id(index),
		.expected_version = (int64_t)worker_random(worker, 3),
		.noc = history_noc(),
		.osp = history_osp(),
		.events = &event,
		.event_count = 1 };
	struct store_append_result result;
	struct err *err = store_append(worker->session, worker->arena, &append, &result);

	if (err == NULL)
		worker_line(worker, "leak an append to stream %llu", (unsigned long long)index);
	else if (!is_closed(err) && err->kind != ERR_UNAVAILABLE && err->kind != ERR_UNCERTAIN)
		worker_line(worker, "leak %.*s", STR_ARG(err->message));
}

void
history_be_strange(struct worker *worker)
{
	while (!worker_stops()) {
		struct arena_mark mark = arena_mark(worker->arena);
		uint64_t index = worker_random(worker, HISTORY_STREAMS);
		struct err *err = look_around(worker, index);

		if (err == NULL) {
			push_in(worker, index);
			worker_line(worker, "stranger 5");
		}
		arena_release(worker->arena, mark);
		worker_rest(worker, 30000);
	}
}
