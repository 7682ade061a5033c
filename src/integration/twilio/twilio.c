#include "integration/twilio/twilio.h"

#include <stdlib.h>

#include "base/json.h"
#include "integration/telephony_adapter.h"
#include "integration/twilio/twilio_answer.h"
#include "proto/form.h"
#include "proto/twilio_sid.h"
#include "proto/twiml.h"
#include "proto/url.h"

#define URL_BYTES_MAX 2048
#define PAGE_SIZE     STR("100")
#define PAGES_MAX     20

struct twilio {
	struct telephony port; /* first: the port is the adapter */
	struct twilio_config config;
};

static struct twilio *
twilio_of(struct telephony *port)
{
	return (struct twilio *)port;
}

/* Send one request, signed in.  ${body} is a form, or empty to GET. */
static struct err *
send_request(struct twilio *twilio, struct arena *arena, struct str url, struct str body,
    struct http_answer *ret)
{
	const struct http_header headers[] = {
		{ STR("Accept"), STR("application/json") },
		{ STR("Content-Type"), STR("application/x-www-form-urlencoded") },
	};
	bool get = str_empty(body);
	struct http_call call = {
		.provider = "twilio",
		.method = get ? "GET" : "POST",
		.url = url,
		.headers = headers,
		.header_count = get ? 1 : 2,
		.body = body,
		.basic_user = twilio->config.account_sid,
		.basic_password = secret_reveal(twilio->config.auth_token),
		.timeout = twilio->config.timeout,
	};

	return http_client_send(twilio->config.client, arena, &call, ret);
}

/* ${account}, of ${tenant}, is none; it is not repeated, for it may be a token in the wrong place.
 */
static struct err *
no_account(struct arena *arena, const struct telephony_tenant *tenant, struct str account)
{
	bool main_account = str_empty(tenant->subaccount);
	struct err *err =
	    str_empty(account)
		? ERR(arena, ERR_UNAVAILABLE, "no Twilio account is set")
		: ERR(arena, ERR_UNAVAILABLE,
		      "the SID of the Twilio %s is not \"AC\" and 32 hexadecimal digits",
		      main_account ? "account" : "subaccount");

	return err_explain(err, (struct str){ NULL, 0 },
	    main_account ? STR("Set STRIKE_TWILIO_ACCOUNT_SID.")
			 : STR("Put the agreement's subaccount right."));
}

/* ${api_url}/2010-04-01/Accounts/${tenant's SID}, to which the caller appends. */
static struct err *
begin_url(struct twilio *twilio, struct arena *arena, const struct telephony_tenant *tenant,
    struct buf *ret)
{
	struct str account =
	    str_empty(tenant->subaccount) ? twilio->config.account_sid : tenant->subaccount;

	if (!twilio_sid_is_account(account))
		return no_account(arena, tenant, account);
	*ret = buf_in(arena, URL_BYTES_MAX);
	url_begin(ret, twilio->config.api_url);
	buf_str(ret, STR("/2010-04-01/Accounts/"));
	buf_str(ret, account);
	return NULL;
}

/* POST ${form} to ${resource} of the tenant's account, to make a call or a text. */
static struct err *
create(struct twilio *twilio, struct arena *arena, const struct telephony_tenant *tenant,
    struct str resource, const struct buf *form, struct telephony_receipt *ret)
{
	struct http_answer answer;
	struct buf url;
	struct err *err;

	*ret = (struct telephony_receipt){ .accepted = false };
	TRY(begin_url(twilio, arena, tenant, &url));
	buf_str(&url, resource);
	if (url.overflowed || form->overflowed)
		return ERR(arena, ERR_LIMIT, "the request to Twilio is too large");
	err = send_request(twilio, arena, buf_view(&url), buf_view(form), &answer);
	if (err != NULL && err->kind == ERR_LIMIT)
		return err_make(arena, ERR_UNCERTAIN, err, __FILE__, __LINE__,
		    "Twilio's answer could not be kept");
	if (err != NULL)
		return ERR_WRAP(arena, err, "no answer from Twilio");
	return twilio_answer_receipt(arena, &answer, ret);
}

/* Room for a form with a text of ${length} bytes: "%XX" for each, and 4 kB for the rest. */
static struct buf
form_with(struct arena *arena, size_t length)
{
	return buf_in(arena, 4096 + 3 * length);
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

/* Every change of state is told to ${url}. */
static void
add_status(struct buf *form, struct str url)
{
	form_encode(form, STR("StatusCallback"), url);
	form_encode(form, STR("StatusCallbackMethod"), STR("POST"));
	form_encode(form, STR("StatusCallbackEvent"), STR("initiated"));
	form_encode(form, STR("StatusCallbackEvent"), STR("ringing"));
	form_encode(form, STR("StatusCallbackEvent"), STR("answered"));
	form_encode(form, STR("StatusCallbackEvent"), STR("completed"));
}

static struct err *
place_call(struct telephony *port, struct arena *arena, const struct telephony_call *call,
    struct telephony_receipt *ret)
{
	bool says = str_empty(call->answer_url);
	struct str document = says ? saying(arena, call->say) : STR("");
	struct buf form = form_with(arena,
	    call->answer_url.len + call->fallback_url.len + call->status_url.len + document.len);

	form_encode(&form, STR("To"), call->to);
	form_encode(&form, STR("From"), call->tenant.from);
	if (says) {
		form_encode(&form, STR("Twiml"), document);
	} else {
		form_encode(&form, STR("Url"), call->answer_url);
		form_encode(&form, STR("Method"), STR("POST"));
	}
	if (!str_empty(call->fallback_url)) {
		form_encode(&form, STR("FallbackUrl"), call->fallback_url);
		form_encode(&form, STR("FallbackMethod"), STR("POST"));
	}
	if (!str_empty(call->status_url))
		add_status(&form, call->status_url);
	form_encode(&form, STR("Timeout"), arena_printf(arena, "%lld", (long long)call->ring_s));
	/* Who only speaks need not know who listens. */
	if (!says)
		form_encode(&form, STR("MachineDetection"), STR("Enable"));
	return create(twilio_of(port), arena, &call->tenant, STR("/Calls.json"), &form, ret);
}

static struct err *
send_text(struct telephony *port, struct arena *arena, const struct telephony_text *text,
    struct telephony_receipt *ret)
{
	struct buf form = form_with(arena, text->body.len + text->status_url.len);

	form_encode(&form, STR("To"), text->to);
	form_encode(&form, STR("From"), text->tenant.from);
	form_encode(&form, STR("Body"), text->body);
	form_encode(
	    &form, STR("ValidityPeriod"), arena_printf(arena, "%lld", (long long)text->validity_s));
	if (!str_empty(text->status_url))
		form_encode(&form, STR("StatusCallback"), text->status_url);
	return create(twilio_of(port), arena, &text->tenant, STR("/Messages.json"), &form, ret);
}

/* A fault of a request that may be repeated without harm, whatever became of the first. */
static struct err *
repeatable(struct arena *arena, const struct err *cause)
{
	return err_make(arena, ERR_UNAVAILABLE, cause, __FILE__, __LINE__, "no answer from Twilio");
}

/* "completed" ends a call in any state; "canceled" would not end one that was just picked up. */
static struct err *
hang_up(struct telephony *port, struct arena *arena, const struct telephony_tenant *tenant,
    struct str provider_id)
{
	struct http_answer answer;
	struct buf url;
	struct err *err;

	TRY(begin_url(twilio_of(port), arena, tenant, &url));
	buf_str(&url, STR("/Calls"));
	if (!url_append_segment(&url, provider_id))
		return ERR(arena, ERR_CORRUPT, "the call to end has no id");
	buf_str(&url, STR(".json"));
	if (url.overflowed)
		return ERR(arena, ERR_LIMIT, "the request to Twilio is too large");
	err =
	    send_request(twilio_of(port), arena, buf_view(&url), STR("Status=completed"), &answer);
	if (err != NULL)
		return repeatable(arena, err);
	return twilio_answer_ended(arena, &answer);
}

/* The address of the page behind ${page}, or an empty one; a fault when it leads elsewhere. */
static struct err *
next_page(struct twilio *twilio, struct arena *arena, struct str path, struct buf *ret)
{
	if (str_empty(path)) {
		*ret = buf_over(NULL, 0);
		return NULL;
	}
	if (!str_starts_with(path, STR("/2010-04-01/Accounts/")))
		return ERR(arena, ERR_CORRUPT, "Twilio's next page is not a path of its API");
	*ret = buf_in(arena, URL_BYTES_MAX);
	url_begin(ret, twilio->config.api_url);
	buf_str(ret, path);
	if (ret->overflowed)
		return ERR(arena, ERR_LIMIT, "the address of Twilio's next page is too long");
	return NULL;
}

/*
 * Read the list ${name} page by page, as Twilio has it newest first, until a
 * whole page is older than ${since}.
 */
static struct err *
find_records(struct twilio *twilio, struct arena *arena, struct buf url, struct str name,
    struct instant since, struct telephony_records *ret)
{
	struct twilio_list list = { .name = name, .since = since };

	list.at = arena_array(arena, struct telephony_record, TWILIO_RECORDS_MAX);
	if (list.at == NULL || url.overflowed)
		return ERR(arena, ERR_LIMIT, "the request to Twilio is too large");
	for (int page = 0; page < PAGES_MAX; page++) {
		struct http_answer answer;
		struct err *err;
		struct str next;

		err = send_request(twilio, arena, buf_view(&url), (struct str){ NULL, 0 }, &answer);
		if (err != NULL)
			return repeatable(arena, err);
		TRY(twilio_answer_list(arena, &answer, &list, &next));
		TRY(next_page(twilio, arena, next, &url));
		if (url.len == 0) {
			*ret = (struct telephony_records){ list.at, list.count };
			return NULL;
		}
	}
	return ERR(arena, ERR_LIMIT, "Twilio shows more than %d pages", PAGES_MAX);
}

/* Look in ${resource} of the tenant's account for what went from its number to another. */
static struct err *
begin_search(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct str resource, struct buf *ret)
{
	TRY(begin_url(twilio_of(port), arena, &search->tenant, ret));
	buf_str(ret, resource);
	url_append_query(ret, STR("To"), search->to);
	url_append_query(ret, STR("From"), search->tenant.from);
	url_append_query(ret, STR("PageSize"), PAGE_SIZE);
	return NULL;
}

static struct err *
find_calls(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct telephony_records *ret)
{
	struct buf url;

	TRY(begin_search(port, arena, search, STR("/Calls.json"), &url));
	return find_records(twilio_of(port), arena, url, STR("calls"), search->since, ret);
}

static struct err *
find_texts(struct telephony *port, struct arena *arena, const struct telephony_search *search,
    struct telephony_records *ret)
{
	struct buf url;

	TRY(begin_search(port, arena, search, STR("/Messages.json"), &url));
	return find_records(twilio_of(port), arena, url, STR("messages"), search->since, ret);
}

static void
destroy(struct telephony *port)
{
	free(twilio_of(port));
}

struct telephony *
twilio_create(const struct twilio_config *config)
{
	static const struct telephony_ops ops = {
		.place_call = place_call,
		.send_text = send_text,
		.hang_up = hang_up,
		.find_calls = find_calls,
		.find_texts = find_texts,
		.destroy = destroy,
	};
	struct twilio *twilio = calloc(1, sizeof(*twilio));

	CHECK(twilio != NULL);
	CHECK(config->timeout.us > 0);
	twilio->port.ops = &ops;
	twilio->config = *config;
	return &twilio->port;
}
