#include "base/json.h"
#include "store/mem/mem_internal.h"

/* ---- a copy with all that it points to ---- */

static struct geo_area
keep_area(struct mem_world *world, struct geo_area area)
{
	struct geo_polygon *polygons =
	    mem_keep_bytes(world, area.polygons, area.count * sizeof(area.polygons[0]));

	for (size_t i = 0; i < area.count; i++) {
		struct geo_ring *rings = mem_keep_bytes(
		    world, polygons[i].rings, polygons[i].count * sizeof(polygons[i].rings[0]));

		for (size_t j = 0; j < polygons[i].count; j++)
			rings[j].at = mem_keep_bytes(
			    world, rings[j].at, rings[j].count * sizeof(rings[j].at[0]));
		polygons[i].rings = rings;
	}
	return (struct geo_area){ polygons, area.count };
}

static void keep_fields(struct mem_world *world, const struct record_fields *fields, char *base);

static void
keep_list(struct mem_world *world, const struct record_field *field, char *base)
{
	char **elements = (char **)(void *)(base + field->offset);
	size_t count = *(const size_t *)(const void *)(base + field->count_offset);
	size_t bytes = field->element->bytes;

	*elements = mem_keep_bytes(world, *elements, count * bytes);
	for (size_t i = 0; i < count; i++)
		keep_fields(world, field->element, *elements + i * bytes);
}

static void
keep_fields(struct mem_world *world, const struct record_fields *fields, char *base)
{
	for (size_t i = 0; i < fields->count; i++) {
		void *at = base + fields->at[i].offset;

		switch (fields->at[i].type) {
		case FIELD_TEXT:
			*(struct str *)at = mem_keep(world, *(const struct str *)at);
			break;
		case FIELD_LIST:
			keep_list(world, &fields->at[i], base);
			break;
		case FIELD_AREA:
			*(struct geo_area *)at = keep_area(world, *(const struct geo_area *)at);
			break;
		case FIELD_BOOL:
		case FIELD_INT:
		case FIELD_UUID:
		case FIELD_INSTANT:
		case FIELD_WORD:
			break;
		}
	}
}

struct record
mem_keep_record(struct mem_world *world, const struct record *record)
{
	struct record copy = *record;

	copy.reason = mem_keep(world, record->reason);
	keep_fields(world, record_fields(record->kind), record_body(&copy));
	return copy;
}

/* ---- what is left of somebody who was erased ---- */

bool
mem_speaks_of_erased(const struct mem_world *world, const struct mem_record *row)
{
	switch (row->row.kind) {
	case RECORD_MEMBERSHIP:
		return mem_is_erased(world, row->row.id) ||
		       mem_is_erased(world, row->record.membership.user);
	case RECORD_USER:
	case RECORD_PERSON:
		return mem_is_erased(world, row->row.id);
	case RECORD_ORGANISATION:
	case RECORD_AGREEMENT:
	case RECORD_NOC_TERMS:
	case RECORD_OSP_TERMS:
	case RECORD_PAGER_LIST:
	case RECORD_REGION:
	case RECORD_TOKEN:
	case RECORD_AUDIT:
	case RECORD_KIND_COUNT:
		break;
	}
	return false;
}

static const struct record_field *
find_field(const struct record_fields *fields, struct str name)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (str_equal(fields->at[i].name, name))
			return &fields->at[i];
	}
	return NULL;
}

/* Write ${map} without what is a person's own. */
static void
write_rest(struct json_writer *writer, const struct record_fields *fields, const struct json *map)
{
	json_begin_map(writer);
	for (size_t i = 0; i < map->map.count; i++) {
		const struct json_member *member = &map->map.members[i];
		const struct record_field *field = find_field(fields, member->name);

		if (field != NULL && field->personal)
			continue;
		json_name(writer, member->name);
		if (field != NULL && field->type == FIELD_LIST) {
			json_begin_list(writer);
			for (size_t j = 0; j < member->value.list.count; j++)
				write_rest(writer, field->element, &member->value.list.items[j]);
			json_end_list(writer);
		} else {
			json_write_value(writer, &member->value);
		}
	}
	json_end_map(writer);
}

static struct str
rest_of_body(struct arena *arena, const struct store_record *row)
{
	struct buf buf = buf_in(arena, row->body.len + 64);
	struct json_writer writer = json_writer(&buf);
	const struct json *body;
	struct str reason;

	if (!json_parse(arena, row->body, &body, &reason))
		return STR("{}");
	write_rest(&writer, record_fields(row->kind), body);
	return buf_view(&buf);
}

/* Empty the personal texts; elements of lists are the world's own. */
static void
empty_fields(const struct record_fields *fields, char *base)
{
	for (size_t i = 0; i < fields->count; i++) {
		const struct record_field *field = &fields->at[i];
		char *at = base + field->offset;

		if (field->personal)
			*(struct str *)(void *)at = STR("");
		if (field->type != FIELD_LIST)
			continue;
		for (size_t j = 0; j < *(const size_t *)(const void *)(base + field->count_offset);
		     j++)
			empty_fields(
			    field->element, *(char **)(void *)at + j * field->element->bytes);
	}
}

struct str
mem_erased_handle(struct arena *arena, struct uuid user)
{
	return arena_printf(arena, "erased-%.*s", STR_ARG(uuid_text(arena, user)));
}

void
mem_scrub_record(struct mem_world *world, struct arena *arena, struct mem_record *row)
{
	/* The elements are changed in a copy: the change may be undone. */
	row->record = mem_keep_record(world, &row->record);
	empty_fields(record_fields(row->row.kind), record_body(&row->record));
	if (row->row.kind == RECORD_USER)
		row->record.user.handle = mem_keep(world, mem_erased_handle(arena, row->row.id));
	row->row.body = mem_keep(world, rest_of_body(arena, &row->row));
}
