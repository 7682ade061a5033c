#include "integration/render/render_gate.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#define DETAIL_BYTES_MAX 256

/* Requests that may come at once, as a share of a minute's. */
#define BURST_OF_MINUTE 6

/* How far apart those who are turned away come again, at the least. */
#define APART_US INT64_C(10000)

struct render_gate_account {
	struct sha256 key;
	unsigned visits; /* under way */
	bool slow;       /* the last visit took long, or met with trouble */
	int failures;    /* visits in a row that met with trouble */
	int64_t closed_until_us;
	enum sync_fault fault; /* why it was closed; and in words: */
	size_t detail_bytes;
	char detail[DETAIL_BYTES_MAX];
	int64_t next_us;     /* when the next request would be in time (GCRA) */
	int64_t promised_us; /* the last moment that somebody was told to come at */
	int64_t mean_us;     /* of a visit, by the program's clock */
	struct render_gate_account *next;
};

struct render_gate {
	struct render_gate_rules rules;
	pthread_mutex_t lock; /* of all that follows, accounts included */
	unsigned slow_visits; /* under way, of slow accounts */
	struct render_gate_account *first;
	size_t count;
};

/* Half of the threads are left to the others, whatever one of them does; of one there is no half.
 */
struct render_gate_rules
render_gate_rules_of(const struct config *settings)
{
	int64_t threads = settings->field_organisation_threads;

	if (threads == 0)
		threads = settings->field_threads > 1 ? settings->field_threads / 2 : 1;
	return (struct render_gate_rules){
		.visits_max = (unsigned)threads,
		.slow_visits_max = (unsigned)threads,
		.requests_per_min = settings->field_organisation_per_min,
	};
}

struct render_gate *
render_gate_create(const struct render_gate_rules *rules)
{
	struct render_gate *gate = calloc(1, sizeof(*gate));

	CHECK(gate != NULL);
	CHECK(rules->requests_per_min >= 0);
	gate->rules = *rules;
	if (gate->rules.visits_max == 0)
		gate->rules.visits_max = UINT_MAX;
	if (gate->rules.slow_visits_max == 0)
		gate->rules.slow_visits_max = UINT_MAX;
	CHECK(pthread_mutex_init(&gate->lock, NULL) == 0);
	return gate;
}

void
render_gate_destroy(struct render_gate *gate)
{
	if (gate == NULL)
		return;
	while (gate->first != NULL) {
		struct render_gate_account *account = gate->first;

		gate->first = account->next;
		free(account);
	}
	(void)pthread_mutex_destroy(&gate->lock);
	free(gate);
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* -- accounts, under the lock -- */

static bool
is_idle(const struct render_gate_account *account, int64_t now_us)
{
	return account->visits == 0 && account->failures == 0 && account->closed_until_us <= now_us;
}

/* A place for one more account; NULL when all are taken by accounts that matter. */
static struct render_gate_account *
make_room(struct render_gate *gate, int64_t now_us)
{
	struct render_gate_account *account = gate->first;

	if (gate->count == RENDER_GATE_ACCOUNTS_MAX) {
		while (account != NULL && !is_idle(account, now_us))
			account = account->next;
		return account;
	}
	account = calloc(1, sizeof(*account));
	CHECK(account != NULL);
	account->next = gate->first;
	gate->first = account;
	gate->count++;
	return account;
}

static struct render_gate_account *
find_account(struct render_gate *gate, struct sha256 key, int64_t now_us)
{
	struct render_gate_account *account = gate->first, *next;

	while (account != NULL && !sha256_equal(account->key, key))
		account = account->next;
	if (account != NULL)
		return account;
	account = make_room(gate, now_us);
	if (account == NULL)
		return NULL;
	next = account->next;
	*account = (struct render_gate_account){ .key = key, .next = next };
	return account;
}

/* Time between two requests that come at the pace that is allowed; 0: any pace is. */
static int64_t
every_us(const struct render_gate *gate)
{
	return gate->rules.requests_per_min == 0 ? 0
						 : INT64_C(60000000) / gate->rules.requests_per_min;
}

/* How far requests may be ahead of their pace. */
static int64_t
burst_us(const struct render_gate *gate)
{
	return gate->rules.requests_per_min / BURST_OF_MINUTE * every_us(gate);
}

/* How long until a request is in time. */
static int64_t
early_us(const struct render_gate *gate, const struct render_gate_account *account, int64_t now_us)
{
	return most(account->next_us - burst_us(gate) - now_us, 0);
}

/* A clock that was set back must hold nobody up for longer than what is asked for at most. */
static void
mind_clock(const struct render_gate *gate, struct render_gate_account *account, int64_t now_us)
{
	account->closed_until_us =
	    least(account->closed_until_us, now_us + RENDER_GATE_RETRY_AFTER_MAX.us);
	account->next_us =
	    least(account->next_us, now_us + burst_us(gate) + RENDER_GATE_TURN_MAX.us);
}

static void
charge(const struct render_gate *gate, struct render_gate_account *account, int64_t requests,
    int64_t now_us)
{
	account->next_us = most(account->next_us, now_us) + requests * every_us(gate);
}

/* After a closure, one visit at a time finds out. */
static unsigned
visits_max(const struct render_gate *gate, const struct render_gate_account *account)
{
	return account->failures > 0 ? 1 : gate->rules.visits_max;
}

/* Whether as many visits are under way as may be. */
static bool
is_full(const struct render_gate *gate, const struct render_gate_account *account, bool urgent)
{
	if (account->slow && gate->slow_visits >= gate->rules.slow_visits_max)
		return true;
	return !urgent && account->visits >= visits_max(gate, account);
}

/*
 * The next turn of ${account} that nobody has been promised, from ${from_us} on.  Turns
 * are as far apart as visits can follow each other; when the queue is long it starts over.
 */
static int64_t
promise_us(const struct render_gate *gate, struct render_gate_account *account, int64_t from_us)
{
	int64_t apart_us =
	    most(most(every_us(gate), account->mean_us / visits_max(gate, account)), APART_US);
	int64_t turn_us = most(account->promised_us + apart_us, from_us);

	if (turn_us - from_us > RENDER_GATE_TURN_MAX.us)
		turn_us = from_us + RENDER_GATE_TURN_MAX.us / 2;
	account->promised_us = turn_us;
	return turn_us;
}

/* -- asking -- */

/* Turn a visit away until ${turn_us}.  Always false. */
static bool
turn_away(struct arena *arena, enum sync_fault fault, struct str why, int64_t wait_us,
    struct fieldwork_trouble *ret)
{
	*ret = (struct fieldwork_trouble){
		.fault = fault,
		.detail = arena_copy(arena, why),
		.retry_after_s = (wait_us + 999999) / 1000000,
		.not_asked = true,
		.wait = { wait_us },
	};
	return false;
}

static bool
may_enter(struct render_gate *gate, struct arena *arena, struct render_gate_account *account,
    bool urgent, int64_t now_us, struct fieldwork_trouble *ret_trouble)
{
	struct str why = { account->detail, account->detail_bytes };
	int64_t early = early_us(gate, account, now_us);

	if (now_us < account->closed_until_us)
		return turn_away(arena, account->fault, why,
		    promise_us(gate, account, account->closed_until_us) - now_us, ret_trouble);
	if (is_full(gate, account, urgent))
		return turn_away(arena, SYNC_FAULT_RATE_LIMITED,
		    STR("not asked: as many requests are under way as the organisation may have"),
		    promise_us(gate, account, now_us + account->mean_us + APART_US) - now_us,
		    ret_trouble);
	if (early > 0 && !urgent)
		return turn_away(arena, SYNC_FAULT_RATE_LIMITED,
		    STR("not asked: as many requests were made as the organisation may make"),
		    promise_us(gate, account, now_us + early) - now_us, ret_trouble);
	return true;
}

static struct render_gate_pass
let_in(struct render_gate *gate, struct render_gate_account *account, struct instant now)
{
	struct render_gate_pass pass = { .account = account, .began = now };

	if (account == NULL)
		return pass;
	pass.slow = account->slow;
	account->visits++;
	gate->slow_visits += pass.slow;
	charge(gate, account, 1, now.us);
	return pass;
}

bool
render_gate_enter(struct render_gate *gate, struct arena *arena, struct sha256 key, bool urgent,
    struct instant now, struct render_gate_pass *ret, struct fieldwork_trouble *ret_trouble)
{
	struct render_gate_account *account;
	bool may = true;

	CHECK(pthread_mutex_lock(&gate->lock) == 0);
	account = find_account(gate, key, now.us);
	if (account != NULL) {
		mind_clock(gate, account, now.us);
		may = may_enter(gate, arena, account, urgent, now.us, ret_trouble);
	}
	if (may)
		*ret = let_in(gate, account, now);
	CHECK(pthread_mutex_unlock(&gate->lock) == 0);
	return may;
}

/* -- being told -- */

static void
keep_trouble(struct render_gate_account *account, const struct fieldwork_trouble *trouble)
{
	struct buf detail = buf_over(account->detail, sizeof(account->detail));

	struct str words = trouble->detail;

	words.len = words.len < DETAIL_BYTES_MAX - 40 ? words.len : DETAIL_BYTES_MAX - 40;
	buf_printf(&detail, "not asked again so soon: %.*s", STR_ARG(words));
	/* A character that was cut in two goes as a whole. */
	while (detail.len > 0 && !str_is_utf8(buf_view(&detail)))
		detail.len--;
	account->detail_bytes = detail.len;
	account->fault = trouble->fault;
}

/* ${first}, doubled for each of ${times}, up to ${longest}. */
static int64_t
doubled_us(struct duration first, int times, struct duration longest)
{
	int64_t us = first.us;

	while (times-- > 0 && us < longest.us)
		us *= 2;
	return least(us, longest.us);
}

/* For how long the trouble closes an account, the last of ${failures} in a row. */
static int64_t
closed_for_us(const struct fieldwork_trouble *trouble, int failures)
{
	if (trouble->retry_after_s > 0)
		return least(trouble->retry_after_s, RENDER_GATE_RETRY_AFTER_MAX.us / 1000000) *
		       1000000;
	if (trouble->fault == SYNC_FAULT_REFUSED)
		return doubled_us(RENDER_GATE_REFUSED_FIRST, failures - 1, RENDER_GATE_REFUSED_MAX);
	if (trouble->fault == SYNC_FAULT_RATE_LIMITED)
		return doubled_us(RENDER_GATE_CLOSED_FIRST, failures - 1, RENDER_GATE_CLOSED_MAX);
	if (failures < RENDER_GATE_FAILURES)
		return 0;
	return doubled_us(
	    RENDER_GATE_CLOSED_FIRST, failures - RENDER_GATE_FAILURES, RENDER_GATE_CLOSED_MAX);
}

static void
went_wrong(struct render_gate_account *account, const struct render_gate_result *result)
{
	const struct fieldwork_trouble *trouble = result->trouble;

	if (account->failures < INT16_MAX)
		account->failures++;
	account->slow = true;
	account->closed_until_us = most(
	    account->closed_until_us, result->now.us + closed_for_us(trouble, account->failures));
	keep_trouble(account, trouble);
}

/* A visit that began before the account was closed says nothing about what came since. */
static void
went_well(struct render_gate_account *account, const struct render_gate_result *result)
{
	if (result->now.us < account->closed_until_us)
		return;
	account->failures = 0;
	account->slow = result->took.us > RENDER_GATE_SLOW.us;
}

void
render_gate_leave(struct render_gate *gate, const struct render_gate_pass *pass,
    const struct render_gate_result *result)
{
	struct render_gate_account *account = pass->account;

	if (account == NULL)
		return;
	CHECK(pthread_mutex_lock(&gate->lock) == 0);
	CHECK(account->visits > 0);
	account->visits--;
	gate->slow_visits -= pass->slow;
	account->mean_us +=
	    (most(instant_since(result->now, pass->began).us, 0) - account->mean_us) / 4;
	charge(gate, account, most(result->requests - 1, 0), result->now.us);
	if (result->trouble != NULL)
		went_wrong(account, result);
	else
		went_well(account, result);
	CHECK(pthread_mutex_unlock(&gate->lock) == 0);
}
