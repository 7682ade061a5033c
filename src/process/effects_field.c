#include "app/field.h"
#include "process/effects.h"

static struct fieldwork_tenant
tenant(const struct effect_job *job)
{
	return (struct fieldwork_tenant){
		.organisation = job->agreement.osp,
		.url = job->agreement.render_url,
		.client_id = job->agreement.render_client_id,
		.secret_ref = job->agreement.render_secret_ref,
		.project = job->agreement.render_project,
	};
}

static struct field_look
look_of(const struct effect_job *job)
{
	return (struct field_look){
		.agreement = job->agreement.id,
		.settles_effect = job->claim->effect.key,
		.loaded = job->loaded,
	};
}

/*
 * Render was not asked, because it has asked for a pause or has enough to do: who waits
 * for that has made no try.  But what is held back for so long must be seen, and is then
 * taken for trouble like any other, as is trouble that concerns all the same (refused
 * credentials, no connection).
 */
#define TASKING_PATIENCE SECONDS(60)
#define POLL_PATIENCE    MINUTES(5)

/* Whether to wait and ask again, the effect being asked for at ${asked_at}. */
static bool
is_to_wait(const struct fieldwork_trouble *trouble, struct instant now, struct instant asked_at,
    struct duration patience)
{
	return trouble->not_asked && trouble->fault == SYNC_FAULT_RATE_LIMITED &&
	       instant_since(instant_plus(now, trouble->wait), asked_at).us <= patience.us;
}

/* Both effects read before they write, so a repeat is harmless; trouble is an answer. */
struct err *
effect_render_task(struct effect_job *job)
{
	const struct eco *eco = &job->callout->eco;
	const struct store_effect *effect = &job->claim->effect;
	struct fieldwork_tenant who = tenant(job);
	struct field_look look = look_of(job);
	struct fieldwork_trouble trouble;
	struct str subsector, task;
	bool done;

	if (!rendersync_wants_task(&job->callout->rendersync))
		return effect_drop(job, "not wanted");
	done = fieldwork_ensure_task(job->worker->config->fieldwork, job->work.arena, &who,
	    &(struct fieldwork_order){
		.reference = uuid_text(job->work.arena, effect->eco),
		.job_number = eco->job_number,
		.name =
		    arena_printf(job->work.arena, "%.*s investigation", STR_ARG(eco->job_number)),
		.description = eco->description,
		.location = &eco->location,
	    },
	    &subsector, &task, &trouble);
	effect_answered(job);
	if (done)
		return field_tasked(&job->work, &look, subsector, task);
	if (is_to_wait(&trouble, job->work.now, job->work.now, TASKING_PATIENCE))
		return effect_wait(job, instant_plus(job->work.now, trouble.wait));
	return field_tasking_failed(&job->work, &look, &trouble);
}

struct err *
effect_render_poll(struct effect_job *job)
{
	const struct store_effect *effect = &job->claim->effect;
	struct rendersync_task *tasks =
	    arena_array(job->work.arena, struct rendersync_task, RENDERSYNC_TASKS_MAX);
	struct fieldwork_tenant who = tenant(job);
	struct field_look look = look_of(job);
	struct instant asked_at = { effect->number };
	struct fieldwork_trouble trouble;
	size_t count;
	bool done;

	if (tasks == NULL)
		return ERR(job->work.arena, ERR_LIMIT, "no memory left to read tasks");
	if (!rendersync_wants_poll(&job->callout->rendersync))
		return effect_drop(job, "not wanted");
	done = fieldwork_read_tasks(job->worker->config->fieldwork, job->work.arena, &who,
	    job->callout->rendersync.subsector, tasks, RENDERSYNC_TASKS_MAX, &count, &trouble);
	effect_answered(job);
	if (done)
		return field_polled(&job->work, &look, tasks, count);
	if (is_to_wait(&trouble, job->work.now, asked_at, POLL_PATIENCE))
		return effect_wait(job, instant_plus(job->work.now, trouble.wait));
	return field_poll_failed(&job->work, &look, &trouble);
}
