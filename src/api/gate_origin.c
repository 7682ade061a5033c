#include "api/gate.h"
#include "base/hmac.h"

/*
 * Against commands that another site's page makes a browser send (CSRF, CWE-352), three
 * defences of which each is enough by itself:
 *
 *	what the browser says   Sec-Fetch-Site and Origin, which pages cannot set
 *	what a form cannot do   Content-Type: application/json, the header Strike-CSRF:
 *	                        another site's script would have to ask first, and no
 *	                        permission is ever given (no CORS)
 *	what only we know       the token in Strike-CSRF, made from the session's secret
 *
 * The cookie itself is SameSite=Strict.
 */

static struct str
header(const struct api_request *request, struct str name)
{
	return str_trim(
	    http_header_find(request->http->headers, request->http->header_count, name));
}

/* ${url} as far as its path, and what of it stands behind "://". */
static struct str
origin_of(struct str url, struct str *ret_authority)
{
	size_t at = str_find(url, STR("://"));
	struct str rest;

	*ret_authority = STR("");
	if (at == SIZE_MAX)
		return url;
	rest = (struct str){ url.ptr + at + 3, url.len - at - 3 };
	*ret_authority = str_cut(&rest, '/');
	return (struct str){ url.ptr, at + 3 + ret_authority->len };
}

/*
 * Whether ${origin} is where our pages are: at public_url, or where this request was sent
 * (a page can make a browser send elsewhere, but not say that it did).
 */
static bool
is_ours(const struct api_request *request, struct str origin)
{
	struct str authority, ignored;
	struct str ours = origin_of(request->api->config.public_url, &ignored);

	(void)origin_of(origin, &authority);
	return (!str_empty(ours) && str_equal_nocase(origin, ours)) ||
	       (!str_empty(authority) && str_equal_nocase(authority, header(request, STR("Host"))));
}

bool
gate_is_same_origin(const struct api_request *request, struct gate_refusal *ret_refusal)
{
	struct str site = header(request, STR("Sec-Fetch-Site"));
	struct str origin = header(request, STR("Origin"));

	if ((!str_empty(site) && !str_equal(site, STR("same-origin")) &&
		!str_equal(site, STR("none"))) ||
	    (!str_empty(origin) && !is_ours(request, origin)))
		return gate_refuse(ret_refusal, 403, "CROSS_SITE",
			   STR("the request comes from another site's page")) != GATE_REFUSED;
	return true;
}

static bool
is_json(struct str content_type)
{
	return str_equal_nocase(str_trim(str_cut(&content_type, ';')), STR("application/json"));
}

bool
gate_is_meant(const struct api_request *request, const struct gate_person *person,
    struct gate_refusal *ret_refusal)
{
	enum http_method method = request->http->method;

	/* These change nothing, and their answers are not shown to other sites' pages. */
	if (method == HTTP_GET || method == HTTP_HEAD)
		return true;
	if (!gate_is_same_origin(request, ret_refusal))
		return false;
	if (method == HTTP_POST && !is_json(header(request, STR("Content-Type"))))
		return gate_refuse(ret_refusal, 415, "BAD_REQUEST",
			   STR("send Content-Type: application/json")) != GATE_REFUSED;
	if (person->session != NULL && !hmac_equal(gate_csrf_token(request->arena, &person->secret),
					   header(request, GATE_CSRF_HEADER)))
		return gate_refuse(ret_refusal, 403, "CSRF_TOKEN_MISSING",
			   STR("a browser's commands carry the header Strike-CSRF with the "
			       "csrfToken of GET /session")) != GATE_REFUSED;
	return true;
}
