#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "base/err.h"

/*
 * report: the rows of one area.  A row stands beside a named peer or limit that
 * was measured in the same run, or whose figure is published (its name then says
 * so); ratio is ours divided by the peer's.  A row may have no peer, and no target;
 * a target with ${of_ratio} is one for the ratio.
 */
#define REPORT_ROWS_MAX 400

struct report_row {
	struct str metric, unit;
	double ours;
	double peer; /* 0: none */
	struct str peer_name;
	double target; /* at most this; 0: none */
	bool at_least; /* ... no, at least: more is better */
	bool of_ratio; /* the target is one for the ratio */
	struct str conditions;
};

struct report {
	const char *area;
	struct str everywhere; /* conditions of every row: machine, versions, commit */
	struct report_row rows[REPORT_ROWS_MAX];
	size_t count;
};

/** Add ${row}, whose texts must outlive the report. */
void report_add(struct report *report, const struct report_row *row);

/** Print ${report} as a table, for people and for docs/benchmarks.md. */
void report_print(const struct report *report);

/** Write ${report} to ${folder}/<area>.json as a list of rows. */
NODISCARD struct err *report_write(
    const struct report *report, struct arena *arena, const char *folder);

#endif
