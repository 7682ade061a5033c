#include "api/live_internal.h"

#include "domain/directory/record.h"
#include "store/store_directory.h"

struct live_identity
live_identity_of(const struct gate_principal *principal)
{
	const struct gate_person *person = &principal->person;
	struct str role = principal->membership.role;
	struct live_identity identity;

	memset(&identity, 0, sizeof(identity)); /* compared as bytes */
	identity.user = person->user;
	identity.organisation = principal->membership.organisation.id;
	identity.token = person->token;
	identity.token_hash = person->token_hash;
	if (person->session != NULL) {
		identity.has_session = 1;
		identity.session_hash = gate_secret_hash(&person->secret);
	}
	CHECK(role.len < sizeof(identity.role));
	memcpy(identity.role, role.ptr, role.len);
	return identity;
}

/* Whether the proof that they came with is still one. */
static struct err *
proof_holds(struct live *live, struct store_session *session, struct arena *arena,
    const struct live_identity *identity, bool *ret)
{
	const struct api_config *config = &live->config.api->config;
	struct instant now = clock_now(config->clock);

	*ret = true;
	if (!uuid_is_nil(identity->token)) {
		struct store_token token;

		TRY(store_find_token(session, arena, identity->token_hash, ret, &token));
		*ret = *ret && gate_token_problem(&token, now) == NULL;
	}
	if (*ret && identity->has_session) {
		struct store_web_session found;

		TRY(store_find_web_session(session, arena, identity->session_hash, now,
		    config->settings->session_idle_s, ret, &found));
	}
	return NULL;
}

struct err *
live_may_listen(struct live *live, struct store_session *session, struct arena *arena,
    const struct live_identity *identity, bool *ret)
{
	struct store_membership membership;

	TRY(store_find_member(
	    session, arena, identity->user, identity->organisation, ret, &membership));
	*ret = *ret && str_equal(membership.role, str_from_z(identity->role));
	return *ret ? proof_holds(live, session, arena, identity, ret) : NULL;
}

static void
add_concerned(struct live_concerned *concerned, struct uuid id)
{
	for (size_t i = 0; i < concerned->count; i++) {
		if (uuid_equal(concerned->at[i], id))
			return;
	}
	if (concerned->count < LIVE_CONCERNED_MAX)
		concerned->at[concerned->count++] = id;
	else
		concerned->all = true;
}

/* Whether an event of ${type} may take something from somebody. */
static bool
takes_away(enum directory_event_type type)
{
	switch (directory_event_kind(type)) {
	case RECORD_ORGANISATION:
	case RECORD_USER:
	case RECORD_MEMBERSHIP:
	case RECORD_TOKEN:
		return true;
	case RECORD_AUDIT:
		return type == DIRECTORY_EVENT_SIGNED_OUT;
	case RECORD_AGREEMENT:
	case RECORD_NOC_TERMS:
	case RECORD_OSP_TERMS:
	case RECORD_PERSON:
	case RECORD_PAGER_LIST:
	case RECORD_REGION:
	case RECORD_KIND_COUNT:
		return false;
	}
	UNREACHABLE("kind of a record");
}

void
live_note_concerned(struct live_concerned *concerned, const struct store_event *event)
{
	enum directory_event_type type;

	if (!directory_event_find(event->type, &type) || !takes_away(type))
		return;
	add_concerned(concerned, event->noc);
	add_concerned(concerned, event->osp);
	add_concerned(concerned, event->stream); /* of a user's record that is the user */
	add_concerned(concerned, event->actor.user);
}

static bool
is_concerned(const struct live_concerned *concerned, const struct live_identity *identity)
{
	for (size_t i = 0; i < concerned->count; i++) {
		if (uuid_equal(concerned->at[i], identity->organisation) ||
		    uuid_equal(concerned->at[i], identity->user))
			return true;
	}
	return concerned->all;
}

/* Those concerned among who listens, copied. */
static struct err *
find_concerned(struct live *live, struct arena *arena, const struct live_concerned *concerned,
    struct live_identity **ret, size_t *ret_count)
{
	size_t room;

	*ret_count = 0;
	live_lock(&live->lock);
	room = live->listener_count + 1;
	*ret = arena_array(arena, struct live_identity, room);
	for (size_t i = 0; i < LIVE_BUCKETS && *ret != NULL; i++) {
		for (const struct live_asker *at = live->askers[i]; at != NULL; at = at->next) {
			if (is_concerned(concerned, &at->identity) && *ret_count < room)
				(*ret)[(*ret_count)++] = at->identity;
		}
	}
	live_unlock(&live->lock);
	return *ret != NULL ? NULL : ERR(arena, ERR_LIMIT, "no memory left to ask who listens");
}

struct err *
live_recheck(struct live *live, struct store_session *session, struct arena *arena,
    const struct live_concerned *concerned)
{
	struct live_identity *identities;
	size_t count;

	TRY(find_concerned(live, arena, concerned, &identities, &count));
	for (size_t i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(arena);
		bool may;

		TRY(live_may_listen(live, session, arena, &identities[i], &may));
		if (!may)
			live_end_all(live, &identities[i], LIVE_REMOVED);
		arena_release(arena, mark);
	}
	return NULL;
}

void
live_recheck_all(struct live_job *job, struct api_worker *worker, struct arena *arena)
{
	struct live *live = (struct live *)((char *)job - offsetof(struct live, recheck));
	struct live_concerned all = { .all = true };
	struct store_session *session;
	struct err *err = live_reader_session(live, worker, arena, UUID_NIL, &session);

	if (err == NULL)
		err = live_recheck(live, session, arena, &all);
	if (err != NULL)
		live_log_fault(live, "asking who may still listen", err);
	atomic_store(&live->rechecking, false);
}
