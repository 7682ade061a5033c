#ifndef MOCK_SCENARIO_DEED_H
#define MOCK_SCENARIO_DEED_H

#include "base/str.h"

/*
 * scenario_deed: what people of the NOC and the OSP do at their screens, as a
 * table: how a sentence says it, and the command of the API that does it.  A new
 * deed is a row.
 *
 * A form is a row of words; what stands in angle brackets is a value, with its
 * kind and the member of the command's input that it becomes:
 *
 *	<text:reason>   a text in quotation marks; at the form's end it may also
 *	                stand behind the moment: noc cancels after 5m "no fault"
 *	<handle:osp>    an organisation's handle
 *	<label:person>  a person on call by label; the input has the id
 *	<count:n>       a number
 */
enum scenario_actor { SCENARIO_NOC, SCENARIO_OSP };

struct scenario_deed {
	enum scenario_actor actor;
	const char *form;      /* "cancels <text:reason>" */
	const char *role;      /* who does it, unless the sentence says: "supervisor" */
	const char *operation; /* "cancelEco"; of the input, so also its type: "CancelEcoInput" */
	const char *constant;  /* more of the input, as JSON members; NULL: nothing */
	const char *about;     /* a sentence, for the reference */
};

extern const struct scenario_deed scenario_deeds[];
extern const size_t scenario_deed_count;

/* "ring 20s": what can be agreed, and the member of AgreementTermsInput; a new term is a row. */
enum scenario_term_kind {
	SCENARIO_TERM_COUNT,
	SCENARIO_TERM_SECONDS,
	SCENARIO_TERM_FAILOVER, /* an OSP's handle; of the NOC's own terms */
	SCENARIO_TERM_DUTY,     /* a telephone number; of the NOC's own terms */
};

struct scenario_term_row {
	const char *words; /* "poll in grace" */
	enum scenario_term_kind kind;
	const char *member;
	const char *about;
};

extern const struct scenario_term_row scenario_terms[];
extern const size_t scenario_term_count;

#endif
