#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "isolation/schedule.h"
#include "support/pg_database.h"
#include "support/unit.h"

/*
 * Every file of schedules/ is a test: concurrent sessions on a real PostgreSQL, one
 * step at a time.  schedule.h has the words.  "schedule_test NAME" plays the files
 * whose names contain NAME.
 */

#define SCHEDULES_MAX 64
#define TEXT_MAX      16384

struct file {
	char name[256];
	char text[TEXT_MAX];
	char title[256];
};

static struct file files[SCHEDULES_MAX];
static size_t file_count;

static void
a_schedule(void **state)
{
	const struct file *file = *state;
	char room[2048];
	struct buf problem = buf_over(room, sizeof(room));

	if (!schedule_play(str_from_z(file->text), &problem))
		fail_msg("%s, %.*s", file->name, STR_ARG(buf_view(&problem)));
}

/* ---- a schedule that does not hold is found out ---- */

/* ${text} must not hold, for the reason ${part}. */
static void
does_not_hold(const char *text, const char *part)
{
	char room[2048] = "";
	struct buf problem = buf_over(room, sizeof(room) - 1);

	assert_false(schedule_play(str_from_z(text), &problem));
	room[problem.len] = '\0';
	assert_contains(room, part);
}

static void
a_step_that_comes_to_something_else_is_reported_with_its_line(void **state)
{
	(void)state;
	does_not_hold("test x\n\na: append s at 0 -> conflict\n",
	    "line 3: expected \"conflict\", got \"ok\"");
	does_not_hold(
	    "test x\na: append s at 7\n", "line 2: expected it to succeed, got \"conflict\"");
	does_not_hold("test x\na: append s at 0\na: sequence -> gives 2\n",
	    "line 3: expected \"gives 2\", got \"gives 1\"");
}

static void
another_order_than_expected_is_reported_with_the_one_that_it_is(void **state)
{
	(void)state;
	does_not_hold("test x\na: append s at 0 with 2 events\na: append t at 0\na: sequence\n"
		      "expect log t/1 s/1-2\n",
	    "line 5: expected the log to be \"t/1 s/1-2\", it is \"s/1-2 t/1\"");
	does_not_hold("test x\na: append s at 0\nexpect stream s at 2\n",
	    "line 3: expected stream \"s\" at 2, it is at 1");
}

static void
waiting_that_was_not_expected_is_found_and_so_is_its_absence(void **state)
{
	(void)state;
	does_not_hold("test x\na: begin\na: append s at 0\nb: append s at 0\n",
	    "line 4: \"b\" waits for a lock");
	does_not_hold(
	    "test x\na: append s at 0 -> waits\n", "line 2: expected it to wait, got \"ok\"");
	does_not_hold("test x\na: begin\na: append s at 0\nb: append s at 0 -> waits\nb: commit\n",
	    "line 5: session \"b\" has not answered yet");
	does_not_hold("test x\na: begin\na: answers\n", "line 3: session \"a\" was asked nothing");
}

static void
words_that_mean_nothing_are_refused_with_their_line(void **state)
{
	(void)state;
	does_not_hold("test x\na: apend s at 0\n", "line 2: there is no such step");
	does_not_hold("test x\na: append s after 0\n", "line 2: there is no such step");
	does_not_hold("test x\n# a note\nexpect rain\n", "line 3: nobody knows what");
	does_not_hold("test x\nsession a acts for the king\n", "line 2: nobody is called \"king\"");
	does_not_hold("test x\nkill z\n", "line 2: there is no session \"z\"");
}

/* A log that was tampered with: the promises are looked up in the tables. */
static void
a_hole_in_the_log_is_found_behind_the_last_line(void **state)
{
	(void)state;
	/* The sequencer is told that it is further than it is. */
	does_not_hold("test x\na: append s at 0\na: sequence\nskip position\na: append s at 1\n"
		      "a: sequence\n",
	    "a position is missing");
}

/* ---- the files ---- */

static bool
read_file(const char *name, struct file *ret)
{
	char path[512];
	size_t length;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", STRIKE_SCHEDULES, name);
	file = fopen(path, "re");
	if (file == NULL)
		return false;
	length = fread(ret->text, 1, sizeof(ret->text) - 1, file);
	ret->text[length] = '\0';
	(void)fclose(file);
	(void)snprintf(ret->name, sizeof(ret->name), "%s", name);
	(void)snprintf(
	    ret->title, sizeof(ret->title), "%.*s", STR_ARG(schedule_name(str_from_z(ret->text))));
	return ret->title[0] != '\0';
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct file *)a)->name, ((const struct file *)b)->name);
}

static bool
read_files(const char *wanted)
{
	DIR *folder = opendir(STRIKE_SCHEDULES);

	if (folder == NULL)
		return false;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		if (strstr(entry->d_name, ".schedule") == NULL ||
		    strstr(entry->d_name, wanted) == NULL || file_count == SCHEDULES_MAX)
			continue;
		if (!read_file(entry->d_name, &files[file_count])) {
			fprintf(
			    stderr, "%s has no name: \"test ...\" comes first\n", entry->d_name);
			(void)closedir(folder);
			return false;
		}
		file_count++;
	}
	(void)closedir(folder);
	qsort(files, file_count, sizeof(files[0]), by_name);
	return file_count > 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest of_the_words[] = {
		cmocka_unit_test(a_step_that_comes_to_something_else_is_reported_with_its_line),
		cmocka_unit_test(another_order_than_expected_is_reported_with_the_one_that_it_is),
		cmocka_unit_test(waiting_that_was_not_expected_is_found_and_so_is_its_absence),
		cmocka_unit_test(words_that_mean_nothing_are_refused_with_their_line),
		cmocka_unit_test(a_hole_in_the_log_is_found_behind_the_last_line),
	};
	struct CMUnitTest tests[SCHEDULES_MAX] = { { 0 } };
	int failed, skipped;

	if (!read_files(argc > 1 ? argv[1] : ".schedule"))
		return 1;
	skipped = pg_database_create();
	if (skipped != 0)
		return skipped;
	for (size_t i = 0; i < file_count; i++)
		tests[i] = (struct CMUnitTest){
			.name = files[i].title, .test_func = a_schedule, .initial_state = &files[i]
		};
	failed = _cmocka_run_group_tests("schedules", tests, file_count, NULL, NULL);
	if (argc < 2)
		failed +=
		    cmocka_run_group_tests_name("words of schedules", of_the_words, NULL, NULL);
	pg_database_drop();
	return failed == 0 ? 0 : 1;
}
