#ifndef APP_HISTORY_READER_H
#define APP_HISTORY_READER_H

#include "app/history.h"

/* history_reader: the lines of a history's file, one after another.  For app's history_*.c. */
struct history_reader {
	const struct history_import *asked;
	char *buffer; /* of HISTORY_READER_BYTES */
	size_t begin, end;
	int64_t line; /* the number of the last one, from 1 */
	bool at_end;  /* of the file: what is left stands in the buffer */
};

#define HISTORY_READER_BYTES (2 * (HISTORY_LINE_BYTES_MAX + 1))

/** Before the first line. */
void history_reader_init(struct history_reader *reader, const struct history_import *asked);

/** Give back the buffer. */
void history_reader_fini(struct history_reader *reader);

/** Back to before the first line. */
NODISCARD struct err *history_reader_rewind(struct history_reader *reader, struct arena *arena);

/**
 * The next line without its line feed, which stands until the next call; ${ret_any}
 * is false at the end.  ERR_CORRUPT for a line that is too long or has no end.
 */
NODISCARD struct err *history_reader_next(
    struct history_reader *reader, struct arena *arena, bool *ret_any, struct str *ret);

#endif
