#include "api/voice.h"

#include <math.h>

#include "domain/jobnumber/jobnumber.h"
#include "domain/jobnumber/spoken.h"
#include "proto/twiml.h"

#define URL_BYTES_MAX  4096
#define TEXT_BYTES_MAX 4096

#define DRILL STR("This is a drill.")

/* Where the answer to a question goes. */
enum destination { TO_CHOICE, TO_ETA, TO_PIN, TO_ARRIVAL, TO_IN };

/* One question: its word in URLs, what is asked, and how many digits answer it. */
struct menu_row {
	struct str word;
	enum destination to;
	int64_t digits_max;
	struct str question, sorry;
};

static const struct menu_row menus[VOICE_MENU_COUNT] = {
	[VOICE_JOB] = { STR("job"), TO_CHOICE, 1,
	    STR("Press 1 to accept. Press 2 to decline. Press 3 to hear this again."),
	    STR("Sorry, that was none of the choices.") },
	[VOICE_REASON] = { STR("reason"), TO_CHOICE, 1,
	    STR("You declined. Press 1 if you are already working, 2 if you are too far away, 3 if "
		"you are not fit for duty, 4 if you are not on call, 5 for another reason."),
	    STR("") },
	[VOICE_ETA] = { STR("eta"), TO_ETA, VOICE_ETA_DIGITS_MAX,
	    STR("Thank you. In how many minutes will you be there? Enter the minutes, then press "
		"pound. To give none, press pound alone."),
	    STR("Sorry, that was not a number of minutes.") },
	[VOICE_PIN] = { STR("pin"), TO_PIN, VOICE_PIN_DIGITS_MAX,
	    STR("This is Osprey Strike. Please enter your PIN, then press pound."),
	    STR("Sorry, that was not the PIN.") },
	[VOICE_ARRIVAL] = { STR("arrival"), TO_ARRIVAL, 1,
	    STR("Press 1 if you are on site. Press 2 to say in how many minutes you will be there. "
		"Press 3 if you cannot come after all."),
	    STR("Sorry, that was none of the choices.") },
	[VOICE_NEW_ETA] = { STR("new-eta"), TO_ARRIVAL, VOICE_ETA_DIGITS_MAX,
	    STR("In how many minutes will you be there? Enter the minutes, then press pound."),
	    STR("Sorry, that was not a number of minutes.") },
	[VOICE_NUMBER] = { STR("number"), TO_IN, VOICE_JOB_DIGITS_MAX,
	    STR("Enter the digits of the job number, then press pound."), STR("") },
};

enum voice_menu
voice_menu_find(struct str word)
{
	for (size_t i = 0; i < COUNT_OF(menus); i++) {
		if (str_equal(menus[i].word, word))
			return (enum voice_menu)i;
	}
	return VOICE_JOB;
}

static struct str
url_of(const struct voice_talk *talk, enum destination to)
{
	switch (to) {
	case TO_CHOICE:
		return talk->choice;
	case TO_ETA:
		return talk->eta;
	case TO_PIN:
		return talk->pin;
	case TO_ARRIVAL:
		return talk->arrival;
	case TO_IN:
		return talk->in;
	}
	UNREACHABLE("voice destination");
}

/* Where the input goes.  A URL that does not fit fails the answer: cut, it would lose a choice. */
static struct str
input_url(struct buf *buf, struct buf *memory, struct str url, enum voice_menu menu, int64_t try)
{
	buf_printf(memory, "%.*s&menu=%.*s&try=%lld", STR_ARG(url), STR_ARG(menus[menu].word),
	    (long long)try);
	buf->overflowed = buf->overflowed || memory->overflowed;
	return buf_view(memory);
}

static void
begin_gather(struct buf *buf, const struct voice_talk *talk, enum voice_menu menu, int64_t try)
{
	char memory[URL_BYTES_MAX];
	struct buf action = buf_over(memory, sizeof(memory));
	struct str url = url_of(talk, menus[menu].to);

	twiml_gather_begin(
	    buf, &(struct twiml_gather){ .action = input_url(buf, &action, url, menu, try),
		     .digits_max = menus[menu].digits_max,
		     .timeout_s = VOICE_CHOICE_WAIT_S });
}

/* Who presses nothing goes the way of an empty input, so that silence is counted too. */
static void
end_gather(struct buf *buf, const struct voice_talk *talk, enum voice_menu menu, int64_t try)
{
	char memory[URL_BYTES_MAX];
	struct buf silence = buf_over(memory, sizeof(memory));

	twiml_gather_end(buf);
	twiml_redirect(buf, input_url(buf, &silence, url_of(talk, menus[menu].to), menu, try));
	twiml_end(buf);
}

/* The beginning of a description, cut at a character's border. */
static struct str
beginning(struct str text)
{
	size_t end = 0, chars = 0;

	while (end < text.len && chars < VOICE_READ_CHARS_MAX) {
		end++;
		while (end < text.len && ((unsigned char)text.ptr[end] & 0xc0) == 0x80)
			end++;
		chars++;
	}
	return (struct str){ text.ptr, end };
}

/* "latitude 30.2672 north, longitude 97.7431 west": a voice says "-" in many ways. */
static void
say_point(struct buf *text, struct geo_point point)
{
	buf_printf(text, "latitude %.4f %s, longitude %.4f %s", fabs(point.latitude),
	    point.latitude < 0 ? "south" : "north", fabs(point.longitude),
	    point.longitude < 0 ? "west" : "east");
}

/* Where: the region's name as the contractor calls it, and the ends of what is damaged. */
static void
say_place(struct buf *text, const struct callout *callout)
{
	const struct geo_location *location = &callout->eco.location;
	struct str region = callout->ringdown.plan.region;

	buf_str(text, STR("It is "));
	if (!str_empty(region))
		buf_printf(text, "in %.*s, ", STR_ARG(region));
	if (location->type == GEO_LINE)
		buf_str(text, STR("from "));
	else
		buf_str(text, STR("at "));
	say_point(text, location->points[0]);
	if (location->type == GEO_LINE) {
		buf_str(text, STR(", to "));
		say_point(text, location->points[location->count - 1]);
	}
	buf_str(text, STR(". "));
}

static void
say_job(struct buf *buf, const struct callout *callout)
{
	const struct eco *eco = &callout->eco;
	char memory[TEXT_BYTES_MAX];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, STR("This is Osprey Strike with an emergency callout. "));
	buf_printf(&text, "%.*s. ", STR_ARG(beginning(eco->description)));
	say_place(&text, callout);
	buf_str(&text, STR("Job number "));
	jobnumber_speak(eco->job_number, &text);
	buf_char(&text, '.');
	buf->overflowed = buf->overflowed || text.overflowed;
	twiml_say(buf, buf_view(&text));
}

static void
say_drill(struct buf *buf, const struct voice_talk *talk)
{
	if (talk->exercise)
		twiml_say(buf, DRILL);
}

static void
say_several(struct buf *buf, const struct voice_talk *talk)
{
	if (talk->several)
		twiml_say(buf, STR("Press 9 for your next callout, or 8 to enter a job number."));
}

void
voice_read_job(struct buf *buf, const struct callout *callout, const struct voice_talk *talk,
    enum voice_again again, int64_t try)
{
	twiml_begin(buf);
	if (again == VOICE_WRONG)
		twiml_say(buf, menus[VOICE_JOB].sorry);
	begin_gather(buf, talk, VOICE_JOB, try);
	say_drill(buf, talk);
	if (again != VOICE_HELP)
		say_job(buf, callout);
	twiml_say(buf, menus[VOICE_JOB].question);
	say_several(buf, talk);
	if (again == VOICE_HELP)
		twiml_say(buf, STR("Who accepts is asked for the minutes to arrival. Who declines "
				   "is asked why, "
				   "and somebody else is called."));
	say_drill(buf, talk);
	end_gather(buf, talk, VOICE_JOB, try);
}

void
voice_ask(struct buf *buf, const struct voice_talk *talk, enum voice_menu menu, int64_t try)
{
	CHECK(menu != VOICE_JOB && menu < VOICE_MENU_COUNT);
	twiml_begin(buf);
	if (try > 1 && !str_empty(menus[menu].sorry))
		twiml_say(buf, menus[menu].sorry);
	begin_gather(buf, talk, menu, try);
	/* Before the PIN nobody knows who listens. */
	if (menu == VOICE_ARRIVAL) {
		say_drill(buf, talk);
		twiml_say(buf, STR("This is Osprey Strike about the job that you accepted."));
	}
	twiml_say(buf, menus[menu].question);
	if (menu == VOICE_ARRIVAL)
		say_several(buf, talk);
	end_gather(buf, talk, menu, try);
}

void
voice_farewell(struct buf *buf, const struct voice_talk *talk, struct str text)
{
	twiml_begin(buf);
	twiml_say(buf, text);
	say_drill(buf, talk);
	twiml_hangup(buf);
	twiml_end(buf);
}

void
voice_hang_up(struct buf *buf)
{
	twiml_begin(buf);
	twiml_hangup(buf);
	twiml_end(buf);
}

void
voice_go_to(struct buf *buf, struct str url)
{
	twiml_begin(buf);
	twiml_redirect(buf, url);
	twiml_end(buf);
}
