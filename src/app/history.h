#ifndef APP_HISTORY_H
#define APP_HISTORY_H

#include "app/app.h"
#include "app/vault.h"
#include "codec/event_codec.h"
#include "domain/directory/record.h"
#include "store/store_archive.h"
#include "store/store_vault.h"

/*
 * history: an organisation's history as a file, out of one store and into another.
 *
 * The format is JSON Lines (UTF-8, one object a line, every line ends with a line
 * feed).  The first line is the header, the last the end; what an event refers to
 * stands before the first event that does.  In this order of members:
 *
 *   {"format":"strike-history","version":1,"organisation":{"id","handle"},"after",
 *    "head","exportedAt"}
 *          Events after position "after" up to position "head" of the log that it
 *          comes from: what was exported next time with --after "head" goes on here.
 *   {"organisation":{"id","handle","name","noc","osp"}}
 *   {"agreement":{"id","noc","osp","prefix","terms":{...}}}
 *          What an ECO needs of the agreement it was made under.  Nothing by which
 *          anybody could be reached: no phones, no accounts, no addresses, no secrets.
 *   {"user":{"id","handle"}}
 *   {"key":{"person","organisation","wrapped"}}
 *          Only when asked for.  The person's key as the vault keeps it, base64: with
 *          it (and the vault_key of the store it comes from, where one is set) names
 *          and numbers in the events can be read.  Without it they never can.  For what
 *          a side keeps to itself (event_vault.h) the person is the organisation.
 *   {"event":{"id","stream","version","noc","osp","type","schemaVersion",
 *    "occurredAt","recordedAt","actor":{"kind","name","user","organisation"},
 *    "correlation","causation","payload","hash"}}
 *          Every stored field.  "payload" is the stored bytes as a string, and "hash"
 *          64 hex digits over all fields but recordedAt (store_event_hash), so that
 *          it can be computed again.  In the order of the log: the events of one ECO
 *          have the versions 1..n (an export with "after" begins later).  There is no
 *          position: that is a place in one store's log, not part of the event.  Its OSP
 *          is another from an event OSPEngaged on; the file of an OSP that was relieved
 *          ends before it, that of the one that was engaged has what was before as well.
 *   {"end":{"lines","events","sha256"}}
 *          How many lines and events stand before, and the SHA-256 of all bytes
 *          before ("head -n -1 FILE | sha256sum"): a file that was cut off or damaged
 *          is noticed.  It proves nothing about who made it: that do signed heads
 *          (store_proof.h).
 *
 * The file holds both sides of every ECO, notes to one's own side included, because
 * without every event no hash and no number would hold.  It is for keeping and
 * moving a history, not for handing it to one of the companies.
 *
 * The events of the directory's records (record.h) are events like an ECO's: the
 * organisation's members, people, lists, regions and tokens, and the agreements that it
 * stands in, each a stream.  Users are the platform's, and not in an organisation's file.
 * Texts of people are sealed in them; who takes a file in without keys has them empty.
 * A key that is here already stays: what it does not open reads as if there were none.
 *
 * What is imported is past: nobody reacts to it, so nobody is rung (store_import()).
 * Nothing that is there already is changed.  An agreement that an import has to
 * make has ended; a user that it has to make may act for nobody; who means to work
 * on makes the one and invites the other.  So the records of the directory are left out,
 * unless they are asked for: taken in, they stand as the file leaves them, and its members,
 * agreements and tokens count.  Even then a record that was made here as well, with another
 * history, stays as it is here.
 */

#define HISTORY_VERSION 1
/* Quotes count twice; the largest records, areas, have hardly any. */
#define HISTORY_LINE_BYTES_MAX ((int)(RECORD_BYTES_MAX + 2 * CODEC_EVENT_BYTES_MAX + 8192))
#define HISTORY_STREAMS_MAX    4000000 /* of one file */

enum history_kind {
	HISTORY_HEADER,
	HISTORY_ORGANISATION,
	HISTORY_AGREEMENT,
	HISTORY_USER,
	HISTORY_KEY,
	HISTORY_EVENT,
	HISTORY_END,
};

struct history_header {
	int64_t version;
	struct uuid organisation;
	struct str handle;
	int64_t after, head;
	struct instant exported_at;
};

struct history_agreement {
	struct uuid id, noc, osp;
	struct str prefix;
	struct eco_terms terms;
};

struct history_key {
	struct uuid person, organisation;
	struct str wrapped;
};

struct history_end {
	int64_t lines, events;
	struct sha256 sum;
};

struct history_line {
	enum history_kind kind;
	union {
		struct history_header header;
		struct store_organisation organisation;
		struct history_agreement agreement;
		struct store_user_name user;
		struct history_key key;
		struct store_event event;
		struct history_end end;
	};
};

/** Write ${line}, without the line feed. */
void history_write(const struct history_line *line, struct buf *buf);

/**
 * Read ${text}, a line without its line feed, into ${ret}, which points into
 * ${arena}.  False with the reason when it is none of the above.  What it says is not
 * judged: hashes, order and counts are the reader's business.  Untrusted input.
 */
NODISCARD bool history_read(
    struct arena *arena, struct str text, struct history_line *ret, struct str *ret_reason);

/* What was written, or found in a file. */
struct history_counts {
	int64_t lines, events, ecos, records, organisations, agreements, users, keys;
	int64_t head;     /* where the next export goes on */
	int64_t added;    /* events that were not there before an import */
	int64_t left_out; /* events of records: not asked for, or with another history here */
	bool is_wanted;   /* whether the file is to be imported, or was only looked at */
};

/* Told now and then how far it has come; may be NULL. */
typedef void (*history_progress_f)(void *context, const struct history_counts *so_far);

/* Takes ${bytes}; its faults are the caller's. */
typedef struct err *(*history_put_f)(void *context, struct arena *arena, struct str bytes);

struct history_export {
	struct store_session *session; /* STORE_WORKER */
	struct uuid organisation;
	int64_t after; /* a position; 0: from the beginning */
	bool with_keys;
	struct instant now;
	history_put_f put;
	history_progress_f progress;
	void *context;
};

/** Export what has a position now.  ERR_CORRUPT when an event cannot be read. */
NODISCARD struct err *history_export(
    struct arena *arena, const struct history_export *export, struct history_counts *ret);

/* Up to ${limit} next bytes of a file into ${bytes}; none: it is at its end. */
typedef struct err *(*history_get_f)(
    void *context, struct arena *arena, char *bytes, size_t limit, size_t *ret);
/* Back to the beginning of the file. */
typedef struct err *(*history_rewind_f)(void *context, struct arena *arena);

struct history_import {
	struct store_session *session; /* STORE_WORKER */
	const struct vault *vault;     /* opens people's texts for the directory's rows */
	bool with_directory;           /* take in the directory's records as well */
	bool dry_run;                  /* look, and write nothing */
	history_get_f get;
	history_rewind_f rewind;
	history_progress_f progress;
	void *context;
};

/**
 * Check the whole file, then import it in bounded pieces, in the order that it has.
 * May be repeated: what is there already is skipped.  ERR_CORRUPT or ERR_CONFLICT,
 * beginning with "line n:", when something in the file is wrong (nothing has been
 * written) or does not go with what is in the store.
 */
NODISCARD struct err *history_import(
    struct arena *arena, const struct history_import *import, struct history_counts *ret);

#endif
