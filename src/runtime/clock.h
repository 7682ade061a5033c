#ifndef RUNTIME_CLOCK_H
#define RUNTIME_CLOCK_H

#include "base/err.h"
#include "base/instant.h"

/*
 * clock: the only place that reads the system's clock (tools/check-clock).
 *
 * Three clocks behind one port:
 *
 *   real     the system's clock.
 *   scaled   a real clock that runs ${speed} times as fast from an agreed
 *            anchor: now = anchor + (system - anchor) * speed.  Two processes
 *            with the same anchor and speed agree on the time, also after a
 *            restart.
 *   virtual  stands still until somebody advances it.  It lives in a small
 *            file that every process of a test maps, so that a server, the
 *            mock world and the test share one moment; a waiter wakes by futex.
 *
 * What a person or a contract counts in (ringing, ETA, grace, polls) uses this
 * clock.  What the machine counts in (leases, socket timeouts, back-off of a
 * broken connection) uses clock_monotonic(), which is always real.
 */
struct clock;

/** The system's clock. */
NODISCARD struct clock *clock_create_real(void);

/** A clock that runs ${speed} times as fast as the system's, counted from ${anchor}.  Above 0. */
NODISCARD struct clock *clock_create_scaled(double speed, struct instant anchor);

/** The virtual clock in the file ${path}, created to stand at ${start} when it does not exist. */
NODISCARD struct err *clock_create_virtual(
    struct arena *arena, const char *path, struct instant start, struct clock **ret);

/**
 * Make a clock from its setting: "real", "scaled:<speed>:<RFC 3339 anchor>" or
 * "virtual:<path>" (a new file stands at the system's present).  A fault names
 * what is wrong with the setting.
 */
NODISCARD struct err *clock_create_from(
    struct arena *arena, struct str setting, struct clock **ret);

/** ${clock} may be NULL. */
void clock_destroy(struct clock *clock);

/** The present moment. */
struct instant clock_now(const struct clock *clock);

/** How many seconds of this clock pass in a real second: 1, ${speed}, or 0 when virtual. */
double clock_speed(const struct clock *clock);

/** Move a virtual clock on by ${by} and wake its waiters.  Only on a virtual clock, by >= 0. */
void clock_advance(struct clock *clock, struct duration by);

/*
 * alarm: what a thread sleeps on.  It wakes when it is rung, when the clock
 * reaches the awaited moment, or after a real-time bound, whichever is first.
 */
struct alarm;

/** An alarm on ${clock}, which must outlive it. */
NODISCARD struct alarm *alarm_create(struct clock *clock);

/** Nobody may be waiting.  ${alarm} may be NULL. */
void alarm_destroy(struct alarm *alarm);

/** Wake the thread in alarm_wait(); remembered when nobody waits yet.  Any thread may ring. */
void alarm_ring(struct alarm *alarm);

/**
 * Sleep until the alarm is rung, until ${until} by the clock, or for at most
 * ${at_most} of real time.  One thread waits on an alarm at a time.  A spurious
 * early return is allowed; a step of the system's own clock is noticed when
 * ${at_most} has passed.
 */
void alarm_wait(struct alarm *alarm, struct instant until, struct duration at_most);

/** The system's present moment, whatever clock the program runs on: for log lines and files. */
struct instant clock_system_now(void);

/** Microseconds of real time since some fixed point; for leases, timeouts and measurements. */
int64_t clock_monotonic_us(void);

#endif
