#ifndef RUNTIME_HTTP_SERVER_H
#define RUNTIME_HTTP_SERVER_H

#include "base/err.h"
#include "runtime/http.h"

/*
 * http_server: libmicrohttpd behind a gate, in front of a pool of workers.
 *
 * MHD's epoll threads own the sockets.  A request is read whole (its body is
 * bounded), passes the gate, is suspended and put on a bounded queue; a worker
 * runs the handler as straight-line code and the answer is sent.
 *
 * What the server answers by itself, as one sentence of plain text:
 *
 *   400  what the gate refuses (http_gate.h) or libmicrohttpd cannot read;
 *        the connection is closed, because what follows cannot be trusted
 *   413  a body over body_bytes_max
 *   431  headers over HTTP_SERVER_HEADER_BYTES_MAX in all, or over HTTP_HEADERS_MAX
 *   500  the handler used up its arena, or answered what no header can hold
 *   503  the queue is full, or the server is being stopped; with Retry-After
 *
 * Every answer that is made here, those above among them, carries the headers of the
 * configuration, X-Content-Type-Options: nosniff, and Cache-Control: no-store, each unless
 * the handler's answer has one of that name.
 */

/* What libmicrohttpd may keep for one connection: the request's head and the answer's. */
/* Room for two tokens of identity providers, which are some kilobytes each. */
#define HTTP_SERVER_HEADER_BYTES_MAX 32768

#define HTTP_RESPONSE_HEADERS_MAX 16

struct http_server;

enum http_method {
	HTTP_GET,
	HTTP_HEAD,
	HTTP_POST,
	HTTP_PUT,
	HTTP_DELETE,
	HTTP_OPTIONS,
	HTTP_OTHER
};

/* A request as a handler sees it.  Everything points into the request's memory. */
struct http_request {
	enum http_method method;
	struct str method_name; /* as sent, e.g. "PATCH" */
	struct str path;        /* undecoded, begins with "/", without the query */
	struct str query;       /* undecoded, without "?"; empty when there is none */
	struct str body;
	const struct http_header *headers;
	size_t header_count;
	struct str peer; /* the address of the peer, "127.0.0.1" */
};

/**
 * Take over the connected socket ${fd}, which is the taker's to close, after the answer's
 * head was sent; ${early} is what the client has said since, and is gone when this returns.
 * Called once, on a thread of the server's that must not be kept; ${fd} is -1 when the client
 * was gone before, or the answer could not be made.
 */
typedef void (*http_take_f)(void *context, int fd, struct str early);

/* What a handler answers.  Texts must live in the arena or longer. */
struct http_response {
	int status;
	struct str content_type;
	struct str body;
	struct http_header headers[HTTP_RESPONSE_HEADERS_MAX];
	size_t header_count;
	bool close; /* close the connection after the answer */
	/*
	 * If not NULL: when the head is sent, the connection is no longer HTTP's.  The status is
	 * 101 with an Upgrade header, or 200 with a body that ends with the connection and that is
	 * the taker's to write; ${body} is not looked at.  It counts among connections_max no
	 * longer than until then.
	 */
	http_take_f take;
	void *take_context;
	/* Holds no secret that a part chosen by a stranger could be compared with
	 * (http_compress.h). */
	bool compressible;
};

/**
 * Answer ${request} into ${*ret}.  Called on a worker; ${worker} is what
 * worker_create made for it.  ${arena} is reset after the answer was sent.
 * An exhausted arena is answered 500 whatever the handler said.
 */
typedef void (*http_handler_f)(void *worker, const struct http_request *request,
    struct arena *arena, struct http_response *ret);

struct http_server_config {
	const char *address; /* "127.0.0.1" */
	uint16_t port;       /* 0: any free one */
	unsigned io_threads; /* epoll threads, >= 1 */
	unsigned workers;    /* >= 1 */
	unsigned queue_max;  /* requests waiting for a worker */
	unsigned connections_max;
	size_t body_bytes_max;   /* of one request */
	size_t arena_bytes;      /* of one worker */
	unsigned idle_timeout_s; /* a connection that says nothing is closed */
	http_handler_f handler;
	/* On every answer; the array must outlive the server. */
	const struct http_header *headers;
	size_t header_count;
	/*
	 * Make and unmake what a worker owns (a store session); called on the
	 * worker's thread.  Either may be NULL.
	 */
	void *(*worker_create)(void *context);
	void (*worker_destroy)(void *worker);
	void *context;
};

/**
 * Listen and serve; ${config} is copied.  ${config->address} is an IPv4 or IPv6
 * address.  A fault says why not (the port is taken, ...).
 */
NODISCARD struct err *http_server_start(
    struct arena *arena, const struct http_server_config *config, struct http_server **ret);

/** The port that ${server} listens on. */
uint16_t http_server_port(const struct http_server *server);

/**
 * Stop accepting, answer what is queued, stop the workers.  An answer that its
 * client does not take within five seconds is given up.  ${server} may be NULL.
 */
void http_server_stop(struct http_server *server);

/** Answers in ${*ret}: status with a text body. */
void http_respond_text(struct http_response *ret, int status, struct str text);

#endif
