#!/bin/sh
# lint.sh [BUILD] - what a machine can check of the house's rules: which way
# includes point, who may call malloc, one symbol per kernel object, form.
# Ends with "lint: N passed, M failed".
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-build}
passed=0 failed=0

# check WHAT OUTPUT: passes when OUTPUT is empty
check() {
	if [ -z "$2" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'lint: %s:\n%s\n' "$1" "$2"
	fi
}

layer_of() {
	case $1 in
	base | simd) echo 0 ;;
	math | format) echo 1 ;;
	run) echo 2 ;;
	posts | text | image | nn) echo 3 ;;
	joint | search | world) echo 4 ;;
	seesay | api) echo 5 ;;
	web | study) echo 6 ;;
	cli) echo 7 ;;
	esac
}

includes() {	# "file folder included-folder" for every own include
	grep -HoE '^#include "[^"]+"' src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] 2>/dev/null |
	sed -nE 's|^(src/([a-z]+)/[^:]+):#include "([a-z]+)/.*|\1 \2 \3|p
		s|^(src/seesay\.h):#include "([a-z]+)/.*|\1 seesay \2|p
		s|^(src/([a-z]+)/[^:]+):#include "kernels\.h".*|\1 \2 simd|p
		s|^(src/([a-z]+)/[^:]+):#include "seesay\.h".*|\1 \2 seesay|p'
}

upward() {
	includes | while read -r file from to; do
		[ "$from" = "$to" ] && continue
		[ "$from $to" = "api seesay" ] && continue
		a=$(layer_of "$from") b=$(layer_of "$to")
		if [ -z "$a" ] || [ -z "$b" ] || [ "$b" -ge "$a" ]; then
			echo "$file includes from $to"
		fi
	done
}

check "an include does not point downward" "$(upward)"
check "simd sees something of src" \
	"$(grep -lE '#include "(base|math|format|run|posts|text|image|nn|joint|search|world|api|study|web|cli)/' simd/*.[ch])"
check "malloc outside base/mem.c" \
	"$(grep -nE '[^_a-zA-Z](malloc|calloc|realloc|free)\(' src/*/*.c src/*/*/*.c simd/*.[ch] | grep -v '^src/base/mem.c')"
check "something below src/cli prints" \
	"$(grep -nE '[^_a-zA-Z](v?printf|perror|puts|putchar)\(|stderr[,)]' src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] | grep -vE '^src/(cli/|base/error\.c)|:[ 	]*(/?\*)')"
check "a libm function that differs between machines" \
	"$(grep -nE '[^_a-zA-Z>.](expf?|logf?|log2f?|log10f?|powf?|tanhf?|sinf?|cosf?|tanf?|cbrtf?|expm1f?|log1pf?)\(' src/*/*.c src/*/*/*.c | grep -vE '\*.*\(|FN\(')"
check "an instruction set outside simd" \
	"$(grep -nE 'immintrin|arm_neon|_mm(256|512)?_|__AVX|__ARM_NEON' src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] | grep -v '^src/image/stb.c')"
check "instruction-level choices that other machines cannot follow" \
	"$(grep -nE 'rsqrt|_rcp|reduce_add|vaddvq_f32|ffast-math' simd/*.[ch] src/*/*.[ch] src/*/*/*.[ch] Makefile | grep -v '#error')"
# The numbers that were there when this version came must still be there: one
# that changes is another version.  Lines may be added and renamed.
signature_numbers() {
	sed -nE '/^(#|numerics |kernels )/!s/.* //p' | sort
}

signature() {
	file=tests/signature.txt
	version=$(sed -n 's/^#define NUMERICS_VERSION //p' src/run/numerics.h)
	sum=$(grep -vE '^(#|numerics )' $file | cksum | tr ' ' -)
	grep -qx "numerics $version $sum" $file ||
		echo "$file should have the line: numerics $version $sum"
	since=$(git log --reverse --format=%h -S"numerics $version " -- $file \
		2>/dev/null | head -n 1)
	[ -n "$since" ] || return
	git show "$since:$file" | signature_numbers >"$build/since.txt"
	signature_numbers <$file | comm -23 "$build/since.txt" - |
		sed "s/$/ has changed since numerics $version came: raise it/"
}

check "numbers without a version of their own" "$(signature)"
check "file names that occur twice" \
	"$(ls src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] simd/*.[ch] | sed 's|.*/||' | sort | uniq -d)"
# Lines over 80 columns, tabs being 8; texts of help may be longer.
wide() {
	for f in src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] simd/*.[ch]; do
		expand "$f" | grep -n '.\{81,\}' | grep -v '"' |
		sed "s|^|$f:|"
	done
}
check "lines over 80 columns" "$(wide)"
# Paths that the docs name, but for those with NAME, which a reader fills in.
paths_gone() {
	grep -ohE '(^|[^/A-Za-z0-9_])(src|simd|tests|tools|data|docs)/[A-Za-z0-9_./*-]*[A-Za-z0-9_*/]' \
		README.md docs/*.md data/nets/README.md tools/README.md |
	sed 's/^[^a-z]//' | grep -v NAME | sort -u | while read -r path; do
		# shellcheck disable=SC2086
		ls -d $path >/dev/null 2>&1 || echo "$path"
	done
}

check "a path in the docs that is not there" "$(paths_gone)"
check "trailing blanks" "$(grep -nE '[ 	]+$' Makefile src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] simd/*.[ch] tests/*.[ch] tools/*.sh tools/*/*.sh tests/*.sh)"
# too_long LINES FILE...
too_long() {
	most=$1
	shift
	wc -l "$@" | awk -v most="$most" '$2 != "total" &&
		$2 !~ /_tables\.h$/ && $1 > most'
}
check "sources over 600 lines, but for tables that a tool made" \
	"$(too_long 600 src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] simd/*.[ch])"
check "tests over 700 lines" "$(too_long 700 tests/*.[ch])"
check "a file without a purpose line" \
	"$(for f in src/*/*.[ch] src/*/*/*.[ch] src/*.[ch] simd/*.[ch] tests/*.[ch]; do
		head -n 3 "$f" | grep -q "$(basename "$f") - " || echo "$f"; done)"
check "top-level entries" \
	"$(git ls-tree --name-only HEAD 2>/dev/null | grep -vxE 'Makefile|README\.md|src|simd|tests|tools|data|docs|\.ci|\.clang-format|\.editorconfig')"
if [ -f "$build/seesay" ] && ! grep -q '__[at]san_init' "$build/seesay"; then
	check "a program of 2 MB or more" \
		"$(find "$build/seesay" -size +1999999c)"
fi
# A function's name begins with a word of its file's name, or with its
# folder's: who reads a call knows where to look.  The others, with a reason:
# - fail, hint, bug: base/error is called in every second line
# - st_: the three files of safetensors are one module
# - canvas_, pen_, colour_, dice_: what world_paint paints with
# - cmd_: the parts of a command, in src/cli
# - train_: the text models' entries in the table of train_model.h
# - sweep_: conv_lines and conv_depthwise are variants of conv_sweep
# - layer_: what a net says of its layers, declared in layer.h
prefix_exceptions='^(base/error (bug|fail|hint)|format/safetensors_[a-z]* st_'
prefix_exceptions="$prefix_exceptions|world/world_paint (canvas|pen|colour|dice)_"
prefix_exceptions="$prefix_exceptions|cli/[a-z_]* cmd_|text/models/[a-z0-9_]* train_"
prefix_exceptions="$prefix_exceptions|math/conv_(lines|depthwise) sweep_"
prefix_exceptions="$prefix_exceptions|nn/net(_steps)? layer_)"

prefixes() {
	for o in "$build"/src/*/*.o "$build"/src/*/*/*.o; do
		file=${o#"$build"/src/}
		[ -f "src/${file%.o}.c" ] || continue
		nm -g --defined-only "$o" | awk -v file="${file%.o}" '
		NF == 3 && $2 == "T" {
			sub(/^_/, "", $3)
			count = split(file, word, /[\/_]/)
			for (i = 1; i <= count; i++) {
				sub(/s$/, "", word[i])
				if (index($3, word[i]) == 1)
					next
			}
			print file, $3
		}'
	done | grep -vE "$prefix_exceptions"
}

if command -v nm >/dev/null 2>&1; then
	check "an external function without its module's prefix" "$(prefixes)"
	for o in "$build"/simd/kernels_*.o; do
		[ -f "$o" ] || continue
		name=$(basename "$o" .o)
		check "$o exports more than its table" \
			"$(nm -g --defined-only "$o" | awk 'NF == 3 {print $3}' |
			sed 's/^_//' | grep -vxE "(_odr_asan(_gen_|\.))?$name")"
	done
fi
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
