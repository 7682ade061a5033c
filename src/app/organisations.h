#ifndef APP_ORGANISATIONS_H
#define APP_ORGANISATIONS_H

#include "app/record_page.h"

/*
 * organisations: the companies of this installation, and who signs in.
 *
 * An organisation's own admin changes its name and bounds.  All the rest is the
 * platform's operator's: a platform_admin, acting for the platform's organisation, with
 * the session app_context.platform.  Whatever the platform sees or changes of an
 * organisation is written down for that organisation (PlatformAccessed).
 *
 * An organisation or user that the input names and that does not exist, or that the
 * actor may not see, is refused with ORGANISATION_UNKNOWN or USER_UNKNOWN.
 */

/** The organisation that ${name} names, by id or handle; false when ${session} sees none. */
NODISCARD struct err *organisation_find(struct store_session *session, struct arena *arena,
    struct str name, bool *ret_found, struct store_organisation *ret);

/**
 * The record of ${id}.  An organisation that is older than the records has none: then what
 * the directory knows of it, with bounds as they are by default and version 0.
 */
NODISCARD struct err *organisation_load(struct store_session *session, struct arena *arena,
    const struct store_organisation *known, struct record *ret);

struct app_create_organisation {
	struct app_command command;
	struct sha256 body;
	struct organisation organisation;   /* bounds of 0 and an empty zone: the default */
	struct str admin_email, admin_name; /* of the first admin, who is invited */
};

NODISCARD struct err *app_create_organisation(const struct app_context *context,
    const struct app_create_organisation *input, struct app_record_answer *ret);

struct app_change_organisation {
	struct app_command command;
	struct sha256 body;
	struct str organisation;   /* id or handle; empty: the actor's own */
	struct organisation given; /* only name, zone and bounds; empty or 0: as it is */
	bool has_name;
};

NODISCARD struct err *app_change_organisation(const struct app_context *context,
    const struct app_change_organisation *input, struct app_record_answer *ret);

struct app_suspend_organisation {
	struct app_command command;
	struct sha256 body;
	struct str organisation; /* id or handle */
	struct str reason;
};

NODISCARD struct err *app_suspend_organisation(const struct app_context *context,
    const struct app_suspend_organisation *input, struct app_record_answer *ret);
NODISCARD struct err *app_restore_organisation(const struct app_context *context,
    const struct app_suspend_organisation *input, struct app_record_answer *ret);

struct app_disable_user {
	struct app_command command;
	struct sha256 body;
	struct uuid user;
	struct str reason;
};

NODISCARD struct err *app_disable_user(const struct app_context *context,
    const struct app_disable_user *input, struct app_record_answer *ret);
NODISCARD struct err *app_enable_user(const struct app_context *context,
    const struct app_disable_user *input, struct app_record_answer *ret);

/**
 * A page of all organisations, for the platform's operator; each that is shown is told.
 * ${ret_refusal} says why not when ${ret_permitted} is false.
 */
NODISCARD struct err *app_list_organisations(const struct app_context *context,
    const struct record_page_query *query, bool *ret_permitted, struct refusal *ret_refusal,
    struct record_page *ret);

/**
 * Make the platform's own organisation if there is none yet, and invite ${email} as its
 * admin: the beginning of an installation, by a process with a worker's session.
 */
NODISCARD struct err *app_found_platform(
    const struct app_context *context, struct str email, struct app_record_answer *ret);

#endif
