#include "support/unit.h"

#include "proto/twiml.h"

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

static char room[2048];
static struct buf buf;

static int
set_up(void **state)
{
	(void)state;
	buf = buf_over(room, sizeof(room));
	return 0;
}

static void
a_page_is_read_out_and_asks_for_digits(void **state)
{
	struct twiml_gather gather = { STR("https://host/digits?eco=7&try=1"), 1, 5 };

	(void)state;
	twiml_begin(&buf);
	twiml_gather_begin(&buf, &gather);
	twiml_say(&buf, STR("Press 1 to accept."));
	twiml_pause(&buf, 2);
	twiml_gather_end(&buf);
	twiml_redirect(&buf, STR("https://host/again?eco=7&try=1"));
	twiml_hangup(&buf);
	twiml_end(&buf);
	assert_text(buf_view(&buf),
	    HEAD "<Response><Gather input=\"dtmf\" method=\"POST\" "
		 "action=\"https://host/digits?eco=7&amp;try=1\" timeout=\"5\" numDigits=\"1\">"
		 "<Say>Press 1 to accept.</Say><Pause length=\"2\"/></Gather>"
		 "<Redirect method=\"POST\">https://host/again?eco=7&amp;try=1</Redirect>"
		 "<Hangup/></Response>\n");
}

static void
digits_may_be_ended_by_the_caller(void **state)
{
	struct twiml_gather gather = { STR("https://host/eta"), 0, 10 };

	(void)state;
	twiml_gather_begin(&buf, &gather);
	assert_text(buf_view(&buf), "<Gather input=\"dtmf\" method=\"POST\" "
				    "action=\"https://host/eta\" timeout=\"10\">");
}

static void
a_description_cannot_add_markup(void **state)
{
	(void)state;
	twiml_say(&buf, STR("</Say><Dial>+15125550199</Dial> \"A\" & 'B' ]]>"));
	assert_text(buf_view(&buf), "<Say>&lt;/Say&gt;&lt;Dial&gt;+15125550199&lt;/Dial&gt; "
				    "&quot;A&quot; &amp; &apos;B&apos; ]]&gt;</Say>");
}

static void
what_xml_cannot_carry_becomes_a_space(void **state)
{
	(void)state;
	twiml_say(&buf, STR("a\0b\x1b"
			    "c\nd\x7f"
			    "e\xc2\x85"
			    "f\xef\xbf\xbf"
			    "g"));
	assert_text(buf_view(&buf), "<Say>a b c d e f g</Say>");
}

static void
bytes_that_are_not_utf8_become_spaces_and_the_rest_is_kept(void **state)
{
	(void)state;
	twiml_say(&buf, STR("caf\xc3\xa9 \xff"
			    "a\xe2\x82"
			    "b\xf0\x9f\x9a\x92\xc3"));
	assert_text(buf_view(&buf), "<Say>caf\xc3\xa9  a  b\xf0\x9f\x9a\x92 </Say>");
}

static void
a_text_is_answered_with_a_message(void **state)
{
	(void)state;
	twiml_begin(&buf);
	twiml_message(&buf, STR("Noted: <HC-MFR-00042-0> & thanks"));
	twiml_end(&buf);
	assert_text(buf_view(&buf),
	    HEAD "<Response><Message>Noted: &lt;HC-MFR-00042-0&gt; &amp; thanks</Message>"
		 "</Response>\n");
}

static void
a_document_that_does_not_fit_says_so(void **state)
{
	(void)state;
	buf = buf_over(room, 20);
	twiml_begin(&buf);
	assert_true(buf.overflowed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_page_is_read_out_and_asks_for_digits, set_up),
		cmocka_unit_test_setup(digits_may_be_ended_by_the_caller, set_up),
		cmocka_unit_test_setup(a_description_cannot_add_markup, set_up),
		cmocka_unit_test_setup(what_xml_cannot_carry_becomes_a_space, set_up),
		cmocka_unit_test_setup(
		    bytes_that_are_not_utf8_become_spaces_and_the_rest_is_kept, set_up),
		cmocka_unit_test_setup(a_text_is_answered_with_a_message, set_up),
		cmocka_unit_test_setup(a_document_that_does_not_fit_says_so, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
