#include "domain/eco/eco_event.h"

struct event_row {
	struct str name;
	int version;
	enum eco_detail detail;
};

static const struct event_row events[ECO_EVENT_COUNT] = {
#define ECO_EVENT(NAME, field, wire, version, detail, doc) \
	{ STR(wire), version, ECO_DETAIL_##detail },
#include "domain/eco/eco_events.def"
#undef ECO_EVENT
};

struct str
eco_event_name(enum eco_event_type type)
{
	CHECK(type < ECO_EVENT_COUNT);
	return events[type].name;
}

int
eco_event_version(enum eco_event_type type)
{
	CHECK(type < ECO_EVENT_COUNT);
	return events[type].version;
}

enum eco_detail
eco_event_detail(enum eco_event_type type)
{
	CHECK(type < ECO_EVENT_COUNT);
	return events[type].detail;
}

bool
eco_event_find(struct str name, enum eco_event_type *ret)
{
	for (size_t i = 0; i < ECO_EVENT_COUNT; i++) {
		if (str_equal(events[i].name, name)) {
			*ret = (enum eco_event_type)i;
			return true;
		}
	}
	return false;
}

#define WORD(word_name, word_words) { STR(#word_name), STR(word_words) },

static const struct eco_word eco_status_table[] = { WORD(ABSENT, "not created")
#define ECO_STATUS WORD
#include "domain/eco/eco_enums.def"
#undef ECO_STATUS
};
const struct eco_words eco_status_words = { eco_status_table, COUNT_OF(eco_status_table) };

static const struct eco_word dispatch_state_table[] = {
#define DISPATCH_STATE WORD
#include "domain/eco/eco_enums.def"
#undef DISPATCH_STATE
};
const struct eco_words dispatch_state_words = { dispatch_state_table,
	COUNT_OF(dispatch_state_table) };

static const struct eco_word integration_state_table[] = {
#define INTEGRATION_STATE WORD
#include "domain/eco/eco_enums.def"
#undef INTEGRATION_STATE
};
const struct eco_words integration_state_words = { integration_state_table,
	COUNT_OF(integration_state_table) };

static const struct eco_word page_channel_table[] = {
#define PAGE_CHANNEL WORD
#include "domain/eco/eco_enums.def"
#undef PAGE_CHANNEL
};
const struct eco_words page_channel_words = { page_channel_table, COUNT_OF(page_channel_table) };

static const struct eco_word page_miss_table[] = {
#define PAGE_MISS WORD
#include "domain/eco/eco_enums.def"
#undef PAGE_MISS
};
const struct eco_words page_miss_words = { page_miss_table, COUNT_OF(page_miss_table) };

static const struct eco_word pager_stop_table[] = {
#define PAGER_STOP WORD
#include "domain/eco/eco_enums.def"
#undef PAGER_STOP
};
const struct eco_words pager_stop_words = { pager_stop_table, COUNT_OF(pager_stop_table) };

static const struct eco_word pager_resume_table[] = {
#define PAGER_RESUME WORD
#include "domain/eco/eco_enums.def"
#undef PAGER_RESUME
};
const struct eco_words pager_resume_words = { pager_resume_table, COUNT_OF(pager_resume_table) };

static const struct eco_word failover_fault_table[] = {
#define FAILOVER_FAULT WORD
#include "domain/eco/eco_enums.def"
#undef FAILOVER_FAULT
};
const struct eco_words failover_fault_words = { failover_fault_table,
	COUNT_OF(failover_fault_table) };

static const struct eco_word reactivation_table[] = {
#define REACTIVATION WORD
#include "domain/eco/eco_enums.def"
#undef REACTIVATION
};
const struct eco_words reactivation_words = { reactivation_table, COUNT_OF(reactivation_table) };

static const struct eco_word close_cause_table[] = {
#define CLOSE_CAUSE WORD
#include "domain/eco/eco_enums.def"
#undef CLOSE_CAUSE
};
const struct eco_words close_cause_words = { close_cause_table, COUNT_OF(close_cause_table) };

static const struct eco_word task_change_table[] = {
#define TASK_CHANGE WORD
#include "domain/eco/eco_enums.def"
#undef TASK_CHANGE
};
const struct eco_words task_change_words = { task_change_table, COUNT_OF(task_change_table) };

static const struct eco_word task_status_table[] = {
#define TASK_STATUS WORD
#include "domain/eco/eco_enums.def"
#undef TASK_STATUS
};
const struct eco_words task_status_words = { task_status_table, COUNT_OF(task_status_table) };

static const struct eco_word side_table[] = {
#define SIDE WORD
#include "domain/eco/eco_enums.def"
#undef SIDE
};
const struct eco_words side_words = { side_table, COUNT_OF(side_table) };

static const struct eco_word note_visibility_table[] = {
#define NOTE_VISIBILITY WORD
#include "domain/eco/eco_enums.def"
#undef NOTE_VISIBILITY
};
const struct eco_words note_visibility_words = { note_visibility_table,
	COUNT_OF(note_visibility_table) };

static const struct eco_word sync_fault_table[] = {
#define SYNC_FAULT WORD
#include "domain/eco/eco_enums.def"
#undef SYNC_FAULT
};
const struct eco_words sync_fault_words = { sync_fault_table, COUNT_OF(sync_fault_table) };

struct str
eco_word_name(const struct eco_words *words, unsigned value)
{
	CHECK(value < words->count);
	return words->at[value].name;
}

struct str
eco_word_words(const struct eco_words *words, unsigned value)
{
	CHECK(value < words->count);
	return words->at[value].words;
}

bool
eco_word_find(const struct eco_words *words, struct str name, unsigned *ret)
{
	for (unsigned i = 0; i < words->count; i++) {
		if (str_equal(words->at[i].name, name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}
