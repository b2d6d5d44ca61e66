#!/bin/sh
# cli_build.sh BUILD - the Makefile in other hands: another make, a compiler
# that is asked, an installation into the system.  Ends with
# "cli_build: N passed, M failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/check.sh
. "$root/tests/check.sh"
begin "${1:-build}"
make=$(command -v gmake || command -v make)

other_makes() {
	have bmake || return
	(unset MAKEFLAGS MFLAGS MAKELEVEL	# of the make above it
	bmake -C "$root" O="$t/bsd") >out 2>&1
	check "another make: fails" test $? -ne 0
	check "another make: is told which one to run" grep -q gmake out
	check "another make: made nothing" test ! -e "$t/bsd"
}

# A compiler that notes each call: two objects ask it no more questions than
# one does.
compiler_calls() {
	rm -f calls
	"$make" -C "$root" O="$t/probe$#" CC="$t/asked" CFLAGS=-O0 "$@" \
		>out 2>&1 || cat out >&2
	wc -l <calls
}

one_probe() {
	printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$t/calls'" \
		"exec ${CC:-cc} \"\$@\"" >asked
	chmod +x asked
	one=$(compiler_calls "$t/probe1/src/base/clock.o")
	two=$(compiler_calls "$t/probe2/src/base/clock.o" \
		"$t/probe2/src/base/talk.o")
	check "one object more is one call of the compiler more" \
		test "$two" -eq $((one + 1))
}

# gcc says FLT_EVAL_METHOD 16 in its own modes where there are half floats.
half_floats() {
	printf '%s\n' '#include "base/base.h"' 'int x;' >half.c
	for flags in "-std=gnu11" "-std=gnu11 -march=sapphirerapids"; do
		# shellcheck disable=SC2086
		${CC:-cc} $flags -E -x c /dev/null >/dev/null 2>&1 || continue
		# shellcheck disable=SC2086
		check "base.h with $flags" ${CC:-cc} $flags -I"$root/src" \
			-fsyntax-only half.c
	done
	check "base.h refuses fast-math" not "${CC:-cc}" -ffast-math \
		-I"$root/src" -fsyntax-only half.c
}

# Without DESTDIR the loader is told of the library; a package does that itself.
loader() {
	case $build in
	"$root"/*) o=${build#"$root"/} ;;
	*) o=$build ;;
	esac
	printf '%s\n' '#!/bin/sh' "echo called >>'$t/loader'" 'exit 1' >tell
	chmod +x tell
	rm -f loader
	"$make" -n -C "$root" O="$o" PREFIX="$t/p" LDCONFIG="$t/tell" install \
		>plain 2>&1
	"$make" -n -C "$root" O="$o" PREFIX="$t/p" LDCONFIG="$t/tell" \
		DESTDIR="$t/stage" install >staged 2>&1
	sed -n "s|.*\($t/tell\).*|\1|p" plain >commands
	check "make install tells the loader" test -s commands
	sh -ec "$(grep "$t/tell" plain)" >out 2>&1
	check "that it fails is no failure" test $? -eq 0
	check "it was called" test -s loader
	check "not into a staging folder" not grep -q "$t/tell" staged
}

other_makes
one_probe
half_floats
[ "$(uname)" = Linux ] && loader
echo "$script: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
