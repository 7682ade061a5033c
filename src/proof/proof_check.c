#include "proof/proof_check.h"

#include "base/hex.h"
#include "proof/proof_line.h"

/* What is being read, and what is wrong with it. */
struct reading {
	struct proof_check *check;
	struct arena *arena;
	const struct proof_line *line;
	struct str *problem;
};

static bool fails(const struct reading *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Always false. */
static bool
fails(const struct reading *at, const char *format, ...)
{
	char text[512];
	va_list args;
	size_t length;

	va_start(args, format);
	length = buf_format(text, sizeof(text), format, args);
	va_end(args);
	*at->problem = arena_printf(
	    at->arena, "line %lld: %.*s", (long long)at->check->lines, (int)length, text);
	if (str_empty(*at->problem))
		*at->problem = STR("there is no memory left to say what is wrong");
	return false;
}

/* ---- what vouches ---- */

/* A tick that is behind us: if it is the head that was asked for, all before it is under it. */
static void
leave_tick(struct proof_check *check)
{
	bool open = check->stage == PROOF_TICK || check->stage == PROOF_SIGNED;

	if (open && check->has_head && sha256_equal(check->tick.hash, check->head))
		check->loose_of_head = 0;
}

/* A run is behind us: it had a tick, and nothing of it may hang in the air. */
static bool
leave_run(const struct reading *at)
{
	struct proof_check *check = at->check;

	if (check->stage == PROOF_RUNNING)
		return fails(at, "the run before it has no tick");
	leave_tick(check);
	if (check->key != NULL && check->loose_of_key > 0)
		return fails(at, "%lld events before it are under no signature of the given key",
		    (long long)check->loose_of_key);
	if (check->has_head && check->loose_of_head > 0)
		return fails(at,
		    "%lld events before it are not under the given head: it is of another history, "
		    "is older than they are, or the proof is not one to a head "
		    "(\"strike prove --to-head\" makes one)",
		    (long long)check->loose_of_head);
	return true;
}

/* ---- line by line ---- */

static bool
on_header(const struct reading *at)
{
	if (at->check->stage != PROOF_NEW)
		return fails(at, "a proof says only once whose it is");
	at->check->eco = at->line->eco;
	at->check->stage = PROOF_NAMED;
	return true;
}

static bool
on_run(const struct reading *at)
{
	struct proof_check *check = at->check;

	if (!leave_run(at))
		return false;
	check->before = at->line->before;
	check->runs++;
	check->stage = PROOF_RUNNING;
	return true;
}

static bool
on_tick(const struct reading *at)
{
	struct proof_check *check = at->check;
	const struct store_tick *tick = &at->line->tick;
	bool chained = check->stage == PROOF_TICK || check->stage == PROOF_SIGNED;

	if (check->stage == PROOF_NAMED)
		return fails(at, "a tick stands outside of a run");
	leave_tick(check);
	if (chained && tick->number != check->tick.number + 1)
		return fails(at, "tick %lld does not follow tick %lld", (long long)tick->number,
		    (long long)check->tick.number);
	if (chained && tick->first_position != check->tick.last_position + 1)
		return fails(at, "tick %lld does not begin where tick %lld ends",
		    (long long)tick->number, (long long)check->tick.number);
	if (tick->number <= check->tick.number || tick->first_position <= check->tick.last_position)
		return fails(at, "tick %lld goes back behind tick %lld", (long long)tick->number,
		    (long long)check->tick.number);
	if (chained)
		check->before = check->tick.hash;
	check->tick = *tick;
	check->tick.hash = store_tick_hash(tick, check->before);
	check->ticks++;
	check->any_signature = false;
	check->stage = PROOF_TICK;
	return true;
}

/* The event follows what was shown of this ECO before it. */
static bool
is_next(const struct reading *at)
{
	const struct proof_check *check = at->check;
	const struct store_event *event = &at->line->event;

	if (check->stage != PROOF_TICK)
		return fails(at, "an event stands outside of a tick");
	if (!uuid_equal(event->stream, check->eco))
		return fails(
		    at, "the event at position %lld is of another ECO", (long long)event->position);
	if (event->version != check->events + 1)
		return fails(at, "version %lld of the ECO is missing: here is version %lld",
		    (long long)check->events + 1, (long long)event->version);
	if (event->position <= check->last_position)
		return fails(at, "position %lld does not come after position %lld",
		    (long long)event->position, (long long)check->last_position);
	if (event->position < check->tick.first_position ||
	    event->position > check->tick.last_position)
		return fails(at, "position %lld is not in tick %lld", (long long)event->position,
		    (long long)check->tick.number);
	return true;
}

static bool
on_event(const struct reading *at)
{
	struct proof_check *check = at->check;
	const struct store_event *event = &at->line->event;
	const struct store_tick *tick = &check->tick;
	struct sha256 hash;

	if (!is_next(at))
		return false;
	hash = store_event_hash(event, at->arena);
	if (arena_exhausted(at->arena))
		return fails(at, "the event is too large");
	if (!merkle_verify(hash, (uint64_t)(event->position - tick->first_position),
		(uint64_t)(tick->last_position - tick->first_position) + 1, at->line->path,
		at->line->path_count, tick->root))
		return fails(at,
		    "the event at position %lld is not under tick %lld: it, its position, its path "
		    "or the tick was changed",
		    (long long)event->position, (long long)tick->number);
	if (check->events == 0) {
		check->first_at = event->occurred_at;
		check->first_position = event->position;
	}
	check->last_at = event->occurred_at;
	check->last_position = event->position;
	check->events++;
	check->loose_of_key++;
	check->loose_of_head++;
	return true;
}

static bool
on_signature(const struct reading *at)
{
	struct proof_check *check = at->check;
	struct store_signature signature = at->line->signature;
	char bytes[STORE_SIGNED_BYTES];

	if (check->stage != PROOF_TICK && check->stage != PROOF_SIGNED)
		return fails(at, "a signature stands outside of a tick");
	check->stage = PROOF_SIGNED;
	signature.tick = check->tick.number;
	if (check->key == NULL) {
		check->signature = signature;
		check->any_signature = true;
		return true;
	}
	/* Of other keys we know nothing, so they say nothing. */
	if (!sha256_equal(signature.key_id, ed25519_key_id(check->key)))
		return true;
	if (!ed25519_verify(
		check->key, store_signed_bytes(check->tick.hash, bytes), signature.bytes))
		return fails(at,
		    "the signature of tick %lld is wrong: it, the tick or one before it was "
		    "changed",
		    (long long)check->tick.number);
	check->signature = signature;
	check->any_signature = true;
	check->loose_of_key = 0;
	return true;
}

static bool
on_end(const struct reading *at)
{
	struct proof_check *check = at->check;

	if (!leave_run(at))
		return false;
	if (at->line->events != check->events || at->line->ticks != check->ticks)
		return fails(at, "it says %lld events and %lld ticks, but there were %lld and %lld",
		    (long long)at->line->events, (long long)at->line->ticks,
		    (long long)check->events, (long long)check->ticks);
	if (check->events == 0)
		return fails(at, "the proof shows no event");
	check->stage = PROOF_ENDED;
	return true;
}

bool
proof_check_line(
    struct proof_check *check, struct arena *arena, struct str text, struct str *ret_problem)
{
	struct proof_line *line = arena_new(arena, struct proof_line);
	struct reading at = { check, arena, line, ret_problem };
	struct str reason;

	check->lines++;
	if (line == NULL)
		return fails(&at, "there is no memory left to read it");
	if (!proof_line_read(arena, text, line, &reason))
		return fails(&at, "%.*s", STR_ARG(reason));
	if (check->stage == PROOF_ENDED)
		return fails(&at, "something stands behind the end of the proof");
	if (check->stage == PROOF_NEW && line->kind != PROOF_LINE_HEADER)
		return fails(&at, "a proof begins with {\"strike_proof\":1,\"eco\":...}");
	switch (line->kind) {
	case PROOF_LINE_HEADER:
		return on_header(&at);
	case PROOF_LINE_RUN:
		return on_run(&at);
	case PROOF_LINE_TICK:
		return on_tick(&at);
	case PROOF_LINE_EVENT:
		return on_event(&at);
	case PROOF_LINE_SIGNATURE:
		return on_signature(&at);
	case PROOF_LINE_END:
		return on_end(&at);
	}
	UNREACHABLE("every kind of line is read");
}

bool
proof_check_end(const struct proof_check *check, struct arena *arena, struct str *ret_problem)
{
	if (check->stage == PROOF_ENDED)
		return true;
	*ret_problem = check->stage == PROOF_NEW
			   ? STR("this is not a proof: it is empty")
			   : arena_printf(arena, "the proof breaks off behind line %lld",
				 (long long)check->lines);
	return false;
}

/* ---- in words ---- */

/* By whom the head is vouched for. */
static void
describe_signature(const struct proof_check *check, struct arena *arena, struct buf *buf)
{
	const struct store_signature *by = &check->signature;

	if (!check->any_signature) {
		buf_printf(buf, "  not signed\n");
		return;
	}
	buf_printf(buf, "  signed %.*s with the key %.*s%s\n", STR_ARG(instant_text(arena, by->at)),
	    STR_ARG(hex_digest(arena, by->key_id)),
	    check->key == NULL ? " (not checked)" : ", which is the given one");
}

/* What it rests on, for who reads only the last lines. */
static void
describe_worth(const struct proof_check *check, struct buf *buf)
{
	buf_printf(buf,
	    "These events, byte for byte, stood at these positions, and none of this ECO is "
	    "left out\nup to version %lld. Whether anything happened to it after that, this "
	    "does not say.\n",
	    (long long)check->events);
	if (check->key == NULL && !check->has_head)
		buf_printf(buf,
		    "No key and no head were given, so this holds only if you know the head%s "
		    "above from\nelsewhere: give --public-key, or --head.\n",
		    check->runs > 1 ? "s" : "");
}

void
proof_check_describe(const struct proof_check *check, struct arena *arena, struct buf *buf)
{
	CHECK(check->stage == PROOF_ENDED);
	buf_printf(buf, "ECO %.*s: %lld event%s, versions 1 to %lld, hold%s\n",
	    STR_ARG(uuid_text(arena, check->eco)), (long long)check->events,
	    check->events == 1 ? "" : "s", (long long)check->events, check->events == 1 ? "s" : "");
	buf_printf(buf, "  from %.*s (position %lld)\n  to   %.*s (position %lld)\n",
	    STR_ARG(instant_text(arena, check->first_at)), (long long)check->first_position,
	    STR_ARG(instant_text(arena, check->last_at)), (long long)check->last_position);
	if (check->runs > 1)
		buf_printf(buf, "  under %lld%s heads, and the last of them is\n",
		    (long long)check->runs, check->key != NULL ? " signed" : "");
	else
		buf_printf(buf, "  under the head\n");
	buf_printf(buf, "  %.*s\n  of tick %lld, made %.*s\n",
	    STR_ARG(hex_digest(arena, check->tick.hash)), (long long)check->tick.number,
	    STR_ARG(instant_text(arena, check->tick.at)));
	describe_signature(check, arena, buf);
	describe_worth(check, buf);
}
