#ifndef MOCK_PLAY_CHECK_H
#define MOCK_PLAY_CHECK_H

#include "base/json.h"
#include "mock/play.h"

/* play_check: what must have happened, against what did.  Only the player uses this. */

/* An entry of the mock world's journal, as far as anybody looks at it. */
struct play_entry {
	struct str kind, to, status, body, url;
	int64_t http_status;
	bool unexpected;
};

#define PLAY_ENTRIES_MAX 100000

struct play_journal {
	struct play_entry *at;
	size_t count;
};

/** Add a failure made from ${format} to ${result}. */
void play_fail(struct arena *arena, struct play_result *result, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** Whether ${event} is what ${wanted} asks for. */
bool play_matches(const struct scenario_event *wanted, const struct play_event *event);

/** An empty journal. */
NODISCARD struct err *play_journal_begin(struct arena *arena, struct play_journal *ret);

/** Take one entry of the journal into ${journal}. */
void play_journal_add(struct arena *arena, struct play_journal *journal, const struct json *entry);

/** The last run of ${digits} digits in ${text}, blanks and commas between them or not, if any. */
void play_find_code(struct str text, size_t digits, struct arena *arena, struct str *ret);

/** Whether ${count} of ${what} is what ${expect} says; a failure otherwise. */
void play_check_count(struct arena *arena, const struct scenario_expect *expect, int64_t count,
    const char *what, struct play_result *result);

/** Check every expectation of ${scenario}; failures go into ${result}. */
void play_check(struct arena *arena, const struct scenario *scenario,
    const struct play_journal *journal, bool rough, struct play_result *result);

#endif
