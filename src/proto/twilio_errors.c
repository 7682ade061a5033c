#include "proto/twilio_errors.h"

struct row {
	int64_t code;
	enum twilio_verdict verdict;
	struct str words;
};

static const struct row rows[] = {
#define TWILIO_ERROR(code, verdict, words) { code, TWILIO_##verdict, STR(words) },
#include "proto/twilio_errors.def"
#undef TWILIO_ERROR
};

static const struct row *
find(int64_t code)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].code == code)
			return &rows[i];
	}
	return NULL;
}

enum twilio_verdict
twilio_error_verdict(int64_t code)
{
	const struct row *row = find(code);

	return row != NULL ? row->verdict : TWILIO_UNKNOWN;
}

struct str
twilio_error_words(int64_t code)
{
	const struct row *row = find(code);

	return row != NULL ? row->words : STR("");
}
