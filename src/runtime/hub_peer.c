#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/hub_internal.h"

/* Pieces that go into one sendmsg(2), and how often in a row one peer may have it. */
#define PIECES_AT_ONCE 32
#define WRITES_AT_ONCE 8

/*
 * What the kernel keeps for a peer that does not read (it doubles this).  By itself it would
 * grow to megabytes, behind the back of backlog_bytes_max.
 */
#define SEND_BUFFER_BYTES (64 << 10)

/* For pongs to one that sends pings and reads nothing: beyond it, it is not read from. */
#define PONG_BYTES_MAX 4096

static void
lock(const struct hub_peer_state *peer)
{
	(void)pthread_mutex_lock(&peer->hub->lock);
}

static void
unlock(const struct hub_peer_state *peer)
{
	(void)pthread_mutex_unlock(&peer->hub->lock);
}

/* -- the end -- */

static void
free_peer(uv_handle_t *handle)
{
	struct hub_peer_state *peer = handle->data;
	struct hub_piece *piece;

	while ((piece = peer->first) != NULL) {
		peer->first = piece->next;
		hub_piece_destroy(piece);
	}
	if (peer->websocket != NULL)
		wslay_event_context_free(peer->websocket);
	free(peer->asked);
	free(peer->early);
	free(peer);
}

void
hub_peer_end(struct hub_peer_state *peer, int code)
{
	if (peer->gone)
		return;
	peer->gone = true;
	hub_forget(peer);
	/* Closing the handle takes the socket out of the loop at once: now it may be closed. */
	uv_close((uv_handle_t *)&peer->poll, free_peer);
	(void)close(peer->fd);
	peer->hub->events->closed(peer->who, code == 0 ? 1006 : code);
}

/* -- sending -- */

static void
add_part(struct iovec *parts, int *count, size_t *skip, const char *bytes, size_t length)
{
	size_t skipped = *skip < length ? *skip : length;

	*skip -= skipped;
	if (length > skipped)
		parts[(*count)++] =
		    (struct iovec){ .iov_base = (void *)(uintptr_t)(bytes + skipped),
			    .iov_len = length - skipped };
}

/* What waits first, but for what of it has gone.  Only this thread takes pieces away. */
static int
gather(const struct hub_peer_state *peer, struct iovec *parts)
{
	const struct hub_piece *piece;
	size_t skip;
	int count = 0, pieces = 0;

	lock(peer);
	skip = peer->sent;
	for (piece = peer->first; piece != NULL && pieces < PIECES_AT_ONCE; piece = piece->next) {
		struct str shared = hub_text_view(piece->shared);

		add_part(parts, &count, &skip, piece->bytes, piece->head);
		add_part(parts, &count, &skip, shared.ptr, shared.len);
		add_part(parts, &count, &skip, piece->bytes + piece->head, piece->tail);
		pieces++;
	}
	unlock(peer);
	return count;
}

/* ${bytes} of what waits are gone.  Whether somebody waits for room that there is now. */
static bool
take_away(struct hub_peer_state *peer, size_t bytes)
{
	struct hub_piece *done = NULL, *piece;
	bool drained;

	lock(peer);
	peer->backlog -= bytes;
	peer->sent += bytes;
	while ((piece = peer->first) != NULL && peer->sent >= hub_piece_length(piece)) {
		peer->sent -= hub_piece_length(piece);
		peer->first = piece->next;
		piece->next = done;
		done = piece;
	}
	if (bytes > 0)
		peer->taken_us = clock_monotonic_us();
	drained = peer->refused && !peer->shut &&
		  peer->backlog <= peer->hub->config.backlog_bytes_max / 2;
	if (drained)
		peer->refused = false;
	unlock(peer);
	while ((piece = done) != NULL) {
		done = piece->next;
		hub_piece_destroy(piece);
	}
	return drained;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void
watch(struct hub_peer_state *peer, bool writable)
{
	size_t backlog;
	int wanted;

	lock(peer);
	backlog = peer->backlog;
	unlock(peer);
	peer->full = backlog > peer->hub->config.backlog_bytes_max + PONG_BYTES_MAX;
	wanted = (peer->full ? 0 : UV_READABLE) | (writable ? UV_WRITABLE : 0);
	if (wanted == peer->polled)
		return;
	peer->polled = wanted;
	if (uv_poll_start(&peer->poll, wanted, on_poll) != 0)
		hub_peer_end(peer, 1011);
}

/* Everything is sent, also that it is over. */
static void
end_sending(struct hub_peer_state *peer)
{
	if (peer->framing == HUB_WEBSOCKET && wslay_event_get_close_received(peer->websocket)) {
		hub_peer_end(peer, peer->code);
		return;
	}
	/*
	 * A WebSocket's peer answers; whoever broke the rules may still be sending, and closing
	 * over that would take from it what we said last.
	 */
	if (peer->ended ||
	    (peer->framing == HUB_WEBSOCKET && wslay_event_want_read(peer->websocket)))
		return;
	peer->ended = true;
	(void)shutdown(peer->fd, SHUT_WR);
}

/* Send what the socket takes. */
static void
flush(struct hub_peer_state *peer)
{
	struct iovec parts[3 * PIECES_AT_ONCE];
	struct msghdr message = { .msg_iov = parts };
	bool drained = false, blocked = false, empty = false;

	for (int i = 0; i < WRITES_AT_ONCE && !blocked && !empty; i++) {
		int count = gather(peer, parts);
		ssize_t sent;

		empty = count == 0;
		if (empty)
			break;
		message.msg_iovlen = (size_t)count;
		sent = sendmsg(peer->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		blocked = sent < 0 && (errno == EAGAIN || errno == EINTR);
		if (sent < 0 && !blocked) {
			hub_peer_end(peer, peer->code);
			return;
		}
		if (sent > 0)
			drained = take_away(peer, (size_t)sent) || drained;
	}
	watch(peer, !empty);
	if (drained && !peer->gone)
		peer->hub->events->drained(peer->who);
	if (empty && peer->closing && !peer->gone)
		end_sending(peer);
}

static void
append(struct hub_peer_state *peer, struct str bytes)
{
	struct hub_piece *piece = hub_piece_create(bytes, STR(""), NULL, STR(""));

	lock(peer);
	hub_append(peer, piece);
	unlock(peer);
}

/* wslay gives us frames of control, in parts. */
static ssize_t
take_output(wslay_event_context_ptr websocket, const uint8_t *bytes, size_t length, int flags,
    void *context)
{
	struct hub_peer_state *peer = context;

	(void)websocket;
	(void)flags;
	buf_str(&peer->hub->output, (struct str){ (const char *)bytes, length });
	return (ssize_t)length;
}

/*
 * What wslay has to say goes out in one piece: another thread may be sending, and must not
 * get into the middle of a frame.
 */
static bool
send_control(struct hub_peer_state *peer)
{
	struct buf *output = &peer->hub->output;
	int failed;

	output->len = 0;
	failed = wslay_event_send(peer->websocket);
	if (failed != 0 || output->overflowed) {
		output->overflowed = false;
		return false;
	}
	if (output->len > 0)
		append(peer, buf_view(output));
	return true;
}

static bool wake(struct hub_peer_state *peer);

/* -- closing -- */

/* What is not sent is not sent any more, but for the rest of what is half-way. */
static void
drop_backlog(struct hub_peer_state *peer)
{
	struct hub_piece *dropped, *piece;

	lock(peer);
	dropped = peer->first;
	if (peer->sent > 0 && dropped != NULL) {
		piece = dropped;
		dropped = piece->next;
		piece->next = NULL;
		peer->last = piece;
		peer->backlog = hub_piece_length(piece) - peer->sent;
	} else {
		peer->first = peer->last = NULL;
		peer->backlog = 0;
	}
	unlock(peer);
	while ((piece = dropped) != NULL) {
		dropped = piece->next;
		hub_piece_destroy(piece);
	}
}

/* It is being closed with ${code}, whoever began. */
static void
begin_closing(struct hub_peer_state *peer, int code)
{
	if (peer->closing)
		return;
	peer->closing = true;
	peer->code = code;
	peer->linger_until_us = clock_monotonic_us() + HUB_LINGER_US;
	lock(peer);
	peer->shut = true;
	unlock(peer);
}

void
hub_peer_close(struct hub_peer_state *peer, const struct hub_closing *closing)
{
	if (peer->closing || peer->gone)
		return;
	begin_closing(peer, closing->code);
	if (peer->framing == HUB_WEBSOCKET) {
		bool failed = !wake(peer) ||
			      wslay_event_queue_close(peer->websocket, (uint16_t)closing->code,
				  (const uint8_t *)closing->reason, closing->reason_length) != 0 ||
			      !send_control(peer);

		if (failed) {
			hub_peer_end(peer, closing->code);
			return;
		}
	}
	flush(peer);
}

static void
close_saying(struct hub_peer_state *peer, int code, const char *reason)
{
	struct hub_closing closing = { .code = code };
	struct buf text = buf_over(closing.reason, sizeof(closing.reason));

	buf_str(&text, str_from_z(reason));
	closing.reason_length = (uint8_t)text.len;
	hub_peer_close(peer, &closing);
}

/* -- receiving -- */

/* wslay takes from us what was read. */
static ssize_t
give_input(wslay_event_context_ptr websocket, uint8_t *into, size_t room, int flags, void *context)
{
	struct hub_peer_state *peer = context;
	size_t length = peer->input.len < room ? peer->input.len : room;

	(void)flags;
	if (length == 0) {
		wslay_event_set_error(websocket, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(into, peer->input.ptr, length);
	peer->input.ptr += length;
	peer->input.len -= length;
	return (ssize_t)length;
}

static void
on_frame(wslay_event_context_ptr websocket, const struct wslay_event_on_frame_recv_start_arg *frame,
    void *context)
{
	static const char why[] = "the message is in too many frames";
	struct hub_peer_state *peer = context;

	if (wslay_is_ctrl_frame(frame->opcode))
		return;
	peer->frames = frame->opcode == WSLAY_CONTINUATION_FRAME ? peer->frames + 1 : 1;
	if (peer->frames <= HUB_FRAMES_MAX || peer->closing)
		return;
	begin_closing(peer, WSLAY_CODE_POLICY_VIOLATION);
	(void)wslay_event_queue_close(
	    websocket, WSLAY_CODE_POLICY_VIOLATION, (const uint8_t *)why, sizeof(why) - 1);
	wslay_event_shutdown_read(websocket);
}

static void
on_message(wslay_event_context_ptr websocket, const struct wslay_event_on_msg_recv_arg *message,
    void *context)
{
	static const char why[] = "only text is understood";
	struct hub_peer_state *peer = context;

	if (message->opcode == WSLAY_CONNECTION_CLOSE) {
		begin_closing(peer,
		    message->status_code == 0 ? WSLAY_CODE_NO_STATUS_RCVD : message->status_code);
	} else if (peer->closing) {
		return; /* it has been told */
	} else if (message->opcode == WSLAY_TEXT_FRAME) {
		peer->hub->events->received(
		    peer->who, (struct str){ (const char *)message->msg, message->msg_length });
	} else if (message->opcode == WSLAY_BINARY_FRAME) {
		begin_closing(peer, WSLAY_CODE_UNSUPPORTED_DATA);
		(void)wslay_event_queue_close(
		    websocket, WSLAY_CODE_UNSUPPORTED_DATA, (const uint8_t *)why, sizeof(why) - 1);
	}
}

/* -- at rest -- */

/* How long a frame's head is, of which ${framer} has two bytes. */
static size_t
head_length(const struct hub_framer *framer)
{
	unsigned length = framer->head[1] & 0x7f;

	return 2 +
	       (length == 126      ? 2u
		   : length == 127 ? 8u
				   : 0u) +
	       ((framer->head[1] & 0x80) != 0 ? 4u : 0u);
}

static void
end_head(struct hub_framer *framer)
{
	unsigned length = framer->head[1] & 0x7f;
	unsigned bytes = length == 126 ? 2 : length == 127 ? 8 : 0;
	unsigned opcode = framer->head[0] & 0x0f;

	framer->left = bytes == 0 ? length : 0;
	for (unsigned i = 0; i < bytes; i++)
		framer->left = framer->left << 8 | framer->head[2 + i];
	if (!wslay_is_ctrl_frame(opcode))
		framer->in_message = (framer->head[0] & 0x80) == 0;
	framer->length = 0;
}

static void
follow(struct hub_framer *framer, struct str bytes)
{
	while (bytes.len > 0) {
		size_t skipped = framer->left < bytes.len ? (size_t)framer->left : bytes.len;

		framer->left -= skipped;
		bytes.ptr += skipped;
		bytes.len -= skipped;
		if (bytes.len == 0)
			return;
		framer->head[framer->length++] = (uint8_t)*bytes.ptr;
		bytes.ptr++;
		bytes.len--;
		if (framer->length >= 2 && framer->length == head_length(framer))
			end_head(framer);
	}
}

static bool
open_websocket(struct hub_peer_state *peer)
{
	static const struct wslay_event_callbacks callbacks = {
		.recv_callback = give_input,
		.send_callback = take_output,
		.on_frame_recv_start_callback = on_frame,
		.on_msg_recv_callback = on_message,
	};

	if (wslay_event_context_server_init(&peer->websocket, &callbacks, peer) != 0)
		return false;
	wslay_event_config_set_max_recv_msg_length(
	    peer->websocket, peer->hub->config.message_bytes_max);
	return true;
}

static bool
wake(struct hub_peer_state *peer)
{
	return peer->websocket != NULL || open_websocket(peer);
}

/* What wslay knows of ${peer} is nothing: the last message has come to its end. */
static void
rest(struct hub_peer_state *peer)
{
	const struct hub_framer *framer = &peer->framer;

	if (peer->gone || peer->closing || peer->websocket == NULL || framer->length > 0 ||
	    framer->left > 0 || framer->in_message)
		return;
	wslay_event_context_free(peer->websocket);
	peer->websocket = NULL;
}

/*
 * A frame's head breaks the rules: wslay reads no further, and would say so without the code.
 * (It also comes here without memory for what is received, when nothing is right any more.)
 */
static void
cut_off(struct hub_peer_state *peer)
{
	static const char close_1002[] = { (char)0x88, 2, 0x03, (char)0xea };

	if (!peer->closing)
		append(peer, (struct str){ close_1002, sizeof(close_1002) });
	begin_closing(peer, WSLAY_CODE_PROTOCOL_ERROR);
	wslay_event_shutdown_read(peer->websocket);
	flush(peer);
}

static void
feed(struct hub_peer_state *peer, struct str bytes)
{
	wslay_event_context_ptr websocket;

	if (!wake(peer)) {
		hub_peer_end(peer, 1011);
		return;
	}
	websocket = peer->websocket;
	follow(&peer->framer, bytes);
	peer->input = bytes;
	if (wslay_event_recv(websocket) != 0) {
		cut_off(peer);
		return;
	}
	if (!send_control(peer)) {
		hub_peer_end(peer, 1011);
		return;
	}
	/* wslay has found what breaks the rules, and said so. */
	if (!peer->closing && wslay_event_get_close_sent(websocket))
		begin_closing(peer, wslay_event_get_status_code_sent(websocket));
	rest(peer);
	flush(peer);
}

static void
read_socket(struct hub_peer_state *peer)
{
	char *input = peer->hub->input;
	ssize_t got = recv(peer->fd, input, HUB_INPUT_BYTES, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		hub_peer_end(peer, peer->code);
		return;
	}
	peer->heard_us = clock_monotonic_us();
	peer->pinged_us = 0;
	if (peer->framing == HUB_WEBSOCKET &&
	    (peer->websocket == NULL || wslay_event_want_read(peer->websocket)))
		feed(peer, (struct str){ input, (size_t)got });
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct hub_peer_state *peer = poll->data;

	if (status < 0) {
		hub_peer_end(peer, peer->code);
		return;
	}
	if ((events & UV_READABLE) != 0)
		read_socket(peer);
	if (!peer->gone && (events & UV_WRITABLE) != 0)
		flush(peer);
}

/* -- its life -- */

static void
set_options(const struct hub_peer_state *peer)
{
	int on = 1, bytes = SEND_BUFFER_BYTES;
	/* Later than we give up by ourselves, which lets the peer hear why. */
	unsigned patience_ms =
	    2 * (peer->hub->config.stuck_s * 1000 + (unsigned)(HUB_LINGER_US / 1000));

	/* These make it better or tidier; none is needed, nor there on every kind of socket. */
	(void)setsockopt(peer->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(peer->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	(void)setsockopt(
	    peer->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience_ms, sizeof(patience_ms));
}

bool
hub_peer_open(struct hub_peer_state *peer, int64_t now_us)
{
	struct str early = { peer->early, peer->early_length };

	peer->poll.data = peer;
	if (uv_poll_init(&peer->hub->loop, &peer->poll, peer->fd) != 0) {
		hub_forget(peer);
		(void)close(peer->fd);
		peer->hub->events->closed(peer->who, 1011);
		free_peer((uv_handle_t *)&peer->poll);
		return false;
	}
	peer->opened = true;
	peer->heard_us = now_us;
	set_options(peer);
	watch(peer, false);
	if (!peer->gone && early.len > 0 && peer->framing == HUB_WEBSOCKET)
		feed(peer, early);
	if (peer->gone)
		return false;
	free(peer->early);
	peer->early = NULL;
	return true;
}

void
hub_peer_tend(struct hub_peer_state *peer)
{
	struct hub_closing *asked;

	lock(peer);
	asked = peer->asked;
	peer->asked = NULL;
	unlock(peer);
	if (asked != NULL)
		hub_peer_close(peer, asked);
	else
		flush(peer);
	free(asked);
}

/* Something that asks for an answer, or would find out that nobody is there. */
static void
ping(struct hub_peer_state *peer)
{
	static const struct wslay_event_msg message = { .opcode = WSLAY_PING };

	if (peer->framing == HUB_EVENT_STREAM) {
		append(peer, STR(":\n\n"));
	} else if (!wake(peer) || wslay_event_queue_msg(peer->websocket, &message) != 0 ||
		   !send_control(peer)) {
		hub_peer_end(peer, 1011);
		return;
	}
	rest(peer);
	flush(peer);
}

/* The code to close with because a deadline has passed; 0: none has. */
static int
check_deadlines(struct hub_peer_state *peer, int64_t now_us, const char **ret_reason)
{
	int code = 0;

	lock(peer);
	if (peer->deadline_us != 0 && now_us >= peer->deadline_us) {
		code = peer->deadline_code;
		*ret_reason = peer->deadline_reason;
	} else if (peer->first != NULL &&
		   now_us - peer->taken_us >= (int64_t)peer->hub->config.stuck_s * 1000000) {
		code = 1013;
		*ret_reason = "nothing of what was sent has been read for too long";
	}
	unlock(peer);
	return code;
}

void
hub_peer_check(struct hub_peer_state *peer, int64_t now_us)
{
	int64_t silent_us = (int64_t)peer->hub->config.silent_s * 1000000;
	const char *reason = NULL;
	int code;

	if (peer->closing) {
		if (now_us >= peer->linger_until_us)
			hub_peer_end(peer, peer->code);
		return;
	}
	code = check_deadlines(peer, now_us, &reason);
	if (code == 1013)
		drop_backlog(peer);
	if (code != 0) {
		close_saying(peer, code, reason);
	} else if (peer->pinged_us != 0 && now_us - peer->pinged_us >= silent_us) {
		if (peer->framing == HUB_WEBSOCKET)
			hub_peer_end(peer, 1006);
		else
			peer->pinged_us = 0; /* it never says anything; another comment is due */
	} else if (peer->pinged_us == 0 && now_us - peer->heard_us >= silent_us) {
		peer->pinged_us = now_us;
		ping(peer);
	}
}
