#include "proto/twiml.h"

/* How many bytes the UTF-8 character that begins with ${c} has, in well-formed text. */
static size_t
character_length(char c)
{
	uint8_t byte = (uint8_t)c;

	return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/*
 * Append one character.  XML 1.0 section 2.2 allows of the control characters
 * tab, CR and LF only, and not U+FFFE and U+FFFF; a telephone voice reads none of them.
 */
static void
write_character(struct buf *buf, struct str c)
{
	bool unspeakable = (c.len == 1 && ((uint8_t)c.ptr[0] < ' ' || c.ptr[0] == 0x7f)) ||
			   (c.len == 2 && (uint8_t)c.ptr[0] == 0xc2 && (uint8_t)c.ptr[1] < 0xa0) ||
			   str_equal(c, STR("\xef\xbf\xbe")) || str_equal(c, STR("\xef\xbf\xbf"));

	if (unspeakable)
		buf_char(buf, ' ');
	else if (c.ptr[0] == '&')
		buf_str(buf, STR("&amp;"));
	else if (c.ptr[0] == '<')
		buf_str(buf, STR("&lt;"));
	else if (c.ptr[0] == '>')
		buf_str(buf, STR("&gt;"));
	else if (c.ptr[0] == '"')
		buf_str(buf, STR("&quot;"));
	else if (c.ptr[0] == '\'')
		buf_str(buf, STR("&apos;"));
	else
		buf_str(buf, c);
}

/* Append ${text}, fit for content and for attributes in quotes. */
static void
write_text(struct buf *buf, struct str text)
{
	for (size_t i = 0; i < text.len;) {
		size_t length = character_length(text.ptr[i]);
		struct str c = { text.ptr + i, length };

		if (length > text.len - i || !str_is_utf8(c)) {
			buf_char(buf, ' ');
			i++;
			continue;
		}
		write_character(buf, c);
		i += length;
	}
}

void
twiml_begin(struct buf *buf)
{
	buf_str(buf, STR("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response>"));
}

void
twiml_say(struct buf *buf, struct str text)
{
	buf_str(buf, STR("<Say>"));
	write_text(buf, text);
	buf_str(buf, STR("</Say>"));
}

void
twiml_gather_begin(struct buf *buf, const struct twiml_gather *gather)
{
	buf_str(buf, STR("<Gather input=\"dtmf\" method=\"POST\" action=\""));
	write_text(buf, gather->action);
	buf_printf(buf, "\" timeout=\"%lld\"", (long long)gather->timeout_s);
	if (gather->digits_max > 0)
		buf_printf(buf, " numDigits=\"%lld\"", (long long)gather->digits_max);
	buf_char(buf, '>');
}

void
twiml_gather_end(struct buf *buf)
{
	buf_str(buf, STR("</Gather>"));
}

void
twiml_pause(struct buf *buf, int64_t length_s)
{
	buf_printf(buf, "<Pause length=\"%lld\"/>", (long long)length_s);
}

void
twiml_redirect(struct buf *buf, struct str url)
{
	buf_str(buf, STR("<Redirect method=\"POST\">"));
	write_text(buf, url);
	buf_str(buf, STR("</Redirect>"));
}

void
twiml_hangup(struct buf *buf)
{
	buf_str(buf, STR("<Hangup/>"));
}

void
twiml_message(struct buf *buf, struct str text)
{
	buf_str(buf, STR("<Message>"));
	write_text(buf, text);
	buf_str(buf, STR("</Message>"));
}

void
twiml_end(struct buf *buf)
{
	buf_str(buf, STR("</Response>\n"));
}
