#!/bin/sh
# The gates, tested: each rule is broken on purpose in a small copy of the tree,
# and the gate must fail and name the place.  Prints a line a case as cmocka does.
# usage: tests/gates/gates_test.sh [CASE...]   (from anywhere)
set -eu
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "$0")/../.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
failures=0

# ---- a small tree that every gate passes -----------------------------------------

make_tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree" && cd "$work/tree"
	cp -R "$root/tools" "$root/meson.build" "$root/.clang-format" .
	printf '# Nothing is excused.\n' >tools/long-functions.txt
	mkdir -p src/base src/domain src/codec src/runtime tests bench migrations
	: >tests/meson.build
	: >bench/meson.build
	printf "subdir('base')\nsubdir('domain')\nsubdir('codec')\n" >src/meson.build
	for layer in base domain codec; do
		printf "lib%s = static_library('%s', '%s.c', include_directories: inc)\n" $layer $layer $layer \
		    >src/$layer/meson.build
	done
	printf '#ifndef BASE_BASE_H\n#define BASE_BASE_H\n\nint base_answer(void);\nint str_answer(void);\n\n#endif\n' \
	    >src/base/base.h
	printf '#include "base/base.h"\n' >src/base/base.c
	for function in base_answer str_answer; do
		printf '\nint\n%s(void)\n{\n\treturn 42;\n}\n' $function >>src/base/base.c
	done
	write_function domain domain_decide 'return str_answer();'
	write_function codec codec_encode 'return base_answer();'
	printf -- '-- The first table.\nCREATE TABLE eco (id uuid PRIMARY KEY);\n' >migrations/0001_eco.sql
}

# write_function LAYER NAME BODY [INCLUDE]: src/LAYER/LAYER.c with that one function.
write_function() {
	{
		[ -z "${4:-}" ] || printf '#include <%s>\n\n' "$4"
		printf '#include "base/base.h"\n\nint %s(void);\n\nint\n%s(void)\n{\n\t%s\n}\n' "$2" "$2" "$3"
	} >"src/$1/$1.c"
}

# A function of $1 lines, from its name to its brace.
write_long_function() {
	{
		printf 'int long_one(int x);\n\nint\nlong_one(int x)\n{\n'
		line=4
		while [ $line -lt "$1" ]; do
			printf '\tx++;\n'
			line=$((line + 1))
		done
		printf '\treturn x;\n}\n'
	} >src/base/long.c
}

build() { CC=gcc meson setup build >/dev/null 2>&1 && ninja -C build >/dev/null 2>&1; }

# ---- what is expected ------------------------------------------------------------

# fails_naming TEXT GATE...: the gate exits badly and its output holds TEXT.
fails_naming() {
	text=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		echo "$* passed, and should not have"
		return 1
	fi
	grep -qF -e "$text" "$work/out" || {
		echo "$* did not say \"$text\" but:"
		cat "$work/out"
		return 1
	}
}

# passes GATE...: the gate is content, and says so on one line.
passes() {
	"$@" >"$work/out" 2>&1 || {
		echo "$* failed:"
		cat "$work/out"
		return 1
	}
	[ "$(wc -l <"$work/out")" = 1 ] || {
		echo "$* is wordy:"
		cat "$work/out"
		return 1
	}
}

# ---- cases -----------------------------------------------------------------------

a_tree_without_fault_passes_every_gate() {
	build || { echo "the small tree does not build"; return 1; }
	for gate in layers headers clock libc words functions format migrations; do
		passes tools/check-$gate || return 1
	done
	passes tools/check-purity build &&
	    passes tools/check-warnings gcc build &&
	    passes tools/check-warnings clang-14 build-clang
}

base_that_includes_the_domain_is_a_layer_breach() {
	printf '#pragma once\n' >src/domain/eco.h
	printf '#include "domain/eco.h"\n' >>src/base/base.c
	fails_naming "src/base/base.c:14: base may not include domain" tools/check-layers
}

a_part_of_a_layer_has_rules_of_its_own() {
	mkdir -p src/store/pg src/store/mem
	printf '#include "store/mem/mem.h"\n' >src/store/pg/pg.c
	printf '#pragma once\n' >src/store/mem/mem.h
	fails_naming "src/store/pg/pg.c:1: store/pg may not include store/mem" tools/check-layers
}

a_folder_that_is_no_layer_is_refused() {
	mkdir src/helpers
	printf '#pragma once\n' >src/helpers/all.h
	fails_naming "src/helpers/all.h: this folder is no layer" tools/check-layers
}

an_include_of_no_layer_is_refused() {
	printf '#include "elsewhere/thing.h"\n' >>src/base/base.c
	fails_naming 'src/base/base.c:14: "elsewhere/thing.h" belongs to no layer' tools/check-layers
}

a_header_that_the_build_makes_belongs_to_its_layer() {
	printf '#include "made.h"\n' >>src/base/base.c
	printf "custom_target('made', output: ['made.c', 'made.h'])\n" >>src/base/meson.build
	passes tools/check-layers
}

headers_in_a_circle_are_refused() {
	printf '#pragma once\n#include "base/two.h"\n' >src/base/one.h
	printf '#pragma once\n#include "base/one.h"\n' >src/base/two.h
	fails_naming "src/base/one.h" tools/check-layers
}

a_layer_table_with_a_circle_is_refused() {
	sed -i 's/^base:/base: app/' tools/layers.txt
	fails_naming "base may not use app" tools/check-layers
}

time_in_the_domain_is_impure() {
	write_function domain domain_decide 'return (int)time(NULL);' time.h
	build || return 1
	fails_naming "src/domain: domain.c needs time()" tools/check-purity build
}

malloc_in_a_codec_is_impure() {
	write_function codec codec_encode 'return malloc(1) != NULL;' stdlib.h
	build || return 1
	fails_naming "src/codec: codec.c needs malloc()" tools/check-purity build
}

the_domain_may_not_use_all_of_base() {
	write_function domain domain_decide 'return base_answer();'
	build || return 1
	fails_naming "src/domain: domain.c needs base_answer()" tools/check-purity build
}

purity_of_nothing_is_not_purity() {
	mkdir empty
	fails_naming "no pure library in empty" tools/check-purity empty
}

a_header_that_needs_another_is_refused() {
	printf '#ifndef A_H\n#define A_H\nuint32_t a_count(void);\n#endif\n' >src/base/a.h
	fails_naming "src/base/a.h: does not compile alone" tools/check-headers
}

a_header_without_a_guard_is_refused() {
	printf 'struct twice {\n\tint x;\n};\n' >src/base/a.h
	fails_naming "src/base/a.h: does not compile alone" tools/check-headers
}

the_systems_clock_outside_the_clock_is_refused() {
	write_function codec codec_encode 'return (int)time(NULL);' time.h
	fails_naming "src/codec/codec.c:10: only src/runtime/clock*.c may do this" tools/check-clock
}

the_clock_itself_may_read_the_clock() {
	printf '#include <time.h>\n\nlong clock_read(void);\n\nlong\nclock_read(void)\n{\n\treturn time(NULL);\n}\n' \
	    >src/runtime/clock_real.c
	passes tools/check-clock
}

a_comment_or_a_name_is_not_a_call() {
	printf '/* time(NULL) and\n * sleep(1) */\nstatic const char *said = "strcpy(a, b)";\nint uptime(void);\n' \
	    >src/runtime/worker.c
	passes tools/check-clock && passes tools/check-libc
}

strcpy_is_refused() {
	write_function codec codec_encode 'return *strcpy(a, b);'
	fails_naming "src/codec/codec.c:8: use what src/base offers" tools/check-libc
}

a_number_read_by_atoi_is_refused() {
	write_function codec codec_encode 'return atoi("x");'
	fails_naming "src/codec/codec.c:8: use what src/base offers" tools/check-libc
}

base_may_build_on_what_it_replaces() {
	write_function base base_answer 'return (int)strtol("1", NULL, 10);'
	passes tools/check-libc
}

a_note_to_self_is_refused() {
	printf '/* TO''DO: later */\n' >>src/base/base.c
	fails_naming "src/base/base.c:14" tools/check-words
}

a_function_of_71_lines_is_refused() {
	write_long_function 71
	fails_naming "src/base/long.c:4: long_one has 71 lines" tools/check-functions
}

a_function_of_70_lines_passes() {
	write_long_function 70
	passes tools/check-functions
}

a_long_function_with_a_reason_passes() {
	write_long_function 71
	printf 'src/base/long.c long_one one case a protocol state\n' >>tools/long-functions.txt
	passes tools/check-functions
}

an_excuse_without_a_reason_is_refused() {
	write_long_function 71
	printf 'src/base/long.c long_one\n' >>tools/long-functions.txt
	fails_naming "src/base/long.c long_one: give the reason" tools/check-functions
}

an_excuse_for_what_is_no_longer_long_is_refused() {
	write_long_function 70
	printf 'src/base/long.c long_one it was long\n' >>tools/long-functions.txt
	fails_naming "src/base/long.c long_one: is no longer long" tools/check-functions
}

a_misformatted_file_is_refused() {
	printf 'int base_more(int x);\nint base_more(int x) { return x; }\n' >src/base/more.c
	fails_naming "src/base/more.c:2" tools/check-format
}

an_unused_variable_is_refused_by_gcc() {
	write_function codec codec_encode 'int unused; return 1;'
	fails_naming "src/codec/codec.c:8" tools/check-warnings gcc build
}

an_unused_variable_is_refused_by_clang() {
	write_function codec codec_encode 'int unused; return 1;'
	fails_naming "src/codec/codec.c:8" tools/check-warnings clang-14 build-clang
}

a_gap_between_migrations_is_refused() {
	printf -- '-- Later.\n' >migrations/0003_later.sql
	fails_naming "migrations/0003_later.sql: number 0002 was expected" tools/check-migrations
}

two_migrations_of_one_number_are_refused() {
	printf -- '-- Twin.\n' >migrations/0001_twin.sql
	fails_naming "migrations/0001_twin.sql: number 0002 was expected" tools/check-migrations
}

a_migration_that_commits_is_refused() {
	printf -- '-- Half.\nCOMMIT;\n' >migrations/0002_half.sql
	fails_naming "migrations/0002_half.sql:2: the runner opens and ends" tools/check-migrations
}

a_reference_page_that_is_out_of_date_is_refused() {
	mkdir -p build/src/bin docs/reference
	printf 'build src/bin/reference: phony\n' >build/build.ninja
	printf '#!/bin/sh\n[ $# = 0 ] && echo events || echo "an event"\n' >build/src/bin/reference
	chmod +x build/src/bin/reference
	echo "an event" >docs/reference/events.md
	passes tools/check-reference build || return 1
	echo "another" >>docs/reference/events.md
	fails_naming "docs/reference/events.md: does not say what the program does" tools/check-reference build
}

a_crashed_program_counts_as_a_failure() {
	mkdir records
	printf '#!/bin/sh\necho "[ RUN      ] it_ends"; echo "[       OK ] it_ends"\necho "[ RUN      ] it_dies"; kill -9 $$\n' >dies
	chmod +x dies
	STRIKE_TEST_RECORDS=records tools/record-test ./dies >/dev/null 2>&1 || true
	fails_naming "1 passed, 1 failed" tools/tally records && fails_naming "dies: it_dies" tools/tally records
}

a_program_that_ends_badly_after_good_cases_counts_as_a_failure() {
	mkdir records
	printf '#!/bin/sh\necho "[ RUN      ] it_ends"; echo "[       OK ] it_ends"\nexit 23\n' >leaks
	chmod +x leaks
	STRIKE_TEST_RECORDS=records tools/record-test ./leaks >/dev/null 2>&1 || true
	fails_naming "1 passed, 1 failed" tools/tally records
}

a_program_killed_by_a_time_out_counts_as_a_failure() {
	mkdir records
	echo "waiting" >records/slow.1.out
	fails_naming "0 passed, 1 failed" tools/tally records
}

a_run_of_no_test_is_a_failure() {
	mkdir records
	fails_naming "no test was run" tools/tally records
}

# ---- run -------------------------------------------------------------------------

# Every function above that is not a helper is a case.
# shellcheck disable=SC2046 # names are words
[ $# -gt 0 ] || set -- $(sed -n 's/^\([a-z0-9_]*\)() {$/\1/p' "$0" | grep -vxE \
    'make_tree|write_function|write_long_function|fails_naming|passes')
echo "[==========] Running $# test(s)."
for name in "$@"; do
	make_tree
	echo "[ RUN      ] $name"
	if ("$name") >"$work/said" 2>&1; then
		echo "[       OK ] $name"
	else
		sed 's/^/    /' "$work/said"
		echo "[  FAILED  ] $name"
		failures=$((failures + 1))
	fi
done
[ "$failures" = 0 ] || { echo "[  FAILED  ] $failures test(s)"; exit 1; }
echo "[  PASSED  ] $# test(s)."
