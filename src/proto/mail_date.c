#include "proto/mail_date.h"

/* 1 for "Jan" to 12 for "Dec"; 0 for anything else. */
static int
month_number(struct str name)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (int i = 0; i < 12; i++) {
		if (str_equal(name, (struct str){ names + (ptrdiff_t)i * 3, 3 }))
			return i + 1;
	}
	return 0;
}

/*
 * The parts of the date are put into RFC 3339's order, and instant_parse() says
 * whether they are a moment.
 */
bool
mail_date_parse(struct str text, struct instant *ret)
{
	struct str rest = text, day, month, year, time;
	char memory[64];
	struct buf buf = buf_over(memory, sizeof(memory));

	if (str_find(text, STR(", ")) == 3) {
		rest.ptr += 5;
		rest.len -= 5;
	}
	day = str_cut(&rest, ' ');
	month = str_cut(&rest, ' ');
	year = str_cut(&rest, ' ');
	time = str_cut(&rest, ' ');
	if (day.len < 1 || day.len > 2 || rest.len != 5 || month_number(month) == 0)
		return false;
	buf_str(&buf, year);
	buf_printf(&buf, "-%02d-", month_number(month));
	if (day.len == 1)
		buf_char(&buf, '0');
	buf_str(&buf, day);
	buf_char(&buf, 'T');
	buf_str(&buf, time);
	buf_str(&buf, (struct str){ rest.ptr, 3 });
	buf_char(&buf, ':');
	buf_str(&buf, (struct str){ rest.ptr + 3, 2 });
	return !buf.overflowed && instant_parse(buf_view(&buf), ret);
}
