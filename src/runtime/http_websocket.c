#include <openssl/evp.h>

#include "base/base64.h"
#include "runtime/http_websocket.h"

#define KEY_BYTES    16
#define DIGEST_BYTES 20

/* RFC 6455, 1.3: what proves that the server has understood. */
#define SALT STR("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")

/* Whether one of the headers ${name}, which are lists, has the member ${wanted}. */
static bool
lists(const struct http_request *request, struct str name, struct str wanted, bool any_case)
{
	for (size_t i = 0; i < request->header_count; i++) {
		struct str rest = request->headers[i].value;

		if (!str_equal_nocase(request->headers[i].name, name))
			continue;
		while (!str_empty(rest)) {
			struct str one = str_trim(str_cut(&rest, ','));

			if (any_case ? str_equal_nocase(one, wanted) : str_equal(one, wanted))
				return true;
		}
	}
	return false;
}

/* The only header ${name}, trimmed; empty when there is none or more than one. */
static struct str
only(const struct http_request *request, struct str name)
{
	struct str found = STR("");
	size_t count = 0;

	for (size_t i = 0; i < request->header_count; i++) {
		if (!str_equal_nocase(request->headers[i].name, name))
			continue;
		found = str_trim(request->headers[i].value);
		count++;
	}
	return count == 1 ? found : STR("");
}

static void
add(struct http_response *response, struct str name, struct str value)
{
	CHECK(response->header_count < COUNT_OF(response->headers));
	response->headers[response->header_count++] = (struct http_header){ name, value };
}

static bool
is_key(struct str key)
{
	char bytes[KEY_BYTES];
	struct buf decoded = buf_over(bytes, sizeof(bytes));

	return base64_decode(&decoded, key) && !decoded.overflowed && decoded.len == KEY_BYTES;
}

static struct str
answer_to(struct arena *arena, struct str key)
{
	struct str salted = arena_printf(arena, "%.*s%.*s", STR_ARG(key), STR_ARG(SALT));
	unsigned char digest[DIGEST_BYTES];
	struct buf encoded = buf_in(arena, BASE64_LENGTH(DIGEST_BYTES));
	size_t length = 0;

	CHECK(EVP_Q_digest(NULL, "SHA1", NULL, salted.ptr, salted.len, digest, &length) == 1);
	CHECK(length == sizeof(digest));
	base64_encode(&encoded, (struct str){ (const char *)digest, sizeof(digest) });
	return buf_view(&encoded);
}

bool
http_websocket_is_asked(const struct http_request *request)
{
	return str_equal_nocase(only(request, STR("Upgrade")), STR("websocket"));
}

bool
http_websocket_accept(struct arena *arena, const struct http_request *request, struct str protocol,
    struct http_response *ret, bool *ret_chosen, struct str *ret_reason)
{
	struct str key = only(request, STR("Sec-WebSocket-Key"));

	*ret_chosen = false;
	if (!str_equal(only(request, STR("Sec-WebSocket-Version")), STR("13"))) {
		ret->status = 426;
		add(ret, STR("Sec-WebSocket-Version"), STR("13"));
		*ret_reason = STR("the version of WebSockets that is spoken here is 13");
		return false;
	}
	ret->status = 400;
	*ret_reason = STR("a WebSocket needs the header Connection: Upgrade");
	if (!lists(request, STR("Connection"), STR("upgrade"), true))
		return false;
	*ret_reason = STR("Sec-WebSocket-Key must be 16 bytes in base64");
	if (!is_key(key))
		return false;
	*ret_chosen = lists(request, STR("Sec-WebSocket-Protocol"), protocol, false);
	ret->status = 101;
	add(ret, STR("Upgrade"), STR("websocket"));
	add(ret, STR("Sec-WebSocket-Accept"), answer_to(arena, key));
	if (*ret_chosen)
		add(ret, STR("Sec-WebSocket-Protocol"), protocol);
	return true;
}
