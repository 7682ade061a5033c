#ifndef PROTO_TWILIO_SID_H
#define PROTO_TWILIO_SID_H

#include "base/str.h"

/* twilio_sid: the shape of Twilio's ids: two letters and 32 hexadecimal digits. */

#define TWILIO_SID_BYTES 34

/** Whether ${sid} can be an account's or a subaccount's: "AC" and 32 hexadecimal digits. */
bool twilio_sid_is_account(struct str sid);

#endif
