#ifndef RUNTIME_LOG_H
#define RUNTIME_LOG_H

#include "base/err.h"
#include "base/instant.h"
#include "base/uuid.h"

/*
 * log: one wide line per unit of work (a request, a webhook, a timer, an effect).
 *
 * A line is collected field by field in memory of its own and written with one
 * write(2) to standard error, as logfmt or JSON (setting log_format).  Values
 * are quoted as needed; control characters never reach the terminal.  Libraries
 * below the edges do not log.
 *
 *	struct log_line line = log_line(log, LOG_INFO, "webhook");
 *	log_text(&line, "route", route);
 *	log_int(&line, "status", 200);
 *	log_emit(&line);
 */

#define LOG_LINE_BYTES_MAX 4096

struct log;

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

struct log_line {
	struct log *log;
	enum log_level level;
	char bytes[LOG_LINE_BYTES_MAX];
	size_t length;
	bool truncated;
};

/** Lines at ${least} and above go to ${fd}, which is borrowed. */
struct log *log_create(int fd, enum log_format format, enum log_level least);
void log_destroy(struct log *log);

/** Begin a line about ${op}, what was done ("webhook", "timer").  ${op} is a literal. */
struct log_line log_line(struct log *log, enum log_level level, const char *op);

/* One field each.  ${name} is a literal in snake_case, units last ("took_us"). */
void log_text(struct log_line *line, const char *name, struct str value);
void log_int(struct log_line *line, const char *name, int64_t value);
void log_uuid(struct log_line *line, const char *name, struct uuid value);
/** The fields kind, error and hint of ${err}. */
void log_fault(struct log_line *line, const struct err *err);

/** Write the line.  A line that is too long is cut and says so (truncated=true). */
void log_emit(struct log_line *line);

#endif
