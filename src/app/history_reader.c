#include "app/history_reader.h"

#include <stdlib.h>

void
history_reader_init(struct history_reader *reader, const struct history_import *asked)
{
	*reader = (struct history_reader){ .asked = asked, .buffer = malloc(HISTORY_READER_BYTES) };
	CHECK(reader->buffer != NULL);
}

void
history_reader_fini(struct history_reader *reader)
{
	free(reader->buffer);
	reader->buffer = NULL;
}

struct err *
history_reader_rewind(struct history_reader *reader, struct arena *arena)
{
	reader->begin = reader->end = 0;
	reader->line = 0;
	reader->at_end = false;
	return reader->asked->rewind(reader->asked->context, arena);
}

/* Read on behind what the buffer holds. */
static struct err *
fill(struct history_reader *reader, struct arena *arena)
{
	size_t got;

	memmove(reader->buffer, reader->buffer + reader->begin, reader->end - reader->begin);
	reader->end -= reader->begin;
	reader->begin = 0;
	TRY(reader->asked->get(reader->asked->context, arena, reader->buffer + reader->end,
	    HISTORY_READER_BYTES - reader->end, &got));
	CHECK(got <= HISTORY_READER_BYTES - reader->end);
	reader->end += got;
	reader->at_end = got == 0;
	return NULL;
}

struct err *
history_reader_next(
    struct history_reader *reader, struct arena *arena, bool *ret_any, struct str *ret)
{
	for (;;) {
		const char *from = reader->buffer + reader->begin;
		size_t length = reader->end - reader->begin;
		const char *feed = length == 0 ? NULL : memchr(from, '\n', length);
		size_t line = feed == NULL ? length : (size_t)(feed - from);

		*ret_any = feed != NULL;
		if (line > HISTORY_LINE_BYTES_MAX)
			return ERR(arena, ERR_CORRUPT, "line %lld: longer than %d bytes",
			    (long long)reader->line + 1, HISTORY_LINE_BYTES_MAX);
		if (feed != NULL) {
			*ret = (struct str){ from, line };
			reader->begin += line + 1;
			reader->line++;
			return NULL;
		}
		if (reader->at_end && length == 0)
			return NULL;
		if (reader->at_end)
			return ERR(arena, ERR_CORRUPT, "line %lld: cut off: it does not end",
			    (long long)reader->line + 1);
		TRY(fill(reader, arena));
	}
}
