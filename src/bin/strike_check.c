#include <stdio.h>

#include "bin/command.h"

/*
 * strike-check: 'strike check-proof' by itself, for whoever gets a proof and does not
 * run Strike.  It needs OpenSSL's libcrypto and jansson, and nothing else.
 */

void
command_print_fault(const char *command, const struct err *err)
{
	char memory[2048];
	struct buf text = buf_over(memory, sizeof(memory));

	(void)command;
	err_format(err, &text);
	fprintf(stderr, "strike-check: %.*s\n", STR_ARG(buf_view(&text)));
	for (const struct err *at = err; at != NULL; at = at->cause) {
		if (!str_empty(at->hint))
			fprintf(stderr, "  %.*s\n", STR_ARG(at->hint));
	}
}

int
main(int argc, char **argv)
{
	return command_check_proof(argc, argv);
}
