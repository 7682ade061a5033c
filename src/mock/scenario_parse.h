#ifndef MOCK_SCENARIO_PARSE_H
#define MOCK_SCENARIO_PARSE_H

#include "mock/scenario_words.h"

/*
 * scenario_parse: the sentences, each a function that reads what follows its verb.
 * Only the parser uses this.  Each returns false with the reader's fault set when
 * it cannot understand.
 */
typedef bool (*scenario_read_f)(struct scenario_reader *reader, struct scenario *scenario);

/** Whether one more of something fits; ${expected} says what the limit is. */
bool scenario_has_room(
    struct scenario_reader *reader, size_t count, size_t most, const char *expected);

/** user@organisation */
bool scenario_take_identity(struct scenario_reader *reader, struct str *ret);

/** An event's name, and perhaps a word or a quoted text that its line must hold. */
bool scenario_take_event(struct scenario_reader *reader, struct scenario_event *ret);

/** A number if one follows, otherwise ${otherwise}. */
bool scenario_take_optional_count(struct scenario_reader *reader, int64_t otherwise, int64_t *ret);

/** "after 8s", or ${otherwise} when nothing is said. */
bool scenario_take_after(
    struct scenario_reader *reader, struct duration otherwise, struct duration *ret);

/** Whether a moment follows: "after 5m" or "5s after PageAttempted 2". */
bool scenario_sees_when(const struct scenario_reader *reader);
bool scenario_take_when(struct scenario_reader *reader, struct scenario_when *ret);

/** ", presses 1, then 45#, hangs up after 20s": what somebody does on the telephone. */
bool scenario_take_phone_acts(struct scenario_reader *reader, struct scenario_phone *phone);

/** MFR at -97.7431 30.2672 with hill-country-osp "...", without what may follow. */
bool scenario_take_create(struct scenario_reader *reader, struct scenario_create *ret);

/* scenario_phones.c */
bool scenario_read_phone(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_texts(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_text(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_call(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_forged(struct scenario_reader *reader, struct scenario *scenario);

/* scenario_systems.c */
bool scenario_read_callbacks(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_render(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_twilio(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_task(struct scenario_reader *reader, struct scenario *scenario);

/* scenario_acts.c */
bool scenario_read_create(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_storm(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_noc(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_osp(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_agreement(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_person(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_list(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_shift(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_zone(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_substitute(struct scenario_reader *reader, struct scenario *scenario);

/* scenario_expect.c */
bool scenario_read_expect(struct scenario_reader *reader, struct scenario *scenario);
bool scenario_read_until(struct scenario_reader *reader, struct scenario *scenario);

#endif
