#ifndef CODEC_RECORD_CODEC_H
#define CODEC_RECORD_CODEC_H

#include "base/json.h"
#include "domain/directory/record.h"

/*
 * record_codec: the directory's records <-> JSON, by their tables of fields
 * (domain/directory/record.h).
 *
 * The payload of a directory event is the record as it is after it, and what a read
 * model keeps of a record is the same text: there, people's own texts are sealed, here
 * they are whatever the record holds.
 *
 * Members that are empty, none, false or 0 are left out; of a number that has been given to a
 * kind later, what it says of older records (record_fields.c) is left out instead.  Moments are RFC
 * 3339 in UTC, ids UUIDs, areas GeoJSON MultiPolygons.
 */

/** Write ${record}'s fields, and its reason where there is one, as one JSON object. */
void codec_encode_record(const struct record *record, struct buf *buf);

/**
 * Read ${text} as a record of ${kind} into ${*ret}, whose texts and lists live in
 * ${arena}; id and version are left for the caller.  False with the reason when it is
 * not what codec_encode_record() ever wrote.
 */
NODISCARD bool codec_decode_record(struct arena *arena, enum record_kind kind, struct str text,
    struct record *ret, struct str *ret_reason);

/** Write ${area} as a GeoJSON MultiPolygon. */
void codec_write_area(struct json_writer *writer, const struct geo_area *area);

/** Calls ${each}(${context}, whose, name, text) for every personal text of ${record} that is not
 * empty, in place: what it leaves there is the record's.  ${whose} is the record's id. */
typedef struct err *(*codec_personal_f)(
    void *context, struct uuid whose, struct str field, struct str *text);
NODISCARD struct err *codec_each_personal(
    struct arena *arena, struct record *record, codec_personal_f each, void *context);

#endif
