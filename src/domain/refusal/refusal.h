#ifndef DOMAIN_REFUSAL_H
#define DOMAIN_REFUSAL_H

#include "base/check.h"
#include "base/str.h"

/*
 * refusal: the domain says no.  A value, not a fault: nothing went wrong, the
 * command may not be.  It names the field it is about and says what to do.
 */

#define REFUSAL_FIELD_BYTES_MAX   64
#define REFUSAL_MESSAGE_BYTES_MAX 320

enum refusal_code {
	REFUSAL_NONE = 0,
#define REFUSAL(name, rule) REFUSAL_##name,
#include "domain/refusal/refusals.def"
#undef REFUSAL
};

/* The texts are stored inline: a refusal can be kept and copied. */
struct refusal {
	enum refusal_code code;
	size_t field_length, message_length;
	char field[REFUSAL_FIELD_BYTES_MAX]; /* "location.coordinates[1]"; empty: the whole command
					      */
	char message[REFUSAL_MESSAGE_BYTES_MAX];
};

/**
 * Fill ${*ret}: ${code} about ${field} (may be ""), with a message made from
 * ${format}.  Texts that are too long are cut.  Always returns false, so that a
 * check can end with it.
 */
bool refuse(struct refusal *ret, enum refusal_code code, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static inline struct str
refusal_field(const struct refusal *refusal)
{
	return (struct str){ refusal->field, refusal->field_length };
}

static inline struct str
refusal_message(const struct refusal *refusal)
{
	return (struct str){ refusal->message, refusal->message_length };
}

/** The code as clients see it, e.g. "LOCATION_INVALID". */
struct str refusal_code_name(enum refusal_code code);

/** The rule behind ${code}, as the documentation has it. */
struct str refusal_rule(enum refusal_code code);

#endif
