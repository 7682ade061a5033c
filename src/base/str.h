#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

/*
 * str: a borrowed run of bytes, passed by value.
 *
 * A str owns nothing and is not NUL-terminated.  Whoever holds one must know
 * which memory it points into: a literal, the request arena, or a buffer that
 * outlives it.  Print one with printf("%.*s", STR_ARG(s)).
 */
struct str {
	const char *ptr;
	size_t len;
};

#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })
#define STR_ARG(s)   (int)(s).len, (s).ptr

/* Whether ${a} and ${b} hold the same bytes. */
static inline bool
str_equal(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* A str over the NUL-terminated ${z}, which may be NULL (then it is empty). */
static inline struct str
str_from_z(const char *z)
{
	return (struct str){ z, z == NULL ? 0 : strlen(z) };
}

/* Whether ${s} begins with ${prefix}. */
static inline bool
str_starts_with(struct str s, struct str prefix)
{
	return s.len >= prefix.len &&
	       (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

/* Whether ${s} is empty. */
static inline bool
str_empty(struct str s)
{
	return s.len == 0;
}

/** Compare byte by byte, shorter first when one begins the other: <0, 0 or >0. */
int str_compare(struct str a, struct str b);

/** Whether ${a} and ${b} are equal when the case of ASCII letters is ignored. */
bool str_equal_nocase(struct str a, struct str b);

/** ${s} without leading and trailing ASCII white space (space, tab, CR, LF). */
struct str str_trim(struct str s);

/**
 * Split ${*s} at the first ${separator}: return what stands before it and leave
 * what follows in ${*s}.  Without a separator everything is returned and ${*s}
 * becomes empty.
 */
struct str str_cut(struct str *s, char separator);

/** Where ${needle} first occurs in ${s}, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);

/**
 * Read the whole of ${s} as a decimal integer with an optional minus sign.
 * False, with ${*ret} untouched, when it is anything else or does not fit.
 */
NODISCARD bool str_parse_i64(struct str s, int64_t *ret);

/** Read the whole of ${s} as a finite decimal number in JSON's notation. */
NODISCARD bool str_parse_double(struct str s, double *ret);

/** What the hexadecimal digit ${c} stands for, in either case; -1 when it is none. */
int str_hex_value(char c);

/** Whether ${s} is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool str_is_utf8(struct str s);

/** The number of Unicode scalar values in ${s}, which must be well-formed UTF-8. */
size_t str_utf8_length(struct str s);

#endif
