#include "bench_machine.h"

#include <unistd.h>

#include "bench_commands.h"

/* What ${command} prints, or "unknown". */
static struct str
ask_shell(struct arena *arena, const char *command)
{
	char *argv[] = { arena_copy_z(arena, STR("sh")), arena_copy_z(arena, STR("-c")),
		arena_copy_z(arena, str_from_z(command)), NULL };
	struct str said;

	if (command_run(arena, argv, "/dev/null", &said) != NULL || str_empty(said))
		return STR("unknown");
	return said;
}

struct str
machine_describe(struct arena *arena, const char *shared_by)
{
	struct str model =
	    ask_shell(arena, "sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1");
	struct str commit =
	    ask_shell(arena, "cd \"$STRIKE_TEST_SOURCE_ROOT\" && git rev-parse --short=12 HEAD && "
			     "{ test -z \"$(git status --porcelain)\" || echo with changes; }");
	struct str day = ask_shell(arena, "date -u +%Y-%m-%d");
	struct str load = ask_shell(arena, "cut -d ' ' -f 1 /proc/loadavg");

	for (char *at = (char *)(uintptr_t)commit.ptr; at < commit.ptr + commit.len; at++)
		if (*at == '\n')
			*at = ' ';
	return arena_printf(arena,
	    "%ld cores of %.*s shared by %s; commit %.*s; "
	    "%.*s; load of the machine before: %.*s",
	    sysconf(_SC_NPROCESSORS_ONLN), STR_ARG(model), shared_by, STR_ARG(commit), STR_ARG(day),
	    STR_ARG(load));
}
