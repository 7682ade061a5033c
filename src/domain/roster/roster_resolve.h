#ifndef DOMAIN_ROSTER_RESOLVE_H
#define DOMAIN_ROSTER_RESOLVE_H

#include "base/zones.h"
#include "domain/directory/record.h"

/*
 * roster_resolve: who would be rung for a list at a moment, and why the others not.
 *
 * The list's entries are places, in the order of ringing.  A place is on shift when the
 * person whose place it is has no shift in the list, or one that runs now; the clock is
 * the list's.  While a substitution runs, somebody else stands at the place: on the
 * absent one's shifts, but with their own telephone, rest and wishes.  Who stands in may
 * be absent as well, and somebody stand in for them.  When that goes round in a circle
 * it ends with the last before it comes round again, so that those who stand in for each
 * other exchange places and everybody rings.
 *
 * A person rests while a rest until a moment runs, and every night within the window of
 * the clock in the person's own zone (in the list's, when the person names none).
 *
 * A person is paged at verified contacts, as they wish: by calls, to one telephone after the
 * other; by calls and one text; or by one text only.  Who wishes for calls and texts and has
 * no telephone is paged by text, and the reverse; who wishes for one thing and has only the
 * other cannot be rung.
 *
 * Places of one step are rung at once.  The steps of a list count up from 1, and so do those
 * of who stands at its places; a list without steps has each place in one of its own.
 */

struct roster_query {
	const struct pager_list_record *list;
	struct uuid list_id;
	struct str region;           /* which chose the list, or empty */
	const struct record *people; /* of the list's entries and substitutions, any order; who
					is missing is nobody's to ring: RETIRED */
	size_t people_count;
	const struct zones *zones;
	struct instant now;
};

/**
 * Judge everybody of ${query} into ${ret}, whose texts are borrowed from it.  Each person
 * stands there once, where they are rung first; who is not rung at any place stands at
 * their first one, with the first reason that there is.  Of more than ROSTER_PEOPLE_MAX
 * the last who are not rung are left out.
 */
void roster_resolve(const struct roster_query *query, struct pager_list *ret);

#endif
