#!/bin/sh
# fuzz.sh - builds every tests/fuzz_*.c with libFuzzer and runs it.
#
#	tools/fuzz.sh [-n RUNS] [-b BUILD] [-c CORPORA] [TARGET...]
#
# Needs clang.  The library is compiled once with the fuzzer's counters,
# AddressSanitizer and UBSan; the kernels plainly, or they would take all the
# time.  Each target runs RUNS times (100000), beginning with what tests/seeds.c
# and the program make; what it finds new stays in CORPORA (BUILD/corpora).  A
# finding is left in BUILD/findings.
#
# Prints a line for each: executions, the code that was covered, findings.  The
# status is 1 if there are any.
set -eu
cd "$(dirname "$0")/.."
runs=100000 build=build/fuzz corpora=
while getopts n:b:c: option; do
	case $option in
	n) runs=$OPTARG ;;
	b) build=$OPTARG ;;
	c) corpora=$OPTARG ;;
	*) sed -n '4s/^#	//p' "$0" >&2; exit 2 ;;
	esac
done
shift $((OPTIND - 1))
command -v clang >/dev/null || { echo "clang was not found" >&2; exit 1; }
[ $# -gt 0 ] || set -- $(ls tests/fuzz_*.c |
	sed 's|tests/fuzz_\(.*\)\.c|\1|')
checks=address,undefined,float-cast-overflow
flags="-O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all"

# the kernels of the ordinary build
make -s build/seesay
mkdir -p "$build"
build=$(cd "$build" && pwd) corpora=${corpora:-$build/corpora}
cp -Rp build/simd "$build"
touch "$build"/simd/*.o
make -s -j2 O="$build" CC=clang \
	CFLAGS="$flags -fsanitize=fuzzer-no-link,$checks" \
	LDFLAGS="-fsanitize=$checks" "$build/libseesay.a" "$build/seesay"
include="-std=c11 -D_GNU_SOURCE -Isrc -Isimd -Itests"

# The models a fuzzer of models begins with, all as small as they can be.
models() {
	(cd "$1" && seesay=$build/seesay && {
		printf '%s\n' 'image = input h=8 w=8 c=3' \
			'p = avgpool global=yes' 'out = dense out=@dim' >net
		"$seesay" posts world:24 --size 8 -o posts
		for m in glove word2vec fasttext doc2vec lda; do
			"$seesay" words posts -m $m -d 3 -e 1 --min-count 3 \
				$([ $m != fasttext ] || echo --buckets 9) \
				-o words.$m
		done
		"$seesay" learn posts words.glove -n net -e 1 -b 8 -o space
		"$seesay" index space posts -o index
	}) >/dev/null 2>&1 || echo "fuzz.sh: some seeds could not be made" >&2
	for f in "$1"/posts "$1"/words.* "$1"/space "$1"/index; do
		[ ! -f "$f" ] || cp "$f" "$2/models-$(basename "$f")"
	done
	cp "$2"/models-words.glove "$2/safetensors-words" 2>/dev/null || :
}

seeds=$build/seeds
rm -rf "$seeds" && mkdir -p "$seeds/made" "$build/findings"
# shellcheck disable=SC2086
clang -O1 $include tests/seeds.c "$build/libseesay.a" \
	-fsanitize=$checks -lm -pthread -o "$build/make_seeds"
"$build/make_seeds" "$seeds"
models "$seeds/made" "$seeds"

# run TARGET: one line.
run() {
	corpus=$corpora/$1
	mkdir -p "$corpus"
	for f in "$seeds/$1"-*; do
		[ -f "$f" ] || continue
		cp "$f" "$corpus"
	done
	[ "$(ls "$corpus")" ] || cp "$seeds"/text-* "$corpus"
	# shellcheck disable=SC2086
	clang $flags $include -fsanitize=fuzzer,$checks "tests/fuzz_$1.c" \
		"$build/libseesay.a" -lm -pthread -o "$build/fuzz_$1" || return 1
	status=0
	"$build/fuzz_$1" -runs="$runs" -timeout=20 -rss_limit_mb=3000 \
		-print_final_stats=1 -artifact_prefix="$build/findings/$1-" \
		"$corpus" >"$build/$1.log" 2>&1 </dev/null || status=1
	printf '%-12s %9s executions  %6s a second  %5s covered  %s\n' "$1" \
		"$(sed -n 's/^stat::number_of_executed_units: *//p' \
			"$build/$1.log")" \
		"$(sed -n 's/^stat::average_exec_per_sec: *//p' \
			"$build/$1.log")" \
		"$(sed -n 's/.* cov: \([0-9]*\).*/\1/p' "$build/$1.log" |
			tail -n 1)" \
		"$([ $status -eq 0 ] && echo 'no finding' ||
			echo "FOUND: see $build/$1.log")"
	return $status
}

failed=0
for target in "$@"; do
	run "$target" || failed=1
done
exit $failed
