#include "bench_report.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/json.h"

#define JSON_BYTES_MAX (1u << 20)

void
report_add(struct report *report, const struct report_row *row)
{
	CHECK(report->count < REPORT_ROWS_MAX);
	report->rows[report->count++] = *row;
}

/* "12.3", or a dash for nothing. */
static const char *
number(char text[32], double value, const char *format)
{
	struct buf buf = buf_over(text, 31);

	if (value == 0)
		return "-";
	if (value >= 100)
		buf_printf(&buf, "%.0f", value);
	else
		buf_printf(&buf, "%.*f%s", value < 1 ? 2 : 1, value, format);
	buf_char(&buf, '\0');
	return text;
}

static double
ratio_of(const struct report_row *row)
{
	return row->peer == 0 ? 0 : row->ours / row->peer;
}

static bool
is_met(const struct report_row *row)
{
	double value = row->of_ratio ? ratio_of(row) : row->ours;

	return row->at_least ? value >= row->target : value <= row->target;
}

static const char *
verdict(const struct report_row *row)
{
	if (row->target == 0)
		return "";
	return is_met(row) ? "met" : "MISSED";
}

void
report_print(const struct report *report)
{
	char ours[32], peer[32], ratio[32], target[32];

	printf("\n| metric | unit | ours | peer or limit | its figure | ratio | target | |\n"
	       "|---|---|--:|---|--:|--:|--:|---|\n");
	for (size_t i = 0; i < report->count; i++) {
		const struct report_row *row = &report->rows[i];

		printf("| %.*s | %.*s | %s | %.*s | %s | %s | %s | %s |\n", STR_ARG(row->metric),
		    STR_ARG(row->unit), number(ours, row->ours, ""), STR_ARG(row->peer_name),
		    number(peer, row->peer, ""), number(ratio, ratio_of(row), "x"),
		    number(target, row->target, row->of_ratio ? "x" : ""), verdict(row));
	}
	printf("\n%.*s\n", STR_ARG(report->everywhere));
}

static double
rounded(double value)
{
	return round(value * 1000) / 1000;
}

/* A number, or null for none. */
static void
member(struct json_writer *writer, struct str name, double value)
{
	json_name(writer, name);
	if (value == 0)
		json_write_null(writer);
	else
		json_write_double(writer, rounded(value));
}

static void
write_row(struct json_writer *writer, const struct report *report, const struct report_row *row,
    struct arena *arena)
{
	json_begin_map(writer);
	json_member_text(writer, STR("metric"), row->metric);
	json_member_text(writer, STR("unit"), row->unit);
	json_member_double(writer, STR("ours"), rounded(row->ours));
	member(writer, STR("peer"), row->peer);
	json_name(writer, STR("peer_name"));
	if (row->peer == 0)
		json_write_null(writer);
	else
		json_write_text(writer, row->peer_name);
	member(writer, STR("ratio"), ratio_of(row));
	member(writer, STR("target"), row->target);
	json_name(writer, STR("met"));
	if (row->target == 0)
		json_write_null(writer);
	else
		json_write_bool(writer, is_met(row));
	json_member_text(writer, STR("conditions"),
	    arena_printf(
		arena, "%.*s; %.*s", STR_ARG(row->conditions), STR_ARG(report->everywhere)));
	json_end_map(writer);
}

struct err *
report_write(const struct report *report, struct arena *arena, const char *folder)
{
	struct str path = arena_printf(arena, "%s/%s.json", folder, report->area);
	struct buf buf = buf_in(arena, JSON_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	FILE *file;
	bool written;

	json_begin_list(&writer);
	for (size_t i = 0; i < report->count; i++)
		write_row(&writer, report, &report->rows[i], arena);
	json_end_list(&writer);
	buf_char(&buf, '\n');
	CHECK(!buf.overflowed);

	file = fopen(path.ptr, "we");
	if (file == NULL)
		return ERR(
		    arena, ERR_UNAVAILABLE, "could not write %s: %s", path.ptr, strerror(errno));
	written = fwrite(buf.ptr, 1, buf.len, file) == buf.len;
	if (fclose(file) != 0 || !written)
		return ERR(
		    arena, ERR_UNAVAILABLE, "could not write %s: %s", path.ptr, strerror(errno));
	return NULL;
}
