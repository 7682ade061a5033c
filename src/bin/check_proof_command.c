#include <errno.h>
#include <stdio.h>

#include "base/hex.h"
#include "bin/command.h"
#include "bin/files.h"
#include "bin/options.h"
#include "proof/proof_check.h"

#define WORDS_BYTES_MAX 8192

/* The exit status. */
enum { HOLDS = 0, DOES_NOT_HOLD = 1, COULD_NOT = 2 };

static const char about[] =
    "Check a proof of an ECO's history, as 'strike prove' writes it: without a database, and "
    "without a network.\v"
    "A proof holds only under what you know from elsewhere: the public key of who signs, or a "
    "head that you have kept.  WHAT is the proof's file; \"-\" is standard input.\n\n"
    "Exits 0 when it holds, 1 when it does not, 2 when it could not be read.";

/*
 * Read the next line into ${memory}, without its end.  False at the end of the file;
 * a line that is too long comes cut to PROOF_LINE_BYTES_MAX + 1 bytes.
 */
static bool
read_line(FILE *file, char *memory, struct str *ret)
{
	size_t length = 0;
	int c;

	while ((c = getc_unlocked(file)) != EOF && c != '\n' && length <= PROOF_LINE_BYTES_MAX)
		memory[length++] = (char)c;
	*ret = (struct str){ memory, length };
	return c != EOF || length > 0;
}

static bool
check_lines(FILE *file, char *memory, struct proof_check *check, struct arena *arena,
    struct str *ret_problem)
{
	struct str line;

	while (read_line(file, memory, &line)) {
		arena_reset(arena);
		if (line.len > PROOF_LINE_BYTES_MAX) {
			*ret_problem = arena_printf(arena, "line %lld is longer than %u bytes",
			    (long long)check->lines + 1, PROOF_LINE_BYTES_MAX);
			return false;
		}
		if (!proof_check_line(check, arena, line, ret_problem))
			return false;
	}
	return ferror(file) != 0 || proof_check_end(check, arena, ret_problem);
}

static int
check_file(FILE *file, struct proof_check *check)
{
	struct arena *arena = arena_create(PROOF_CHECK_ARENA);
	struct arena *line_arena = arena_create(PROOF_LINE_BYTES_MAX + 4096);
	char *memory = arena_bytes(line_arena, PROOF_LINE_BYTES_MAX + 1);
	char words[WORDS_BYTES_MAX];
	struct buf buf = buf_over(words, sizeof(words));
	struct str problem = STR("");
	bool holds = check_lines(file, memory, check, arena, &problem);
	int status = holds ? HOLDS : DOES_NOT_HOLD;

	if (ferror(file) != 0) {
		fprintf(stderr, "the proof could not be read: %s\n", strerror(errno));
		status = COULD_NOT;
	} else if (holds) {
		arena_reset(arena);
		proof_check_describe(check, arena, &buf);
		printf("%.*s", STR_ARG(buf_view(&buf)));
	} else {
		printf("THE PROOF DOES NOT HOLD: %.*s\n", STR_ARG(problem));
	}
	arena_destroy(line_arena);
	arena_destroy(arena);
	return status;
}

static struct err *
prepare(const struct command_options *chosen, struct arena *arena, struct proof_check *check,
    struct ed25519_key **key, FILE **file)
{
	if (chosen->argument == NULL)
		return ERR(arena, ERR_CORRUPT, "which file is not said");
	check->has_head = chosen->head != NULL;
	if (check->has_head && !hex_parse_digest(str_from_z(chosen->head), &check->head))
		return ERR(arena, ERR_CORRUPT, "--head takes 64 hexadecimal digits, not \"%s\"",
		    chosen->head);
	if (chosen->public_key != NULL)
		TRY(files_read_key(arena, chosen->public_key, false, key));
	check->key = *key;
	*file = strcmp(chosen->argument, "-") == 0 ? stdin : fopen(chosen->argument, "re");
	if (*file == NULL)
		return ERR(arena, ERR_UNAVAILABLE, "could not read %s: %s", chosen->argument,
		    strerror(errno));
	return NULL;
}

int
command_check_proof(int argc, char **argv)
{
	struct arena *arena = arena_create(COMMAND_ARENA_BYTES);
	struct command_options chosen = COMMAND_OPTIONS_DEFAULT;
	struct proof_check check = { .lines = 0 };
	struct ed25519_key *key = NULL;
	FILE *file = NULL;
	struct err *err;
	int status;

	options_read(argc, argv, "Kh@", about, &chosen);
	err = prepare(&chosen, arena, &check, &key, &file);
	if (err != NULL)
		command_print_fault("check-proof", err);
	status = err == NULL ? check_file(file, &check) : COULD_NOT;
	if (file != NULL && file != stdin)
		(void)fclose(file);
	ed25519_key_destroy(key);
	arena_destroy(arena);
	return status;
}
