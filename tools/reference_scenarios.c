#include "reference_scenarios.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "mock/scenario_deed.h"
#include "mock/scenario_grammar.h"

#define ARENA_BYTES (8u << 20)

/* -- the files -- */

static struct str
read_file(struct arena *arena, const char *path)
{
	char *text = arena_bytes(arena, SCENARIO_TEXT_BYTES_MAX);
	FILE *file = fopen(path, "re");
	size_t length;

	CHECK(text != NULL && file != NULL);
	length = fread(text, 1, SCENARIO_TEXT_BYTES_MAX, file);
	(void)fclose(file);
	return (struct str){ text, length };
}

static void
print_file(struct buf *page, const char *path)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	struct scenario scenario;
	struct err *err = scenario_parse(arena, read_file(arena, path), &scenario);

	/* A file that cannot be read fails the page, and a test says why. */
	if (err != NULL)
		page->overflowed = true;
	else
		buf_printf(page, "| `%s` | %.*s | %.*s |\n", strrchr(path, '/') + 1,
		    STR_ARG(scenario.name), STR_ARG(scenario.about));
	arena_destroy(arena);
}

static void
print_files(struct buf *page)
{
	glob_t found;

	buf_str(page, STR("| file | name | what happens |\n|---|---|---|\n"));
	CHECK(glob("scenarios/*.scn", 0, NULL, &found) == 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		print_file(page, found.gl_pathv[i]);
	globfree(&found);
}

/* -- the language -- */

static void
print_format(struct buf *page)
{
	buf_str(page,
	    STR("\n`strike mock --scenario NAME` plays the world's part; `strike play --scenario "
		"NAME` "
		"plays the part of the people at their screens and gives the verdict. What the "
		"world "
		"does, its control API and its journal: [mock-world](mock-world.md).\n\n"
		"## How it is written\n\n"
		"- One sentence a line; its first word is its verb. A line that begins with a "
		"blank "
		"goes on with the line before.\n"
		"- `#` at the beginning of a word starts a remark.\n"
		"- Texts stand in double quotation marks, on one line, and cannot hold one.\n"
		"- A length of time is numbers with units: `300ms`, `8s`, `40m`, `2h10m`, `1d`; at "
		"most "
		"366 days.\n"
		"- A phone number is E.164: `+15125550101`.\n"
		"- A moment is `after 5m`, counted from the creation of the first ECO, or `5s "
		"after "
		"PageAttempted 2`, from its second such event; `0s after` is at once. What is "
		"settled "
		"is settled before the night when no moment is said.\n"
		"- What somebody does or settles may end with `as viewer@lone-star-noc` (who does "
		"it), "
		"`for second` (another ECO), `twice` (under the same key) and `, refused "
		"ECO_CLOSED` "
		"(what must come of it).\n"
		"- What cannot be understood is refused with line, column and what was expected "
		"there.\n"));
}

static void
print_deeds(struct buf *page)
{
	buf_str(
	    page, STR("\n| sentence | who, unless it is said | what it does |\n|---|---|---|\n"));
	for (size_t i = 0; i < scenario_deed_count; i++)
		buf_printf(page, "| `%s %s` | %s | %s |\n",
		    scenario_deeds[i].actor == SCENARIO_NOC ? "noc" : "osp", scenario_deeds[i].form,
		    scenario_deeds[i].role, scenario_deeds[i].about);
}

static void
print_terms(struct buf *page)
{
	buf_str(page, STR("\n| term | what it is |\n|---|---|\n"));
	for (size_t i = 0; i < scenario_term_count; i++)
		buf_printf(
		    page, "| `%s` | %s |\n", scenario_terms[i].words, scenario_terms[i].about);
}

static void
print_chapter(struct buf *page, enum scenario_chapter chapter)
{
	buf_printf(page, "\n## %s\n", scenario_chapter_title(chapter));
	for (size_t i = 0; i < scenario_sentence_count; i++) {
		const struct scenario_sentence *sentence = &scenario_sentences[i];

		if (sentence->chapter != chapter)
			continue;
		buf_printf(page, "\n### %s\n\n```\n%s```\n%s\n", sentence->verb, sentence->examples,
		    sentence->about);
		if (strcmp(sentence->verb, "agreement") == 0)
			print_terms(page);
	}
	if (chapter == SCENARIO_CHAPTER_DEEDS)
		print_deeds(page);
}

void
print_scenarios(struct buf *page)
{
	buf_str(page,
	    STR("# Scenarios\n\nMade from scenarios/ and src/mock/scenario_grammar.c. Do not edit: "
		"`tools/check-reference build --write` makes it anew.\n\n"
		"A scenario is one night in a short text. It says how the world behaves, what "
		"people "
		"do, and what must have happened at the end. `scenarios/` holds the ones we "
		"ship:\n\n"));
	print_files(page);
	print_format(page);
	for (int chapter = 0; chapter < SCENARIO_CHAPTERS; chapter++)
		print_chapter(page, (enum scenario_chapter)chapter);
}
