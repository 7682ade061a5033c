#include "graphql/graphql_internal.h"

/* Characters of a token that an error message repeats. */
#define SHOWN_MAX 40

bool
graphql_lexer_refuse(struct graphql_lexer *lexer, size_t at, struct str message)
{
	(void)graphql_report(lexer->errors, (uint32_t)at, message);
	return false;
}

/* Where the first malformed sequence of ${source} begins. */
static size_t
first_malformed(struct str source)
{
	size_t at = 0;

	while (at < source.len) {
		size_t length = 1;

		while (length <= 4 && length <= source.len - at &&
		       !str_is_utf8((struct str){ source.ptr + at, length }))
			length++;
		if (length > 4 || length > source.len - at)
			return at;
		at += length;
	}
	return at;
}

bool
graphql_lexer_init(struct graphql_lexer *lexer, struct arena *arena, struct str source,
    const struct graphql_limits *limits, struct graphql_errors *errors)
{
	*lexer = (struct graphql_lexer){
		.arena = arena, .source = source, .tokens_max = limits->tokens_max, .errors = errors
	};

	if (source.len > limits->document_bytes_max || source.len >= UINT32_MAX) {
		errors->code = STR("LIMIT");
		return graphql_lexer_refuse(lexer, 0,
		    arena_printf(arena, "The document is %zu bytes long; the limit is %zu.",
			source.len, limits->document_bytes_max));
	}
	if (!str_is_utf8(source))
		return graphql_lexer_refuse(lexer, first_malformed(source),
		    STR("Syntax Error: The document is not well-formed UTF-8 here."));
	return true;
}

/* What stands at ${ahead} characters from here; 0 at the end. */
static unsigned char
peek(const struct graphql_lexer *lexer, size_t ahead)
{
	return lexer->source.len - lexer->at > ahead
		   ? (unsigned char)lexer->source.ptr[lexer->at + ahead]
		   : 0;
}

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_name_start(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* White space, line ends, commas, comments and byte order marks mean nothing. */
static void
skip_ignored(struct graphql_lexer *lexer)
{
	for (;;) {
		unsigned char c = peek(lexer, 0);

		if (lexer->at >= lexer->source.len)
			return;
		if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',') {
			lexer->at++;
		} else if (c == 0xef && peek(lexer, 1) == 0xbb && peek(lexer, 2) == 0xbf) {
			lexer->at += 3;
		} else if (c == '#') {
			while (lexer->at < lexer->source.len && peek(lexer, 0) != '\n' &&
			       peek(lexer, 0) != '\r')
				lexer->at++;
		} else {
			return;
		}
	}
}

/* The kind of the punctuator ${c}, or TOKEN_END. */
static enum graphql_token_kind
punctuator(unsigned char c)
{
	static const struct {
		char c;
		enum graphql_token_kind kind;
	} table[] = { { '!', TOKEN_BANG }, { '$', TOKEN_DOLLAR }, { '&', TOKEN_AMP },
		{ '(', TOKEN_PAREN_OPEN }, { ')', TOKEN_PAREN_CLOSE }, { ':', TOKEN_COLON },
		{ '=', TOKEN_EQUALS }, { '@', TOKEN_AT }, { '[', TOKEN_BRACKET_OPEN },
		{ ']', TOKEN_BRACKET_CLOSE }, { '{', TOKEN_BRACE_OPEN }, { '}', TOKEN_BRACE_CLOSE },
		{ '|', TOKEN_PIPE } };

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (table[i].c == (char)c)
			return table[i].kind;
	}
	return TOKEN_END;
}

static bool
read_digits(struct graphql_lexer *lexer)
{
	if (!is_digit(peek(lexer, 0)))
		return graphql_lexer_refuse(
		    lexer, lexer->at, STR("Syntax Error: Invalid number, expected a digit here."));
	while (is_digit(peek(lexer, 0)))
		lexer->at++;
	return true;
}

/* IntValue and FloatValue: no leading zeros, and no name or dot right behind. */
static bool
read_number(struct graphql_lexer *lexer, struct graphql_token *token)
{
	size_t begin = lexer->at;

	token->kind = TOKEN_INT;
	if (peek(lexer, 0) == '-')
		lexer->at++;
	if (peek(lexer, 0) == '0') {
		lexer->at++;
		if (is_digit(peek(lexer, 0)))
			return graphql_lexer_refuse(lexer, lexer->at,
			    STR("Syntax Error: Invalid number, unexpected digit after 0."));
	} else if (!read_digits(lexer)) {
		return false;
	}
	if (peek(lexer, 0) == '.') {
		token->kind = TOKEN_FLOAT;
		lexer->at++;
		if (!read_digits(lexer))
			return false;
	}
	if (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') {
		token->kind = TOKEN_FLOAT;
		lexer->at++;
		if (peek(lexer, 0) == '+' || peek(lexer, 0) == '-')
			lexer->at++;
		if (!read_digits(lexer))
			return false;
	}
	if (peek(lexer, 0) == '.' || is_name_start(peek(lexer, 0)))
		return graphql_lexer_refuse(lexer, lexer->at,
		    STR("Syntax Error: Invalid number, expected it to end here."));
	token->text = (struct str){ lexer->source.ptr + begin, lexer->at - begin };
	return true;
}

static void
read_name(struct graphql_lexer *lexer, struct graphql_token *token)
{
	size_t begin = lexer->at;

	while (is_name_start(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
		lexer->at++;
	token->kind = TOKEN_NAME;
	token->text = (struct str){ lexer->source.ptr + begin, lexer->at - begin };
}

static bool
refuse_character(struct graphql_lexer *lexer)
{
	unsigned char c = peek(lexer, 0);
	size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	struct str message;

	if (c < 0x20 || c == 0x7f)
		message = arena_printf(
		    lexer->arena, "Syntax Error: Invalid character: U+%04X.", (unsigned)c);
	else if (c == '\'')
		message =
		    STR("Syntax Error: Unexpected single quote character ('), did you mean to "
			"use a double quote (\")?");
	else
		message =
		    arena_printf(lexer->arena, "Syntax Error: Unexpected character: \"%.*s\".",
			(int)length, lexer->source.ptr + lexer->at);
	return graphql_lexer_refuse(lexer, lexer->at, message);
}

bool
graphql_lexer_next(struct graphql_lexer *lexer, struct graphql_token *ret)
{
	unsigned char c;

	skip_ignored(lexer);
	c = peek(lexer, 0);
	*ret = (struct graphql_token){ .kind = TOKEN_END, .at = (uint32_t)lexer->at };
	if (lexer->at >= lexer->source.len)
		return true;
	if (lexer->tokens++ >= lexer->tokens_max) {
		lexer->errors->code = STR("LIMIT");
		return graphql_lexer_refuse(lexer, lexer->at,
		    arena_printf(lexer->arena,
			"Syntax Error: Document contains more than %zu tokens. Parsing aborted.",
			lexer->tokens_max));
	}
	if (is_name_start(c)) {
		read_name(lexer, ret);
		return true;
	}
	if (is_digit(c) || c == '-')
		return read_number(lexer, ret);
	if (c == '"')
		return graphql_lexer_string(lexer, ret);
	if (c == '.' && peek(lexer, 1) == '.' && peek(lexer, 2) == '.') {
		ret->kind = TOKEN_SPREAD;
		lexer->at += 3;
		return true;
	}
	ret->kind = punctuator(c);
	if (ret->kind == TOKEN_END)
		return refuse_character(lexer);
	lexer->at++;
	return true;
}

struct str
graphql_token_text(struct arena *arena, const struct graphql_token *token)
{
	static const struct str signs[] = { [TOKEN_END] = { "<EOF>", 5 },
		[TOKEN_BANG] = { "\"!\"", 3 },
		[TOKEN_DOLLAR] = { "\"$\"", 3 },
		[TOKEN_AMP] = { "\"&\"", 3 },
		[TOKEN_PAREN_OPEN] = { "\"(\"", 3 },
		[TOKEN_PAREN_CLOSE] = { "\")\"", 3 },
		[TOKEN_SPREAD] = { "\"...\"", 5 },
		[TOKEN_COLON] = { "\":\"", 3 },
		[TOKEN_EQUALS] = { "\"=\"", 3 },
		[TOKEN_AT] = { "\"@\"", 3 },
		[TOKEN_BRACKET_OPEN] = { "\"[\"", 3 },
		[TOKEN_BRACKET_CLOSE] = { "\"]\"", 3 },
		[TOKEN_BRACE_OPEN] = { "\"{\"", 3 },
		[TOKEN_BRACE_CLOSE] = { "\"}\"", 3 },
		[TOKEN_PIPE] = { "\"|\"", 3 },
		[TOKEN_NAME] = { "Name", 4 },
		[TOKEN_INT] = { "Int", 3 },
		[TOKEN_FLOAT] = { "Float", 5 },
		[TOKEN_STRING] = { "String", 6 },
		[TOKEN_BLOCK_STRING] = { "BlockString", 11 } };
	struct str sign = signs[token->kind], shown = token->text;

	/* A string may hold anything; its kind says enough. */
	if (token->kind < TOKEN_NAME || token->kind >= TOKEN_STRING || str_empty(shown))
		return sign;
	if (shown.len > SHOWN_MAX)
		shown.len = SHOWN_MAX;
	return arena_printf(arena, "%.*s \"%.*s\"", STR_ARG(sign), STR_ARG(shown));
}
