#include "proto/cookie.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What a header Cookie may hold: the first byte says how long the name is that follows. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char written[2 * COOKIE_HEADER_BYTES_MAX];
	struct str rest = { (const char *)bytes, length }, name, header, value, again;
	struct buf buf = buf_over(written, sizeof(written));
	enum cookie_found found;

	if (length == 0 || bytes[0] >= length)
		return 0;
	name = (struct str){ rest.ptr + 1, bytes[0] };
	header = (struct str){ rest.ptr + 1 + name.len, length - 1 - name.len };
	found = cookie_find(header, name, &value);
	if (found == COOKIE_NONE) {
		CHECK(str_empty(value));
		return 0;
	}
	/* What was found lies in the header, and is found again when it stands alone. */
	CHECK(str_empty(value) ||
	      (value.ptr >= header.ptr && value.ptr + value.len <= header.ptr + header.len));
	CHECK(memchr(header.ptr, '=', header.len) != NULL);
	buf_printf(&buf, "%.*s=\"%.*s\"", STR_ARG(name), STR_ARG(value));
	if (found == COOKIE_ONE && !buf.overflowed && buf.len <= COOKIE_HEADER_BYTES_MAX &&
	    memchr(buf.ptr, '\0', buf.len) == NULL &&
	    buf.len == name.len + value.len + strlen("=\"\"")) {
		CHECK(cookie_find(buf_view(&buf), name, &again) == COOKIE_ONE);
		CHECK(str_equal(again, value));
	}
	return 0;
}
