#include "support/call_back.h"

#include <expat.h>

#include "base/hex.h"
#include "base/hmac.h"
#include "bin/development.h"
#include "proto/twilio_signature.h"

/* "/webhooks/twilio/voice/answer". */
static const char *
path_of(const struct call_back *given)
{
	return print("/webhooks/%s%s%s", given->gateway ? "gateway" : "twilio",
	    given->route[0] == '/' ? "" : "/voice/", given->route);
}

static const char *
target_of(const struct call_back *given)
{
	int attempt = given->attempt == 0 ? 1 : given->attempt;

	if (given->query != NULL)
		return print("%s%s", path_of(given), given->query);
	return print("%s?eco=%s&attempt=%d%s", path_of(given), given->eco, attempt,
	    given->more == NULL ? "" : given->more);
}

const char *
call_of(const char *eco, int attempt)
{
	const struct json *entries = timeline(DISPATCHER, eco);

	for (size_t i = 0; i < count_at(entries, ""); i++) {
		const struct json *entry = &entries->list.items[i];

		if (str_equal(at(entry, "type")->text, STR("PagePlaced")) &&
		    int_at(entry, "detail.attempt") == attempt)
			return text_at(entry, "detail.providerId");
	}
	fail_msg("attempt %d was not placed: %s", attempt, json_text(entries));
	return NULL;
}

static const char *
body_of(const struct call_back *given)
{
	if (given->body != NULL)
		return given->body;
	return print("CallSid=%s%s", call_of(given->eco, given->attempt == 0 ? 1 : given->attempt),
	    given->form == NULL ? "" : given->form);
}

static struct str
twilio_header(const struct call_back *given, const char *token, struct str url)
{
	const char *body = given->signed_body == NULL ? body_of(given) : given->signed_body;
	struct form form = { .count = 0 };

	(void)!form_parse(arena, str_from_z(body), &form);
	return twilio_signature(arena, str_from_z(token), url, &form);
}

static struct str
gateway_header(const struct call_back *given, const char *token, struct str url, struct str moment)
{
	const char *body = given->signed_body == NULL ? body_of(given) : given->signed_body;

	return hex_digest(
	    arena, hmac_sha256_of(str_from_z(token),
		       arena_printf(arena, "%.*s\n%.*s\n%s", STR_ARG(moment), STR_ARG(url), body)));
}

struct http_call
request_of(struct call_back given)
{
	const char *target = target_of(&given);
	const char *token = given.token == NULL ? DEVELOPMENT_AUTH_TOKEN : given.token;
	struct str url = arena_printf(arena, "%.*s%s", STR_ARG(server.server_url),
	    given.signed_target == NULL ? target : given.signed_target);
	int64_t moment_s =
	    given.moment_s == 0 ? clock_now(server.clock).us / 1000000 : given.moment_s;
	struct str moment = arena_printf(arena, "%lld", (long long)moment_s);
	struct http_header *headers = arena_array(arena, struct http_header, 3);

	headers[0] =
	    (struct http_header){ STR("Content-Type"), STR("application/x-www-form-urlencoded") };
	headers[1] = given.gateway ? (struct http_header){ STR("X-Strike-Signature"),
		gateway_header(&given, token, url, moment) }
				   : (struct http_header){ STR("X-Twilio-Signature"),
					     twilio_header(&given, token, url) };
	headers[2] = (struct http_header){ STR("X-Strike-Timestamp"), moment };
	return (struct http_call){
		.method = "POST",
		.url = arena_printf(arena, "%.*s%s", STR_ARG(server.server_url), target),
		.headers = headers,
		.header_count = token[0] == '\0' ? 1
				: given.gateway  ? 3
						 : 2,
		.body = str_from_z(body_of(&given)),
		.timeout = SECONDS(30),
	};
}

const struct http_answer *
send_back(struct call_back given)
{
	struct http_answer *answer = arena_new(arena, struct http_answer);
	struct http_call call = request_of(given);

	assert_non_null(answer);
	assert_no_fault(http_client_send(server.client, arena, &call, answer));
	return answer;
}

/* Twilio ends a call whose TwiML is no XML. */
static void
assert_well_formed(struct str xml)
{
	XML_Parser parser = XML_ParserCreate(NULL);

	if (XML_Parse(parser, xml.ptr, (int)xml.len, XML_TRUE) != XML_STATUS_OK)
		fail_msg("no XML: %.*s", STR_ARG(xml));
	XML_ParserFree(parser);
}

const char *
hears(struct call_back given)
{
	const struct http_answer *answer = send_back(given);

	if (answer->status != 200)
		fail_msg("expected 200, got %d: %.*s", answer->status, STR_ARG(answer->body));
	assert_text(http_header_find(answer->headers, answer->header_count, STR("Content-Type")),
	    "text/xml; charset=utf-8");
	assert_well_formed(answer->body);
	server_world_settle(&server);
	return arena_copy_z(arena, answer->body);
}

void
report(const char *eco, int attempt, const char *status)
{
	const struct http_answer *answer = send_back((struct call_back){ .route = "status",
	    .eco = eco,
	    .attempt = attempt,
	    .form = print("&CallStatus=%s", status) });

	assert_int_equal(answer->status, 204);
	server_world_settle(&server);
}

const char *
answered(void)
{
	const char *eco = created((struct create){ 0 });

	assert_contains(
	    HEARS(.route = "answer", .eco = eco, .form = "&AnsweredBy=human"), "Press 1");
	return eco;
}

const char *
story(const char *eco)
{
	return json_text(timeline(DISPATCHER, eco));
}
