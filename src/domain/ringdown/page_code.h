#ifndef DOMAIN_RINGDOWN_PAGE_CODE_H
#define DOMAIN_RINGDOWN_PAGE_CODE_H

#include "base/str.h"
#include "base/uuid.h"

/*
 * page_code: three letters by which a text and its reply name an ECO, e.g. "KFX".
 *
 * Derived from the ECO's id, and so the same in every text about it.  There are 8000, so two
 * ECOs may share one: a reply is matched among the few pages of whoever sent it.  Without
 * vowels no code is a word, and Y is out because it looks like one.
 */

#define PAGE_CODE_LEN      3
#define PAGE_CODE_ALPHABET "BCDFGHJKLMNPQRSTVWXZ"

/** The code of ${eco}, into ${ret}, ending with a NUL. */
void page_code(struct uuid eco, char ret[PAGE_CODE_LEN + 1]);

/** Whether ${word} could be a code, in capitals or small letters. */
bool page_code_is(struct str word);

#endif
