#include <stdlib.h>

#include "api/live_caller.h"
#include "runtime/random.h"

static const struct str words[LIVE_CALLER_WORDS] = {
	STR("Authorization"),
	STR("Strike-Organisation"),
	STR("Strike-Development-Identity"),
};

/* Where proofs stand, and for which organisation they are.  Where it came from is checked. */
static bool
counts(struct str name)
{
	static const struct str names[] = {
		STR("Cookie"),
		STR("Cf-Access-Jwt-Assertion"),
		STR("X-Amzn-Oidc-Data"),
	};

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		if (str_equal_nocase(words[i], name))
			return true;
	}
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (str_equal_nocase(names[i], name))
			return true;
	}
	return false;
}

/* -- making -- */

/* The texts of a caller that is being made, one behind the other. */
struct making {
	struct live_caller *caller;
	char *end;
};

static struct str
keep(struct making *making, struct str text)
{
	struct str kept = { making->end, text.len };

	if (text.len > 0)
		memcpy(making->end, text.ptr, text.len);
	making->end += text.len;
	return kept;
}

static struct making
begin(size_t bytes, struct str peer, struct address client)
{
	struct making making = { .caller = calloc(1, sizeof(*making.caller) + bytes) };

	CHECK(making.caller != NULL);
	making.end = making.caller->bytes;
	making.caller->client = client;
	making.caller->peer = keep(&making, peer);
	return making;
}

static void
keep_header(struct making *making, const struct http_header *header)
{
	struct live_caller *caller = making->caller;

	CHECK(caller->header_count < COUNT_OF(caller->headers));
	caller->headers[caller->header_count++] =
	    (struct http_header){ keep(making, header->name), keep(making, header->value) };
}

struct live_caller *
live_caller_create(const struct api_request *request)
{
	const struct http_request *http = request->http;
	size_t bytes = http->peer.len, count = 0;
	struct making making;

	for (size_t i = 0; i < http->header_count; i++) {
		if (!counts(http->headers[i].name))
			continue;
		bytes += http->headers[i].name.len + http->headers[i].value.len;
		count++;
	}
	if (count > LIVE_CALLER_HEADERS_MAX)
		return NULL;
	making = begin(bytes, http->peer, request->client);
	for (size_t i = 0; i < http->header_count; i++) {
		if (counts(http->headers[i].name))
			keep_header(&making, &http->headers[i]);
	}
	return making.caller;
}

/* -- connection_init -- */

/* RFC 9110, 5.5; as the gate of HTTP has it. */
static bool
is_field_value(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* What ${payload} says in place of headers, at most one of each name. */
static bool
read_words(
    const struct json *payload, struct http_header *ret, size_t *ret_count, struct str *ret_reason)
{
	bool said[LIVE_CALLER_WORDS] = { false };

	*ret_count = 0;
	for (size_t i = 0; payload != NULL && i < payload->map.count; i++) {
		const struct json_member *member = &payload->map.members[i];
		size_t word = 0;

		while (word < COUNT_OF(words) && !str_equal_nocase(words[word], member->name))
			word++;
		/* Other members are the client's own affair. */
		if (word == COUNT_OF(words) || member->value.type == JSON_NULL_VALUE)
			continue;
		if (said[word] || member->value.type != JSON_TEXT ||
		    !is_field_value(member->value.text)) {
			*ret_reason =
			    STR("connection_init: what stands for a header must be one text");
			return false;
		}
		said[word] = true;
		ret[(*ret_count)++] = (struct http_header){ words[word], member->value.text };
	}
	return true;
}

static bool
has(const struct http_header *headers, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal_nocase(headers[i].name, name))
			return true;
	}
	return false;
}

struct live_caller *
live_caller_join(const struct live_caller *from, const struct json *payload, struct str *ret_reason)
{
	struct http_header said[LIVE_CALLER_WORDS];
	size_t count, bytes = from->peer.len;
	struct making making;

	if (!read_words(payload, said, &count, ret_reason))
		return NULL;
	*ret_reason = STR("the request had too many headers");
	if (from->header_count + count > LIVE_CALLER_HEADERS_MAX)
		return NULL;
	for (size_t i = 0; i < from->header_count; i++)
		bytes += from->headers[i].name.len + from->headers[i].value.len;
	for (size_t i = 0; i < count; i++)
		bytes += said[i].name.len + said[i].value.len;
	making = begin(bytes, from->peer, from->client);
	for (size_t i = 0; i < from->header_count; i++) {
		if (!has(said, count, from->headers[i].name))
			keep_header(&making, &from->headers[i]);
	}
	for (size_t i = 0; i < count; i++)
		keep_header(&making, &said[i]);
	return making.caller;
}

void
live_caller_begin(const struct live_caller *caller, struct api_worker *worker, struct arena *arena,
    struct http_request *http, struct http_response *response, struct api_request *ret)
{
	*http = (struct http_request){
		/* Where it came from was checked when it became a WebSocket. */
		.method = HTTP_GET,
		.method_name = STR("GET"),
		.path = STR("/graphql"),
		.headers = caller->headers,
		.header_count = caller->header_count,
		.peer = caller->peer,
	};
	*response = (struct http_response){ .status = 0 };
	*ret = (struct api_request){
		.api = worker->api,
		.worker = worker,
		.arena = arena,
		.http = http,
		.response = response,
		.now = clock_now(worker->api->config.clock),
		.outcome = "ok",
		.client = caller->client,
		.address = address_text(arena, caller->client),
	};
	ret->id = random_uuid(ret->now);
}
