#include <jansson.h>

/* jansson's names end here: ours follow, and they differ. */
#include "base/json.h"

/* What is left of the limits while a tree is copied. */
struct copy {
	struct arena *arena;
	size_t values_left;
	const char *reason; /* why the document is refused, or NULL */
};

static void copy_value(struct copy *, const json_t *from, int depth, struct json *to);

static void
release(json_t **document)
{
	json_decref(*document);
}

static struct str
copy_text(struct copy *copy, const char *bytes, size_t length)
{
	struct str text = arena_copy(copy->arena, (struct str){ bytes, length });

	if (text.len != length)
		copy->reason = "the document is too large";
	return text;
}

static void
copy_list(struct copy *copy, const json_t *from, int depth, struct json *to)
{
	size_t count = json_array_size(from);
	struct json *items = count == 0 ? NULL : arena_array(copy->arena, struct json, count);

	if (count > 0 && items == NULL) {
		copy->reason = "the document is too large";
		return;
	}
	for (size_t i = 0; i < count && copy->reason == NULL; i++)
		copy_value(copy, json_array_get(from, i), depth + 1, &items[i]);
	to->type = JSON_LIST;
	to->list.items = items;
	to->list.count = count;
}

static void
copy_map(struct copy *copy, json_t *from, int depth, struct json *to)
{
	size_t count = json_object_size(from), i = 0;
	struct json_member *members =
	    count == 0 ? NULL : arena_array(copy->arena, struct json_member, count);

	if (count > 0 && members == NULL) {
		copy->reason = "the document is too large";
		return;
	}
	for (void *at = json_object_iter(from); at != NULL && copy->reason == NULL;
	     at = json_object_iter_next(from, at)) {
		const char *name = json_object_iter_key(at);

		members[i].name = copy_text(copy, name, strlen(name));
		copy_value(copy, json_object_iter_value(at), depth + 1, &members[i].value);
		i++;
	}
	to->type = JSON_MAP;
	to->map.members = members;
	to->map.count = count;
}

static void
copy_value(struct copy *copy, const json_t *from, int depth, struct json *to)
{
	if (depth > JSON_DEPTH_MAX)
		copy->reason = "the document is nested too deeply";
	else if (copy->values_left == 0)
		copy->reason = "the document has too many values";
	if (copy->reason != NULL)
		return;
	copy->values_left--;

	switch (json_typeof(from)) {
	case JSON_OBJECT:
		copy_map(copy, (json_t *)(uintptr_t)from, depth, to);
		return;
	case JSON_ARRAY:
		copy_list(copy, from, depth, to);
		return;
	case JSON_STRING:
		to->type = JSON_TEXT;
		to->text = copy_text(copy, json_string_value(from), json_string_length(from));
		return;
	case JSON_INTEGER:
		to->type = JSON_INT;
		to->integer = json_integer_value(from);
		return;
	case JSON_REAL:
		to->type = JSON_FLOAT;
		to->number = json_real_value(from);
		return;
	case JSON_TRUE:
	case JSON_FALSE:
		to->type = JSON_BOOL;
		to->boolean = json_is_true(from);
		return;
	case JSON_NULL:
		to->type = JSON_NULL_VALUE;
		return;
	}
	UNREACHABLE("jansson type");
}

bool
json_parse(struct arena *arena, struct str text, const struct json **ret, struct str *ret_reason)
{
	struct copy copy = { .arena = arena, .values_left = JSON_VALUES_MAX };
	struct json *root = arena_new(arena, struct json);
	json_error_t error;
	json_t *document __attribute__((cleanup(release))) = NULL;

	if (root == NULL) {
		*ret_reason = STR("the document is too large");
		return false;
	}
	/* jansson passes over a NUL that follows a number. */
	if (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL) {
		*ret_reason = STR("the document has a NUL byte");
		return false;
	}
	document = json_loadb(text.len == 0 ? "" : text.ptr, text.len,
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (document == NULL) {
		*ret_reason = arena_printf(
		    arena, "line %d, column %d: %s", error.line, error.column, error.text);
		return false;
	}
	copy_value(&copy, document, 0, root);
	if (copy.reason != NULL) {
		*ret_reason = str_from_z(copy.reason);
		return false;
	}
	*ret = root;
	return true;
}

const struct json *
json_find(const struct json *object, struct str name)
{
	if (object == NULL || object->type != JSON_MAP)
		return NULL;
	for (size_t i = 0; i < object->map.count; i++) {
		if (str_equal(object->map.members[i].name, name))
			return &object->map.members[i].value;
	}
	return NULL;
}

struct str
json_text_or(const struct json *object, struct str name, struct str fallback)
{
	const struct json *value = json_find(object, name);

	return value != NULL && value->type == JSON_TEXT ? value->text : fallback;
}

int64_t
json_int_or(const struct json *object, struct str name, int64_t fallback)
{
	const struct json *value = json_find(object, name);

	return value != NULL && value->type == JSON_INT ? value->integer : fallback;
}

bool
json_bool_or(const struct json *object, struct str name, bool fallback)
{
	const struct json *value = json_find(object, name);

	return value != NULL && value->type == JSON_BOOL ? value->boolean : fallback;
}

bool
json_number(const struct json *value, double *ret)
{
	if (value != NULL && value->type == JSON_INT) {
		*ret = (double)value->integer;
		return true;
	}
	if (value != NULL && value->type == JSON_FLOAT) {
		*ret = value->number;
		return true;
	}
	return false;
}
