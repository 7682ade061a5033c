#include "support/unit.h"

#include "base/merkle.h"

#define SIZE_MOST 70

static struct sha256
digest(const char *hex)
{
	struct sha256 made;

	for (size_t i = 0; i < sizeof(made.bytes); i++)
		made.bytes[i] =
		    (uint8_t)(str_hex_value(hex[2 * i]) * 16 + str_hex_value(hex[2 * i + 1]));
	return made;
}

static void
assert_digest(struct sha256 actual, const char *hex)
{
	char room[65];
	struct buf buf = buf_over(room, sizeof(room));

	for (size_t i = 0; i < sizeof(actual.bytes); i++)
		buf_printf(&buf, "%02x", actual.bytes[i]);
	assert_text(buf_view(&buf), hex);
}

/* The tree of the certificate-transparency project, the RFC's reference: eight entries. */
static const char *const entries[] = { "", "\x00", "\x10", "\x20\x21", "\x30\x31",
	"\x40\x41\x42\x43", "\x50\x51\x52\x53\x54\x55\x56\x57",
	"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f" };
static const size_t entry_lengths[] = { 0, 1, 1, 2, 2, 4, 8, 16 };

static const char *const published_roots[] = {
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

static void
published_leaves(struct sha256 ret[COUNT_OF(entries)])
{
	for (size_t i = 0; i < COUNT_OF(entries); i++)
		ret[i] = merkle_leaf((struct str){ entries[i], entry_lengths[i] });
}

static void
a_digest_is_the_published_one(void **state)
{
	(void)state;
	/* FIPS 180-4, one block and two. */
	assert_digest(
	    sha256_of(STR("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_digest(sha256_of(STR("abc")),
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_digest(sha256_of(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void
the_published_trees_have_the_published_roots(void **state)
{
	struct sha256 leaves[COUNT_OF(entries)];

	(void)state;
	for (size_t count = 1; count <= COUNT_OF(entries); count++) {
		published_leaves(leaves);
		assert_digest(merkle_leaves_root(leaves, count), published_roots[count - 1]);
	}
}

struct published_path {
	size_t index, count, length;
	const char *nodes[3];
};

static const struct published_path published_paths[] = {
	{ 0, 1, 0, { NULL } },
	{ 0, 8, 3,
	    { "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
		"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		"6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4" } },
	{ 5, 8, 3,
	    { "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
		"ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
		"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" } },
	{ 2, 3, 1, { "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" } },
	{ 1, 5, 3,
	    { "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
		"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
		"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b" } },
};

static void
the_published_inclusion_paths_are_made_and_verified(void **state)
{
	struct sha256 leaves[COUNT_OF(entries)], path[MERKLE_PATH_MAX], leaf;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(published_paths); i++) {
		const struct published_path *at = &published_paths[i];

		published_leaves(leaves);
		leaf = leaves[at->index];
		assert_int_equal(
		    merkle_leaves_path(leaves, at->count, at->index, path), at->length);
		for (size_t n = 0; n < at->length; n++)
			assert_digest(path[n], at->nodes[n]);
		assert_true(merkle_leaf_verify(leaf, at->index, at->count, path, at->length,
		    digest(published_roots[at->count - 1])));
	}
}

/* ---- every entry of every size ---- */

static void
some_digests(struct sha256 ret[SIZE_MOST])
{
	for (size_t i = 0; i < SIZE_MOST; i++)
		ret[i] = sha256_of((struct str){ (const char *)&i, sizeof(i) });
}

static void
every_entry_of_every_size_is_proven(void **state)
{
	struct sha256 digests[SIZE_MOST], scratch[SIZE_MOST], path[MERKLE_PATH_MAX];

	(void)state;
	some_digests(digests);
	for (size_t count = 1; count <= SIZE_MOST; count++) {
		struct sha256 root = merkle_root(digests, count, scratch);

		for (size_t i = 0; i < count; i++) {
			size_t length = merkle_path(digests, count, i, scratch, path);

			assert_true(merkle_verify(digests[i], i, count, path, length, root));
			assert_true(length <= 7);
		}
	}
}

static void
a_tree_that_grows_has_the_root_of_all_that_was_added(void **state)
{
	struct sha256 digests[SIZE_MOST], scratch[SIZE_MOST];
	struct merkle_tree tree = { .count = 0 };

	(void)state;
	some_digests(digests);
	for (size_t count = 1; count <= SIZE_MOST; count++) {
		merkle_add(&tree, digests[count - 1]);
		assert_true(sha256_equal(merkle_top(&tree), merkle_root(digests, count, scratch)));
	}
}

static void
a_path_proves_no_other_entry_index_or_length(void **state)
{
	struct sha256 digests[SIZE_MOST], scratch[SIZE_MOST], path[MERKLE_PATH_MAX];

	(void)state;
	some_digests(digests);
	for (size_t count = 2; count <= SIZE_MOST; count++) {
		struct sha256 root = merkle_root(digests, count, scratch);

		for (size_t i = 0; i < count; i++) {
			size_t length = merkle_path(digests, count, i, scratch, path);

			for (size_t other = 0; other < count; other++) {
				if (other == i)
					continue;
				assert_false(
				    merkle_verify(digests[other], i, count, path, length, root));
				assert_false(
				    merkle_verify(digests[i], other, count, path, length, root));
			}
			assert_false(merkle_verify(digests[i], count, count, path, length, root));
			assert_false(
			    merkle_verify(digests[i], UINT64_MAX, count, path, length, root));
			assert_false(merkle_verify(digests[i], i, 0, path, length, root));
			assert_false(merkle_verify(digests[i], i, count, path, length - 1, root));
			assert_false(merkle_verify(digests[i], i, count, path, length + 1, root));
		}
	}
}

/* The number of entries says which way a path turns; one that turns elsewhere is refused. */
static void
a_path_proves_no_tree_of_another_shape(void **state)
{
	struct sha256 digests[SIZE_MOST], scratch[SIZE_MOST], path[MERKLE_PATH_MAX];
	struct sha256 root;
	size_t length;

	(void)state;
	some_digests(digests);
	for (size_t count = 1; count <= SIZE_MOST; count++) {
		root = merkle_root(digests, count, scratch);
		length = merkle_path(digests, count, count - 1, scratch, path);
		for (size_t other = count; other <= SIZE_MOST; other++) {
			if (other == count)
				continue;
			/* The last of ${count} is on the edge; in a larger tree it need not be. */
			if (merkle_verify(digests[count - 1], count - 1, other, path, length, root))
				fail_msg(
				    "the last of %zu entries passes as one of %zu", count, other);
		}
	}
}

static void
a_bit_that_is_changed_anywhere_is_noticed(void **state)
{
	struct sha256 digests[SIZE_MOST], scratch[SIZE_MOST], path[MERKLE_PATH_MAX];
	struct sha256 root;
	size_t length, count = 21, index = 13;

	(void)state;
	some_digests(digests);
	root = merkle_root(digests, count, scratch);
	length = merkle_path(digests, count, index, scratch, path);
	for (size_t bit = 0; bit < 256; bit++) {
		uint8_t flip = (uint8_t)(1u << bit % 8);

		digests[index].bytes[bit / 8] ^= flip;
		assert_false(merkle_verify(digests[index], index, count, path, length, root));
		assert_false(sha256_equal(root, merkle_root(digests, count, scratch)));
		digests[index].bytes[bit / 8] ^= flip;
		root.bytes[bit / 8] ^= flip;
		assert_false(merkle_verify(digests[index], index, count, path, length, root));
		root.bytes[bit / 8] ^= flip;
		for (size_t n = 0; n < length; n++) {
			path[n].bytes[bit / 8] ^= flip;
			assert_false(
			    merkle_verify(digests[index], index, count, path, length, root));
			path[n].bytes[bit / 8] ^= flip;
		}
	}
	assert_true(merkle_verify(digests[index], index, count, path, length, root));
}

static void
a_node_cannot_pass_for_an_entry(void **state)
{
	struct sha256 digests[SIZE_MOST], scratch[SIZE_MOST], inner[2];

	(void)state;
	some_digests(digests);
	inner[0] = merkle_root(digests, 2, scratch);
	inner[1] = merkle_root(digests + 2, 2, scratch);
	assert_false(
	    sha256_equal(merkle_root(digests, 4, scratch), merkle_root(inner, 2, scratch + 4)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_is_the_published_one),
		cmocka_unit_test(the_published_trees_have_the_published_roots),
		cmocka_unit_test(the_published_inclusion_paths_are_made_and_verified),
		cmocka_unit_test(every_entry_of_every_size_is_proven),
		cmocka_unit_test(a_tree_that_grows_has_the_root_of_all_that_was_added),
		cmocka_unit_test(a_path_proves_no_other_entry_index_or_length),
		cmocka_unit_test(a_path_proves_no_tree_of_another_shape),
		cmocka_unit_test(a_bit_that_is_changed_anywhere_is_noticed),
		cmocka_unit_test(a_node_cannot_pass_for_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
