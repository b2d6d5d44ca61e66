#!/bin/sh
# mca.sh [TABLE ...] - inner loops of tile, outer and score, as a model of the
# CPU sees them.
#
# For machines that are not at hand: compiles simd/kernels_<TABLE>.c with the
# Makefile's flags, cuts the innermost loop of the largest tile out of each
# kernel and lets llvm-mca run it.  Tables: neon avx512 avx2, default all.
# Per cent is of the model's own rate of independent multiply-adds; "bound by"
# is its busiest unit.  Models err, old ones more: see docs/kernels.md.
#
#	CC_neon="clang --target=aarch64-linux-gnu" sh tools/bench/mca.sh neon
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mca= steps=200
for name in llvm-mca llvm-mca-22 llvm-mca-21 llvm-mca-20 llvm-mca-19 \
	llvm-mca-18 llvm-mca-17 llvm-mca-16 llvm-mca-15 llvm-mca-14; do
	command -v "$name" >/dev/null 2>&1 || continue
	# the newest that is here, whatever the plain name stands for
	version=$("$name" --version |
		sed -n 's/.*LLVM version \([0-9]*\).*/\1/p')
	if [ -z "$mca" ] || [ "$version" -gt "$newest" ]; then
		mca=$name newest=$version
	fi
done
if [ -z "$mca" ]; then
	echo "mca: no llvm-mca; Debian: apt install llvm-19" >&2
	exit 1
fi

# loop FILE KERNEL TABLE: the loop without other jumps in KERNEL, or
# KERNEL_whole, that has the most multiply-adds,
# the shortest of those
loop()
{
	awk -v kernel="$2" -v isa="$3" '
	function jump_back(from,  i, fmas) {
		for (i = from; i <= n; i++)
			fmas += line[i] ~ /fmla|vfmadd/
		if (fmas < most || (fmas == most && n - from >= lines))
			return
		most = fmas
		lines = n - from
		best = ""
		for (i = from; i <= n; i++)
			best = best line[i] "\n"
	}
	$1 ~ "^" kernel "(_whole)?_" isa "[.a-z0-9]*:$" {
		inside = 1
		n = jump = 0
		split("", at)
	}
	/^[ \t]*\.size|^\.Lfunc_end/ { inside = 0 }
	!inside || /^[ \t]*(#|\/\/|\.[a-z])/ { next }
	{ sub(/[ \t]*(\/\/|#[ \t]).*/, ""); line[++n] = $0 }
	/^\.L[A-Za-z0-9_]*:/ { to = $1; sub(/:.*/, "", to); at[to] = n }
	$1 ~ /^(b|b\..*|b[a-z][a-z]|cbn?z|tbn?z|j[a-z]+)$/ {
		if ($NF in at && at[$NF] > jump)
			jump_back(at[$NF])
		jump = n
	}
	END { printf "%s", best }' "$1"
}

# run TRIPLE CPU FILE: "cycles of a step, busiest unit"
run()
{
	"$mca" --mtriple="$1" --mcpu="$2" --iterations=$steps "$3" \
		2>"$work/error" | awk -v steps=$steps '
	/^Total Cycles/ { cycles = $3 / steps }
	/^Dispatch Width/ { width = $3 }
	/^Total uOps/ { uops = $3 / steps }
	/^Resource pressure per iteration/ { want = 2 }
	/^\[[0-9.]+\] +- / { name[$1] = $3 }
	want && /^\[/ { count = split($0, id, " "); next }
	want && id[1] != "" {
		for (i = 1; i <= count; i++)
			if ($i + 0 > most) {
				most = $i + 0
				unit = name[id[i]]
			}
		want = 0
	}
	END {
		if (uops / width > most)
			unit = "issue of " width " a cycle"
		printf "%.1f %s\n", cycles, unit
	}'
}

# peak NAME INSTRUCTION REGISTERS: a step of independent multiply-adds
peak()
{
	i=8
	while [ $i -lt 32 ]; do
		printf "$1\n" $i
		i=$((i + 1))
	done
}

# table NAME TRIPLE FMA CC CPU...
table()
{
	isa=$1 triple=$2 fma=$3 cc=$4
	shift 4
	if ! command -v "${cc%% *}" >/dev/null 2>&1; then
		echo "mca: $isa: '${cc%% *}' is missing" >&2
		missing=1
		return
	fi
	# shellcheck disable=SC2086
	$cc ${CFLAGS:--O2} -std=c11 -D_POSIX_C_SOURCE=200809L \
		-ffp-contract=off -fPIC -fvisibility=hidden -Isimd -S \
		-o "$work/$isa.s" "simd/kernels_$isa.c"
	peak "$fma" >"$work/peak.s"
	for kernel in tile outer score; do
		loop "$work/$isa.s" "$kernel" "$isa" >"$work/loop.s"
		fmas=$(grep -c 'fmla\|vfmadd' "$work/loop.s") || true
		for cpu; do
			line "$isa $kernel" "$cpu" "$fmas"
		done
	done
}

# line LOOP CPU FMAS: a line of the answer
line()
{
	if [ "$3" -eq 0 ]; then
		echo "mca: $1: no loop found" >&2
		missing=1
		return
	fi
	best=$(run "$triple" "$2" "$work/peak.s")
	if grep -q 'not a recognized processor' "$work/error"; then
		echo "mca: $1: LLVM $newest does not know '$2'" >&2
		missing=1
		return
	fi
	made=$(run "$triple" "$2" "$work/loop.s")
	echo "${made%% *} ${best%% *}" | awk -v loop="$1" -v cpu="$2" \
		-v fmas="$3" -v by="${made#* }" '{
		printf "%-13s %-15s %4d %7.1f %6.3f %5.0f  %s\n", loop, cpu,
			fmas, $1, $1 / fmas, 100 * $2 / 24 * fmas / $1, by }'
}

missing=0
echo "$("$mca" --version | sed -n 's/.*\(LLVM version.*\)/\1/p')"
printf '%-13s %-15s %4s %7s %6s %5s  %s\n' loop cpu fmas cycles 'c/fma' '%' \
	'bound by'
for isa in ${*:-neon avx512 avx2}; do
	case $isa in
	neon)	table neon aarch64 'fmla v%d.4s, v0.4s, v1.s[0]' \
			"${CC_neon:-aarch64-linux-gnu-gcc}" \
			neoverse-n1 neoverse-v1 apple-m1 ;;
	avx512)	table avx512 x86_64 'vfmadd231ps %%zmm0, %%zmm1, %%zmm%d' \
			"${CC_avx512:-gcc}" skylake-avx512 sapphirerapids \
			znver4 ;;
	avx2)	table avx2 x86_64 'vfmadd231ps %%ymm0, %%ymm1, %%ymm%d' \
			"${CC_avx2:-gcc}" haswell znver2 znver4 ;;
	*)	echo "mca: no table '$isa': neon avx512 avx2" >&2
		exit 2 ;;
	esac
done
exit $missing
