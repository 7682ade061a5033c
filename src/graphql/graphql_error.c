#include "graphql/graphql_internal.h"

/* How long ${message} is without what graphql_suggestions_text() has put at its end. */
static size_t
without_suggestion(struct str message)
{
	size_t at = str_find(message, STR(" Did you mean \""));

	return at == SIZE_MAX ? message.len : at;
}

struct graphql_error *
graphql_report(struct graphql_errors *errors, uint32_t at, struct str message)
{
	struct graphql_error *error;

	if (errors->count++ >= errors->count_max)
		return NULL;
	if (errors->suggests_nothing)
		message.len = without_suggestion(message);
	error = arena_new(errors->arena, struct graphql_error);
	if (error == NULL)
		return NULL;
	error->message = message;
	error->code = errors->code;
	error->rule = errors->rule;
	error->at[0] = at;
	error->places = 1;
	if (errors->last == NULL)
		errors->first = error;
	else
		errors->last->next = error;
	errors->last = error;
	return error;
}

/* The number of steps in ${path} and, at least, the bytes of its names. */
static size_t
path_length(const struct graphql_path *path, size_t *ret_bytes)
{
	size_t length = 0;

	*ret_bytes = 0;
	for (; path != NULL; path = path->up, length++)
		*ret_bytes += path->key.len;
	return length;
}

/* ${path} from the root down, in ${arena}; ${*ret_room} is enough to write it. */
static const struct graphql_path **
path_steps(
    struct arena *arena, const struct graphql_path *path, size_t *ret_count, size_t *ret_room)
{
	const struct graphql_path **steps;
	size_t count = path_length(path, ret_room), i = count;

	*ret_count = count;
	*ret_room += count * 24 + 8;
	steps = arena_array(arena, const struct graphql_path *, count + 1);
	if (steps == NULL)
		return NULL;
	for (; path != NULL; path = path->up)
		steps[--i] = path;
	return steps;
}

struct str
graphql_path_text(struct arena *arena, const struct graphql_path *path)
{
	size_t count, room;
	const struct graphql_path **steps = path_steps(arena, path, &count, &room);
	struct buf buf = buf_in(arena, room);

	for (size_t i = 0; steps != NULL && i < count; i++) {
		if (str_empty(steps[i]->key))
			buf_printf(&buf, "[%zu]", steps[i]->index);
		else
			buf_printf(&buf, "%s%.*s", i > 0 ? "." : "", STR_ARG(steps[i]->key));
	}
	return buf_view(&buf);
}

/* ${path} as the JSON list that a response carries. */
static struct str
path_json(struct arena *arena, const struct graphql_path *path)
{
	size_t count, room;
	const struct graphql_path **steps = path_steps(arena, path, &count, &room);
	struct buf buf = buf_in(arena, room);
	struct json_writer w = json_writer(&buf);

	json_begin_list(&w);
	for (size_t i = 0; steps != NULL && i < count; i++) {
		if (str_empty(steps[i]->key))
			json_write_int(&w, (int64_t)steps[i]->index);
		else
			json_write_text(&w, steps[i]->key);
	}
	json_end_list(&w);
	return buf_view(&buf);
}

void
graphql_report_path(struct graphql_errors *errors, uint32_t at, struct str code, struct str message,
    const struct graphql_path *path)
{
	struct graphql_error *error = graphql_report(errors, at, message);

	if (error == NULL)
		return;
	error->code = code;
	if (path != NULL)
		error->path = path_json(errors->arena, path);
}

bool
graphql_errors_full(const struct graphql_errors *errors)
{
	return errors->count >= errors->count_max || arena_exhausted(errors->arena);
}

void
graphql_locate(struct str source, uint32_t at, size_t *ret_line, size_t *ret_column)
{
	size_t line = 1, begin = 0;

	if (at > source.len)
		at = (uint32_t)source.len;
	for (size_t i = 0; i < at; i++) {
		bool pair =
		    source.ptr[i] == '\r' && i + 1 < source.len && source.ptr[i + 1] == '\n';

		if (source.ptr[i] != '\n' && (source.ptr[i] != '\r' || pair))
			continue;
		line++;
		begin = i + 1;
	}
	*ret_line = line;
	*ret_column = str_utf8_length((struct str){ source.ptr + begin, at - begin }) + 1;
}

static void
write_error(
    const struct graphql_errors *errors, const struct graphql_error *error, struct json_writer *w)
{
	json_begin_map(w);
	json_member_text(w, STR("message"), error->message);
	if (error->places > 0) {
		json_name(w, STR("locations"));
		json_begin_list(w);
		for (size_t i = 0; i < error->places; i++) {
			size_t line, column;

			graphql_locate(errors->source, error->at[i], &line, &column);
			json_begin_map(w);
			json_member_int(w, STR("line"), (int64_t)line);
			json_member_int(w, STR("column"), (int64_t)column);
			json_end_map(w);
		}
		json_end_list(w);
	}
	if (!str_empty(error->path))
		json_member_raw(w, STR("path"), error->path);
	json_name(w, STR("extensions"));
	json_begin_map(w);
	json_member_text(w, STR("code"), error->code);
	/* A limit that is reached while a rule is applied is no fault of the rule. */
	if (!str_empty(error->rule) && str_equal(error->code, STR("GRAPHQL_VALIDATION_FAILED")))
		json_member_text(w, STR("rule"), error->rule);
	if (error->cost != NULL)
		graphql_cost_write(error->cost, w);
	json_end_map(w);
	json_end_map(w);
}

void
graphql_errors_write(const struct graphql_errors *errors, struct json_writer *w)
{
	json_name(w, STR("errors"));
	json_begin_list(w);
	for (const struct graphql_error *error = errors->first; error != NULL; error = error->next)
		write_error(errors, error, w);
	if (errors->count > errors->count_max) {
		struct graphql_error last = { .code = STR("LIMIT") };
		char text[80];
		struct buf buf = buf_over(text, sizeof(text));

		buf_printf(&buf, "Too many errors: %zu more are not shown.",
		    errors->count - errors->count_max);
		last.message = buf_view(&buf);
		write_error(errors, &last, w);
	}
	json_end_list(w);
}
