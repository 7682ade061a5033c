#ifndef BASE_MERKLE_H
#define BASE_MERKLE_H

#include "base/sha256.h"

/*
 * merkle: the hash tree of RFC 9162, section 2.1, over SHA-256 digests.
 *
 * A leaf is SHA-256(0x00, digest), an inner node SHA-256(0x01, left, right); of n
 * leaves the left side takes the largest power of two that is smaller than n.  So
 * an entry is proven by at most 64 digests.
 */

#define MERKLE_PATH_MAX 64

/** The root over ${count} (at least 1) digests; ${scratch} has room for as many. */
struct sha256 merkle_root(const struct sha256 *digests, size_t count, struct sha256 *scratch);

/**
 * The inclusion path of digest ${index} of ${count}, from the leaf up, into ${ret}
 * of MERKLE_PATH_MAX; returns its length.
 */
size_t merkle_path(const struct sha256 *digests, size_t count, size_t index, struct sha256 *scratch,
    struct sha256 *ret);

/** Whether ${path} proves ${digest} as entry ${index} of ${count} under ${root} (2.1.3.2). */
NODISCARD bool merkle_verify(struct sha256 digest, uint64_t index, uint64_t count,
    const struct sha256 *path, size_t path_count, struct sha256 root);

/*
 * A tree that grows, in the memory of one path: for more entries than one wants to
 * hold.  All zero is the empty one.
 */
struct merkle_tree {
	uint64_t count;
	struct sha256 full[MERKLE_PATH_MAX]; /* of each power of two in ${count}: its root */
};

/** One more digest. */
void merkle_add(struct merkle_tree *tree, struct sha256 digest);

/** The root over what was added, at least one. */
struct sha256 merkle_top(const struct merkle_tree *tree);

/*
 * The same over entries of any length, whose leaves are made with merkle_leaf();
 * ${leaves} are used up.
 */
struct sha256 merkle_leaf(struct str entry);
struct sha256 merkle_leaves_root(struct sha256 *leaves, size_t count);
size_t merkle_leaves_path(
    struct sha256 *leaves, size_t count, size_t index, struct sha256 ret[MERKLE_PATH_MAX]);
NODISCARD bool merkle_leaf_verify(struct sha256 leaf, uint64_t index, uint64_t count,
    const struct sha256 *path, size_t path_count, struct sha256 root);

#endif
