#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

#include "base/err.h"

/*
 * http: requests over connections that are kept open, each sending the next one as soon as
 * the one before is answered (closed loop), all of them on one thread.
 */
struct http_load {
	uint16_t port; /* of 127.0.0.1 */
	size_t connections;
	int64_t run_ms;
	struct str headers; /* lines, each ended by CR LF; no Host and no Content-Length */
	/* The body of request ${index}, a POST to /graphql. */
	void (*write_body)(const void *context, size_t index, struct buf *buf);
	const void *context;
	struct str expects; /* stands in each answer, else the server did not do it */
};

struct http_figures {
	double per_second;
	double p50_ms, p99_ms;
	size_t answered;
};

/** Run ${load}.  An answer other than 200, or without what is expected, is a fault that shows it.
 */
NODISCARD struct err *http_load_run(
    struct arena *arena, const struct http_load *load, struct http_figures *ret);

/** One such request; the body of its answer in ${*ret}, in ${arena}. */
NODISCARD struct err *http_ask(
    struct arena *arena, const struct http_load *load, size_t index, struct str *ret);

/** A connected socket to ${port} of 127.0.0.1. */
NODISCARD struct err *http_connect(struct arena *arena, uint16_t port, int *ret);

#endif
