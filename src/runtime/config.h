#ifndef RUNTIME_CONFIG_H
#define RUNTIME_CONFIG_H

#include "base/err.h"
#include "runtime/log.h"
#include "runtime/secret.h"

/*
 * config: what an operator decides, read once at start and never changed.
 *
 * A setting is taken from the environment (STRIKE_<NAME>), else from the INI
 * file, else from its default.  The file is lines of "name = value", in no
 * section or in [strike]; a comment is a line of its own and begins with ";" or
 * "#".  A name that is no setting is an error in both places, with the nearest
 * one named: a setting that is misspelt must not be a default by accident.
 * An empty value counts as not given.
 *
 * Credentials of organisations and agreements are not settings: data refers to
 * them by name, and config_find_secret() looks the name up.
 */

enum config_environment { CONFIG_PRODUCTION, CONFIG_DEVELOPMENT };
enum config_switch { CONFIG_OFF, CONFIG_ON };

/* Bits of config.roles. */
#define CONFIG_ROLE_API    1u
#define CONFIG_ROLE_WORKER 2u

#define CONFIG_FILE_BYTES_MAX      65536
#define CONFIG_LINE_BYTES_MAX      4096
#define CONFIG_SECRET_BYTES_MAX    8192
#define CONFIG_REFERENCE_BYTES_MAX 100

struct config {
#define SETTING_TEXT(name, fallback, doc)                  struct str name;
#define SETTING_URL(name, fallback, doc)                   struct str name;
#define SETTING_SECRET(name, doc)                          struct secret name;
#define SETTING_INTEGER(name, fallback, least, most, doc)  int64_t name;
#define SETTING_CHOICE(name, type, fallback, choices, doc) type name;
#define SETTING_SET(name, fallback, choices, doc)          unsigned name;
#include "runtime/settings.def"
#undef SETTING_TEXT
#undef SETTING_URL
#undef SETTING_SECRET
#undef SETTING_INTEGER
#undef SETTING_CHOICE
#undef SETTING_SET
};

/**
 * Read all settings into ${*ret}, whose texts live in ${arena}.  ${file} is the
 * INI file from the command line, or NULL: then STRIKE_CONFIG names it, or there
 * is none.  ${environment} is like environ(7).
 *
 * A fault (ERR_CORRUPT) names the setting, where it was read, its value (unless
 * it is a secret) and the rule.  In production the clock must be real, URLs must
 * be https, and the outcome is refused otherwise.
 */
NODISCARD struct err *config_load(
    struct arena *arena, const char *file, char *const *environment, struct config *ret);

/** Whether ${config} is for development, where conveniences that are unsafe are allowed. */
bool config_is_development(const struct config *config);

/**
 * The secret that data calls ${reference} ("twilio-north", of a-z, 0-9 and "-"):
 * the variable STRIKE_SECRET_TWILIO_NORTH of this process, else the file
 * ${config->secrets_dir}/twilio-north without its last line end.  Lives in
 * ${arena}.  ERR_UNAVAILABLE when there is none, saying where it was looked for.
 */
NODISCARD struct err *config_find_secret(
    const struct config *config, struct arena *arena, struct str reference, struct secret *ret);

/** Write all settings into ${buf} as a table in Markdown (docs/reference/settings.md). */
void config_describe(struct buf *buf);

#endif
