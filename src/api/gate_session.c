#include "api/gate.h"
#include "base/hex.h"
#include "base/hmac.h"
#include "proto/cookie.h"

/*
 * Browser sessions: a cookie with a secret of 32 random bytes, of which the store has the
 * SHA-256 only.  What the cookie does not say is read from the row, with every request.
 */

/* That a session was used is written down at most once a minute. */
#define TOUCH SECONDS(60)

struct str
gate_cookie_name(const struct api *api)
{
	return api->is_https ? STR("__Host-strike") : STR("strike");
}

struct sha256
gate_secret_hash(const struct gate_secret *secret)
{
	return sha256_of((struct str){ (const char *)secret->bytes, sizeof(secret->bytes) });
}

struct str
gate_csrf_token(struct arena *arena, const struct gate_secret *secret)
{
	struct str key = { (const char *)secret->bytes, sizeof(secret->bytes) };

	return hex_digest(arena, hmac_sha256_of(key, STR("strike: commands of this session")));
}

/* The cookie's value among all headers Cookie, which one browser sends as one. */
static enum cookie_found
find_cookie(const struct api_request *request, struct str *ret)
{
	const struct http_request *http = request->http;
	struct str name = gate_cookie_name(request->api);
	enum cookie_found found = COOKIE_NONE;

	*ret = STR("");
	for (size_t i = 0; i < http->header_count; i++) {
		enum cookie_found here;
		struct str value;

		if (!str_equal_nocase(http->headers[i].name, STR("Cookie")))
			continue;
		here = cookie_find(http->headers[i].value, name, &value);
		if (here == COOKIE_SEVERAL ||
		    (here == COOKIE_ONE && found == COOKIE_ONE && !str_equal(value, *ret)))
			return COOKIE_SEVERAL;
		if (here == COOKIE_ONE) {
			found = here;
			*ret = value;
		}
	}
	return found;
}

static struct err *
take_session(struct api_request *request, const struct store_web_session *found,
    const struct gate_secret *secret, struct gate_person *ret)
{
	struct store_web_session *session = arena_new(request->arena, struct store_web_session);
	struct store_session *reader;

	if (session == NULL)
		return ERR(request->arena, ERR_LIMIT, "no memory left for a session");
	*session = *found;
	*ret = (struct gate_person){
		.user = session->user,
		.via = STR("session"),
		.session = session,
		.secret = *secret,
	};
	if (instant_since(request->now, session->seen_at).us < TOUCH.us)
		return NULL;
	TRY(api_reader(request, &reader));
	return store_touch_web_session(reader, request->arena, session->id, request->now);
}

struct err *
gate_by_session(struct api_request *request, enum gate_finding *ret_finding,
    struct gate_person *ret, struct gate_refusal *ret_refusal)
{
	struct store_web_session session;
	struct store_session *reader;
	struct gate_secret secret;
	enum cookie_found cookie;
	struct str value;
	bool found;

	*ret_finding = GATE_NOTHING;
	cookie = find_cookie(request, &value);
	if (cookie == COOKIE_SEVERAL)
		*ret_finding = gate_refuse(ret_refusal, 400, "BAD_REQUEST",
		    STR("there are two session cookies: delete this site's cookies and sign in"));
	if (cookie != COOKIE_ONE)
		return NULL;
	*ret_finding = GATE_LAPSED;
	if (!hex_decode(value, secret.bytes, sizeof(secret.bytes)))
		return NULL;
	TRY(api_reader(request, &reader));
	TRY(store_find_web_session(reader, request->arena, gate_secret_hash(&secret), request->now,
	    request->api->config.settings->session_idle_s, &found, &session));
	if (!found)
		return NULL;
	*ret_finding = GATE_PROVEN;
	return take_session(request, &session, &secret, ret);
}
