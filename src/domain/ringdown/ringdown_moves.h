#ifndef DOMAIN_RINGDOWN_MOVES_H
#define DOMAIN_RINGDOWN_MOVES_H

#include "domain/ringdown/ringdown.h"

/*
 * ringdown_moves: the tables of ringdown_moves.def, to move by and to draw from.
 */

/** Where ${state} goes with an event of ${type}; itself when it has no such move. */
enum dispatch_state ringdown_next_state(enum dispatch_state state, enum eco_event_type type);
enum ringdown_phase ringdown_next_phase(enum ringdown_phase phase, enum eco_event_type type);
enum ringdown_arrival ringdown_next_arrival(
    enum ringdown_arrival arrival, enum eco_event_type type);

/* A row, by the names of its states. */
struct ringdown_move {
	struct str from;
	enum eco_event_type event;
	struct str to;
	struct str words;
};

struct ringdown_moves {
	const struct ringdown_move *at;
	size_t count;
};

extern const struct ringdown_moves ringdown_dispatch_moves;
extern const struct ringdown_moves ringdown_attempt_moves;
extern const struct ringdown_moves ringdown_arrival_moves;

/** The name of a phase, or of an arrival, and what it means in words for people. */
struct str ringdown_phase_name(enum ringdown_phase phase);
struct str ringdown_phase_words(enum ringdown_phase phase);
struct str ringdown_arrival_name(enum ringdown_arrival arrival);
struct str ringdown_arrival_words(enum ringdown_arrival arrival);

#endif
