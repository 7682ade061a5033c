#include <stdio.h>

#include "app/people.h"
#include "app/roster_plan.h"
#include "bin/command.h"
#include "bin/directory_cli.h"

#define PAGE_PEOPLE 100

/* ---- people ---- */

static void
print_contact(const struct contact *contact)
{
	printf("    %-5.*s %-16.*s %s\n",
	    STR_ARG(eco_word_name(&contact_kind_words, contact->kind)), STR_ARG(contact->number),
	    contact->verified_at.us != RECORD_NO_MOMENT.us ? "verified" : "not verified");
}

static void
print_person(const struct cli *cli, const struct record *record)
{
	const struct person *person = &record->person;

	printf("%.*s  %.*s%s%s", STR_ARG(uuid_text(cli->arena, record->id)), STR_ARG(person->label),
	    person->opted_out ? ", opted out" : "", person->retired ? ", retired" : "");
	if (person->resting_until.us > cli->context.now.us)
		printf(", resting until %.*s",
		    STR_ARG(instant_text(cli->arena, person->resting_until)));
	if (person->rest_from_min != person->rest_until_min)
		printf(", rests from %02lld:%02lld to %02lld:%02lld",
		    (long long)(person->rest_from_min / 60),
		    (long long)(person->rest_from_min % 60),
		    (long long)(person->rest_until_min / 60),
		    (long long)(person->rest_until_min % 60));
	putchar('\n');
	for (size_t i = 0; i < person->contact_count; i++)
		print_contact(&person->contacts[i]);
}

/* Call ${print} for every record of ${kind}. */
static struct err *
print_all(struct cli *cli, enum record_kind kind,
    void (*print)(const struct cli *cli, const struct record *record))
{
	struct record_page_query query = { .kind = kind, .limit = PAGE_PEOPLE };
	struct record_page page;

	do {
		struct arena_mark mark = arena_mark(cli->arena);

		TRY(record_page(cli->session, cli->arena, &query, &page));
		for (size_t i = 0; i < page.count; i++)
			print(cli, &page.at[i]);
		query.after = page.end;
		arena_release(cli->arena, mark);
	} while (page.more);
	return NULL;
}

static struct err *
list_people(struct cli *cli, bool *ret_done)
{
	struct refusal refusal;

	*ret_done = app_permits_roster(&cli->context, OPERATION_people, &refusal) ||
		    cli_refused(cli, &refusal);
	return *ret_done ? print_all(cli, RECORD_PERSON, print_person) : NULL;
}

static struct err *
change(struct cli *cli, enum app_operation operation, struct app_person_input *input,
    const char *what, bool *ret_done)
{
	struct app_record_answer answer;

	input->command = cli_command(cli);
	input->body = sha256_of(app_operations[operation].field);
	TRY(app_change_person(&cli->context, operation, input, &answer));
	*ret_done = cli_done(cli, &answer, what);
	return NULL;
}

static struct err *
add_person(struct cli *cli, bool *ret_done)
{
	struct app_person_input input = {
		.change = { .label = cli_text(cli, CLI_NAME),
		    .time_zone = cli_text(cli, CLI_ZONE) },
	};

	return change(cli, OPERATION_create_person, &input, "is on call", ret_done);
}

static struct err *
add_contact(struct cli *cli, bool *ret_done)
{
	struct str word = cli_text(cli, CLI_KIND);
	struct app_person_input input = { .number = cli->words[1] };
	unsigned kind = CONTACT_VOICE;

	*ret_done = cli_id(cli, 0, &input.person) &&
		    (str_empty(word) || eco_word_find(&contact_kind_words, word, &kind) ||
			cli_say(cli, "--kind is VOICE, for calls, or SMS"));
	input.kind = (enum contact_kind)kind;
	return *ret_done
		   ? change(cli, OPERATION_add_contact, &input, "has one contact more", ret_done)
		   : NULL;
}

/* ---- lists ---- */

static void
print_list(const struct cli *cli, const struct record *record)
{
	const struct pager_list_record *list = &record->pager_list;

	printf("%.*s  %.*s (%.*s)%s: %zu people, %zu shifts, %zu substitutions\n",
	    STR_ARG(uuid_text(cli->arena, record->id)), STR_ARG(list->name),
	    STR_ARG(list->time_zone), list->retired ? ", retired" : "", list->entry_count,
	    list->shift_count, list->substitution_count);
	for (size_t i = 0; i < list->entry_count; i++)
		printf("    %zu. %.*s\n", i + 1,
		    STR_ARG(uuid_text(cli->arena, list->entries[i].person)));
}

static struct err *
list_lists(struct cli *cli, bool *ret_done)
{
	struct refusal refusal;

	*ret_done = app_permits_roster(&cli->context, OPERATION_pager_lists, &refusal) ||
		    cli_refused(cli, &refusal);
	return *ret_done ? print_all(cli, RECORD_PAGER_LIST, print_list) : NULL;
}

/* ---- who would ring ---- */

static void
print_planned(const struct cli *cli, const struct roster_person *person)
{
	struct str number = person->contact_count > 0 ? person->contacts[0].number : STR("");

	printf("  %-24.*s %-16.*s %.*s", STR_ARG(person->label), STR_ARG(number),
	    STR_ARG(roster_skip_words(person->skip)));
	if (person->until.us != 0)
		printf(" until %.*s", STR_ARG(instant_text(cli->arena, person->until)));
	putchar('\n');
}

static void
print_plan(const struct cli *cli, const struct app_pager_plan *plan)
{
	printf("%zu would be rung\n", plan->rings);
	if (!plan->named)
		return;
	printf("%.*s, chosen by %.*s\n", STR_ARG(plan->list.name),
	    STR_ARG(str_empty(plan->list.region) ? STR("the agreement") : plan->list.region));
	for (size_t i = 0; i < plan->list.count; i++)
		print_planned(cli, &plan->list.people[i]);
}

/* A NOC has no lists of its own, and says whose it means. */
static bool
knows_contractor(const struct cli *cli)
{
	return cli->actor.organisation.is_osp || cli->said[CLI_CONTRACTOR] != NULL ||
	       cli_say(cli, "say which OSP would be engaged: --contractor HANDLE");
}

static struct err *
show_plan(struct cli *cli, bool *ret_done)
{
	struct app_pager_plan *plan = arena_new(cli->arena, struct app_pager_plan);
	struct geo_point point;
	struct geo_location location = { GEO_POINT, &point, 1 };
	struct app_pager_plan_query query = { .location = &location,
		.osp = cli_text(cli, CLI_CONTRACTOR) };
	struct refusal refusal;
	bool refused;

	if (plan == NULL)
		return ERR(cli->arena, ERR_LIMIT, "no memory left for a pager plan");
	*ret_done = cli_place(cli, cli->word_count > 0 ? cli->words[0] : cli_text(cli, CLI_PLACE),
			&point) &&
		    knows_contractor(cli) && cli_moment(cli, CLI_AT, &query.at);
	if (!*ret_done)
		return NULL;
	if (query.at.us == RECORD_NO_MOMENT.us)
		query.at = cli->context.now;
	TRY(app_pager_plan(&cli->context, &query, &refused, &refusal, plan));
	*ret_done = !refused || cli_refused(cli, &refusal);
	if (*ret_done && plan->found)
		print_plan(cli, plan);
	else if (*ret_done)
		*ret_done = cli_say(cli, "no list of that contractor covers this place");
	return NULL;
}

static const struct cli_verb verbs[] = {
	{ STR("people"), "--org HANDLE", "The people whom an OSP can ring.", 0,
	    CLI_FOR_ORGANISATION, list_people },
	{ STR("lists"), "--org HANDLE", "An OSP's pager lists.", 0, CLI_FOR_ORGANISATION,
	    list_lists },
	{ STR("plan"), "LON,LAT --org HANDLE [--contractor HANDLE] [--at MOMENT]",
	    "Who would ring for a place; for a NOC that names an OSP, how many.", 1,
	    CLI_FOR_ORGANISATION, show_plan },
	{ STR("plan"), "--place LON,LAT --org HANDLE [--contractor HANDLE] [--at MOMENT]",
	    "The same.", 0, CLI_FOR_ORGANISATION, show_plan },
	{ STR("add-person"), "--org HANDLE --name TEXT [--zone NAME]", "Put somebody on call.", 0,
	    CLI_FOR_ORGANISATION, add_person },
	{ STR("add-contact"), "PERSON NUMBER --org HANDLE [--kind VOICE|SMS]",
	    "Enter a number of a person, which counts when it is verified.", 2,
	    CLI_FOR_ORGANISATION, add_contact },
};

int
command_roster(int argc, char **argv)
{
	return cli_run(argc, argv, "roster", "Whom an OSP can ring, and whom it would.", verbs,
	    COUNT_OF(verbs));
}
