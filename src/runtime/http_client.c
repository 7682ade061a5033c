#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/fault_point.h"
#include "runtime/clock.h"
#include "runtime/http_client.h"
#include "runtime/metrics.h"

/* A connection that was idle for longer is not used again: the peer may be closing it. */
#define IDLE_SECONDS_MAX 15L
#define CONNECT_MS_MAX   10000L
#define POLL_MS          1000
#define HEADER_LINE_MAX  8192

/* One request under way.  It belongs to its caller until queued, then to the thread. */
struct exchange {
	struct http_client *client;
	const struct http_call *call;
	CURL *easy;
	struct curl_slist *headers;
	char error[CURL_ERROR_SIZE];

	unsigned sends;   /* how often the request was about to be written */
	bool over_limit;  /* the answer was larger than allowed */
	struct buf lines; /* the answer's header lines, one a CRLF */
	struct buf body;
	CURLcode code;

	bool finished;
	pthread_cond_t done;
	struct exchange *next;
};

struct http_client {
	struct http_client_config config;
	CURLM *multi;
	pthread_t thread;
	pthread_mutex_t lock;
	/* Under the lock. */
	struct exchange *pending; /* wait to be taken by the thread */
	unsigned callers;         /* threads inside http_client_send() */
	pthread_cond_t left;      /* a caller has gone */
	bool stopping;
};

/* -- on the thread -- */

/* Make room for ${more} bytes in ${buf}, of at most ${limit} in all. */
static bool
grow(struct buf *buf, size_t more, size_t limit)
{
	size_t size = buf->limit == 0 ? 4096 : buf->limit;
	char *memory;

	if (more > limit - buf->len)
		return false;
	if (more <= buf->limit - buf->len)
		return true;
	while (size - buf->len < more)
		size *= 2;
	memory = realloc(buf->ptr, size);
	if (memory == NULL)
		return false;
	buf->ptr = memory;
	buf->limit = size;
	return true;
}

/* The two parts of an answer share its limit. */
static size_t
keep(struct exchange *exchange, struct buf *buf, struct str bytes)
{
	size_t limit = exchange->client->config.response_bytes_max;
	size_t other = exchange->lines.len + exchange->body.len - buf->len;

	if (other > limit || !grow(buf, bytes.len, limit - other)) {
		exchange->over_limit = true;
		return CURL_WRITEFUNC_ERROR;
	}
	buf_str(buf, bytes);
	return bytes.len;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;

	return keep(exchange, &exchange->body, (struct str){ bytes, size * count });
}

/* An answer begins with its status line; what an interim one (100) had said is dropped. */
static size_t
on_header(char *bytes, size_t size, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct str line = { bytes, size * count };

	if (str_starts_with(line, STR("HTTP/")))
		exchange->lines.len = 0;
	return keep(exchange, &exchange->lines, line);
}

/* Whether sending ${method} a second time would be harmless (RFC 9110, 9.2.2). */
static bool
is_idempotent(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 ||
	       strcmp(method, "PUT") == 0 || strcmp(method, "DELETE") == 0;
}

/*
 * libcurl sends a request again when a connection that it had used before dies
 * without an answer, whatever the method.  The first sending may have been
 * carried out, so a second one of a POST is stopped here.
 */
static int
before_sending(void *context, char *peer, char *own, int peer_port, int own_port)
{
	struct exchange *exchange = context;

	(void)peer;
	(void)own;
	(void)peer_port;
	(void)own_port;
	if (exchange->sends++ > 0 && !is_idempotent(exchange->call->method))
		return CURL_PREREQFUNC_ABORT;
	return CURL_PREREQFUNC_OK;
}

static void
finish(struct exchange *exchange, CURLcode code)
{
	struct http_client *client = exchange->client;

	(void)curl_multi_remove_handle(client->multi, exchange->easy);
	(void)pthread_mutex_lock(&client->lock);
	exchange->code = code;
	exchange->finished = true;
	(void)pthread_cond_signal(&exchange->done);
	(void)pthread_mutex_unlock(&client->lock);
}

/* Hand what waits to libcurl.  Returns whether the client is being stopped. */
static bool
take_pending(struct http_client *client)
{
	struct exchange *pending;
	bool stopping;

	(void)pthread_mutex_lock(&client->lock);
	pending = client->pending;
	client->pending = NULL;
	stopping = client->stopping;
	(void)pthread_mutex_unlock(&client->lock);

	while (pending != NULL) {
		struct exchange *exchange = pending;

		pending = exchange->next;
		if (stopping)
			finish(exchange, CURLE_ABORTED_BY_CALLBACK);
		else
			CHECK(curl_multi_add_handle(client->multi, exchange->easy) == CURLM_OK);
	}
	return stopping;
}

static void
finish_completed(struct http_client *client)
{
	int left;

	for (CURLMsg *m; (m = curl_multi_info_read(client->multi, &left)) != NULL;) {
		CURLcode code = m->data.result;
		struct exchange *exchange = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &exchange);
		finish(exchange, code);
	}
}

static void *
run(void *context)
{
	struct http_client *client = context;
	int running = 0;

	/* A stop lets what is under way come to its own end, which its deadline bounds. */
	while (!take_pending(client) || running > 0) {
		(void)curl_multi_perform(client->multi, &running);
		finish_completed(client);
		(void)curl_multi_poll(client->multi, NULL, 0, POLL_MS, NULL);
	}
	return NULL;
}

/* -- on the caller's thread -- */

static void
init_curl(void)
{
	CHECK(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK);
}

struct http_client *
http_client_create(const struct http_client_config *config)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct http_client *client = calloc(1, sizeof(*client));

	CHECK(client != NULL && config->connections_max > 0 && config->response_bytes_max > 0);
	(void)pthread_once(&once, init_curl);
	client->config = *config;
	client->multi = curl_multi_init();
	CHECK(client->multi != NULL);
	(void)curl_multi_setopt(
	    client->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)config->connections_max);
	CHECK(pthread_mutex_init(&client->lock, NULL) == 0);
	CHECK(pthread_cond_init(&client->left, NULL) == 0);
	CHECK(pthread_create(&client->thread, NULL, run, client) == 0);
	return client;
}

void
http_client_destroy(struct http_client *client)
{
	if (client == NULL)
		return;
	(void)pthread_mutex_lock(&client->lock);
	client->stopping = true;
	(void)pthread_mutex_unlock(&client->lock);
	(void)curl_multi_wakeup(client->multi);
	(void)pthread_join(client->thread, NULL);

	(void)pthread_mutex_lock(&client->lock);
	while (client->callers > 0)
		(void)pthread_cond_wait(&client->left, &client->lock);
	(void)pthread_mutex_unlock(&client->lock);
	(void)curl_multi_cleanup(client->multi);
	(void)pthread_cond_destroy(&client->left);
	(void)pthread_mutex_destroy(&client->lock);
	free(client);
}

/* Whether ${s} would break out of its header line, or be cut by a NUL. */
static bool
has_line_break(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
			return true;
	}
	return false;
}

static bool
add_line(struct exchange *exchange, const char *line)
{
	struct curl_slist *longer =
	    line == NULL ? NULL : curl_slist_append(exchange->headers, line);

	if (longer == NULL)
		return false;
	exchange->headers = longer;
	return true;
}

/* The caller's headers, and an end to those that libcurl would add to a body on its own. */
static struct err *
add_headers(struct exchange *exchange, struct arena *arena)
{
	const struct http_call *call = exchange->call;
	bool typed = false, added = add_line(exchange, "Expect:");

	for (size_t i = 0; i < call->header_count && added; i++) {
		const struct http_header *header = &call->headers[i];

		if (has_line_break(header->name) || has_line_break(header->value))
			return ERR(
			    arena, ERR_UNAVAILABLE, "a header of the request has a line break");
		typed = typed || str_equal_nocase(header->name, STR("Content-Type"));
		/* To libcurl "Name:" removes a header and "Name;" sends it empty. */
		added = add_line(exchange,
		    arena_copy_z(arena, str_empty(header->value)
					    ? arena_printf(arena, "%.*s;", STR_ARG(header->name))
					    : arena_printf(arena, "%.*s: %.*s",
						  STR_ARG(header->name), STR_ARG(header->value))));
	}
	if (added && !typed)
		added = add_line(exchange, "Content-Type:");
	return added ? NULL : ERR(arena, ERR_LIMIT, "no memory for the request's headers");
}

static void
set_method(CURL *easy, const struct http_call *call)
{
	bool get = strcmp(call->method, "GET") == 0, head = strcmp(call->method, "HEAD") == 0;

	if (head) {
		(void)curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (!str_empty(call->body) || strcmp(call->method, "POST") == 0) {
		(void)curl_easy_setopt(easy, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(
		    easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
		(void)curl_easy_setopt(
		    easy, CURLOPT_POSTFIELDS, call->body.len == 0 ? "" : call->body.ptr);
	}
	if (!get || !str_empty(call->body))
		(void)curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call->method);
}

static void
set_callbacks(struct exchange *exchange)
{
	CURL *easy = exchange->easy;

	(void)curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	(void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending);
	(void)curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
}

/* What holds for every request: no signals, redirects, proxies or other protocols. */
static void
set_policy(CURL *easy, const struct http_client *client, long timeout_ms)
{
	bool http = client->config.allow_http;

	(void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, http ? "http,https" : "https");
	(void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	(void)curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_SECONDS_MAX);
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
	(void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
	    timeout_ms < CONNECT_MS_MAX ? timeout_ms : CONNECT_MS_MAX);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "osprey-strike");
}

static struct err *
set_up(struct exchange *exchange, struct arena *arena)
{
	const struct http_call *call = exchange->call;
	const char *url = arena_copy_z(arena, call->url);
	const char *user = arena_copy_z(arena, call->basic_user);
	const char *password = arena_copy_z(arena, call->basic_password);
	int64_t timeout_ms = call->timeout.us / 1000;

	if (timeout_ms <= 0)
		return ERR(arena, ERR_UNAVAILABLE, "the request's time was over before it began");
	exchange->easy = curl_easy_init();
	if (exchange->easy == NULL || url == NULL || user == NULL || password == NULL)
		return ERR(arena, ERR_LIMIT, "no memory for a request");
	if (has_line_break(call->url))
		return ERR(arena, ERR_UNAVAILABLE, "the URL has a line break");
	TRY(add_headers(exchange, arena));
	set_policy(exchange->easy, exchange->client, (long)timeout_ms);
	set_callbacks(exchange);
	(void)curl_easy_setopt(exchange->easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
	set_method(exchange->easy, call);
	if (!str_empty(call->basic_user)) {
		(void)curl_easy_setopt(exchange->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		(void)curl_easy_setopt(exchange->easy, CURLOPT_USERNAME, user);
		(void)curl_easy_setopt(exchange->easy, CURLOPT_PASSWORD, password);
	}
	return NULL;
}

/* Give ${exchange} to the thread and wait until it is over.  False when the client is stopping. */
static bool
perform(struct exchange *exchange)
{
	struct http_client *client = exchange->client;

	(void)pthread_mutex_lock(&client->lock);
	if (client->stopping) {
		(void)pthread_mutex_unlock(&client->lock);
		return false;
	}
	client->callers++;
	exchange->next = client->pending;
	client->pending = exchange;
	(void)curl_multi_wakeup(client->multi);
	while (!exchange->finished)
		(void)pthread_cond_wait(&exchange->done, &client->lock);
	client->callers--;
	(void)pthread_cond_signal(&client->left);
	(void)pthread_mutex_unlock(&client->lock);
	return true;
}

/* "Name: value" lines into headers; those beyond HTTP_HEADERS_MAX are left out. */
static void
read_headers(struct str lines, struct http_answer *ret)
{
	while (lines.len > 0 && ret->header_count < HTTP_HEADERS_MAX) {
		struct str value = str_trim(str_cut(&lines, '\n'));
		size_t colon = str_find(value, STR(":"));
		struct str name;

		if (colon == SIZE_MAX)
			continue;
		name = str_cut(&value, ':');
		ret->headers[ret->header_count++] =
		    (struct http_header){ str_trim(name), str_trim(value) };
	}
}

static struct err *
read_answer(const struct exchange *exchange, struct arena *arena, struct http_answer *ret)
{
	struct str lines = arena_copy(arena, buf_view(&exchange->lines));
	long status = 0;

	(void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	*ret = (struct http_answer){ .status = (int)status };
	ret->body = arena_copy(arena, buf_view(&exchange->body));
	if (lines.len != exchange->lines.len || ret->body.len != exchange->body.len)
		return ERR(arena, ERR_LIMIT, "the answer does not fit into the request's memory");
	read_headers(lines, ret);
	return NULL;
}

/* Whether the request may be at the peer: some of it was sent, or libcurl does not know. */
static enum err_kind
failure_kind(const struct exchange *exchange)
{
	long sent = 0;

	(void)curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &sent);
	return sent == 0 && exchange->sends <= 1 ? ERR_UNAVAILABLE : ERR_UNCERTAIN;
}

static struct err *
describe_failure(const struct exchange *exchange, struct arena *arena)
{
	const struct http_call *call = exchange->call;
	struct str url = call->url;
	const char *why =
	    exchange->error[0] != '\0' ? exchange->error : curl_easy_strerror(exchange->code);

	url = str_cut(&url, '?'); /* a query may hold what is nobody's business */
	if (exchange->over_limit)
		return ERR(arena, ERR_LIMIT, "%s %.*s: the answer is larger than %zu bytes",
		    call->method, STR_ARG(url), exchange->client->config.response_bytes_max);
	return ERR(arena, failure_kind(exchange), "%s %.*s: %s", call->method, STR_ARG(url), why);
}

static void
fini_exchange(struct exchange *exchange)
{
	curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	free(exchange->lines.ptr);
	free(exchange->body.ptr);
	(void)pthread_cond_destroy(&exchange->done);
}

static struct err *
exchange_with(struct http_client *client, struct arena *arena, const struct http_call *call,
    struct http_answer *ret)
{
	struct exchange exchange CLEANUP(fini_exchange) = { .client = client, .call = call };

	CHECK(pthread_cond_init(&exchange.done, NULL) == 0);
	TRY(set_up(&exchange, arena));
	if (!perform(&exchange))
		return ERR(arena, ERR_UNAVAILABLE, "the HTTP client is being stopped");
	if (exchange.code != CURLE_OK)
		return describe_failure(&exchange, arena);
	return read_answer(&exchange, arena, ret);
}

/* What a request came to, in one word. */
static struct str
outcome_of(const struct err *err, const struct http_answer *answer)
{
	static const struct str classes[] = { { "1xx", 3 }, { "2xx", 3 }, { "3xx", 3 },
		{ "4xx", 3 }, { "5xx", 3 } };

	if (err == NULL && answer->status == 429)
		return STR("429");
	if (err == NULL && answer->status >= 100 && answer->status < 600)
		return classes[answer->status / 100 - 1];
	if (err == NULL || err->kind == ERR_UNCERTAIN)
		return STR("uncertain");
	return err->kind == ERR_LIMIT ? STR("limit") : STR("unavailable");
}

/* "POST /v1/subsectors"; empty when nobody listens. */
static struct str
point_name(const struct http_call *call, struct arena *arena)
{
	struct str url = call->url, path = str_cut(&url, '?');
	size_t scheme = str_find(path, STR("://"));

	if (fault_point_listener == NULL)
		return STR("");
	if (scheme != SIZE_MAX)
		path = (struct str){ path.ptr + scheme + 3, path.len - scheme - 3 };
	(void)str_cut(&path, '/');
	return arena_printf(arena, "%s /%.*s", call->method, STR_ARG(path));
}

struct err *
http_client_send(struct http_client *client, struct arena *arena, const struct http_call *call,
    struct http_answer *ret)
{
	struct str provider = str_from_z(call->provider == NULL ? "other" : call->provider);
	int64_t began_us = clock_monotonic_us();
	struct str point = point_name(call, arena);
	struct err *err;

	fault_point(FAULT_BEFORE, "request", point);
	err = exchange_with(client, arena, call, ret);
	fault_point(FAULT_AFTER, "request", point);
	metrics_count(METRIC_REQUESTS, provider, outcome_of(err, ret));
	metrics_observe(
	    METRIC_REQUEST_TIME, provider, (struct duration){ clock_monotonic_us() - began_us });
	return err;
}
