#ifndef CODEC_UPCAST_H
#define CODEC_UPCAST_H

#include "codec/event_codec.h"

/*
 * upcast: how an event that was stored in an older version is read today.
 *
 * An upcaster takes the payload of one type in one version and says what it is in
 * the next: usually the same event in version v + 1, perhaps several, perhaps none.
 * Chains of them run until everything is in its present version.  An upcaster is a
 * pure function, and is never changed once it has shipped.  Stored bytes are never
 * touched: what follows is read, not written.
 *
 *	PagerDispatched 1 ──▶ PagerDispatched 2 ──▶ decoded
 *
 * To change an event's payload: raise its version in eco_events.def, add an
 * upcaster from the version before, and write the golden file of the new one.
 */

/* What one event has become so far. */
struct upcast_event {
	struct str type;
	int64_t version;
	struct str payload;
};

struct upcast_list {
	struct upcast_event at[CODEC_EVENTS_MAX];
	size_t count;
};

/**
 * Say in ${ret}, which is empty, what ${payload} is in the next version; texts live
 * in ${arena}.  False with the reason when it is not what was ever written.
 */
typedef bool (*upcast_f)(
    struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason);

struct upcaster {
	struct str type;
	int64_t from;
	upcast_f upcast;
};

struct upcasters {
	const struct upcaster *at;
	size_t count;
};

/* Those that have shipped (upcasters.c). */
extern const struct upcasters upcasters_shipped;

/** codec_decode_events() by way of ${upcasters}: for the tests of chains that never shipped. */
NODISCARD bool upcast_decode(const struct upcasters *upcasters, struct arena *arena,
    const struct upcast_event *stored, struct instant at, struct codec_events *ret,
    struct str *ret_reason);

/**
 * Decode the ${payload} of an event of ${type} in its present version: the last link
 * of every chain (event_decode.c).
 */
NODISCARD bool upcast_decode_present(struct arena *arena, enum eco_event_type type,
    struct instant at, struct str payload, struct eco_event *ret, struct str *ret_reason);

#endif
