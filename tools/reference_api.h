#ifndef TOOLS_REFERENCE_API_H
#define TOOLS_REFERENCE_API_H

#include "base/buf.h"

/** Print the page of the API: every operation with its example, and every type. */
void print_api(struct buf *page);

#endif
