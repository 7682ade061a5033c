#include "golden_file.h"

#include <stdlib.h>

#include "support/unit.h"

#define FILE_BYTES_MAX (256u << 10)

static const char *
path_of(struct arena *arena, struct golden_file file)
{
	const char *root = getenv("STRIKE_TEST_SOURCE_ROOT");
	struct str path = arena_printf(arena, "%s/tests/golden/%s/%.*s.v%d.json",
	    root == NULL ? SOURCE_ROOT : root, file.folder, STR_ARG(file.name), file.version);

	return arena_copy_z(arena, path);
}

struct str
golden_read(struct arena *arena, struct golden_file file)
{
	const char *path = path_of(arena, file);
	FILE *stream = fopen(path, "re");
	struct buf text = buf_in(arena, FILE_BYTES_MAX);
	int c;

	if (stream == NULL)
		fail_msg("%s is missing: UPDATE_GOLDEN=1 writes it", path);
	while ((c = fgetc(stream)) != EOF)
		buf_char(&text, (char)c);
	(void)fclose(stream);
	assert_false(text.overflowed);
	return str_trim(buf_view(&text));
}

void
golden_write(struct arena *arena, struct golden_file file, struct str payload)
{
	const char *path = path_of(arena, file);
	FILE *stream = fopen(path, "we");

	if (stream == NULL)
		fail_msg("%s cannot be written", path);
	(void)fprintf(stream, "%.*s\n", STR_ARG(payload));
	(void)fclose(stream);
}

void
golden_assert_same(struct str name, struct str is, struct str should_be)
{
	if (!str_equal(is, should_be))
		fail_msg("%.*s:\n is        %.*s\n should be %.*s", STR_ARG(name), STR_ARG(is),
		    STR_ARG(should_be));
}
