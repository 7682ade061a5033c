#include "runtime/http.h"

struct str
http_header_find(const struct http_header *headers, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_equal_nocase(headers[i].name, name))
			return headers[i].value;
	}
	return STR("");
}
