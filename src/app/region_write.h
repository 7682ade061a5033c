#ifndef APP_REGION_WRITE_H
#define APP_REGION_WRITE_H

#include "app/region_briefs.h"

/*
 * region_write: one command on regions, however many it changes: one transaction.  For
 * app's own files.
 *
 *	permits ─▶ key ─▶ begin ─▶ what there is ─▶ plan ─▶ write each ─▶ overlaps ─▶ commit
 *
 * Overlaps are looked for when everything is written: two regions of one file may share
 * ground as well.  What leaves to chance which of two regions chooses undoes all of it.
 */

/* What the command comes to for one region. */
struct region_made {
	struct uuid id;
	int64_t version; /* after it */
	enum region_fate fate;
	struct str name;
};

/* A command as it is planned. */
struct region_draft {
	struct region_briefs known; /* in use, before it */
	struct record_step *steps;  /* one for each region that is written */
	size_t step_count;
	struct region_made *made; /* one for each region that the command is about */
	size_t made_count;
};

/**
 * Plan what ${context} asks for into ${draft}, whose arrays have room for
 * REGION_FEATURES_MAX; ${ret_go} is false after a refusal.
 */
typedef struct err *(*region_plan_f)(
    void *context, struct region_draft *draft, bool *ret_go, struct refusal *ret_refusal);

struct region_command {
	const struct app_context *context;
	enum app_operation operation;
	struct app_command command;
	struct sha256 body;
	bool dry_run; /* undo it, and keep nothing under the key */
	region_plan_f plan;
	void *planning;
};

struct region_result {
	bool refused, repeated;
	struct refusal refusal;
	const struct region_made *made;
	size_t made_count;
	struct app_region_overlaps overlaps;
};

/** Carry out ${command}. */
NODISCARD struct err *region_command_run(
    const struct region_command *command, struct region_result *ret);

/** Whether ${list} is a pager list in use of the actor's organisation. */
NODISCARD struct err *region_check_list(
    const struct app_context *context, struct uuid list, bool *ret_go, struct refusal *ret_refusal);

/** Whether ${area} is a surface for the store; the refusal is about ${field}. */
NODISCARD struct err *region_check_surface(const struct app_context *context,
    const struct geo_area *area, const char *field, bool *ret_go, struct refusal *ret_refusal);

/** What the ${count} regions ${made} share with others of ${briefs}; at most ${limit}. */
NODISCARD struct err *region_find_overlaps(const struct app_context *context,
    const struct region_briefs *briefs, const struct region_made *made, size_t count,
    struct app_region_overlaps *ret);

/** ${overlap} between two of ${briefs}, the one that chooses first.  False when they are not
 * both among them. */
NODISCARD bool region_overlap_of(const struct region_briefs *briefs,
    const struct store_overlap *overlap, struct app_region_overlap *ret);

#endif
