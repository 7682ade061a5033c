#ifndef SCHEDULE_H
#define SCHEDULE_H

#include "base/buf.h"

/*
 * schedule: who does what in which order, as text (tests/isolation/schedules).
 *
 * In the spirit of PostgreSQL's isolationtester.  A schedule is a text of lines;
 * what stands behind "#" is for people.  The first line names it:
 *
 *   test an early transaction that appends last stands last
 *
 * A line with a name and a colon is a step of that session.  A session is a
 * process of its own as far as the store can tell, and comes up when it is first
 * named: a worker, unless "session a acts for the noc" (the osp, a stranger) was
 * said before, then an API session.  What a step comes to is written behind "->";
 * without that it must simply succeed.
 *
 *   a: begin, a: commit, a: rollback
 *   a: touch                          takes its transaction id, as any write does
 *   a: savepoint x, a: rollback to x, a: release x
 *   a: append s at 0 [with 3 events] [and t at 2 ...] [key k body b] [for f slot 0 to 7]
 *        -> ok, conflict, "repeated b" (the answer is the body), reused
 *   a: find key k body b              -> unused, "repeated b", reused
 *   a: take number                    -> "number 1"
 *   a: sequence                       -> "gives 2" or "does not lead"
 *   a: read s                         -> s/1-3, or nothing
 *   a: read log from 0                -> s/1 t/1-2
 *   a: follow f with 4 slots          has the subscription f
 *   a: hold f                         -> "slots 0 1 2 3", or "no slots"
 *   a: epoch of slot 0                -> "epoch 1"
 *   a: move f slot 0 to 7             from where it stood when it was last held
 *   a: let go f
 *   a: begin build p                  -> "build 2"
 *   a: rebuild p.2                    as hold, for the one who rebuilds
 *   a: switch build p to 2
 *   a: live build p                   -> "build 1"
 *
 * A step that waits for another session's lock is expected to with "-> waits"; it
 * goes on by itself, and "a: answers -> conflict" says what it came to at last.
 *
 * What nobody's session does:
 *
 *   open elsewhere, close elsewhere   a write transaction in another database
 *   break a                           its connections break
 *   kill a                            its process is gone; a new one may take the name
 *   replace leader                    somebody has taken the lead, unseen
 *   skip position                     the head of the log is tampered with
 *   restore                           as a restore into a new cluster leaves it
 *   cache 32                          of the sequence of events
 *   open store                        -> corrupt
 *   expire f                          whoever holds slots of f was away too long
 *   expect log s/1-2 t/1              in the order of positions
 *   expect stream s at 2
 *
 * Behind the last line the promises of the log are looked up in the tables:
 * positions and versions without a hole, each stream's in order.
 */

/** Play ${text}.  False, with "line 7: what is wrong" in ${problem}, when it does not hold. */
bool schedule_play(struct str text, struct buf *problem);

/** What ${text} calls itself; empty when it has no name. */
struct str schedule_name(struct str text);

#endif
