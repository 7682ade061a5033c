#ifndef TOOLS_REFERENCE_SCENARIOS_H
#define TOOLS_REFERENCE_SCENARIOS_H

#include "base/buf.h"

/** Print the page of the scenarios: those that we ship, and every sentence of their language. */
void print_scenarios(struct buf *page);

#endif
