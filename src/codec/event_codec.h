#ifndef CODEC_EVENT_CODEC_H
#define CODEC_EVENT_CODEC_H

#include "base/arena.h"
#include "base/buf.h"
#include "domain/eco/eco_event.h"

/*
 * event_codec: an ECO's events <-> the JSON payloads in the store.
 *
 * The one decode point: whoever reads an event from the store reads it through
 * codec_decode_events(), so that a later version of a payload needs one upcaster
 * (codec/upcast.h) and nothing elsewhere.  Stored bytes never change.
 *
 * What was stored as one event may be several today, or none: a stream's version
 * is the one that is stored, not how many events came out.
 *
 * Member names are camelCase, ids 36-character UUIDs, moments RFC 3339 in UTC,
 * fingerprints 64 hex digits, vocabularies their wire names, locations GeoJSON
 * geometries.  Members that are empty are left out.
 */

#define CODEC_EVENT_BYTES_MAX (192 * 1024)
#define CODEC_EVENTS_MAX      8 /* that one stored event may have become */

/* What one stored event is today, in order. */
struct codec_events {
	struct eco_event at[CODEC_EVENTS_MAX];
	size_t count;
};

/** Write ${event}'s payload as one JSON object. */
void codec_encode_event(const struct eco_event *event, struct buf *buf);

/**
 * Read the payload of an event of ${type} (its wire name) in ${version}, which
 * happened at ${at}, into ${*ret}; texts and arrays live in ${arena}.  False with
 * the reason when type or version is not known (it may be of a newer program) or
 * the payload is not what codec_encode_event() ever wrote.
 */
NODISCARD bool codec_decode_events(struct arena *arena, struct str type, int64_t version,
    struct instant at, struct str payload, struct codec_events *ret, struct str *ret_reason);

#endif
