#ifndef APP_ROSTER_PLAN_H
#define APP_ROSTER_PLAN_H

#include "app/app.h"

/*
 * roster_plan: who would ring for a place at a moment, and who was to ring for an ECO.
 *
 *	location ─▶ region ─▶ list ─▶ people, judged by shifts, substitutions, rest, telephones
 *
 * The OSP sees everybody with the reason why not; a NOC sees how many would be rung, and
 * neither names nor the names of lists and regions.
 */

/* What a place leads to, as a session finds it. */
struct roster_place {
	struct uuid osp, agreement; /* the agreement whose default list counts; Nil: none does */
	const struct geo_location *location;
	struct instant now;
};

/**
 * Who would be rung for ${place}, everybody with the reason why not, texts in clear.
 * ${ret_found} is false when no region has the place and the agreement has no default
 * list, or when the session may not know.
 */
NODISCARD struct err *roster_plan(struct store_session *session, struct arena *arena,
    const struct zones *zones, const struct roster_place *place, bool *ret_found,
    struct pager_list *ret);

struct app_pager_plan_query {
	const struct geo_location *location;
	struct str osp;    /* id or handle; empty: the actor's organisation */
	struct str noc;    /* the same; empty: the actor's organisation */
	struct instant at; /* by today's lists */
};

struct app_pager_plan {
	bool found; /* somebody's list covers the place */
	bool named; /* the actor may see who it is: otherwise only counts are for showing */
	struct pager_list list;
	size_t rings;   /* how many can be rung */
	bool has_round; /* it was frozen for ... */
	int64_t round;  /* ... this round of an ECO's ring-down */
};

/**
 * Who would ring.  An OSP without an agreement with the NOC is like one that does not
 * exist: nothing is found.
 */
NODISCARD struct err *app_pager_plan(const struct app_context *context,
    const struct app_pager_plan_query *query, bool *ret_refused, struct refusal *ret_refusal,
    struct app_pager_plan *ret);

/**
 * The plan that was frozen last for ${eco}, for its OSP.  Nothing is found for anybody
 * else, and before the ring-down began.
 */
NODISCARD struct err *app_eco_pager_plan(const struct app_context *context, struct uuid eco,
    bool *ret_refused, struct refusal *ret_refusal, struct app_pager_plan *ret);

#endif
