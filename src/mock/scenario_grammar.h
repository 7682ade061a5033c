#ifndef MOCK_SCENARIO_GRAMMAR_H
#define MOCK_SCENARIO_GRAMMAR_H

#include "mock/scenario_parse.h"

/*
 * scenario_grammar: every sentence that a scenario may hold, as a table: its
 * verb, how the rest is read, and what the reference says of it.  The page
 * docs/reference/scenarios.md is made from this table; a test reads all examples.
 */
enum scenario_chapter {
	SCENARIO_CHAPTER_NIGHT,
	SCENARIO_CHAPTER_SETTINGS,
	SCENARIO_CHAPTER_DEEDS,
	SCENARIO_CHAPTER_TELEPHONES,
	SCENARIO_CHAPTER_SYSTEMS,
	SCENARIO_CHAPTER_EXPECTATIONS,
	SCENARIO_CHAPTERS,
};

struct scenario_sentence {
	const char *verb;
	scenario_read_f read;
	bool once;
	enum scenario_chapter chapter;
	const char *examples; /* whole lines, each of which can be read */
	const char *about;    /* whole sentences; lines that begin with "- " are items */
};

extern const struct scenario_sentence scenario_sentences[];
extern const size_t scenario_sentence_count;

/** A chapter's title. */
const char *scenario_chapter_title(enum scenario_chapter chapter);

#endif
