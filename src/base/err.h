#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/arena.h"
#include "base/buf.h"

/*
 * err: something the world did to us - a lost connection, a full disk.
 *
 * A function that can meet a fault returns struct err *: NULL when all is well,
 * otherwise the fault, allocated in the request arena.  A command that the
 * domain declines is not a fault (that is a refusal), and neither is a bug in
 * this program (that is a CHECK).
 *
 * Messages follow PostgreSQL: ${message} is one short lower-case phrase without
 * a full stop, saying what could not be done; ${detail} and ${hint} are whole
 * sentences, for operators and for users.
 */
enum err_kind {
	ERR_CONFLICT,    /* someone else wrote first; reload and decide again */
	ERR_UNAVAILABLE, /* try again later; nothing was done */
	ERR_UNCERTAIN,   /* it may or may not have been done */
	ERR_LIMIT,       /* a limit of ours was reached */
	ERR_CORRUPT,     /* what we read cannot be right */
};

struct err {
	enum err_kind kind;
	struct str message, detail, hint;
	const struct err *cause;
	const char *file;
	int line;
};

/** A fault of ${kind}, with a message made from ${format}. */
NODISCARD struct err *err_make(struct arena *arena, enum err_kind kind, const struct err *cause,
    const char *file, int line, const char *format, ...) __attribute__((format(printf, 6, 7)));
#define ERR(arena, kind, ...) err_make((arena), (kind), NULL, __FILE__, __LINE__, __VA_ARGS__)
#define ERR_WRAP(arena, cause, ...) \
	err_make((arena), (cause)->kind, (cause), __FILE__, __LINE__, __VA_ARGS__)

/**
 * Say more about ${err}: ${detail} for operators, ${hint} what to do about it.
 * Returns ${err}.  Either text may be empty; both must outlive the fault.
 */
struct err *err_explain(struct err *err, struct str detail, struct str hint);

/** Write ${err} and its causes into ${buf} on one line: "message: cause: its cause". */
void err_format(const struct err *err, struct buf *buf);

/** The name of ${kind}, e.g. "UNAVAILABLE". */
struct str err_kind_name(enum err_kind kind);

/* Hand a fault to the caller.  The only macro that hides a return. */
#define TRY(call)                              \
	do {                                   \
		struct err *try_err_ = (call); \
		if (try_err_ != NULL)          \
			return try_err_;       \
	} while (0)

/* Run ${function}(&variable) when the variable goes out of scope. */
#define CLEANUP(function) __attribute__((cleanup(function)))

#endif
