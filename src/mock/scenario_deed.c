#include "mock/scenario_deed.h"

/* A form that begins like another, longer one stands below it. */
const struct scenario_deed scenario_deeds[] = {
	{ SCENARIO_NOC, "notes privately <text:text>", "operator", "addNote",
	    "\"visibility\":\"OWN_SIDE\"", "Writes a note for the own side." },
	{ SCENARIO_NOC, "notes <text:text>", "operator", "addNote", NULL,
	    "Writes a note for both sides." },
	{ SCENARIO_NOC, "cancels <text:reason>", "operator", "cancelEco", NULL,
	    "Withdraws the ECO." },
	{ SCENARIO_NOC, "confirms", "supervisor", "closeEco", NULL,
	    "Confirms the completion before the grace period is over." },
	{ SCENARIO_NOC, "rejects <text:reason>", "supervisor", "reopenEco", NULL,
	    "Rejects the completion." },
	{ SCENARIO_NOC, "engages <handle:osp> <text:reason>", "supervisor", "engageOsp", NULL,
	    "Relieves the contractor and engages another." },
	{ SCENARIO_NOC, "rings again", "supervisor", "ringAgain", NULL,
	    "Has a list rung again that was exhausted or stopped." },
	{ SCENARIO_OSP, "notes privately <text:text>", "dispatcher", "addNote",
	    "\"visibility\":\"OWN_SIDE\"", "Writes a note for the own side." },
	{ SCENARIO_OSP, "notes <text:text>", "dispatcher", "addNote", NULL,
	    "Writes a note for both sides." },
	{ SCENARIO_OSP, "reports en route ETA <count:etaMinutes>", "dispatcher", "reportCrew",
	    "\"status\":\"EN_ROUTE\"", "Says that the crew is on the road, and its minutes." },
	{ SCENARIO_OSP, "reports en route", "dispatcher", "reportCrew", "\"status\":\"EN_ROUTE\"",
	    "Says that the crew is on the road." },
	{ SCENARIO_OSP, "reports on site", "technician", "reportCrew", "\"status\":\"ON_SITE\"",
	    "Says that the crew has arrived." },
	{ SCENARIO_OSP, "accepts for <label:personId> ETA <count:etaMinutes>", "dispatcher",
	    "acceptForCrew", NULL, "Accepts for somebody of the list, with minutes." },
	{ SCENARIO_OSP, "accepts for <label:personId>", "dispatcher", "acceptForCrew", NULL,
	    "Accepts for somebody of the list." },
	{ SCENARIO_OSP, "declines for <label:personId>", "dispatcher", "declineForCrew", NULL,
	    "Declines for somebody of the list." },
	{ SCENARIO_OSP, "changes ETA <count:etaMinutes>", "dispatcher", "changeEta", NULL,
	    "Says anew when the crew will be there." },
};
const size_t scenario_deed_count = sizeof(scenario_deeds) / sizeof(scenario_deeds[0]);

/* Terms whose words begin alike: the longer ones first. */
const struct scenario_term_row scenario_terms[] = {
	{ "loops", SCENARIO_TERM_COUNT, "loops", "how often the list is gone through" },
	{ "ring", SCENARIO_TERM_SECONDS, "ringSeconds", "how long a telephone rings" },
	{ "retry", SCENARIO_TERM_SECONDS, "retryAfterSeconds",
	    "how long after an exhausted list it is rung again" },
	{ "retries", SCENARIO_TERM_COUNT, "retries", "how often that is done" },
	{ "grace", SCENARIO_TERM_SECONDS, "graceSeconds", "how long completed work is watched" },
	{ "poll in grace", SCENARIO_TERM_SECONDS, "pollGraceSeconds",
	    "how often the field system is asked then" },
	{ "poll", SCENARIO_TERM_SECONDS, "pollSeconds", "how often it is asked before" },
	{ "arrival grace", SCENARIO_TERM_SECONDS, "arrivalGraceSeconds",
	    "how long after the ETA a crew may still come unasked" },
	{ "arrival", SCENARIO_TERM_SECONDS, "arrivalSeconds",
	    "by when a crew that gave no ETA must be seen" },
	{ "failover", SCENARIO_TERM_FAILOVER, "failover",
	    "whom to engage when nobody accepts; several times in order" },
	{ "duty", SCENARIO_TERM_DUTY, "dutyPhone", "the number that is told when nobody accepts" },
};
const size_t scenario_term_count = sizeof(scenario_terms) / sizeof(scenario_terms[0]);
