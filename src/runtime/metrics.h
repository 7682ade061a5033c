#ifndef RUNTIME_METRICS_H
#define RUNTIME_METRICS_H

#include "base/buf.h"
#include "base/instant.h"

/*
 * metrics: what this process counts, for whoever watches it.
 *
 * There is one set of figures in a process, as its log goes to one place; what
 * they are stands in metrics.def.  Counting takes no lock: each combination of
 * label values that has occurred is a series of its own, whose place never changes.
 * Label values are words of our own tables; a metric has at most METRICS_SERIES_MAX
 * combinations, and what comes beyond that is counted under "other".
 */

#define METRICS_SERIES_MAX     64
#define METRICS_LABEL_CHARS    32 /* of a value; longer ones are cut */
#define METRICS_TEXT_BYTES_MAX (512u << 10)

enum metric {
#define METRIC(NAME, wire, kind, first, second, doc) METRIC_##NAME,
#include "runtime/metrics.def"
#undef METRIC
	METRIC_COUNT
};

/** One more of the counter ${metric}.  A label that it does not have is given as STR(""). */
void metrics_count(enum metric metric, struct str first, struct str second);

/** The gauge ${metric} stands at ${value}. */
void metrics_set(enum metric metric, int64_t value);

/** The gauge ${metric} stands at ${value}, a length of time. */
void metrics_set_duration(enum metric metric, struct duration value);

/** The histogram ${metric} has one more length of time; below 0 counts as 0. */
void metrics_observe(enum metric metric, struct str first, struct duration value);

/** What the age ${metric} is counted from has happened: now, by real time. */
void metrics_touch(enum metric metric);

/** What the counter or gauge stands at, or how many lengths of time the histogram has. */
int64_t metrics_value(enum metric metric, struct str first, struct str second);

/** All of it in the text format of Prometheus, version 0.0.4. */
void metrics_write(struct buf *buf);

/** The table, for docs/reference/metrics.md. */
void metrics_describe(struct buf *buf);

#endif
