#include "api/api_internal.h"

#define HEADER STR("Strike-Development-Identity")

/* An unknown user, an unknown organisation and no membership are one answer. */
static void
reject(struct api_request *request, int status, const char *code, const char *message)
{
	request->outcome = "rejected";
	request->note = str_from_z(code);
	api_respond_error(request, status, code, str_from_z(message));
}

struct err *
api_identify(struct api_request *request, bool *ret_known, struct store_membership *ret)
{
	struct str organisation =
	    http_header_find(request->http->headers, request->http->header_count, HEADER);
	struct store_session *session;
	struct str user;

	*ret_known = false;
	if (!request->api->development) {
		reject(request, 401, "UNAUTHENTICATED",
		    str_empty(organisation)
			? "sign in first"
			: "the development identity header is refused outside development");
		return NULL;
	}
	user = str_cut(&organisation, '@');
	if (str_empty(user) || str_empty(organisation) || !str_is_utf8(user) ||
	    !str_is_utf8(organisation)) {
		reject(request, 401, "UNAUTHENTICATED",
		    "say who asks: Strike-Development-Identity: <user>@<organisation>");
		return NULL;
	}
	TRY(api_reader(request, &session));
	TRY(store_find_membership(session, request->arena, user, organisation, ret_known, ret));
	if (!*ret_known) {
		reject(request, 401, "UNAUTHENTICATED", "no such member of such an organisation");
		return NULL;
	}
	store_act_for(session, ret->organisation.id);
	return NULL;
}
