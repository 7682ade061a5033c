#include "domain/refusal/refusal.h"

#include <stdarg.h>

#include "base/buf.h"

/* Keep the cut of a long text on a character's border. */
static size_t
whole_characters(const char *text, size_t length)
{
	while (length > 0 && !str_is_utf8((struct str){ text, length }))
		length--;
	return length;
}

bool
refuse(struct refusal *ret, enum refusal_code code, const char *field, const char *format, ...)
{
	va_list args;

	CHECK(code != REFUSAL_NONE);
	*ret = (struct refusal){ .code = code };
	ret->field_length = strlen(field);
	if (ret->field_length > sizeof(ret->field))
		ret->field_length = sizeof(ret->field);
	memcpy(ret->field, field, ret->field_length);

	va_start(args, format);
	ret->message_length = buf_format(ret->message, sizeof(ret->message), format, args);
	va_end(args);
	ret->message_length = whole_characters(ret->message, ret->message_length);
	return false;
}

struct str
refusal_code_name(enum refusal_code code)
{
	switch (code) {
	case REFUSAL_NONE:
		return STR("NONE");
#define REFUSAL(name, rule)  \
	case REFUSAL_##name: \
		return STR(#name);
#include "domain/refusal/refusals.def"
#undef REFUSAL
	}
	UNREACHABLE("refusal code");
}

struct str
refusal_rule(enum refusal_code code)
{
	switch (code) {
	case REFUSAL_NONE:
		return STR("");
#define REFUSAL(name, rule)  \
	case REFUSAL_##name: \
		return STR(rule);
#include "domain/refusal/refusals.def"
#undef REFUSAL
	}
	UNREACHABLE("refusal code");
}
