#ifndef INTEGRATION_FIELDWORK_H
#define INTEGRATION_FIELDWORK_H

#include "base/err.h"
#include "base/uuid.h"
#include "domain/rendersync/rendersync.h"

/*
 * fieldwork: the contractor's field-work system, as the rest of the program
 * sees it.  The port; integration/render is the adapter for Render Networks.
 *
 * Whatever goes wrong is an answer here, never a fault: the domain wants to
 * know whether the system was unreachable, refused us, asked us to wait or
 * could not be understood (enum sync_fault), and says so on the ECO.
 *
 * What one call learns holds for all calls to that organisation's system: while it has
 * asked for a pause, cannot be reached or has as much to do as it may have, others are
 * told so without asking it again (not_asked).
 */

struct fieldwork;

/* Whose work it is: looked up per organisation, never global. */
struct fieldwork_tenant {
	struct uuid organisation;
	struct str url; /* empty: the configured default */
	struct str client_id;
	struct str secret_ref; /* the secret's name in the configuration */
	struct str project;
};

struct fieldwork_order {
	struct str reference; /* ours, unique: the ECO's id */
	struct str job_number;
	struct str name, description;
	const struct geo_location *location;
};

struct fieldwork_trouble {
	enum sync_fault fault;
	struct str detail;
	int64_t retry_after_s; /* what the system asked for; 0: nothing */
	bool not_asked; /* the system was left in peace, because of what others met with ... */
	struct duration wait; /* ... and is to be asked after this */
};

/**
 * Make sure that the subsector and the investigation task of ${order} exist,
 * whatever an earlier try got done: both are looked up by reference first.
 * True with the contractor's ids, or false with the trouble.
 */
NODISCARD bool fieldwork_ensure_task(struct fieldwork *fieldwork, struct arena *arena,
    const struct fieldwork_tenant *tenant, const struct fieldwork_order *order,
    struct str *ret_subsector, struct str *ret_task, struct fieldwork_trouble *ret_trouble);

/**
 * Read all tasks of ${subsector}, every page.  True with the tasks, each once, their raw
 * statuses translated by the adapter's table (unknown ones as TASK_STATUS_UNKNOWN)
 * and fingerprinted; or false with the trouble.
 */
NODISCARD bool fieldwork_read_tasks(struct fieldwork *fieldwork, struct arena *arena,
    const struct fieldwork_tenant *tenant, struct str subsector, struct rendersync_task *ret,
    size_t capacity, size_t *ret_count, struct fieldwork_trouble *ret_trouble);

/** Unmake ${fieldwork}, which nobody uses any more.  It may be NULL. */
void fieldwork_destroy(struct fieldwork *fieldwork);

#endif
