#include "proto/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
check_name(struct str name, size_t max)
{
	CHECK(name.len <= max);
	for (size_t i = 0; i < name.len; i++)
		CHECK(name.ptr[i] == '-' || (name.ptr[i] >= '0' && name.ptr[i] <= '9') ||
		      (name.ptr[i] >= 'A' && name.ptr[i] <= 'Z'));
}

/* Whatever somebody texts us: what is understood is within bounds, and spaces change nothing. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char spaced[REPLY_TEXT_BYTES_MAX];
	struct str text = { (const char *)bytes, length };
	struct reply reply, again;

	reply_parse(text, &reply);
	check_name(reply_code(&reply), REPLY_CODE_LETTERS);
	check_name(reply_job(&reply), REPLY_JOB_BYTES_MAX);
	CHECK(reply.minutes >= 0 && reply.minutes <= REPLY_MINUTES_MAX);
	CHECK(reply.reason >= 0 && reply.reason <= 9);
	CHECK(!reply.unusable || reply.minutes == 0);
	CHECK(reply.kind != REPLY_ETA || reply.minutes > 0);
	if (length + 2 > sizeof(spaced))
		return 0;
	spaced[0] = ' ';
	for (size_t i = 0; i < length; i++)
		spaced[i + 1] = text.ptr[i];
	spaced[length + 1] = '\n';
	reply_parse((struct str){ spaced, length + 2 }, &again);
	/* A character that was cut off may have swallowed the line's end. */
	CHECK(reply.kind == again.kind && reply.minutes == again.minutes &&
	      reply.reason == again.reason);
	return 0;
}
