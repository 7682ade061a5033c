#include "domain/geo/geo_meets.h"
#include "store/store_adapter.h"

/* ---- words ---- */

/* What is not ASCII is of a word, whatever it is: the store knows no language. */
static bool
is_of_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (unsigned char)c >= 0x80;
}

/* ${word} without what is behind STORE_WORD_CHARS_MAX characters of UTF-8. */
static struct str
cut_word(struct str word)
{
	size_t characters = 0;

	for (size_t i = 0; i < word.len; i++) {
		characters += ((unsigned char)word.ptr[i] & 0xc0) != 0x80;
		if (characters > STORE_WORD_CHARS_MAX)
			return (struct str){ word.ptr, i };
	}
	return word;
}

/* Take the next word off the front of ${text}; false when there is none left. */
static bool
next_word(struct str *text, struct str *ret)
{
	size_t from = 0, to;

	while (from < text->len && !is_of_word(text->ptr[from]))
		from++;
	for (to = from; to < text->len && is_of_word(text->ptr[to]);)
		to++;
	*ret = cut_word((struct str){ text->ptr + from, to - from });
	*text = (struct str){ text->ptr + to, text->len - to };
	return to > from;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct str
lower_word(struct arena *arena, struct str word)
{
	char *copy = arena_array(arena, char, word.len + 1);

	for (size_t i = 0; copy != NULL && i < word.len; i++)
		copy[i] = lower(word.ptr[i]);
	return (struct str){ copy, copy == NULL ? 0 : word.len };
}

bool
store_board_words(struct arena *arena, struct str text, struct store_board_filter *filter)
{
	struct str word;

	filter->word_count = 0;
	while (next_word(&text, &word)) {
		if (filter->word_count == STORE_WORDS_MAX)
			return false;
		filter->words[filter->word_count++] = lower_word(arena, word);
	}
	return filter->word_count > 0 && !arena_exhausted(arena);
}

static bool
begins(struct str word, struct str beginning)
{
	for (size_t i = 0; i < beginning.len; i++) {
		if (i == word.len || lower(word.ptr[i]) != beginning.ptr[i])
			return false;
	}
	return true;
}

/* Whether a word of ${text} begins with ${beginning}. */
static bool
has_word(struct str text, struct str beginning)
{
	struct str word;

	while (next_word(&text, &word)) {
		if (begins(word, beginning))
			return true;
	}
	return false;
}

static bool
has_words(const struct store_board_filter *filter, const struct store_board_row *row)
{
	for (size_t i = 0; i < filter->word_count; i++) {
		if (!has_word(row->job_number, filter->words[i]) &&
		    !has_word(row->description, filter->words[i]))
			return false;
	}
	return true;
}

/* ---- everything else ---- */

static bool
has_status(const struct store_board_filter *filter, enum eco_status status)
{
	for (size_t i = 0; i < filter->status_count; i++) {
		if (filter->statuses[i] == status)
			return true;
	}
	return filter->status_count == 0;
}

static bool
has_dispatch(const struct store_board_filter *filter, enum dispatch_state dispatch)
{
	for (size_t i = 0; i < filter->dispatch_count; i++) {
		if (filter->dispatches[i] == dispatch)
			return true;
	}
	return filter->dispatch_count == 0;
}

static bool
has_job_type(const struct store_board_filter *filter, enum job_type job_type)
{
	for (size_t i = 0; i < filter->job_type_count; i++) {
		if (filter->job_types[i] == job_type)
			return true;
	}
	return filter->job_type_count == 0;
}

static bool
has_organisation(const struct store_board_filter *filter, const struct store_board_row *row)
{
	return !filter->has_organisation || uuid_equal(filter->organisation, row->noc) ||
	       uuid_equal(filter->organisation, row->osp);
}

static bool
is_of_time(const struct store_board_filter *filter, const struct store_board_row *row)
{
	int64_t created = row->created_at.us, updated = row->updated_at.us;

	return (!filter->has_created_from || created >= filter->created_from.us) &&
	       (!filter->has_created_until || created < filter->created_until.us) &&
	       (!filter->has_updated_from || updated >= filter->updated_from.us) &&
	       (!filter->has_updated_until || updated < filter->updated_until.us);
}

static bool
is_there(const struct store_board_filter *filter, const struct store_board_row *row)
{
	return (!filter->has_box || geo_box_meets_location(&filter->box, &row->location)) &&
	       (!filter->has_near ||
		   geo_distance_m(filter->near, &row->location) <= (double)filter->near_m);
}

bool
store_board_matches(const struct store_board_filter *filter, const struct store_board_row *row)
{
	CHECK(row->without == 0);
	return has_status(filter, row->status) && has_dispatch(filter, row->dispatch) &&
	       has_job_type(filter, row->job_type) && has_organisation(filter, row) &&
	       is_of_time(filter, row) && has_words(filter, row) && is_there(filter, row);
}
