#include <zlib.h>

#include "runtime/http_accept.h"
#include "runtime/http_compress.h"

/* The quickest: answers are made anew each time, and most of what can be gained is gained. */
#define LEVEL 1

/* 32 KiB of window, and a gzip header. */
#define WINDOW_BITS (15 + 16)
#define MEMORY      8

/* What has to be left of a request's memory. */
#define ROOM_BYTES (64u << 10)

static void
add_header(struct http_response *response, struct str name, struct str value)
{
	CHECK(response->header_count < COUNT_OF(response->headers));
	response->headers[response->header_count++] = (struct http_header){ name, value };
}

static bool
is_wanted(const struct http_request *request, size_t bytes)
{
	int gzip =
	    http_accept_coding(request->headers, request->header_count, STR("gzip")).thousandths;
	int identity = http_accept_coding(request->headers, request->header_count, STR("identity"))
			   .thousandths;

	return gzip > 0 && gzip >= identity && (bytes > HTTP_COMPRESS_BYTES_MIN || identity == 0);
}

/* ${text} as gzip, in ${arena}; empty when it cannot be had. */
static struct str
compress_text(struct arena *arena, struct str text)
{
	z_stream stream = { .next_in = (Bytef *)(uintptr_t)text.ptr, .avail_in = (uInt)text.len };
	struct str made = STR("");
	size_t bound;
	char *memory;

	if (deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return made;
	bound = deflateBound(&stream, (uLong)text.len);
	/* An arena that is asked for too much is exhausted, and the request would fail. */
	memory =
	    bound + ROOM_BYTES <= arena->limit - arena->used ? arena_bytes(arena, bound) : NULL;
	if (memory != NULL) {
		stream.next_out = (Bytef *)memory;
		stream.avail_out = (uInt)bound;
		if (deflate(&stream, Z_FINISH) == Z_STREAM_END)
			made = (struct str){ memory, bound - stream.avail_out };
	}
	(void)deflateEnd(&stream);
	return made;
}

void
http_compress(
    const struct http_request *request, struct arena *arena, struct http_response *response)
{
	struct str body = response->body, made;

	if (!response->compressible || str_empty(body))
		return;
	add_header(response, STR("Vary"), STR("Accept-Encoding"));
	if (body.len > UINT32_MAX / 2 || !is_wanted(request, body.len))
		return;
	made = compress_text(arena, body);
	if (str_empty(made) || made.len >= body.len)
		return;
	response->body = made;
	add_header(response, STR("Content-Encoding"), STR("gzip"));
}
