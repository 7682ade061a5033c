#include <stdlib.h>

#include "proof/audit_internal.h"

#define ROOM_LEAST 1024

/* Version 0 is an empty row: no stream has it. */
struct stream_row {
	struct uuid stream;
	int64_t version;
};

/* The row of ${stream}, or the empty one where it belongs. */
static struct stream_row *
find_row(struct stream_row *rows, size_t room, struct uuid stream)
{
	size_t at = uuid_hash(stream) & (room - 1);

	while (rows[at].version != 0 && !uuid_equal(rows[at].stream, stream))
		at = (at + 1) & (room - 1);
	return &rows[at];
}

/* Twice the room, so that at least half of it is always empty. */
static void
grow(struct streams *streams)
{
	size_t room = streams->room == 0 ? ROOM_LEAST : streams->room * 2;
	struct stream_row *rows = calloc(room, sizeof(rows[0]));

	CHECK(rows != NULL);
	for (size_t i = 0; i < streams->room; i++) {
		if (streams->rows[i].version != 0)
			*find_row(rows, room, streams->rows[i].stream) = streams->rows[i];
	}
	free(streams->rows);
	streams->rows = rows;
	streams->room = room;
}

int64_t
streams_note(struct streams *streams, struct uuid stream, int64_t version)
{
	struct stream_row *row;
	int64_t before;

	if (version < 1)
		return 0;
	if ((streams->count + 1) * 2 > streams->room && streams->count < streams->most)
		grow(streams);
	row = find_row(streams->rows, streams->room, stream);
	before = row->version;
	if (before == 0 && streams->count >= streams->most)
		return 0;
	if (before == 0)
		streams->count++;
	*row = (struct stream_row){ stream, version };
	return before;
}

void
streams_fini(struct streams *streams)
{
	free(streams->rows);
	*streams = (struct streams){ .rows = NULL };
}
