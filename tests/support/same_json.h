#ifndef TESTS_SAME_JSON_H
#define TESTS_SAME_JSON_H

#include "base/json.h"

/**
 * Whether ${a} and ${b} are one value: types, texts, the bits of numbers, and the
 * members of objects in the same order.
 */
bool same_json(const struct json *a, const struct json *b);

#endif
