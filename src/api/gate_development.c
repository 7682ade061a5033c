#include "api/gate.h"

/*
 * In development whoever asks may say who they are: Strike-Development-Identity:
 * user@organisation, both handles.  The program does not start in development with
 * anything that belongs to production (runtime/config.c).
 */

#define HEADER STR("Strike-Development-Identity")

struct err *
gate_by_development(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal)
{
	struct store_membership membership;
	struct store_session *reader;
	struct str user, organisation;
	bool found;

	*ret_finding = GATE_REFUSED;
	if (!gate_header(request, HEADER, &organisation, ret_refusal))
		return NULL;
	*ret_finding = GATE_NOTHING;
	if (str_empty(organisation))
		return NULL;
	if (!request->api->development) {
		*ret_finding = gate_refuse(ret_refusal, 401, "UNAUTHENTICATED",
		    STR("the development identity header is refused outside development"));
		return NULL;
	}
	user = str_cut(&organisation, '@');
	/* A user's own handle may be an e-mail address: the organisation is what is last. */
	while (
	    !str_empty(organisation) && memchr(organisation.ptr, '@', organisation.len) != NULL) {
		struct str more = str_cut(&organisation, '@');

		user.len = (size_t)(more.ptr + more.len - user.ptr);
	}
	*ret_finding = gate_refuse(ret_refusal, 401, "UNAUTHENTICATED",
	    STR("say who asks: Strike-Development-Identity: <user>@<organisation>"));
	if (str_empty(user) || str_empty(organisation) || !str_is_utf8(user) ||
	    !str_is_utf8(organisation))
		return NULL;
	TRY(api_reader(request, &reader));
	TRY(store_find_membership(reader, request->arena, user, organisation, &found, &membership));
	*ret_finding = gate_refuse(
	    ret_refusal, 401, "UNAUTHENTICATED", STR("no such member of such an organisation"));
	if (!found)
		return NULL;
	*ret_finding = GATE_PROVEN;
	*ret = (struct gate_person){
		.user = membership.user,
		.via = STR("development"),
		.explicit = true,
		.named = arena_copy(request->arena, organisation),
	};
	return NULL;
}
