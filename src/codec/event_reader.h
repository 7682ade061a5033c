#ifndef CODEC_EVENT_READER_H
#define CODEC_EVENT_READER_H

#include "base/json.h"

/*
 * event_reader: the payloads of events, read fast.
 *
 * To replay history is to read payloads, and nearly all the time went into jansson's
 * allocations.  This reads the JSON that codec_encode_event() writes, in one pass,
 * into the arena: objects, arrays, texts, numbers and true, without white space.
 *
 * It is not a second parser beside jansson: it never refuses.  Whatever it does not
 * know for sure - white space, null, "\u", long numbers, anything malformed - it
 * leaves to json_parse(), which reads it or says what is wrong.  What it does read,
 * jansson reads the same way; tests/spec/event_reader_spec.c and the fuzzer
 * event_reader_fuzz hold the two against each other.
 */

/** ${text} as json_parse() would read it, or NULL: ask json_parse(). */
const struct json *event_reader_read(struct arena *arena, struct str text);

#endif
