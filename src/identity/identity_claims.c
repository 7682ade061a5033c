#include "identity/identity_claims.h"

#include "identity/identity_token.h"

#define AUDIENCES_MAX 64

/* The last second of the year 9999: a moment that everything of ours can print. */
#define SECONDS_MAX 253402300799.0

bool
identity_claims_issuer(const struct json *claims, struct str issuer, struct str *ret_reason)
{
	const struct json *iss = json_find(claims, STR("iss"));

	if (iss == NULL || iss->type != JSON_TEXT || !str_equal(iss->text, issuer))
		return identity_unproven(STR("the issuer is not ours"), ret_reason);
	return true;
}

static bool
is_text(const struct json *value, struct str text)
{
	return value != NULL && value->type == JSON_TEXT && str_equal(value->text, text);
}

bool
identity_claims_audience(
    const struct json *claims, struct str audience, bool party_needed, struct str *ret_reason)
{
	const struct json *aud = json_find(claims, STR("aud"));
	bool found = is_text(aud, audience);
	size_t count = 1;

	if (aud != NULL && aud->type == JSON_LIST) {
		count = aud->list.count;
		if (count > AUDIENCES_MAX)
			return identity_unproven(STR("there are too many audiences"), ret_reason);
		for (size_t i = 0; i < count; i++) {
			if (aud->list.items[i].type != JSON_TEXT)
				return identity_unproven(
				    STR("an audience is not a text"), ret_reason);
			found = found || is_text(&aud->list.items[i], audience);
		}
	}
	if (!found)
		return identity_unproven(STR("the audience is not ours"), ret_reason);
	if (count > 1 && party_needed && !is_text(json_find(claims, STR("azp")), audience))
		return identity_unproven(
		    STR("there are several audiences and azp is not ours"), ret_reason);
	return true;
}

/* The moment in the member ${name}, a number of seconds; ${*ret_there} false when absent. */
static bool
read_moment(const struct json *claims, struct str name, bool *ret_there, struct instant *ret)
{
	const struct json *value = json_find(claims, name);
	double seconds = 0;

	*ret_there = value != NULL;
	if (value == NULL)
		return true;
	if (!json_number(value, &seconds) || !(seconds >= 0 && seconds <= SECONDS_MAX))
		return false;
	*ret = (struct instant){ (int64_t)(seconds * 1e6) };
	return true;
}

/* The moment ${name}, if it is there, is not in the future, as far as clocks agree. */
static bool
has_come(const struct json *claims, struct str name, struct instant now)
{
	struct instant moment = { 0 };
	bool there;

	return read_moment(claims, name, &there, &moment) &&
	       (!there || instant_plus(now, IDENTITY_LEEWAY).us >= moment.us);
}

bool
identity_claims_times(const struct json *claims, struct instant now, struct instant *ret_expires,
    struct str *ret_reason)
{
	struct instant expires = { 0 };
	bool there;

	if (!read_moment(claims, STR("exp"), &there, &expires) || !there)
		return identity_unproven(STR("exp is missing or no time"), ret_reason);
	if (now.us >= expires.us)
		return identity_unproven(STR("the token has expired"), ret_reason);
	if (!has_come(claims, STR("nbf"), now))
		return identity_unproven(STR("the token is not valid yet"), ret_reason);
	if (!has_come(claims, STR("iat"), now))
		return identity_unproven(STR("the token was issued in the future"), ret_reason);
	*ret_expires = expires;
	return true;
}

static bool
has_control(struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.ptr[i] < 0x20 || text.ptr[i] == 0x7f)
			return true;
	}
	return false;
}

bool
identity_claims_text(const struct json *claims, struct str name, size_t bytes_max, struct str wrong,
    struct str *ret, struct str *ret_reason)
{
	const struct json *value = json_find(claims, name);

	*ret = STR("");
	if (value == NULL || value->type == JSON_NULL_VALUE)
		return true;
	if (value->type != JSON_TEXT || value->text.len > bytes_max || has_control(value->text))
		return identity_unproven(wrong, ret_reason);
	*ret = value->text;
	return true;
}

bool
identity_claims_subject(const struct json *claims, struct str *ret, struct str *ret_reason)
{
	struct str wrong = STR("sub is missing or no usable text");

	if (!identity_claims_text(
		claims, STR("sub"), IDENTITY_SUBJECT_BYTES_MAX, wrong, ret, ret_reason))
		return false;
	return !str_empty(*ret) || identity_unproven(wrong, ret_reason);
}

bool
identity_claims_person(
    const struct json *claims, struct identity_claims *ret, struct str *ret_reason)
{
	struct str unused;

	/* A name is for show, so one that cannot be shown is none; an address is an identity. */
	if (!identity_claims_text(
		claims, STR("name"), IDENTITY_NAME_BYTES_MAX, STR("name"), &ret->name, &unused))
		ret->name = STR("");
	return identity_claims_text(claims, STR("email"), IDENTITY_EMAIL_BYTES_MAX,
	    STR("email is no usable text"), &ret->email, ret_reason);
}

bool
identity_claims_email_verified(const struct json *claims, bool text_counts)
{
	const struct json *value = json_find(claims, STR("email_verified"));

	if (text_counts && is_text(value, STR("true")))
		return true;
	return value != NULL && value->type == JSON_BOOL && value->boolean;
}
