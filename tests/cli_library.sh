#!/bin/sh
# cli_library.sh BUILD - what `make install` installs, and programs that are
# built with it: the examples of the header and of docs/library.md, in C and
# C++.  Ends with "cli_library: N passed, M failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source=tests/check.sh
. "$root/tests/check.sh"
begin "${1:-build}"
XDG_STATE_HOME=$t/state
export XDG_STATE_HOME

exports_only_its_own() {
	nm -D --defined-only "$1" | awk '$3 !~ /^seesay_/ && $3 !~ /san/ {
		print; bad = 1 } END { exit bad }'
}

# A space as small as they get; all that counts is that it searches.
make_space() {
	run 0 posts world:150 -o posts.st --size 24
	run 0 words posts.st -o words.st --dim 8 --epochs 2 --min-count 2
	run 0 learn posts.st words.st -o space.st --net tiny --epochs 1
	run 0 index space.st posts.st -o beach.safetensors
	run 0 posts posts.st --export folder
	run 0 man
	cp out seesay.1
}

# ---- what is installed -------------------------------------------------------

# The objects of a build under a sanitizer need it at the link, too.
flags() {
	cc=${CC:-cc}
	cflags=${CFLAGS:--O2}
	case $cflags in
	*-fsanitize*) ;;
	*)
		grep -q __asan_init "$S" &&
			cflags="-g -fsanitize=address,undefined"
		grep -q __tsan_init "$S" && cflags="-g -fsanitize=thread"
		;;
	esac
}

installed() {
	flags
	make=$(command -v gmake || command -v make)
	case $build in
	"$root"/*) o=${build#"$root"/} ;;
	*) o=$build ;;
	esac
	at=$t/stage/usr
	check "make install" "$make" -C "$root" O="$o" CC="$cc" \
		CFLAGS="$cflags" DESTDIR="$t/stage" PREFIX=/usr install
	for f in bin/seesay include/seesay.h lib/libseesay.a \
		lib/libseesay.so lib/libseesay.so.1 lib/pkgconfig/seesay.pc \
		share/man/man1/seesay.1 \
		share/bash-completion/completions/seesay \
		share/zsh/site-functions/_seesay \
		share/fish/vendor_completions.d/seesay.fish \
		share/doc/seesay/notices.txt share/doc/seesay/search.md; do
		check "installed: $f" test -s "$at/$f"
	done
	if have nm && nm -D "$at/lib/libseesay.so" >out 2>err; then
		check "the shared library shows its own names only" \
			exports_only_its_own "$at/lib/libseesay.so"
	fi
	check "the installed program runs" "$at/bin/seesay" version
	check "the man page is the program's own" cmp seesay.1 \
		"$at/share/man/man1/seesay.1"
	check "nothing of the staging folder is in the .pc" \
		not grep -q stage "$at/lib/pkgconfig/seesay.pc"
}

# The example at the top of the header, with the answers of the program.
library() {
	sed -n 's/^ \*	//p; /^ \*	}$/q' "$root/src/seesay.h" >example.c
	check "the header has an example" grep -q seesay_search example.c
	run 0 search beach.safetensors beach - sunrise
	sed 's/^ *[0-9]*  \([^ ]*\)  \([^ ]*\).*/\1 \2/' out >wanted
	# shellcheck disable=SC2086
	check "it compiles with the static library" $cc $cflags -std=c11 \
		-Wall -Wextra -pedantic -Werror \
		-I"$at/include" -o static example.c "$at/lib/libseesay.a" \
		-lm -lpthread
	# shellcheck disable=SC2086
	check "it compiles with the shared library" $cc $cflags \
		-I"$at/include" -o shared example.c -L"$at/lib" -lseesay \
		-lm -lpthread
	./static >found 2>err
	check "static: the program's answers" cmp found wanted
	LD_LIBRARY_PATH=$at/lib ./shared >found 2>err
	check "shared: the program's answers" cmp found wanted
	if have pkg-config; then
		PKG_CONFIG_SYSROOT_DIR=$t/stage PKG_CONFIG_LIBDIR=$at/lib/pkgconfig \
			pkg-config --cflags --libs seesay >out 2>err
		# shellcheck disable=SC2046,SC2086
		check "it compiles as pkg-config says" $cc $cflags \
			-o shared example.c $(cat out)
	fi
	if have c++; then
		cp example.c example.cc
		for std in c++11 c++17; do
			check "the example is C++, too: $std" c++ -std=$std \
				-Wall -Wextra -pedantic -Werror -fsyntax-only \
				-I"$at/include" example.cc
		done
	fi
}

# The program of docs/library.md writes an index of two pictures.
library_index() {
	sed -n '/^    #include <seesay.h>/,/^    }$/s/^    //p' \
		"$root/docs/library.md" >writer.c
	# shellcheck disable=SC2086
	check "the page's program compiles" $cc $cflags -std=c11 -Wall -Wextra \
		-pedantic -Werror -I"$at/include" -o writer writer.c \
		"$at/lib/libseesay.a" -lm -lpthread
	set -- $(find folder -type f -name '*.png' | sort | head -n 2)
	check "it writes an index" ./writer space.st written.st "$@"
	run 0 search written.st "id:\"$1\"" --json
	check "a picture of it finds itself first" \
		sh -c 'grep "\"rank\": 1" out | grep -qF "$1"' sh "$1"
	check "it says what it cannot open" not ./writer space.st no.st none.png
	check "and writes nothing then" test ! -e no.st
}

uninstalled() {
	check "make uninstall" "$make" -C "$root" O="$o" \
		DESTDIR="$t/stage" PREFIX=/usr uninstall
	check "nothing is left" test -z "$(find stage -type f -o -type l)"
}

make_space
installed
library
library_index
uninstalled
echo "$script: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
