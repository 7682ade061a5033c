#include "support/same_json.h"

static bool
same_list(const struct json *a, const struct json *b)
{
	if (a->list.count != b->list.count)
		return false;
	for (size_t i = 0; i < a->list.count; i++) {
		if (!same_json(&a->list.items[i], &b->list.items[i]))
			return false;
	}
	return true;
}

static bool
same_map(const struct json *a, const struct json *b)
{
	if (a->map.count != b->map.count)
		return false;
	for (size_t i = 0; i < a->map.count; i++) {
		if (!str_equal(a->map.members[i].name, b->map.members[i].name) ||
		    !same_json(&a->map.members[i].value, &b->map.members[i].value))
			return false;
	}
	return true;
}

bool
same_json(const struct json *a, const struct json *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case JSON_NULL_VALUE:
		return true;
	case JSON_BOOL:
		return a->boolean == b->boolean;
	case JSON_INT:
		return a->integer == b->integer;
	case JSON_FLOAT:
		return memcmp(&a->number, &b->number, sizeof(a->number)) == 0;
	case JSON_TEXT:
		return str_equal(a->text, b->text);
	case JSON_LIST:
		return same_list(a, b);
	case JSON_MAP:
		return same_map(a, b);
	}
	UNREACHABLE("json type");
}
