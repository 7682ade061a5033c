#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include "base/str.h"

/* A text file that the build put into the program (tools/embed-files). */
struct embedded_file {
	struct str name, text;
};

#endif
