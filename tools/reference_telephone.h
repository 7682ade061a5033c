#ifndef TOOLS_REFERENCE_TELEPHONE_H
#define TOOLS_REFERENCE_TELEPHONE_H

#include "base/buf.h"

/** The page "telephone": what people can text and press, and what providers report. */
void print_telephone(struct buf *page);

#endif
