#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "domain/directory/record.h"
#include "reference_api.h"
#include "reference_ringdown.h"
#include "reference_scenarios.h"
#include "reference_telephone.h"
#include "runtime/config.h"
#include "runtime/metrics.h"

/*
 * reference: print one page of docs/reference, made from the tables (.def files)
 * that the program itself is made from.  tools/check-reference compares.
 *
 * usage: reference events|records|refusals|operations|settings|metrics|effects-and-timers|telephone|api
 *        from the root of the checkout, where the API's examples and the scenarios are
 *
 * To add a page: a function, and a row of ${pages}.
 */

#define PAGE_BYTES_MAX (1u << 20)

static const char *
if_true(bool condition, const char *text)
{
	return condition ? text : "";
}

/* What stands before every page, so that nobody edits the copy. */
static void
begin(struct buf *page, const char *title, const char *source)
{
	buf_printf(page,
	    "# %s\n\n"
	    "Made from %s. Do not edit: `tools/check-reference build --write` makes it anew.\n\n",
	    title, source);
}

/* -- events -- */

#define WORD_TABLE(title) buf_printf(page, "\n## %s\n\n| name | in words |\n|---|---|\n", title)
#define WORD(name, words) buf_printf(page, "| `%s` | %s |\n", #name, words);
#define JOB_TYPE(name, digit, words) \
	buf_printf(page, "| `%s` | %s (digit %d in the check sum) |\n", #name, words, digit);

/* The vocabularies that the payloads of events use. */
static void
print_vocabularies(struct buf *page)
{
	WORD_TABLE("Status of an ECO");
#define ECO_STATUS WORD
#include "domain/eco/eco_enums.def"
#undef ECO_STATUS
	WORD_TABLE("Dispatch state");
#define DISPATCH_STATE WORD
#include "domain/eco/eco_enums.def"
#undef DISPATCH_STATE
	WORD_TABLE("Integration state");
#define INTEGRATION_STATE WORD
#include "domain/eco/eco_enums.def"
#undef INTEGRATION_STATE
	WORD_TABLE("Why a page did not reach a person");
#define PAGE_MISS WORD
#include "domain/eco/eco_enums.def"
#undef PAGE_MISS
	WORD_TABLE("Why a person of a pager list is not rung");
#define ROSTER_SKIP WORD
#include "domain/roster/roster_skips.def"
#undef ROSTER_SKIP
	WORD_TABLE("Why a ring-down was stopped");
#define PAGER_STOP WORD
#include "domain/eco/eco_enums.def"
#undef PAGER_STOP
	WORD_TABLE("What happened to a field task");
#define TASK_CHANGE WORD
#include "domain/eco/eco_enums.def"
#undef TASK_CHANGE
	WORD_TABLE("Status of a field task");
#define TASK_STATUS WORD
#include "domain/eco/eco_enums.def"
#undef TASK_STATUS
	WORD_TABLE("Why the field system cannot be used");
#define SYNC_FAULT WORD
#include "domain/eco/eco_enums.def"
#undef SYNC_FAULT
	WORD_TABLE("Why a completed ECO was reactivated");
#define REACTIVATION WORD
#include "domain/eco/eco_enums.def"
#undef REACTIVATION
	WORD_TABLE("Why an ECO was closed");
#define CLOSE_CAUSE WORD
#include "domain/eco/eco_enums.def"
#undef CLOSE_CAUSE
	WORD_TABLE("Sides");
#define SIDE WORD
#include "domain/eco/eco_enums.def"
#undef SIDE
	WORD_TABLE("Whom a note is for");
#define NOTE_VISIBILITY WORD
#include "domain/eco/eco_enums.def"
#undef NOTE_VISIBILITY
	WORD_TABLE("Job types");
#include "domain/jobnumber/job_types.def"
}

static void
print_events(struct buf *page)
{
	begin(page, "Events",
	    "`src/domain/eco/eco_events.def`, `src/domain/eco/eco_enums.def`, "
	    "`src/domain/roster/roster_skips.def` and `src/domain/jobnumber/job_types.def`");
	buf_printf(page,
	    "Every event of an ECO's stream. *Payload for* says which side may read the payload; "
	    "the\n"
	    "other side still sees that the event happened, in words that name nobody. A note is "
	    "the\n"
	    "exception: its own visibility decides. The example is the file that the golden test "
	    "keeps\n"
	    "of the present version.\n\n"
	    "| event | version | payload for | what it means | example |\n|---|---|---|---|---|\n");
#define ECO_EVENT(NAME, field, wire, version, detail, doc)                                        \
	buf_printf(page,                                                                          \
	    "| `%s` | %d | %s | %s | [payload](../../tests/golden/events/%s.v%d.json) |\n", wire, \
	    version, #detail, doc, wire, version);
#include "domain/eco/eco_events.def"
#undef ECO_EVENT
	print_vocabularies(page);
}

/* -- records -- */

static const char *const record_names[] = {
#define RECORD(NAME, field, wire, owner, doc) [RECORD_##NAME] = wire,
#include "domain/directory/records.def"
#undef RECORD
};

static void
print_records(struct buf *page)
{
	begin(page, "Records",
	    "`src/domain/directory/records.def` and `src/domain/directory/directory_events.def`");
	buf_printf(page,
	    "What the directory is made of. Each record is a stream of events in the log, and each "
	    "event's\n"
	    "payload is the whole record as it is after it; people's own texts in it are sealed. "
	    "*Whose* says\n"
	    "who can see a record at all: the organisation that it belongs to (`ONE`), both sides "
	    "of an\n"
	    "agreement (`PAIR`), or the operator of the installation (`PLATFORM`).\n\n"
	    "| record | whose | what it is |\n|---|---|---|\n");
#define RECORD(NAME, field, wire, owner, doc) \
	buf_printf(page, "| `%s` | %s | %s |\n", wire, #owner, doc);
#include "domain/directory/records.def"
#undef RECORD
	buf_printf(page, "\n## Events\n\n"
			 "| event | version | record | what it means | example |\n|---|---|---|---|---|\n");
#define DIRECTORY_EVENT(NAME, KIND, wire, version, doc)                                          \
	buf_printf(page,                                                                          \
	    "| `%s` | %d | `%s` | %s | [payload](../../tests/golden/records/%s.v%d.json) |\n",    \
	    wire, version, record_names[RECORD_##KIND], doc, wire, version);
#include "domain/directory/directory_events.def"
#undef DIRECTORY_EVENT
}

/* -- refusals -- */

static void
print_refusals(struct buf *page)
{
	begin(page, "Refusals", "`src/domain/refusal/refusals.def`");
	buf_printf(page,
	    "Every reason for which a command is declined. A refusal carries the code, the field "
	    "it is\n"
	    "about (or none), a message made from the values at hand, and the rule below.\n\n"
	    "| code | rule |\n|---|---|\n");
#define REFUSAL(name, rule) buf_printf(page, "| `%s` | %s |\n", #name, rule);
#include "domain/refusal/refusals.def"
#undef REFUSAL
}

/* -- operations -- */

struct permission {
	const char *name;
	const char *roles; /* "ROLE_OPERATOR | ROLE_SUPERVISOR" */
};

static const struct permission permissions[] = {
#define PERMISSION(name, roles) { #name, #roles },
#include "app/permissions.def"
#undef PERMISSION
};

/* "operator, supervisor" of the expression in permissions.def. */
static void
print_roles(struct buf *page, const char *expression)
{
	for (const char *at = expression; *at != '\0'; at++) {
		if (strncmp(at, "ROLE_", 5) == 0)
			at += 5;
		if (strncmp(at, " | ", 3) == 0) {
			buf_str(page, STR(", "));
			at += 2;
		} else {
			buf_char(page, *at >= 'A' && *at <= 'Z' ? (char)(*at - 'A' + 'a') : *at);
		}
	}
}

static void
print_operation(
    struct buf *page, const char *kind, const char *field, const char *permission, const char *doc)
{
	bool command = strcmp(kind, "COMMAND") == 0;
	const char *type = command		      ? "mutation"
			   : strcmp(kind, "QUERY") == 0 ? "query"
							: "subscription";

	buf_printf(page, "| `%s` | %s | `%s` | ", field, type, permission);
	for (size_t i = 0; i < COUNT_OF(permissions); i++) {
		if (strcmp(permissions[i].name, permission) == 0)
			print_roles(page, permissions[i].roles);
	}
	buf_printf(page, " | %s%s |\n", doc, if_true(command, " Takes an idempotency key."));
}

static void
print_operations(struct buf *page)
{
	begin(page, "Operations", "`src/app/operations.def` and `src/app/permissions.def`");
	buf_printf(page,
	    "Everything that can be asked of Strike. The field is one of GraphQL's `Query`,\n"
	    "`Mutation` or `Subscription`; `schema.graphql` has its arguments. \"any\" is every role but the platform's, \"anybody\" that one too.\n\n"
	    "| field | kind | permission | roles | what it does |\n|---|---|---|---|---|\n");
#define OPERATION(name, kind, field, permission, sentence) \
	print_operation(page, #kind, field, #permission, sentence);
#include "app/operations.def"
#undef OPERATION
}

/* -- settings -- */

static void
print_settings(struct buf *page)
{
	begin(page, "Settings", "`src/runtime/settings.def`");
	buf_printf(page,
	    "A setting is taken from the environment, else from the INI file that `--config` or\n"
	    "`STRIKE_CONFIG` names, else from its default. A name that is no setting is an error.\n"
	    "`strike settings` prints this table.\n\n");
	config_describe(page);
}

/* -- metrics -- */

static void
print_metrics(struct buf *page)
{
	begin(page, "Metrics", "`src/runtime/metrics.def`");
	buf_printf(page,
	    "`GET /metrics` answers in the text format of Prometheus (0.0.4), on the port of the "
	    "API,\nand only to the addresses in the setting `metrics_from`; to others there is no "
	    "such\npage. No label names a tenant, a person or a callout. Counters begin at 0 with "
	    "the\nprocess; what stands in the database is read when it is asked for.\n\n");
	metrics_describe(page);
}

/* -- effects and timers -- */

static void
print_effects_and_timers(struct buf *page)
{
	begin(page, "Effects and timers",
	    "`src/domain/outcome/effects.def` and `src/domain/outcome/timers.def`");
	buf_printf(page, "## Effects\n\n"
			 "What the domain can ask to have done in the world. Each is written to "
			 "the outbox with the\n"
			 "events it follows from, under a key that makes a repeat harmless. Lanes "
			 "are worked side by\n"
			 "side, so that trouble in one does not hold back the other; within a lane the smallest "
			 "urgency goes first.\n\n"
			 "| effect | lane | urgency | what it does |\n|---|---|---|---|\n");
#define EFFECT(NAME, wire, lane, urgency, doc) \
	buf_printf(page, "| `%s` | %s | %d | %s |\n", wire, #lane, urgency, doc);
#include "domain/outcome/effects.def"
#undef EFFECT
	buf_printf(page, "\n## Timers\n\n"
			 "What the domain can wait for. An ECO has at most one timer of each kind; "
			 "setting it again\n"
			 "moves it.\n\n"
			 "| timer | what it is for |\n|---|---|\n");
#define TIMER(NAME, wire, doc) buf_printf(page, "| `%s` | %s |\n", wire, doc);
#include "domain/outcome/timers.def"
#undef TIMER
}

static void
print_telephone_page(struct buf *page)
{
	begin(page, "Telephone",
	    "`src/proto/reply_words.def`, `src/domain/ringdown/decline_reasons.def` and "
	    "`src/api/webhook_*.def`");
	print_telephone(page);
}

struct page {
	const char *name;
	void (*print)(struct buf *page);
};

static const struct page pages[] = {
	{ "events", print_events },
	{ "records", print_records },
	{ "refusals", print_refusals },
	{ "operations", print_operations },
	{ "settings", print_settings },
	{ "metrics", print_metrics },
	{ "effects-and-timers", print_effects_and_timers },
	{ "telephone", print_telephone_page },
	{ "api", print_api },
	{ "scenarios", print_scenarios },
	{ "ringdown", print_ringdown_design },
};

int
main(int argc, char **argv)
{
	static char memory[PAGE_BYTES_MAX];
	struct buf page = buf_over(memory, sizeof(memory));

	/* Without a name: the names. */
	for (size_t i = 0; i < COUNT_OF(pages); i++) {
		if (argc != 2)
			puts(pages[i].name);
		else if (strcmp(argv[1], pages[i].name) == 0)
			pages[i].print(&page);
	}
	if (argc == 2 && page.len == 0)
		fprintf(stderr, "reference: there is no page \"%s\"\n", argv[1]);
	if (argc == 2 && (page.len == 0 || page.overflowed))
		return 1;
	return fwrite(page.ptr, 1, page.len, stdout) == page.len ? 0 : 1;
}
