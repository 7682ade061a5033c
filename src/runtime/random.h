#ifndef RUNTIME_RANDOM_H
#define RUNTIME_RANDOM_H

#include "base/uuid.h"

/** Fill ${bytes} with ${length} bytes from the kernel's generator.  Never fails, never blocks long.
 */
void random_bytes(void *bytes, size_t length);

/** A fresh version 7 UUID for the moment ${now}. */
struct uuid random_uuid(struct instant now);

/** A double in [0, 1), for jitter. */
double random_unit(void);

#endif
