#include <ctype.h>

#include "runtime/config_setting.h"

/* How many letters a known name may be away to be suggested. */
#define SUGGESTION_DISTANCE_MAX 4
#define NAME_LENGTH_MAX         64

static const struct choice environment_choices[] = {
	{ "production", CONFIG_PRODUCTION },
	{ "development", CONFIG_DEVELOPMENT },
	{ 0 },
};
static const struct choice switch_choices[] = {
	{ "on", CONFIG_ON },
	{ "off", CONFIG_OFF },
	{ 0 },
};
static const struct choice role_choices[] = {
	{ "api", CONFIG_ROLE_API },
	{ "worker", CONFIG_ROLE_WORKER },
	{ 0 },
};
static const struct choice log_format_choices[] = {
	{ "logfmt", LOG_LOGFMT },
	{ "json", LOG_JSON },
	{ 0 },
};
static const struct choice log_level_choices[] = {
	{ "debug", LOG_DEBUG },
	{ "info", LOG_INFO },
	{ "warning", LOG_WARNING },
	{ "error", LOG_ERROR },
	{ 0 },
};

/* clang-format off */
#define SETTING_TEXT(name, fallback, doc) \
	{ #name, SETTING_IS_TEXT, offsetof(struct config, name), fallback, 0, 0, NULL, doc },
#define SETTING_URL(name, fallback, doc) \
	{ #name, SETTING_IS_URL, offsetof(struct config, name), fallback, 0, 0, NULL, doc },
#define SETTING_SECRET(name, doc) \
	{ #name, SETTING_IS_SECRET, offsetof(struct config, name), "", 0, 0, NULL, doc },
#define SETTING_INTEGER(name, fallback, least, most, doc) \
	{ #name, SETTING_IS_INTEGER, offsetof(struct config, name), #fallback, least, most, NULL, doc },
#define SETTING_CHOICE(name, type, fallback, choices, doc) \
	{ #name, SETTING_IS_CHOICE, offsetof(struct config, name), fallback, 0, 0, choices, doc },
#define SETTING_SET(name, fallback, choices, doc) \
	{ #name, SETTING_IS_SET, offsetof(struct config, name), fallback, 0, 0, choices, doc },
/* clang-format on */
const struct setting config_settings[] = {
#include "runtime/settings.def"
};
#undef SETTING_TEXT
#undef SETTING_URL
#undef SETTING_SECRET
#undef SETTING_INTEGER
#undef SETTING_CHOICE
#undef SETTING_SET

const size_t config_settings_count = COUNT_OF(config_settings);

_Static_assert(COUNT_OF(config_settings) <= CONFIG_SETTINGS_MAX, "make room in config_setting.h");
_Static_assert(sizeof(enum config_environment) == sizeof(unsigned), "choices are stored alike");

/* -- names -- */

const struct setting *
config_setting_find(struct str name)
{
	for (size_t i = 0; i < config_settings_count; i++) {
		if (str_equal(str_from_z(config_settings[i].name), name))
			return &config_settings[i];
	}
	return NULL;
}

static size_t
least_of(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* How many letters must be added, removed or replaced to turn ${a} into ${b} (Levenshtein). */
static size_t
edit_distance(struct str a, struct str b)
{
	size_t row[NAME_LENGTH_MAX + 1];

	if (a.len > NAME_LENGTH_MAX || b.len > NAME_LENGTH_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t above = row[j];

			row[j] = least_of(
			    above + 1, row[j - 1] + 1, diagonal + (a.ptr[i - 1] != b.ptr[j - 1]));
			diagonal = above;
		}
	}
	return row[b.len];
}

struct str
config_setting_suggest(struct str name)
{
	size_t best = SUGGESTION_DISTANCE_MAX + 1;
	struct str nearest = STR("");

	for (size_t i = 0; i < config_settings_count; i++) {
		struct str known = str_from_z(config_settings[i].name);
		size_t distance = edit_distance(name, known);

		if (distance < best) {
			best = distance;
			nearest = known;
		}
	}
	return nearest;
}

/* -- values -- */

struct str
config_setting_rule(struct arena *arena, const struct setting *setting)
{
	struct buf buf = buf_in(arena, 256);

	switch (setting->kind) {
	case SETTING_IS_TEXT:
	case SETTING_IS_SECRET:
		buf_str(&buf, STR("text"));
		break;
	case SETTING_IS_URL:
		buf_str(&buf, STR("an http or https URL without a slash at its end"));
		break;
	case SETTING_IS_INTEGER:
		buf_printf(&buf, "an integer from %lld to %lld", (long long)setting->least,
		    (long long)setting->most);
		break;
	case SETTING_IS_CHOICE:
	case SETTING_IS_SET:
		for (const struct choice *at = setting->choices; at->name != NULL; at++)
			buf_printf(&buf, "%s%s", at == setting->choices ? "" : " or ", at->name);
		if (setting->kind == SETTING_IS_SET)
			buf_str(&buf, STR(", or several with commas between them"));
		break;
	}
	return buf_view(&buf);
}

static bool
find_choice(const struct choice *choices, struct str name, unsigned *ret)
{
	for (const struct choice *at = choices; at->name != NULL; at++) {
		if (str_equal(str_from_z(at->name), name)) {
			*ret = at->value;
			return true;
		}
	}
	return false;
}

static bool
parse_set(const struct choice *choices, struct str names, unsigned *ret)
{
	*ret = 0;
	while (names.len > 0) {
		unsigned bit;

		if (!find_choice(choices, str_trim(str_cut(&names, ',')), &bit))
			return false;
		*ret |= bit;
	}
	return *ret != 0;
}

static bool
is_url(struct str text)
{
	struct str rest = text;

	if (str_empty(text))
		return true;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
			return false;
	}
	if (!str_starts_with(text, STR("http://")) && !str_starts_with(text, STR("https://")))
		return false;
	(void)str_cut(&rest, ':');
	return rest.len > 2 && rest.ptr[2] != '/' && text.ptr[text.len - 1] != '/';
}

bool
config_setting_store(const struct setting *setting, struct str value, struct config *config)
{
	void *place = (char *)config + setting->offset;
	int64_t integer = 0;
	unsigned choice = 0;

	switch (setting->kind) {
	case SETTING_IS_TEXT:
		*(struct str *)place = value;
		return true;
	case SETTING_IS_URL:
		*(struct str *)place = value;
		return is_url(value);
	case SETTING_IS_SECRET:
		*(struct secret *)place = secret_of(value);
		return true;
	case SETTING_IS_INTEGER:
		if (!str_parse_i64(value, &integer) || integer < setting->least ||
		    integer > setting->most)
			return false;
		*(int64_t *)place = integer;
		return true;
	case SETTING_IS_CHOICE:
	case SETTING_IS_SET:
		if (setting->kind == SETTING_IS_SET
			? !parse_set(setting->choices, value, &choice)
			: !find_choice(setting->choices, value, &choice))
			return false;
		memcpy(place, &choice, sizeof(choice));
		return true;
	}
	UNREACHABLE("setting kind");
}

/* -- the reference -- */

void
config_describe(struct buf *buf)
{
	char room[1024];
	struct arena arena;

	buf_str(buf, STR("| setting | variable | default | value | what it is |\n"
			 "|---|---|---|---|---|\n"));
	for (size_t i = 0; i < config_settings_count; i++) {
		const struct setting *setting = &config_settings[i];

		arena_init(&arena, room, sizeof(room));
		buf_printf(buf, "| `%s` | `STRIKE_", setting->name);
		for (const char *at = setting->name; *at != '\0'; at++)
			buf_char(buf, (char)toupper((unsigned char)*at));
		buf_printf(buf, "` | %s%s%s | %.*s%s | %s |\n",
		    setting->fallback[0] == '\0' ? "" : "`", setting->fallback,
		    setting->fallback[0] == '\0' ? "" : "`",
		    STR_ARG(config_setting_rule(&arena, setting)),
		    setting->kind == SETTING_IS_SECRET ? ", secret" : "", setting->doc);
	}
}
