#include <unistd.h>

#include "mock/world.h"

struct journal_entry *
journal_add(struct world *world, struct str kind)
{
	struct journal_entry *entry;

	if (world->journal_count == WORLD_JOURNAL_MAX) {
		world->journal_lost++;
		return NULL;
	}
	entry = &world->journal[world->journal_count++];
	*entry = (struct journal_entry){
		.at = world_now(world), .real_us = clock_monotonic_us(), .kind = kind
	};
	return entry;
}

/* A member, unless there is nothing to say.  Refused requests may hold any bytes. */
static void
write_text(struct json_writer *writer, struct str name, struct str value)
{
	if (!str_empty(value))
		json_member_text(writer, name, str_is_utf8(value) ? value : STR("(not UTF-8)"));
}

size_t
journal_bytes_max(const struct journal_entry *entry)
{
	/* A byte becomes at most six ("\\u0001"); the names and numbers are below 1 kB. */
	return 1024 + 6 * (entry->from.len + entry->to.len + entry->id.len + entry->status.len +
			      entry->url.len + entry->body.len);
}

void
journal_write(struct json_writer *writer, struct arena *arena, const struct journal_entry *entry,
    size_t sequence)
{
	json_begin_map(writer);
	json_member_int(writer, STR("sequence"), (int64_t)sequence);
	json_member_text(writer, STR("at"), instant_text(arena, entry->at));
	json_member_int(writer, STR("realUs"), entry->real_us);
	json_member_text(writer, STR("kind"), entry->kind);
	write_text(writer, STR("from"), entry->from);
	write_text(writer, STR("to"), entry->to);
	write_text(writer, STR("id"), entry->id);
	write_text(writer, STR("status"), entry->status);
	write_text(writer, STR("url"), entry->url);
	write_text(writer, STR("body"), entry->body);
	json_member_int(writer, STR("httpStatus"), entry->http_status);
	json_member_bool(writer, STR("unexpected"), entry->unexpected);
	json_end_map(writer);
}

/* How an entry is said; the number stands before it. */
static const struct {
	struct str kind;
	const char *words;
} narration[] = {
	{ STR("call"), "is being called" },
	{ STR("call-in"), "is calling" },
	{ STR("answered"), "picks up:" },
	{ STR("said"), "hears:" },
	{ STR("keys"), "presses" },
	{ STR("ended"), "the call is over:" },
	{ STR("text"), "gets a text:" },
	{ STR("text-in"), "writes:" },
	{ STR("forged"), "somebody pretends to be Twilio about" },
	{ STR("field"), "in the field system:" },
	{ STR("error"), "Twilio gives up:" },
};

void
journal_tell(struct world *world, const struct journal_entry *entry)
{
	char memory[2048], when[40];
	struct buf line = buf_over(memory, sizeof(memory)), moment = buf_over(when, sizeof(when));
	bool inward =
	    str_equal(entry->kind, STR("call-in")) || str_equal(entry->kind, STR("text-in"));
	struct str number = inward ? entry->from : entry->to;
	struct str said = str_equal(entry->kind, STR("call")) ? STR("") : entry->body;

	if (world->config->narrate_fd <= 0)
		return;
	for (size_t i = 0; i < COUNT_OF(narration); i++) {
		if (!str_equal(narration[i].kind, entry->kind))
			continue;
		/* Of "2026-01-05T02:14:07.000000Z" the time of day. */
		instant_format(entry->at, &moment);
		buf_printf(&line, "%.8s  %.*s %s%s%.*s\n", when + 11, STR_ARG(number),
		    narration[i].words, str_empty(said) ? "" : " ",
		    (int)(said.len > 1500 ? 1500 : said.len), said.ptr);
		(void)!write(world->config->narrate_fd, memory, line.len);
	}
}
