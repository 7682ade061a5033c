#ifndef MOCK_MOCK_TWILIO_H
#define MOCK_MOCK_TWILIO_H

#include "mock/world.h"

/*
 * mock_twilio: one request to Twilio's REST API (mock_twilio.c), and how its
 * resources look (mock_twilio_json.c).  Sources: Twilio's "Call resource",
 * "Message resource" and "Error and warning dictionary".
 */
struct mock_twilio_request {
	struct world *world;
	const struct http_request *request;
	struct arena *arena;
	const struct mock_account *account;
	struct form form; /* of the body, or of the query of a GET */
	struct str sid;   /* of the resource, when the path names one */
	bool meant;       /* a refusal is what the scenario wants, or ordinary */
};

/** Answer an error as Twilio does. */
void mock_twilio_refuse(
    struct http_response *ret, struct arena *arena, int status, int code, struct str message);

/** Answer ${status} with ${call}. */
void mock_twilio_answer_call(const struct mock_twilio_request *asked, const struct call *call,
    int status, struct http_response *ret);

/** Answer ${status} with ${text}. */
void mock_twilio_answer_text(const struct mock_twilio_request *asked, const struct text *text,
    int status, struct http_response *ret);

/** Answer a page of the account's calls or texts that the query asks for, newest first. */
void mock_twilio_list_calls(const struct mock_twilio_request *asked, struct http_response *ret);
void mock_twilio_list_texts(const struct mock_twilio_request *asked, struct http_response *ret);

#endif
