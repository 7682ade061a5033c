#include "mock/scenario_grammar.h"

static bool
read_scenario(struct scenario_reader *reader, struct scenario *scenario)
{
	return scenario_words_take_quoted(
	    reader, "the scenario's name in quotation marks", &scenario->name);
}

static bool
read_about(struct scenario_reader *reader, struct scenario *scenario)
{
	return scenario_words_take_quoted(
	    reader, "a sentence in quotation marks", &scenario->about);
}

static bool
read_begins(struct scenario_reader *reader, struct scenario *scenario)
{
	scenario->begins_set = true;
	return scenario_words_take_moment(reader, &scenario->begins);
}

static bool
read_watch(struct scenario_reader *reader, struct scenario *scenario)
{
	return scenario_take_identity(reader, &scenario->watch);
}

/* To add a sentence: a function that reads it, a row here. */
const struct scenario_sentence scenario_sentences[] = {
	{ "scenario", read_scenario, true, SCENARIO_CHAPTER_NIGHT, "scenario \"Pager timeout\"\n",
	    "The name, which must be there." },
	{ "about", read_about, true, SCENARIO_CHAPTER_NIGHT,
	    "about \"The first person does not answer; the second accepts.\"\n",
	    "What happens, in a sentence." },
	{ "begins", read_begins, true, SCENARIO_CHAPTER_NIGHT, "begins 2026-03-08T07:58:00Z\n",
	    "When the night begins, on a virtual clock; for nights on which the clocks change." },
	{ "watch", read_watch, true, SCENARIO_CHAPTER_NIGHT, "watch dispatcher@hill-country-osp\n",
	    "Who reads the timeline; whoever creates the ECO when it is left out. The "
	    "contractor's side sees reasons and names, the NOC's does not." },
	{ "create", scenario_read_create, false, SCENARIO_CHAPTER_NIGHT,
	    "create MFR at -97.7431 30.2672 with hill-country-osp \"Loss of light\"\n"
	    "create MFR at -95.37 29.76 with bayou-osp \"Cut\" as second after 10s\n",
	    "Job type, longitude, latitude, contractor, description; `as an exercise` may "
	    "follow. The first one is the night's ECO. Each further one has a name, may say `by "
	    "operator@gulf-coast-noc`, and comes at a moment." },
	{ "storm", scenario_read_storm, true, SCENARIO_CHAPTER_NIGHT, "storm of 200 in 10s\n",
	    "So many more ECOs like the first, evenly spread." },
	{ "until", scenario_read_until, true, SCENARIO_CHAPTER_NIGHT,
	    "until ECOClosed within 30h\n"
	    "until NOCAlerted 2 times within 3h and 10m more\n"
	    "until ECOClosed for second within 30h\n"
	    "until 3h\n",
	    "The event that ends the play, and by when; or a time that simply passes. `and 10m "
	    "more` shows that nothing comes after it." },
	{ "agreement", scenario_read_agreement, false, SCENARIO_CHAPTER_SETTINGS,
	    "agreement loops 1, ring 20s, retry 20m, retries 1, grace 2h\n"
	    "agreement with bayou-osp failover hill-country-osp\n",
	    "Other terms of the agreement with the first ECO's contractor, or with another." },
	{ "person", scenario_read_person, false, SCENARIO_CHAPTER_SETTINGS,
	    "person \"North splicer 1\" texts too, pin 4711\n"
	    "person \"New splicer\" calls +15125550151, texts +15125550152\n"
	    "person \"North crew lead\" off call 0s after PageAttempted\n"
	    "person \"North crew lead\" rests from 22:00 until 06:00 zone America/Chicago\n"
	    "person \"North crew lead\" rests for 8h\n",
	    "Somebody on call at the first ECO's contractor, by label; who is not there yet is "
	    "added.\n"
	    "- `texts too`: they are written to as well, at the number at which they are called\n"
	    "- `calls NUMBER`, `texts NUMBER`: one more number, verified with the code that is "
	    "sent to it\n"
	    "- `pin 4711`, `pin none`; `off call`, `on call`; `rests for 8h`, `rests from … until "
	    "…`, `rests no more`" },
	{ "list", scenario_read_list, false, SCENARIO_CHAPTER_SETTINGS,
	    "list \"Austin North on call\": \"North crew lead\", \"North splicer 1\" and \"North "
	    "splicer 2\" together\n",
	    "Who is on a pager list, in order. Who stands before `together` is rung at once." },
	{ "shift", scenario_read_shift, false, SCENARIO_CHAPTER_SETTINGS,
	    "shift \"North crew lead\" on \"Austin North on call\" every day from 22:00 until "
	    "06:00\n"
	    "shift \"North splicer 1\" on \"Austin North on call\" Saturday, Sunday from 08:00 "
	    "until 20:00\n",
	    "When somebody is on shift, by the list's zone: `every day`, `weekdays`, `weekends`, "
	    "or days. Who has no shift is always on." },
	{ "zone", scenario_read_zone, false, SCENARIO_CHAPTER_SETTINGS,
	    "zone \"Austin North on call\" America/Chicago\n", "The zone of a list's shifts." },
	{ "substitute", scenario_read_substitute, false, SCENARIO_CHAPTER_SETTINGS,
	    "substitute \"North crew lead\" by \"North splicer 2\" on \"Austin North on call\" for "
	    "8h\n",
	    "Somebody stands in for somebody else." },
	{ "noc", scenario_read_noc, false, SCENARIO_CHAPTER_DEEDS,
	    "noc operator@lone-star-noc\n"
	    "noc cancels after 5m \"no fault found\"\n"
	    "noc confirms 10m after StatusCompleted\n"
	    "noc cancels \"not mine\" after 1m as viewer@lone-star-noc, refused NOT_PERMITTED\n",
	    "Who creates the ECO, as user@organisation; and what the NOC does later." },
	{ "osp", scenario_read_osp, false, SCENARIO_CHAPTER_DEEDS,
	    "osp reports on site after 30m\n"
	    "osp accepts for \"North splicer 1\" ETA 30 after 2m\n",
	    "What the contractor does that is engaged at that moment." },
	{ "phone", scenario_read_phone, false, SCENARIO_CHAPTER_TELEPHONES,
	    "phone +15125550101 rings out\n"
	    "phone +15125550101 from call 2 answers after 8s, presses 1, then 45#\n"
	    "phone +15125550102 answers, presses 9 3 times, hangs up after 40s\n"
	    "phone +15125550102 answers, presses nothing, then 1, then hangs up\n"
	    "phone +15125550102 answers as unknown, thinks 3s, presses 1, verdict after 12s\n"
	    "phone +15125550103 voicemail after 4s as machine_end_beep\n"
	    "phone +15125550104 busy\n"
	    "phone +15125550105 fails with SIP 480\n"
	    "phone +15125550105 is canceled after 5s\n"
	    "phone +15125550106 declines with 2 after 5s\n"
	    "phone +15125550107 hangs up after 3s\n",
	    "What happens when we call a number, from its first call or from a later one on.\n"
	    "- A call whose `after` is not below the ringing time asked for rings out. Without "
	    "`after`, people answer after 6 s and voicemail after 20 s.\n"
	    "- `presses 1, then 45#`: the first time keys are asked for the person presses `1`, "
	    "the second time `45#`; `9 3 times` does it three times, `nothing` lets a question "
	    "pass. People hear the question out, think for a second (`thinks 3s`) and press three "
	    "keys a second. Who has nothing left to press listens and says nothing.\n"
	    "- `declines with 2`: presses `2`, then `2` for the reason.\n"
	    "- `hangs up after 3s`: of having answered. `then hangs up`: when keys are asked for "
	    "the next time.\n"
	    "- `voicemail`: presses nothing and stops recording after 2 minutes.\n"
	    "- `as`: what machine detection says: `human`, `unknown`, `fax`, `machine_start`, "
	    "`machine_end_beep`, `machine_end_silence`, `machine_end_other`. `verdict after 12s`, "
	    "`verdict never`: when it says so.\n"
	    "- `with SIP 480`: the code that a call which was not answered carries.\n"
	    "- A number that no line names rings out, and is marked as unexpected in the "
	    "journal: a play with one fails." },
	{ "texts", scenario_read_texts, false, SCENARIO_CHAPTER_TELEPHONES,
	    "texts +15125550901 arrive after 40s\n"
	    "texts +15125550902 are undelivered with 30005\n"
	    "texts +15125550902 from text 2 fail with 30008 after 10s\n"
	    "texts +15125550903 are refused with 21614\n"
	    "texts +15125550904 stay sent\n"
	    "texts +15125550102 arrive, replies \"A 45\" with its code after 20s, then \"STOP\" "
	    "after 5s\n",
	    "What becomes of texts to a number, and what comes back. They arrive after 2 s when "
	    "nothing is said.\n"
	    "- `vanish` is `are undelivered with 30003`; `are refused` without a code is 21610; "
	    "`stay queued`, `stay sent`: nothing more is ever heard.\n"
	    "- Every text is replied to as the line says, 10 s after it arrived unless it says "
	    "when, each reply after the one before. `with its code` appends the code that the text "
	    "carried; `{code}` stands for it anywhere." },
	{ "text", scenario_read_text, false, SCENARIO_CHAPTER_TELEPHONES,
	    "text from +15125550199 \"A 45\" after 3m\n"
	    "text from +15125550102 to +15125550900 \"STOP\" 5s after PageAttempted 2\n",
	    "Somebody writes by themselves: to the number that they heard from last, unless it "
	    "is said." },
	{ "call", scenario_read_call, false, SCENARIO_CHAPTER_TELEPHONES,
	    "call from +15125550102 after 4m, presses 1, then 30#\n",
	    "Somebody calls by themselves, and acts as one who `answers`." },
	{ "callbacks", scenario_read_callbacks, false, SCENARIO_CHAPTER_SYSTEMS,
	    "callbacks arrive twice\n"
	    "callbacks of texts are lost\n"
	    "callbacks about completed for +15125550101 arrive late by 40s\n"
	    "callbacks of calls arrive in reverse order\n"
	    "callbacks are shuffled with seed 7\n",
	    "How statuses are told. Of several lines the last that fits counts. In reverse order, "
	    "or shuffled, all of one call or text are told when it is over. Requests for TwiML are "
	    "not touched." },
	{ "forged", scenario_read_forged, false, SCENARIO_CHAPTER_SYSTEMS,
	    "forged callback completed for +15125550101 wrongly signed 2s after PageAttempted\n"
	    "forged callback completed for +15125550101 about a foreign call after 30s\n"
	    "forged text from +15125550102 \"A 45\" unsigned after 3m\n",
	    "Somebody pretends to be Twilio: about the last call to the number, or with a text." },
	{ "twilio", scenario_read_twilio, false, SCENARIO_CHAPTER_SYSTEMS,
	    "twilio up\n"
	    "twilio down from 0s until 80s\n"
	    "twilio for calls loses answers once\n"
	    "twilio for texts answers 400 with 21211 3 times\n"
	    "twilio slow by 300ms\n"
	    "twilio allows 5 requests per second\n"
	    "twilio dials 1 call per second\n",
	    "How its API answers; calls that are going on, and their callbacks, are not touched. "
	    "Of several lines the first that fits counts. Times count from the night's beginning.\n"
	    "- `for calls`, `texts`, `lookups`, `hang-ups`: only those requests; `once`, `3 "
	    "times`: "
	    "only so many\n"
	    "- `down` (500), `busy` (429), `garbled` (200, no JSON), `revoked` (401), `answers 400 "
	    "with 21211`\n"
	    "- `drops requests`: the connection breaks and nothing was done; `loses answers`: it "
	    "is "
	    "done, and then the connection breaks; `fails after the work`: done, and 500\n"
	    "- `slow by 300ms`: of real time\n"
	    "- `allows`: more are answered 429 with code 20429; `dials`: more calls wait as "
	    "queued" },
	{ "render", scenario_read_render, false, SCENARIO_CHAPTER_SYSTEMS,
	    "render up\n"
	    "render down from 0s until 5m\n"
	    "render for polls busy for 90s until 30m\n"
	    "render for hill-country revoked from 1h until 2h\n"
	    "render for polls sends half an answer 3 times\n"
	    "render for logins drops requests once from 1h\n"
	    "render pages of 2 tasks\n",
	    "How the field system answers, in the same way.\n"
	    "- `for logins`, `lookups`, `creations`, `polls`, or a client's id\n"
	    "- `down` (503), `busy` (429 with Retry-After, 30 s unless it is said), `revoked`: the "
	    "credentials are refused; `forgets tokens`: those given before are expired\n"
	    "- `garbled`, `sends half an answer`, `sends wrong types`, `sends HTML`, `sends "
	    "nothing`, `shows no tasks`: 200, with that\n"
	    "- `drops requests`, `loses answers`, `fails after the work`, `answers 418`, `slow by "
	    "300ms` as above" },
	{ "task", scenario_read_task, false, SCENARIO_CHAPTER_SYSTEMS,
	    "task investigation: starts after 40m, completes after 2h\n"
	    "task repair: appears after 2h10m, starts after 2h20m, vanishes after 3h, returns "
	    "after 4h\n",
	    "What the crews do in the field system. The first line without `clone of` or `appears` "
	    "says what becomes of the first task that is created over the API; the other lines are "
	    "tasks that come by themselves: `clone of NAME after …`, or `appears after …`. Steps: "
	    "`is assigned`, `starts`, `is held`, `reopens`, `completes`, `is cancelled`, "
	    "`vanishes`, `returns`, or `becomes \"any status\"`, each with `after …`, in order of "
	    "time. Times count from the creation of the subsector; a step whose time has passed "
	    "when the task is created comes at once. Every subsector has its own such tasks." },
	{ "expect", scenario_read_expect, false, SCENARIO_CHAPTER_EXPECTATIONS,
	    "expect PagerDispatched, PageNotReached NO_ANSWER, PageAccepted \"ETA 45 minutes\"\n"
	    "expect no PagerExhausted\n"
	    "expect PageAttempted 3 times\n"
	    "expect PageAttempted 2 within 2s of PageNotReached 1\n"
	    "expect PageAttempted 4 at least 20m after PagerExhausted\n"
	    "expect calls +15125550101 1\n"
	    "expect texts +15125550901 1 containing \"nobody accepted\"\n"
	    "expect hang-ups +15125550102 at most 1\n"
	    "expect heard +15125550101 \"this is a drill\"\n"
	    "expect not heard +15125550103 \"Loss of light\"\n"
	    "expect status CLOSED\n"
	    "expect dispatch ACCEPTED by \"North splicer 1\"\n"
	    "expect integration STALE\n"
	    "expect refused callbacks 3\n"
	    "expect journal no error\n"
	    "expect storm ACCEPTED 200\n"
	    "expect PageAccepted for second\n"
	    "expect anything else\n",
	    "- Events by name, in this order; others may stand between them. Each line is looked "
	    "for from the beginning. A word or a quoted text after the name must be in the entry's "
	    "summary, in any case, `_` standing for a blank.\n"
	    "- `no`: none of these happened. `3 times`: exactly so often. `within 2s of`: after "
	    "the "
	    "other event, not later than that; `at least 20m after`: not earlier. A number behind "
	    "a "
	    "name says which one is meant.\n"
	    "- `calls`, `texts`: how many a number got in all, texts answered by TwiML included; "
	    "`containing`: one of them says so. `hang-ups`: calls to it that were asked to end. "
	    "Numbers may be `at least` or `at most`.\n"
	    "- `heard`, `not heard`: what was said to a number in any call.\n"
	    "- `status`, `dispatch`, `integration`: how the ECO stands at the end.\n"
	    "- `refused callbacks`: forged requests that were answered 4xx.\n"
	    "- `journal`: entries of a kind, in which the words stand if some are given.\n"
	    "- Nothing else: a call to a number without a `calls` line, a text to one without a "
	    "`texts` line, a callback that the server refused, TwiML that Twilio does not "
	    "understand, and a request to Twilio or Render that is refused though no line says so, "
	    "each fail the play. `anything else` lets them pass; `quiet` says the rule aloud." },
};
const size_t scenario_sentence_count = COUNT_OF(scenario_sentences);

const char *
scenario_chapter_title(enum scenario_chapter chapter)
{
	switch (chapter) {
	case SCENARIO_CHAPTER_NIGHT:
		return "The night";
	case SCENARIO_CHAPTER_SETTINGS:
		return "What is settled before";
	case SCENARIO_CHAPTER_DEEDS:
		return "What people do at their screens";
	case SCENARIO_CHAPTER_TELEPHONES:
		return "How telephones behave";
	case SCENARIO_CHAPTER_SYSTEMS:
		return "How Twilio and the field system behave";
	case SCENARIO_CHAPTER_EXPECTATIONS:
		return "What must have happened";
	case SCENARIO_CHAPTERS:
		break;
	}
	UNREACHABLE("chapter");
}
