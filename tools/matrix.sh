#!/bin/sh
# matrix.sh [WHERE] - one signature on every machine that can be had here.
#
# Builds the kernel check and the tests of training, of each text model and of
# pictures, for gcc and clang at -O0, -O2 and -O3, for aarch64, for s390x
# (big-endian), and runs the x86 build as a CPU without AVX; foreign machines by
# qemu-user.  All must print the numbers of tests/signature.txt.  A compiler or
# emulator that is missing is named and counts as a failure: nothing passes by
# being skipped.  WHERE is the folder to build in (default build/matrix).
#
# Debian: apt install clang gcc-aarch64-linux-gnu libc6-dev-arm64-cross
#	gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user-static
set -u
cd "$(dirname "$0")/.." || exit 1
where=${1:-build/matrix}
passed=0 failed=0
mkdir -p "$where"

tests="test_train test_sgns test_lda test_doc2vec test_pixels test_jpeg test_resize"

# try NAME CC CFLAGS RUNNER QUICK LDFLAGS: build in its own folder, run all
try() {
	name=$1 cc=$2 flags=$3 runner=$4 quick=$5
	out=$where/$name
	for tool in ${cc%% *} ${runner%% *}; do
		command -v "$tool" >/dev/null 2>&1 && continue
		echo "$name: '$tool' is missing"
		failed=$((failed + 1))
		return
	done
	# shellcheck disable=SC2046
	if ! make -s O="$out" CC="$cc" CFLAGS="$flags" LDFLAGS="$6" \
		$(printf "$out/tests/%s " checkkernels $tests) \
		>"$out.log" 2>&1; then
		echo "$name: does not build, see $out.log"
		failed=$((failed + 1))
		return
	fi
	for test in "checkkernels $quick" $tests; do
		# shellcheck disable=SC2086
		if SEESAY_SIGNATURE=tests/signature.txt \
			$runner "$out"/tests/$test >>"$out.log" 2>&1; then
			passed=$((passed + 1))
			echo "$name: $test: $(tail -n 1 "$out.log")"
		else
			failed=$((failed + 1))
			echo "$name: $test: FAILED, see $out.log"
		fi
	done
}

for level in -O0 -O2 -O3; do
	try "gcc$level" gcc "$level" "" "" ""
	try "clang$level" clang "$level" "" "" ""
done
try x86-without-avx gcc -O2 "qemu-x86_64-static -cpu Nehalem" --quick -static
try aarch64 aarch64-linux-gnu-gcc -O2 qemu-aarch64-static --quick -static
try s390x s390x-linux-gnu-gcc -O2 qemu-s390x-static --quick -static
echo "matrix: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
