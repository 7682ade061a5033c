#include "proto/twilio_sid.h"

bool
twilio_sid_is_account(struct str sid)
{
	if (sid.len != TWILIO_SID_BYTES || !str_starts_with(sid, STR("AC")))
		return false;
	for (size_t i = 2; i < sid.len; i++) {
		if (str_hex_value(sid.ptr[i]) < 0)
			return false;
	}
	return true;
}
