#include "api/api_internal.h"

/*
 * What every answer tells browsers, errors and webhooks among them: that nothing in it
 * is to be run, framed, guessed at or passed on.  They are put on by the server itself
 * (runtime/http_server.h), so that no route can forget them.  A route that serves a page
 * says in a header of its own what that page may load.
 */

/* A year; for subdomains it is not for this host to say. */
#define TRANSPORT STR("max-age=31536000")

static void
add(struct api *api, struct str name, struct str value)
{
	CHECK(api->header_count < API_HEADERS_MAX);
	api->headers[api->header_count++] = (struct http_header){ name, value };
}

void
api_make_headers(struct api *api)
{
	api->header_count = 0;
	add(api, STR("Content-Security-Policy"),
	    STR("default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"));
	add(api, STR("Referrer-Policy"), STR("no-referrer"));
	add(api, STR("Cross-Origin-Opener-Policy"), STR("same-origin"));
	add(api, STR("Cross-Origin-Resource-Policy"), STR("same-origin"));
	add(api, STR("Permissions-Policy"),
	    STR("camera=(), geolocation=(), microphone=(), payment=(), usb=()"));
	if (api->is_https)
		add(api, STR("Strict-Transport-Security"), TRANSPORT);
}
