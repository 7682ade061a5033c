#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "runtime/futex.h"

void
futex_wait(const _Atomic uint32_t *word, uint32_t seen, struct duration at_most)
{
	struct timespec timeout = {
		.tv_sec = at_most.us / 1000000,
		.tv_nsec = at_most.us % 1000000 * 1000,
	};

	if (at_most.us <= 0)
		return;
	/* Every outcome means the same to the caller: look again. */
	(void)syscall(SYS_futex, word, FUTEX_WAIT, seen, &timeout, NULL, 0);
}

void
futex_bump(_Atomic uint32_t *word)
{
	(void)atomic_fetch_add(word, 1);
	(void)syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
