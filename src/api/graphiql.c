#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/api_internal.h"
#include "base/hex.h"

/*
 * GraphiQL at /graphiql, in development.  The page is ours and part of the program;
 * GraphiQL itself, which is a megabyte of other people's script, is fetched by
 * tools/fetch-graphiql and lies in the folder of the setting graphiql_dir.  Only the names
 * of this table are served, so no address can lead out of that folder.
 */

#define FILE_BYTES_MAX (4u << 20)

/* Nothing from elsewhere, and no script but files of this table; the editor styles itself. */
#define POLICY                                                                              \
	"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src " \
	"'self' data:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; " \
	"base-uri 'none'; form-action 'none'"

#define HTML   STR("text/html; charset=utf-8")
#define SCRIPT STR("text/javascript; charset=utf-8")
#define STYLE  STR("text/css; charset=utf-8")

static const struct page_file {
	struct str path, content_type;
	bool ours; /* part of the program */
	struct str name;
} files[] = {
	{ STR("/graphiql"), HTML, true, STR("page.html") },
	{ STR("/graphiql/page.js"), SCRIPT, true, STR("page.js") },
	{ STR("/graphiql/page.css"), STYLE, true, STR("page.css") },
	{ STR("/graphiql/graphiql.min.js"), SCRIPT, false, STR("graphiql.min.js") },
	{ STR("/graphiql/graphiql.min.css"), STYLE, false, STR("graphiql.min.css") },
	{ STR("/graphiql/graphql-ws.min.js"), SCRIPT, false, STR("graphql-ws.min.js") },
	{ STR("/graphiql/react.production.min.js"), SCRIPT, false, STR("react.production.min.js") },
	{ STR("/graphiql/react-dom.production.min.js"), SCRIPT, false,
	    STR("react-dom.production.min.js") },
};

extern const struct embedded_file graphiql_files[];
extern const size_t graphiql_files_count;

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* The file ${name} of the folder, as a whole; empty when it cannot be read. */
static struct str
read_fetched(struct api_request *request, struct str name)
{
	struct str folder = request->api->config.settings->graphiql_dir;
	int fd CLEANUP(close_fd) = -1;
	size_t length = 0, size;
	struct stat about;
	char *memory;

	if (str_empty(folder))
		return STR("");
	fd = open(arena_copy_z(request->arena,
		      arena_printf(request->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name))),
	    O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) ||
	    about.st_size > FILE_BYTES_MAX)
		return STR("");
	size = (size_t)about.st_size;
	memory = arena_bytes(request->arena, size);
	while (memory != NULL && length < size) {
		ssize_t n = read(fd, memory + length, size - length);

		if (n <= 0 && errno != EINTR)
			break;
		length += n > 0 ? (size_t)n : 0;
	}
	return length == size ? (struct str){ memory, length } : STR("");
}

static struct str
find_ours(struct str name)
{
	for (size_t i = 0; i < graphiql_files_count; i++) {
		if (str_equal(graphiql_files[i].name, name))
			return graphiql_files[i].text;
	}
	UNREACHABLE("a page of ours that the build has left out");
}

static struct err *
respond_missing(struct api_request *request)
{
	http_respond_text(request->response, 404,
	    STR("GraphiQL's own files are not here.\n\n"
		"./dev run fetches them when npm can be had.  By hand:\n\n"
		"  tools/fetch-graphiql FOLDER\n\n"
		"and start the server with STRIKE_GRAPHIQL_DIR=FOLDER.\n"));
	return NULL;
}

/* Answer with ${text}, or that what the browser has is still the same. */
static void
respond_file(struct api_request *request, const struct page_file *file, struct str text)
{
	const struct http_request *http = request->http;
	/* Weak: it may be sent compressed or not. */
	struct str tag = arena_printf(
	    request->arena, "W/\"%.*s\"", STR_ARG(hex_digest(request->arena, sha256_of(text))));

	api_add_header(request, STR("ETag"), tag);
	api_add_header(request, STR("Cache-Control"), STR("no-cache"));
	api_add_header(request, STR("Content-Security-Policy"), STR(POLICY));
	request->response->content_type = file->content_type;
	if (str_find(http_header_find(http->headers, http->header_count, STR("If-None-Match")),
		tag) != SIZE_MAX) {
		request->response->status = 304;
		return;
	}
	request->response->status = 200;
	request->response->body = text;
	request->response->compressible = true;
}

struct err *
api_graphiql(struct api_request *request)
{
	const struct page_file *file = files;
	struct str text;

	while (!str_equal(file->path, request->http->path))
		CHECK(++file < files + COUNT_OF(files));
	/* Without the rest the page would only be empty. */
	if (str_empty(read_fetched(request, STR("graphiql.min.js"))))
		return respond_missing(request);
	text = file->ours ? find_ours(file->name) : read_fetched(request, file->name);
	if (str_empty(text))
		return respond_missing(request);
	respond_file(request, file, text);
	return NULL;
}
