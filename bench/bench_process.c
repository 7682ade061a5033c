#include "bench_process.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"

#define PATH_BYTES_MAX 64
#define TEXT_BYTES_MAX 65536
#define DEPTH_MAX      4

/* The file ${format} of /proc of ${pid}, at most TEXT_BYTES_MAX. */
static struct str
read_of(pid_t pid, const char *name, char *memory)
{
	char path[PATH_BYTES_MAX];
	struct buf buf = buf_over(path, sizeof(path) - 1);
	struct str text = { memory, 0 };
	FILE *file;

	buf_printf(&buf, "/proc/%d/%s", (int)pid, name);
	path[buf.len] = '\0';
	file = fopen(path, "re");
	if (file == NULL)
		return text;
	text.len = fread(memory, 1, TEXT_BYTES_MAX, file);
	(void)fclose(file);
	return text;
}

static double
add_up(pid_t pid, double (*of)(pid_t), int depth)
{
	char memory[TEXT_BYTES_MAX], name[PATH_BYTES_MAX];
	struct buf buf = buf_over(name, sizeof(name) - 1);
	double sum = of(pid);
	struct str children;
	int64_t child;

	buf_printf(&buf, "task/%d/children", (int)pid);
	name[buf.len] = '\0';
	children = read_of(pid, name, memory);
	while (children.len > 0 && depth < DEPTH_MAX)
		if (str_parse_i64(str_cut(&children, ' '), &child))
			sum += add_up((pid_t)child, of, depth + 1);
	return sum;
}

/* utime, stime, cutime and cstime: fields 14 to 17, counted from behind the name. */
static double
own_cpu_s(pid_t pid)
{
	char memory[TEXT_BYTES_MAX];
	struct str text = read_of(pid, "stat", memory);
	int64_t ticks = 0, value;

	while (str_find(text, STR(")")) != SIZE_MAX)
		(void)str_cut(&text, ')');
	text = str_trim(text);
	for (int field = 3; field <= 17 && text.len > 0; field++)
		if (str_parse_i64(str_cut(&text, ' '), &value) && field >= 14)
			ticks += value;
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

/* What is shared with other processes counts in parts: a cluster of the same program is not
 * charged for its text twice. */
static double
own_resident_bytes(pid_t pid)
{
	char memory[TEXT_BYTES_MAX];
	struct str text = read_of(pid, "smaps_rollup", memory);
	int64_t kilobytes;

	while (text.len > 0) {
		struct str line = str_cut(&text, '\n');

		if (!str_equal(str_cut(&line, ':'), STR("Pss")))
			continue;
		line = str_trim(line);
		if (str_parse_i64(str_cut(&line, ' '), &kilobytes))
			return (double)kilobytes * 1024;
	}
	return 0;
}

double
process_cpu_s(pid_t pid)
{
	return add_up(pid, own_cpu_s, 0);
}

double
process_resident_bytes(pid_t pid)
{
	return add_up(pid, own_resident_bytes, 0);
}

pid_t
process_postmaster(struct arena *arena, struct str folder)
{
	FILE *file = fopen(arena_printf(arena, "%.*s/postmaster.pid", STR_ARG(folder)).ptr, "re");
	char line[32] = "";
	int64_t pid;

	if (file == NULL)
		return 0;
	if (fgets(line, sizeof(line), file) == NULL)
		line[0] = '\0';
	(void)fclose(file);
	return str_parse_i64(str_trim(str_from_z(line)), &pid) ? (pid_t)pid : 0;
}
