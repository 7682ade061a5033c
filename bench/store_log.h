#ifndef STORE_LOG_H
#define STORE_LOG_H

#include "store_bench.h"

/*
 * store_log: a log as a busy company would have it: callouts from creation to the
 * close, 16 events each, as the happy path of the mock world writes them
 * (bench/callout.tsv: type and payload), many of them open at once.
 */

#define LOG_EVENTS_OF_CALLOUT 16

/** Append ${callouts} callouts to ${bench->store} and give their events positions. */
NODISCARD struct err *log_fill(struct store_bench *bench, int64_t callouts, int64_t *ret_head);

/** The first ${count} events of such a callout, to be appended to one stream. */
NODISCARD struct err *log_template(
    struct store_bench *bench, struct store_event *ret, size_t count);

#endif
