#include "domain/ringdown/page_code.h"

#include <string.h>

#define LETTERS (sizeof(PAGE_CODE_ALPHABET) - 1)

/* The last bytes of an id are random, the first are the time. */
void
page_code(struct uuid eco, char ret[PAGE_CODE_LEN + 1])
{
	uint32_t value = 0;

	for (size_t i = sizeof(eco.bytes) - 4; i < sizeof(eco.bytes); i++)
		value = value << 8 | eco.bytes[i];
	for (size_t i = 0; i < PAGE_CODE_LEN; i++) {
		ret[i] = PAGE_CODE_ALPHABET[value % LETTERS];
		value /= LETTERS;
	}
	ret[PAGE_CODE_LEN] = '\0';
}

bool
page_code_is(struct str word)
{
	if (word.len != PAGE_CODE_LEN)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char letter = word.ptr[i];

		if (letter >= 'a' && letter <= 'z')
			letter = (char)(letter - 'a' + 'A');
		if (memchr(PAGE_CODE_ALPHABET, letter, LETTERS) == NULL)
			return false;
	}
	return true;
}
