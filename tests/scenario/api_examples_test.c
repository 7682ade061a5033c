#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/app.h"
#include "support/api_world.h"
#include "support/example_text.h"

/*
 * The examples of docs/reference/api.md, asked of a server: tests/examples/order.txt says
 * which, by whom and in which order.  What is answered must be what is recorded beside
 * them; see support/example_text.h for what is not compared.
 *
 * usage: api_examples_test mem|pg [--write]      --write records the answers anew
 */

#define FILE_BYTES_MAX (256u << 10)
#define DONE_MAX       256

/* The first person accepts; the crew is done an hour later. */
#define SCENARIO                                                             \
	"scenario \"Examples\"\n"                                            \
	"noc operator@lone-star-noc\n"                                       \
	"watch dispatcher@hill-country-osp\n"                                \
	"create MFR at -97.7431 30.2672 with hill-country-osp \"Nothing\"\n" \
	"phone +15125550101 answers after 8s, presses 1, then 45#\n"         \
	"render up\n"                                                        \
	"task investigation: starts after 12m, completes after 35m\n"        \
	"expect anything else\nuntil ECOClosed within 6h\n"

static bool writes;

struct line {
	struct str word, kind, field, who, rest;
};

/* What was answered, by field: what later variables refer to. */
struct done {
	const char *field;
	const struct json *answer;
};
static struct done done[DONE_MAX];
static size_t done_count;
static struct example_names names;

/* ---- files ---- */

static struct str
read_file(const char *path, bool must_be)
{
	char *text = arena_array(arena, char, FILE_BYTES_MAX);
	FILE *file = fopen(path, "re");
	size_t length;

	if (file == NULL && !must_be)
		return STR("");
	if (file == NULL)
		fail_msg("there is no %s", path);
	length = fread(text, 1, FILE_BYTES_MAX, file);
	(void)fclose(file);
	assert_true(length < FILE_BYTES_MAX);
	return (struct str){ text, length };
}

static void
write_file(const char *path, struct str text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
	assert_int_equal(fclose(file), 0);
}

static const char *
path_of(struct str kind, struct str field, const char *ending)
{
	return print(STRIKE_EXAMPLES "/%.*s/%.*s%s", STR_ARG(kind), STR_ARG(field), ending);
}

/* The next line that says something; false at the end. */
static bool
next_line(struct str *text, struct line *ret)
{
	while (!str_empty(*text)) {
		struct str line = str_trim(str_cut(text, '\n'));

		if (str_empty(line) || line.ptr[0] == '#')
			continue;
		*ret = (struct line){ .word = str_cut(&line, ' ') };
		ret->rest = line;
		if (str_equal(ret->word, STR("again")))
			ret->kind = str_cut(&line, ' ');
		else
			ret->kind = ret->word;
		ret->field = str_cut(&line, ' ');
		ret->who = str_cut(&line, ' ');
		ret->rest = str_equal(ret->word, STR("again")) ? line : ret->rest;
		return true;
	}
	return false;
}

static bool
is_example(const struct line *line)
{
	return str_equal(line->word, STR("query")) || str_equal(line->word, STR("mutation")) ||
	       str_equal(line->word, STR("subscription"));
}

/* ---- variables ---- */

/* The last code that was sent to anybody: six digits of a text. */
static const char *
code_sent_last(void)
{
	const struct http_answer *answer;
	char *code = arena_copy_z(arena, STR("......"));
	int64_t after = 0, last = 1;

	while (after < last) {
		struct http_answer *page = arena_new(arena, struct http_answer);
		const struct json *entries;

		assert_no_fault(http_client_send(server.client, arena,
		    &(struct http_call){
			.method = "GET",
			.url = arena_printf(arena, "%.*s/control/journal?after=%lld",
			    STR_ARG(server.mock_url), (long long)after),
			.timeout = SECONDS(20),
		    },
		    page));
		answer = page;
		last = int_at(json_of(answer, 200), "last");
		entries = at(json_of(answer, 200), "entries");
		for (size_t i = 0; i < entries->list.count; i++, after++) {
			struct str body =
			    json_text_or(&entries->list.items[i], STR("body"), STR(""));
			size_t digits = 0;

			for (size_t j = 0; j < body.len && digits < 6; j++) {
				if (body.ptr[j] >= '0' && body.ptr[j] <= '9')
					code[digits++] = body.ptr[j];
				else
					digits = 0;
			}
		}
	}
	return code;
}

/* "FIELD:PATH" of what was answered last. */
static const char *
answered(struct str reference)
{
	struct str field = str_cut(&reference, ':');

	for (size_t i = done_count; i > 0; i--) {
		if (str_equal(str_from_z(done[i - 1].field), field))
			return text_at(done[i - 1].answer,
			    print("data.%.*s.%.*s", STR_ARG(field), STR_ARG(reference)));
	}
	fail_msg("nothing was answered to %.*s yet", STR_ARG(field));
	return NULL;
}

static const char *
meant_by(struct str reference)
{
	if (str_equal(reference, STR("key")))
		return new_key();
	if (str_equal(reference, STR("code")))
		return code_sent_last();
	return answered(reference);
}

/* ${text} with every "<...>" replaced by what it stands for. */
static struct str
fill_in(struct str text)
{
	struct buf buf = buf_in(arena, FILE_BYTES_MAX);

	while (!str_empty(text)) {
		size_t open = str_find(text, STR("\"<"));
		struct str rest;

		if (open == SIZE_MAX) {
			buf_str(&buf, text);
			break;
		}
		buf_str(&buf, (struct str){ text.ptr, open + 1 });
		rest = (struct str){ text.ptr + open + 2, text.len - open - 2 };
		buf_str(&buf, str_from_z(meant_by(str_cut(&rest, '>'))));
		text = rest;
	}
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

/* The variables of an example; members of ${more}, a map, take the place of the input's. */
static const char *
variables_of(struct str kind, struct str field, struct str more)
{
	struct str text = read_file(path_of(kind, field, ".variables.json"), true);
	const struct json *variables, *input, *instead = NULL;
	struct str reason;
	struct buf buf = buf_in(arena, FILE_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	text = fill_in(text);
	if (str_empty(more))
		return arena_copy_z(arena, text);
	assert_true(json_parse(arena, text, &variables, &reason));
	assert_true(json_parse(arena, more, &instead, &reason));
	input = at(variables, "input");
	json_begin_map(&writer);
	json_name(&writer, STR("input"));
	json_begin_map(&writer);
	for (size_t i = 0; i < input->map.count; i++) {
		const struct json_member *member = &input->map.members[i];
		const struct json *other = json_find(instead, member->name);

		json_name(&writer, member->name);
		json_write_value(&writer, other == NULL ? &member->value : other);
	}
	json_end_map(&writer);
	json_end_map(&writer);
	return arena_copy_z(arena, buf_view(&buf));
}

/* ---- asking ---- */

static void
remember(struct str field, const struct json *answer)
{
	assert_true(done_count < DONE_MAX);
	done[done_count++] = (struct done){ arena_copy_z(arena, field), answer };
}

/* ---- what is told as it happens ---- */

static int
connect_to_server(void)
{
	struct str port = server.server_url;
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	const struct timeval patience = { .tv_sec = 30 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int64_t number;

	while (str_find(port, STR(":")) != SIZE_MAX)
		(void)str_cut(&port, ':');
	assert_true(str_parse_i64(port, &number));
	address.sin_port = htons((uint16_t)number);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	return fd;
}

/* The data of the first event of a stream of events, or NULL while it is not there. */
static const struct json *
first_event(struct str stream)
{
	size_t begin = str_find(stream, STR("event: next\ndata: "));
	const struct json *event;
	struct str rest, reason;

	if (begin == SIZE_MAX)
		return NULL;
	begin += strlen("event: next\ndata: ");
	rest = (struct str){ stream.ptr + begin, stream.len - begin };
	if (str_find(rest, STR("\n")) == SIZE_MAX)
		return NULL;
	return json_parse(arena, str_cut(&rest, '\n'), &event, &reason) ? event : NULL;
}

/* Subscribe by server-sent events: the first thing that is told. */
static const struct json *
listen_once(const char *identity, const char *document, const char *variables)
{
	struct buf body = buf_in(arena, FILE_BYTES_MAX);
	struct json_writer writer = json_writer(&body);
	char *stream = arena_array(arena, char, FILE_BYTES_MAX);
	const struct json *event = NULL;
	int fd = connect_to_server();
	size_t length = 0;
	const char *head;

	json_begin_map(&writer);
	json_member_text(&writer, STR("query"), str_from_z(document));
	json_member_raw(&writer, STR("variables"), str_from_z(variables));
	json_end_map(&writer);
	head = print("POST /graphql HTTP/1.1\r\nHost: %.*s\r\nAccept: text/event-stream\r\n"
		     "Content-Type: application/json\r\nStrike-Development-Identity: %s\r\n"
		     "Content-Length: %zu\r\n\r\n",
	    (int)server.server_url.len - 7, server.server_url.ptr + 7, identity, body.len);
	assert_int_equal(send(fd, head, strlen(head), MSG_NOSIGNAL), strlen(head));
	assert_int_equal(send(fd, body.ptr, body.len, MSG_NOSIGNAL), body.len);
	while (event == NULL && length < FILE_BYTES_MAX) {
		ssize_t n = recv(fd, stream + length, FILE_BYTES_MAX - length, 0);

		if (n <= 0)
			fail_msg("nothing was told of %s: %.*s", document, (int)length, stream);
		length += (size_t)n;
		event = first_event((struct str){ stream, length });
	}
	close(fd);
	return event;
}

/* ---- asking in turn ---- */

/*
 * What follows from a command has not happened when it is answered, and has when the next
 * example asks.
 */
static const struct json *
ask_example(const struct line *line, const char *variables)
{
	struct str document = read_file(path_of(line->kind, line->field, ".graphql"), true);
	bool changes = str_equal(line->kind, STR("mutation"));
	const char *who = arena_copy_z(arena, line->who);
	const struct json *answer;

	if (changes)
		server_world_rest(&server);
	if (str_equal(line->kind, STR("subscription")))
		answer = listen_once(who, arena_copy_z(arena, document), variables);
	else
		answer = ask(who, arena_copy_z(arena, document), variables);
	if (changes) {
		server_world_work(&server);
		server_world_settle(&server);
	}
	remember(line->field, answer);
	return answer;
}

/* The variables and the answer, as they are recorded and shown. */
static struct str
recording_of(const char *variables, const struct json *answer)
{
	struct buf buf = buf_in(arena, FILE_BYTES_MAX);
	const struct json *sent;
	struct str reason;

	assert_true(json_parse(arena, str_from_z(variables), &sent, &reason));
	buf_str(&buf, STR("{\n  \"variables\": "));
	example_write(&names, sent, 2, &buf);
	buf_str(&buf, STR(",\n  \"response\": "));
	example_write(&names, answer, 2, &buf);
	buf_str(&buf, STR("\n}\n"));
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

/* Whether the answer to ${line} is as recorded; what differs is shown. */
static bool
run_example(const struct line *line)
{
	const char *variables = variables_of(line->kind, line->field, STR(""));
	const struct json *answer = ask_example(line, variables);
	const char *path = path_of(line->kind, line->field, ".json");
	struct str recording = recording_of(variables, answer);

	if (writes)
		write_file(path, recording);
	else if (!str_equal(read_file(path, false), recording)) {
		print_error("%s is not what is answered now:\n%.*s\n", path, STR_ARG(recording));
		return false;
	}
	return true;
}

static void
wait_for(struct str seconds)
{
	int64_t count;

	assert_true(str_parse_i64(seconds, &count));
	for (int64_t i = 0; i < count; i += 5) {
		clock_advance(server.clock, SECONDS(5));
		server_world_settle(&server);
	}
}

static void
sign_in(struct str user, struct str organisation)
{
	const char *body = print(
	    "{\"user\":\"%.*s\",\"organisation\":\"%.*s\"}", STR_ARG(user), STR_ARG(organisation));
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
	};

	(void)json_of(
	    request("POST", "/session", headers, COUNT_OF(headers), str_from_z(body)), 200);
}

static bool
run_line(const struct line *line)
{
	if (str_equal(line->word, STR("settle")))
		server_world_settle(&server);
	else if (str_equal(line->word, STR("wait")))
		wait_for(line->field);
	else if (str_equal(line->word, STR("sign-in")))
		sign_in(line->field, line->who);
	else if (str_equal(line->word, STR("again")))
		(void)ask_example(line, variables_of(line->kind, line->field, line->rest));
	else if (is_example(line))
		return run_example(line);
	else
		fail_msg("order.txt: \"%.*s\" is not understood", STR_ARG(line->word));
	return true;
}

static void
each_example_is_answered_as_it_is_recorded(void **state)
{
	struct str order = read_file(STRIKE_EXAMPLES "/order.txt", true);
	struct line line;
	int wrong = 0;

	(void)state;
	while (next_line(&order, &line))
		wrong += !run_line(&line);
	if (wrong > 0)
		fail_msg("%d examples; api_examples_test mem --write records them anew", wrong);
}

/* ---- which there are ---- */

static const char *const kinds[] = {
	[OPERATION_COMMAND] = "mutation",
	[OPERATION_QUERY] = "query",
	[OPERATION_SUBSCRIPTION] = "subscription",
};

static bool
is_ordered(struct str kind, struct str field)
{
	struct str order = read_file(STRIKE_EXAMPLES "/order.txt", true);
	struct line line;

	while (next_line(&order, &line)) {
		if (is_example(&line) && str_equal(line.kind, kind) && str_equal(line.field, field))
			return true;
	}
	return false;
}

static void
every_operation_has_an_example(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		const struct app_operation_row *row = &app_operations[i];

		if (!is_ordered(str_from_z(kinds[row->kind]), row->field))
			fail_msg(
			    "order.txt has no \"%s %.*s\"", kinds[row->kind], STR_ARG(row->field));
	}
}

static bool
is_operation(const char *kind, struct str field)
{
	for (size_t i = 0; i < OPERATION_COUNT; i++) {
		if (strcmp(kinds[app_operations[i].kind], kind) == 0 &&
		    str_equal(app_operations[i].field, field))
			return true;
	}
	return false;
}

static void
no_example_is_for_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		DIR *folder = opendir(print(STRIKE_EXAMPLES "/%s", kinds[i]));
		const struct dirent *entry;

		assert_non_null(folder);
		while ((entry = readdir(folder)) != NULL) {
			struct str rest = str_from_z(entry->d_name);
			struct str field = str_cut(&rest, '.');

			if (!str_empty(field) && !is_operation(kinds[i], field))
				fail_msg("%s/%s is for no operation", kinds[i], entry->d_name);
		}
		closedir(folder);
	}
}

static int
begin(void **state)
{
	(void)state;
	api_world_begin_as(&(struct server_world_options){ .scenario = SCENARIO });
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		API_TEST(every_operation_has_an_example),
		API_TEST(no_example_is_for_nothing),
		API_TEST(each_example_is_answered_as_it_is_recorded),
	};

	writes = argc > 2 && strcmp(argv[2], "--write") == 0;
	store_factory_choose(argc > 1 ? argv[1] : "mem");
	return cmocka_run_group_tests(tests, begin, api_world_end);
}
