#include "domain/jobnumber/spoken.h"

struct spoken_row {
	char character;
	struct str word;
};

static const struct spoken_row rows[] = {
#define SPOKEN(character, word) { character, STR(word) },
#include "domain/jobnumber/spoken_words.def"
#undef SPOKEN
};

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static bool
is_letter(char c)
{
	return upper(c) >= 'A' && upper(c) <= 'Z';
}

void
jobnumber_speak(struct str number, struct buf *buf)
{
	bool joined = true;

	for (size_t at = 0; at < number.len; at++) {
		if (number.ptr[at] == '-') {
			buf_char(buf, ',');
			continue;
		}
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			if (rows[i].character != upper(number.ptr[at]))
				continue;
			buf_printf(buf, "%s%.*s", joined ? "" : " ", STR_ARG(rows[i].word));
			joined = false;
		}
	}
}

/* How many letters ${text} begins with. */
static size_t
word_length(struct str text)
{
	size_t length = 0;

	while (length < text.len && is_letter(text.ptr[length]))
		length++;
	return length;
}

/* What ${word} stands for; NULL when it is none of ours. */
static const struct spoken_row *
find_word(struct str word)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (str_equal_nocase(rows[i].word, word))
			return &rows[i];
	}
	return NULL;
}

/* Take the next word, or the next character that is part of none, off ${text}. */
static struct str
take(struct str *text)
{
	size_t length = word_length(*text);
	struct str taken = { text->ptr, length > 0 ? length : 1 };

	*text = (struct str){ text->ptr + taken.len, text->len - taken.len };
	return taken;
}

static bool
is_spoken(struct str text)
{
	while (text.len > 0) {
		if (find_word(take(&text)) != NULL)
			return true;
	}
	return false;
}

void
jobnumber_hear(struct str text, struct buf *buf)
{
	bool spoken = is_spoken(text);

	while (text.len > 0) {
		struct str word = take(&text);
		const struct spoken_row *row = find_word(word);

		if (row != NULL)
			buf_char(buf, row->character);
		else if (!spoken || (word.ptr[0] != ' ' && word.ptr[0] != ','))
			buf_str(buf, word);
	}
}
