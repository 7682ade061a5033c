#include "app/sign_in.h"

#define USERS_A_PAGE      200
#define IDENTITIES_MAX    8 /* of one user; as in the table of a user's fields */
#define HANDLE_LENGTH_MAX 120
#define NAME_LENGTH_MAX   120
#define ISSUER_BYTES_MAX  300 /* longer ones cannot be kept, and so not be known again */

/* What is about to be written. */
struct plan {
	struct record user;
	bool writes_user;
	bool is_full; /* the user can have no more identities */
	enum directory_event_type event;
	struct record invitations[SIGN_IN_INVITATIONS_MAX];
	bool passed_over[SIGN_IN_INVITATIONS_MAX]; /* a member there already */
	size_t count;
};

/* ---- who is meant ---- */

static struct str
lower_case(struct arena *arena, struct str text)
{
	char *copy = arena_copy_z(arena, text);

	if (copy == NULL)
		return STR("");
	for (size_t i = 0; i < text.len; i++)
		copy[i] =
		    copy[i] >= 'A' && copy[i] <= 'Z' ? (char)(copy[i] + ('a' - 'A')) : copy[i];
	return (struct str){ copy, text.len };
}

static bool
is_of(const struct user *user, struct str email)
{
	return str_equal_nocase(user->email, email) || str_equal_nocase(user->handle, email);
}

/*
 * The user with the verified address ${email}.  All are looked at: it is asked only when
 * an identity comes for the first time.
 */
static struct err *
find_by_email(const struct sign_in *in, struct str email, bool *ret_found, struct record *ret)
{
	struct store_record_query query = { .kind = RECORD_USER, .limit = USERS_A_PAGE };
	struct record_list page;

	*ret_found = false;
	do {
		struct arena_mark mark = arena_mark(in->arena);

		TRY(record_list(in->session, in->arena, &query, &page));
		for (size_t i = 0; i < page.count && !*ret_found; i++) {
			*ret = page.at[i];
			*ret_found = is_of(&ret->user, email);
			query.after = ret->id;
		}
		/* What was found lives in its page. */
		if (!*ret_found)
			arena_release(in->arena, mark);
	} while (!*ret_found && page.count == USERS_A_PAGE);
	return NULL;
}

/* ---- what is to be written ---- */

static struct err *
add_identity(const struct sign_in *in, const struct sign_in_claims *claims, struct user *user)
{
	size_t count = user->identity_count;
	struct user_identity *all = arena_array(in->arena, struct user_identity, count + 1);

	if (all == NULL)
		return ERR(in->arena, ERR_LIMIT, "no memory left to sign somebody in");
	if (count > 0)
		memcpy(all, user->identities, count * sizeof(*all));
	all[count] = (struct user_identity){ claims->issuer, claims->subject };
	user->identities = all;
	user->identity_count = count + 1;
	return NULL;
}

/* The host of the issuer, or all of it when it is no URL. */
static struct str
host_of(struct str issuer)
{
	size_t at = str_find(issuer, STR("://"));

	if (at != SIZE_MAX)
		issuer = (struct str){ issuer.ptr + at + 3, issuer.len - at - 3 };
	return str_cut(&issuer, '/');
}

/* What a new user is called: the address, or what stands for it. */
static struct str
make_handle(struct arena *arena, const struct sign_in_claims *claims, struct uuid id)
{
	struct str handle = lower_case(arena, claims->email);

	if (handle.len > HANDLE_LENGTH_MAX)
		handle = arena_printf(
		    arena, "%.*s@%.*s", STR_ARG(claims->subject), STR_ARG(host_of(claims->issuer)));
	return handle.len > HANDLE_LENGTH_MAX ? uuid_text(arena, id) : handle;
}

static struct str
display_name(struct str name)
{
	return str_is_utf8(name) && str_utf8_length(name) <= NAME_LENGTH_MAX ? name : STR("");
}

/* The user that there is, or a new one if any invitation waits. */
static struct err *
plan_user(const struct sign_in *in, const struct sign_in_claims *claims, struct plan *plan,
    bool *ret_exists)
{
	TRY(find_by_email(in, claims->email, ret_exists, &plan->user));
	plan->event = DIRECTORY_EVENT_USER_IDENTITY_LINKED;
	plan->writes_user = true;
	if (!*ret_exists) {
		plan->event = DIRECTORY_EVENT_USER_CREATED;
		plan->user = (struct record){ .kind = RECORD_USER, .id = in->make_id(in->now) };
		plan->user.user = (struct user){
			.handle = make_handle(in->arena, claims, plan->user.id),
			.name = display_name(claims->name),
			.email = claims->email,
		};
	}
	plan->is_full = plan->user.user.identity_count >= IDENTITIES_MAX;
	if (plan->is_full)
		return NULL;
	return add_identity(in, claims, &plan->user.user);
}

static struct err *
plan_invitations(const struct sign_in *in, const struct sign_in_claims *claims, struct plan *plan)
{
	struct store_records waiting;

	plan->count = 0;
	if (str_empty(claims->email) || !claims->email_verified)
		return NULL;
	TRY(store_list_invitations(in->session, in->arena, claims->email, &waiting));
	while (plan->count < waiting.count && plan->count < SIGN_IN_INVITATIONS_MAX) {
		TRY(record_read(
		    in->arena, &waiting.at[plan->count], &plan->invitations[plan->count]));
		plan->count++;
	}
	return NULL;
}

/* ---- writing ---- */

/* One record of the plan, for ${organisation}: nobody else's events speak of it. */
static struct err *
write_one(const struct sign_in *in, const struct plan *plan, enum directory_event_type event,
    const struct record *after, struct uuid organisation, bool *ret_taken)
{
	struct record_outcome *outcome = arena_new(in->arena, struct record_outcome);
	struct record_author author = {
		.session = in->session,
		.arena = in->arena,
		.now = in->now,
		.vault = in->vault,
		.make_id = in->make_id,
		.actor = { .kind = STORE_ACTOR_USER,
		    .user = plan->user.id,
		    .organisation = organisation },
		.correlation = in->correlation,
	};
	struct store_append_result appended;

	if (outcome == NULL)
		return ERR(in->arena, ERR_LIMIT, "no memory left to sign somebody in");
	outcome->step_count = 1;
	outcome->steps[0] = (struct record_step){ .event = event, .after = *after };
	return record_write(
	    &author, outcome, &(struct record_key){ .key = UUID_NIL }, ret_taken, &appended);
}

static struct err *
write_membership(const struct sign_in *in, const struct plan *plan, size_t index, bool *ret_taken)
{
	struct record after = plan->invitations[index];
	struct membership *membership = &after.membership;

	membership->user = plan->user.id;
	membership->handle = plan->user.user.handle;
	membership->state = MEMBERSHIP_ACTIVE;
	if (str_empty(membership->name))
		membership->name = plan->user.user.name;
	return write_one(
	    in, plan, DIRECTORY_EVENT_MEMBER_JOINED, &after, membership->organisation, ret_taken);
}

/* All of the plan; ${ret_taken} says that it cannot be, and it is changed if it can go on. */
static struct err *
write_plan(const struct sign_in *in, struct plan *plan, bool *ret_taken)
{
	*ret_taken = false;
	if (plan->writes_user)
		TRY(write_one(in, plan, plan->event, &plan->user, record_platform(), ret_taken));
	for (size_t i = 0; i < plan->count && !*ret_taken; i++) {
		if (plan->passed_over[i])
			continue;
		TRY(write_membership(in, plan, i, ret_taken));
		/* They are a member there already: that invitation has nothing to give. */
		plan->passed_over[i] = *ret_taken;
	}
	return NULL;
}

static size_t
joined_count(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->passed_over[i] ? 0 : 1;
	return count;
}

/* Write ${plan}; ${ret_done} is false when somebody else has written meanwhile. */
static struct err *
carry_out(const struct sign_in *in, struct plan *plan, bool *ret_done)
{
	struct err *err = NULL;
	bool taken = true;

	/* Each time round one invitation is passed over, or the user's handle is taken. */
	for (size_t i = 0; i <= SIGN_IN_INVITATIONS_MAX && taken && err == NULL; i++) {
		size_t left = joined_count(plan);

		TRY(store_begin(in->session, in->arena, UUID_NIL));
		err = write_plan(in, plan, &taken);
		if (err == NULL && !taken)
			err = store_commit(in->session, in->arena);
		else
			store_rollback(in->session);
		if (taken && joined_count(plan) == left)
			break;
	}
	*ret_done = err == NULL && !taken;
	return err != NULL && err->kind == ERR_CONFLICT ? NULL : err;
}

/* ---- the doors ---- */

static struct err *
refuse_claims(struct sign_in_answer *ret, struct str reason)
{
	ret->admitted = false;
	ret->reason = reason;
	return NULL;
}

/* Who invited the address that nobody vouches for. */
static struct err *
refuse_unverified(
    const struct sign_in *in, const struct sign_in_claims *claims, struct sign_in_answer *ret)
{
	struct uuid *concerned = arena_array(in->arena, struct uuid, SIGN_IN_INVITATIONS_MAX);
	struct store_records waiting = { .count = 0 };

	if (concerned == NULL)
		return ERR(in->arena, ERR_LIMIT, "no memory left to sign somebody in");
	if (!str_empty(claims->email))
		TRY(store_list_invitations(in->session, in->arena, claims->email, &waiting));
	for (size_t i = 0; i < waiting.count && i < SIGN_IN_INVITATIONS_MAX; i++)
		concerned[ret->concerned_count++] = waiting.at[i].noc;
	ret->concerned = concerned;
	return refuse_claims(
	    ret, STR("the issuer does not say that the e-mail address is verified"));
}

static void
admit(struct sign_in_answer *ret, struct uuid id, const struct user *user)
{
	ret->admitted = true;
	ret->user = (struct store_known_user){ id, user->handle, user->disabled };
}

/* Whoever it is, they come with this identity for the first time. */
static struct err *
come_first(const struct sign_in *in, const struct sign_in_claims *claims, struct plan *plan,
    bool *ret_done, struct sign_in_answer *ret)
{
	bool exists;

	*ret_done = true;
	TRY(plan_invitations(in, claims, plan));
	TRY(plan_user(in, claims, plan, &exists));
	if (!exists && plan->count == 0)
		return refuse_claims(ret, STR("there is no invitation to the address"));
	if (exists && plan->user.user.disabled)
		return refuse_claims(ret, STR("the user is disabled"));
	if (plan->is_full)
		return refuse_claims(ret, STR("the user has as many identities as can be"));
	TRY(carry_out(in, plan, ret_done));
	if (*ret_done)
		admit(ret, plan->user.id, &plan->user.user);
	return NULL;
}

struct err *
sign_in(const struct sign_in *in, const struct sign_in_claims *claims, struct sign_in_answer *ret)
{
	struct plan *plan = arena_new(in->arena, struct plan);
	bool done = false, found;

	*ret = (struct sign_in_answer){ .admitted = false };
	if (plan == NULL)
		return ERR(in->arena, ERR_LIMIT, "no memory left to sign somebody in");
	if (claims->issuer.len > ISSUER_BYTES_MAX)
		return refuse_claims(ret, STR("the issuer's name is too long"));
	for (int i = 0; i < APP_DECISIONS_MAX && !done; i++) {
		TRY(store_find_identity(
		    in->session, in->arena, claims->issuer, claims->subject, &found, &ret->user));
		if (found && ret->user.disabled)
			return refuse_claims(ret, STR("the user is disabled"));
		ret->admitted = found;
		if (found)
			return NULL;
		if (!claims->email_verified || str_empty(claims->email))
			return refuse_unverified(in, claims, ret);
		*plan = (struct plan){ .count = 0 };
		TRY(come_first(in, claims, plan, &done, ret));
	}
	if (!done)
		return ERR(in->arena, ERR_CONFLICT, "somebody signed in at %d places at once",
		    APP_DECISIONS_MAX);
	return NULL;
}

struct err *
sign_in_join(const struct sign_in *in, const struct sign_in_claims *claims,
    const struct store_known_user *user, bool *ret_joined)
{
	struct plan *plan = arena_new(in->arena, struct plan);
	bool done;

	*ret_joined = false;
	if (plan == NULL)
		return ERR(in->arena, ERR_LIMIT, "no memory left to sign somebody in");
	TRY(plan_invitations(in, claims, plan));
	if (plan->count == 0)
		return NULL;
	plan->user = (struct record){ .kind = RECORD_USER, .id = user->user };
	plan->user.user =
	    (struct user){ .handle = user->handle, .name = display_name(claims->name) };
	TRY(carry_out(in, plan, &done));
	*ret_joined = done && joined_count(plan) > 0;
	return NULL;
}
