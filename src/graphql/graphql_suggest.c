#include "graphql/graphql_internal.h"

/* Names longer than this are not compared; nobody mistypes them by hand. */
#define NAME_MAX_COMPARED 64

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Insertions, deletions, replacements and swaps that lead from ${a} to ${b}. */
static size_t
distance(struct str a, struct str b)
{
	size_t rows[3][NAME_MAX_COMPARED + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b.len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t *oldest = before;

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			bool same = lower(a.ptr[i - 1]) == lower(b.ptr[j - 1]);

			row[j] = least(
			    least(above[j] + 1, row[j - 1] + 1), above[j - 1] + (same ? 0 : 1));
			if (i > 1 && j > 1 && lower(a.ptr[i - 1]) == lower(b.ptr[j - 2]) &&
			    lower(a.ptr[i - 2]) == lower(b.ptr[j - 1]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = oldest;
	}
	return above[b.len];
}

void
graphql_suggest(struct graphql_suggestions *suggestions, struct str name)
{
	struct str wanted = suggestions->wanted;
	size_t far, i;

	if (wanted.len > NAME_MAX_COMPARED || name.len > NAME_MAX_COMPARED || str_empty(name))
		return;
	far = str_equal_nocase(wanted, name) ? 0 : distance(wanted, name);
	/* As graphql-js: four of ten characters wrong is too far, one wrong never is. */
	if (far > wanted.len * 4 / 10 + 1)
		return;

	for (i = suggestions->count; i > 0 && suggestions->distances[i - 1] > far; i--) {
		if (i == GRAPHQL_SUGGESTIONS_MAX)
			continue;
		suggestions->names[i] = suggestions->names[i - 1];
		suggestions->distances[i] = suggestions->distances[i - 1];
	}
	if (i == GRAPHQL_SUGGESTIONS_MAX)
		return;
	suggestions->names[i] = name;
	suggestions->distances[i] = far;
	if (suggestions->count < GRAPHQL_SUGGESTIONS_MAX)
		suggestions->count++;
}

struct str
graphql_suggestions_text(struct arena *arena, const struct graphql_suggestions *suggestions)
{
	const struct str *names = suggestions->names;

	switch (suggestions->count) {
	case 0:
		return STR("");
	case 1:
		return arena_printf(arena, " Did you mean \"%.*s\"?", STR_ARG(names[0]));
	case 2:
		return arena_printf(arena, " Did you mean \"%.*s\" or \"%.*s\"?", STR_ARG(names[0]),
		    STR_ARG(names[1]));
	default:
		return arena_printf(arena, " Did you mean \"%.*s\", \"%.*s\", or \"%.*s\"?",
		    STR_ARG(names[0]), STR_ARG(names[1]), STR_ARG(names[2]));
	}
}
