#include "domain/jobnumber/spoken.h"
#include "support/spec.h"

static struct str
format(const struct jobnumber *number, char *memory, size_t limit)
{
	struct buf buf = buf_over(memory, limit);

	jobnumber_format(number, &buf);
	assert_false(buf.overflowed);
	return buf_view(&buf);
}

static enum jobnumber_problem
parse(struct str text)
{
	struct jobnumber number;

	return jobnumber_parse(text, &number);
}

static void
check_reads_as(const char *text, enum job_type type, int64_t sequence)
{
	struct jobnumber number;

	assert_int_equal(jobnumber_parse(str_from_z(text), &number), JOBNUMBER_OK);
	assert_int_equal(number.type, type);
	assert_int_equal(number.sequence, sequence);
	assert_true(str_equal_nocase(number.prefix, STR("HC")));
}

static void
what_is_printed_reads_back_the_same(void **state)
{
	static const int64_t sequences[] = { 1, 9, 10, 42, 99999, 100000, 123456789,
		999999999999999999 };

	(void)state;
	for (int type = 0; type < JOB_TYPE_COUNT; type++) {
		for (size_t i = 0; i < COUNT_OF(sequences); i++) {
			const struct jobnumber number = { STR("LONGPRE1"), (enum job_type)type,
				sequences[i] };
			char memory[JOBNUMBER_BYTES_MAX];
			struct jobnumber back;

			assert_int_equal(
			    jobnumber_parse(format(&number, memory, sizeof(memory)), &back),
			    JOBNUMBER_OK);
			assert_true(str_equal(back.prefix, number.prefix));
			assert_int_equal(back.type, number.type);
			assert_int_equal(back.sequence, number.sequence);
		}
	}
}

static void
people_say_it_in_many_ways(void **state)
{
	(void)state;
	check_reads_as("HC-MFR-00042-0", JOB_TYPE_MFR, 42);
	check_reads_as("  hc mfr 00042 0 ", JOB_TYPE_MFR, 42);
	check_reads_as("hc.mfr.42.0", JOB_TYPE_MFR, 42);
	check_reads_as("HCMFR420", JOB_TYPE_MFR, 42);
	check_reads_as("HC-MFR-4 2 - 0", JOB_TYPE_MFR, 42);
}

static void
what_is_no_job_number_is_malformed(void **state)
{
	static const char *const texts[] = { "", " ", "HC", "HC-MFR", "HC-MFR-4", "MFR-00042-4",
		"HC-XYZ-00042-4", "TOOLONGPREFIX-MFR-00042-4", "H\u00e9-MFR-00042-4",
		"HC-MFR-00000-0", "HC-MFR-99999999999999999999-1", "HC-MFR--42x4", "00042-4",
		"HC-MFR-00042-0x", "-----", "H C-MFR-00042-4" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(parse(str_from_z(texts[i])), JOBNUMBER_MALFORMED);
}

/* Every wrong digit, and every swap of two different neighbours, in ${text}. */
static void
check_every_slip(char *text, size_t first, size_t end)
{
	char *digits[32];
	size_t count = 0;

	for (size_t i = first; i < end; i++) {
		if (text[i] != '-')
			digits[count++] = &text[i];
	}
	for (size_t i = 0; i < count; i++) {
		char right = *digits[i], left = i == 0 ? right : *digits[i - 1];

		for (char wrong = '0'; wrong <= '9'; wrong++) {
			*digits[i] = wrong;
			if (wrong != right && parse((struct str){ text, end }) == JOBNUMBER_OK)
				fail_msg("%.*s is taken for right", (int)end, text);
		}
		*digits[i] = right;
		if (left == right)
			continue;
		*digits[i] = left;
		*digits[i - 1] = right;
		if (parse((struct str){ text, end }) == JOBNUMBER_OK)
			fail_msg("%.*s is taken for right", (int)end, text);
		*digits[i] = right;
		*digits[i - 1] = left;
	}
}

static void
every_misheard_digit_and_every_swap_of_neighbours_is_caught(void **state)
{
	(void)state;
	for (int type = 0; type < JOB_TYPE_COUNT; type++) {
		for (int64_t sequence = 1; sequence <= 1200000;
		     sequence += sequence < 3000 ? 1 : 997) {
			const struct jobnumber number = { STR("HC"), (enum job_type)type,
				sequence };
			char memory[JOBNUMBER_BYTES_MAX];
			struct str text = format(&number, memory, sizeof(memory));
			size_t before = sizeof("HC-") + job_type_name(number.type).len;

			check_every_slip(memory, before, text.len);
		}
	}
}

static void
a_number_heard_with_the_wrong_type_is_caught(void **state)
{
	static const char *const texts[] = { "HC-CMR-00042-0", "HC-FNOL-00042-0" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(parse(str_from_z(texts[i])), JOBNUMBER_WRONG_CHECK);
}

static void
a_number_is_said_in_words_and_heard_again(void **state)
{
	char said_memory[SPOKEN_BYTES_MAX], heard_memory[SPOKEN_BYTES_MAX];

	(void)state;
	for (int64_t sequence = 1; sequence < 100000; sequence += 617) {
		const struct jobnumber number = { STR("XQ"), JOB_TYPE_FNOL, sequence };
		struct buf said = buf_over(said_memory, sizeof(said_memory));
		struct buf heard = buf_over(heard_memory, sizeof(heard_memory));
		char memory[JOBNUMBER_BYTES_MAX];
		struct jobnumber again;

		jobnumber_speak(format(&number, memory, sizeof(memory)), &said);
		jobnumber_hear(buf_view(&said), &heard);
		assert_int_equal(jobnumber_parse(buf_view(&heard), &again), JOBNUMBER_OK);
		assert_int_equal(again.sequence, sequence);
		assert_int_equal(again.type, JOB_TYPE_FNOL);
		assert_true(str_equal(again.prefix, STR("XQ")));
	}
}

static void
a_number_is_said_like_this(void **state)
{
	char memory[SPOKEN_BYTES_MAX];
	struct buf said = buf_over(memory, sizeof(memory));

	(void)state;
	jobnumber_speak(STR("HC-MFR-00042-0"), &said);
	assert_true(str_equal(buf_view(&said),
	    STR("Hotel Charlie, Mike Foxtrot Romeo, zero zero zero four two, zero")));
}

static void
what_is_not_spoken_is_heard_as_it_stands(void **state)
{
	char memory[SPOKEN_BYTES_MAX];
	struct buf heard = buf_over(memory, sizeof(memory));

	(void)state;
	jobnumber_hear(STR("hc mfr, 42. 0"), &heard);
	assert_true(str_equal(buf_view(&heard), STR("hc mfr, 42. 0")));
}

static void
job_types_are_found_by_name_in_either_case(void **state)
{
	enum job_type type;

	(void)state;
	assert_true(job_type_find(STR("fnol"), &type));
	assert_int_equal(type, JOB_TYPE_FNOL);
	assert_false(job_type_find(STR("FNO"), &type));
	assert_false(job_type_find(STR(""), &type));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_printed_reads_back_the_same),
		cmocka_unit_test(people_say_it_in_many_ways),
		cmocka_unit_test(what_is_no_job_number_is_malformed),
		cmocka_unit_test(every_misheard_digit_and_every_swap_of_neighbours_is_caught),
		cmocka_unit_test(a_number_heard_with_the_wrong_type_is_caught),
		cmocka_unit_test(a_number_is_said_in_words_and_heard_again),
		cmocka_unit_test(a_number_is_said_like_this),
		cmocka_unit_test(what_is_not_spoken_is_heard_as_it_stands),
		cmocka_unit_test(job_types_are_found_by_name_in_either_case),
	};

	return cmocka_run_group_tests_name("jobnumber", tests, NULL, NULL);
}
