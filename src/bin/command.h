#ifndef BIN_COMMAND_H
#define BIN_COMMAND_H

#include "base/err.h"

/*
 * command: the subcommands of strike.  For bin/ only: here things are put
 * together, and nothing else is done.
 */

#define COMMAND_ARENA_BYTES (16u << 20)

/* What went wrong is said in one line; what to do about it in the next. */
void command_print_fault(const char *command, const struct err *err);

/* Each takes its own arguments, its name first, and returns the exit status. */
int command_serve(int argc, char **argv);
int command_mock(int argc, char **argv);
int command_up(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_play(int argc, char **argv);
int command_migrate(int argc, char **argv);
int command_erase_person(int argc, char **argv);
int command_export(int argc, char **argv);
int command_import(int argc, char **argv);
int command_archive(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_prove(int argc, char **argv);
int command_check_proof(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_outbox(int argc, char **argv);
int command_projections(int argc, char **argv);
int command_replay(int argc, char **argv);
int command_org(int argc, char **argv);
int command_user(int argc, char **argv);
int command_token(int argc, char **argv);
int command_agreement(int argc, char **argv);
int command_region(int argc, char **argv);
int command_roster(int argc, char **argv);
int command_settings(int argc, char **argv);

#endif
