#include "support/unit.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/websocket_client.h"

#define PATIENCE_MS 60000

void
client_send_bytes(int fd, struct str bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		bytes.ptr += sent;
		bytes.len -= (size_t)sent;
	}
}

void
client_send_frame(int fd, int first, struct str payload)
{
	static const unsigned char mask[4] = { 0x12, 0x34, 0x56, 0x78 };
	unsigned bytes = payload.len < 126 ? 0 : payload.len <= UINT16_MAX ? 2 : 8;
	unsigned char *frame = malloc(14 + payload.len);
	size_t at = 2;

	assert_non_null(frame);
	frame[0] = (unsigned char)first;
	frame[1] = (unsigned char)(0x80 | (bytes == 0 ? payload.len : bytes == 2 ? 126 : 127));
	for (unsigned i = 0; i < bytes; i++)
		frame[at++] = (unsigned char)((uint64_t)payload.len >> 8 * (bytes - 1 - i));
	memcpy(frame + at, mask, 4);
	at += 4;
	for (size_t i = 0; i < payload.len; i++)
		frame[at++] = (unsigned char)((unsigned char)payload.ptr[i] ^ mask[i % 4]);
	client_send_bytes(fd, (struct str){ (const char *)frame, at });
	free(frame);
}

void
client_send_text(int fd, const char *text)
{
	client_send_frame(fd, FRAME_FIN | FRAME_TEXT, str_from_z(text));
}

void
client_send_close(int fd, int code)
{
	char bytes[2] = { (char)(code >> 8), (char)code };

	client_send_frame(fd, FRAME_FIN | FRAME_CLOSE, (struct str){ bytes, 2 });
}

struct str
client_read_bytes(struct arena *arena, int fd, size_t length)
{
	char *bytes = arena_bytes(arena, length + 1);
	size_t got = 0;

	assert_non_null(bytes);
	while (got < length) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		ssize_t more;

		if (poll(&ready, 1, PATIENCE_MS) <= 0)
			fail_msg("waited for %zu bytes, of which %zu came", length, got);
		more = recv(fd, bytes + got, length - got, 0);
		if (more <= 0)
			break;
		got += (size_t)more;
	}
	return (struct str){ bytes, got };
}

static size_t
number(struct str bytes)
{
	size_t value = 0;

	for (size_t i = 0; i < bytes.len; i++)
		value = value << 8 | (unsigned char)bytes.ptr[i];
	return value;
}

struct frame
client_read_frame(struct arena *arena, int fd)
{
	struct str head = client_read_bytes(arena, fd, 2);
	struct frame frame = { .opcode = FRAME_END };
	size_t length;

	if (head.len < 2)
		return frame;
	frame.opcode = head.ptr[0] & 0x0f;
	frame.fin = (head.ptr[0] & 0x80) != 0;
	assert_int_equal(head.ptr[0] & 0x70, 0);
	assert_int_equal(head.ptr[1] & 0x80, 0); /* a server does not mask */
	length = (size_t)(head.ptr[1] & 0x7f);
	if (length >= 126)
		length = number(client_read_bytes(arena, fd, length == 126 ? 2 : 8));
	frame.payload = client_read_bytes(arena, fd, length);
	if (frame.payload.len < length)
		return (struct frame){ .opcode = FRAME_END };
	if (frame.opcode == FRAME_CLOSE)
		frame.code = length < 2 ? 1005 : (int)number((struct str){ frame.payload.ptr, 2 });
	return frame;
}

struct str
client_read_text(struct arena *arena, int fd)
{
	struct frame frame = client_read_frame(arena, fd);

	while (frame.opcode == FRAME_PING)
		frame = client_read_frame(arena, fd);
	if (frame.opcode != FRAME_TEXT)
		fail_msg("waited for a text; opcode %d, code %d: %.*s", frame.opcode, frame.code,
		    STR_ARG(frame.payload));
	assert_true(frame.fin);
	return frame.payload;
}

int
client_read_end(struct arena *arena, int fd, struct str *ret_reason)
{
	int code = 1006;

	*ret_reason = STR("");
	for (;;) {
		struct arena_mark mark = arena_mark(arena);
		struct frame frame = client_read_frame(arena, fd);

		if (frame.opcode == FRAME_END)
			return code;
		if (frame.opcode != FRAME_CLOSE) {
			arena_release(arena, mark);
			continue;
		}
		code = frame.code;
		if (frame.payload.len > 2)
			*ret_reason = (struct str){ frame.payload.ptr + 2, frame.payload.len - 2 };
		client_send_close(fd, code == 1005 ? 1000 : code);
	}
}
