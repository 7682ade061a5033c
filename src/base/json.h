#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/instant.h"
#include "base/sha256.h"
#include "base/uuid.h"

/*
 * json: documents that came in, and text that goes out (RFC 8259).
 *
 * Reading gives a tree of values in the arena.  The reader is jansson, strict:
 * duplicate members, invalid UTF-8, NUL in strings, NaN and trailing text are
 * refused, and so is a document that is nested or populated beyond the limits.
 *
 * Writing is a stream into a buf: no tree, no allocation, commas by itself.
 */

#define JSON_DEPTH_MAX  64
#define JSON_VALUES_MAX 200000

enum json_type {
	JSON_NULL_VALUE, /* the names of jansson's own enum are taken */
	JSON_BOOL,
	JSON_INT,
	JSON_FLOAT,
	JSON_TEXT,
	JSON_LIST,
	JSON_MAP,
};

struct json_member;

/* Transparent, read-only once parsed; everything lives in the arena of the parse. */
struct json {
	enum json_type type;
	union {
		bool boolean;
		int64_t integer;
		double number;
		struct str text;
		struct {
			const struct json *items;
			size_t count;
		} list;
		struct {
			const struct json_member *members; /* in the document's order */
			size_t count;
		} map;
	};
};

struct json_member {
	struct str name;
	struct json value;
};

/**
 * Read ${text} as one JSON value into ${arena}.  NULL and ${*ret} on success;
 * otherwise the reason, with line and column, as a sentence fit for the sender
 * ("line 3, column 14: duplicate object key near ...").  ${ret_reason} points
 * into ${arena}.
 */
NODISCARD bool json_parse(
    struct arena *arena, struct str text, const struct json **ret, struct str *ret_reason);

/** The member ${name} of ${object}, or NULL when it is absent or ${object} is NULL or no map. */
const struct json *json_find(const struct json *object, struct str name);

/*
 * The member ${name} when it is there and of that type; otherwise the fallback.
 * For documents of our own and of providers, where a missing member has a meaning.
 */
struct str json_text_or(const struct json *object, struct str name, struct str fallback);
int64_t json_int_or(const struct json *object, struct str name, int64_t fallback);
bool json_bool_or(const struct json *object, struct str name, bool fallback);

/** ${value} as a double, from JSON_INT or JSON_FLOAT.  False for any other type. */
NODISCARD bool json_number(const struct json *value, double *ret);

/* -- writing -- */

struct json_writer {
	struct buf *buf;
	bool comma; /* the next value needs one before it */
};

/** A writer that appends to ${buf}; check buf->overflowed once, at the end. */
struct json_writer json_writer(struct buf *buf);

void json_begin_map(struct json_writer *);
void json_end_map(struct json_writer *);
void json_begin_list(struct json_writer *);
void json_end_list(struct json_writer *);

/** The name of the member whose value is written next. */
void json_name(struct json_writer *, struct str name);

void json_write_null(struct json_writer *);
void json_write_bool(struct json_writer *, bool);
void json_write_int(struct json_writer *, int64_t);
/** ${value} must be finite; written with the fewest digits that read back the same. */
void json_write_double(struct json_writer *, double value);
/** ${text} must be well-formed UTF-8. */
void json_write_text(struct json_writer *, struct str text);
/** ${digest} as a text of 64 hexadecimal digits. */
void json_write_digest(struct json_writer *, struct sha256 digest);
/** ${json} is a complete JSON value already. */
void json_write_raw(struct json_writer *, struct str json);
/** A parsed value, written back. */
void json_write_value(struct json_writer *, const struct json *value);

/* A member and its value in one call. */
void json_member_text(struct json_writer *, struct str name, struct str text);
void json_member_int(struct json_writer *, struct str name, int64_t value);
void json_member_bool(struct json_writer *, struct str name, bool value);
void json_member_double(struct json_writer *, struct str name, double value);
void json_member_raw(struct json_writer *, struct str name, struct str json);
/* ... as texts: see uuid_format(), instant_format(), json_write_digest(). */
void json_member_uuid(struct json_writer *, struct str name, struct uuid id);
void json_member_instant(struct json_writer *, struct str name, struct instant when);
void json_member_digest(struct json_writer *, struct str name, struct sha256 digest);

#endif
