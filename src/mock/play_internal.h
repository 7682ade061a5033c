#ifndef MOCK_PLAY_INTERNAL_H
#define MOCK_PLAY_INTERNAL_H

#include "base/json.h"
#include "mock/play.h"
#include "mock/play_check.h"
#include "runtime/http_client.h"

/*
 * play_internal: the player's parts: the night (play.c), talking to the server and
 * the world (play_api.c), what people do (play_acts.c), what is settled about the
 * roster and the agreements (play_settle.c), the verdict (play_check.c).
 */

struct player {
	const struct play_config *config;
	const struct scenario *scenario;
	struct play_result *result;
	struct arena *arena;   /* of the result */
	struct arena *scratch; /* of one request */
	struct http_client *client;
	struct alarm *alarm;
	struct instant created; /* when the night began */
	struct instant end;     /* when "until" must have happened */
	struct instant more;    /* until when it goes on after that */
	int64_t reached;        /* how often it has */
	struct uuid key;        /* of the command that creates the ECO */
	int64_t last_word_us;   /* when everybody last answered, in real time */
	int64_t journal_before; /* entries of before the night */
	bool acts_done[SCENARIO_ACTS_MAX];
	bool inbounds_done[SCENARIO_INBOUNDS_MAX];
	int64_t storm_done; /* ECOs of the storm that were created */
};

/* -- play_api.c -- */

/** GET ${path} of the server or the world at ${base}; the answer, in the scratch, must be JSON. */
NODISCARD struct err *player_get(
    struct player *player, struct str base, const char *path, const struct json **ret);

/** POST ${form} to ${path} of the mock world. */
NODISCARD struct err *player_control(
    struct player *player, const char *path, struct str form, struct str *ret_body);

/** Ask the API ${query} as ${identity}; ${*ret} is the answer's data, in the scratch. */
NODISCARD struct err *player_ask(struct player *player, struct str identity, const char *query,
    struct str variables, const struct json **ret);

/** "${role}@${organisation}", in the scratch. */
struct str player_identity(struct player *player, const char *role, struct str organisation);

/** The organisation of user@organisation. */
struct str player_organisation(struct str identity);

/** Wait until nobody has anything left to do at this moment; at most for the player's patience. */
NODISCARD struct err *player_settle_down(struct player *player);

/** Print ${text} to whoever watches. */
void player_say(const struct player *player, struct str text);

/* -- play.c -- */

/** Create the ECO of ${create} under ${key}; a refusal is a failure of the play. */
NODISCARD struct err *player_create(struct player *player, const struct scenario_create *create,
    struct uuid key, struct play_eco *ret);

/** The ECO that the scenario calls ${name}, or NULL: it is not there yet. */
struct play_eco *player_find_eco(struct player *player, struct str name);

/* -- play_acts.c -- */

/** Settle what is settled before the night. */
NODISCARD struct err *player_prepare(struct player *player);

/** Do all whose moment has come; ${*ret_did} whether anything was done. */
NODISCARD struct err *player_act(struct player *player, bool *ret_did);

/** When the next act is due, as far as it is known. */
struct instant player_next_act(const struct player *player);

/** A refusal in ${payload} is what ${act} wants, or a failure. */
void player_judge(
    struct player *player, const struct scenario_act *act, const struct json *payload);

/* -- play_settle.c -- */

/** Do ${act}, which settles something. */
NODISCARD struct err *player_settle(struct player *player, const struct scenario_act *act);

/** The id of the person ${label} of ${osp}; empty: there is none. */
NODISCARD struct err *player_find_person(
    struct player *player, struct str osp, struct str label, struct str *ret);

#endif
