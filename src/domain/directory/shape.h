#ifndef DOMAIN_DIRECTORY_SHAPE_H
#define DOMAIN_DIRECTORY_SHAPE_H

#include "domain/refusal/refusal.h"

/*
 * shape: what texts must look like before they are kept: handles, addresses, numbers.
 * Whether there is such an address or zone is another question.
 */

#define SHAPE_NAME_CHARS_MAX   120
#define SHAPE_REASON_CHARS_MAX 400

/** A handle: a lower-case letter, then 1 to 39 lower-case letters, digits or dashes. */
bool shape_is_handle(struct str text);

/** An e-mail address: one "@" with something on both sides, at most 254 bytes, no white space. */
bool shape_is_email(struct str text);

/** A telephone number as E.164 has it: "+", no zero first, 8 to 15 digits. */
bool shape_is_phone(struct str text);

/** The name of a time zone, e.g. "America/Chicago". */
bool shape_is_zone(struct str text);

/** A prefix of job numbers: 2 to 4 upper-case letters. */
bool shape_is_prefix(struct str text);

/** The name of a secret: 1 to 64 lower-case letters, digits or dashes. */
bool shape_is_secret_ref(struct str text);

/** A word that a provider gave us, such as a client id: 1 to 120 visible ASCII characters. */
bool shape_is_word(struct str text);

/** The id of a Twilio account: "AC" and 32 hexadecimal digits. */
bool shape_is_account_sid(struct str text);

/** An https URL to put paths behind: a host, no user, query or fragment; at most 300 bytes. */
bool shape_is_https_base(struct str text);

/** One line of text that is not blank, of at most ${chars_max} characters; or a refusal. */
bool shape_check_line(struct str text, size_t chars_max, enum refusal_code code, const char *field,
    struct refusal *ret_refusal);

#endif
