#include "integration/gateway/gateway.h"

#include <stdlib.h>

#include "base/json.h"
#include "integration/telephony_adapter.h"
#include "proto/twiml.h"
#include "proto/url.h"

#define URL_BYTES_MAX     2048
#define ID_BYTES_MAX      48
#define WORDS_BYTES_MAX   200
#define RETRY_AFTER_S_MAX 300

struct gateway {
	struct telephony port; /* first: the port is the adapter */
	struct gateway_config config;
};

static struct gateway *
gateway_of(struct telephony *port)
{
	return (struct gateway *)port;
}

/* ---- requests ---- */

static struct err *
send_request(struct gateway *gateway, struct arena *arena, const char *method,
    const struct buf *url, struct str body, struct http_answer *ret)
{
	const struct http_header headers[] = {
		{ STR("Accept"), STR("application/json") },
		{ STR("Authorization"), arena_printf(arena, "Bearer %.*s",
					    STR_ARG(secret_reveal(gateway->config.token))) },
		{ STR("Content-Type"), STR("application/json") },
	};
	struct http_call call = {
		.provider = "gateway",
		.method = method,
		.url = buf_view(url),
		.headers = headers,
		.header_count = str_empty(body) ? 2 : 3,
		.body = body,
		.timeout = gateway->config.timeout,
	};

	if (url->overflowed)
		return ERR(arena, ERR_LIMIT, "the request to the gateway is too large");
	return http_client_send(gateway->config.client, arena, &call, ret);
}

static struct buf
begin_url(struct gateway *gateway, struct arena *arena, struct str resource)
{
	struct buf url = buf_in(arena, URL_BYTES_MAX);

	url_begin(&url, gateway->config.api_url);
	buf_str(&url, STR("/v1/"));
	buf_str(&url, resource);
	return url;
}

/* Where the gateway's call-backs go: they are signed otherwise than Twilio's. */
static struct str
our_url(struct arena *arena, struct str url)
{
	struct str theirs = STR("/webhooks/twilio/");
	size_t at = str_find(url, theirs);

	if (at == SIZE_MAX)
		return url;
	return arena_printf(arena, "%.*s/webhooks/gateway/%.*s", (int)at, url.ptr,
	    (int)(url.len - at - theirs.len), url.ptr + at + theirs.len);
}

/* ---- answers ---- */

/* ${answer}'s body as a JSON object, or NULL. */
static const struct json *
read_body(struct arena *arena, const struct http_answer *answer)
{
	const struct json *body = NULL;
	struct str reason;

	if (!json_parse(arena, answer->body, &body, &reason) || body->type != JSON_MAP)
		return NULL;
	return body;
}

static bool
is_success(const struct http_answer *answer)
{
	return answer->status >= 200 && answer->status <= 299;
}

static struct duration
wait_of(const struct http_answer *answer)
{
	int64_t seconds;

	if (!str_parse_i64(
		http_header_find(answer->headers, answer->header_count, STR("Retry-After")),
		&seconds) ||
	    seconds < 0)
		return SECONDS(0);
	return SECONDS(seconds < RETRY_AFTER_S_MAX ? seconds : RETRY_AFTER_S_MAX);
}

/* The gateway's words without digits in a row: people's numbers stand nowhere in clear. */
static struct str
words_of(struct arena *arena, const struct json *body, int status)
{
	struct str text = json_text_or(body, STR("message"), STR(""));
	struct buf buf = buf_in(arena, WORDS_BYTES_MAX);
	size_t digits = 0;

	if (str_empty(text))
		return arena_printf(arena, "the gateway answers %d", status);
	for (size_t i = 0; i < text.len && buf.len + 4 < WORDS_BYTES_MAX; i++) {
		bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';

		digits = is_digit ? digits + 1 : 0;
		buf_char(&buf, digits > 4 ? '*' : text.ptr[i]);
	}
	return buf_view(&buf);
}

/* The fault in ${answer}, which is neither success nor a refusal of this very request; or NULL. */
static struct err *
find_fault(struct arena *arena, const struct http_answer *answer)
{
	bool asks_to_wait = wait_of(answer).us > 0;

	if (answer->status == 401 || answer->status == 403)
		return err_explain(
		    ERR(arena, ERR_UNAVAILABLE, "the gateway refuses our credentials"), STR(""),
		    STR("Check STRIKE_GATEWAY_URL and STRIKE_GATEWAY_TOKEN."));
	if (answer->status == 408 || answer->status == 429 ||
	    (answer->status == 503 && asks_to_wait))
		return ERR(arena, ERR_UNAVAILABLE, "the gateway asks us to wait");
	if (answer->status >= 500)
		return ERR(
		    arena, ERR_UNCERTAIN, "the gateway failed with status %d", answer->status);
	if (answer->status < 200 || (answer->status >= 300 && answer->status < 400))
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "this is not a gateway's API"),
		    STR(""), STR("Check STRIKE_GATEWAY_URL."));
	return NULL;
}

/* The id in ${body} as we write it; empty when there is none that can be one. */
static struct str
id_of(struct arena *arena, const struct json *body)
{
	struct str id = json_text_or(body, STR("id"), STR(""));

	if (str_empty(id) || id.len > ID_BYTES_MAX)
		return STR("");
	return arena_printf(arena, GATEWAY_ID_PREFIX "%.*s", STR_ARG(id));
}

static struct err *
read_receipt(struct arena *arena, const struct http_answer *answer, struct telephony_receipt *ret)
{
	const struct json *body = read_body(arena, answer);

	ret->wait = wait_of(answer);
	TRY(find_fault(arena, answer));
	ret->accepted = is_success(answer);
	if (!ret->accepted) {
		ret->code = answer->status;
		ret->detail = words_of(arena, body, answer->status);
		return NULL;
	}
	ret->provider_id = id_of(arena, body);
	if (str_empty(ret->provider_id))
		return ERR(arena, ERR_UNCERTAIN, "the gateway accepted, but gives no id");
	return NULL;
}

/* ---- calls and texts ---- */

static struct err *
create(struct gateway *gateway, struct arena *arena, struct str resource, const struct buf *body,
    struct telephony_receipt *ret)
{
	struct buf url = begin_url(gateway, arena, resource);
	struct http_answer answer;
	struct err *err;

	*ret = (struct telephony_receipt){ .accepted = false };
	if (body->overflowed)
		return ERR(arena, ERR_LIMIT, "the request to the gateway is too large");
	err = send_request(gateway, arena, "POST", &url, buf_view(body), &answer);
	if (err != NULL && err->kind == ERR_LIMIT)
		return err_make(arena, ERR_UNCERTAIN, err, __FILE__, __LINE__,
		    "the gateway's answer could not be kept");
	if (err != NULL)
		return ERR_WRAP(arena, err, "no answer from the gateway");
	return read_receipt(arena, &answer, ret);
}

static struct str
from_of(const struct gateway *gateway, const struct telephony_tenant *tenant)
{
	return str_empty(gateway->config.from) ? tenant->from : gateway->config.from;
}

/* What is to be done with a call to which something is said. */
static struct str
saying(struct arena *arena, struct str say)
{
	struct buf document = buf_in(arena, 512 + 6 * say.len);

	twiml_begin(&document);
	twiml_pause(&document, 1);
	twiml_say(&document, say);
	twiml_hangup(&document);
	twiml_end(&document);
	CHECK(!document.overflowed);
	return buf_view(&document);
}

static struct err *
place_call(struct telephony *port, struct arena *arena, const struct telephony_call *call,
    struct telephony_receipt *ret)
{
	struct gateway *gateway = gateway_of(port);
	struct buf body = buf_in(arena, 8192 + 12 * call->say.len);
	struct json_writer writer = json_writer(&body);
	bool says = str_empty(call->answer_url);

	json_begin_map(&writer);
	json_member_text(&writer, STR("key"), call->key);
	json_member_text(&writer, STR("from"), from_of(gateway, &call->tenant));
	json_member_text(&writer, STR("to"), call->to);
	json_member_int(&writer, STR("ringSeconds"), call->ring_s);
	if (says)
		json_member_text(&writer, STR("twiml"), saying(arena, call->say));
	else
		json_member_text(&writer, STR("answerUrl"), our_url(arena, call->answer_url));
	if (!str_empty(call->fallback_url))
		json_member_text(&writer, STR("fallbackUrl"), our_url(arena, call->fallback_url));
	if (!str_empty(call->status_url))
		json_member_text(&writer, STR("statusUrl"), our_url(arena, call->status_url));
	json_member_bool(&writer, STR("machineDetection"), !says);
	json_end_map(&writer);
	return create(gateway, arena, STR("calls"), &body, ret);
}

static struct err *
send_text(struct telephony *port, struct arena *arena, const struct telephony_text *text,
    struct telephony_receipt *ret)
{
	struct gateway *gateway = gateway_of(port);
	struct buf body = buf_in(arena, 4096 + 6 * text->body.len);
	struct json_writer writer = json_writer(&body);

	json_begin_map(&writer);
	json_member_text(&writer, STR("key"), text->key);
	json_member_text(&writer, STR("from"), from_of(gateway, &text->tenant));
	json_member_text(&writer, STR("to"), text->to);
	json_member_text(&writer, STR("text"), text->body);
	json_member_int(&writer, STR("validitySeconds"), text->validity_s);
	if (!str_empty(text->status_url))
		json_member_text(&writer, STR("statusUrl"), our_url(arena, text->status_url));
	json_end_map(&writer);
	return create(gateway, arena, STR("messages"), &body, ret);
}

/* A fault of a request that may be repeated without harm is never uncertain. */
static struct err *
repeatable(struct arena *arena, struct err *err)
{
	if (err == NULL || err->kind == ERR_UNAVAILABLE)
		return err;
	return err_make(
	    arena, ERR_UNAVAILABLE, err, __FILE__, __LINE__, "the gateway could not do it now");
}

static struct err *
hang_up(struct telephony *port, struct arena *arena, const struct telephony_tenant *tenant,
    struct str provider_id)
{
	struct gateway *gateway = gateway_of(port);
	struct str prefix = STR(GATEWAY_ID_PREFIX);
	struct buf url = begin_url(gateway, arena, STR("calls"));
	struct http_answer answer;

	(void)tenant;
	if (str_starts_with(provider_id, prefix))
		provider_id =
		    (struct str){ provider_id.ptr + prefix.len, provider_id.len - prefix.len };
	if (!url_append_segment(&url, provider_id))
		return ERR(arena, ERR_CORRUPT, "the call to end has no id");
	TRY(repeatable(arena, send_request(gateway, arena, "DELETE", &url, STR(""), &answer)));
	TRY(repeatable(arena, find_fault(arena, &answer)));
	if (is_success(&answer) || answer.status == 404 || answer.status == 409)
		return NULL;
	return ERR(
	    arena, ERR_UNAVAILABLE, "the gateway does not end the call: status %d", answer.status);
}

/* What was made under the key: one thing, or none. */
static struct err *
find(struct telephony *port, struct arena *arena, struct str resource,
    const struct telephony_search *search, struct telephony_records *ret)
{
	struct gateway *gateway = gateway_of(port);
	struct buf url = begin_url(gateway, arena, resource);
	struct telephony_record *record = arena_new(arena, struct telephony_record);
	const struct json *body;
	struct http_answer answer;

	*ret = (struct telephony_records){ NULL, 0 };
	if (record == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to look for a call");
	if (str_empty(search->key))
		return NULL;
	url_append_query(&url, STR("key"), search->key);
	TRY(repeatable(arena, send_request(gateway, arena, "GET", &url, STR(""), &answer)));
	TRY(repeatable(arena, find_fault(arena, &answer)));
	if (answer.status == 404)
		return NULL;
	body = read_body(arena, &answer);
	record->provider_id = id_of(arena, body);
	record->status = json_text_or(body, STR("status"), STR(""));
	record->created_at = search->since;
	record->is_certain = true;
	if (!is_success(&answer) || str_empty(record->provider_id))
		return ERR(arena, ERR_UNAVAILABLE, "the gateway does not say what it has");
	(void)!instant_parse(json_text_or(body, STR("createdAt"), STR("")), &record->created_at);
	*ret = (struct telephony_records){ record, 1 };
	return NULL;
}

static struct err *
find_calls(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct telephony_records *ret)
{
	return find(port, arena, STR("calls"), search, ret);
}

static struct err *
find_texts(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct telephony_records *ret)
{
	return find(port, arena, STR("messages"), search, ret);
}

static void
destroy(struct telephony *port)
{
	free(gateway_of(port));
}

struct telephony *
gateway_create(const struct gateway_config *config)
{
	static const struct telephony_ops ops = {
		.place_call = place_call,
		.send_text = send_text,
		.hang_up = hang_up,
		.find_calls = find_calls,
		.find_texts = find_texts,
		.destroy = destroy,
	};
	struct gateway *gateway = calloc(1, sizeof(*gateway));

	CHECK(gateway != NULL);
	CHECK(config->timeout.us > 0);
	gateway->port.ops = &ops;
	gateway->config = *config;
	return &gateway->port;
}
