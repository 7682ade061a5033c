#ifndef TESTS_PLANT_RECORD_H
#define TESTS_PLANT_RECORD_H

#include "app/record_change.h"

/**
 * Let ${event} happen to the record that ${record} then is, whatever it was before, as
 * somebody who may do everything: ${session} is a worker's.  The test fails when something
 * unique is taken.
 */
void plant_record(struct store_session *session, struct arena *arena, const struct vault *vault,
    enum directory_event_type event, const struct record *record);

#endif
