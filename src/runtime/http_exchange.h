#ifndef RUNTIME_HTTP_EXCHANGE_H
#define RUNTIME_HTTP_EXCHANGE_H

#include <microhttpd.h>

#include "runtime/http_server.h"

/*
 * http_exchange: one request and its answer, between libmicrohttpd and the
 * queue.  Only http_server.c uses this.
 *
 *   begin     the first line is here (on_target)
 *   head      the headers are here: gate, limits (on_request, first call)
 *   body      parts arrive and are kept or thrown away
 *   whole     suspended and queued; a worker owns it and makes ${answer}
 *   answered  resumed; libmicrohttpd sends ${answer} and completes
 */
struct http_exchange {
	struct http_server *server;
	struct MHD_Connection *connection;
	char *target;          /* a copy: libmicrohttpd decodes its own in place */
	const char *target_at; /* where it was received */
	bool begun;

	struct http_header headers[HTTP_HEADERS_MAX];
	size_t header_count; /* may be more than were kept */
	struct buf body;     /* on the heap */
	size_t dropped;      /* bytes of a body that is over the limit */
	char peer[64];
	struct http_request request;

	struct MHD_Response *answer;
	unsigned status;
	http_take_f take; /* NULL: nobody takes over, or somebody has */
	void *take_context;
	bool counted; /* among those that a stop waits for */
	struct http_exchange *next;
};

/** MHD_NotifyConnectionCallback: what is under way on a connection goes with it. */
void http_exchange_on_connection(void *context, struct MHD_Connection *connection,
    void **socket_context, enum MHD_ConnectionNotificationCode code);

/** What libmicrohttpd is to call: MHD_OPTION_URI_LOG_CALLBACK, with the server as ${context}. */
void *http_exchange_on_target(void *context, const char *target, struct MHD_Connection *connection);

/** MHD_AccessHandlerCallback. */
enum MHD_Result http_exchange_on_request(void *context, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *upload_data,
    size_t *upload_data_size, void **request_context);

/** MHD_OPTION_NOTIFY_COMPLETED: unmakes the exchange. */
void http_exchange_on_completed(void *context, struct MHD_Connection *connection,
    void **request_context, enum MHD_RequestTerminationCode code);

/**
 * Make the answer of ${exchange} out of ${response}, using ${arena} on the way.  Who is to
 * take over is told by then, or when the exchange is unmade.
 */
void http_exchange_answer(
    struct http_exchange *exchange, const struct http_response *response, struct arena *arena);

/* What the server does for an exchange. */

/** The most that a body may hold. */
size_t http_server_body_bytes_max(const struct http_server *server);

/** The headers that every answer of the server carries. */
const struct http_header *http_server_headers(const struct http_server *server, size_t *ret_count);

/** A connected socket of no use, that can stand in for one that was taken away. */
int http_server_stand_in(const struct http_server *server);

/** Queue ${exchange}, suspended, for a worker.  False when the queue is full or closed. */
bool http_server_queue(struct http_server *server, struct http_exchange *exchange);

/** ${exchange}, which was queued, is over. */
void http_server_forget(struct http_server *server);

#endif
