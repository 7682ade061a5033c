#ifndef DOMAIN_ROSTER_H
#define DOMAIN_ROSTER_H

#include "base/instant.h"
#include "base/str.h"
#include "base/uuid.h"

/*
 * roster: whom an OSP has on call, as the resolver found them for a location.
 *
 * A pager list is the ordered answer to "who would ring for this place?".  It
 * names everybody considered: those who can be rung, and those who cannot with
 * the reason, so that "why was this person not called?" has an answer for ever.
 */

#define ROSTER_PEOPLE_MAX   32
#define ROSTER_CONTACTS_MAX 4

enum roster_skip {
	ROSTER_RINGS = 0, /* can be rung */
#define ROSTER_SKIP(name, words) ROSTER_SKIP_##name,
#include "domain/roster/roster_skips.def"
#undef ROSTER_SKIP
};

/* How a person was reached: VOICE and TEXT are ours to begin, the others theirs. */
enum page_channel {
#define PAGE_CHANNEL(name, words) PAGE_CHANNEL_##name,
#include "domain/eco/eco_enums.def"
#undef PAGE_CHANNEL
};

/* A verified number of a person. */
struct roster_contact {
	struct uuid id;            /* Nil: not known; it was not always written */
	enum page_channel channel; /* VOICE or TEXT */
	struct str number;         /* E.164; sealed in an event, and nobody judges by it */
};

struct roster_person {
	struct uuid id;
	struct str label; /* as the OSP calls them; never shown to a NOC */
	int64_t step;     /* people of one step are rung at once; from 1, ascending in the list */
	struct roster_contact contacts[ROSTER_CONTACTS_MAX]; /* in the order of preference */
	size_t contact_count;
	bool texts_too; /* a text goes out with the first call of each turn */
	bool asks_pin;  /* who accepts by telephone for them needs their PIN */
	enum roster_skip skip;
	struct instant until; /* of RESTING and SUBSTITUTED; 0: not known */
	struct uuid by;       /* of SUBSTITUTED: who stands in; Nil: not known */
};

struct pager_list {
	struct uuid id;
	struct str name;
	struct str region; /* the region that chose the list; empty: the agreement's default */
	struct roster_person people[ROSTER_PEOPLE_MAX];
	size_t count;
};

/** The name of ${skip} on the wire, e.g. "OFF_SHIFT"; "RINGS" for none. */
struct str roster_skip_name(enum roster_skip skip);

/** ${skip} in words for people, e.g. "off shift"; "can be rung" for none. */
struct str roster_skip_words(enum roster_skip skip);

/** The skip called ${name}.  False when there is none. */
NODISCARD bool roster_skip_find(struct str name, enum roster_skip *ret);

/**
 * Whether a person can be rung, and if not the first reason that there is: who is
 * off shift is not asked for a phone.
 */
enum roster_skip roster_judge(bool on_shift, bool verified, bool opted_out);

/**
 * Whether ${person} can be reached: nothing speaks against it, and there is a number to
 * call or to text.
 */
bool roster_can_reach(const struct roster_person *person);

/** How many people of ${list} can be reached. */
size_t roster_reachable(const struct pager_list *list);

#endif
