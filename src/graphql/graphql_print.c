#include "graphql/graphql_internal.h"

/* Types and literals as they are written in GraphQL. */

/* The longest type that is shown in full; a name has no limit of its own. */
#define TYPE_TEXT_MAX 512

void
graphql_type_ref_format(const struct graphql_type_ref *ref, struct buf *buf)
{
	switch (ref->wrap) {
	case WRAP_NONE:
		buf_str(buf, ref->name);
		return;
	case WRAP_LIST:
		buf_char(buf, '[');
		graphql_type_ref_format(ref->of, buf);
		buf_char(buf, ']');
		return;
	case WRAP_NON_NULL:
		graphql_type_ref_format(ref->of, buf);
		buf_char(buf, '!');
		return;
	}
	UNREACHABLE("wrap");
}

struct str
graphql_type_ref_text(struct arena *arena, const struct graphql_type_ref *ref)
{
	char text[TYPE_TEXT_MAX];
	struct buf buf = buf_over(text, sizeof(text));

	graphql_type_ref_format(ref, &buf);
	return arena_copy(arena, buf_view(&buf));
}

/* The room that ${literal} needs at most: a character of a string may become six. */
static size_t
literal_room(const struct graphql_literal *literal)
{
	size_t room = literal->text.len * 6 + literal->name.len + 8;

	for (const struct graphql_literal *item = literal->first; item != NULL; item = item->next)
		room += literal_room(item);
	return room;
}

static void
format_literal(const struct graphql_literal *literal, struct buf *buf)
{
	struct json_writer w = json_writer(buf);

	switch (literal->kind) {
	case LITERAL_STRING:
		json_write_text(&w, literal->text);
		return;
	case LITERAL_VARIABLE:
		buf_char(buf, '$');
		buf_str(buf, literal->text);
		return;
	case LITERAL_NULL:
	case LITERAL_INT:
	case LITERAL_FLOAT:
	case LITERAL_BOOLEAN:
	case LITERAL_ENUM:
		buf_str(buf, literal->text);
		return;
	case LITERAL_LIST:
	case LITERAL_OBJECT:
		break;
	}
	buf_char(buf, literal->kind == LITERAL_LIST ? '[' : '{');
	for (const struct graphql_literal *item = literal->first; item != NULL; item = item->next) {
		if (item != literal->first)
			buf_str(buf, STR(", "));
		if (literal->kind == LITERAL_OBJECT) {
			buf_str(buf, item->name);
			buf_str(buf, STR(": "));
		}
		format_literal(item, buf);
	}
	buf_char(buf, literal->kind == LITERAL_LIST ? ']' : '}');
}

struct str
graphql_literal_text(struct arena *arena, const struct graphql_literal *literal)
{
	struct buf buf = buf_in(arena, literal_room(literal));

	format_literal(literal, &buf);
	return buf_view(&buf);
}
