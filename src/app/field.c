#include "app/field.h"

/* One of the four things that can come back from the field system. */
struct field_news {
	enum { FIELD_TASKED, FIELD_TASKING_FAILED, FIELD_POLLED, FIELD_POLL_FAILED } type;
	struct str subsector, task;
	const struct rendersync_task *tasks;
	size_t count;
	const struct fieldwork_trouble *trouble;
	struct uuid agreement; /* under which it was asked for */
};

static bool
decide(void *context, const struct callout *callout, struct outcome *ret)
{
	const struct rendersync *sync = &callout->rendersync;
	const struct field_news *news = context;
	const struct fieldwork_trouble *trouble = news->trouble;

	if (!uuid_equal(callout->eco.agreement, news->agreement))
		return true; /* another contractor's field system: only the effect is settled */
	switch (news->type) {
	case FIELD_TASKED:
		rendersync_on_tasked(sync, news->subsector, news->task, ret);
		return true;
	case FIELD_TASKING_FAILED:
		rendersync_on_tasking_failed(
		    sync, trouble->fault, trouble->detail, trouble->retry_after_s, ret);
		return true;
	case FIELD_POLLED:
		rendersync_on_poll(sync, news->tasks, news->count, ret);
		return true;
	case FIELD_POLL_FAILED:
		rendersync_on_poll_failed(
		    sync, trouble->fault, trouble->detail, trouble->retry_after_s, ret);
		return true;
	}
	UNREACHABLE("field news");
}

static struct err *
take(const struct app_work *work, const struct field_look *look, struct field_news news)
{
	struct change change = work_change(work, look->loaded->callout.id);
	struct change_result result;

	news.agreement = look->agreement;
	change.settles_effect = look->settles_effect;
	change.loaded = look->loaded;
	change.decide = decide;
	change.context = &news;
	return change_run(&change, &result);
}

struct err *
field_tasked(const struct app_work *work, const struct field_look *look, struct str subsector,
    struct str task)
{
	return take(work, look,
	    (struct field_news){ .type = FIELD_TASKED, .subsector = subsector, .task = task });
}

struct err *
field_tasking_failed(const struct app_work *work, const struct field_look *look,
    const struct fieldwork_trouble *trouble)
{
	return take(
	    work, look, (struct field_news){ .type = FIELD_TASKING_FAILED, .trouble = trouble });
}

struct err *
field_polled(const struct app_work *work, const struct field_look *look,
    const struct rendersync_task *tasks, size_t count)
{
	return take(work, look,
	    (struct field_news){ .type = FIELD_POLLED, .tasks = tasks, .count = count });
}

struct err *
field_poll_failed(const struct app_work *work, const struct field_look *look,
    const struct fieldwork_trouble *trouble)
{
	return take(
	    work, look, (struct field_news){ .type = FIELD_POLL_FAILED, .trouble = trouble });
}
