#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime/clock.h"
#include "runtime/log.h"

/* Kept free at the end of every line for the end itself: ,"truncated":true}\n */
#define TAIL_BYTES_MAX 24

/* U+FFFD, which stands for bytes that are no UTF-8. */
#define REPLACEMENT STR("\xef\xbf\xbd")

struct log {
	int fd;
	enum log_format format;
	enum log_level least;
};

static const char *const level_names[] = {
	[LOG_DEBUG] = "debug",
	[LOG_INFO] = "info",
	[LOG_WARNING] = "warning",
	[LOG_ERROR] = "error",
};

struct log *
log_create(int fd, enum log_format format, enum log_level least)
{
	struct log *log = malloc(sizeof(*log));

	CHECK(log != NULL);
	*log = (struct log){ .fd = fd, .format = format, .least = least };
	return log;
}

void
log_destroy(struct log *log)
{
	free(log);
}

/* Whether anybody will see ${line}. */
static bool
is_wanted(const struct log_line *line)
{
	return line->level >= line->log->least;
}

/* Append ${s} when ${reserve} bytes stay free after it; otherwise remember that it did not fit. */
static bool
append(struct log_line *line, struct str s, size_t reserve)
{
	if (line->length + s.len + reserve + TAIL_BYTES_MAX > sizeof(line->bytes)) {
		line->truncated = true;
		return false;
	}
	memcpy(line->bytes + line->length, s.ptr, s.len);
	line->length += s.len;
	return true;
}

/* The well-formed UTF-8 sequence at the front of ${s}; empty when there is none. */
static struct str
utf8_front(struct str s)
{
	for (size_t length = 1; length <= 4 && length <= s.len; length++) {
		struct str front = { s.ptr, length };

		if (str_is_utf8(front))
			return front;
	}
	return STR("");
}

/* Whether ${sequence} is a control character: C0, DEL, or C1 (U+0080 to U+009F). */
static bool
is_control(struct str sequence)
{
	unsigned char first = (unsigned char)sequence.ptr[0];

	if (sequence.len == 1)
		return first < 0x20 || first == 0x7f;
	return sequence.len == 2 && first == 0xc2 && (unsigned char)sequence.ptr[1] < 0xa0;
}

/* What is written for ${sequence}, one character, between quotes. */
static struct str
escape(struct str sequence, char room[8])
{
	struct buf buf = buf_over(room, 8);

	if (sequence.ptr[0] == '"' || sequence.ptr[0] == '\\')
		buf_printf(&buf, "\\%c", sequence.ptr[0]);
	else if (sequence.ptr[0] == '\n')
		buf_str(&buf, STR("\\n"));
	else if (is_control(sequence))
		buf_printf(&buf, "\\u%04x", (unsigned char)sequence.ptr[sequence.len - 1]);
	else
		return sequence;
	return buf_view(&buf);
}

/* ${value} in quotes, cut where the line is full. */
static void
append_quoted(struct log_line *line, struct str value)
{
	(void)append(line, STR("\""), 1);
	while (value.len > 0) {
		struct str front = utf8_front(value);
		size_t length = front.len == 0 ? 1 : front.len;
		char room[8];

		if (!append(line, front.len == 0 ? REPLACEMENT : escape(front, room), 1))
			break;
		value = (struct str){ value.ptr + length, value.len - length };
	}
	line->bytes[line->length++] = '"';
}

/* Whether ${value} can stand in logfmt as it is. */
static bool
is_bare(struct str value)
{
	for (size_t i = 0; i < value.len; i++) {
		unsigned char c = (unsigned char)value.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '=' || c == '"' || c == '\\')
			return false;
	}
	return value.len > 0;
}

/* The name of a field and what separates it; false when there is no room for an empty value. */
static bool
begin_field(struct log_line *line, const char *name)
{
	char room[64];
	struct buf buf = buf_over(room, sizeof(room));
	bool first = line->length == 0;

	if (line->log->format == LOG_JSON)
		buf_printf(&buf, "%s\"%s\":", first ? "{" : ",", name);
	else
		buf_printf(&buf, "%s%s=", first ? "" : " ", name);
	CHECK(!buf.overflowed);
	return append(line, buf_view(&buf), 2);
}

void
log_text(struct log_line *line, const char *name, struct str value)
{
	if (!is_wanted(line) || line->truncated || !begin_field(line, name))
		return;
	if (line->log->format == LOG_LOGFMT && is_bare(value) && append(line, value, 2))
		return;
	append_quoted(line, value);
}

void
log_int(struct log_line *line, const char *name, int64_t value)
{
	size_t before = line->length;
	char room[24];
	struct buf buf = buf_over(room, sizeof(room));

	if (!is_wanted(line) || line->truncated || !begin_field(line, name))
		return;
	buf_printf(&buf, "%lld", (long long)value);
	if (!append(line, buf_view(&buf), 0))
		line->length = before;
}

void
log_uuid(struct log_line *line, const char *name, struct uuid value)
{
	char room[UUID_TEXT_LENGTH + 1];
	struct buf buf = buf_over(room, sizeof(room));

	if (!is_wanted(line))
		return;
	uuid_format(value, &buf);
	log_text(line, name, buf_view(&buf));
}

void
log_fault(struct log_line *line, const struct err *err)
{
	char room[LOG_LINE_BYTES_MAX];
	struct buf buf = buf_over(room, sizeof(room));

	if (!is_wanted(line))
		return;
	err_format(err, &buf);
	log_text(line, "kind", err_kind_name(err->kind));
	log_text(line, "error", buf_view(&buf));
	if (!str_empty(err->hint))
		log_text(line, "hint", err->hint);
}

struct log_line
log_line(struct log *log, enum log_level level, const char *op)
{
	struct log_line line = { .log = log, .level = level };
	char room[32];
	struct buf buf = buf_over(room, sizeof(room));

	if (!is_wanted(&line))
		return line;
	instant_format(clock_system_now(), &buf);
	log_text(&line, "at", buf_view(&buf));
	log_text(&line, "level", str_from_z(level_names[level]));
	log_text(&line, "op", str_from_z(op));
	return line;
}

void
log_emit(struct log_line *line)
{
	struct buf buf = buf_over(line->bytes + line->length, sizeof(line->bytes) - line->length);
	bool json = line->log->format == LOG_JSON;
	ssize_t written;

	if (!is_wanted(line))
		return;
	if (line->truncated)
		buf_str(&buf, json ? STR(",\"truncated\":true") : STR(" truncated=true"));
	buf_str(&buf, json ? STR("}\n") : STR("\n"));
	CHECK(!buf.overflowed);

	/* A line that cannot be written is lost: there is nowhere to complain. */
	do {
		written = write(line->log->fd, line->bytes, line->length + buf.len);
	} while (written < 0 && errno == EINTR);
}
