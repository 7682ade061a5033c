#ifndef APP_FIELD_H
#define APP_FIELD_H

#include "app/work.h"
#include "integration/fieldwork.h"

/*
 * field: what the contractor's field-work system showed, taken up by the ECO.
 *
 * Each call settles the effect under whose key the look was taken, in the field system of
 * ${agreement}'s contractor: when another one has been engaged meanwhile it is no news.
 * A look at which nothing has changed is one append without events, which settles the
 * effect and sets the timer of the next look; and nothing is loaded again for it unless
 * the ECO has moved on since ${look->loaded}.
 */
struct field_look {
	struct uuid agreement;              /* under which it was asked for */
	struct str settles_effect;          /* by its key */
	const struct change_loaded *loaded; /* the ECO as it stood before; may not be NULL */
};

/** The subsector and the investigation task exist. */
NODISCARD struct err *field_tasked(const struct app_work *work, const struct field_look *look,
    struct str subsector, struct str task);

/** They could not be made. */
NODISCARD struct err *field_tasking_failed(const struct app_work *work,
    const struct field_look *look, const struct fieldwork_trouble *trouble);

/** The tasks were read. */
NODISCARD struct err *field_polled(const struct app_work *work, const struct field_look *look,
    const struct rendersync_task *tasks, size_t count);

/** They could not be read. */
NODISCARD struct err *field_poll_failed(const struct app_work *work, const struct field_look *look,
    const struct fieldwork_trouble *trouble);

#endif
