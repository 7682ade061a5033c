#include "support/example_text.h"

#include <string.h>

#include "base/check.h"

#define UUID_LENGTH   36
#define CALL_LENGTH   34
#define CODE_LENGTH   6
#define SECRET_PREFIX STR("strike_")

/* Members of these names hold what another run has otherwise. */
static const struct {
	struct str name;
	enum example_kind kind;
} by_name[] = {
	{ STR("cursor"), EXAMPLE_CURSOR },
	{ STR("startCursor"), EXAMPLE_CURSOR },
	{ STR("endCursor"), EXAMPLE_CURSOR },
	{ STR("position"), EXAMPLE_POSITION },
};

/* The number of ${text} among those of ${kind}, from 1. */
static size_t
number_of(struct example_names *names, enum example_kind kind, struct str text)
{
	struct str *met = names->met[kind];
	size_t count = names->count[kind];

	for (size_t i = 0; i < count; i++) {
		if (str_equal(met[i], text))
			return i + 1;
	}
	CHECK(count < EXAMPLE_NAMES_MAX);
	met[count] = text;
	return ++names->count[kind];
}

/* Whether ${text} begins with an id that was made during the run: a UUID of version 7. */
static bool
begins_with_new_id(struct str text)
{
	struct uuid id;

	return text.len >= UUID_LENGTH && text.ptr[8] == '-' && text.ptr[14] == '7' &&
	       uuid_parse((struct str){ text.ptr, UUID_LENGTH }, &id);
}

/* The same of the telephony provider's id of a call: "CA" and 32 hexadecimal digits. */
static bool
begins_with_call(struct str text)
{
	if (text.len < CALL_LENGTH || !str_starts_with(text, STR("CA")))
		return false;
	for (size_t i = 2; i < CALL_LENGTH; i++) {
		if (strchr("0123456789abcdef", text.ptr[i]) == NULL || text.ptr[i] == '\0')
			return false;
	}
	return true;
}

/* ${text} with every new id in it numbered. */
static void
write_ids(struct example_names *names, struct str text, struct buf *buf)
{
	while (!str_empty(text)) {
		size_t taken = 1;

		if (begins_with_new_id(text)) {
			taken = UUID_LENGTH;
			buf_printf(buf, "019b8be1-0000-7000-8000-%012zu",
			    number_of(names, EXAMPLE_ID, (struct str){ text.ptr, taken }));
		} else if (begins_with_call(text)) {
			taken = CALL_LENGTH;
			buf_printf(buf, "CA%032zu",
			    number_of(names, EXAMPLE_CALL, (struct str){ text.ptr, taken }));
		} else
			buf_char(buf, text.ptr[0]);
		text = (struct str){ text.ptr + taken, text.len - taken };
	}
}

/* A text as JSON has it, between its quotes. */
static void
write_text(struct example_names *names, struct str text, struct buf *buf)
{
	struct json_writer writer = json_writer(buf);
	char room[64 * 1024];
	struct buf plain = buf_over(room, sizeof(room));

	write_ids(names, text, &plain);
	CHECK(!plain.overflowed);
	if (str_starts_with(buf_view(&plain), SECRET_PREFIX) && plain.len > SECRET_PREFIX.len)
		json_write_text(&writer, STR("strike_..."));
	else
		json_write_text(&writer, buf_view(&plain));
}

static void
write_line(struct buf *buf, size_t indent)
{
	buf_char(buf, '\n');
	for (size_t i = 0; i < indent; i++)
		buf_char(buf, ' ');
}

/* A code that was sent to a number, and not that of a refusal. */
static bool
is_sent_code(const struct json_member *member)
{
	return str_equal(member->name, STR("code")) && member->value.text.len == CODE_LENGTH &&
	       member->value.text.ptr[0] <= '9';
}

/* A member that another run has otherwise; false when ${member} is none. */
static bool
write_by_name(struct example_names *names, const struct json_member *member, struct buf *buf)
{
	if (member->value.type != JSON_TEXT)
		return false;
	if (is_sent_code(member)) {
		buf_str(buf, STR("\"123456\""));
		return true;
	}
	for (size_t i = 0; i < COUNT_OF(by_name); i++) {
		size_t number;

		if (!str_equal(by_name[i].name, member->name))
			continue;
		number = number_of(names, by_name[i].kind, member->value.text);
		if (by_name[i].kind == EXAMPLE_CURSOR)
			buf_printf(buf, "\"cursor-%zu\"", number);
		else
			buf_printf(buf, "\"%zu\"", 100 + number);
		return true;
	}
	return false;
}

static void
write_map(struct example_names *names, const struct json *map, size_t indent, struct buf *buf)
{
	buf_char(buf, '{');
	for (size_t i = 0; i < map->map.count; i++) {
		const struct json_member *member = &map->map.members[i];

		if (i > 0)
			buf_char(buf, ',');
		write_line(buf, indent + 2);
		buf_printf(buf, "\"%.*s\": ", STR_ARG(member->name));
		if (!write_by_name(names, member, buf))
			example_write(names, &member->value, indent + 2, buf);
	}
	if (map->map.count > 0)
		write_line(buf, indent);
	buf_char(buf, '}');
}

/* A list stands on one line as long as no map is in it. */
static bool
is_flat(const struct json *list)
{
	for (size_t i = 0; i < list->list.count; i++) {
		const struct json *item = &list->list.items[i];

		if (item->type == JSON_MAP || (item->type == JSON_LIST && !is_flat(item)))
			return false;
	}
	return true;
}

static void
write_list(struct example_names *names, const struct json *list, size_t indent, struct buf *buf)
{
	bool flat = is_flat(list);

	buf_char(buf, '[');
	for (size_t i = 0; i < list->list.count; i++) {
		if (i > 0)
			buf_str(buf, flat ? STR(", ") : STR(","));
		if (!flat)
			write_line(buf, indent + 2);
		example_write(names, &list->list.items[i], indent + 2, buf);
	}
	if (!flat)
		write_line(buf, indent);
	buf_char(buf, ']');
}

void
example_write(struct example_names *names, const struct json *value, size_t indent, struct buf *buf)
{
	struct json_writer writer = json_writer(buf);

	switch (value->type) {
	case JSON_MAP:
		write_map(names, value, indent, buf);
		break;
	case JSON_LIST:
		write_list(names, value, indent, buf);
		break;
	case JSON_TEXT:
		write_text(names, value->text, buf);
		break;
	case JSON_NULL_VALUE:
	case JSON_BOOL:
	case JSON_INT:
	case JSON_FLOAT:
		json_write_value(&writer, value);
		break;
	}
}
