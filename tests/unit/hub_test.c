#include "support/unit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/hub.h"
#include "support/websocket_client.h"

#define PEERS_MAX         40
#define BACKLOG_BYTES_MAX 100000
#define MESSAGE_BYTES_MAX 70000
#define TEXTS_REMEMBERED  4000

/* -- what the hub tells -- */

struct listener {
	hub_peer peer;
	int fd; /* the client's end */
	/* Under the lock. */
	char *texts[TEXTS_REMEMBERED];
	size_t text_count;
	unsigned drained;
	int code; /* 0: not closed */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct arena *arena;
static struct hub *hub;
static struct listener *made[PEERS_MAX + 1];
static size_t made_count;

static void
on_received(void *who, struct str text)
{
	struct listener *listener = who;

	pthread_mutex_lock(&lock);
	assert_true(listener->text_count < TEXTS_REMEMBERED);
	listener->texts[listener->text_count++] = heap_text(text);
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
on_drained(void *who)
{
	struct listener *listener = who;

	pthread_mutex_lock(&lock);
	listener->drained++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void
on_closed(void *who, int code)
{
	struct listener *listener = who;

	pthread_mutex_lock(&lock);
	assert_int_equal(listener->code, 0);
	listener->code = code;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static const struct hub_events events = { on_received, on_drained, on_closed };

/* The text number ${index} that ${listener} said. */
static const char *
heard(struct listener *listener, size_t index)
{
	pthread_mutex_lock(&lock);
	while (listener->text_count <= index && listener->code == 0)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	assert_true(index < listener->text_count);
	return listener->texts[index];
}

static int
closed_with(struct listener *listener)
{
	pthread_mutex_lock(&lock);
	while (listener->code == 0)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	return listener->code;
}

static void
await_drained(struct listener *listener)
{
	pthread_mutex_lock(&lock);
	while (listener->drained == 0)
		pthread_cond_wait(&changed, &lock);
	listener->drained = 0;
	pthread_mutex_unlock(&lock);
}

/* -- set-up -- */

static void
start(unsigned silent_s, unsigned stuck_s)
{
	struct hub_config config = {
		.events = &events,
		.peers_max = PEERS_MAX,
		.message_bytes_max = MESSAGE_BYTES_MAX,
		.backlog_bytes_max = BACKLOG_BYTES_MAX,
		.silent_s = silent_s,
		.stuck_s = stuck_s,
	};

	assert_no_fault(hub_start(arena, &config, &hub));
}

static int
set_up(void **state)
{
	(void)state;
	arena = arena_create(64u << 20);
	start(600, 600);
	return 0;
}

static int
set_up_impatient(void **state)
{
	(void)state;
	arena = arena_create(64u << 20);
	start(1, 2);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	hub_stop(hub);
	for (size_t i = 0; i < made_count; i++) {
		assert_int_not_equal(made[i]->code, 0);
		if (made[i]->fd >= 0)
			(void)close(made[i]->fd);
		for (size_t j = 0; j < made[i]->text_count; j++)
			free(made[i]->texts[j]);
		free(made[i]);
	}
	made_count = 0;
	hub = NULL;
	arena_destroy(arena);
	return 0;
}

/* A new peer that has sent ${early} already. */
static struct listener *
join_early(enum hub_framing framing, struct str early)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	int pair[2];

	assert_non_null(listener);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	listener->fd = pair[0];
	assert_true(hub_take(hub, pair[1], framing, early, listener, &listener->peer));
	made[made_count++] = listener;
	return listener;
}

static struct listener *
join(void)
{
	return join_early(HUB_WEBSOCKET, STR(""));
}

static void
leave(struct listener *listener)
{
	(void)close(listener->fd);
	listener->fd = -1;
	(void)closed_with(listener);
}

static void
say(struct listener *listener, const char *text)
{
	assert_true(hub_send(hub, listener->peer, str_from_z(text), NULL, STR("")));
}

/* Whether ${listener} is told of room within a moment. */
static bool
gets_room(struct listener *listener)
{
	struct timespec until;
	bool told;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&lock);
	while (listener->drained == 0 && pthread_cond_timedwait(&changed, &lock, &until) == 0)
		;
	told = listener->drained > 0;
	listener->drained = 0;
	pthread_mutex_unlock(&lock);
	return told;
}

/* Send ${text} until neither the hub nor the kernel takes any more; how often it was taken. */
static size_t
fill(struct listener *listener, struct hub_text *text)
{
	size_t sent = 0;

	do {
		while (hub_send(hub, listener->peer, STR("n"), text, STR("")))
			sent++;
	} while (gets_room(listener));
	return sent;
}

/* A text of ${length} letters. */
static struct str
letters(size_t length)
{
	char *bytes = arena_bytes(arena, length + 1);

	memset(bytes, 'x', length);
	return (struct str){ bytes, length };
}

/* The client does as ${first} and ${payload} say; the server closes with ${code}. */
static void
assert_closes(struct listener *listener, int code)
{
	struct str reason;

	assert_int_equal(client_read_end(arena, listener->fd, &reason), code);
	(void)close(listener->fd);
	listener->fd = -1;
	assert_int_equal(closed_with(listener), code);
}

/* -- messages -- */

static void
what_a_client_says_is_told_as_one_text(void **state)
{
	struct listener *listener = join();

	(void)state;
	client_send_text(listener->fd, "good morning");
	client_send_text(listener->fd, "");
	assert_string_equal(heard(listener, 0), "good morning");
	assert_string_equal(heard(listener, 1), "");
}

static void
what_came_before_the_hub_had_the_socket_is_told_too(void **state)
{
	static const char frame[] = "\x81\x82\0\0\0\0hi\x81\x85\0\0\0\0th";
	struct listener *listener =
	    join_early(HUB_WEBSOCKET, (struct str){ frame, sizeof(frame) - 1 });

	(void)state;
	assert_string_equal(heard(listener, 0), "hi");
	client_send_bytes(listener->fd, STR("ere"));
	assert_string_equal(heard(listener, 1), "there");
}

static void
a_message_may_come_byte_by_byte_and_in_frames_with_pings_between(void **state)
{
	static const char bytes[] = "\x01\x82\1\0\1\0ie" /* "he", to be continued */
				    "\x89\x81\0\0\0\0p"
				    "\x80\x83\0\0\0\0llo";
	struct listener *listener = join();
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes) - 1; i++)
		client_send_bytes(listener->fd, (struct str){ bytes + i, 1 });
	assert_string_equal(heard(listener, 0), "hello");
	frame = client_read_frame(arena, listener->fd);
	assert_int_equal(frame.opcode, FRAME_PONG);
	assert_text(frame.payload, "p");
}

static void
texts_of_every_length_arrive_whole(void **state)
{
	static const size_t lengths[] = { 0, 1, 125, 126, 65535, 65536, 90000 };
	struct listener *listener = join();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(lengths); i++) {
		struct str text = letters(lengths[i]);

		/* The last may have been read here before the hub knows. */
		while (!hub_send(hub, listener->peer, text, NULL, STR("")))
			await_drained(listener);
		assert_true(str_equal(client_read_text(arena, listener->fd), text));
	}
}

static void
one_text_is_sent_to_many_each_with_its_own_head_and_tail(void **state)
{
	struct listener *listeners[10];
	struct hub_text *text = hub_text_create(STR(" shared "));

	(void)state;
	for (size_t i = 0; i < COUNT_OF(listeners); i++) {
		char head[2] = { (char)('a' + i), '\0' };

		listeners[i] = join();
		assert_true(hub_send(hub, listeners[i]->peer, str_from_z(head), text, STR("tail")));
	}
	hub_text_release(text);
	for (size_t i = 0; i < COUNT_OF(listeners); i++) {
		char expected[] = "? shared tail";

		expected[0] = (char)('a' + i);
		assert_text(client_read_text(arena, listeners[i]->fd), expected);
	}
}

static void
an_event_stream_is_written_as_it_is_and_what_its_peer_says_is_not_looked_at(void **state)
{
	struct listener *listener = join_early(HUB_EVENT_STREAM, STR("GET / HTTP/1.1"));

	(void)state;
	client_send_bytes(listener->fd, STR("\x81\x80 nonsense"));
	assert_true(hub_send(hub, listener->peer, STR("data: 1"), NULL, STR("\n\n")));
	assert_text(client_read_bytes(arena, listener->fd, 9), "data: 1\n\n");
	hub_close(hub, listener->peer, 1000, STR(""));
	assert_int_equal(client_read_bytes(arena, listener->fd, 1).len, 0);
	leave(listener);
	assert_int_equal(listener->text_count, 0);
	assert_int_equal(listener->code, 1000);
}

/* -- the rules of the frames -- */

static void
a_frame_that_is_not_masked_is_refused(void **state)
{
	struct listener *listener = join();

	(void)state;
	client_send_bytes(listener->fd, STR("\x81\x02hi"));
	assert_closes(listener, 1002);
	assert_int_equal(listener->text_count, 0);
}

static void
what_breaks_the_rules_is_refused(void **state)
{
	static const struct {
		int first;
		struct str payload;
		int code;
	} wrong[] = {
		{ FRAME_FIN | FRAME_RSV1 | FRAME_TEXT, { "a", 1 }, 1002 },
		{ FRAME_FIN | 0x3, { "a", 1 }, 1002 },
		{ FRAME_FIN | 0xb, { "a", 1 }, 1002 },
		{ FRAME_FIN | FRAME_MORE, { "nothing has begun", 17 }, 1002 },
		{ FRAME_PING, { "in parts", 8 }, 1002 },
		{ FRAME_FIN | FRAME_TEXT, { "\xff\xfe", 2 }, 1007 },
		{ FRAME_FIN | FRAME_TEXT, { "\xed\xa0\x80", 3 }, 1007 },
		{ FRAME_FIN | FRAME_TEXT, { "cut \xe2\x82", 6 }, 1007 },
		{ FRAME_FIN | FRAME_BINARY, { "\0\1", 2 }, 1003 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		struct listener *listener = join();

		client_send_frame(listener->fd, wrong[i].first, wrong[i].payload);
		assert_closes(listener, wrong[i].code);
		assert_int_equal(listener->text_count, 0);
	}
}

static void
a_frame_of_control_is_short(void **state)
{
	struct listener *listener = join();

	(void)state;
	client_send_frame(listener->fd, FRAME_FIN | FRAME_PING, letters(126));
	assert_closes(listener, 1002);
}

static void
a_message_is_as_long_as_is_allowed_and_no_longer(void **state)
{
	struct listener *fits = join(), *too_long = join(), *in_parts = join();

	(void)state;
	client_send_frame(fits->fd, FRAME_FIN | FRAME_TEXT, letters(MESSAGE_BYTES_MAX));
	assert_int_equal(strlen(heard(fits, 0)), MESSAGE_BYTES_MAX);
	client_send_frame(too_long->fd, FRAME_FIN | FRAME_TEXT, letters(MESSAGE_BYTES_MAX + 1));
	assert_closes(too_long, 1009);
	client_send_frame(in_parts->fd, FRAME_TEXT, letters(MESSAGE_BYTES_MAX));
	client_send_frame(in_parts->fd, FRAME_FIN | FRAME_MORE, letters(1));
	assert_closes(in_parts, 1009);
}

static void
a_message_of_too_many_frames_is_refused(void **state)
{
	struct listener *listener = join(), *fits = join();

	(void)state;
	client_send_frame(fits->fd, FRAME_TEXT, STR("a"));
	for (unsigned i = 2; i < HUB_FRAMES_MAX; i++)
		client_send_frame(fits->fd, FRAME_MORE, STR(""));
	client_send_frame(fits->fd, FRAME_FIN | FRAME_MORE, STR("b"));
	assert_string_equal(heard(fits, 0), "ab");
	client_send_frame(listener->fd, FRAME_TEXT, STR("a"));
	for (unsigned i = 0; i < HUB_FRAMES_MAX; i++)
		client_send_frame(listener->fd, FRAME_MORE, STR("b"));
	assert_closes(listener, 1008);
}

/* -- the end -- */

static void
a_client_that_closes_is_answered_with_its_own_code(void **state)
{
	struct listener *listener = join(), *silent = join();
	struct frame frame;

	(void)state;
	client_send_close(listener->fd, 4321);
	frame = client_read_frame(arena, listener->fd);
	assert_int_equal(frame.opcode, FRAME_CLOSE);
	assert_int_equal(frame.code, 4321);
	assert_int_equal(client_read_frame(arena, listener->fd).opcode, FRAME_END);
	assert_int_equal(closed_with(listener), 4321);
	client_send_frame(silent->fd, FRAME_FIN | FRAME_CLOSE, STR(""));
	assert_int_equal(client_read_frame(arena, silent->fd).opcode, FRAME_CLOSE);
	assert_int_equal(closed_with(silent), 1005);
}

static void
a_client_that_just_goes_away_is_told_as_1006(void **state)
{
	struct listener *listener = join();

	(void)state;
	leave(listener);
	assert_int_equal(listener->code, 1006);
}

static void
what_waits_is_sent_before_the_close_and_nothing_after_it(void **state)
{
	struct listener *listener = join();
	struct frame frame;

	(void)state;
	say(listener, "first");
	hub_close(hub, listener->peer, 4403, STR("you may not listen any more"));
	say(listener, "too late");
	hub_close(hub, listener->peer, 4500, STR("the first counts"));
	assert_text(client_read_text(arena, listener->fd), "first");
	frame = client_read_frame(arena, listener->fd);
	assert_int_equal(frame.opcode, FRAME_CLOSE);
	assert_int_equal(frame.code, 4403);
	assert_text((struct str){ frame.payload.ptr + 2, frame.payload.len - 2 },
	    "you may not listen any more");
	client_send_text(listener->fd, "nobody listens");
	client_send_close(listener->fd, 4403);
	assert_int_equal(client_read_frame(arena, listener->fd).opcode, FRAME_END);
	assert_int_equal(closed_with(listener), 4403);
	assert_int_equal(listener->text_count, 0);
}

static void
a_number_is_not_used_again(void **state)
{
	struct listener *first = join(), *second;

	(void)state;
	leave(first);
	second = join();
	assert_true(first->peer != second->peer);
	/* Nobody hears this, and nobody is closed by it. */
	say(first, "hello?");
	hub_close(hub, first->peer, 1000, STR(""));
	say(second, "you");
	assert_text(client_read_text(arena, second->fd), "you");
}

static void
there_are_as_many_peers_as_are_allowed(void **state)
{
	struct listener extra = { .fd = -1 };
	int pair[2];

	(void)state;
	for (size_t i = 0; i < PEERS_MAX; i++)
		(void)join();
	assert_int_equal(hub_count(hub), PEERS_MAX);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	assert_false(hub_take(hub, pair[1], HUB_WEBSOCKET, STR(""), &extra, &extra.peer));
	(void)close(pair[0]);
	(void)close(pair[1]); /* it is still ours */
	leave(made[0]);
	(void)join();
}

static void
a_stop_closes_everybody(void **state)
{
	struct listener *open = join(), *stream = join_early(HUB_EVENT_STREAM, STR(""));
	struct listener *closing = join();
	struct str reason;

	(void)state;
	hub_close(hub, closing->peer, 4400, STR("no"));
	say(open, "last words");
	hub_stop(hub);
	start(600, 600);
	assert_text(client_read_text(arena, open->fd), "last words");
	assert_int_equal(client_read_end(arena, open->fd, &reason), 1001);
	assert_int_equal(closed_with(open), 1001);
	assert_int_equal(closed_with(stream), 1001);
	assert_int_equal(closed_with(closing), 4400);
}

/* -- who does not read, and who is silent -- */

/* The next ${count} pings, each of which comes a second after the last. */
static void
answer_pings(struct listener *listener, int count)
{
	for (int i = 0; i < count; i++) {
		struct frame frame = client_read_frame(arena, listener->fd);

		assert_int_equal(frame.opcode, FRAME_PING);
		client_send_frame(listener->fd, FRAME_FIN | FRAME_PONG, frame.payload);
	}
}

static void
what_waits_is_bounded_and_the_sender_is_told_of_room(void **state)
{
	struct listener *listener = join(), *other = join();
	struct hub_text *text = hub_text_create(letters(10000));
	size_t sent = fill(listener, text);

	(void)state;
	/* The kernel takes some; the backlog is what it is. */
	assert_in_range(sent, BACKLOG_BYTES_MAX / 10001, 200);
	say(other, "the others go on");
	assert_text(client_read_text(arena, other->fd), "the others go on");
	for (size_t i = 0; i < sent; i++)
		assert_int_equal(client_read_text(arena, listener->fd).len, 10001);
	await_drained(listener);
	assert_true(hub_send(hub, listener->peer, STR("again"), NULL, STR("")));
	assert_text(client_read_text(arena, listener->fd), "again");
	hub_text_release(text);
}

static void
a_message_that_is_longer_than_the_backlog_goes_alone(void **state)
{
	struct listener *listener = join();
	struct str text = letters(BACKLOG_BYTES_MAX * 3);

	(void)state;
	assert_true(hub_send(hub, listener->peer, text, NULL, STR("")));
	assert_true(str_equal(client_read_text(arena, listener->fd), text));
}

static void
who_reads_nothing_is_closed_with_a_reason_and_the_others_go_on(void **state)
{
	struct listener *stuck = join(), *other = join();
	struct hub_text *text = hub_text_create(letters(10000));
	struct str reason;

	(void)state;
	(void)fill(stuck, text);
	hub_text_release(text);
	/* It begins to read when it is too late, but before the socket is closed. */
	answer_pings(other, 3);
	say(other, "on");
	assert_text(client_read_text(arena, other->fd), "on");
	assert_int_equal(client_read_end(arena, stuck->fd, &reason), 1013);
	assert_text(reason, "nothing of what was sent has been read for too long");
	assert_int_equal(closed_with(stuck), 1013);
}

static void
who_is_silent_is_pinged_and_who_does_not_answer_is_gone(void **state)
{
	struct listener *silent = join(), *alive = join();

	(void)state;
	answer_pings(alive, 3);
	assert_int_equal(closed_with(silent), 1006);
	assert_int_equal(alive->code, 0);
}

static void
a_stream_gets_comments(void **state)
{
	struct listener *listener = join_early(HUB_EVENT_STREAM, STR(""));

	(void)state;
	assert_text(client_read_bytes(arena, listener->fd, 6), ":\n\n:\n\n");
	assert_int_equal(listener->code, 0);
}

static void
what_is_expected_in_time_and_does_not_come_closes(void **state)
{
	struct listener *late = join(), *in_time = join();
	struct str reason;

	(void)state;
	hub_expect(hub, late->peer, 100, 4408, "too late");
	hub_expect(hub, in_time->peer, 100, 4408, "too late");
	hub_expect(hub, in_time->peer, 0, 0, NULL);
	assert_int_equal(client_read_end(arena, late->fd, &reason), 4408);
	assert_text(reason, "too late");
	assert_int_equal(closed_with(late), 4408);
	assert_int_equal(in_time->code, 0);
}

/* -- many threads -- */

#define SENDERS   4
#define SENT_EACH 100
#define LISTENERS 12

static atomic_uint refusals;

static void *
send_many(void *context)
{
	for (int i = 0; i < SENT_EACH; i++) {
		struct hub_text *text = hub_text_create(STR("0123456789"));

		for (size_t j = 0; j < LISTENERS; j++) {
			if (!hub_send(hub, made[j]->peer, str_from_z(context), text, STR("!")))
				refusals++;
		}
		hub_text_release(text);
	}
	return NULL;
}

static void
many_may_send_at_once_while_peers_come_and_go(void **state)
{
	static const char *const names[SENDERS] = { "a", "b", "c", "d" };
	pthread_t threads[SENDERS];

	(void)state;
	refusals = 0;
	for (size_t i = 0; i < LISTENERS; i++)
		(void)join();
	for (size_t i = 0; i < SENDERS; i++)
		pthread_create(&threads[i], NULL, send_many, (void *)(uintptr_t)names[i]);
	leave(made[0]);
	client_send_frame(made[1]->fd, FRAME_FIN | FRAME_PING, STR("between"));
	for (size_t i = LISTENERS; i < PEERS_MAX; i++)
		hub_close(hub, join()->peer, 1000, STR(""));
	for (size_t i = 1; i < LISTENERS; i++) {
		unsigned count = 0, pongs = 0;

		while (count < SENDERS * SENT_EACH || (i == 1 && pongs == 0)) {
			struct arena_mark mark = arena_mark(arena);
			struct frame frame = client_read_frame(arena, made[i]->fd);

			if (frame.opcode == FRAME_PONG) {
				pongs++;
				continue;
			}
			assert_int_equal(frame.opcode, FRAME_TEXT);
			assert_int_equal(frame.payload.len, 12);
			assert_memory_equal(frame.payload.ptr + 1, "0123456789!", 11);
			arena_release(arena, mark);
			count++;
		}
	}
	for (size_t i = 0; i < SENDERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(refusals, 0);
}

#define HUB_TEST(test)       cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define IMPATIENT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up_impatient, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HUB_TEST(what_a_client_says_is_told_as_one_text),
		HUB_TEST(what_came_before_the_hub_had_the_socket_is_told_too),
		HUB_TEST(a_message_may_come_byte_by_byte_and_in_frames_with_pings_between),
		HUB_TEST(texts_of_every_length_arrive_whole),
		HUB_TEST(one_text_is_sent_to_many_each_with_its_own_head_and_tail),
		HUB_TEST(
		    an_event_stream_is_written_as_it_is_and_what_its_peer_says_is_not_looked_at),
		HUB_TEST(a_frame_that_is_not_masked_is_refused),
		HUB_TEST(what_breaks_the_rules_is_refused),
		HUB_TEST(a_frame_of_control_is_short),
		HUB_TEST(a_message_is_as_long_as_is_allowed_and_no_longer),
		HUB_TEST(a_message_of_too_many_frames_is_refused),
		HUB_TEST(a_client_that_closes_is_answered_with_its_own_code),
		HUB_TEST(a_client_that_just_goes_away_is_told_as_1006),
		HUB_TEST(what_waits_is_sent_before_the_close_and_nothing_after_it),
		HUB_TEST(a_number_is_not_used_again),
		HUB_TEST(there_are_as_many_peers_as_are_allowed),
		HUB_TEST(a_stop_closes_everybody),
		HUB_TEST(what_waits_is_bounded_and_the_sender_is_told_of_room),
		HUB_TEST(a_message_that_is_longer_than_the_backlog_goes_alone),
		IMPATIENT_TEST(who_reads_nothing_is_closed_with_a_reason_and_the_others_go_on),
		IMPATIENT_TEST(who_is_silent_is_pinged_and_who_does_not_answer_is_gone),
		IMPATIENT_TEST(a_stream_gets_comments),
		IMPATIENT_TEST(what_is_expected_in_time_and_does_not_come_closes),
		HUB_TEST(many_may_send_at_once_while_peers_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
