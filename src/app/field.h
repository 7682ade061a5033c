#ifndef APP_FIELD_H
#define APP_FIELD_H

#include "app/work.h"
#include "integration/fieldwork.h"

/*
 * field: what the contractor's field-work system showed, taken up by the ECO.
 * Each call settles the effect under whose key the look was taken, in the field system of
 * ${agreement}'s contractor: when another one has been engaged meanwhile it is no news.
 */

/** The subsector and the investigation task exist. */
NODISCARD struct err *field_tasked(const struct app_work *work, struct uuid eco,
    struct uuid agreement, struct str settles_effect, struct str subsector, struct str task);

/** They could not be made. */
NODISCARD struct err *field_tasking_failed(const struct app_work *work, struct uuid eco,
    struct uuid agreement, struct str settles_effect, const struct fieldwork_trouble *trouble);

/** The tasks were read. */
NODISCARD struct err *field_polled(const struct app_work *work, struct uuid eco,
    struct uuid agreement, struct str settles_effect, const struct rendersync_task *tasks,
    size_t count);

/** They could not be read. */
NODISCARD struct err *field_poll_failed(const struct app_work *work, struct uuid eco,
    struct uuid agreement, struct str settles_effect, const struct fieldwork_trouble *trouble);

#endif
