#include "bin/fault_points.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/fault_point.h"

#define NAME_BYTES_MAX 512
#define ID_CHARS_MIN   11 /* longer than the date in Twilio's paths */

static int count_fd = -1;
static int wanted_signal;
static int64_t wanted_number;
static char wanted_memory[NAME_BYTES_MAX];
static struct str wanted;
static _Atomic int64_t seen;

static bool
is_id(struct str segment)
{
	if (segment.len < ID_CHARS_MIN)
		return false;
	for (size_t i = 0; i < segment.len; i++) {
		if (segment.ptr[i] >= '0' && segment.ptr[i] <= '9')
			return true;
	}
	return false;
}

/* ${name} with every part between slashes that is an id as "*". */
static void
put_name(struct buf *buf, struct str name)
{
	bool first = true;

	while (name.len > 0) {
		struct str segment = str_cut(&name, '/');

		buf_printf(
		    buf, "%s%.*s", first ? "" : "/", STR_ARG(is_id(segment) ? STR("*") : segment));
		first = false;
	}
}

static void
listen_to(enum fault_side side, const char *kind, struct str name)
{
	char memory[NAME_BYTES_MAX];
	struct buf line = buf_over(memory, sizeof(memory));
	struct str text;

	buf_printf(&line, "%s %s ", side == FAULT_BEFORE ? "before" : "after", kind);
	put_name(&line, name);
	text = buf_view(&line);
	if (count_fd >= 0) {
		buf_char(&line, '\n');
		text = buf_view(&line);
		(void)!write(count_fd, text.ptr, text.len);
		return;
	}
	if (str_equal(text, wanted) && atomic_fetch_add(&seen, 1) + 1 == wanted_number)
		(void)kill(getpid(), wanted_signal);
}

static struct err *
count_into(struct arena *arena, struct str path)
{
	const char *name = arena_copy_z(arena, path);

	CHECK(name != NULL);
	count_fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (count_fd < 0)
		return ERR(arena, ERR_UNAVAILABLE, "fault_points: could not write %s", name);
	fault_point_listener = listen_to;
	return NULL;
}

struct err *
fault_points_install(struct arena *arena, struct str setting)
{
	struct str rest = setting, verb = str_cut(&rest, ':'), number;
	bool kills = str_equal(verb, STR("kill"));

	if (str_empty(setting))
		return NULL;
	if (str_equal(verb, STR("count")))
		return count_into(arena, rest);
	number = str_cut(&rest, ':');
	if ((!kills && !str_equal(verb, STR("stop"))) || !str_parse_i64(number, &wanted_number) ||
	    wanted_number < 1 || str_empty(rest) || rest.len > sizeof(wanted_memory))
		return ERR(arena, ERR_CORRUPT,
		    "fault_points is \"%.*s\": count:PATH, kill:N:POINT or stop:N:POINT is needed",
		    STR_ARG(setting));
	memcpy(wanted_memory, rest.ptr, rest.len);
	wanted = (struct str){ wanted_memory, rest.len };
	wanted_signal = kills ? SIGKILL : SIGSTOP;
	fault_point_listener = listen_to;
	return NULL;
}
