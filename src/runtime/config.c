#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/config.h"
#include "runtime/config_setting.h"

#define VARIABLE_PREFIX        STR("STRIKE_")
#define SECRET_VARIABLE_PREFIX STR("STRIKE_SECRET_")
#define FILE_VARIABLE          STR("STRIKE_CONFIG")

/*
 * Beginnings of variables that are no settings: secrets by reference, and what
 * ./dev and its tools leave in the environment of the programs that they run.
 */
static const char *const foreign_prefixes[] = {
	"STRIKE_SECRET_",
	"STRIKE_TEST_",
	"STRIKE_BENCH_",
	"STRIKE_TRY_",
	"STRIKE_CHROOT_",
	"STRIKE_NO_INSTALL",
	"STRIKE_OUTPUT",
	"STRIKE_POSTGRES_USER",
	"STRIKE_VAR_DIR",
};

/* Settings as they are collected: the file first, the environment over it. */
struct reading {
	struct arena *arena;
	struct str values[CONFIG_SETTINGS_MAX];
	struct str origins[CONFIG_SETTINGS_MAX]; /* for errors: "STRIKE_PORT", "line 3 of ..." */
	const char *file;
	int line; /* of the file */
	struct err *fault;
};

static struct err *
refuse_unknown(struct arena *arena, struct str name, struct str origin)
{
	struct str nearest = config_setting_suggest(name);

	if (str_empty(nearest))
		return ERR(arena, ERR_CORRUPT, "%.*s: there is no setting \"%.*s\"",
		    STR_ARG(origin), STR_ARG(name));
	return ERR(arena, ERR_CORRUPT, "%.*s: there is no setting \"%.*s\"; did you mean \"%.*s\"?",
	    STR_ARG(origin), STR_ARG(name), STR_ARG(nearest));
}

static struct err *
store_all(const struct reading *reading, struct config *config)
{
	for (size_t i = 0; i < config_settings_count; i++) {
		const struct setting *setting = &config_settings[i];
		struct str value = reading->values[i];

		if (str_empty(value))
			value = str_from_z(setting->fallback);
		if (!config_setting_store(setting, value, config))
			return ERR(reading->arena, ERR_CORRUPT,
			    "%.*s: %s is \"%.*s\": %.*s is needed", STR_ARG(reading->origins[i]),
			    setting->name, STR_ARG(value),
			    STR_ARG(config_setting_rule(reading->arena, setting)));
	}
	return NULL;
}

/* -- the file -- */

/* Keep a copy of ${value}, which overrides what was read before. */
static struct err *
keep(struct reading *reading, const struct setting *setting, struct str value, struct str origin)
{
	size_t i = (size_t)(setting - config_settings);

	if (str_empty(value))
		return NULL;
	reading->values[i] = arena_copy(reading->arena, value);
	reading->origins[i] = origin;
	return arena_exhausted(reading->arena)
		   ? ERR(reading->arena, ERR_LIMIT, "the settings do not fit into memory")
		   : NULL;
}

static struct err *
take_line(struct reading *reading, struct str section, struct str name, struct str value)
{
	struct str origin =
	    arena_printf(reading->arena, "line %d of %s", reading->line, reading->file);
	const struct setting *setting = config_setting_find(name);

	if (!str_empty(section) && !str_equal(section, STR("strike")))
		return ERR(reading->arena, ERR_CORRUPT,
		    "%.*s: the section [%.*s] is not [strike], the only one there is",
		    STR_ARG(origin), STR_ARG(section));
	if (setting == NULL)
		return refuse_unknown(reading->arena, name, origin);
	if (!str_empty(reading->values[setting - config_settings]))
		return ERR(reading->arena, ERR_CORRUPT, "%.*s: %s is set twice", STR_ARG(origin),
		    setting->name);
	return keep(reading, setting, value, origin);
}

/* ini_handler: 1 to go on. */
static int
on_line(void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;

	if (reading->fault == NULL)
		reading->fault =
		    take_line(reading, str_from_z(section), str_from_z(name), str_from_z(value));
	return reading->fault == NULL;
}

static void
close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* The whole of the file ${path}, which must be shorter than ${limit}. */
static struct err *
read_file(struct arena *arena, const char *path, size_t limit, struct str *ret)
{
	int fd CLEANUP(close_fd) = open(path, O_RDONLY | O_CLOEXEC);
	struct buf buf;
	ssize_t got;

	if (fd < 0)
		return ERR(arena, ERR_UNAVAILABLE, "open %s: %s", path, strerror(errno));
	buf = buf_in(arena, limit);
	if (buf.overflowed)
		return ERR(arena, ERR_LIMIT, "no memory to read %s", path);
	while ((got = read(fd, buf.ptr + buf.len, buf.limit - buf.len)) > 0)
		buf.len += (size_t)got;
	if (got < 0)
		return ERR(arena, ERR_UNAVAILABLE, "read %s: %s", path, strerror(errno));
	if (buf.len == buf.limit)
		return ERR(arena, ERR_LIMIT, "%s is not shorter than %zu bytes", path, limit);
	*ret = buf_view(&buf);
	return NULL;
}

/* Where the reader is in the text of the file. */
struct lines {
	struct reading *reading;
	struct str rest;
};

/* ini_reader: the next line.  One that is too long would be cut in two, so it ends the reading. */
static char *
next_line(char *line, int size, void *context)
{
	struct lines *lines = context;
	struct reading *reading = lines->reading;
	struct str next;

	if (reading->fault != NULL || lines->rest.len == 0)
		return NULL;
	next = str_cut(&lines->rest, '\n');
	reading->line++;
	if (next.len >= (size_t)size || memchr(next.ptr, '\0', next.len) != NULL) {
		reading->fault = ERR(reading->arena, ERR_CORRUPT,
		    "line %d of %s is longer than %d bytes, or has a NUL", reading->line,
		    reading->file, size - 1);
		return NULL;
	}
	if (next.len > 0)
		memcpy(line, next.ptr, next.len);
	line[next.len] = '\0';
	return line;
}

static struct err *
load_file(struct reading *reading)
{
	struct lines lines = { .reading = reading };
	int bad_line;

	TRY(read_file(reading->arena, reading->file, CONFIG_FILE_BYTES_MAX, &lines.rest));
	/* A value may hold " ;", and a line that is indented is not the end of the last one. */
	ini_allow_inline_comments = false;
	ini_allow_multiline = false;
	ini_stop_on_first_error = true;
	ini_max_line = CONFIG_LINE_BYTES_MAX;
	bad_line = ini_parse_stream(next_line, &lines, on_line, reading);
	if (reading->fault != NULL)
		return reading->fault;
	if (bad_line != 0)
		return ERR(reading->arena, ERR_CORRUPT,
		    "line %d of %s is neither \"name = value\", a comment, nor [strike]", bad_line,
		    reading->file);
	return NULL;
}

/* -- the environment -- */

/* The value of the variable ${name} in ${environment}, or an empty str. */
static struct str
find_variable(char *const *environment, struct str name)
{
	for (; *environment != NULL; environment++) {
		struct str value = str_from_z(*environment);

		if (str_equal(str_cut(&value, '='), name))
			return value;
	}
	return STR("");
}

/* ${name} with capitals made small, for STRIKE_PORT is the setting port. */
static struct str
lower_case(struct arena *arena, struct str name)
{
	char *copy = arena_copy_z(arena, name);

	if (copy == NULL)
		return STR("");
	for (size_t i = 0; i < name.len; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	return (struct str){ copy, name.len };
}

static bool
is_foreign(struct str variable)
{
	for (size_t i = 0; i < COUNT_OF(foreign_prefixes); i++) {
		if (str_starts_with(variable, str_from_z(foreign_prefixes[i])))
			return true;
	}
	return !str_starts_with(variable, VARIABLE_PREFIX) || str_equal(variable, FILE_VARIABLE);
}

static struct err *
take_variable(struct reading *reading, struct str variable)
{
	struct str value = variable, origin = str_cut(&value, '='), name = origin;
	const struct setting *setting;

	if (is_foreign(origin))
		return NULL;
	name = (struct str){ name.ptr + VARIABLE_PREFIX.len, name.len - VARIABLE_PREFIX.len };
	name = lower_case(reading->arena, name);
	setting = config_setting_find(name);
	if (setting == NULL)
		return refuse_unknown(reading->arena, name, origin);
	return keep(reading, setting, value, origin);
}

/* -- rules between settings -- */

static struct err *
check_production(struct arena *arena, const struct config *config)
{
	const struct {
		const char *name;
		struct str url;
	} urls[] = {
		{ "public_url", config->public_url },
		{ "twilio_api_url", config->twilio_api_url },
		{ "render_api_url", config->render_api_url },
		{ "oidc_issuer", config->oidc_issuer },
		{ "alb_key_url", config->alb_key_url },
		{ "cloudflare_team_url", config->cloudflare_team_url },
		{ "deadman_url", config->deadman_url },
	};

	if (config_is_development(config))
		return NULL;
	if (!str_equal(config->clock, STR("real")))
		return ERR(arena, ERR_CORRUPT,
		    "clock is \"%.*s\": in production only \"real\" is allowed",
		    STR_ARG(config->clock));
	if (!str_empty(config->fault_points))
		return ERR(
		    arena, ERR_CORRUPT, "fault_points is set, which is for tests of development");
	for (size_t i = 0; i < COUNT_OF(urls); i++) {
		if (str_starts_with(urls[i].url, STR("http:")))
			return ERR(arena, ERR_CORRUPT,
			    "%s is \"%.*s\": in production an https URL is needed", urls[i].name,
			    STR_ARG(urls[i].url));
	}
	return NULL;
}

/* Whether ${url} leads to this very machine. */
static bool
is_loopback(struct str url)
{
	static const struct str hosts[] = { { "localhost", 9 }, { "127.0.0.1", 9 },
		{ "[::1]", 5 } };
	size_t at = str_find(url, STR("://"));
	struct str rest = at == SIZE_MAX ? url : (struct str){ url.ptr + at + 3, url.len - at - 3 };
	struct str authority = str_cut(&rest, '/');

	for (size_t i = 0; i < COUNT_OF(hosts); i++) {
		struct str host = hosts[i];

		if (str_starts_with(authority, host) &&
		    (authority.len == host.len || authority.ptr[host.len] == ':'))
			return true;
	}
	return false;
}

/*
 * In development anybody may say who they are.  What is set here shows that real people
 * or providers come to this server, and then nobody may.
 */
static struct err *
check_development(struct arena *arena, const struct config *config)
{
	bool reached_from_outside =
	    str_starts_with(config->public_url, STR("https:")) && !is_loopback(config->public_url);
	const struct {
		const char *name;
		bool set;
	} of_production[] = {
		{ "oidc_issuer", !str_empty(config->oidc_issuer) },
		{ "oidc_audience", !str_empty(config->oidc_audience) },
		{ "oidc_algorithms", !str_empty(config->oidc_algorithms) },
		{ "alb_signer", !str_empty(config->alb_signer) },
		{ "alb_key_url", !str_empty(config->alb_key_url) },
		{ "alb_issuer", !str_empty(config->alb_issuer) },
		{ "alb_client", !str_empty(config->alb_client) },
		{ "cloudflare_team_url", !str_empty(config->cloudflare_team_url) },
		{ "cloudflare_audience", !str_empty(config->cloudflare_audience) },
		{ "webhook_access_client_id", !str_empty(config->webhook_access_client_id) },
		{ "webhook_access_client_secret",
		    secret_is_set(config->webhook_access_client_secret) },
		{ "public_url (https, not this machine)", reached_from_outside },
	};

	if (!config_is_development(config))
		return NULL;
	for (size_t i = 0; i < COUNT_OF(of_production); i++) {
		if (of_production[i].set)
			return err_explain(
			    ERR(arena, ERR_CORRUPT,
				"environment is \"development\" and %s is set, which is for "
				"production only",
				of_production[i].name),
			    STR("In development whoever asks may say who they are."),
			    STR("Set environment to \"production\", or leave the other out."));
	}
	return NULL;
}

struct err *
config_load(struct arena *arena, const char *file, char *const *environment, struct config *ret)
{
	struct reading reading = { .arena = arena, .file = file };
	struct str named = find_variable(environment, FILE_VARIABLE);

	for (size_t i = 0; i < config_settings_count; i++)
		reading.origins[i] = STR("default");
	if (file == NULL && !str_empty(named)) {
		reading.file = arena_copy_z(arena, named);
		if (reading.file == NULL)
			return ERR(arena, ERR_LIMIT, "the settings do not fit into memory");
	}
	if (reading.file != NULL)
		TRY(load_file(&reading));
	for (; *environment != NULL; environment++)
		TRY(take_variable(&reading, str_from_z(*environment)));
	*ret = (struct config){ 0 };
	TRY(store_all(&reading, ret));
	TRY(check_production(arena, ret));
	return check_development(arena, ret);
}

bool
config_is_development(const struct config *config)
{
	return config->environment == CONFIG_DEVELOPMENT;
}

/* -- secrets -- */

static bool
is_reference(struct str reference)
{
	for (size_t i = 0; i < reference.len; i++) {
		char c = reference.ptr[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return reference.len > 0 && reference.len <= CONFIG_REFERENCE_BYTES_MAX;
}

/* "twilio-north" is STRIKE_SECRET_TWILIO_NORTH. */
static const char *
secret_variable(struct arena *arena, struct str reference)
{
	char *name = arena_copy_z(arena,
	    arena_printf(arena, "%.*s%.*s", STR_ARG(SECRET_VARIABLE_PREFIX), STR_ARG(reference)));

	for (char *at = name; at != NULL && *at != '\0'; at++)
		*at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
	return name;
}

struct err *
config_find_secret(
    const struct config *config, struct arena *arena, struct str reference, struct secret *ret)
{
	const char *variable, *path, *value;
	struct str text;
	struct err *fault;

	if (!is_reference(reference))
		return ERR(arena, ERR_CORRUPT,
		    "the secret's name is \"%.*s\": a-z, 0-9 and \"-\" are needed",
		    STR_ARG(reference));
	variable = secret_variable(arena, reference);
	path = arena_copy_z(arena,
	    arena_printf(arena, "%.*s/%.*s", STR_ARG(config->secrets_dir), STR_ARG(reference)));
	if (variable == NULL || path == NULL)
		return ERR(arena, ERR_LIMIT, "no memory to look up a secret");
	value = getenv(variable);
	if (value != NULL && value[0] != '\0') {
		*ret = secret_of(str_from_z(value));
		return NULL;
	}
	fault = read_file(arena, path, CONFIG_SECRET_BYTES_MAX, &text);
	if (fault != NULL)
		return ERR_WRAP(arena, fault, "the secret \"%.*s\" is neither in %s nor in a file",
		    STR_ARG(reference), variable);
	while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
		text.len--;
	if (str_empty(text))
		return ERR(arena, ERR_CORRUPT, "the secret in %s is empty", path);
	*ret = secret_of(text);
	return NULL;
}
