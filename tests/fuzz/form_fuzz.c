#include "proto/form.h"
#include "proto/twilio_signature.h"
#include "proto/twiml.h"
#include "proto/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* What a webhook's body may hold goes through everything that touches it. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char memory[1 << 20], written[1 << 16];
	static const struct str tokens[TWILIO_TOKENS] = { { "token", 5 }, { NULL, 0 } };
	struct str body = { (const char *)bytes, length };
	struct buf buf = buf_over(written, sizeof(written));
	struct form form, again;
	struct arena arena;
	struct url_parts parts;

	arena_init(&arena, memory, sizeof(memory));
	CHECK(!twilio_signature_check_body(&arena, tokens, body, body, body));
	twiml_say(&buf, body);
	if (!buf.overflowed)
		CHECK(str_is_utf8(buf_view(&buf)));
	if (url_split(body, &parts))
		CHECK(parts.scheme.len + parts.user_info.len + parts.host.len + parts.port.len +
			  parts.rest.len ==
		      length);
	(void)url_is_base(body);
	if (!form_parse(&arena, body, &form))
		return 0;

	/* What was read can be written, and reads back the same. */
	buf = buf_over(written, sizeof(written));
	for (size_t i = 0; i < form.count; i++)
		form_encode(&buf, form.at[i].name, form.at[i].value);
	if (buf.overflowed || arena_exhausted(&arena))
		return 0;
	CHECK(form_parse(&arena, buf_view(&buf), &again) || arena_exhausted(&arena));
	CHECK(again.count == form.count || arena_exhausted(&arena));
	for (size_t i = 0; i < again.count; i++)
		CHECK(str_equal(again.at[i].name, form.at[i].name) &&
		      str_equal(again.at[i].value, form.at[i].value));
	CHECK(!twilio_signature_check(&arena, tokens, STR("https://host/"), &form, body));
	return 0;
}
