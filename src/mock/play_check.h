#ifndef MOCK_PLAY_CHECK_H
#define MOCK_PLAY_CHECK_H

#include "base/json.h"
#include "mock/play.h"

/* play_check: what must have happened, against what did.  Only play.c uses this. */

/* What the mock world's journal says about one number. */
struct play_traffic {
	struct str number;
	int64_t calls, texts;
	bool unexpected;
	struct str bodies; /* of the texts, one a line */
};

#define PLAY_NUMBERS_MAX 256

struct play_journal {
	struct play_traffic *at;
	size_t count;
};

/** Add a failure made from ${format} to ${result}. */
void play_fail(struct arena *arena, struct play_result *result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Whether ${event} is what ${wanted} asks for. */
bool play_matches(const struct scenario_event *wanted, const struct play_event *event);

/** Take one entry of the journal into ${journal}. */
void play_journal_add(struct arena *arena, struct play_journal *journal, const struct json *entry);

/** Check every expectation of ${scenario}; failures go into ${result}. */
void play_check(struct arena *arena, const struct scenario *scenario,
    const struct play_journal *journal, struct play_result *result);

#endif
