#include "support/proof_world.h"

#define PROOF_BYTES_MAX (4u << 20)

static const struct str private_pems[] = {
	STR("-----BEGIN PRIVATE KEY-----\n"
	    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
	    "-----END PRIVATE KEY-----\n"),
	STR("-----BEGIN PRIVATE KEY-----\n"
	    "MC4CAQAwBQYDK2VwBCIEIEzNCJso/5banbbDRuwRTg9bijGfNaumJNqM9u1PuKb7\n"
	    "-----END PRIVATE KEY-----\n"),
};
static const struct str public_pems[] = {
	STR("-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
	    "-----END PUBLIC KEY-----\n"),
	STR("-----BEGIN PUBLIC KEY-----\n"
	    "MCowBQYDK2VwAyEAPUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=\n"
	    "-----END PUBLIC KEY-----\n"),
};

struct str
proof_world_pem(int number, bool is_private)
{
	return is_private ? private_pems[number] : public_pems[number];
}

struct ed25519_key *
proof_world_key(struct arena *arena, int number, bool is_private)
{
	struct ed25519_key *key = NULL;

	OK(ed25519_key_read(arena, proof_world_pem(number, is_private), is_private, &key));
	return key;
}

void
proof_world_sign(struct world *world, const struct ed25519_key *key, int64_t number)
{
	struct store_signature signature = { .tick = number, .at = at_s(number) };
	char bytes[STORE_SIGNED_BYTES];
	struct store_ticks ticks;

	OK(store_read_ticks(world->worker, world->arena, number - 1, 1, &ticks));
	assert_int_equal(ticks.count, 1);
	signature.key_id = ed25519_key_id(key);
	ed25519_sign(key, store_signed_bytes(ticks.at[0].hash, bytes), signature.bytes);
	OK(store_put_signature(world->worker, world->arena, &signature));
}

int64_t
proof_world_newest(struct world *world)
{
	struct store_audit_counts counts;

	OK(store_audit_counts(world->worker, world->arena, &counts));
	return counts.last_tick;
}

struct audit_result *
proof_world_audit(struct world *world, struct audit_wanted wanted)
{
	struct audit_result *result = arena_new(world->arena, struct audit_result);

	assert_non_null(result);
	wanted.store = world->store;
	wanted.readers = wanted.readers == 0 ? 2 : wanted.readers;
	OK(audit_run(world->arena, &wanted, result));
	return result;
}

static void
show(const struct audit_result *result)
{
	for (size_t i = 0; i < result->listed; i++)
		print_error("position %lld, tick %lld: %.*s\n",
		    (long long)result->findings[i].position, (long long)result->findings[i].tick,
		    STR_ARG(result->findings[i].problem));
}

void
proof_world_sound(const struct audit_result *result)
{
	if (result->found == 0)
		return;
	show(result);
	fail_msg("%lld things are wrong with the store", (long long)result->found);
}

bool
proof_world_finds(const struct audit_result *result, const char *part)
{
	for (size_t i = 0; i < result->listed; i++) {
		if (str_find(result->findings[i].problem, str_from_z(part)) != SIZE_MAX)
			return true;
	}
	show(result);
	return false;
}

static struct err *
keep_line(void *context, struct arena *arena, struct str line)
{
	struct buf *buf = context;

	(void)arena;
	buf_str(buf, line);
	buf_char(buf, '\n');
	return NULL;
}

struct err *
proof_world_drop(void *context, struct arena *arena, struct str line)
{
	(void)context;
	(void)arena;
	(void)line;
	return NULL;
}

struct str
proof_world_prove(struct world *world, struct uuid eco, bool to_head)
{
	struct arena *arena = arena_create(PROOF_MAKE_ARENA);
	struct buf buf = buf_in(world->arena, PROOF_BYTES_MAX);
	struct proof_wanted wanted = { .eco = eco, .to_head = to_head };
	struct proof_made made;

	OK(proof_make(world->worker, arena, &wanted, keep_line, &buf, &made));
	assert_false(buf.overflowed);
	arena_destroy(arena);
	return buf_view(&buf);
}

bool
proof_world_check(struct str text, struct proof_check *check, const char **ret_problem)
{
	static char said[1024];
	static char memory[1u << 20]; /* enough for the tests' small events */
	struct arena in, *arena = &in;
	struct str problem = STR("");
	struct buf buf = buf_over(said, sizeof(said));
	bool holds = true;

	arena_init(arena, memory, sizeof(memory));
	while (holds && text.len > 0) {
		arena_reset(arena);
		holds = proof_check_line(check, arena, str_cut(&text, '\n'), &problem);
	}
	if (holds)
		holds = proof_check_end(check, arena, &problem);
	buf_str(&buf, problem);
	buf_char(&buf, '\0');
	*ret_problem = said;
	return holds;
}
