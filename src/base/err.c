#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"

#define ERR_MESSAGE_MAX 256

/* What we return when there is no memory left to describe what happened. */
static struct err err_no_memory = {
	.kind = ERR_LIMIT,
	.message = { "request used up its memory", sizeof("request used up its memory") - 1 },
};

struct err *
err_make(struct arena *arena, enum err_kind kind, const struct err *cause, const char *file,
    int line, const char *format, ...)
{
	struct err *err = arena_new(arena, struct err);
	char text[ERR_MESSAGE_MAX];
	va_list args;
	int n;

	if (err == NULL)
		return &err_no_memory;

	va_start(args, format);
	n = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	CHECK(n >= 0);

	*err = (struct err){ .kind = kind, .cause = cause, .file = file, .line = line };
	err->message = arena_copy(
	    arena, (struct str){ text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1 });
	return err;
}

struct err *
err_explain(struct err *err, struct str detail, struct str hint)
{
	if (err == &err_no_memory)
		return err;
	err->detail = detail;
	err->hint = hint;
	return err;
}

void
err_format(const struct err *err, struct buf *buf)
{
	for (const struct err *at = err; at != NULL; at = at->cause) {
		if (at != err)
			buf_str(buf, STR(": "));
		buf_str(buf, at->message);
		if (!str_empty(at->detail))
			buf_printf(buf, " (%.*s)", STR_ARG(at->detail));
	}
}

struct str
err_kind_name(enum err_kind kind)
{
	switch (kind) {
	case ERR_CONFLICT:
		return STR("CONFLICT");
	case ERR_UNAVAILABLE:
		return STR("UNAVAILABLE");
	case ERR_UNCERTAIN:
		return STR("UNCERTAIN");
	case ERR_LIMIT:
		return STR("LIMIT");
	case ERR_CORRUPT:
		return STR("CORRUPT");
	}
	UNREACHABLE("err kind");
}
