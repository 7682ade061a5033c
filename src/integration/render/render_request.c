#include "integration/render/render_request.h"

#include "proto/form.h"
#include "proto/mail_date.h"
#include "proto/url.h"
#include "runtime/clock.h"

#define DETAIL_BYTES_MAX  200
#define RETRY_AFTER_S_MAX 86400
#define URL_BYTES_MAX     2048

/* The life of a token that does not say, and the longest that is believed. */
#define TOKEN_LIFE_S     300
#define TOKEN_LIFE_S_MAX 86400

/* How the names of all secrets begin that are for Render. */
#define RENDER_SECRET_PREFIX STR("render-")

static const struct str none = { NULL, 0 };

bool
render_trouble(struct render_visit *visit, enum sync_fault fault, struct str detail)
{
	*visit->trouble = (struct fieldwork_trouble){ .fault = fault, .detail = detail };
	visit->of_account = false;
	return false;
}

struct sha256
render_visit_account(const struct render_visit *visit)
{
	const struct fieldwork_tenant *tenant = visit->tenant;

	return render_account_of(
	    visit->arena, tenant->organisation, visit->base, tenant->client_id, tenant->secret_ref);
}

bool
render_visit_begin(struct render_visit *visit)
{
	visit->base =
	    str_empty(visit->tenant->url) ? visit->config->default_url : visit->tenant->url;
	if (str_empty(visit->base))
		return render_trouble(visit, SYNC_FAULT_UNREACHABLE,
		    STR("no address is set: neither the organisation's nor STRIKE_RENDER_API_URL"));
	if (!url_is_base(visit->base))
		return render_trouble(
		    visit, SYNC_FAULT_UNREACHABLE, STR("the address of Render is not a base URL"));
	return true;
}

/* ${text} from outside, fit for a log and a screen: short, without control characters. */
static struct str
tame(struct arena *arena, struct str text)
{
	struct buf buf = buf_in(arena, DETAIL_BYTES_MAX);

	if (!str_is_utf8(text))
		return STR("(not UTF-8)");
	for (size_t i = 0; i < text.len && buf.len < DETAIL_BYTES_MAX - 4; i++) {
		char c = text.ptr[i];

		buf_char(&buf, (uint8_t)c < ' ' || c == 0x7f ? ' ' : c);
	}
	/* A character that was cut in two goes as a whole. */
	while (buf.len > 0 && !str_is_utf8(buf_view(&buf)))
		buf.len--;
	return buf_view(&buf);
}

/* No whole answer came. */
static bool
trouble_of_fault(struct render_visit *visit, const struct err *err)
{
	struct buf buf = buf_in(visit->arena, 512);

	err_format(err, &buf);
	if (err->kind == ERR_LIMIT || err->kind == ERR_CORRUPT)
		return render_trouble(
		    visit, SYNC_FAULT_MALFORMED, tame(visit->arena, buf_view(&buf)));
	(void)render_trouble(visit, SYNC_FAULT_UNREACHABLE, tame(visit->arena, buf_view(&buf)));
	visit->of_account = true;
	return false;
}

/* Read a date as HTTP writes it (RFC 9110, 5.6.7): as in mail, but the zone is called GMT. */
static bool
parse_date(struct arena *arena, struct str text, struct instant *ret)
{
	if (text.len < 3 || !str_equal((struct str){ text.ptr + text.len - 3, 3 }, STR("GMT")))
		return false;
	return mail_date_parse(
	    arena_printf(arena, "%.*s+0000", (int)(text.len - 3), text.ptr), ret);
}

static struct str
header(const struct http_answer *answer, struct str name)
{
	return str_trim(http_header_find(answer->headers, answer->header_count, name));
}

/*
 * How many seconds ${answer} asks us to wait: as a number, or until a date by its own
 * clock; 0 when it does not say.
 */
static int64_t
retry_after(struct arena *arena, const struct http_answer *answer)
{
	struct str text = header(answer, STR("Retry-After"));
	struct instant until, now;
	int64_t seconds = 0;

	if (!str_parse_i64(text, &seconds) && parse_date(arena, text, &until)) {
		if (!parse_date(arena, header(answer, STR("Date")), &now))
			now = clock_system_now();
		seconds = instant_since(until, now).us / 1000000;
	}
	if (seconds < 0)
		return 0;
	return seconds < RETRY_AFTER_S_MAX ? seconds : RETRY_AFTER_S_MAX;
}

/* An answer came, and it is no success. */
static bool
trouble_of_status(
    struct render_visit *visit, const struct http_answer *answer, struct str code_and_words)
{
	struct str words = tame(visit->arena, code_and_words);
	struct str detail = arena_printf(visit->arena, "Render answers %d%s%.*s", answer->status,
	    str_empty(words) ? "" : ": ", STR_ARG(words));
	enum sync_fault fault = SYNC_FAULT_MALFORMED;

	if (answer->status == 401 || answer->status == 403)
		fault = SYNC_FAULT_REFUSED;
	else if (answer->status == 429)
		fault = SYNC_FAULT_RATE_LIMITED;
	else if (answer->status >= 500)
		fault = SYNC_FAULT_UNREACHABLE;
	(void)render_trouble(visit, fault, detail);
	if (answer->status == 429 || answer->status == 503)
		visit->trouble->retry_after_s = retry_after(visit->arena, answer);
	visit->of_account = answer->status == 401 || answer->status == 429 || answer->status >= 500;
	return false;
}

/* -- tokens -- */

/* The form that asks for a token; it holds the secret. */
static bool
write_token_request(struct render_visit *visit, struct buf *ret)
{
	struct secret secret;
	struct err *err;

	/* With the name of another secret, and an address of its own, a tenant would be sent it. */
	if (!str_starts_with(visit->tenant->secret_ref, RENDER_SECRET_PREFIX))
		return render_trouble(visit, SYNC_FAULT_REFUSED,
		    STR("the name of the secret for Render does not begin with \"render-\""));
	err = config_find_secret(
	    visit->config->settings, visit->arena, visit->tenant->secret_ref, &secret);
	if (err != NULL) {
		(void)trouble_of_fault(visit, err);
		visit->trouble->fault = SYNC_FAULT_REFUSED;
		return false;
	}
	*ret = buf_in(
	    visit->arena, 256 + 3 * (visit->tenant->client_id.len + secret_reveal(secret).len));
	form_encode(ret, STR("grant_type"), STR("client_credentials"));
	form_encode(ret, STR("client_id"), visit->tenant->client_id);
	form_encode(ret, STR("client_secret"), secret_reveal(secret));
	return !ret->overflowed ||
	       render_trouble(visit, SYNC_FAULT_UNREACHABLE, STR("no memory to ask for a token"));
}

/* Whether ${token} can stand in a header: visible ASCII, of a bearable length (RFC 6750, 2.1). */
static bool
is_token(struct str token)
{
	for (size_t i = 0; i < token.len; i++) {
		if (token.ptr[i] <= ' ' || token.ptr[i] >= 0x7f)
			return false;
	}
	return token.len > 0 && token.len <= RENDER_TOKEN_BYTES_MAX;
}

/* Read the answer of the token endpoint.  Of an error only its code is repeated. */
static bool
read_grant(struct render_visit *visit, const struct http_answer *answer, struct render_grant *ret)
{
	const struct json *body = NULL;
	struct str reason, token, type;

	if (!json_parse(visit->arena, answer->body, &body, &reason))
		body = NULL;
	if (answer->status == 400)
		return render_trouble(visit, SYNC_FAULT_REFUSED,
		    STR("Render answers 400 to the request for a token"));
	if (answer->status < 200 || answer->status > 299)
		return trouble_of_status(visit, answer, json_text_or(body, STR("error"), none));
	token = json_text_or(body, STR("access_token"), none);
	if (!is_token(token))
		return render_trouble(visit, SYNC_FAULT_MALFORMED,
		    STR("the answer to the request for a token has no usable access_token"));
	/* RFC 6749, 7.1: a token of a type that is not understood must not be used. */
	type = json_text_or(body, STR("token_type"), STR("Bearer"));
	if (!str_equal_nocase(type, STR("Bearer")))
		return render_trouble(visit, SYNC_FAULT_MALFORMED,
		    STR("the answer to the request for a token has a token_type that is not "
			"Bearer"));
	ret->token = secret_of(token);
	ret->life_s = json_int_or(body, STR("expires_in"), TOKEN_LIFE_S);
	if (ret->life_s <= 0 || ret->life_s > TOKEN_LIFE_S_MAX)
		ret->life_s = TOKEN_LIFE_S;
	return true;
}

/* Exchange the tenant's client id and secret for a token (RFC 6749 section 4.4). */
static bool
fetch_token(void *context, struct arena *arena, struct render_grant *ret)
{
	struct render_visit *visit = context;
	struct buf url = buf_in(arena, URL_BYTES_MAX), form;
	const struct http_header headers[] = {
		{ STR("Accept"), STR("application/json") },
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded") },
	};
	struct http_call call = { .provider = "render",
		.method = "POST",
		.headers = headers,
		.header_count = COUNT_OF(headers),
		.timeout = visit->config->timeout };
	struct http_answer answer;
	struct err *err;

	if (!write_token_request(visit, &form))
		return false;
	url_begin(&url, visit->base);
	buf_str(&url, STR("/oauth/token"));
	if (url.overflowed)
		return render_trouble(
		    visit, SYNC_FAULT_UNREACHABLE, STR("the address of Render is too long"));
	call.url = buf_view(&url);
	call.body = buf_view(&form);
	visit->requests++;
	err = http_client_send(visit->config->client, arena, &call, &answer);
	if (err != NULL)
		return trouble_of_fault(visit, err);
	return read_grant(visit, &answer, ret);
}

/* A token other than ${refused}. */
static bool
get_token(struct render_visit *visit, uint64_t refused, struct render_pass *ret)
{
	struct render_want want = {
		.organisation = visit->tenant->organisation,
		.url = visit->base,
		.client_id = visit->tenant->client_id,
		.secret_ref = visit->tenant->secret_ref,
		.refused = refused,
		.fetch = fetch_token,
		.context = visit,
		.trouble = visit->trouble,
	};

	(void)render_trouble(visit, SYNC_FAULT_UNREACHABLE, STR("no memory for a token"));
	visit->of_account = !render_tokens_get(visit->tokens, visit->arena, &want, ret);
	return !visit->of_account;
}

/* -- requests -- */

/* Send ${call} once with ${token}. */
static struct err *
send_with(
    struct render_visit *visit, struct http_call call, struct secret token, struct http_answer *ret)
{
	struct str bearer =
	    arena_printf(visit->arena, "Bearer %.*s", STR_ARG(secret_reveal(token)));
	const struct http_header headers[] = {
		{ STR("Authorization"), bearer },
		{ STR("Accept"), STR("application/json") },
		{ STR("Content-Type"), STR("application/json") },
	};

	if (str_empty(bearer))
		return ERR(visit->arena, ERR_LIMIT, "no memory for a request to Render");
	call.headers = headers;
	call.header_count = str_empty(call.body) ? 2 : 3;
	visit->requests++;
	return http_client_send(visit->config->client, visit->arena, &call, ret);
}

/* Whether ${answer} says that it is JSON, or does not say what it is. */
static bool
claims_json(const struct http_answer *answer)
{
	struct str type = header(answer, STR("Content-Type"));

	type = str_trim(str_cut(&type, ';'));
	return str_empty(type) ||
	       (type.len >= 4 &&
		   str_equal_nocase((struct str){ type.ptr + type.len - 4, 4 }, STR("json")));
}

/* Read ${answer}, or note the trouble in it. */
static bool
read_answer(struct render_visit *visit, const struct http_answer *answer, struct render_answer *ret)
{
	bool success = answer->status >= 200 && answer->status <= 299;
	const struct json *body = NULL, *error;
	struct str reason = STR("not an object"), code, field, words;
	bool readable =
	    json_parse(visit->arena, answer->body, &body, &reason) && body->type == JSON_MAP;

	if (success && !claims_json(answer))
		return render_trouble(visit, SYNC_FAULT_MALFORMED,
		    arena_printf(visit->arena, "the answer is not JSON, but %.*s",
			STR_ARG(tame(visit->arena, header(answer, STR("Content-Type"))))));

	if (!readable && (success || answer->status == 409))
		return render_trouble(visit, SYNC_FAULT_MALFORMED,
		    arena_printf(visit->arena, "the answer is not JSON: %.*s", STR_ARG(reason)));
	if (!success && answer->status != 409) {
		error = readable ? json_find(body, STR("error")) : NULL;
		code = json_text_or(error, STR("code"), STR(""));
		field = json_text_or(error, STR("field"), STR(""));
		words = json_text_or(error, STR("message"), STR(""));
		return trouble_of_status(visit, answer,
		    str_trim(arena_printf(visit->arena, "%.*s %.*s %.*s", STR_ARG(code),
			STR_ARG(field), STR_ARG(words))));
	}
	*ret = (struct render_answer){ .status = answer->status, .body = body };
	return true;
}

bool
render_request_send(struct render_visit *visit, const char *method, const struct buf *url,
    struct str body, struct render_answer *ret)
{
	struct http_call call = { .provider = "render",
		.method = method,
		.url = buf_view(url),
		.body = body,
		.timeout = visit->config->timeout };
	struct render_pass pass = { .serial = 0 };
	struct http_answer answer = { .status = 401 };

	if (url->overflowed)
		return render_trouble(
		    visit, SYNC_FAULT_UNREACHABLE, STR("the address of a request is too long"));
	for (int i = 0; i < 2 && answer.status == 401; i++) {
		struct err *err;

		if (!get_token(visit, pass.serial, &pass))
			return false;
		err = send_with(visit, call, pass.token, &answer);
		if (err != NULL)
			return trouble_of_fault(visit, err);
	}
	return read_answer(visit, &answer, ret);
}
