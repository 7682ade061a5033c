#include "mock/mock_twilio.h"

#define RESOURCE_BYTES_MAX 8192
#define PAGE_SIZE          50
#define PAGE_SIZE_MAX      1000
#define PAGE_BYTES_MAX     (4u << 20)

void
mock_answer_json(struct http_response *ret, int status, const struct buf *json)
{
	if (json->overflowed) {
		http_respond_text(ret, 500, STR("The answer is too large for the mock world.\n"));
		return;
	}
	*ret = (struct http_response){
		.status = status, .content_type = STR("application/json"), .body = buf_view(json)
	};
}

/* A member that is null when there is nothing to say. */
static void
write_or_null(struct json_writer *writer, struct str name, struct str text)
{
	json_name(writer, name);
	if (str_empty(text))
		json_write_null(writer);
	else
		json_write_text(writer, text);
}

/* A moment as Twilio writes it, null when it has not come. */
static void
write_date(struct json_writer *writer, struct arena *arena, struct str name, struct instant when)
{
	write_or_null(writer, name, when.us == 0 ? STR("") : world_date(arena, when));
}

static void
write_nulls(struct json_writer *writer, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		json_name(writer, str_from_z(names[i]));
		json_write_null(writer);
	}
}

static struct str
resource_uri(
    struct arena *arena, const struct mock_account *account, const char *kind, const char *sid)
{
	return arena_printf(
	    arena, "/2010-04-01/Accounts/%.*s/%s/%s", STR_ARG(account->sid), kind, sid);
}

static void
write_call(struct json_writer *writer, struct arena *arena, const struct call *call)
{
	static const char *const unknown[] = { "parent_call_sid", "phone_number_sid", "group_sid",
		"forwarded_from", "caller_name", "price", "annotation", "trunk_sid" };
	struct str uri = resource_uri(arena, call->account, "Calls", call->sid);
	struct duration talked = instant_since(call->ended_at, call->answered_at);
	bool over = mock_call_is_over(call->status);

	json_begin_map(writer);
	json_member_text(writer, STR("sid"), str_from_z(call->sid));
	json_member_text(writer, STR("account_sid"), call->account->sid);
	json_member_text(writer, STR("to"), call->to);
	json_member_text(writer, STR("to_formatted"), call->to);
	json_member_text(writer, STR("from"), call->from);
	json_member_text(writer, STR("from_formatted"), call->from);
	/* The resource knows no "initiated": it stays "queued" until it rings. */
	json_member_text(writer, STR("status"),
	    mock_call_status_name(call->status == CALL_INITIATED ? CALL_QUEUED : call->status));
	json_member_text(
	    writer, STR("direction"), call->inbound ? STR("inbound") : STR("outbound-api"));
	json_member_text(writer, STR("api_version"), STR("2010-04-01"));
	write_or_null(writer, STR("answered_by"), call->answered_by);
	write_date(writer, arena, STR("date_created"), call->created_at);
	write_date(writer, arena, STR("date_updated"), call->updated_at);
	write_date(writer, arena, STR("start_time"), call->answered_at);
	write_date(writer, arena, STR("end_time"), call->ended_at);
	write_or_null(writer, STR("duration"),
	    !over ? STR("")
		  : arena_printf(arena, "%lld",
			call->answered_at.us == 0 ? 0 : (long long)(talked.us / SECONDS(1).us)));
	json_member_text(writer, STR("price_unit"), STR("USD"));
	json_member_text(writer, STR("queue_time"), STR("0"));
	write_nulls(writer, unknown, COUNT_OF(unknown));
	json_member_text(writer, STR("uri"), arena_printf(arena, "%.*s.json", STR_ARG(uri)));
	json_name(writer, STR("subresource_uris"));
	json_begin_map(writer);
	json_member_text(
	    writer, STR("recordings"), arena_printf(arena, "%.*s/Recordings.json", STR_ARG(uri)));
	json_member_text(writer, STR("notifications"),
	    arena_printf(arena, "%.*s/Notifications.json", STR_ARG(uri)));
	json_end_map(writer);
	json_end_map(writer);
}

/* Twilio's "Error and warning dictionary". */
static struct str
error_words(int64_t code)
{
	static const struct {
		int64_t code;
		struct str words;
	} errors[] = {
		{ 30001, STR("Queue overflow") },
		{ 30002, STR("Account suspended") },
		{ 30003, STR("Unreachable destination handset") },
		{ 30004, STR("Message blocked") },
		{ 30005, STR("Unknown destination handset") },
		{ 30006, STR("Landline or unreachable carrier") },
		{ 30007, STR("Message filtered") },
		{ 30008, STR("Unknown error") },
	};

	for (size_t i = 0; i < COUNT_OF(errors); i++)
		if (errors[i].code == code)
			return errors[i].words;
	return STR("Unknown error");
}

static void
write_text(struct json_writer *writer, struct arena *arena, const struct text *text)
{
	static const char *const unknown[] = { "messaging_service_sid", "price" };
	struct str uri = resource_uri(arena, text->account, "Messages", text->sid);

	json_begin_map(writer);
	json_member_text(writer, STR("sid"), str_from_z(text->sid));
	json_member_text(writer, STR("account_sid"), text->account->sid);
	json_member_text(writer, STR("to"), text->to);
	json_member_text(writer, STR("from"), text->from);
	json_member_text(writer, STR("body"), text->body);
	json_member_text(writer, STR("status"), text->status);
	json_member_text(
	    writer, STR("direction"), text->inbound ? STR("inbound") : STR("outbound-api"));
	json_member_text(writer, STR("api_version"), STR("2010-04-01"));
	json_member_text(writer, STR("num_segments"),
	    arena_printf(arena, "%zu", (str_utf8_length(text->body) + 159) / 160));
	json_member_text(writer, STR("num_media"), STR("0"));
	json_name(writer, STR("error_code"));
	if (text->error_code == 0)
		json_write_null(writer);
	else
		json_write_int(writer, text->error_code);
	write_or_null(writer, STR("error_message"),
	    text->error_code == 0 ? STR("") : error_words(text->error_code));
	write_date(writer, arena, STR("date_created"), text->created_at);
	write_date(writer, arena, STR("date_updated"), text->updated_at);
	write_date(writer, arena, STR("date_sent"), text->sent_at);
	json_member_text(writer, STR("price_unit"), STR("USD"));
	write_nulls(writer, unknown, COUNT_OF(unknown));
	json_member_text(writer, STR("uri"), arena_printf(arena, "%.*s.json", STR_ARG(uri)));
	json_name(writer, STR("subresource_uris"));
	json_begin_map(writer);
	json_member_text(
	    writer, STR("media"), arena_printf(arena, "%.*s/Media.json", STR_ARG(uri)));
	json_end_map(writer);
	json_end_map(writer);
}

void
mock_twilio_answer_call(const struct mock_twilio_request *asked, const struct call *call,
    int status, struct http_response *ret)
{
	struct buf buf = buf_in(asked->arena, RESOURCE_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	write_call(&writer, asked->arena, call);
	mock_answer_json(ret, status, &buf);
}

void
mock_twilio_answer_text(const struct mock_twilio_request *asked, const struct text *text,
    int status, struct http_response *ret)
{
	struct buf buf = buf_in(asked->arena, RESOURCE_BYTES_MAX + 6 * text->body.len);
	struct json_writer writer = json_writer(&buf);

	write_text(&writer, asked->arena, text);
	mock_answer_json(ret, status, &buf);
}

/* A day ("2026-01-05"), as filters name it, or a moment. */
static bool
parse_moment(struct str text, struct arena *arena, struct instant *ret)
{
	if (text.len == 10)
		text = arena_printf(arena, "%.*sT00:00:00Z", STR_ARG(text));
	return instant_parse(text, ret);
}

/* Whether ${when} lies within the bounds "${name}>" and "${name}<" of the query, if given. */
static bool
is_within(const struct mock_twilio_request *asked, const char *name, struct instant when)
{
	struct arena *arena = asked->arena;
	struct instant bound;
	struct str from = form_find(&asked->form, arena_printf(arena, "%s>", name));
	struct str until = form_find(&asked->form, arena_printf(arena, "%s<", name));

	if (parse_moment(from, arena, &bound) && when.us < bound.us)
		return false;
	return !parse_moment(until, arena, &bound) || when.us <= bound.us;
}

/* Whether the query leaves ${value} in: it asks for nothing else under ${name}. */
static bool
is_asked_for(const struct mock_twilio_request *asked, struct str name, struct str value)
{
	struct str wanted = form_find(&asked->form, name);

	return str_empty(wanted) || str_equal(wanted, value);
}

static bool
lists_call(const struct mock_twilio_request *asked, size_t i)
{
	const struct call *call = asked->world->calls[i];

	return call->account == asked->account && is_asked_for(asked, STR("To"), call->to) &&
	       is_asked_for(asked, STR("From"), call->from) &&
	       is_asked_for(asked, STR("Status"), mock_call_status_name(call->status)) &&
	       is_within(asked, "StartTime", call->created_at);
}

static bool
lists_text(const struct mock_twilio_request *asked, size_t i)
{
	const struct text *text = asked->world->texts[i];

	return text->account == asked->account && is_asked_for(asked, STR("To"), text->to) &&
	       is_asked_for(asked, STR("From"), text->from) &&
	       is_within(asked, "DateSent", text->created_at);
}

/* What differs between the two lists. */
struct list {
	const char *name; /* "calls" */
	const char *file; /* "Calls.json" */
	size_t count;
	bool (*lists)(const struct mock_twilio_request *asked, size_t i);
	bool texts;
};

static int64_t
query_number(
    const struct mock_twilio_request *asked, struct str name, int64_t most, int64_t otherwise)
{
	int64_t number;

	return str_parse_i64(form_find(&asked->form, name), &number) && number >= 0 &&
		       number <= most
		   ? number
		   : otherwise;
}

/* The address of a page, or null. */
static void
write_page_uri(struct json_writer *writer, const struct mock_twilio_request *asked,
    const struct list *list, const char *name, int64_t page, int64_t size)
{
	write_or_null(writer, str_from_z(name),
	    page < 0
		? STR("")
		: arena_printf(asked->arena, "/2010-04-01/Accounts/%.*s/%s?PageSize=%lld&Page=%lld",
		      STR_ARG(asked->account->sid), list->file, (long long)size, (long long)page));
}

static void
write_list(
    const struct mock_twilio_request *asked, const struct list *list, struct http_response *ret)
{
	struct buf buf = buf_in(asked->arena, PAGE_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	int64_t size = query_number(asked, STR("PageSize"), PAGE_SIZE_MAX, PAGE_SIZE);
	int64_t page = query_number(asked, STR("Page"), 100000, 0);
	int64_t first = page * size, matched = 0, written = 0;

	json_begin_map(&writer);
	json_name(&writer, str_from_z(list->name));
	json_begin_list(&writer);
	for (size_t i = list->count; i-- > 0;) {
		if (!list->lists(asked, i))
			continue;
		if (matched++ < first || written == size)
			continue;
		written++;
		if (list->texts)
			write_text(&writer, asked->arena, asked->world->texts[i]);
		else
			write_call(&writer, asked->arena, asked->world->calls[i]);
	}
	json_end_list(&writer);
	json_member_int(&writer, STR("page"), page);
	json_member_int(&writer, STR("page_size"), size);
	json_member_int(&writer, STR("start"), first);
	json_member_int(&writer, STR("end"), first + (written == 0 ? 0 : written - 1));
	write_page_uri(&writer, asked, list, "uri", page, size);
	write_page_uri(&writer, asked, list, "first_page_uri", 0, size);
	write_page_uri(&writer, asked, list, "previous_page_uri", page - 1, size);
	write_page_uri(
	    &writer, asked, list, "next_page_uri", matched > first + written ? page + 1 : -1, size);
	json_end_map(&writer);
	if (buf.overflowed)
		mock_twilio_refuse(ret, asked->arena, 500, 20500, STR("The page is too large"));
	else
		mock_answer_json(ret, 200, &buf);
}

void
mock_twilio_list_calls(const struct mock_twilio_request *asked, struct http_response *ret)
{
	struct list list = { "calls", "Calls.json", asked->world->call_count, lists_call, false };

	write_list(asked, &list, ret);
}

void
mock_twilio_list_texts(const struct mock_twilio_request *asked, struct http_response *ret)
{
	struct list list = { "messages", "Messages.json", asked->world->text_count, lists_text,
		true };

	write_list(asked, &list, ret);
}
