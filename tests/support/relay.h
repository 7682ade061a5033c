#ifndef TESTS_RELAY_H
#define TESTS_RELAY_H

#include "base/err.h"

/*
 * relay: stands between two programs that speak HTTP, and lets the test look at
 * every request before it goes on and at every answer before it comes back.
 *
 * The watcher may do anything at such a moment, such as killing one of the two,
 * and says whether what was seen goes on its way.
 *
 * One exchange a connection, bodies with a Content-Length only: it serves our own
 * server and the mock world.
 */
struct relay;

enum relay_point {
	RELAY_REQUEST, /* read in full from the asker; nobody else has seen it */
	RELAY_ANSWER,  /* read in full from the answerer, who has done its part */
};

struct relay_passage {
	enum relay_point point;
	struct str request; /* its first line: "POST /v1/subsectors HTTP/1.1" */
};

/*
 * Whether what passes goes on.  A request that does not never arrives; an answer
 * that does not is lost.  Called by several threads at once.
 */
typedef bool (*relay_watch_f)(void *context, const struct relay_passage *passage);

struct relay_config {
	uint16_t to_port; /* of 127.0.0.1 */
	/*
	 * Send a request again until it is answered, and not by 5xx (for up to 12 s), as a proxy
	 * in front of several servers does; or give up and close, as the network does.
	 */
	bool insists;
	relay_watch_f watch;
	void *context;
};

/** Begin to relay; ${config} is copied.  Stops the test when it cannot. */
struct relay *relay_start(const struct relay_config *config);

/** The port of 127.0.0.1 that ${relay} listens on. */
uint16_t relay_port(const struct relay *relay);

/** Stop; both sides have stopped, or will within seconds.  ${relay} may be NULL. */
void relay_stop(struct relay *relay);

#endif
