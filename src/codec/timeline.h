#ifndef CODEC_TIMELINE_H
#define CODEC_TIMELINE_H

#include "base/arena.h"
#include "domain/eco/eco_event.h"

/*
 * timeline: an ECO's events in words, for the two sides that share it.
 *
 * One documented translation.  Each side sees that something happened; only the
 * side that an event's payload belongs to (eco_events.def) sees people, numbers
 * and the contractor's own vocabulary.  A note for the author's side only does
 * not exist for the other.
 *
 *	OSP:  Contact 2 (North splicer 1) is being rung, loop 1
 *	NOC:  Contact 2 is being rung
 */

/*
 * Who is looking at an event.  An organisation may stand on both sides of one ECO.  The
 * contractor that was engaged after the event sees that it happened, in the words of the
 * other side, and reads no payload but a shared note's.
 */
struct timeline_viewer {
	bool noc, osp, later_osp;
};

/** Whether ${viewer} may know that ${event} happened. */
bool timeline_is_visible(const struct eco_event *event, struct timeline_viewer viewer);

/** Whether ${viewer} may read ${event}'s payload. */
bool timeline_shows_detail(const struct eco_event *event, struct timeline_viewer viewer);

/**
 * ${event} in one sentence for ${viewer}, without a full stop, in ${arena}.
 * ${plan} is the frozen plan that is in force at the event, or NULL; names are
 * taken from it for the OSP.
 */
struct str timeline_words(struct arena *arena, const struct eco_event *event,
    const struct pager_list *plan, struct timeline_viewer viewer);

#endif
