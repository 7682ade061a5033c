#include "base/json.h"
#include "codec/event_reader.h"
#include "codec/upcast.h"

/* Those that have shipped: append only, and never edited. */

/*
 * PagerDispatched 2: labels and phones of people are sealed texts (base/seal.h).
 * Those of version 1 are in clear and stay so; who opens a text that is not sealed
 * gets it as it is (app/vault.h).
 */
static bool
pager_dispatched_1(
    struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)arena;
	(void)ret_reason;
	ret->at[ret->count++] = (struct upcast_event){ STR("PagerDispatched"), 2, payload };
	return true;
}

/* What was added to it may be missing: no exercise, and what is said of arrival by default. */
static bool
created_1(struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)arena;
	(void)ret_reason;
	ret->at[ret->count++] = (struct upcast_event){ STR("ECOCreated"), 2, payload };
	return true;
}

/* As in ECOCreated. */
static bool
engaged_1(struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	(void)arena;
	(void)ret_reason;
	ret->at[ret->count++] = (struct upcast_event){ STR("OSPEngaged"), 2, payload };
	return true;
}

/* Of a payload with its new members: even the shortest person of a plan gets less than that. */
static size_t
room_for(struct str payload)
{
	return 3 * payload.len + 256;
}

/* Everything of the object ${from} but its member ${without}. */
static void
copy_members(struct json_writer *w, const struct json *from, struct str without)
{
	for (size_t i = 0; i < from->map.count; i++) {
		const struct json_member *member = &from->map.members[i];

		if (str_equal(member->name, without))
			continue;
		json_name(w, member->name);
		json_write_value(w, &member->value);
	}
}

/* Anything in place of what we know is for the decoder to refuse, by name. */
static bool
parse(struct arena *arena, struct str payload, const struct json **ret, struct str *ret_reason)
{
	*ret = event_reader_read(arena, payload);
	return (*ret != NULL || json_parse(arena, payload, ret, ret_reason)) &&
	       ((*ret)->type == JSON_MAP || (*ret_reason = STR("it is not an object"), false));
}

static bool
become(struct buf *buf, struct str type, int64_t version, struct upcast_list *ret,
    struct str *ret_reason)
{
	if (buf->overflowed) {
		*ret_reason = STR("it does not fit into memory");
		return false;
	}
	ret->at[ret->count++] = (struct upcast_event){ type, version, buf_view(buf) };
	return true;
}

/* ${person} in ${place}, whose one telephone is the first of their contacts. */
static void
write_person(struct json_writer *w, const struct json *person, size_t place)
{
	const struct json *phone = json_find(person, STR("phone"));

	json_begin_map(w);
	copy_members(w, person, STR("phone"));
	json_member_int(w, STR("step"), (int64_t)place + 1);
	if (phone != NULL) {
		json_name(w, STR("contacts"));
		json_begin_list(w);
		json_begin_map(w);
		json_member_text(w, STR("channel"), STR("VOICE"));
		json_name(w, STR("number"));
		json_write_value(w, phone);
		json_end_map(w);
		json_end_list(w);
	}
	json_end_map(w);
}

static void
write_people(struct json_writer *w, const struct json *people)
{
	json_name(w, STR("people"));
	json_begin_list(w);
	for (size_t i = 0; i < people->list.count; i++) {
		if (people->list.items[i].type == JSON_MAP)
			write_person(w, &people->list.items[i], i);
		else
			json_write_value(w, &people->list.items[i]);
	}
	json_end_list(w);
}

/*
 * PagerDispatched 3: a person has contacts, and stands in a step.  Before, they had one
 * telephone, and each stood in a step of their own.
 */
static bool
pager_dispatched_2(
    struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	struct buf buf = buf_in(arena, room_for(payload));
	struct json_writer w = json_writer(&buf);
	const struct json *event, *plan, *people;

	if (!parse(arena, payload, &event, ret_reason))
		return false;
	plan = json_find(event, STR("plan"));
	json_begin_map(&w);
	copy_members(&w, event, STR("plan"));
	if (plan != NULL && plan->type == JSON_MAP) {
		people = json_find(plan, STR("people"));
		json_name(&w, STR("plan"));
		json_begin_map(&w);
		copy_members(&w, plan, STR("people"));
		if (people != NULL && people->type == JSON_LIST)
			write_people(&w, people);
		json_end_map(&w);
	}
	json_end_map(&w);
	return become(&buf, STR("PagerDispatched"), 3, ret, ret_reason);
}

/*
 * PageAttempted 2: every attempt was a call, began when it was to begin, and rang the people
 * one by one.
 */
static bool
page_attempted_1(
    struct arena *arena, struct str payload, struct upcast_list *ret, struct str *ret_reason)
{
	struct buf buf = buf_in(arena, room_for(payload));
	struct json_writer w = json_writer(&buf);
	const struct json *event, *contact;

	if (!parse(arena, payload, &event, ret_reason))
		return false;
	contact = json_find(event, STR("contact"));
	json_begin_map(&w);
	copy_members(&w, event, STR(""));
	if (contact != NULL) {
		json_name(&w, STR("step"));
		json_write_value(&w, contact);
	}
	json_member_text(&w, STR("channel"), STR("VOICE"));
	json_end_map(&w);
	return become(&buf, STR("PageAttempted"), 2, ret, ret_reason);
}

static const struct upcaster shipped[] = {
	{ STR("PagerDispatched"), 1, pager_dispatched_1 },
	{ STR("ECOCreated"), 1, created_1 },
	{ STR("OSPEngaged"), 1, engaged_1 },
	{ STR("PagerDispatched"), 2, pager_dispatched_2 },
	{ STR("PageAttempted"), 1, page_attempted_1 },
};

const struct upcasters upcasters_shipped = { shipped, COUNT_OF(shipped) };
