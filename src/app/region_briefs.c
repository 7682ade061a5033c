#include "app/region_briefs.h"

#include "codec/area.h"
#include "codec/record_codec.h"

/*
 * An area may have GEO_AREA_POINTS_MAX positions: a few are in memory at a time, and only
 * one of them read.
 */
#define ROWS_AT_ONCE   8
#define BRIEFS_MAX     (REGIONS_MAX + 100)
#define NAME_BYTES_MAX (4 * REGION_NAME_MAX)

/* The same area, the same digest: of its text. */
static struct sha256
digest(struct arena *arena, const struct geo_area *area)
{
	struct arena_mark mark = arena_mark(arena);
	struct buf buf = buf_in(arena, area_bytes(area));
	struct json_writer writer = json_writer(&buf);
	struct sha256 found;

	codec_write_area(&writer, area);
	found = sha256_of(buf_view(&buf));
	arena_release(arena, mark);
	return found;
}

struct region_brief
region_brief_of(struct arena *arena, const struct record *record)
{
	const struct region *region = &record->region;

	return (struct region_brief){
		.id = record->id,
		.version = record->version,
		.name = region->name,
		.priority = region->priority,
		.list = region->list,
		.size = geo_area_size(&region->area),
		.box = geo_area_box(&region->area),
		.area = digest(arena, &region->area),
		.retired = region->retired,
	};
}

const struct region_brief *
region_briefs_find(const struct region_briefs *briefs, struct uuid id)
{
	for (size_t i = 0; i < briefs->count; i++) {
		if (uuid_equal(briefs->at[i].id, id))
			return &briefs->at[i];
	}
	return NULL;
}

struct loading {
	struct store_session *session;
	struct arena *arena;
	const struct region_choice *choice;
	struct region_brief *briefs;
	char *names; /* of NAME_BYTES_MAX each: what the arena gives is given back */
	size_t count;
};

static bool
is_chosen(const struct region_choice *choice, const struct region *region)
{
	if (region->retired || !uuid_equal(region->osp, choice->osp))
		return false;
	return choice->location == NULL || geo_area_meets(&region->area, choice->location);
}

static struct err *
take(struct loading *loading, const struct store_record *row)
{
	char *name = loading->names + loading->count * NAME_BYTES_MAX;
	struct region_brief *brief = &loading->briefs[loading->count];
	struct record record;

	TRY(record_read(loading->arena, row, &record));
	if (!is_chosen(loading->choice, &record.region))
		return NULL;
	if (loading->count == BRIEFS_MAX)
		return ERR(loading->arena, ERR_LIMIT, "an organisation has more than %d regions",
		    BRIEFS_MAX);
	*brief = region_brief_of(loading->arena, &record);
	if (brief->name.len > NAME_BYTES_MAX)
		brief->name.len = NAME_BYTES_MAX;
	memcpy(name, brief->name.ptr, brief->name.len);
	brief->name.ptr = name;
	loading->count++;
	return NULL;
}

/* The next rows after ${after}, which moves on; ${ret_rest}: others may stand behind them. */
static struct err *
take_rows(struct loading *loading, struct uuid *after, bool *ret_rest)
{
	const struct store_record_query query = {
		.kind = RECORD_REGION, .after = *after, .limit = ROWS_AT_ONCE
	};
	struct store_records rows;

	TRY(store_list_records(loading->session, loading->arena, &query, &rows));
	for (size_t i = 0; i < rows.count; i++) {
		struct arena_mark mark = arena_mark(loading->arena);

		TRY(take(loading, &rows.at[i]));
		arena_release(loading->arena, mark);
		*after = rows.at[i].id;
	}
	*ret_rest = rows.count == ROWS_AT_ONCE;
	return NULL;
}

struct err *
region_briefs_load(struct store_session *session, struct arena *arena,
    const struct region_choice *choice, struct region_briefs *ret)
{
	struct loading loading = {
		.session = session,
		.arena = arena,
		.choice = choice,
		.briefs = arena_array(arena, struct region_brief, BRIEFS_MAX),
		.names = arena_bytes(arena, (size_t)BRIEFS_MAX * NAME_BYTES_MAX),
	};
	struct uuid after = UUID_NIL;
	bool rest = true;

	if (loading.briefs == NULL || loading.names == NULL)
		return ERR(arena, ERR_LIMIT, "no memory left to read regions");
	while (rest) {
		struct arena_mark mark = arena_mark(arena);

		TRY(take_rows(&loading, &after, &rest));
		arena_release(arena, mark);
	}
	*ret = (struct region_briefs){ loading.briefs, loading.count };
	return NULL;
}
