#include "api/graphql_record.h"
#include "codec/geojson.h"
#include "domain/jobnumber/spoken.h"

/* What an EcoFilter asks for. */

#define WORDS_MAX      16 /* of one list: more than any of our vocabularies has */
#define TEXT_BYTES_MAX 200

/* A filter being read; the first problem counts. */
struct reading {
	struct graphql_call *call;
	const struct json *given;
	struct store_board_filter *filter;
	struct str problem; /* empty: none */
};

static const struct json *
member(const struct reading *reading, struct str name, enum json_type type)
{
	const struct json *found = json_find(reading->given, name);

	return found != NULL && found->type == type ? found : NULL;
}

/*
 * The values of the list ${name}, each a word of ${words}: as many as are found.  None given
 * is the same as no list.
 */
static size_t
read_words(struct reading *reading, struct str name, const struct eco_words *words, unsigned *ret)
{
	const struct json *list = member(reading, name, JSON_LIST);
	size_t count = list == NULL ? 0 : list->list.count;

	if (count > WORDS_MAX) {
		reading->problem =
		    STR("status, dispatch and jobType of a filter are at most 16 values");
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		/* The engine has let in the names of the enum, which are these. */
		if (!eco_word_find(words, list->list.items[i].text, &ret[i]))
			reading->problem = STR("a filter names a value that is not known");
	}
	return str_empty(reading->problem) ? count : 0;
}

static void
read_statuses(struct reading *reading)
{
	struct store_board_filter *filter = reading->filter;
	enum eco_status *statuses = arena_array(reading->call->arena, enum eco_status, WORDS_MAX);
	unsigned values[WORDS_MAX];

	filter->status_count =
	    statuses == NULL ? 0 : read_words(reading, STR("status"), &eco_status_words, values);
	for (size_t i = 0; i < filter->status_count; i++)
		statuses[i] = (enum eco_status)values[i];
	filter->statuses = statuses;
}

static void
read_dispatches(struct reading *reading)
{
	struct store_board_filter *filter = reading->filter;
	enum dispatch_state *states =
	    arena_array(reading->call->arena, enum dispatch_state, WORDS_MAX);
	unsigned values[WORDS_MAX];

	filter->dispatch_count =
	    states == NULL ? 0
			   : read_words(reading, STR("dispatch"), &dispatch_state_words, values);
	for (size_t i = 0; i < filter->dispatch_count; i++)
		states[i] = (enum dispatch_state)values[i];
	filter->dispatches = states;
}

static void
read_job_types(struct reading *reading)
{
	const struct json *list = member(reading, STR("jobType"), JSON_LIST);
	size_t count = list == NULL ? 0 : list->list.count;
	enum job_type *types = arena_array(reading->call->arena, enum job_type, WORDS_MAX);

	if (count > WORDS_MAX) {
		reading->problem =
		    STR("status, dispatch and jobType of a filter are at most 16 values");
		return;
	}
	for (size_t i = 0; types != NULL && i < count; i++) {
		if (!job_type_find(list->list.items[i].text, &types[i]))
			reading->problem = STR("a filter names a value that is not known");
	}
	reading->filter->job_types = types;
	reading->filter->job_type_count = types == NULL ? 0 : count;
}

static bool
read_side(const struct json *box, const char *name, double limit, double *ret)
{
	return json_number(json_find(box, str_from_z(name)), ret) && *ret >= -limit &&
	       *ret <= limit;
}

static void
read_box(struct reading *reading)
{
	const struct json *box = member(reading, STR("boundingBox"), JSON_MAP);
	struct geo_box *ret = &reading->filter->box;

	reading->filter->has_box = box != NULL;
	if (box != NULL &&
	    (!read_side(box, "west", 180, &ret->west) || !read_side(box, "east", 180, &ret->east) ||
		!read_side(box, "south", 90, &ret->south) ||
		!read_side(box, "north", 90, &ret->north) || ret->south > ret->north))
		reading->problem =
		    STR("filter.boundingBox: west and east must be within 180, south and north "
			"within 90, south not above north");
}

static void
read_near(struct reading *reading)
{
	const struct json *near = member(reading, STR("near"), JSON_MAP);
	struct geo_location location;
	struct refusal refusal;

	if (near == NULL)
		return;
	reading->filter->near_m = json_int_or(near, STR("meters"), 0);
	if (reading->filter->near_m < 1 || reading->filter->near_m > STORE_NEAR_M_MAX) {
		reading->problem = STR("filter.near.meters must be between 1 and 1,000,000");
		return;
	}
	if (!geojson_read(
		reading->call->arena, json_find(near, STR("location")), &location, &refusal)) {
		reading->problem = arena_printf(
		    reading->call->arena, "filter.near.%.*s", STR_ARG(refusal_message(&refusal)));
		return;
	}
	if (location.type != GEO_POINT) {
		reading->problem = STR("filter.near.location must be a Point");
		return;
	}
	reading->filter->has_near = true;
	reading->filter->near = location.points[0];
}

static bool
find_moment(const struct reading *reading, struct str name, struct instant *ret)
{
	const struct json *given = member(reading, name, JSON_TEXT);

	return given != NULL && instant_parse(given->text, ret);
}

static void
read_times(struct reading *reading)
{
	struct store_board_filter *filter = reading->filter;

	filter->has_created_from = find_moment(reading, STR("createdFrom"), &filter->created_from);
	filter->has_created_until =
	    find_moment(reading, STR("createdUntil"), &filter->created_until);
	filter->has_updated_from = find_moment(reading, STR("updatedFrom"), &filter->updated_from);
	filter->has_updated_until =
	    find_moment(reading, STR("updatedUntil"), &filter->updated_until);
}

/* What can be read as a job number is one, as it is printed; everything else is words. */
static struct str
as_printed(struct arena *arena, struct str text)
{
	struct buf heard = buf_in(arena, text.len + 1),
		   printed = buf_in(arena, JOBNUMBER_BYTES_MAX);
	struct jobnumber number;

	jobnumber_hear(text, &heard);
	if (jobnumber_parse(buf_view(&heard), &number) != JOBNUMBER_OK)
		return text;
	jobnumber_format(&number, &printed);
	return buf_view(&printed);
}

static void
read_text(struct reading *reading)
{
	const struct json *text = member(reading, STR("text"), JSON_TEXT);
	struct arena *arena = reading->call->arena;

	if (text == NULL)
		return;
	if (text->text.len > TEXT_BYTES_MAX)
		reading->problem = STR("filter.text is at most 200 bytes");
	else if (!store_board_words(arena, as_printed(arena, text->text), reading->filter))
		reading->problem =
		    STR("filter.text needs a letter or a digit, and is at most 32 words");
}

/* One that is not known, or not to who asks, has no ECOs. */
static struct err *
read_organisation(struct reading *reading)
{
	const struct app_context *app = &graphql_asker(reading->call)->app;
	const struct json *given = member(reading, STR("organisation"), JSON_TEXT);
	struct store_organisation found;
	bool exists;

	reading->filter->has_organisation = given != NULL;
	if (given == NULL || uuid_parse(given->text, &reading->filter->organisation))
		return NULL;
	reading->filter->organisation = UUID_NIL;
	if (str_empty(given->text))
		return NULL;
	TRY(store_find_organisation(
	    app->session, reading->call->arena, UUID_NIL, given->text, &exists, &found));
	if (exists)
		reading->filter->organisation = found.id;
	return NULL;
}

struct err *
graphql_board_filter(struct graphql_call *call, const struct json *filter,
    struct store_board_filter *ret, struct str *ret_problem)
{
	struct reading reading = { .call = call, .given = filter, .filter = ret };

	*ret_problem = STR("");
	if (filter == NULL || filter->type != JSON_MAP)
		return NULL;
	read_statuses(&reading);
	read_dispatches(&reading);
	read_job_types(&reading);
	read_box(&reading);
	read_near(&reading);
	read_times(&reading);
	read_text(&reading);
	*ret_problem = reading.problem;
	if (str_empty(reading.problem))
		TRY(read_organisation(&reading));
	return arena_exhausted(call->arena)
		   ? ERR(call->arena, ERR_LIMIT, "no memory left to read a filter")
		   : NULL;
}
