#include <expat.h>

#include "mock/mock_twiml.h"

/* A telephone voice reads about 150 words a minute, which is 15 characters a second. */
#define SPOKEN_CHARACTERS_PER_SECOND 15

/* A text longer than this is cut by Twilio. */
#define SAY_BYTES_MAX 4096

#define DEPTH_MAX 4

/* What the parser's callbacks share. */
struct reading {
	struct arena *arena;
	struct mock_twiml *twiml;
	struct mock_twiml_verb *gather; /* the one that is open */
	struct buf text;                /* of the element that is open */
	int64_t repeat;                 /* of the Say that is open */
	int depth;
	struct str reason; /* why it is no TwiML; empty so far */
};

static struct str
attribute(const XML_Char **attributes, const char *name)
{
	for (size_t i = 0; attributes[i] != NULL; i += 2)
		if (str_equal(str_from_z(attributes[i]), str_from_z(name)))
			return str_from_z(attributes[i + 1]);
	return STR("");
}

/* A whole number between 0 and ${most}, or what holds when it is not given or no such number. */
static int64_t
number_or(struct str text, int64_t most, int64_t otherwise)
{
	int64_t number;

	return str_parse_i64(text, &number) && number >= 0 && number <= most ? number : otherwise;
}

static struct mock_twiml_verb *
add_verb(struct reading *reading, enum mock_twiml_kind kind)
{
	struct mock_twiml *twiml = reading->twiml;

	if (twiml->count == MOCK_TWIML_VERBS_MAX) {
		reading->reason = STR("The document has more than 64 verbs.");
		return NULL;
	}
	twiml->verbs[twiml->count].kind = kind;
	return &twiml->verbs[twiml->count++];
}

static void
begin_gather(struct reading *reading, const XML_Char **attributes)
{
	struct mock_twiml_verb *gather = add_verb(reading, MOCK_TWIML_GATHER);
	struct str key = attribute(attributes, "finishOnKey");
	bool key_given = false;

	if (gather == NULL)
		return;
	for (size_t i = 0; attributes[i] != NULL; i += 2)
		key_given = key_given || str_equal(str_from_z(attributes[i]), STR("finishOnKey"));
	gather->action = arena_copy(reading->arena, attribute(attributes, "action"));
	gather->digits_max = number_or(attribute(attributes, "numDigits"), 1000, 0);
	gather->finish_key = !key_given ? '#' : str_empty(key) ? '\0' : key.ptr[0];
	gather->tell_silence = str_equal(attribute(attributes, "actionOnEmptyResult"), STR("true"));
	gather->timeout = SECONDS(number_or(attribute(attributes, "timeout"), 3600, 5));
	reading->gather = gather;
}

/* A Pause of its own, or one more silence within a Gather. */
static void
begin_pause(struct reading *reading, const XML_Char **attributes)
{
	struct duration length = SECONDS(number_or(attribute(attributes, "length"), 3600, 1));
	struct mock_twiml_verb *verb =
	    reading->gather != NULL ? reading->gather : add_verb(reading, MOCK_TWIML_PAUSE);

	if (verb != NULL)
		verb->lasts.us += length.us;
}

static void
begin_reject(struct reading *reading, const XML_Char **attributes)
{
	struct mock_twiml_verb *verb = add_verb(reading, MOCK_TWIML_REJECT);

	if (verb != NULL)
		verb->text = arena_copy(reading->arena, attribute(attributes, "reason"));
}

static void XMLCALL
on_begin(void *context, const XML_Char *name_z, const XML_Char **attributes)
{
	struct reading *reading = context;
	struct str name = str_from_z(name_z);

	reading->text.len = 0;
	if (++reading->depth == 1) {
		if (!str_equal(name, STR("Response")))
			reading->reason = STR("The document's element is not Response.");
		return;
	}
	if (reading->depth > DEPTH_MAX || (reading->depth > 2 && reading->gather == NULL)) {
		reading->reason = STR("Elements stand within elements that cannot hold any.");
		return;
	}
	reading->repeat = number_or(attribute(attributes, "loop"), 1000, 1);
	if (str_equal(name, STR("Pause")))
		begin_pause(reading, attributes);
	else if (reading->gather == NULL && str_equal(name, STR("Gather")))
		begin_gather(reading, attributes);
	else if (reading->gather == NULL && str_equal(name, STR("Hangup")))
		(void)add_verb(reading, MOCK_TWIML_HANGUP);
	else if (reading->gather == NULL && str_equal(name, STR("Reject")))
		begin_reject(reading, attributes);
	else if (!str_equal(name, STR("Say")) && !str_equal(name, STR("Play")) &&
		 (reading->gather != NULL || !str_equal(name, STR("Redirect"))))
		reading->reason =
		    arena_printf(reading->arena, "<%.*s> is not understood here.", STR_ARG(name));
}

/* What was said, alone or while keys are awaited. */
static void
end_say(struct reading *reading)
{
	struct str text = buf_view(&reading->text);
	size_t characters = str_utf8_length(text);
	struct mock_twiml_verb *verb =
	    reading->gather != NULL ? reading->gather : add_verb(reading, MOCK_TWIML_SAY);

	if (verb == NULL)
		return;
	/* loop="0" is for ever; ten times is longer than anybody listens. */
	verb->lasts.us += (int64_t)characters * SECONDS(1).us / SPOKEN_CHARACTERS_PER_SECOND *
			  (reading->repeat == 0 ? 10 : reading->repeat);
	verb->text = str_empty(verb->text) ? arena_copy(reading->arena, text)
					   : arena_printf(reading->arena, "%.*s %.*s",
						 STR_ARG(verb->text), STR_ARG(text));
}

static void XMLCALL
on_end(void *context, const XML_Char *name_z)
{
	struct reading *reading = context;
	struct str name = str_from_z(name_z);
	struct mock_twiml_verb *verb;

	reading->depth--;
	if (!str_empty(reading->reason))
		return;
	if (str_equal(name, STR("Say")))
		end_say(reading);
	if (str_equal(name, STR("Gather")))
		reading->gather = NULL;
	if (str_equal(name, STR("Redirect"))) {
		verb = add_verb(reading, MOCK_TWIML_REDIRECT);
		if (verb != NULL)
			verb->text = arena_copy(reading->arena, str_trim(buf_view(&reading->text)));
	}
	reading->text.len = 0;
}

static void XMLCALL
on_text(void *context, const XML_Char *text, int length)
{
	struct reading *reading = context;

	buf_str(&reading->text, (struct str){ text, (size_t)length });
}

static void
free_parser(XML_Parser *parser)
{
	XML_ParserFree(*parser);
}

bool
mock_twiml_read(struct arena *arena, struct str xml, struct mock_twiml *ret, struct str *ret_reason)
{
	CLEANUP(free_parser) XML_Parser parser = XML_ParserCreate("UTF-8");
	struct reading reading = { .arena = arena, .twiml = ret };

	CHECK(parser != NULL);
	*ret = (struct mock_twiml){
		.verbs = arena_array(arena, struct mock_twiml_verb, MOCK_TWIML_VERBS_MAX),
	};
	reading.text = buf_in(arena, SAY_BYTES_MAX);
	if (arena_exhausted(arena) || xml.len > INT32_MAX) {
		*ret_reason = STR("The document does not fit into memory.");
		return false;
	}
	XML_SetUserData(parser, &reading);
	XML_SetElementHandler(parser, on_begin, on_end);
	XML_SetCharacterDataHandler(parser, on_text);
	if (XML_Parse(parser, xml.ptr, (int)xml.len, 1) == XML_STATUS_ERROR)
		reading.reason = arena_printf(arena, "Line %lu: %s.",
		    (unsigned long)XML_GetCurrentLineNumber(parser),
		    XML_ErrorString(XML_GetErrorCode(parser)));
	if (reading.text.overflowed && str_empty(reading.reason))
		reading.reason = STR("A text is longer than 4096 bytes.");
	*ret_reason = reading.reason;
	return str_empty(reading.reason);
}

/* -- answers to texts -- */

struct message_reading {
	struct arena *arena;
	struct str *texts;
	size_t max, count;
	int depth;
	bool in_message;
	struct buf text;
	struct str reason;
};

static void XMLCALL
on_message_begin(void *context, const XML_Char *name_z, const XML_Char **attributes)
{
	struct message_reading *reading = context;
	struct str name = str_from_z(name_z);

	(void)attributes;
	if (++reading->depth == 1) {
		if (!str_equal(name, STR("Response")))
			reading->reason = STR("The document's element is not Response.");
	} else if (reading->depth == 2 && str_equal(name, STR("Message"))) {
		reading->in_message = true;
		reading->text.len = 0;
	} else if (reading->depth != 3 || !reading->in_message || !str_equal(name, STR("Body"))) {
		reading->reason =
		    arena_printf(reading->arena, "<%.*s> is not understood here.", STR_ARG(name));
	}
}

static void XMLCALL
on_message_end(void *context, const XML_Char *name)
{
	struct message_reading *reading = context;

	(void)name;
	if (--reading->depth != 1 || !reading->in_message || !str_empty(reading->reason))
		return;
	reading->in_message = false;
	if (reading->count == reading->max)
		reading->reason = STR("There are too many messages.");
	else
		reading->texts[reading->count++] =
		    arena_copy(reading->arena, str_trim(buf_view(&reading->text)));
}

static void XMLCALL
on_message_text(void *context, const XML_Char *text, int length)
{
	struct message_reading *reading = context;

	if (reading->in_message)
		buf_str(&reading->text, (struct str){ text, (size_t)length });
}

bool
mock_twiml_read_messages(struct arena *arena, struct str xml, struct str *ret_texts, size_t max,
    size_t *ret_count, struct str *ret_reason)
{
	CLEANUP(free_parser) XML_Parser parser = XML_ParserCreate("UTF-8");
	struct message_reading reading = { .arena = arena, .texts = ret_texts, .max = max };

	CHECK(parser != NULL);
	reading.text = buf_in(arena, SAY_BYTES_MAX);
	XML_SetUserData(parser, &reading);
	XML_SetElementHandler(parser, on_message_begin, on_message_end);
	XML_SetCharacterDataHandler(parser, on_message_text);
	if (arena_exhausted(arena) || xml.len > INT32_MAX)
		reading.reason = STR("The document does not fit into memory.");
	else if (XML_Parse(parser, xml.ptr, (int)xml.len, 1) == XML_STATUS_ERROR)
		reading.reason = arena_printf(arena, "Line %lu: %s.",
		    (unsigned long)XML_GetCurrentLineNumber(parser),
		    XML_ErrorString(XML_GetErrorCode(parser)));
	else if (reading.text.overflowed)
		reading.reason = STR("A text is longer than 4096 bytes.");
	*ret_count = reading.count;
	*ret_reason = reading.reason;
	return str_empty(reading.reason);
}
