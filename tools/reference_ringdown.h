#ifndef TOOLS_REFERENCE_RINGDOWN_H
#define TOOLS_REFERENCE_RINGDOWN_H

#include "base/buf.h"

/**
 * docs/design/ringdown.md as it should be: what people wrote, and between its marks the state
 * machines as the tables of the ring-down have them.
 */
void print_ringdown_design(struct buf *page);

#endif
