#ifndef MOCK_SCENARIO_WORDS_H
#define MOCK_SCENARIO_WORDS_H

#include "mock/scenario.h"

/*
 * scenario_words: a scenario's text as a row of words, and reading along it.
 * Only the parser uses this.
 *
 * The first thing that is not as it should be is kept as the reader's fault;
 * from then on every function returns false, so that a sentence is read straight
 * through and looked at once.
 */
enum scenario_word_kind {
	SCENARIO_WORD,
	SCENARIO_QUOTED, /* without its quotes */
	SCENARIO_COMMA,
	SCENARIO_COLON,
	SCENARIO_LINE_END, /* the next line begins a sentence of its own */
	SCENARIO_TEXT_END,
};

struct scenario_word {
	enum scenario_word_kind kind;
	struct str text;
	int64_t line, column; /* from 1 */
};

struct scenario_reader {
	struct arena *arena;
	struct scenario_word *words;
	size_t count, at;
	struct err *fault;
};

/** Cut ${text} into words.  A line that begins with white space goes on with the one before. */
NODISCARD struct err *scenario_words_split(
    struct arena *arena, struct str text, struct scenario_reader *ret);

/** The word that comes next, not taken. */
const struct scenario_word *scenario_words_peek(const struct scenario_reader *reader);

/** Note that ${expected} was expected where the reader stands.  Returns false. */
bool scenario_words_refuse(struct scenario_reader *reader, const char *expected);

/** Take the next word if it is ${text}. */
bool scenario_words_accept(struct scenario_reader *reader, const char *text);

/** The same of several words, separated by blanks: all of them or none. */
bool scenario_words_accept_all(struct scenario_reader *reader, const char *texts);

/** Take the next word, which must be ${text}. */
bool scenario_words_expect(struct scenario_reader *reader, const char *text);

/** Take a mark of ${kind} if there is one. */
bool scenario_words_accept_mark(struct scenario_reader *reader, enum scenario_word_kind kind);

/** Whether the word that is next, or the one ${ahead} of it, is ${text}. */
bool scenario_words_see(const struct scenario_reader *reader, size_t ahead, const char *text);

/** Whether the next word is a length of time. */
bool scenario_words_see_duration(const struct scenario_reader *reader);

/* Take one thing each; ${expected} completes "expected ...". */
bool scenario_words_take(struct scenario_reader *, const char *expected, struct str *ret);
bool scenario_words_take_quoted(struct scenario_reader *, const char *expected, struct str *ret);
bool scenario_words_take_duration(struct scenario_reader *, struct duration *ret);
bool scenario_words_take_phone(struct scenario_reader *, struct str *ret);
bool scenario_words_take_count(struct scenario_reader *, const char *expected, int64_t *ret);
bool scenario_words_take_moment(struct scenario_reader *, struct instant *ret);
bool scenario_words_take_degrees(
    struct scenario_reader *, const char *expected, double most, struct str *ret);

/** The sentence must end here. */
bool scenario_words_end(struct scenario_reader *reader);

#endif
