#include "mock/mock_twiml.h"
#include "mock/world.h"

/* Having thought, a person presses three keys a second. */
#define KEY MILLISECONDS(333)

/* A conversation that fetches more documents than this turns in a circle. */
#define FETCHES_MAX 100

static void run_on(struct world *world, void *subject);

/* The call cannot go on: Twilio says sorry to the person, notes ${code}, and hangs up. */
static void
break_off(struct world *world, struct call *call, struct str code, struct str why)
{
	struct journal_entry *entry = journal_add(world, STR("error"));

	if (entry != NULL) {
		entry->to = call->to;
		entry->id = str_from_z(call->sid);
		entry->status = code;
		entry->url = call->document_url;
		entry->body = world_keep(world, why);
	}
	mock_call_reach(world, call, CALL_COMPLETED);
}

/* Copy what was read in a request's memory into the world's. */
static bool
keep_document(struct world *world, struct call *call, const struct mock_twiml *twiml)
{
	struct mock_twiml_verb *verbs =
	    arena_array(world->arena, struct mock_twiml_verb, twiml->count);

	if (verbs == NULL)
		return false;
	for (size_t i = 0; i < twiml->count; i++) {
		verbs[i] = twiml->verbs[i];
		verbs[i].text = world_keep(world, verbs[i].text);
		verbs[i].action = world_keep(world, verbs[i].action);
	}
	call->verbs = verbs;
	call->verb_count = twiml->count;
	call->verb_at = 0;
	return true;
}

/* Go on with the document ${text}. */
static void
begin_document(struct world *world, struct call *call, struct str text, struct arena *arena)
{
	struct mock_twiml twiml;
	struct str reason;

	if (!mock_twiml_read(arena, text, &twiml, &reason))
		break_off(world, call, STR("12100"), reason);
	else if (!keep_document(world, call, &twiml))
		break_off(world, call, STR("12100"), STR("The world's memory is full."));
	else
		run_on(world, call);
}

static void
on_document(struct world *world, struct world_message *message, const struct http_answer *answer,
    struct arena *arena)
{
	struct call *call = message->subject;

	if (mock_call_is_over(call->status))
		return;
	call->document_url = message->url;
	if (answer->status < 200 || answer->status > 299)
		break_off(world, call, STR("11200"),
		    answer->status == 0 ? answer->body : STR("The webhook did not answer 2xx."));
	else
		begin_document(world, call, answer->body, arena);
}

/* Ask ${url} how to go on, having heard ${digits} if ${heard}. */
static void
fetch(struct world *world, struct call *call, struct str url, bool heard, struct str digits)
{
	char memory[WORLD_FORM_BYTES_MAX];
	struct buf form = buf_over(memory, sizeof(memory));

	if (++call->fetches > FETCHES_MAX) {
		break_off(world, call, STR("11200"), STR("The documents go in a circle."));
		return;
	}
	mock_call_describe(call, &form);
	if (heard) {
		form_encode(&form, STR("Digits"), digits);
		form_encode(&form, STR("msg"), STR("Gather End"));
	}
	mock_call_post(world, call, STR("fetch"), url, &form, on_document);
}

/* ${reference} as it is meant in the document at ${base} (RFC 3986 section 5, the part in use). */
static struct str
resolve(struct world *world, struct str base, struct str reference)
{
	struct str rest = base, origin;
	size_t host = str_find(base, STR("://"));
	size_t end = base.len;

	if (str_find(reference, STR("://")) != SIZE_MAX || host == SIZE_MAX)
		return reference;
	if (str_empty(reference))
		return base;
	rest = (struct str){ base.ptr + host + 3, base.len - host - 3 };
	origin = (struct str){ base.ptr, host + 3 + str_cut(&rest, '/').len };
	if (reference.ptr[0] == '/')
		return arena_printf(world->arena, "%.*s%.*s", STR_ARG(origin), STR_ARG(reference));
	rest = base;
	end = str_cut(&rest, '?').len;
	while (reference.ptr[0] != '?' && end > origin.len && base.ptr[end - 1] != '/')
		end--;
	return arena_printf(world->arena, "%.*s%.*s", (int)end, base.ptr, STR_ARG(reference));
}

/* Of the keys a person presses, those that ${gather} takes; ${ret_ended} when it need not wait. */
static struct str
digits_taken(const struct mock_twiml_verb *gather, struct str keys, bool *ret_ended)
{
	size_t taken = 0;

	*ret_ended = true;
	for (; taken < keys.len; taken++) {
		if (keys.ptr[taken] == gather->finish_key)
			return (struct str){ keys.ptr, taken };
		if (gather->digits_max > 0 && (int64_t)taken + 1 == gather->digits_max)
			return (struct str){ keys.ptr, taken + 1 };
	}
	*ret_ended = false;
	return keys;
}

/* Keys were pressed, or the silence was long enough: tell the action, or go on behind. */
static void
end_gather(struct world *world, struct call *call, struct str digits)
{
	const struct mock_twiml_verb *gather = &call->verbs[call->verb_at - 1];

	if (str_empty(digits) && !gather->tell_silence)
		run_on(world, call);
	else
		fetch(
		    world, call, resolve(world, call->document_url, gather->action), true, digits);
}

static void
hang_up(struct world *world, void *subject)
{
	mock_call_reach(world, subject, CALL_COMPLETED);
}

static void
on_silence(struct world *world, void *subject)
{
	end_gather(world, subject, STR(""));
}

static void
on_keys(struct world *world, void *subject)
{
	struct call *call = subject;
	bool ended;

	mock_call_note(world, call, STR("keys"), call->person.presses[call->presses - 1]);
	end_gather(world, call,
	    digits_taken(
		&call->verbs[call->verb_at - 1], call->person.presses[call->presses - 1], &ended));
}

/* Keys are asked for.  A person hears the question out, thinks, and presses. */
static void
begin_gather(struct world *world, struct call *call, const struct mock_twiml_verb *gather)
{
	struct instant asked = instant_plus(world_now(world), gather->lasts);
	struct duration pressing = call->person.thinks;
	struct str keys;
	bool ended;

	if (!str_empty(gather->text))
		mock_call_note(world, call, STR("said"), gather->text);
	if (call->person.pickup != SCENARIO_ANSWERS || call->presses == call->person.press_count) {
		bool leaves = call->person.pickup == SCENARIO_ANSWERS && call->person.hangs_up_next;

		world_plan(world, instant_plus(asked, leaves ? pressing : gather->timeout),
		    leaves ? hang_up : on_silence, call, &call->life);
		return;
	}
	keys = call->person.presses[call->presses++];
	if (str_empty(keys)) {
		world_plan(
		    world, instant_plus(asked, gather->timeout), on_silence, call, &call->life);
		return;
	}
	(void)digits_taken(gather, keys, &ended);
	pressing.us += KEY.us * (int64_t)keys.len + (ended ? 0 : gather->timeout.us);
	world_plan(world, instant_plus(asked, pressing), on_keys, call, &call->life);
}

/* Carry out the document's next verb; behind the last one the call ends. */
static void
run_on(struct world *world, void *subject)
{
	struct call *call = subject;
	const struct mock_twiml_verb *verb;

	if (call->verb_at == call->verb_count) {
		mock_call_reach(world, call, CALL_COMPLETED);
		return;
	}
	verb = &call->verbs[call->verb_at++];
	switch (verb->kind) {
	case MOCK_TWIML_SAY:
		mock_call_note(world, call, STR("said"), verb->text);
		world_plan(
		    world, instant_plus(world_now(world), verb->lasts), run_on, call, &call->life);
		return;
	case MOCK_TWIML_PAUSE:
		world_plan(
		    world, instant_plus(world_now(world), verb->lasts), run_on, call, &call->life);
		return;
	case MOCK_TWIML_GATHER:
		begin_gather(world, call, verb);
		return;
	case MOCK_TWIML_REDIRECT:
		fetch(world, call, resolve(world, call->document_url, verb->text), false, STR(""));
		return;
	case MOCK_TWIML_HANGUP:
		mock_call_reach(world, call, CALL_COMPLETED);
		return;
	case MOCK_TWIML_REJECT:
		/* Of a call that came in; too late for one that goes on. */
		mock_call_reach(world, call,
		    !call->inbound                       ? CALL_COMPLETED
		    : str_equal(verb->text, STR("busy")) ? CALL_BUSY
							 : CALL_NO_ANSWER);
		return;
	}
}

void
mock_talk_begin(struct world *world, void *subject)
{
	struct call *call = subject;

	call->document_url = call->url;
	if (!str_empty(call->twiml))
		begin_document(world, call, call->twiml, world->arena);
	else
		fetch(world, call, call->url, false, STR(""));
}
