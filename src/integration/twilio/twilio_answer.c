#include "integration/twilio/twilio_answer.h"

#include "base/json.h"
#include "integration/twilio/twilio.h"
#include "proto/mail_date.h"
#include "proto/twilio_errors.h"

/* "Call is not in-progress": what it answers when there is nothing left to end. */
#define CODE_NOT_IN_PROGRESS 21220

#define RETRY_AFTER_S_MAX 300

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

/* How many bytes of ${text} are a telephone number in E.164: "+" and 7 to 15 digits; 0: none. */
static size_t
number_bytes(struct str text)
{
	size_t bytes = 1;

	if (text.ptr[0] != '+')
		return 0;
	while (bytes < text.len && text.ptr[bytes] >= '0' && text.ptr[bytes] <= '9')
		bytes++;
	return bytes >= 8 ? bytes : 0;
}

/*
 * Twilio's message without telephone numbers: it goes into events and logs, and
 * people's numbers stand nowhere in clear.
 */
static struct str
message_of(struct arena *arena, const struct json *body, struct str fallback)
{
	struct str text = json_text_or(body, STR("message"), fallback);
	struct buf buf = buf_in(arena, 2 * text.len + 1);

	while (text.len > 0) {
		size_t bytes = number_bytes(text);

		if (bytes > 0)
			buf_str(&buf, STR("(a number)"));
		else
			buf_char(&buf, text.ptr[bytes++]);
		text = (struct str){ text.ptr + bytes, text.len - bytes };
	}
	return buf_view(&buf);
}

/* What Twilio says about an error, for operators. */
static struct str
describe(struct arena *arena, const struct http_answer *answer, const struct json *body)
{
	struct str retry_after =
	    http_header_find(answer->headers, answer->header_count, STR("Retry-After"));
	struct str message = message_of(arena, body, STR("no message"));

	if (!str_empty(retry_after))
		return arena_printf(arena, "Twilio answers %d, retry after %.*s s: %.*s",
		    answer->status, STR_ARG(retry_after), STR_ARG(message));
	return arena_printf(arena, "Twilio answers %d, code %lld: %.*s", answer->status,
	    (long long)json_int_or(body, STR("code"), 0), STR_ARG(message));
}

/* Whether Twilio asks us to come back later, having done nothing. */
static bool
is_not_now(const struct http_answer *answer, const struct json *body)
{
	struct str retry_after =
	    http_header_find(answer->headers, answer->header_count, STR("Retry-After"));

	if (answer->status >= 400 && answer->status <= 499 &&
	    twilio_error_verdict(json_int_or(body, STR("code"), 0)) == TWILIO_RETRY)
		return true;
	return answer->status == 408 || answer->status == 429 ||
	       (answer->status == 503 && !str_empty(retry_after));
}

/* For how long; a date, or what is no number, is as good as none. */
static struct duration
wait_of(const struct http_answer *answer)
{
	struct str text =
	    http_header_find(answer->headers, answer->header_count, STR("Retry-After"));
	int64_t seconds;

	if (!str_parse_i64(text, &seconds) || seconds < 0)
		return SECONDS(0);
	return seconds < RETRY_AFTER_S_MAX ? SECONDS(seconds) : SECONDS(RETRY_AFTER_S_MAX);
}

/*
 * Whether Twilio does not know us, or does not let us.  A 401 may also be about
 * the request itself (21215, a country that we may not call): Twilio's errors
 * 20000 to 20999 are those about the account.
 */
static bool
is_sign_in(const struct http_answer *answer, const struct json *body)
{
	int64_t code = json_int_or(body, STR("code"), 0);

	return (answer->status == 401 || answer->status == 403) &&
	       (code == 0 || (code >= 20000 && code < 21000));
}

/* The fault in ${answer}, which is neither success nor a refusal of this very request; or NULL. */
static struct err *
find_fault(struct arena *arena, const struct http_answer *answer, const struct json *body)
{
	struct str none = { NULL, 0 };

	if (is_sign_in(answer, body))
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "Twilio refuses our credentials"),
		    describe(arena, answer, body),
		    STR("Check STRIKE_TWILIO_ACCOUNT_SID, STRIKE_TWILIO_AUTH_TOKEN and the "
			"subaccount's state."));
	if (is_not_now(answer, body))
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "Twilio asks us to wait"),
		    describe(arena, answer, body), none);
	if (answer->status >= 500)
		return err_explain(ERR(arena, ERR_UNCERTAIN, "Twilio failed"),
		    describe(arena, answer, body), none);
	if (answer->status < 200 || (answer->status >= 300 && answer->status < 400))
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "this is not Twilio's API"),
		    describe(arena, answer, body), STR("Check STRIKE_TWILIO_API_URL."));
	return NULL;
}

struct err *
twilio_answer_receipt(
    struct arena *arena, const struct http_answer *answer, struct telephony_receipt *ret)
{
	const struct json *body = read_body(arena, answer);

	*ret = (struct telephony_receipt){ .wait = wait_of(answer) };
	TRY(find_fault(arena, answer, body));
	*ret = (struct telephony_receipt){ .accepted = is_success(answer) };
	if (!ret->accepted) {
		ret->code = json_int_or(body, STR("code"), answer->status);
		ret->detail = message_of(
		    arena, body, arena_printf(arena, "Twilio answers %d", answer->status));
		return NULL;
	}
	ret->provider_id = json_text_or(body, STR("sid"), (struct str){ NULL, 0 });
	if (str_empty(ret->provider_id))
		return ERR(arena, ERR_UNCERTAIN,
		    "Twilio accepted, but its answer cannot be read or has no sid");
	return NULL;
}

/* A fault of a request that may be repeated: never uncertain. */
static struct err *
soften(struct arena *arena, struct err *fault)
{
	if (fault == NULL || fault->kind != ERR_UNCERTAIN)
		return fault;
	return err_make(
	    arena, ERR_UNAVAILABLE, fault, __FILE__, __LINE__, "Twilio could not do it now");
}

/* A record that is gone (404) is of a call that is over: Twilio deletes no others. */
struct err *
twilio_answer_ended(struct arena *arena, const struct http_answer *answer)
{
	const struct json *body = read_body(arena, answer);

	TRY(soften(arena, find_fault(arena, answer, body)));
	if (is_success(answer) || answer->status == 404 ||
	    json_int_or(body, STR("code"), 0) == CODE_NOT_IN_PROGRESS)
		return NULL;
	return err_explain(ERR(arena, ERR_UNAVAILABLE, "Twilio did not end the call"),
	    describe(arena, answer, body), (struct str){ NULL, 0 });
}

/* Put ${record} where it belongs, newest first. */
static bool
insert(struct twilio_list *list, struct telephony_record record)
{
	size_t at = list->count;

	if (list->count == TWILIO_RECORDS_MAX)
		return false;
	for (; at > 0 && list->at[at - 1].created_at.us < record.created_at.us; at--)
		list->at[at] = list->at[at - 1];
	list->at[at] = record;
	list->count++;
	return true;
}

/* Read one item of a list; false when it lacks what every call and text has. */
static bool
read_record(const struct json *item, struct telephony_record *ret)
{
	struct str none = { NULL, 0 };

	ret->provider_id = json_text_or(item, STR("sid"), none);
	ret->status = json_text_or(item, STR("status"), none);
	ret->body = json_text_or(item, STR("body"), none);
	ret->is_certain = false;
	return !str_empty(ret->provider_id) && !str_empty(ret->status) &&
	       mail_date_parse(json_text_or(item, STR("date_created"), none), &ret->created_at);
}

struct err *
twilio_answer_list(struct arena *arena, const struct http_answer *answer, struct twilio_list *list,
    struct str *ret_next)
{
	const struct json *body = read_body(arena, answer), *items = json_find(body, list->name);
	int64_t since_s = list->since.us / 1000000; /* dates have whole seconds */
	bool all_older;

	TRY(soften(arena, find_fault(arena, answer, body)));
	if (!is_success(answer))
		return err_explain(ERR(arena, ERR_UNAVAILABLE, "Twilio does not show its list"),
		    describe(arena, answer, body), (struct str){ NULL, 0 });
	if (items == NULL || items->type != JSON_LIST)
		return ERR(arena, ERR_UNAVAILABLE, "Twilio's list cannot be read");
	all_older = items->list.count > 0;
	for (size_t i = 0; i < items->list.count; i++) {
		struct telephony_record record;

		if (!read_record(&items->list.items[i], &record))
			return ERR(arena, ERR_UNAVAILABLE, "an item of Twilio's list is malformed");
		if (record.created_at.us / 1000000 < since_s)
			continue;
		all_older = false;
		if (!insert(list, record))
			return ERR(arena, ERR_LIMIT, "Twilio shows more than %d records",
			    TWILIO_RECORDS_MAX);
	}
	*ret_next = all_older ? (struct str){ NULL, 0 }
			      : json_text_or(body, STR("next_page_uri"), (struct str){ NULL, 0 });
	return NULL;
}
