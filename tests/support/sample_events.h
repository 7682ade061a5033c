#ifndef TESTS_SUPPORT_SAMPLE_EVENTS_H
#define TESTS_SUPPORT_SAMPLE_EVENTS_H

#include "domain/eco/eco_event.h"

/*
 * sample_events: one event of every type, with values of which each can be
 * recognised wherever it shows up: what is private to one side is listed here,
 * so that a test can look for it on the other.
 */

/** The sample of ${type}; its texts are literals. */
struct eco_event sample_event(enum eco_event_type type);

/** The plan that the samples were made over. */
extern const struct pager_list sample_plan;

/* Texts of the samples that only the OSP, or only the NOC, may ever read; NULL ends each. */
extern const char *const sample_osp_secrets[];
extern const char *const sample_noc_secrets[];

#endif
