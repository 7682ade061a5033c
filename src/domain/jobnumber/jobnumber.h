#ifndef DOMAIN_JOBNUMBER_H
#define DOMAIN_JOBNUMBER_H

#include "base/buf.h"
#include "base/str.h"

/*
 * jobnumber: the handle that people say on the phone and print on invoices.
 *
 *      HC-MFR-00042-0
 *      |  |   |     +- check digit (Damm) over type and sequence
 *      |  |   +------- sequence, counted per NOC, OSP and job type from 1
 *      |  +----------- job type
 *      +-------------- the agreement's number prefix
 *
 * The check digit is M. Damm's (dissertation, Marburg 2004, quasigroup of order
 * 10): it finds every single wrong digit and every swap of two neighbours.  The
 * job type takes part as its number (CMR 1, MFR 2, FNOL 3, DRL 4), so that a number
 * heard with the wrong type is caught as well.  The sequence takes part
 * with leading zeros to 18 digits, however many are printed or said.
 */

#define JOBNUMBER_PREFIX_BYTES_MAX 8
#define JOBNUMBER_BYTES_MAX        40
#define JOBNUMBER_SEQUENCE_MAX     999999999999999999 /* 18 digits */

enum job_type {
#define JOB_TYPE(name, digit, words) JOB_TYPE_##name,
#include "domain/jobnumber/job_types.def"
#undef JOB_TYPE
	JOB_TYPE_COUNT
};

struct jobnumber {
	struct str prefix;
	enum job_type type;
	int64_t sequence; /* 1 to JOBNUMBER_SEQUENCE_MAX */
};

enum jobnumber_problem {
	JOBNUMBER_OK = 0,
	JOBNUMBER_MALFORMED,   /* not of the form prefix-type-digits-digit */
	JOBNUMBER_WRONG_CHECK, /* well formed, and misheard */
};

/** The name of ${type}, e.g. "MFR". */
struct str job_type_name(enum job_type type);

/** The type called ${name}.  False when there is none. */
NODISCARD bool job_type_find(struct str name, enum job_type *ret);

/** The check digit, 0 to 9, of ${type} and ${sequence}. */
int jobnumber_check_digit(enum job_type type, int64_t sequence);

/** Write ${number} as printed: at least five digits of sequence. */
void jobnumber_format(const struct jobnumber *number, struct buf *buf);

/**
 * Read a job number as people write and say it: letters in either case, spaces,
 * dots or nothing instead of the dashes.  ${ret->prefix} points into ${text} and
 * keeps its case.  Untrusted input.
 */
NODISCARD enum jobnumber_problem jobnumber_parse(struct str text, struct jobnumber *ret);

/** Whether ${number}, as printed, is of the series of drills. */
bool jobnumber_is_exercise(struct str number);

#endif
