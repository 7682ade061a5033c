#include <stdio.h>

#include "bin/command.h"
#include "runtime/config.h"

int
command_settings(int argc, char **argv)
{
	static char memory[32768];
	struct buf table = buf_over(memory, sizeof(memory));

	(void)argc;
	(void)argv;
	config_describe(&table);
	return fwrite(table.ptr, 1, table.len, stdout) == table.len ? 0 : 1;
}
