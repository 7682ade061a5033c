#include "mock/scenario_words.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Where the cutting stands. */
struct cutter {
	struct str text;
	size_t at;
	int64_t line;
	size_t line_start;
};

static int64_t
column_at(const struct cutter *cutter, size_t at)
{
	return (int64_t)(at - cutter->line_start) + 1;
}

/* Append a word; a scenario of more than SCENARIO_WORDS_MAX is none. */
static struct err *
push(struct scenario_reader *reader, const struct cutter *cutter, enum scenario_word_kind kind,
    size_t from, struct str text)
{
	if (reader->count == SCENARIO_WORDS_MAX)
		return ERR(reader->arena, ERR_CORRUPT,
		    "line %lld: a scenario holds at most %d words", (long long)cutter->line,
		    SCENARIO_WORDS_MAX);
	reader->words[reader->count++] = (struct scenario_word){
		.kind = kind,
		.text = text,
		.line = cutter->line,
		.column = column_at(cutter, from),
	};
	return NULL;
}

/* A text in quotes, on one line; a quotation mark cannot stand in it. */
static struct err *
cut_quoted(struct scenario_reader *reader, struct cutter *cutter)
{
	size_t from = cutter->at++, start = cutter->at;

	while (cutter->at < cutter->text.len && cutter->text.ptr[cutter->at] != '"' &&
	       cutter->text.ptr[cutter->at] != '\n')
		cutter->at++;
	if (cutter->at == cutter->text.len || cutter->text.ptr[cutter->at] != '"')
		return ERR(reader->arena, ERR_CORRUPT,
		    "line %lld, column %lld: this text has no closing quotation mark on its line",
		    (long long)cutter->line, (long long)column_at(cutter, from));
	cutter->at++;
	return push(reader, cutter, SCENARIO_QUOTED, from,
	    (struct str){ cutter->text.ptr + start, cutter->at - 1 - start });
}

static bool
is_digit_at(const struct cutter *cutter, size_t at)
{
	return at < cutter->text.len && cutter->text.ptr[at] >= '0' && cutter->text.ptr[at] <= '9';
}

/* The colon of 22:00, which is part of the word. */
static bool
is_in_time(const struct cutter *cutter, size_t from)
{
	return cutter->at > from && is_digit_at(cutter, cutter->at - 1) &&
	       is_digit_at(cutter, cutter->at + 1);
}

/* A word goes to the next blank, comma, colon or quotation mark; a "#" may be in it (45#). */
static struct err *
cut_word(struct scenario_reader *reader, struct cutter *cutter)
{
	size_t from = cutter->at;

	while (cutter->at < cutter->text.len) {
		char c = cutter->text.ptr[cutter->at];

		if (is_blank(c) || c == '\n' || c == ',' || c == '"' ||
		    (c == ':' && !is_in_time(cutter, from)))
			break;
		cutter->at++;
	}
	return push(reader, cutter, SCENARIO_WORD, from,
	    (struct str){ cutter->text.ptr + from, cutter->at - from });
}

static struct err *
cut_mark(struct scenario_reader *reader, struct cutter *cutter, enum scenario_word_kind kind)
{
	size_t from = cutter->at++;

	return push(reader, cutter, kind, from, (struct str){ cutter->text.ptr + from, 1 });
}

/* One line: a sentence, or, when it begins with a blank, more of the one before. */
static struct err *
cut_line(struct scenario_reader *reader, struct cutter *cutter)
{
	bool first = true;

	while (cutter->at < cutter->text.len && cutter->text.ptr[cutter->at] != '\n') {
		char c = cutter->text.ptr[cutter->at];

		if (is_blank(c)) {
			cutter->at++;
			continue;
		}
		if (c == '#') {
			while (
			    cutter->at < cutter->text.len && cutter->text.ptr[cutter->at] != '\n')
				cutter->at++;
			break;
		}
		if (first && cutter->at == cutter->line_start && reader->count > 0)
			TRY(push(reader, cutter, SCENARIO_LINE_END, cutter->at, STR("")));
		first = false;
		if (c == '"')
			TRY(cut_quoted(reader, cutter));
		else if (c == ',')
			TRY(cut_mark(reader, cutter, SCENARIO_COMMA));
		else if (c == ':')
			TRY(cut_mark(reader, cutter, SCENARIO_COLON));
		else
			TRY(cut_word(reader, cutter));
	}
	return NULL;
}

struct err *
scenario_words_split(struct arena *arena, struct str text, struct scenario_reader *ret)
{
	struct cutter cutter = { .line = 1 };

	*ret = (struct scenario_reader){ .arena = arena };
	if (text.len > SCENARIO_TEXT_BYTES_MAX)
		return ERR(arena, ERR_CORRUPT, "a scenario is at most %d bytes long",
		    SCENARIO_TEXT_BYTES_MAX);
	if (!str_is_utf8(text))
		return ERR(arena, ERR_CORRUPT, "a scenario is UTF-8 text, and this is not");
	cutter.text = arena_copy(arena, text);
	/* A line's end comes before a word, so a text of n bytes makes at most 2n of them. */
	ret->words = arena_array(arena, struct scenario_word,
	    (2 * text.len < SCENARIO_WORDS_MAX ? 2 * text.len : SCENARIO_WORDS_MAX) + 1);
	if (ret->words == NULL)
		return ERR(arena, ERR_LIMIT, "the scenario does not fit into memory");
	while (cutter.at < cutter.text.len) {
		cutter.line_start = cutter.at;
		TRY(cut_line(ret, &cutter));
		if (cutter.at < cutter.text.len) {
			cutter.at++;
			cutter.line++;
		}
	}
	cutter.line_start = cutter.at;
	ret->words[ret->count] =
	    (struct scenario_word){ .kind = SCENARIO_TEXT_END, .line = cutter.line, .column = 1 };
	return NULL;
}

const struct scenario_word *
scenario_words_peek(const struct scenario_reader *reader)
{
	return &reader->words[reader->at];
}

bool
scenario_words_refuse(struct scenario_reader *reader, const char *expected)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	bool end = word->kind == SCENARIO_LINE_END || word->kind == SCENARIO_TEXT_END;

	if (reader->fault != NULL)
		return false;
	/* The end of a sentence is blamed on its last word, where a person would look. */
	if (end && reader->at > 0) {
		const struct scenario_word *last = word - 1;

		reader->fault = ERR(reader->arena, ERR_CORRUPT,
		    "line %lld, column %lld: after \"%.*s\" expected %s", (long long)last->line,
		    (long long)last->column, STR_ARG(last->text), expected);
		return false;
	}
	reader->fault =
	    ERR(reader->arena, ERR_CORRUPT, "line %lld, column %lld: expected %s, found \"%.*s\"",
		(long long)word->line, (long long)word->column, expected, STR_ARG(word->text));
	return false;
}

bool
scenario_words_accept(struct scenario_reader *reader, const char *text)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL || word->kind != SCENARIO_WORD ||
	    !str_equal(word->text, str_from_z(text)))
		return false;
	reader->at++;
	return true;
}

bool
scenario_words_see(const struct scenario_reader *reader, size_t ahead, const char *text)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	for (size_t i = 0; i < ahead; i++, word++)
		if (word->kind == SCENARIO_TEXT_END)
			return false;
	return reader->fault == NULL && word->kind == SCENARIO_WORD &&
	       str_equal(word->text, str_from_z(text));
}

bool
scenario_words_accept_all(struct scenario_reader *reader, const char *texts)
{
	struct str rest = str_from_z(texts);
	size_t before = reader->at;

	while (!str_empty(rest)) {
		const struct scenario_word *word = scenario_words_peek(reader);
		struct str text = str_cut(&rest, ' ');

		if (reader->fault != NULL || word->kind != SCENARIO_WORD ||
		    !str_equal(word->text, text)) {
			reader->at = before;
			return false;
		}
		reader->at++;
	}
	return true;
}

bool
scenario_words_expect(struct scenario_reader *reader, const char *text)
{
	if (scenario_words_accept(reader, text))
		return true;
	return scenario_words_refuse(
	    reader, arena_copy_z(reader->arena, arena_printf(reader->arena, "\"%s\"", text)));
}

bool
scenario_words_accept_mark(struct scenario_reader *reader, enum scenario_word_kind kind)
{
	if (reader->fault != NULL || scenario_words_peek(reader)->kind != kind)
		return false;
	reader->at++;
	return true;
}

bool
scenario_words_take(struct scenario_reader *reader, const char *expected, struct str *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL || word->kind != SCENARIO_WORD)
		return scenario_words_refuse(reader, expected);
	*ret = word->text;
	reader->at++;
	return true;
}

bool
scenario_words_take_quoted(struct scenario_reader *reader, const char *expected, struct str *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL || word->kind != SCENARIO_QUOTED)
		return scenario_words_refuse(reader, expected);
	*ret = word->text;
	reader->at++;
	return true;
}

/* Microseconds in the unit of time at the beginning of ${text}, or 0; its length into ${*ret}. */
static int64_t
unit_us(struct str text, size_t *ret)
{
	*ret = 1;
	if (str_starts_with(text, STR("ms"))) {
		*ret = 2;
		return MILLISECONDS(1).us;
	}
	switch (text.ptr[0]) {
	case 's':
		return SECONDS(1).us;
	case 'm':
		return MINUTES(1).us;
	case 'h':
		return HOURS(1).us;
	case 'd':
		return HOURS(24).us;
	default:
		return 0;
	}
}

/* "2h10m": numbers, each with its unit. */
static bool
parse_duration(struct str text, struct duration *ret)
{
	int64_t total_us = 0;

	if (str_empty(text))
		return false;
	for (size_t i = 0; i < text.len;) {
		int64_t number = 0, unit;
		size_t digits = 0, length;

		for (; digits < 7 && i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9';
		     i++, digits++)
			number = number * 10 + (text.ptr[i] - '0');
		if (digits == 0 || digits > 6 || i == text.len)
			return false;
		unit = unit_us((struct str){ text.ptr + i, text.len - i }, &length);
		if (unit == 0)
			return false;
		i += length;
		total_us += number * unit;
		if (total_us > HOURS(24).us * SCENARIO_DURATION_DAYS_MAX)
			return false;
	}
	*ret = (struct duration){ total_us };
	return true;
}

bool
scenario_words_see_duration(const struct scenario_reader *reader)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	struct duration ignored;

	return reader->fault == NULL && word->kind == SCENARIO_WORD &&
	       parse_duration(word->text, &ignored);
}

bool
scenario_words_take_moment(struct scenario_reader *reader, struct instant *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL || word->kind != SCENARIO_WORD || !instant_parse(word->text, ret))
		return scenario_words_refuse(reader, "a moment such as 2026-03-08T07:58:00Z");
	reader->at++;
	return true;
}

bool
scenario_words_take_duration(struct scenario_reader *reader, struct duration *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL || word->kind != SCENARIO_WORD ||
	    !parse_duration(word->text, ret))
		return scenario_words_refuse(
		    reader, "a length of time such as 8s, 40m, 2h10m or 1d, up to 366d");
	reader->at++;
	return true;
}

/* E.164: "+", then 7 to 15 digits, the first not 0. */
static bool
is_phone(struct str text)
{
	if (text.len < 8 || text.len > 16 || text.ptr[0] != '+' || text.ptr[1] == '0')
		return false;
	for (size_t i = 1; i < text.len; i++)
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
	return true;
}

bool
scenario_words_take_phone(struct scenario_reader *reader, struct str *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL || word->kind != SCENARIO_WORD || !is_phone(word->text))
		return scenario_words_refuse(reader, "a phone number such as +15125550101");
	*ret = word->text;
	reader->at++;
	return true;
}

bool
scenario_words_take_count(struct scenario_reader *reader, const char *expected, int64_t *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL || word->kind != SCENARIO_WORD ||
	    !str_parse_i64(word->text, ret) || *ret < 0 || *ret > 1000000)
		return scenario_words_refuse(reader, expected);
	reader->at++;
	return true;
}

bool
scenario_words_take_degrees(
    struct scenario_reader *reader, const char *expected, double most, struct str *ret)
{
	const struct scenario_word *word = scenario_words_peek(reader);
	double degrees;

	if (reader->fault != NULL || word->kind != SCENARIO_WORD ||
	    !str_parse_double(word->text, &degrees) || degrees < -most || degrees > most)
		return scenario_words_refuse(reader, expected);
	*ret = word->text;
	reader->at++;
	return true;
}

bool
scenario_words_end(struct scenario_reader *reader)
{
	const struct scenario_word *word = scenario_words_peek(reader);

	if (reader->fault != NULL)
		return false;
	if (word->kind == SCENARIO_TEXT_END)
		return true;
	if (word->kind != SCENARIO_LINE_END)
		return scenario_words_refuse(reader, "the end of the line");
	reader->at++;
	return true;
}
