#include <stdio.h>

#include "app/regions.h"
#include "bin/command.h"
#include "bin/directory_cli.h"
#include "bin/files.h"
#include "codec/area.h"
#include "codec/record_codec.h"
#include "geopackage/geopackage.h"

#define FILE_BYTES_MAX    GEOPACKAGE_BYTES_MAX
#define FEATURE_BYTES_MAX (6 * REGION_NAME_MAX + 256) /* and its area */

/* ---- what there is ---- */

static void
print_region(struct cli *cli, const struct region_brief *region)
{
	printf("%.*s  %4lld  %12.6f  %.*s\n", STR_ARG(uuid_text(cli->arena, region->id)),
	    (long long)region->priority, region->size, STR_ARG(region->name));
}

static void
print_overlaps(const struct app_region_overlaps *overlaps)
{
	for (size_t i = 0; i < overlaps->count; i++)
		printf("%12.6f  \"%.*s\" chooses over \"%.*s\"\n", overlaps->at[i].area,
		    STR_ARG(overlaps->at[i].first.name), STR_ARG(overlaps->at[i].second.name));
	if (overlaps->more)
		puts("... and others");
}

typedef struct err *(*each_region_f)(
    struct cli *cli, const struct region_brief *region, size_t index);

/* Call ${each} for every region in use. */
static struct err *
each_region(struct cli *cli, each_region_f each)
{
	struct app_region_query query = { .limit = REGION_PAGE_MAX };
	struct app_region_page page;
	size_t index = 0;

	do {
		struct arena_mark mark = arena_mark(cli->arena);

		TRY(app_list_regions(&cli->context, &query, &page));
		for (size_t i = 0; i < page.count; i++)
			TRY(each(cli, &page.at[i], index++));
		if (page.count > 0)
			query.after = page.at[page.count - 1].id;
		arena_release(cli->arena, mark);
	} while (page.more);
	return NULL;
}

static struct err *
list_region(struct cli *cli, const struct region_brief *region, size_t index)
{
	if (index == 0)
		printf("%-36s  %4s  %12s  name\n", "id", "prio", "size");
	print_region(cli, region);
	return NULL;
}

static struct err *
list(struct cli *cli, bool *ret_done)
{
	*ret_done = true;
	return each_region(cli, list_region);
}

/* One Feature of the file that `import` takes. */
static struct err *
write_feature(struct cli *cli, const struct region_brief *region)
{
	struct json_writer writer;
	struct geo_area area;
	struct buf buf;
	bool found;

	TRY(app_find_region_area(&cli->context, region->id, &found, &area));
	if (!found)
		return ERR(cli->arena, ERR_CONFLICT, "a region is gone since it was listed");
	buf = buf_in(cli->arena, FEATURE_BYTES_MAX + area_bytes(&area));
	writer = json_writer(&buf);
	json_begin_map(&writer);
	json_member_text(&writer, STR("type"), STR("Feature"));
	json_member_uuid(&writer, STR("id"), region->id);
	json_name(&writer, STR("properties"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("name"), region->name);
	json_member_int(&writer, STR("priority"), region->priority);
	json_member_uuid(&writer, STR("list"), region->list);
	json_end_map(&writer);
	json_name(&writer, STR("geometry"));
	codec_write_area(&writer, &area);
	json_end_map(&writer);
	if (buf.overflowed)
		return ERR(cli->arena, ERR_LIMIT, "no memory left to write a region");
	printf("%.*s", STR_ARG(buf_view(&buf)));
	return NULL;
}

static struct err *
export_region(struct cli *cli, const struct region_brief *region, size_t index)
{
	struct arena_mark mark = arena_mark(cli->arena);

	fputs(index == 0 ? "\n" : ",\n", stdout);
	TRY(write_feature(cli, region));
	arena_release(cli->arena, mark);
	return NULL;
}

static struct err *export(struct cli *cli, bool *ret_done)
{
	*ret_done = true;
	fputs("{\"type\":\"FeatureCollection\",\"features\":[", stdout);
	TRY(each_region(cli, export_region));
	puts("\n]}");
	return NULL;
}

static struct err *
show(struct cli *cli, bool *ret_done)
{
	struct region_brief region;
	struct uuid id;

	*ret_done = cli_id(cli, 0, &id);
	if (!*ret_done)
		return NULL;
	TRY(app_find_region(&cli->context, id, ret_done, &region));
	if (!*ret_done) {
		*ret_done = cli_say(cli, "there is no such region of this organisation");
		return NULL;
	}
	TRY(write_feature(cli, &region));
	puts("");
	return NULL;
}

static struct err *
overlaps(struct cli *cli, bool *ret_done)
{
	struct app_region_overlaps found;

	*ret_done = true;
	TRY(app_list_region_overlaps(&cli->context, UUID_NIL, REGION_OVERLAPS_MAX, &found));
	print_overlaps(&found);
	return NULL;
}

/* ---- files ---- */

static void
print_problems(const struct app_import_answer *answer)
{
	for (size_t i = 0; i < answer->problem_count; i++) {
		const struct app_region_problem *problem = &answer->problems[i];

		fprintf(stderr, "feature %zu \"%.*s\": %.*s\n", problem->index,
		    STR_ARG(problem->name), STR_ARG(refusal_message(&problem->refusal)));
	}
}

static bool
print_import(const struct cli *cli, const struct app_import_answer *answer)
{
	if (answer->refused) {
		print_problems(answer);
		return cli_refused(cli, &answer->refusal);
	}
	for (size_t i = 0; i < answer->feature_count; i++)
		printf("%-10.*s %.*s\n",
		    STR_ARG(eco_word_name(&region_fate_words, answer->features[i].fate)),
		    STR_ARG(answer->features[i].name));
	print_overlaps(&answer->overlaps);
	if (answer->dry_run)
		puts("Nothing was changed: this was only tried.");
	return true;
}

/* A GeoPackage is an SQLite database, and says so in its first bytes. */
static enum region_format
format_of(struct str file)
{
	return str_starts_with(file, STR("SQLite format 3")) ? REGION_GEOPACKAGE : REGION_GEOJSON;
}

static struct err *
import(struct cli *cli, bool *ret_done)
{
	struct app_import_regions input = {
		.command = cli_command(cli),
		.layer = cli_text(cli, CLI_LAYER),
		.name_field = cli_text(cli, CLI_NAME_FIELD),
		.dry_run = cli->said[CLI_DRY_RUN] != NULL,
	};
	struct app_import_answer answer;

	*ret_done = cli_number(cli, CLI_PRIORITY, 0, &input.priority) &&
		    (uuid_parse(cli_text(cli, CLI_REGION_LIST), &input.list) ||
			cli_say(cli, "say which pager list covers what is new: --list ID"));
	if (!*ret_done)
		return NULL;
	if (cli->said[CLI_NAME_FIELD] == NULL)
		input.name_field = STR("name");
	TRY(files_read_large(
	    cli->arena, arena_copy_z(cli->arena, cli->words[0]), FILE_BYTES_MAX, &input.data));
	input.format = format_of(input.data);
	TRY(app_import_regions(&cli->context, &input, &answer));
	*ret_done = print_import(cli, &answer);
	return NULL;
}

/* ---- where a place leads to ---- */

static struct err *
at(struct cli *cli, bool *ret_done)
{
	struct geo_point point;
	const struct geo_location location = { GEO_POINT, &point, 1 };
	struct uuid agreement = UUID_NIL;
	struct app_region_at found;

	*ret_done = cli_place(cli, cli->words[0], &point) &&
		    (cli->said[CLI_AGREEMENT] == NULL ||
			uuid_parse(cli_text(cli, CLI_AGREEMENT), &agreement) ||
			cli_say(cli, "--agreement takes an id of 36 characters"));
	if (!*ret_done)
		return NULL;
	TRY(app_region_at(&cli->context, &location, agreement, &found));
	printf("list \"%.*s\": %.*s\n", STR_ARG(found.list_name),
	    STR_ARG(eco_word_words(&region_reason_words, found.reason)));
	for (size_t i = 0; i < found.candidates.count; i++)
		print_region(cli, &found.candidates.at[i]);
	return NULL;
}

static const struct cli_verb verbs[] = {
	{ STR("list"), "--org HANDLE", "The regions in use: id, priority, size, name.", 0,
	    CLI_FOR_ORGANISATION, list },
	{ STR("show"), "ID --org HANDLE", "One region, as a GeoJSON Feature.", 1,
	    CLI_FOR_ORGANISATION, show },
	{ STR("import"),
	    "FILE --org HANDLE --list ID [--priority N] [--name-field NAME] [--layer NAME] "
	    "[--dry-run]",
	    "Take in a file, GeoJSON or GeoPackage: all of it or nothing. A region whose name the "
	    "file has gets the file's area.",
	    1, CLI_FOR_ORGANISATION, import },
	{ STR("export"), "--org HANDLE", "All regions in use as GeoJSON, as import takes them.", 0,
	    CLI_FOR_ORGANISATION, export },
	{ STR("overlaps"), "--org HANDLE", "Where regions share ground, and which one chooses.", 0,
	    CLI_FOR_ORGANISATION, overlaps },
	{ STR("at"), "LON,LAT --org HANDLE [--agreement ID]",
	    "Which region and pager list would ring for a place, and why.", 1, CLI_FOR_ORGANISATION,
	    at },
};

int
command_region(int argc, char **argv)
{
	return cli_run(argc, argv, "region",
	    "The areas of an OSP, each with the pager list that covers it.", verbs,
	    COUNT_OF(verbs));
}
