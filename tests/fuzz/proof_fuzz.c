#include "proof/proof_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The key of RFC 8032, section 7.1, test 1, with which the corpus is signed. */
static const struct str pem = STR("-----BEGIN PUBLIC KEY-----\n"
				  "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
				  "-----END PUBLIC KEY-----\n");

/* Go through ${text} line by line, as 'strike check-proof' does. */
static bool
holds(struct arena *arena, struct str text, struct proof_check *check)
{
	static char written[1 << 16];
	struct buf words = buf_over(written, sizeof(written));
	struct str problem = STR("");
	bool good = true;

	while (good && text.len > 0) {
		arena_reset(arena);
		good = proof_check_line(check, arena, str_cut(&text, '\n'), &problem);
	}
	if (good)
		good = proof_check_end(check, arena, &problem);
	/* Whoever is told that a proof does not hold is told why. */
	CHECK(good == str_empty(problem));
	if (!good)
		return false;
	proof_check_describe(check, arena, &words);
	CHECK(!words.overflowed && words.len > 0);
	CHECK(check->events > 0 && check->runs > 0 && check->ticks >= check->runs);
	return true;
}

/* Whatever somebody hands over as a proof holds or does not, and never more with less. */
int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static char memory[8 << 20];
	struct str text = { (const char *)bytes, length };
	struct proof_check alone = { .lines = 0 }, by_key = { .lines = 0 },
			   by_head = { .lines = 0 };
	struct ed25519_key *key = NULL;
	struct arena arena;

	arena_init(&arena, memory, sizeof(memory));
	CHECK(ed25519_key_read(&arena, pem, false, &key) == NULL);
	by_key.key = key;
	by_head.has_head = true;
	if (holds(&arena, text, &alone)) {
		/* Its own last head vouches for it, if it is of one run. */
		by_head.head = alone.tick.hash;
		CHECK(holds(&arena, text, &by_head) == (alone.runs == 1));
	} else {
		CHECK(!holds(&arena, text, &by_key));
		CHECK(!holds(&arena, text, &by_head));
	}
	(void)holds(&arena, text, &by_key);
	ed25519_key_destroy(key);
	return 0;
}
