#ifndef API_REPLY_TEXT_H
#define API_REPLY_TEXT_H

#include "app/inbound.h"
#include "proto/reply.h"

/* reply_text: what we text back, in one segment where it can be.  For api/ only. */

#define REPLY_TEXT_MAX 640

/** How ${asked}, about the job ${job}, was taken. */
void reply_text_taken(
    struct buf *buf, enum ringdown_reply reply, const struct reply *asked, struct str job);

/** Which of ${pages} it is about is not known: those that stand as ${standing}, with codes. */
void reply_text_which(
    struct buf *buf, const struct inbound_pages *pages, enum inbound_standing standing);

/** There is nothing that the reply could be about. */
void reply_text_none(struct buf *buf, const struct reply *asked);

/** What can be said; ${understood}: they asked for it. */
void reply_text_help(struct buf *buf, bool understood);

/** They are asked for a PIN, which is given by telephone: to ${number}, if it is known. */
void reply_text_pin(struct buf *buf, struct str job, struct str number);

/** They are opted out, or in. */
void reply_text_opted(struct buf *buf, bool out);

#endif
