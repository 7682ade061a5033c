#include "support/unit.h"

#include "proto/gsm7.h"
#include "proto/page_text.h"
#include "proto/twilio_errors.h"

static struct str
repeated(char *room, char letter, size_t count)
{
	memset(room, letter, count);
	return (struct str){ room, count };
}

static void
assert_size(struct str text, bool fits, size_t units, size_t segments)
{
	struct gsm7_size size = gsm7_size_of(text);

	assert_int_equal(size.fits_gsm7, fits);
	assert_int_equal(size.units, units);
	assert_int_equal(size.segments, segments);
}

static void
a_message_holds_160_letters_and_153_each_when_it_is_one_of_several(void **state)
{
	char room[512];

	(void)state;
	assert_size(STR(""), true, 0, 1);
	assert_size(repeated(room, 'a', 160), true, 160, 1);
	assert_size(repeated(room, 'a', 161), true, 161, 2);
	assert_size(repeated(room, 'a', 306), true, 306, 2);
	assert_size(repeated(room, 'a', 307), true, 307, 3);
}

static void
some_characters_count_twice(void **state)
{
	(void)state;
	assert_size(STR("[x]"), true, 5, 1);
	assert_size(STR("\xe2\x82\xac"), true, 2, 1);             /* € */
	assert_size(STR("\xc3\xa9\xc3\xbc\xc2\xa3"), true, 3, 1); /* éü£ */
}

static void
one_other_character_makes_a_message_hold_70(void **state)
{
	char room[512];
	struct str text = repeated(room, 'a', 69);

	(void)state;
	memcpy(room + 69, "\xe2\x80\x99", 3); /* ’ */
	assert_size((struct str){ room, 72 }, false, 70, 1);
	memcpy(room + 72, "a", 1);
	assert_size((struct str){ room, 73 }, false, 71, 2);
	assert_size(STR("\xf0\x9f\x94\xa5"), false, 2, 1); /* a flame, two units */
	assert_size(STR("`"), false, 1, 1);
	assert_size(STR("\xff\xc3"), false, 2, 1);
	(void)text;
}

static void
what_the_alphabet_lacks_is_written_alike(void **state)
{
	char room[256];
	struct buf buf = buf_over(room, sizeof(room));

	(void)state;
	gsm7_write(&buf, STR("\xe2\x80\x9cPole\xe2\x80\x9d \xe2\x80\x93 Jos\xc3\xa9\xe2\x80\x99s "
			     "\xc5\x82\xc3\xa1 \xf0\x9f\x94\xa5\x01\xe2\x80\xa6"));
	assert_text(buf_view(&buf), "\"Pole\" - Jos\xc3\xa9's la ? ...");
	assert_true(gsm7_size_of(buf_view(&buf)).fits_gsm7);
}

static const struct page_text job = {
	.job_number = { "HCC-MFR-00042-7", 15 },
	.what = { "Fiber cut", 9 },
	.where = { "30.26720,-97.74310", 18 },
	.code = { "KFX", 3 },
};

static void
an_offer_says_what_where_which_job_and_how_to_answer(void **state)
{
	char room[PAGE_TEXT_BYTES_MAX];
	struct buf buf = buf_over(room, sizeof(room));

	(void)state;
	page_text_offer(&buf, &job);
	assert_text(buf_view(&buf),
	    "KFX HCC-MFR-00042-7: Fiber cut at 30.26720,-97.74310. Reply A and minutes to accept, "
	    "D to decline.");
}

static void
an_offer_is_one_message_however_long_the_description(void **state)
{
	char room[PAGE_TEXT_BYTES_MAX], what[3000];
	struct page_text about = job;

	(void)state;
	for (size_t i = 0; i < sizeof(what); i++)
		what[i] = i % 7 == 6 ? ' ' : i % 5 == 0 ? '[' : 'x';
	for (size_t length = 0; length < sizeof(what); length += length < 200 ? 1 : 97) {
		struct buf buf = buf_over(room, sizeof(room));

		about.drill = length % 2 == 0;
		about.what = (struct str){ what, length };
		page_text_offer(&buf, &about);
		assert_false(buf.overflowed);
		assert_int_equal(gsm7_size_of(buf_view(&buf)).segments, 1);
		assert_true(str_find(buf_view(&buf), STR("D to decline.")) != SIZE_MAX);
	}
}

static void
a_drill_says_so_first(void **state)
{
	char room[PAGE_TEXT_BYTES_MAX];
	void (*const writers[])(struct buf *, const struct page_text *) = { page_text_offer,
		page_text_ask_arrival, page_text_resumed, page_text_taken };
	struct page_text about = job;

	(void)state;
	about.drill = true;
	for (size_t i = 0; i < COUNT_OF(writers); i++) {
		struct buf buf = buf_over(room, sizeof(room));

		writers[i](&buf, &about);
		assert_true(str_starts_with(buf_view(&buf), STR("THIS IS A DRILL. ")));
		assert_true(gsm7_size_of(buf_view(&buf)).fits_gsm7);
	}
}

static void
an_alert_says_what_happens_next(void **state)
{
	char room[PAGE_TEXT_BYTES_MAX];
	struct buf buf = buf_over(room, sizeof(room));
	struct page_text_alert alert = { .about = job, .people = 3, .loops = 2 };

	(void)state;
	page_text_alert(&buf, &alert);
	assert_text(buf_view(&buf),
	    "Osprey Strike: nobody accepted HCC-MFR-00042-7. 3 contacts were "
	    "rung, 2 times each. Nobody is being rung any more.");
	buf = buf_over(room, sizeof(room));
	alert.again_after_s = 1200;
	page_text_alert(&buf, &alert);
	assert_true(str_find(buf_view(&buf), STR("again in 20 minutes")) != SIZE_MAX);
}

static void
codes_of_the_provider_mean_refused_not_now_or_undelivered(void **state)
{
	(void)state;
	assert_int_equal(twilio_error_verdict(21211), TWILIO_REFUSED);
	assert_int_equal(twilio_error_verdict(21610), TWILIO_REFUSED);
	assert_int_equal(twilio_error_verdict(20429), TWILIO_RETRY);
	assert_int_equal(twilio_error_verdict(21611), TWILIO_RETRY);
	for (int64_t code = 30001; code <= 30008; code++)
		assert_int_equal(twilio_error_verdict(code), TWILIO_UNDELIVERED);
	assert_int_equal(twilio_error_verdict(1), TWILIO_UNKNOWN);
	assert_text(twilio_error_words(30003), "the phone is off or out of reach");
	assert_text(twilio_error_words(1), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_message_holds_160_letters_and_153_each_when_it_is_one_of_several),
		cmocka_unit_test(some_characters_count_twice),
		cmocka_unit_test(one_other_character_makes_a_message_hold_70),
		cmocka_unit_test(what_the_alphabet_lacks_is_written_alike),
		cmocka_unit_test(an_offer_says_what_where_which_job_and_how_to_answer),
		cmocka_unit_test(an_offer_is_one_message_however_long_the_description),
		cmocka_unit_test(a_drill_says_so_first),
		cmocka_unit_test(an_alert_says_what_happens_next),
		cmocka_unit_test(codes_of_the_provider_mean_refused_not_now_or_undelivered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
