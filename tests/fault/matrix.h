#ifndef TESTS_FAULT_MATRIX_H
#define TESTS_FAULT_MATRIX_H

#include "fault/kill_world.h"

/*
 * matrix: one play for each place at which the server can be lost.
 *
 * The places are counted by the server itself (src/base/fault_point.h) in a play that
 * nothing disturbs: before and after each statement and each request.  A place is a
 * name and a number, "the 3rd before append".  Threads run side by side, so the number
 * of a place may mean another row in another play, and one of the last may not come at
 * all; what must hold does not depend on that.
 *
 * What only looks (is there work? what does the timeline say?) happens as often as the
 * machine has time for it, and changes nothing.  Of such places MATRIX_LOOKS of each
 * name are taken, spread over the play; of all others every single one.
 */

#define MATRIX_LOOKS      4
#define MATRIX_POINTS_MAX 8192

struct matrix_point {
	const char *name; /* "before statement append" */
	int64_t number;
};

struct matrix {
	struct arena *arena;
	const char *scenario;
	const char *end; /* how it ends when nothing disturbs: what matrix_end() says */
	int64_t passed;  /* how many points were passed, looks among them */
	struct matrix_point points[MATRIX_POINTS_MAX];
	size_t count;
};

/** Read the points that a server has written to the file ${path}. */
void matrix_read(struct matrix *matrix, const char *path);

/**
 * How the play of ${world} has ended: for each ECO the types of its events, in order, those
 * of the ring-down, of the field system and of the ECO itself each for themselves, and its
 * row of the board.
 */
const char *matrix_end(struct kill_world *world, struct arena *arena);

#endif
