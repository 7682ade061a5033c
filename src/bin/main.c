#include <stdio.h>

#include "base/str.h"
#include "bin/command.h"

struct command {
	struct str name;
	int (*run)(int argc, char **argv);
	const char *sentence;
};

static const struct command commands[] = {
	{ STR("serve"), command_serve, "serve the API and do the work (the roles say which)" },
	{ STR("up"), command_up,
	    "everything on this machine: database, mock world, server, a callout" },
	{ STR("demo"), command_demo,
	    "play one scenario from beginning to end, and say how it went" },
	{ STR("play"), command_play, "play a scenario against a server that runs already" },
	{ STR("mock"), command_mock, "a Render and a Twilio to develop against" },
	{ STR("erase-person"), command_erase_person,
	    "make what is known of a person unreadable, everywhere" },
	{ STR("migrate"), command_migrate, "bring the database's schema up to this version" },
	{ STR("export"), command_export, "write an organisation's history as JSON Lines" },
	{ STR("import"), command_import, "take in a history that was exported elsewhere" },
	{ STR("archive"), command_archive,
	    "list the partitions of events, and archive the oldest" },
	{ STR("verify"), command_verify, "check that nobody has changed history" },
	{ STR("prove"), command_prove, "write a proof of an ECO's history, for others to check" },
	{ STR("check-proof"), command_check_proof, "check such a proof, without a database" },
	{ STR("doctor"), command_doctor, "check what the database must be like" },
	{ STR("outbox"), command_outbox, "what is to be sent and done, and what failed for good" },
	{ STR("projections"), command_projections,
	    "who follows the log, how far, and what could not be dealt with" },
	{ STR("replay"), command_replay, "make a read model anew while the old one is served" },
	{ STR("org"), command_org, "the organisations of this installation" },
	{ STR("user"), command_user, "who may act for whom" },
	{ STR("token"), command_token, "keys with which programs act for members" },
	{ STR("agreement"), command_agreement, "what NOCs and OSPs have agreed" },
	{ STR("region"), command_region, "the areas of an OSP, and which list covers a place" },
	{ STR("roster"), command_roster, "whom an OSP can ring, and whom it would" },
	{ STR("settings"), command_settings, "list every setting, as Markdown" },
};

static int
usage(FILE *to)
{
	fputs("usage: strike COMMAND [OPTION...]\n\n", to);
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		fprintf(to, "  %-10.*s %s\n", STR_ARG(commands[i].name), commands[i].sentence);
	fputs("\n'strike COMMAND --help' says more about one of them.\n", to);
	return to == stdout ? 0 : 64;
}

void
command_print_fault(const char *command, const struct err *err)
{
	char memory[2048];
	struct buf text = buf_over(memory, sizeof(memory));

	err_format(err, &text);
	fprintf(stderr, "strike %s: %.*s\n", command, STR_ARG(buf_view(&text)));
	for (const struct err *at = err; at != NULL; at = at->cause) {
		if (!str_empty(at->hint))
			fprintf(stderr, "  %.*s\n", STR_ARG(at->hint));
	}
}

int
main(int argc, char **argv)
{
	struct str name = argc > 1 ? str_from_z(argv[1]) : STR("");
	static char shown[64]; /* what --help calls the command */

	if (str_equal(name, STR("help")) || str_equal(name, STR("--help")))
		return usage(stdout);
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (!str_equal(commands[i].name, name))
			continue;
		(void)snprintf(shown, sizeof(shown), "strike %.*s", STR_ARG(name));
		argv[1] = shown;
		return commands[i].run(argc - 1, argv + 1);
	}
	if (!str_empty(name))
		fprintf(stderr, "strike: there is no command \"%s\"\n\n", argv[1]);
	return usage(stderr);
}
