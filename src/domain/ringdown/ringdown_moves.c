#include "domain/ringdown/ringdown_moves.h"

#include "domain/ringdown/ringdown_state.h"

/* Where each state goes with each event, and one more: 0 is no move. */
static const uint8_t states[][ECO_EVENT_COUNT] = {
#define DISPATCH_MOVE(from, event, to, words) \
	[DISPATCH_##from][ECO_EVENT_##event] = DISPATCH_##to + 1,
#include "domain/ringdown/ringdown_moves.def"
#undef DISPATCH_MOVE
};
static const uint8_t phases[][ECO_EVENT_COUNT] = {
#define ATTEMPT_MOVE(from, event, to, words) \
	[RINGDOWN_##from][ECO_EVENT_##event] = RINGDOWN_##to + 1,
#include "domain/ringdown/ringdown_moves.def"
#undef ATTEMPT_MOVE
};
static const uint8_t arrivals[][ECO_EVENT_COUNT] = {
#define ARRIVAL_MOVE(from, event, to, words) \
	[RINGDOWN_ARRIVAL_##from][ECO_EVENT_##event] = RINGDOWN_ARRIVAL_##to + 1,
#include "domain/ringdown/ringdown_moves.def"
#undef ARRIVAL_MOVE
};

enum dispatch_state
ringdown_next_state(enum dispatch_state state, enum eco_event_type type)
{
	uint8_t to = (size_t)state < COUNT_OF(states) ? states[state][type] : 0;

	return to == 0 ? state : (enum dispatch_state)(to - 1);
}

enum ringdown_phase
ringdown_next_phase(enum ringdown_phase phase, enum eco_event_type type)
{
	uint8_t to = (size_t)phase < COUNT_OF(phases) ? phases[phase][type] : 0;

	return to == 0 ? phase : (enum ringdown_phase)(to - 1);
}

enum ringdown_arrival
ringdown_next_arrival(enum ringdown_arrival arrival, enum eco_event_type type)
{
	uint8_t to = (size_t)arrival < COUNT_OF(arrivals) ? arrivals[arrival][type] : 0;

	return to == 0 ? arrival : (enum ringdown_arrival)(to - 1);
}

#define ROW(from, event, to, words) { STR(#from), ECO_EVENT_##event, STR(#to), STR(words) },

static const struct ringdown_move dispatch_rows[] = {
#define DISPATCH_MOVE ROW
#include "domain/ringdown/ringdown_moves.def"
#undef DISPATCH_MOVE
};
const struct ringdown_moves ringdown_dispatch_moves = { dispatch_rows, COUNT_OF(dispatch_rows) };

static const struct ringdown_move attempt_rows[] = {
#define ATTEMPT_MOVE ROW
#include "domain/ringdown/ringdown_moves.def"
#undef ATTEMPT_MOVE
};
const struct ringdown_moves ringdown_attempt_moves = { attempt_rows, COUNT_OF(attempt_rows) };

static const struct ringdown_move arrival_rows[] = {
#define ARRIVAL_MOVE ROW
#include "domain/ringdown/ringdown_moves.def"
#undef ARRIVAL_MOVE
};
const struct ringdown_moves ringdown_arrival_moves = { arrival_rows, COUNT_OF(arrival_rows) };

struct phase_row {
	struct str name, words;
	bool is_open;
};

static const struct phase_row phase_rows[] = {
#define RINGDOWN_PHASE(name, is_open, words) { STR(#name), STR(words), is_open },
#include "domain/ringdown/ringdown_moves.def"
#undef RINGDOWN_PHASE
};

static const struct phase_row arrival_words[] = {
#define RINGDOWN_ARRIVAL(name, words) { STR(#name), STR(words), false },
#include "domain/ringdown/ringdown_moves.def"
#undef RINGDOWN_ARRIVAL
};

bool
ringdown_phase_is_open(enum ringdown_phase phase)
{
	CHECK((size_t)phase < COUNT_OF(phase_rows));
	return phase_rows[phase].is_open;
}

struct str
ringdown_phase_name(enum ringdown_phase phase)
{
	CHECK((size_t)phase < COUNT_OF(phase_rows));
	return phase_rows[phase].name;
}

struct str
ringdown_phase_words(enum ringdown_phase phase)
{
	CHECK((size_t)phase < COUNT_OF(phase_rows));
	return phase_rows[phase].words;
}

struct str
ringdown_arrival_name(enum ringdown_arrival arrival)
{
	CHECK((size_t)arrival < COUNT_OF(arrival_words));
	return arrival_words[arrival].name;
}

struct str
ringdown_arrival_words(enum ringdown_arrival arrival)
{
	CHECK((size_t)arrival < COUNT_OF(arrival_words));
	return arrival_words[arrival].words;
}
