#ifndef MEM_INTERNAL_H
#define MEM_INTERNAL_H

#include <pthread.h>

#include "store/mem/store_mem.h"
#include "store/store_adapter.h"

/*
 * The world of store_mem: tables of rows, and a list of what to undo.
 *
 * A row is found by walking its table, and changed only through mem_add() and
 * mem_change(), which remember how it was.  Rows are never taken out; those that
 * can go have a flag for it.
 */

struct mem_table {
	size_t row_bytes, count, capacity;
	char *rows;
};

/* One change to take back: row ${index} of ${table} was ${old}, or was not there (NULL). */
struct mem_undo {
	struct mem_table *table;
	size_t index;
	char *old;
};

struct mem_stream {
	struct uuid id, noc, osp;
	int64_t version;
};

struct mem_command {
	struct uuid scope, key;
	struct sha256 body_hash;
	struct str answer;
};

struct mem_effect {
	struct store_effect effect;
	int64_t tries;
	bool begun;
	struct instant begun_at;
	int64_t owner; /* the instance that claimed it; 0: nobody */
	bool done;
	struct str problem;
};

struct mem_timer {
	struct store_timer timer;
	bool live;
	int64_t owner;
};

struct mem_checkpoint {
	struct str name;
	int64_t position;
};

struct mem_number {
	struct uuid noc, osp;
	enum job_type type;
	int64_t last;
};

struct mem_provider_id {
	struct str id;
	struct uuid eco;
	int64_t number;
};

struct mem_person {
	struct uuid id, list;
	struct str label, phone;
	bool verified, on_shift, opted_out;
	bool live; /* still on the list */
};

struct mem_list {
	struct uuid id, osp;
	struct str name;
};

struct mem_region {
	struct uuid id, osp, list;
	struct str name;
	int64_t priority;
	const struct geo_point *ring;
	size_t count;
};

struct mem_agreement {
	struct store_seed_agreement row;
};

struct mem_world {
	pthread_mutex_t lock;
	int stores;
	int64_t last_instance;
	int64_t leader; /* an instance; 0: nobody */
	int64_t head;   /* events before it have a position: their index and one */

	struct mem_table streams, events, commands, effects, timers, checkpoints, numbers,
	    provider_ids, rejections, board, organisations, memberships, lists, people, regions,
	    agreements;

	struct mem_undo *undo;
	size_t undo_count, undo_capacity;
	void **texts; /* what rows point to */
	size_t text_count, text_capacity;
};

struct mem_store {
	struct store base;
	struct mem_world *world;
	int64_t instance;
};

/* The world of ${session}, held until mem_leave(). */
struct mem_world *mem_enter(struct store_session *session);

/* End what mem_enter() began; ${err} undoes it.  Returns ${err}. */
struct err *mem_leave(struct store_session *session, struct err *err);

/* The instance that ${session} works for. */
int64_t mem_instance(const struct store_session *session);

/* A new zeroed row of ${table}. */
void *mem_add(struct mem_world *world, struct mem_table *table);

/* ${row} of ${table}, which is about to be changed. */
void mem_change(struct mem_world *world, struct mem_table *table, const void *row);

/* Row ${index} of ${table}. */
void *mem_row(const struct mem_table *table, size_t index);

/* A copy of ${bytes} that lives as long as the world. */
void *mem_keep_bytes(struct mem_world *world, const void *bytes, size_t length);
struct str mem_keep(struct mem_world *world, struct str text);

/* Whether ${location} and the closed ring of ${count} positions have a point in common. */
bool mem_ring_meets(
    const struct geo_point *ring, size_t count, const struct geo_location *location);

/* Whether ${location} and ${box} have a point in common. */
bool mem_box_meets(const struct geo_box *box, const struct geo_location *location);

/* The port's operations, by part. */
struct err *mem_append(struct store_session *, struct arena *, const struct store_append *,
    struct store_append_result *);
struct err *mem_find_command(struct store_session *, struct arena *, struct uuid, struct uuid,
    struct sha256, struct store_append_result *);
struct err *mem_take_job_number(
    struct store_session *, struct arena *, struct uuid, struct uuid, enum job_type, int64_t *);
struct err *mem_read_stream(
    struct store_session *, struct arena *, struct uuid, int64_t, size_t, struct store_events *);
struct err *mem_read_log(
    struct store_session *, struct arena *, int64_t, size_t, struct store_events *);
struct err *mem_sequence(struct store_session *, struct arena *, int64_t *, bool *, size_t *);
struct err *mem_checkpoint(struct store_session *, struct arena *, struct str, int64_t *);
struct err *mem_checkpoint_move(
    struct store_session *, struct arena *, struct str, int64_t, int64_t);

struct err *mem_claim_timers(
    struct store_session *, struct arena *, struct instant, size_t, struct store_timer *, size_t *);
struct err *mem_put_back_timer(
    struct store_session *, struct arena *, const struct store_timer *, struct instant);
struct err *mem_claim_effects(struct store_session *, struct arena *, enum effect_lane,
    struct instant, size_t, struct store_claim *, size_t *);
struct err *mem_begin_effect(struct store_session *, struct arena *, struct str, struct instant);
struct err *mem_put_back_effect(
    struct store_session *, struct arena *, struct str, struct instant, bool, struct str);
struct err *mem_drop_effect(struct store_session *, struct arena *, struct str);
struct err *mem_next_timer(struct store_session *, struct arena *, bool *, struct instant *);
struct err *mem_next_effect(
    struct store_session *, struct arena *, enum effect_lane, bool *, struct instant *);
struct err *mem_next_due(struct store_session *, struct arena *, bool *, struct instant *);
struct err *mem_find_provider_id(
    struct store_session *, struct arena *, struct str, bool *, struct uuid *, int64_t *);
struct err *mem_record_rejection(
    struct store_session *, struct arena *, const struct store_rejection *);
struct err *mem_list_rejections(
    struct store_session *, struct arena *, size_t, struct store_rejection *, size_t *);
struct err *mem_backlog(
    struct store_session *, struct arena *, struct instant, struct store_backlog *);

/* The writes of an append that concern timers and the outbox; its transaction is open. */
struct err *mem_settle_claims(
    struct store_session *, struct mem_world *, struct arena *, const struct store_append *);
void mem_write_work(struct mem_world *, const struct store_append *);

struct err *mem_put_board(
    struct store_session *, struct arena *, const struct store_board_row *, size_t);
struct err *mem_find_board(
    struct store_session *, struct arena *, struct uuid, bool *, struct store_board_row *);
struct err *mem_find_board_by_number(
    struct store_session *, struct arena *, struct str, bool *, struct store_board_row *);
struct err *mem_list_board(struct store_session *, struct arena *,
    const struct store_board_filter *, size_t, struct store_board_rows *);
struct err *mem_count_board(
    struct store_session *, struct arena *, const struct store_board_filter *, int64_t *);

struct err *mem_find_membership(struct store_session *, struct arena *, struct str, struct str,
    bool *, struct store_membership *);
struct err *mem_find_organisation(struct store_session *, struct arena *, struct uuid, struct str,
    bool *, struct store_organisation *);
struct err *mem_list_partners(struct store_session *, struct arena *, struct uuid, struct instant,
    struct store_organisations *);
struct err *mem_find_agreement(struct store_session *, struct arena *, struct uuid, struct uuid,
    struct instant, bool *, struct store_agreement *);
struct err *mem_get_agreement(
    struct store_session *, struct arena *, struct uuid, struct store_agreement *);
struct err *mem_find_pager_list(struct store_session *, struct arena *, struct uuid, struct uuid,
    const struct geo_location *, bool *, struct pager_list *);
struct err *mem_plant(struct store_session *, struct arena *, const struct store_seed *);

#endif
