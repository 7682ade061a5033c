#include "app/command.h"

#include "base/json.h"

#define ANSWER_BYTES_MAX 160

struct change
command_change(
    const struct app_context *context, const struct app_command *command, struct sha256 body_hash)
{
	return (struct change){
		.session = context->session,
		.arena = context->arena,
		.now = context->now,
		.chance = 0.5,
		.actor = {
			.kind = STORE_ACTOR_USER,
			.user = context->actor->user,
			.organisation = context->actor->organisation.id,
		},
		.make_id = context->make_id,
		.vault = context->vault,
		.causation = context->correlation,
		.command_key = command->key,
		.command_scope = context->actor->organisation.id,
		.body_hash = body_hash,
	};
}

struct str
command_answer(struct arena *arena, struct uuid eco, int64_t version)
{
	struct buf buf = buf_in(arena, ANSWER_BYTES_MAX);
	struct json_writer writer = json_writer(&buf);

	json_begin_map(&writer);
	json_member_text(&writer, STR("eco"), uuid_text(arena, eco));
	json_member_int(&writer, STR("version"), version);
	json_end_map(&writer);
	return buf_view(&buf);
}

struct err *
command_read_answer(
    struct arena *arena, const struct store_append_result *appended, struct app_answer *ret)
{
	const struct json *answer;
	struct str reason;

	*ret = (struct app_answer){ .refused = false };
	if (appended->outcome == STORE_KEY_REUSED) {
		ret->refused = !refuse(&ret->refusal, REFUSAL_KEY_REUSED, "idempotencyKey",
		    "this key was used for another command; a new command needs a new key");
		return NULL;
	}
	if (!json_parse(arena, appended->answer, &answer, &reason) ||
	    !uuid_parse(json_text_or(answer, STR("eco"), STR("")), &ret->eco))
		return ERR(arena, ERR_CORRUPT, "the answer kept for a command cannot be read");
	ret->version = json_int_or(answer, STR("version"), 0);
	return NULL;
}

struct err *
command_find(const struct app_context *context, const struct app_command *command,
    struct sha256 body_hash, bool *ret_answered, struct app_answer *ret)
{
	struct store_append_result found;

	TRY(store_find_command(context->session, context->arena, context->actor->organisation.id,
	    command->key, body_hash, &found));
	*ret_answered = found.outcome != STORE_APPENDED;
	if (*ret_answered)
		return command_read_answer(context->arena, &found, ret);
	return NULL;
}
