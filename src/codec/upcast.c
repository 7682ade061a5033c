#include "codec/upcast.h"

/* A longer chain than any event has versions: somebody's upcaster goes round in circles. */
#define STEPS_MAX 64

/* A decoding on its way. */
struct decoding {
	const struct upcasters *upcasters;
	struct arena *arena;
	struct instant at;
	struct codec_events *events;
	struct str *reason;
};

static const struct upcaster *
find_upcaster(const struct upcasters *upcasters, const struct upcast_event *event)
{
	for (size_t i = 0; i < upcasters->count; i++) {
		const struct upcaster *upcaster = &upcasters->at[i];

		if (upcaster->from == event->version && str_equal(upcaster->type, event->type))
			return upcaster;
	}
	return NULL;
}

static bool
has_room(struct decoding *decoding, const struct upcast_event *event)
{
	if (decoding->events->count < CODEC_EVENTS_MAX)
		return true;
	*decoding->reason = arena_printf(decoding->arena,
	    "%.*s: one stored event became more than %d", STR_ARG(event->type), CODEC_EVENTS_MAX);
	return false;
}

/* The last link: what has no upcaster must be present. */
static bool
decode_present(struct decoding *decoding, const struct upcast_event *event)
{
	struct codec_events *events = decoding->events;
	enum eco_event_type type;

	if (!eco_event_find(event->type, &type)) {
		*decoding->reason = arena_printf(
		    decoding->arena, "there is no event \"%.*s\"", STR_ARG(event->type));
		return false;
	}
	if (event->version != eco_event_version(type)) {
		*decoding->reason = arena_printf(decoding->arena,
		    "%.*s: version %lld is not known, the newest is %d", STR_ARG(event->type),
		    (long long)event->version, eco_event_version(type));
		return false;
	}
	if (!has_room(decoding, event) ||
	    !upcast_decode_present(decoding->arena, type, decoding->at, event->payload,
		&events->at[events->count], decoding->reason))
		return false;
	events->count++;
	return true;
}

static bool decode(struct decoding *, const struct upcast_event *, int steps);

/* What one event has become is gone through in order, so the order stays. */
static bool
take_step(struct decoding *decoding, const struct upcast_event *event,
    const struct upcaster *upcaster, int steps)
{
	struct upcast_list next = { .count = 0 };

	CHECK(steps < STEPS_MAX);
	if (!upcaster->upcast(decoding->arena, event->payload, &next, decoding->reason))
		return false;
	CHECK(next.count <= CODEC_EVENTS_MAX);
	for (size_t i = 0; i < next.count; i++) {
		if (!decode(decoding, &next.at[i], steps + 1))
			return false;
	}
	return true;
}

static bool
decode(struct decoding *decoding, const struct upcast_event *event, int steps)
{
	const struct upcaster *upcaster = find_upcaster(decoding->upcasters, event);

	return upcaster == NULL ? decode_present(decoding, event)
				: take_step(decoding, event, upcaster, steps);
}

bool
upcast_decode(const struct upcasters *upcasters, struct arena *arena,
    const struct upcast_event *stored, struct instant at, struct codec_events *ret,
    struct str *ret_reason)
{
	struct decoding decoding = { .upcasters = upcasters,
		.arena = arena,
		.at = at,
		.events = ret,
		.reason = ret_reason };

	ret->count = 0;
	return decode(&decoding, stored, 0);
}

bool
codec_decode_events(struct arena *arena, struct str type, int64_t version, struct instant at,
    struct str payload, struct codec_events *ret, struct str *ret_reason)
{
	return upcast_decode(&upcasters_shipped, arena,
	    &(struct upcast_event){ type, version, payload }, at, ret, ret_reason);
}
