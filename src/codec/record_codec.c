#include "codec/record_codec.h"

/* ---- writing ---- */

static void
write_ring(struct json_writer *w, const struct geo_ring *ring)
{
	json_begin_list(w);
	for (size_t i = 0; i < ring->count; i++) {
		json_begin_list(w);
		json_write_double(w, ring->at[i].longitude);
		json_write_double(w, ring->at[i].latitude);
		json_end_list(w);
	}
	json_end_list(w);
}

void
codec_write_area(struct json_writer *w, const struct geo_area *area)
{
	json_begin_map(w);
	json_member_text(w, STR("type"), STR("MultiPolygon"));
	json_name(w, STR("coordinates"));
	json_begin_list(w);
	for (size_t i = 0; i < area->count; i++) {
		json_begin_list(w);
		for (size_t j = 0; j < area->polygons[i].count; j++)
			write_ring(w, &area->polygons[i].rings[j]);
		json_end_list(w);
	}
	json_end_list(w);
	json_end_map(w);
}

static void write_fields(
    struct json_writer *w, const struct record_fields *fields, const char *base);

static void
write_list(struct json_writer *w, const struct record_field *field, const char *base)
{
	const char *elements = *(const char *const *)(const void *)(base + field->offset);
	size_t count = *(const size_t *)(const void *)(base + field->count_offset);

	if (count == 0)
		return;
	json_name(w, field->name);
	json_begin_list(w);
	for (size_t i = 0; i < count; i++) {
		json_begin_map(w);
		write_fields(w, field->element, elements + i * field->element->bytes);
		json_end_map(w);
	}
	json_end_list(w);
}

static void
write_instant(struct json_writer *w, struct str name, struct instant when)
{
	char memory[64];
	struct buf text = buf_over(memory, sizeof(memory));

	if (when.us == RECORD_NO_MOMENT.us)
		return;
	instant_format(when, &text);
	json_member_text(w, name, buf_view(&text));
}

static void
write_uuid(struct json_writer *w, struct str name, struct uuid id)
{
	char memory[UUID_TEXT_LENGTH + 1];
	struct buf text = buf_over(memory, sizeof(memory));

	if (uuid_is_nil(id))
		return;
	uuid_format(id, &text);
	json_member_text(w, name, buf_view(&text));
}

static void
write_field(struct json_writer *w, const struct record_field *field, const char *base)
{
	const void *at = base + field->offset;

	switch (field->type) {
	case FIELD_TEXT:
		if (!str_empty(*(const struct str *)at))
			json_member_text(w, field->name, *(const struct str *)at);
		return;
	case FIELD_BOOL:
		if (*(const bool *)at)
			json_member_bool(w, field->name, true);
		return;
	case FIELD_INT:
		if (*(const int64_t *)at != field->otherwise)
			json_member_int(w, field->name, *(const int64_t *)at);
		return;
	case FIELD_UUID:
		write_uuid(w, field->name, *(const struct uuid *)at);
		return;
	case FIELD_INSTANT:
		write_instant(w, field->name, *(const struct instant *)at);
		return;
	case FIELD_WORD:
		json_member_text(
		    w, field->name, eco_word_name(field->words, *(const unsigned *)at));
		return;
	case FIELD_LIST:
		write_list(w, field, base);
		return;
	case FIELD_AREA:
		json_name(w, field->name);
		codec_write_area(w, at);
		return;
	}
	UNREACHABLE("record field type");
}

static void
write_fields(struct json_writer *w, const struct record_fields *fields, const char *base)
{
	for (size_t i = 0; i < fields->count; i++)
		write_field(w, &fields->at[i], base);
}

void
codec_encode_record(const struct record *record, struct buf *buf)
{
	struct json_writer writer = json_writer(buf);

	json_begin_map(&writer);
	write_fields(&writer, record_fields(record->kind), record_body_const(record));
	if (!str_empty(record->reason))
		json_member_text(&writer, STR("eventReason"), record->reason);
	json_end_map(&writer);
}

/* ---- reading ---- */

struct reading {
	struct arena *arena;
	struct str reason;
};

static bool
wrong(struct reading *reading, struct str name, const char *expected)
{
	reading->reason =
	    arena_printf(reading->arena, "\"%.*s\" is not %s", STR_ARG(name), expected);
	return false;
}

static bool
read_point(const struct json *json, struct geo_point *ret)
{
	return json->type == JSON_LIST && json->list.count == 2 &&
	       json_number(&json->list.items[0], &ret->longitude) &&
	       json_number(&json->list.items[1], &ret->latitude);
}

static bool
read_ring(struct arena *arena, const struct json *json, struct geo_ring *ret)
{
	struct geo_point *points;

	if (json->type != JSON_LIST || json->list.count > GEO_AREA_POINTS_MAX)
		return false;
	points = arena_array(arena, struct geo_point, json->list.count + 1);
	if (points == NULL)
		return false;
	for (size_t i = 0; i < json->list.count; i++) {
		if (!read_point(&json->list.items[i], &points[i]))
			return false;
	}
	*ret = (struct geo_ring){ points, json->list.count };
	return true;
}

static bool
read_polygon(struct arena *arena, const struct json *json, struct geo_polygon *ret)
{
	struct geo_ring *rings;

	if (json->type != JSON_LIST || json->list.count > GEO_AREA_RINGS_MAX)
		return false;
	rings = arena_array(arena, struct geo_ring, json->list.count + 1);
	if (rings == NULL)
		return false;
	for (size_t i = 0; i < json->list.count; i++) {
		if (!read_ring(arena, &json->list.items[i], &rings[i]))
			return false;
	}
	*ret = (struct geo_polygon){ rings, json->list.count };
	return true;
}

/* As it was written; what a client sends is judged by somebody else. */
static bool
read_area(struct arena *arena, const struct json *json, struct geo_area *ret)
{
	const struct json *list = json_find(json, STR("coordinates"));
	struct geo_polygon *polygons;

	if (list == NULL || list->type != JSON_LIST || list->list.count > GEO_AREA_POLYGONS_MAX)
		return false;
	polygons = arena_array(arena, struct geo_polygon, list->list.count + 1);
	if (polygons == NULL)
		return false;
	for (size_t i = 0; i < list->list.count; i++) {
		if (!read_polygon(arena, &list->list.items[i], &polygons[i]))
			return false;
	}
	*ret = (struct geo_area){ polygons, list->list.count };
	return true;
}

static bool read_fields(struct reading *reading, const struct record_fields *fields,
    const struct json *json, char *base);

static bool
read_list(
    struct reading *reading, const struct record_field *field, const struct json *json, char *base)
{
	size_t bytes = field->element->bytes;
	char *elements;

	if (json->type != JSON_LIST || json->list.count > (size_t)field->max)
		return wrong(reading, field->name, "a list of that length");
	elements = arena_alloc(reading->arena, bytes, _Alignof(max_align_t), json->list.count + 1);
	if (elements == NULL)
		return wrong(reading, field->name, "small enough for the memory there is");
	memset(elements, 0, bytes * (json->list.count + 1));
	for (size_t i = 0; i < json->list.count; i++) {
		if (!read_fields(
			reading, field->element, &json->list.items[i], elements + i * bytes))
			return false;
	}
	*(char **)(void *)(base + field->offset) = elements;
	*(size_t *)(void *)(base + field->count_offset) = json->list.count;
	return true;
}

static bool
read_text(
    struct reading *reading, const struct record_field *field, const struct json *json, char *base)
{
	struct str *text = (struct str *)(void *)(base + field->offset);

	if (json->type != JSON_TEXT)
		return wrong(reading, field->name, "a text");
	*text = arena_copy(reading->arena, json->text);
	return true;
}

static bool
read_field(
    struct reading *reading, const struct record_field *field, const struct json *json, char *base)
{
	void *at = base + field->offset;

	switch (field->type) {
	case FIELD_TEXT:
		return read_text(reading, field, json, base);
	case FIELD_BOOL:
		*(bool *)at = json->type == JSON_BOOL && json->boolean;
		return json->type == JSON_BOOL || wrong(reading, field->name, "true or false");
	case FIELD_INT:
		*(int64_t *)at = json->type == JSON_INT ? json->integer : 0;
		return json->type == JSON_INT || wrong(reading, field->name, "a whole number");
	case FIELD_UUID:
		return (json->type == JSON_TEXT && uuid_parse(json->text, at)) ||
		       wrong(reading, field->name, "a UUID");
	case FIELD_INSTANT:
		return (json->type == JSON_TEXT && instant_parse(json->text, at)) ||
		       wrong(reading, field->name, "a moment");
	case FIELD_WORD:
		return (json->type == JSON_TEXT && eco_word_find(field->words, json->text, at)) ||
		       wrong(reading, field->name, "a known word");
	case FIELD_LIST:
		return read_list(reading, field, json, base);
	case FIELD_AREA:
		return read_area(reading->arena, json, at) ||
		       wrong(reading, field->name, "an area");
	}
	UNREACHABLE("record field type");
}

/* What a record does not say that was written before there was such a field. */
static void
fill_in(const struct record_field *field, char *base)
{
	if (field->type == FIELD_INT)
		*(int64_t *)(void *)(base + field->offset) = field->otherwise;
}

static bool
read_fields(struct reading *reading, const struct record_fields *fields, const struct json *json,
    char *base)
{
	if (json->type != JSON_MAP)
		return wrong(reading, STR("the record"), "an object");
	for (size_t i = 0; i < fields->count; i++) {
		const struct json *member = json_find(json, fields->at[i].name);

		if (member == NULL)
			fill_in(&fields->at[i], base);
		else if (!read_field(reading, &fields->at[i], member, base))
			return false;
	}
	return true;
}

bool
codec_decode_record(struct arena *arena, enum record_kind kind, struct str text, struct record *ret,
    struct str *ret_reason)
{
	struct reading reading = { .arena = arena };
	const struct json *json;

	*ret = (struct record){ .kind = kind };
	if (!json_parse(arena, text, &json, ret_reason))
		return false;
	if (!read_fields(&reading, record_fields(kind), json, record_body(ret)) ||
	    arena_exhausted(arena)) {
		*ret_reason = reading.reason;
		return false;
	}
	ret->reason = arena_copy(arena, json_text_or(json, STR("eventReason"), STR("")));
	return true;
}

/* ---- people's own texts ---- */

struct walk {
	struct arena *arena;
	struct uuid whose;
	codec_personal_f each;
	void *context;
};

static struct err *walk_fields(
    const struct walk *walk, const struct record_fields *fields, char *base);

/* The elements of a list are shared with whoever made the record: they are copied first. */
static struct err *
walk_list(const struct walk *walk, const struct record_field *field, char *base)
{
	char **elements = (char **)(void *)(base + field->offset);
	size_t count = *(const size_t *)(const void *)(base + field->count_offset);
	size_t bytes = field->element->bytes;
	char *copy;

	if (count == 0)
		return NULL;
	copy = arena_alloc(walk->arena, bytes, _Alignof(max_align_t), count);
	if (copy == NULL)
		return ERR(walk->arena, ERR_LIMIT, "no memory left for a record");
	memcpy(copy, *elements, bytes * count);
	*elements = copy;
	for (size_t i = 0; i < count; i++)
		TRY(walk_fields(walk, field->element, copy + i * bytes));
	return NULL;
}

static struct err *
walk_fields(const struct walk *walk, const struct record_fields *fields, char *base)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct record_field *field = &fields->at[i];
		struct str *text = (struct str *)(void *)(base + field->offset);

		if (field->type == FIELD_LIST)
			TRY(walk_list(walk, field, base));
		else if (field->personal && !str_empty(*text))
			TRY(walk->each(walk->context, walk->whose, field->name, text));
	}
	return NULL;
}

struct err *
codec_each_personal(
    struct arena *arena, struct record *record, codec_personal_f each, void *context)
{
	struct walk walk = { arena, record->id, each, context };

	return walk_fields(&walk, record_fields(record->kind), record_body(record));
}
