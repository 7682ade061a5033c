#ifndef STORE_CLIENTS_H
#define STORE_CLIENTS_H

#include "bench_clients.h"
#include "store/store.h"

/*
 * store_clients: who appends events, ours and beside us.
 *
 * All write the same: events of about 300 bytes of JSON, one or several a call,
 * each call durable when it is answered, each over a connection of its own with
 * prepared statements, from C.
 *
 *   ours_api        store_append() of an API session, as a command does it: with a key
 *                   and an answer, under row-level security
 *   ours_worker     ... of a worker: without it
 *   ours_group      one connection, 32 appends in one transaction: what a daemon
 *                   that collects the appends of 32 callers would do
 *   single_insert   one INSERT into a table with the same columns and keys, no
 *                   expected version, no order: unsafe, the least there is to do
 *   copy            COPY into that table, a transaction each
 *   message_db      message_store.write_message(), with an expected version
 */
struct append_with {
	const char *conninfo;
	struct store *store; /* for ours */
	size_t events;       /* of one call */
	bool hot;            /* a few streams for all clients, else many for each */
	size_t categories;   /* for message_db: over how many the streams are spread */
};

#define APPEND_HOT_STREAMS 8
#define APPEND_OWN_STREAMS 1000 /* of each client, when they are not hot */
#define APPEND_GROUP       32

extern const struct client_kind append_ours_api, append_ours_worker, append_ours_group,
    append_single_insert, append_copy, append_message_db;

/** The table that single_insert and copy write to, made anew. */
extern const char append_plain_table[];

/** A payload like the ones that an ECO's events have. */
struct str append_payload(void);

/** Both organisations that own every stream of a benchmark. */
struct uuid append_noc(void);
struct uuid append_osp(void);

#endif
