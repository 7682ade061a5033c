#include "identity/identity_fetch.h"

#include "proto/url.h"

static struct err *
fetch_by_http(void *context, struct arena *arena, struct str url, struct identity_document *ret)
{
	struct http_header accept = { STR("Accept"), STR("application/json, text/plain;q=0.5") };
	struct http_call call = {
		.provider = "identity",
		.method = "GET",
		.url = url,
		.headers = &accept,
		.header_count = 1,
		.timeout = IDENTITY_FETCH_TIMEOUT,
	};
	struct http_answer answer;

	TRY(http_client_send(context, arena, &call, &answer));
	ret->status = answer.status;
	ret->body = answer.body;
	ret->cache_control =
	    http_header_find(answer.headers, answer.header_count, STR("Cache-Control"));
	return NULL;
}

struct identity_fetcher
identity_fetcher_of(const struct identity_config *config)
{
	if (config->fetch != NULL)
		return (struct identity_fetcher){ config->fetch, config->fetch_context,
			config->allow_http };
	return (struct identity_fetcher){ fetch_by_http, config->client, config->allow_http };
}

bool
identity_fetch_allows(const struct identity_fetcher *fetcher, struct str url)
{
	struct url_parts parts;

	for (size_t i = 0; i < url.len; i++) {
		if ((unsigned char)url.ptr[i] <= ' ' || (unsigned char)url.ptr[i] >= 0x7f)
			return false;
	}
	return url_split(url, &parts) && str_empty(parts.user_info) && !str_empty(parts.host) &&
	       (str_equal(parts.scheme, STR("https://")) ||
		   (fetcher->allow_http && str_equal(parts.scheme, STR("http://"))));
}

struct err *
identity_fetch(const struct identity_fetcher *fetcher, struct arena *arena, struct str url,
    struct identity_document *ret)
{
	*ret = (struct identity_document){ .status = 0 };
	if (!identity_fetch_allows(fetcher, url))
		return ERR(
		    arena, ERR_CORRUPT, "%.*s is no address that keys may come from", STR_ARG(url));
	TRY(fetcher->call(fetcher->context, arena, url, ret));
	if (ret->body.len > IDENTITY_DOCUMENT_BYTES_MAX)
		return ERR(arena, ERR_LIMIT, "what %.*s answered is larger than %d bytes",
		    STR_ARG(url), IDENTITY_DOCUMENT_BYTES_MAX);
	return NULL;
}
