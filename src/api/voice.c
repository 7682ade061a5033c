#include "api/voice.h"

#include "proto/twiml.h"

#define URL_BYTES_MAX 4096

/* "H C, M F R, 0 0 0 4 2, 7": letters and digits one by one, as people repeat them. */
static void
spell(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] == '-')
			buf_str(buf, STR(","));
		else
			buf_printf(buf, "%s%c", i == 0 ? "" : " ", text.ptr[i]);
	}
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

/* Where the input goes.  A URL that does not fit fails the answer: cut, it would lose a choice. */
static struct str
input_url(struct buf *buf, struct buf *memory, struct str url, const char *menu, int64_t try)
{
	buf_printf(memory, "%.*s&menu=%s&try=%lld", STR_ARG(url), menu, (long long)try);
	buf->overflowed = buf->overflowed || memory->overflowed;
	return buf_view(memory);
}

static void
gather_into(struct buf *buf, struct str url, const char *menu, int64_t try, int64_t digits_max)
{
	char memory[URL_BYTES_MAX];
	struct buf action = buf_over(memory, sizeof(memory));

	twiml_gather_begin(
	    buf, &(struct twiml_gather){ .action = input_url(buf, &action, url, menu, try),
		     .digits_max = digits_max,
		     .timeout_s = VOICE_CHOICE_WAIT_S });
}

/* Who presses nothing goes the way of an empty input, so that silence is counted too. */
static void
end_gather(struct buf *buf, struct str url, const char *menu, int64_t try)
{
	char memory[URL_BYTES_MAX];
	struct buf silence = buf_over(memory, sizeof(memory));

	twiml_gather_end(buf);
	twiml_redirect(buf, input_url(buf, &silence, url, menu, try));
	twiml_end(buf);
}

void
voice_read_job(
    struct buf *buf, const struct callout *callout, const struct voice_urls *urls, int64_t try)
{
	const struct eco *eco = &callout->eco;
	char memory[4096];
	struct buf text = buf_over(memory, sizeof(memory));

	buf_str(&text, STR("This is Osprey Strike with an emergency callout. Job number "));
	spell(&text, eco->job_number);
	buf_printf(&text, ". %.*s. At latitude %.4f, longitude %.4f. ",
	    STR_ARG(beginning(eco->description)), eco->location.points[0].latitude,
	    eco->location.points[0].longitude);

	twiml_begin(buf);
	if (try > 1)
		twiml_say(buf, STR("Sorry, that was none of the choices."));
	gather_into(buf, urls->choice, "job", try, 1);
	twiml_say(buf, buf_view(&text));
	twiml_say(buf, STR("Press 1 to accept. Press 2 to decline. Press 3 to hear this again."));
	end_gather(buf, urls->choice, "job", try);
}

void
voice_ask_eta(struct buf *buf, const struct voice_urls *urls, int64_t try)
{
	twiml_begin(buf);
	if (try > 1)
		twiml_say(buf, STR("Sorry, that was not a number of minutes."));
	gather_into(buf, urls->eta, "eta", try, VOICE_ETA_DIGITS_MAX);
	twiml_say(buf, STR("Thank you. In how many minutes will you be there? "
			   "Enter the minutes, then press pound."));
	end_gather(buf, urls->eta, "eta", try);
}

void
voice_ask_reason(struct buf *buf, const struct voice_urls *urls)
{
	twiml_begin(buf);
	gather_into(buf, urls->choice, "reason", 1, 1);
	twiml_say(buf,
	    STR("You declined. Press 1 if you are not fit for duty, 2 if you are too far away, "
		"3 if you are on another job, or any other digit."));
	end_gather(buf, urls->choice, "reason", 1);
}

void
voice_farewell(struct buf *buf, struct str text)
{
	twiml_begin(buf);
	twiml_say(buf, text);
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
