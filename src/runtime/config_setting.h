#ifndef RUNTIME_CONFIG_SETTING_H
#define RUNTIME_CONFIG_SETTING_H

#include "runtime/config.h"

/*
 * config_setting: one row of settings.def: its name, its rule, its place in
 * struct config.  Where values come from is config.c's matter, which alone uses
 * this.
 */

enum setting_kind {
	SETTING_IS_TEXT,
	SETTING_IS_URL,
	SETTING_IS_SECRET,
	SETTING_IS_INTEGER,
	SETTING_IS_CHOICE, /* one name */
	SETTING_IS_SET,    /* names with commas between them; their values are bits */
};

/* The values that a setting may name.  The last has no name. */
struct choice {
	const char *name;
	unsigned value;
};

struct setting {
	const char *name;
	enum setting_kind kind;
	size_t offset; /* in struct config */
	const char *fallback;
	int64_t least, most;
	const struct choice *choices;
	const char *doc;
};

/* All of them, in the order of settings.def. */
#define CONFIG_SETTINGS_MAX 96
extern const struct setting config_settings[];
extern const size_t config_settings_count;

/** The setting ${name}, or NULL. */
const struct setting *config_setting_find(struct str name);

/** The name of a setting that is nearly ${name}; empty when none is. */
struct str config_setting_suggest(struct str name);

/** What a value of ${setting} has to be ("an integer from 0 to 65535"), in ${arena}. */
struct str config_setting_rule(struct arena *arena, const struct setting *setting);

/** Put ${value} into its place in ${config}.  False when it breaks the setting's rule. */
NODISCARD bool config_setting_store(
    const struct setting *setting, struct str value, struct config *config);

#endif
