#include "mock/world.h"

#define TOKEN_LIFE_S           900
#define RETRY_AFTER_S          30
#define ITEM_BYTES_MAX         16384
#define LIST_BYTES_MAX         (256u << 10)
#define TASKS_PER_PAGE         50
#define TASKS_PER_PAGE_MAX     200
#define NAME_BYTES_MAX         500
#define TASKS_OF_SUBSECTOR_MAX 500

/* One request, once it is known who asks. */
struct asked {
	struct world *world;
	const struct http_request *request;
	struct arena *arena;
	const struct mock_render_client *client;
	const struct scenario_outage *trouble; /* or NULL */
	struct http_response *ret;
};

/* The error shape of all but the token endpoint; ${name} and ${value} say more, if given. */
static void
refuse(const struct asked *asked, int status, struct str code, struct str message, struct str name,
    struct str value)
{
	struct buf buf = buf_in(asked->arena, ITEM_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_name(&writer, STR("error"));
	json_begin_map(&writer);
	json_member_text(&writer, STR("code"), code);
	json_member_text(&writer, STR("message"), message);
	if (!str_empty(name))
		json_member_text(&writer, name, value);
	json_end_map(&writer);
	json_end_map(&writer);
	mock_answer_json(asked->ret, status, &buf);
}

static void
refuse_field(const struct asked *asked, struct str field, struct str message)
{
	refuse(asked, 422, STR("validation_failed"), message, STR("field"), field);
}

static void
refuse_missing(const struct asked *asked)
{
	refuse(asked, 404, STR("not_found"), STR("There is no such thing."), STR(""), STR(""));
}

/* -- tokens -- */

static const struct mock_render_client *
find_client(const struct mock_config *config, struct str id, struct str secret)
{
	for (size_t i = 0; i < config->render_client_count; i++)
		if (str_equal(config->render_clients[i].id, id) &&
		    str_equal(config->render_clients[i].secret, secret))
			return &config->render_clients[i];
	return NULL;
}

/* POST /oauth/token */
static void
serve_token(const struct asked *asked)
{
	struct world *world = asked->world;
	struct buf buf = buf_in(asked->arena, ITEM_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	const struct mock_render_client *client;
	struct render_token *token;
	char sid[WORLD_SID_BYTES];
	struct form form;

	if (!form_parse(asked->arena, asked->request->body, &form) ||
	    !str_equal(form_find(&form, STR("grant_type")), STR("client_credentials"))) {
		buf_str(&buf, STR("{\"error\":\"unsupported_grant_type\"}"));
		mock_answer_json(asked->ret, 400, &buf);
		return;
	}
	client = find_client(world->config, form_find(&form, STR("client_id")),
	    form_find(&form, STR("client_secret")));
	if (client == NULL ||
	    (asked->trouble != NULL && asked->trouble->kind == SCENARIO_REVOKED)) {
		buf_str(&buf, STR("{\"error\":\"invalid_client\"}"));
		mock_answer_json(asked->ret, 401, &buf);
		return;
	}
	token = &world->tokens[world->token_count++ % WORLD_TOKENS_MAX];
	world_make_sid("", sid);
	memcpy(token->text, sid, sizeof(token->text));
	token->owner = client;
	token->forgotten = false;
	token->expires_us = clock_monotonic_us() + SECONDS(TOKEN_LIFE_S).us;
	json_begin_map(&writer);
	json_member_text(&writer, STR("access_token"), str_from_z(token->text));
	json_member_text(&writer, STR("token_type"), STR("Bearer"));
	json_member_int(&writer, STR("expires_in"), TOKEN_LIFE_S);
	json_end_map(&writer);
	mock_answer_json(asked->ret, 200, &buf);
}

/* Whether the scenario has the token expire before its time. */
static bool
is_forgotten(const struct asked *asked, const struct render_token *token)
{
	return token->forgotten ||
	       (asked->trouble != NULL && asked->trouble->kind == SCENARIO_REVOKED);
}

/* Who holds the request's token; NULL, with the answer made, when nobody does. */
static const struct mock_render_client *
find_holder(const struct asked *asked)
{
	const struct http_request *request = asked->request;
	struct str given =
	    http_header_find(request->headers, request->header_count, STR("Authorization"));
	struct str text = given;

	if (str_equal(str_cut(&text, ' '), STR("Bearer")))
		for (size_t i = 0; i < WORLD_TOKENS_MAX; i++) {
			const struct render_token *token = &asked->world->tokens[i];

			if (token->owner == NULL || !str_equal(str_from_z(token->text), text))
				continue;
			if (clock_monotonic_us() < token->expires_us && !is_forgotten(asked, token))
				return token->owner;
			refuse(asked, 401, STR("token_expired"),
			    STR("The access token has expired."), STR(""), STR(""));
			return NULL;
		}
	refuse(asked, 401, STR("token_invalid"), STR("The access token is not known."), STR(""),
	    STR(""));
	return NULL;
}

/* -- what happens to tasks -- */

static struct str
task_id(struct arena *arena, int64_t number)
{
	return number == 0 ? STR("") : arena_printf(arena, "task_%lld", (long long)number);
}

static struct render_task *
add_task(struct world *world, struct render_subsector *subsector)
{
	struct render_task *task = arena_new(world->arena, struct render_task);

	CHECK(task != NULL);
	task->number = ++world->task_number;
	task->subsector = subsector;
	task->status = STR("Not Started");
	task->updated_at = world_now(world);
	if (subsector->last == NULL)
		subsector->first = task;
	else
		subsector->last->next = task;
	subsector->last = task;
	return task;
}

static void plan_task_step(struct world *world, struct render_task *task);

/* The crew changed the task's status. */
static void
step_task(struct world *world, void *subject)
{
	struct render_task *task = subject;
	const struct scenario_step *step = &task->script->steps[task->step_at];
	struct journal_entry *entry = journal_add(world, STR("field"));

	switch (step->kind) {
	case SCENARIO_BECOMES:
		task->status = step->status;
		break;
	case SCENARIO_VANISHES:
	case SCENARIO_RETURNS:
		task->vanished = step->kind == SCENARIO_VANISHES;
		break;
	}
	task->updated_at = world_now(world);
	task->step_at++;
	if (entry != NULL) {
		entry->id = task_id(world->arena, task->number);
		entry->status = step->kind == SCENARIO_VANISHES  ? STR("vanished")
				: step->kind == SCENARIO_RETURNS ? STR("returned")
								 : task->status;
		entry->body = entry->status;
		journal_tell(world, entry);
	}
	plan_task_step(world, task);
}

bool
mock_render_set_status(struct world *world, struct str id, struct str status)
{
	for (size_t i = 0; i < world->subsector_count; i++)
		for (struct render_task *task = world->subsectors[i]->first; task != NULL;
		     task = task->next) {
			char memory[40];
			struct buf text = buf_over(memory, sizeof(memory));

			buf_printf(&text, "task_%lld", (long long)task->number);
			if (!str_equal(buf_view(&text), id))
				continue;
			task->status = world_keep(world, status);
			task->updated_at = world_now(world);
			return true;
		}
	return false;
}

/* A step whose moment has passed before the task was created comes at once. */
static void
plan_task_step(struct world *world, struct render_task *task)
{
	struct instant now = world_now(world), due;

	if (task->script == NULL || task->step_at == task->script->step_count)
		return;
	due = instant_plus(task->subsector->created_at, task->script->steps[task->step_at].after);
	world_plan(world, due.us < now.us ? now : due, step_task, task, &task->subsector->life);
}

/* The task that ${script}'s clone comes from. */
static const struct render_task *
find_original(const struct render_subsector *subsector, const struct scenario_task *script)
{
	for (const struct render_task *task = subsector->first; task != NULL; task = task->next)
		if (task->script != NULL && str_equal(task->script->name, script->clone_of))
			return task;
	return NULL;
}

/* What a task that appears by itself is made of. */
struct appearance {
	struct render_subsector *subsector;
	const struct scenario_task *script;
};

static void
appear(struct world *world, void *subject)
{
	const struct appearance *appearance = subject;
	const struct scenario_task *script = appearance->script;
	const struct render_task *original = find_original(appearance->subsector, script);
	struct render_task *task = add_task(world, appearance->subsector);

	task->script = script;
	task->name = script->name;
	task->type = str_empty(script->clone_of) ? STR("OTHER") : STR("REPAIR");
	task->cloned_from = original == NULL ? 0 : original->number;
	plan_task_step(world, task);
}

/* All that comes to a subsector by itself. */
static void
plan_appearances(struct world *world, struct render_subsector *subsector)
{
	for (size_t i = 0; i < world->scenario->task_count; i++) {
		const struct scenario_task *script = &world->scenario->tasks[i];
		struct appearance *appearance;

		if (!script->appears)
			continue;
		appearance = arena_new(world->arena, struct appearance);
		CHECK(appearance != NULL);
		*appearance = (struct appearance){ subsector, script };
		world_plan(world, instant_plus(subsector->created_at, script->appears_after),
		    appear, appearance, &subsector->life);
	}
}

/* The scenario's task that is not its own doing: what becomes of the first one we are given. */
static const struct scenario_task *
find_first_script(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->task_count; i++)
		if (!scenario->tasks[i].appears)
			return &scenario->tasks[i];
	return NULL;
}

/* -- answers -- */

static void
write_or_null(struct json_writer *writer, struct str name, struct str text)
{
	json_name(writer, name);
	if (str_empty(text))
		json_write_null(writer);
	else
		json_write_text(writer, text);
}

static struct str
subsector_id(
    const struct world *world, struct arena *arena, const struct render_subsector *subsector)
{
	return arena_printf(
	    arena, "sub_%04x_%lld", world->render_tag, (long long)subsector->number);
}

static void
write_subsector(
    struct json_writer *writer, const struct asked *asked, const struct render_subsector *subsector)
{
	json_begin_map(writer);
	json_member_text(writer, STR("id"), subsector_id(asked->world, asked->arena, subsector));
	json_member_text(writer, STR("name"), subsector->name);
	json_member_text(writer, STR("project"), subsector->project);
	json_member_text(writer, STR("external_reference"), subsector->external_reference);
	json_member_text(
	    writer, STR("created_at"), instant_text(asked->arena, subsector->created_at));
	json_end_map(writer);
}

static int64_t
percent_complete(struct str status)
{
	if (str_equal(status, STR("Completed")))
		return 100;
	return str_equal(status, STR("In Progress")) ? 50 : 0;
}

static void
write_task(struct json_writer *writer, struct arena *arena, const struct render_task *task)
{
	json_begin_map(writer);
	json_member_text(writer, STR("id"), task_id(arena, task->number));
	json_member_text(writer, STR("name"), task->name);
	json_member_text(writer, STR("type"), task->type);
	json_member_text(writer, STR("status"), task->status);
	write_or_null(writer, STR("external_reference"), task->external_reference);
	write_or_null(writer, STR("cloned_from"), task_id(arena, task->cloned_from));
	write_or_null(writer, STR("crew"),
	    str_equal(task->status, STR("Not Started")) ? STR("") : STR("Crew 1"));
	json_member_int(writer, STR("percent_complete"), percent_complete(task->status));
	json_member_text(writer, STR("updated_at"), instant_text(arena, task->updated_at));
	json_end_map(writer);
}

/* -- requests -- */

/* A text member that must be there and not empty; answers the request when it is not. */
static bool
take_text(const struct asked *asked, const struct json *body, struct str name, struct str *ret)
{
	*ret = json_text_or(body, name, STR(""));
	if (!str_empty(str_trim(*ret)) && ret->len <= NAME_BYTES_MAX)
		return true;
	refuse_field(asked, name, STR("A text of 1 to 500 bytes is needed."));
	return false;
}

/* Whether the body has a GeoJSON Point or LineString, the first place in range. */
static bool
take_geometry(const struct asked *asked, const struct json *body)
{
	const struct json *geometry = json_find(body, STR("geometry"));
	const struct json *place = json_find(geometry, STR("coordinates"));
	struct str type = json_text_or(geometry, STR("type"), STR(""));
	double longitude, latitude;

	if (str_equal(type, STR("LineString")) && place != NULL && place->type == JSON_LIST &&
	    place->list.count >= 2)
		place = &place->list.items[0];
	else if (!str_equal(type, STR("Point")))
		place = NULL;
	if (place != NULL && place->type == JSON_LIST && place->list.count >= 2 &&
	    json_number(&place->list.items[0], &longitude) && longitude >= -180 &&
	    longitude <= 180 && json_number(&place->list.items[1], &latitude) && latitude >= -90 &&
	    latitude <= 90)
		return true;
	refuse_field(asked, STR("geometry"), STR("A GeoJSON Point or LineString is needed."));
	return false;
}

static bool
read_body(const struct asked *asked, const struct json **ret)
{
	struct str reason;

	if (json_parse(asked->arena, asked->request->body, ret, &reason) &&
	    (*ret)->type == JSON_MAP)
		return true;
	refuse(asked, 400, STR("malformed_json"), STR("The body is no JSON object."), STR(""),
	    STR(""));
	return false;
}

static struct render_subsector *
find_subsector(const struct asked *asked, struct str project, struct str reference)
{
	for (size_t i = 0; i < asked->world->subsector_count; i++) {
		struct render_subsector *subsector = asked->world->subsectors[i];

		if (subsector->owner == asked->client && str_equal(subsector->project, project) &&
		    str_equal(subsector->external_reference, reference))
			return subsector;
	}
	return NULL;
}

/* POST /v1/subsectors */
static void
create_subsector(const struct asked *asked)
{
	struct world *world = asked->world;
	struct buf buf = buf_in(asked->arena, ITEM_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	struct str project, name, reference;
	struct render_subsector *subsector;
	const struct json *body;

	if (!read_body(asked, &body) || !take_text(asked, body, STR("project"), &project) ||
	    !take_text(asked, body, STR("name"), &name) ||
	    !take_text(asked, body, STR("external_reference"), &reference) ||
	    !take_geometry(asked, body))
		return;
	subsector = find_subsector(asked, project, reference);
	if (subsector != NULL) {
		refuse(asked, 409, STR("duplicate_external_reference"),
		    STR("A subsector with this external reference exists."), STR("id"),
		    subsector_id(asked->world, asked->arena, subsector));
		return;
	}
	subsector = arena_new(world->arena, struct render_subsector);
	CHECK(subsector != NULL);
	subsector->owner = asked->client;
	subsector->project = world_keep(world, project);
	subsector->name = world_keep(world, name);
	subsector->external_reference = world_keep(world, reference);
	subsector->created_at = world_now(world);
	world->subsectors[world->subsector_count++] = subsector;
	subsector->number = (int64_t)world->subsector_count;
	plan_appearances(world, subsector);
	write_subsector(&writer, asked, subsector);
	mock_answer_json(asked->ret, 201, &buf);
}

/* GET /v1/subsectors?project=P&external_reference=R */
static void
list_subsectors(const struct asked *asked)
{
	struct buf buf = buf_in(asked->arena, ITEM_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	struct render_subsector *subsector;
	struct form query;

	if (!form_parse(asked->arena, asked->request->query, &query) ||
	    !form_has(&query, STR("project")) || !form_has(&query, STR("external_reference"))) {
		refuse_field(asked, STR("external_reference"),
		    STR("project and external_reference are needed."));
		return;
	}
	subsector = find_subsector(
	    asked, form_find(&query, STR("project")), form_find(&query, STR("external_reference")));
	json_begin_map(&writer);
	json_name(&writer, STR("items"));
	json_begin_list(&writer);
	if (subsector != NULL)
		write_subsector(&writer, asked, subsector);
	json_end_list(&writer);
	json_name(&writer, STR("next_cursor"));
	json_write_null(&writer);
	json_end_map(&writer);
	mock_answer_json(asked->ret, 200, &buf);
}

/* Answer 409 when ${reference} is taken; 422 when there are too many tasks already. */
static bool
refuse_task(
    const struct asked *asked, const struct render_subsector *subsector, struct str reference)
{
	size_t count = 0;

	for (const struct render_task *task = subsector->first; task != NULL; task = task->next) {
		count++;
		if (!str_equal(task->external_reference, reference))
			continue;
		refuse(asked, 409, STR("duplicate_external_reference"),
		    STR("A task with this external reference exists."), STR("id"),
		    task_id(asked->arena, task->number));
		return true;
	}
	if (count < TASKS_OF_SUBSECTOR_MAX)
		return false;
	refuse_field(asked, STR("external_reference"), STR("The subsector is full."));
	return true;
}

/* POST /v1/subsectors/{id}/tasks */
static void
create_task(const struct asked *asked, struct render_subsector *subsector)
{
	struct world *world = asked->world;
	struct buf buf = buf_in(asked->arena, ITEM_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	struct str name, type, reference;
	struct render_task *task;
	const struct json *body;

	if (!read_body(asked, &body) || !take_text(asked, body, STR("name"), &name) ||
	    !take_text(asked, body, STR("type"), &type) ||
	    !take_text(asked, body, STR("external_reference"), &reference) ||
	    refuse_task(asked, subsector, reference))
		return;
	task = add_task(world, subsector);
	task->name = world_keep(world, name);
	task->type = world_keep(world, type);
	task->external_reference = world_keep(world, reference);
	task->script = subsector->scripted ? NULL : find_first_script(world->scenario);
	subsector->scripted = true;
	plan_task_step(world, task);
	write_task(&writer, asked->arena, task);
	mock_answer_json(asked->ret, 201, &buf);
}

static int64_t
query_number(const struct form *query, struct str name, int64_t most, int64_t otherwise)
{
	int64_t number;

	return str_parse_i64(form_find(query, name), &number) && number >= 1 && number <= most
		   ? number
		   : otherwise;
}

static bool
shows_none(const struct asked *asked)
{
	return asked->trouble != NULL && asked->trouble->kind == SCENARIO_NO_TASKS;
}

/* GET /v1/subsectors/{id}/tasks?limit=&cursor=; a cursor is the last task that was given. */
static void
list_tasks(const struct asked *asked, const struct render_subsector *subsector)
{
	struct buf buf = buf_in(asked->arena, LIST_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);
	const struct render_task *task = subsector->first;
	int64_t limit, after, given = 0, last = 0;
	struct form query;

	if (!form_parse(asked->arena, asked->request->query, &query)) {
		refuse_field(asked, STR("cursor"), STR("The query cannot be read."));
		return;
	}
	limit = query_number(&query, STR("limit"), TASKS_PER_PAGE_MAX, TASKS_PER_PAGE);
	if (asked->world->scenario->page_tasks > 0 && asked->world->scenario->page_tasks < limit)
		limit = asked->world->scenario->page_tasks;
	after = query_number(&query, STR("cursor"), INT64_MAX, 0);
	json_begin_map(&writer);
	json_name(&writer, STR("items"));
	json_begin_list(&writer);
	for (; task != NULL && given < limit; task = task->next) {
		if (task->number <= after || task->vanished || shows_none(asked))
			continue;
		write_task(&writer, asked->arena, task);
		last = task->number;
		given++;
	}
	json_end_list(&writer);
	write_or_null(&writer, STR("next_cursor"),
	    task == NULL ? STR("") : arena_printf(asked->arena, "%lld", (long long)last));
	json_end_map(&writer);
	mock_answer_json(asked->ret, 200, &buf);
}

/* The client's own subsector that the path names, or NULL. */
static struct render_subsector *
find_own_subsector(const struct asked *asked, struct str id)
{
	for (size_t i = 0; i < asked->world->subsector_count; i++) {
		struct render_subsector *subsector = asked->world->subsectors[i];

		if (subsector->owner == asked->client &&
		    str_equal(subsector_id(asked->world, asked->arena, subsector), id))
			return subsector;
	}
	return NULL;
}

/* The paths below /v1/subsectors. */
static void
route(const struct asked *asked)
{
	bool post = asked->request->method == HTTP_POST;
	struct render_subsector *subsector;
	struct str rest = asked->request->path;
	struct str base = STR("/v1/subsectors");

	if (str_equal(rest, base)) {
		if (post)
			create_subsector(asked);
		else
			list_subsectors(asked);
		return;
	}
	if (!str_starts_with(rest, STR("/v1/subsectors/"))) {
		refuse_missing(asked);
		return;
	}
	rest = (struct str){ rest.ptr + base.len + 1, rest.len - base.len - 1 };
	subsector = find_own_subsector(asked, str_cut(&rest, '/'));
	if (subsector == NULL || !str_equal(rest, STR("tasks")))
		refuse_missing(asked);
	else if (post)
		create_task(asked, subsector);
	else
		list_tasks(asked, subsector);
}

/* -- the weather -- */

static enum scenario_scope
scope_of(const struct http_request *request)
{
	if (str_equal(request->path, STR("/oauth/token")))
		return SCENARIO_FOR_LOGINS;
	if (request->method == HTTP_POST)
		return SCENARIO_FOR_CREATIONS;
	return str_equal(request->path, STR("/v1/subsectors")) ? SCENARIO_FOR_LOOKUPS
							       : SCENARIO_FOR_POLLS;
}

/* Whose request it is, as far as it says: the owner of the token, or who wants one. */
static struct str
client_of(const struct asked *asked)
{
	struct str text = http_header_find(
	    asked->request->headers, asked->request->header_count, STR("Authorization"));
	struct form form;

	if (scope_of(asked->request) == SCENARIO_FOR_LOGINS)
		return form_parse(asked->arena, asked->request->body, &form)
			   ? form_find(&form, STR("client_id"))
			   : STR("");
	(void)str_cut(&text, ' ');
	for (size_t i = 0; i < WORLD_TOKENS_MAX; i++) {
		const struct render_token *token = &asked->world->tokens[i];

		if (token->owner != NULL && str_equal(str_from_z(token->text), text))
			return token->owner->id;
	}
	return STR("");
}

/* Every token that there is has expired, of ${client} if it is named. */
static void
forget_tokens(struct world *world, struct str client)
{
	for (size_t i = 0; i < WORLD_TOKENS_MAX; i++) {
		struct render_token *token = &world->tokens[i];

		if (token->owner != NULL &&
		    (str_empty(client) || str_equal(token->owner->id, client)))
			token->forgotten = true;
	}
}

static void
answer_text(const struct asked *asked, struct str type, struct str text)
{
	http_respond_text(asked->ret, 200, text);
	asked->ret->content_type = type;
}

static void
refuse_busy(const struct asked *asked, struct duration by)
{
	refuse(asked, 429, STR("rate_limited"), STR("Too many requests."), STR(""), STR(""));
	asked->ret->headers[0].name = STR("Retry-After");
	asked->ret->headers[0].value = arena_printf(asked->arena, "%lld",
	    by.us == 0 ? (long long)RETRY_AFTER_S : (long long)(by.us / SECONDS(1).us));
	asked->ret->header_count = 1;
}

/* Answer as a system in trouble does that does nothing; false when it does it. */
static bool
is_stopped(const struct asked *asked)
{
	struct buf buf = buf_in(asked->arena, 64);

	switch (asked->trouble == NULL ? SCENARIO_UP : asked->trouble->kind) {
	case SCENARIO_DOWN:
		refuse(
		    asked, 503, STR("unavailable"), STR("The service is down."), STR(""), STR(""));
		return true;
	case SCENARIO_BUSY_API:
		refuse_busy(asked, asked->trouble->by);
		return true;
	case SCENARIO_GARBLED:
		buf_str(&buf, STR("{\"items\":[{\"id\":"));
		mock_answer_json(asked->ret, 200, &buf);
		return true;
	case SCENARIO_WRONG_TYPES:
		answer_text(asked, STR("application/json"),
		    STR("{\"items\":{\"id\":17},\"next_cursor\":[],\"access_token\":5,\"id\":"
			"true}"));
		return true;
	case SCENARIO_HTML:
		answer_text(asked, STR("text/html; charset=utf-8"),
		    STR("<!doctype html><title>Sign in</title><h1>Please sign in</h1>\n"));
		return true;
	case SCENARIO_NOTHING:
		answer_text(asked, STR("application/json"), STR(""));
		return true;
	case SCENARIO_ANSWERS_ERROR:
		refuse(asked, (int)asked->trouble->status, STR("error"),
		    STR("The request could not be carried out."), STR(""), STR(""));
		return true;
	case SCENARIO_DROPS:
		asked->world->fate.breaks = true;
		http_respond_text(asked->ret, 200, STR(""));
		return true;
	case SCENARIO_FORGETS:
		forget_tokens(asked->world, asked->trouble->client);
		return false;
	case SCENARIO_UP:
	case SCENARIO_REVOKED:
	case SCENARIO_LOSES_ANSWER:
	case SCENARIO_FAILS_AFTER:
	case SCENARIO_SLOW:
	case SCENARIO_HALF:
	case SCENARIO_NO_TASKS:
		return false;
	}
	UNREACHABLE("kind of outage");
}

/* What becomes of the answer, now that all is done. */
static void
spoil_answer(const struct asked *asked)
{
	if (asked->trouble == NULL)
		return;
	if (asked->trouble->kind == SCENARIO_LOSES_ANSWER)
		asked->world->fate.breaks = true;
	else if (asked->trouble->kind == SCENARIO_FAILS_AFTER)
		refuse(asked, 500, STR("internal"), STR("Something went wrong."), STR(""), STR(""));
	else if (asked->trouble->kind == SCENARIO_SLOW)
		asked->world->fate.later = asked->trouble->by;
	else if (asked->trouble->kind == SCENARIO_HALF)
		asked->ret->body.len /= 2;
}

/* Do what is asked, as far as the trouble lets it. */
static void
serve(struct asked *asked)
{
	bool for_token = scope_of(asked->request) == SCENARIO_FOR_LOGINS;

	asked->trouble = mock_trouble_find(asked->world, &asked->world->scenario->render,
	    &asked->world->render_weather, scope_of(asked->request), client_of(asked));
	if (is_stopped(asked))
		return;
	if (for_token)
		serve_token(asked);
	else if ((asked->client = find_holder(asked)) != NULL)
		route(asked);
	spoil_answer(asked);
}

void
mock_render_serve(struct world *world, const struct http_request *request, struct arena *arena,
    struct http_response *ret)
{
	struct asked asked = { .world = world, .request = request, .arena = arena, .ret = ret };
	struct journal_entry *entry;
	bool for_token = str_equal(request->path, STR("/oauth/token"));

	if (request->method != HTTP_POST && request->method != HTTP_GET) {
		refuse(&asked, 405, STR("method_not_allowed"), STR("GET and POST only."), STR(""),
		    STR(""));
	} else if (world_full(world)) {
		refuse(&asked, 503, STR("full"), STR("The mock world is full."), STR(""), STR(""));
	} else {
		serve(&asked);
	}
	entry = journal_add(world, STR("render"));
	if (entry == NULL)
		return;
	entry->status = world_keep(world, request->method_name);
	entry->url = world_keep(world, request->path);
	/* A request for a token carries a secret. */
	entry->body = for_token ? STR("") : world_keep(world, request->body);
	entry->http_status = ret->status;
	/* 404 and 409 are ordinary answers; what no trouble explains is somebody's fault. */
	entry->unexpected = asked.trouble == NULL && ret->status >= 400 && ret->status != 404 &&
			    ret->status != 409 && ret->status != 401;
}
