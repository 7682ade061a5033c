#include "support/sample_events.h"

#define MOMENT(seconds) ((struct instant){ (1767579247 + (int64_t)(seconds)) * 1000000 })

#define LABEL      "North crew lead"
#define OTHER      "North splicer 1"
#define PHONE      "+15125550101"
#define OTHER_TEL  "+15125550102"
#define LIST       "North on-call"
#define REGION     "North Austin"
#define CALL_ID    "CA5d1f0c6b2e8a4f7c9b3d1e5f7a9c2b4d"
#define SUBSECTOR  "SUB-4471"
#define TASK       "RT-7001"
#define TASK_NAME  "Investigate span 12"
#define RAW_STATUS "Crew Rolling"
#define DETAIL     "HTTP 503 from upstream"
#define DUTY_PHONE "+15125550199"
#define ALERT_ID   "SM0a1b2c3d4e5f60718293a4b5c6d7e8f9"
#define ALERT_FAIL "The destination cannot take texts"

const char *const sample_osp_secrets[] = { LABEL, OTHER, PHONE, OTHER_TEL, LIST, REGION, CALL_ID,
	SUBSECTOR, TASK, TASK_NAME, RAW_STATUS, DETAIL, NULL };
const char *const sample_noc_secrets[] = { DUTY_PHONE, ALERT_ID, ALERT_FAIL, NULL };

#define ID(last)                                                                                  \
	((struct uuid){ { 0x01, 0x9b, 0x8d, 0x10, 0x4a, 0x18, 0x7c, 0x3e, 0x8f, 0x21, 0x5d, 0x6e, \
	    0x7f, 0x80, 0x91, (last) } })
#define PERSON_1 ID(0x11)
#define PERSON_2 ID(0x12)

const struct pager_list sample_plan = {
	.id = { { 0x01, 0x9b, 0x8d, 0x10, [15] = 0x10 } },
	.name = { LIST, sizeof(LIST) - 1 },
	.region = { REGION, sizeof(REGION) - 1 },
	.people = {
	    { .id = { { 0x01, 0x9b, 0x8d, 0x10, 0x4a, 0x18, 0x7c, 0x3e, 0x8f, 0x21, 0x5d, 0x6e,
		  0x7f, 0x80, 0x91, 0x11 } },
		.label = { LABEL, sizeof(LABEL) - 1 },
		.step = 1,
		.contacts = { { .id = { { 0x01, 0x9b, 0x8d, 0x10, [15] = 0x21 } },
				.channel = PAGE_CHANNEL_VOICE,
				.number = { PHONE, sizeof(PHONE) - 1 } },
		    { .id = { { 0x01, 0x9b, 0x8d, 0x10, [15] = 0x22 } },
			.channel = PAGE_CHANNEL_TEXT,
			.number = { PHONE, sizeof(PHONE) - 1 } } },
		.contact_count = 2,
		.texts_too = true,
		.asks_pin = true },
	    { .id = { { 0x01, 0x9b, 0x8d, 0x10, 0x4a, 0x18, 0x7c, 0x3e, 0x8f, 0x21, 0x5d, 0x6e,
		  0x7f, 0x80, 0x91, 0x13 } },
		.label = { "Resting lead", 12 },
		.step = 2,
		.skip = ROSTER_SKIP_OFF_SHIFT },
	    { .id = { { 0x01, 0x9b, 0x8d, 0x10, 0x4a, 0x18, 0x7c, 0x3e, 0x8f, 0x21, 0x5d, 0x6e,
		  0x7f, 0x80, 0x91, 0x12 } },
		.label = { OTHER, sizeof(OTHER) - 1 },
		.step = 2,
		.contacts = { { .channel = PAGE_CHANNEL_VOICE,
		    .number = { OTHER_TEL, sizeof(OTHER_TEL) - 1 } } },
		.contact_count = 1 },
	},
	.count = 3,
};

static const struct geo_point span[] = { { -97.7431, 30.2672 }, { -97.7405, 30.2691 } };

static struct eco_created
sample_created(void)
{
	return (struct eco_created){
		.noc = ID(1),
		.osp = ID(2),
		.agreement = ID(3),
		.job_number = STR("HC-MFR-00042-0"),
		.job_type = JOB_TYPE_MFR,
		.location = { .type = GEO_LINE, .points = span, .count = 2 },
		.description = STR("Loss of light on the \"ring\" at 5\u00b0 C,\nboth directions"),
		.terms = { .ring_s = 25,
		    .loops = 3,
		    .retry_after_s = 1200,
		    .retries = 2,
		    .grace_s = 86400,
		    .poll_s = 30,
		    .poll_grace_s = 300,
		    .arrival_s = 2700,
		    .arrival_grace_s = 600 },
		.noc_duty_phone = STR(DUTY_PHONE),
	};
}

static struct eco_osp_engaged
sample_engaged(void)
{
	struct eco_created created = sample_created();

	return (struct eco_osp_engaged){
		.osp = ID(4),
		.agreement = ID(5),
		.job_number = STR("BY-MFR-00007-4"),
		.terms = created.terms,
		.noc_duty_phone = STR(DUTY_PHONE),
	};
}

static struct eco_task_observed
sample_observed(void)
{
	return (struct eco_task_observed){
		.change = TASK_CHANGE_CHANGED,
		.task = STR(TASK),
		.name = STR(TASK_NAME),
		.raw_status = STR(RAW_STATUS),
		.status = TASK_STATUS_STARTED,
		.has_before = true,
		.before = { { 0x0f, 0xe1, 0xd2 } },
		.after = { { 0xa0, [31] = 0x5b } },
		.task_count = 2,
	};
}

/* What the ECO, the field system and the people's commands bring about. */
static bool
sample_order(struct eco_event *e)
{
	if (e->type == ECO_EVENT_CREATED)
		e->created = sample_created();
	else if (e->type == ECO_EVENT_RENDER_SUBSECTOR_CREATED)
		e->subsector_created.subsector = STR(SUBSECTOR);
	else if (e->type == ECO_EVENT_RENDER_TASKED)
		e->tasked = (struct eco_tasked){ STR(SUBSECTOR), STR(TASK) };
	else if (e->type == ECO_EVENT_RENDER_TASKING_FAILED)
		e->tasking_failed = (struct eco_tasking_failed){ 2, SYNC_FAULT_UNREACHABLE,
			STR(DETAIL), MOMENT(20) };
	else if (e->type == ECO_EVENT_RENDER_TASK_OBSERVED)
		e->task_observed = sample_observed();
	else if (e->type == ECO_EVENT_RENDER_SYNC_DEGRADED)
		e->sync_degraded =
		    (struct eco_sync_degraded){ SYNC_FAULT_RATE_LIMITED, STR(DETAIL) };
	else if (e->type == ECO_EVENT_WORK_STARTED)
		e->work_started.task = STR(TASK);
	else if (e->type == ECO_EVENT_ETA_CHANGED)
		e->eta_changed = (struct eco_eta_changed){ 2, 20 };
	else if (e->type == ECO_EVENT_CREW_EN_ROUTE)
		e->crew_en_route.eta_minutes = 30;
	else if (e->type == ECO_EVENT_STATUS_COMPLETED)
		e->status_completed = (struct eco_status_completed){ 2, MOMENT(86400) };
	else if (e->type == ECO_EVENT_REACTIVATED)
		e->reactivated =
		    (struct eco_reactivated){ .cause = REACTIVATION_LATE_CLONE, .task = STR(TASK) };
	else if (e->type == ECO_EVENT_CLOSED)
		e->closed.cause = CLOSE_CAUSE_GRACE_EXPIRED;
	else if (e->type == ECO_EVENT_CANCELLED)
		e->cancelled.reason = STR("A false alarm of the monitoring");
	else if (e->type == ECO_EVENT_NOTE_ADDED)
		e->note_added = (struct eco_note_added){ ID(9), SIDE_NOC, NOTE_SHARED,
			STR("The gate code changes at midnight") };
	else if (e->type == ECO_EVENT_OSP_RELIEVED)
		e->osp_relieved = (struct eco_osp_relieved){ ID(2), STR("Nobody answers there") };
	else if (e->type == ECO_EVENT_OSP_ENGAGED)
		e->osp_engaged = sample_engaged();
	else
		return e->type == ECO_EVENT_RENDER_SYNC_RECOVERED ||
		       e->type == ECO_EVENT_CREW_ON_SITE;
	return true;
}

/* What the ring-down brings about. */
static bool
sample_page(struct eco_event *e)
{
	const struct eco_page_progress progress = { 2, MOMENT(60) };

	if (e->type == ECO_EVENT_PAGER_DISPATCHED)
		e->pager_dispatched = (struct eco_pager_dispatched){ 1, &sample_plan };
	else if (e->type == ECO_EVENT_PAGE_ATTEMPTED)
		e->page_attempted = (struct eco_page_attempted){ 2, 1, 2, 2, PERSON_2,
			PAGE_CHANNEL_VOICE, ID(0x21), MOMENT(-3), MOMENT(35) };
	else if (e->type == ECO_EVENT_PAGE_PLACED)
		e->page_placed = (struct eco_page_placed){ 2, STR(CALL_ID) };
	else if (e->type == ECO_EVENT_PAGE_ANSWERED)
		e->page_answered = progress;
	else if (e->type == ECO_EVENT_PAGE_DELIVERED)
		e->page_delivered = progress;
	else if (e->type == ECO_EVENT_PAGE_ETA_ASKED)
		e->page_eta_asked = progress;
	else if (e->type == ECO_EVENT_PAGE_TEXT_DELIVERED)
		e->page_text_delivered.attempt = 3;
	else if (e->type == ECO_EVENT_ARRIVAL_ASKED)
		e->arrival_asked = (struct eco_arrival_asked){ 2, MOMENT(300) };
	else if (e->type == ECO_EVENT_PAGER_RESUMED)
		e->pager_resumed = (struct eco_pager_resumed){ 2, PAGER_RESUME_NOT_SEEN };
	else if (e->type == ECO_EVENT_FAILOVER_FAILED)
		e->failover_failed.fault = FAILOVER_FAULT_NO_AGREEMENT;
	else if (e->type == ECO_EVENT_PAGE_NOT_REACHED)
		e->page_not_reached =
		    (struct eco_page_not_reached){ 2, PAGE_MISS_CALL_FAILED, STR(DETAIL) };
	else if (e->type == ECO_EVENT_PAGE_ACCEPTED)
		e->page_accepted = (struct eco_page_accepted){ 2, 2, PERSON_2, 45 };
	else if (e->type == ECO_EVENT_PAGE_DECLINED)
		e->page_declined = (struct eco_page_declined){ 2, 3 };
	else if (e->type == ECO_EVENT_PAGE_ACCEPTED_TOO_LATE)
		e->page_too_late = (struct eco_page_too_late){ 1, PERSON_1 };
	else if (e->type == ECO_EVENT_PAGER_EXHAUSTED)
		e->pager_exhausted = (struct eco_pager_exhausted){ 1, 3, 6 };
	else if (e->type == ECO_EVENT_PAGER_RETRY_SCHEDULED)
		e->pager_retry_scheduled = (struct eco_pager_retry_scheduled){ 2, MOMENT(1200) };
	else if (e->type == ECO_EVENT_PAGER_STOPPED)
		e->pager_stopped.reason = PAGER_STOP_ECO_CANCELLED;
	else if (e->type == ECO_EVENT_NOC_ALERTED)
		e->noc_alerted = (struct eco_noc_alerted){ STR(DUTY_PHONE), STR(ALERT_ID) };
	else if (e->type == ECO_EVENT_NOC_ALERT_FAILED)
		e->noc_alert_failed =
		    (struct eco_noc_alert_failed){ STR(DUTY_PHONE), STR(ALERT_FAIL) };
	else
		return false;
	return true;
}

struct eco_event
sample_event(enum eco_event_type type)
{
	struct eco_event event = { .type = type, .at = MOMENT(0) };
	bool known = sample_order(&event) || sample_page(&event);

	/* A new row of eco_events.def wants a sample here. */
	CHECK(known);
	return event;
}
