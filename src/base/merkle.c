#include "base/merkle.h"

#include "base/buf.h"

/* What stands before a leaf and a node, so that neither can pass for the other. */
#define LEAF_TAG 0x00
#define NODE_TAG 0x01

#define DIGEST_BYTES sizeof(struct sha256)

/* One byte and a digest: one block of SHA-256. */
static struct sha256
leaf_of(struct sha256 digest)
{
	uint8_t bytes[1 + DIGEST_BYTES] = { LEAF_TAG };

	memcpy(bytes + 1, digest.bytes, DIGEST_BYTES);
	return sha256_of((struct str){ (const char *)bytes, sizeof(bytes) });
}

static struct sha256
node_of(struct sha256 left, struct sha256 right)
{
	uint8_t bytes[1 + 2 * DIGEST_BYTES] = { NODE_TAG };

	memcpy(bytes + 1, left.bytes, DIGEST_BYTES);
	memcpy(bytes + 1 + DIGEST_BYTES, right.bytes, DIGEST_BYTES);
	return sha256_of((struct str){ (const char *)bytes, sizeof(bytes) });
}

struct sha256
merkle_leaf(struct str entry)
{
	/* Entries of any length are for tests and other trees: no need to be fast. */
	char bytes[1024];
	struct buf buf = buf_over(bytes, sizeof(bytes));

	buf_char(&buf, LEAF_TAG);
	buf_str(&buf, entry);
	CHECK(!buf.overflowed);
	return sha256_of(buf_view(&buf));
}

/*
 * The level above ${nodes}, in their place.  A last one without a partner goes up
 * as it is: that is the same tree as the RFC's, where the left side is always full.
 */
static size_t
climb(struct sha256 *nodes, size_t count)
{
	size_t pairs = count / 2;

	for (size_t i = 0; i < pairs; i++)
		nodes[i] = node_of(nodes[2 * i], nodes[2 * i + 1]);
	if (count % 2 == 1)
		nodes[pairs] = nodes[count - 1];
	return pairs + count % 2;
}

struct sha256
merkle_leaves_root(struct sha256 *leaves, size_t count)
{
	CHECK(count > 0);
	while (count > 1)
		count = climb(leaves, count);
	return leaves[0];
}

size_t
merkle_leaves_path(
    struct sha256 *leaves, size_t count, size_t index, struct sha256 ret[MERKLE_PATH_MAX])
{
	size_t length = 0;

	CHECK(index < count);
	while (count > 1) {
		if ((index ^ 1) < count)
			ret[length++] = leaves[index ^ 1];
		count = climb(leaves, count);
		index /= 2;
	}
	return length;
}

/* The steps of RFC 9162, section 2.1.3.2, by its names: fn, sn and r. */
bool
merkle_leaf_verify(struct sha256 leaf, uint64_t index, uint64_t count, const struct sha256 *path,
    size_t path_count, struct sha256 root)
{
	uint64_t node = index, last = count - 1;
	struct sha256 hash = leaf;

	if (index >= count)
		return false;
	for (size_t i = 0; i < path_count; i++) {
		if (last == 0)
			return false;
		if (node % 2 == 1 || node == last) {
			hash = node_of(path[i], hash);
			while (node % 2 == 0 && node != 0) {
				node /= 2;
				last /= 2;
			}
		} else {
			hash = node_of(hash, path[i]);
		}
		node /= 2;
		last /= 2;
	}
	return last == 0 && sha256_equal(hash, root);
}

/* ---- over digests ---- */

static void
make_leaves(const struct sha256 *digests, size_t count, struct sha256 *ret)
{
	for (size_t i = 0; i < count; i++)
		ret[i] = leaf_of(digests[i]);
}

struct sha256
merkle_root(const struct sha256 *digests, size_t count, struct sha256 *scratch)
{
	make_leaves(digests, count, scratch);
	return merkle_leaves_root(scratch, count);
}

size_t
merkle_path(const struct sha256 *digests, size_t count, size_t index, struct sha256 *scratch,
    struct sha256 *ret)
{
	make_leaves(digests, count, scratch);
	return merkle_leaves_path(scratch, count, index, ret);
}

bool
merkle_verify(struct sha256 digest, uint64_t index, uint64_t count, const struct sha256 *path,
    size_t path_count, struct sha256 root)
{
	return merkle_leaf_verify(leaf_of(digest), index, count, path, path_count, root);
}

/* ---- growing ---- */

/* As adding one to a number in binary: a carry joins two full trees of one size. */
void
merkle_add(struct merkle_tree *tree, struct sha256 digest)
{
	struct sha256 carry = leaf_of(digest);
	size_t level = 0;

	CHECK(tree->count < UINT64_MAX);
	for (; (tree->count >> level) % 2 == 1; level++)
		carry = node_of(tree->full[level], carry);
	tree->full[level] = carry;
	tree->count++;
}

struct sha256
merkle_top(const struct merkle_tree *tree)
{
	struct sha256 top = { { 0 } };
	bool any = false;

	CHECK(tree->count > 0);
	for (size_t level = 0; level < MERKLE_PATH_MAX; level++) {
		if ((tree->count >> level) % 2 == 0)
			continue;
		top = any ? node_of(tree->full[level], top) : tree->full[level];
		any = true;
	}
	return top;
}
