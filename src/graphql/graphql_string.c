#include "graphql/graphql_internal.h"

/* The string literals of the lexer: "..." with escapes, and """...""" blocks. */

#define NO_SCALAR UINT32_MAX

static unsigned char
at(const struct graphql_lexer *lexer, size_t index)
{
	return index < lexer->source.len ? (unsigned char)lexer->source.ptr[index] : 0;
}

static bool
refuse_unterminated(struct graphql_lexer *lexer, size_t index)
{
	return graphql_lexer_refuse(lexer, index, STR("Syntax Error: Unterminated string."));
}

/* NUL is refused as in our JSON: neither PostgreSQL nor C text can hold it. */
static bool
refuse_nul(struct graphql_lexer *lexer, size_t index)
{
	return graphql_lexer_refuse(
	    lexer, index, STR("Syntax Error: Invalid character within String: U+0000."));
}

static bool
refuse_escape(struct graphql_lexer *lexer, size_t begin)
{
	size_t end = begin + 2;

	/* As much of it as is plain, so that the message stays readable. */
	while (end < lexer->source.len && end < begin + 12 && at(lexer, end) != '"' &&
	       at(lexer, end) > 0x20 && at(lexer, end) < 0x7f && at(lexer, begin + 1) == 'u')
		end++;
	if (at(lexer, begin + 1) < 0x20 || at(lexer, begin + 1) >= 0x7f)
		end = begin + 1;
	return graphql_lexer_refuse(lexer, begin,
	    arena_printf(lexer->arena, "Syntax Error: Invalid character escape sequence: \"%.*s\".",
		(int)(end - begin), lexer->source.ptr + begin));
}

/* Four hexadecimal digits at ${index}, or NO_SCALAR. */
static uint32_t
read_fixed(const struct graphql_lexer *lexer, size_t index)
{
	uint32_t value = 0;

	for (size_t i = 0; i < 4; i++) {
		int digit = str_hex_value((char)at(lexer, index + i));

		if (digit < 0)
			return NO_SCALAR;
		value = value << 4 | (uint32_t)digit;
	}
	return value;
}

/* The digits of \u{...} from ${*index}, which is left behind the brace. */
static uint32_t
read_braced(const struct graphql_lexer *lexer, size_t *index)
{
	uint32_t value = 0;
	size_t digits = 0;

	for (;; digits++, (*index)++) {
		int digit = str_hex_value((char)at(lexer, *index));

		if (digit < 0)
			break;
		value = value << 4 | (uint32_t)digit;
		if (value > 0x10ffff)
			return NO_SCALAR;
	}
	if (digits == 0 || at(lexer, *index) != '}' || (value >= 0xd800 && value <= 0xdfff))
		return NO_SCALAR;
	(*index)++;
	return value;
}

/* The scalar value of the escape that begins with \u at ${*index}; steps over it. */
static uint32_t
read_unicode(const struct graphql_lexer *lexer, size_t *index)
{
	uint32_t high, low;

	*index += 2;
	if (at(lexer, *index) == '{') {
		(*index)++;
		return read_braced(lexer, index);
	}
	high = read_fixed(lexer, *index);
	*index += 4;
	if (high < 0xd800 || (high > 0xdfff && high != NO_SCALAR))
		return high;
	/* A leading surrogate needs its trailing one: \uD83D\uDE00. */
	if (high > 0xdbff || at(lexer, *index) != '\\' || at(lexer, *index + 1) != 'u')
		return NO_SCALAR;
	low = read_fixed(lexer, *index + 2);
	if (low < 0xdc00 || low > 0xdfff)
		return NO_SCALAR;
	*index += 6;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

static size_t
encode_utf8(uint32_t scalar, char *ret)
{
	if (scalar < 0x80) {
		ret[0] = (char)scalar;
		return 1;
	}
	if (scalar < 0x800) {
		ret[0] = (char)(0xc0 | scalar >> 6);
		ret[1] = (char)(0x80 | (scalar & 0x3f));
		return 2;
	}
	if (scalar < 0x10000) {
		ret[0] = (char)(0xe0 | scalar >> 12);
		ret[1] = (char)(0x80 | (scalar >> 6 & 0x3f));
		ret[2] = (char)(0x80 | (scalar & 0x3f));
		return 3;
	}
	ret[0] = (char)(0xf0 | scalar >> 18);
	ret[1] = (char)(0x80 | (scalar >> 12 & 0x3f));
	ret[2] = (char)(0x80 | (scalar >> 6 & 0x3f));
	ret[3] = (char)(0x80 | (scalar & 0x3f));
	return 4;
}

/* What the one-letter escape ${c} stands for, or 0. */
static char
simple_escape(unsigned char c)
{
	static const char pairs[][2] = { { '"', '"' }, { '\\', '\\' }, { '/', '/' }, { 'b', '\b' },
		{ 'f', '\f' }, { 'n', '\n' }, { 'r', '\r' }, { 't', '\t' } };

	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		if (pairs[i][0] == (char)c)
			return pairs[i][1];
	}
	return 0;
}

/* Decode the escape at ${*index} to ${out}; steps over it.  0 when it is none. */
static size_t
decode_escape(const struct graphql_lexer *lexer, size_t *index, char *out)
{
	char simple = simple_escape(at(lexer, *index + 1));
	uint32_t scalar;

	if (simple != 0) {
		*out = simple;
		*index += 2;
		return 1;
	}
	if (at(lexer, *index + 1) != 'u')
		return 0;
	scalar = read_unicode(lexer, index);
	return scalar == NO_SCALAR || scalar == 0 ? 0 : encode_utf8(scalar, out);
}

/* Where the string that begins at ${begin} ends, and whether it has escapes. */
static bool
find_end(struct graphql_lexer *lexer, size_t begin, size_t *ret_end, bool *ret_escapes)
{
	size_t index = begin;
	char ignored[4];

	*ret_escapes = false;
	for (; index < lexer->source.len; index++) {
		unsigned char c = at(lexer, index);

		if (c == '"') {
			*ret_end = index;
			return true;
		}
		if (c == '\n' || c == '\r')
			break;
		if (c == 0)
			return refuse_nul(lexer, index);
		if (c == '\\') {
			size_t escape = index;

			*ret_escapes = true;
			if (decode_escape(lexer, &index, ignored) == 0)
				return refuse_escape(lexer, escape);
			index--;
		}
	}
	return refuse_unterminated(lexer, index < lexer->source.len ? index : lexer->source.len);
}

static bool
read_quoted(struct graphql_lexer *lexer, struct graphql_token *token)
{
	size_t begin = lexer->at + 1, end = begin, length = 0;
	bool escapes;
	char *text;

	if (!find_end(lexer, begin, &end, &escapes))
		return false;
	token->kind = TOKEN_STRING;
	token->text = (struct str){ lexer->source.ptr + begin, end - begin };
	lexer->at = end + 1;
	if (!escapes)
		return true;

	/* No escape stands for more bytes than it is written with. */
	text = arena_array(lexer->arena, char, end - begin);
	if (text == NULL)
		return false;
	for (size_t index = begin; index < end;) {
		if (at(lexer, index) == '\\')
			length += decode_escape(lexer, &index, text + length);
		else
			text[length++] = (char)at(lexer, index++);
	}
	token->text = (struct str){ text, length };
	return true;
}

/* Copy the block up to its closing quotes to ${text}: \""" opened, line ends as \n. */
static bool
copy_block(struct graphql_lexer *lexer, char *text, size_t *ret_length)
{
	size_t index = lexer->at + 3, length = 0;

	for (; index < lexer->source.len; index++) {
		struct str rest = { lexer->source.ptr + index, lexer->source.len - index };
		unsigned char c = at(lexer, index);

		if (str_starts_with(rest, STR("\"\"\""))) {
			lexer->at = index + 3;
			*ret_length = length;
			return true;
		}
		if (str_starts_with(rest, STR("\\\"\"\""))) {
			memcpy(text + length, "\"\"\"", 3);
			length += 3;
			index += 3;
		} else if (c == '\r') {
			text[length++] = '\n';
			index += at(lexer, index + 1) == '\n';
		} else if (c == 0) {
			return refuse_nul(lexer, index);
		} else {
			text[length++] = (char)c;
		}
	}
	return refuse_unterminated(lexer, lexer->source.len);
}

static size_t
indent_of(struct str line)
{
	size_t indent = 0;

	while (indent < line.len && (line.ptr[indent] == ' ' || line.ptr[indent] == '\t'))
		indent++;
	return indent;
}

/*
 * BlockStringValue() of the specification, in place: the indentation that all
 * lines but the first share goes, and so do blank lines at both ends.
 */
static struct str
strip_block(char *text, size_t length)
{
	struct str rest = { text, length };
	size_t common = SIZE_MAX, lines = 0, kept = 0, out = 0, filled = 0;

	for (; rest.len > 0; lines++) {
		struct str line = str_cut(&rest, '\n');
		size_t indent = indent_of(line);

		if (lines > 0 && indent < line.len && indent < common)
			common = indent;
	}
	rest = (struct str){ text, length };
	for (size_t i = 0; rest.len > 0; i++) {
		struct str line = str_cut(&rest, '\n');
		size_t indent = indent_of(line), drop = i > 0 ? common : 0;
		bool blank = indent == line.len;

		if (blank && kept == 0)
			continue;
		if (drop > line.len)
			drop = line.len;
		if (kept++ > 0)
			text[out++] = '\n';
		memmove(text + out, line.ptr + drop, line.len - drop);
		out += line.len - drop;
		if (!blank)
			filled = out;
	}
	return (struct str){ text, filled };
}

static bool
read_block(struct graphql_lexer *lexer, struct graphql_token *token)
{
	struct str rest = { lexer->source.ptr + lexer->at + 3, lexer->source.len - lexer->at - 3 };
	size_t room = 0, length = 0;
	char *text;

	/* The first closing quotes that are not escaped end the block. */
	while (room < rest.len &&
	       !str_starts_with((struct str){ rest.ptr + room, rest.len - room }, STR("\"\"\"")))
		room += rest.ptr[room] == '\\' && str_starts_with((struct str){ rest.ptr + room + 1,
								      rest.len - room - 1 },
						      STR("\"\"\""))
			    ? 4
			    : 1;
	if (room >= rest.len)
		return refuse_unterminated(lexer, lexer->source.len);
	text = arena_array(lexer->arena, char, room + 1);
	if (text == NULL || !copy_block(lexer, text, &length))
		return false;
	token->kind = TOKEN_BLOCK_STRING;
	token->text = strip_block(text, length);
	return true;
}

bool
graphql_lexer_string(struct graphql_lexer *lexer, struct graphql_token *ret)
{
	struct str rest = { lexer->source.ptr + lexer->at, lexer->source.len - lexer->at };

	return str_starts_with(rest, STR("\"\"\"")) ? read_block(lexer, ret)
						    : read_quoted(lexer, ret);
}
