#ifndef TESTS_WEBSOCKET_CLIENT_H
#define TESTS_WEBSOCKET_CLIENT_H

#include "base/err.h"

/*
 * websocket_client: the client's end of a WebSocket that writes exactly what the test says,
 * right or wrong.  What it waits for does not come within a minute: the test fails.
 */

/* Opcodes (RFC 6455, 5.2). */
enum {
	FRAME_MORE = 0x0,
	FRAME_TEXT = 0x1,
	FRAME_BINARY = 0x2,
	FRAME_CLOSE = 0x8,
	FRAME_PING = 0x9,
	FRAME_PONG = 0xa,
	FRAME_END = -1, /* not a frame: the server has closed the connection */
};

#define FRAME_FIN  0x80
#define FRAME_RSV1 0x40

struct frame {
	int opcode;
	bool fin;
	struct str payload; /* in the arena */
	int code;           /* of FRAME_CLOSE; 1005: none */
};

/** Send the bytes ${bytes}; who has closed is not told. */
void client_send_bytes(int fd, struct str bytes);

/** Send one masked frame with the first byte ${first}: FRAME_FIN | FRAME_TEXT. */
void client_send_frame(int fd, int first, struct str payload);

/** One whole text message. */
void client_send_text(int fd, const char *text);

/** A close frame with ${code}. */
void client_send_close(int fd, int code);

/** The next frame. */
struct frame client_read_frame(struct arena *arena, int fd);

/** The next text message, pings left out. */
struct str client_read_text(struct arena *arena, int fd);

/** What comes until the server closes; the code of the close frame, 1006 without one. */
int client_read_end(struct arena *arena, int fd, struct str *ret_reason);

/** Exactly ${length} bytes; fewer only when the server has closed. */
struct str client_read_bytes(struct arena *arena, int fd, size_t length);

#endif
