#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "proto/twilio_signature.h"

/*
 * Our signatures, for a judge to ask about: a question a line on stdin, an answer a
 * line on stdout.  Everything but the first word is in hexadecimal digits; "-" is
 * nothing.
 *
 *	sign TOKEN URL FORM                           the signature
 *	form TOKEN PREVIOUS-TOKEN URL FORM GIVEN      "yes" or "no"
 *	body TOKEN PREVIOUS-TOKEN URL BODY GIVEN      the same
 */

#define ARENA_BYTES (8u << 20)
#define WORDS_MAX   5

/* The bytes of ${word}, in ${arena}. */
static struct str
bytes_of(struct arena *arena, struct str word)
{
	size_t count = word.len / 2;
	uint8_t *bytes = arena_array(arena, uint8_t, count + 1);

	if (str_equal(word, STR("-")))
		return (struct str){ NULL, 0 };
	CHECK(bytes != NULL && hex_decode(word, bytes, count));
	return (struct str){ (const char *)bytes, count };
}

static bool
answer(struct arena *arena, struct str question, const struct str words[WORDS_MAX])
{
	const struct str tokens[TWILIO_TOKENS] = { words[0], words[1] };
	struct form form;

	if (str_equal(question, STR("body")))
		return twilio_signature_check_body(arena, tokens, words[2], words[3], words[4]);
	CHECK(str_equal(question, STR("form")));
	return form_parse(arena, words[3], &form) &&
	       twilio_signature_check(arena, tokens, words[2], &form, words[4]);
}

static void
answer_line(struct arena *arena, struct str line)
{
	struct str question = str_cut(&line, ' '), words[WORDS_MAX] = { { NULL, 0 } }, signature;
	struct form form;

	for (size_t i = 0; i < WORDS_MAX && !str_empty(line); i++)
		words[i] = bytes_of(arena, str_cut(&line, ' '));
	if (!str_equal(question, STR("sign"))) {
		(void)puts(answer(arena, question, words) ? "yes" : "no");
		return;
	}
	CHECK(form_parse(arena, words[2], &form));
	signature = twilio_signature(arena, words[0], words[1], &form);
	(void)printf("%.*s\n", STR_ARG(signature));
}

int
main(void)
{
	struct arena *arena = arena_create(ARENA_BYTES);
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	while ((length = getline(&line, &room, stdin)) > 0) {
		struct arena_mark mark = arena_mark(arena);

		answer_line(arena, str_trim((struct str){ line, (size_t)length }));
		(void)fflush(stdout);
		arena_release(arena, mark);
	}
	free(line);
	arena_destroy(arena);
	return 0;
}
