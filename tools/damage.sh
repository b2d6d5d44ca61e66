#!/bin/sh
# damage.sh GOOD_FOLDER [N] [BUILD] - mixes N damaged pictures among N good
# ones and runs `posts` and `index` over the good ones alone and over the mix.
# What must hold: both end well; every damaged picture that cannot be used is
# listed with a reason; the vectors of the good ones are the same to the bit;
# memory of the program and its children together stays under a limit.
# Prints figures, then "damage: N passed, M failed".
#
# BUILD needs `make tests`: BUILD/tests/test_damage makes the damage.  CC and
# CFLAGS should be those of the build.
set -u
[ $# -ge 1 ] || {
	echo "usage: sh tools/damage.sh GOOD_FOLDER [N] [BUILD]" >&2
	exit 2
}
count=${2:-1000}
build=${3:-build}
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
source=$(cd "$1" && pwd) || exit 1
. "$root/tests/check.sh"
begin "$build"

resident_kb=524288		# of all processes together: 512 MB
virtual_kb=1572864		# of each process: 1.5 GB

stop() {
	echo "damage: $1" >&2
	exit 1
}

# ---- pictures ----------------------------------------------------------------

# good/NN/name.jpg and .txt; mix/ has these, and beside each a damaged one
make_pictures() {
	find "$source" -type f \( -name '*.jpg' -o -name '*.jpeg' -o \
		-name '*.png' \) | sort | head -n "$count" >paths
	[ -s paths ] || stop "no pictures in '$1'"
	mkdir flat good mix
	while IFS= read -r path; do cp "$path" flat; done <paths
	find flat -type f | sed 's|^flat/||' | sort >names
	"$build/tests/test_damage" flat damaged "$count" 1 >kinds ||
		stop "no damaged pictures were made"
	i=0
	while IFS= read -r name; do
		place=good/$((i % 20))
		mkdir -p "$place"
		mv "flat/$name" "$place"
		caption "$i" >"$place/${name%.*}.txt"
		i=$((i + 1))
	done <names
	cp -R good/. mix
	i=0
	while IFS='	' read -r name kind sure; do
		place=$((i % 20))/$name
		mv "damaged/$name" "mix/$place"
		caption "$i" >"mix/${place%.*}.txt"
		printf '%s\t%s\t%s\n' "$place" "$kind" "$sure"
		i=$((i + 1))
	done <kinds >expected
}

caption() {
	echo "picture $(($1 % 7)) of day $(($1 % 5)) word$(($1 % 20)) seen again"
}

# ---- runs --------------------------------------------------------------------

# KB of memory of process $1 and all below it: the most that each had so far,
# where /proc tells, else what they have at this moment
resident() {
	ps -A -o pid= -o ppid= -o rss= | awk -v top="$1" '
	{ parent[$1] = $2; rss[$1] = $3 }
	function peak(p, line, word) {
		while ((getline line < ("/proc/" p "/status")) > 0)
			if (split(line, word) == 3 && word[1] == "VmHWM:")
				return word[2]
		return rss[p]
	}
	END {
		for (p in parent) {
			for (q = p; q != top && q in parent && q > 0;)
				q = parent[q]
			if (q == top)
				sum += peak(p)
		}
		print sum + 0
	}'
}

# measured NAME ARGUMENT...: must end well, and within the limits
measured() {
	name=$1
	shift
	most=0
	start=$(date +%s)
	(
		grep -q '__[at]san_init' "$S" ||
			ulimit -v "$virtual_kb" 2>/dev/null
		exec "$S" "$@" >"$name.out" 2>"$name.err" </dev/null
	) &
	child=$!
	while kill -0 "$child" 2>/dev/null; do
		now=$(resident "$child")
		[ "$now" -le "$most" ] || most=$now
		sleep 0.05
	done
	wait "$child"
	status=$?
	check "$name: status $status: $(cat "$name.err")" test $status -eq 0
	check "$name: $most KB are more than $resident_kb KB" \
		test "$most" -le "$resident_kb"
	echo "$name: $(($(date +%s) - start)) s, $((most / 1024)) MB"
	grep -E 'skipped|left out' "$name.err"
}

run_all() {
	set -- --size 24 --keep-repeats
	measured posts-good posts good -o good.st "$@"
	measured posts-mix posts mix -o mix.st "$@"
	measured posts-mix-1 posts mix -o mix1.st --threads 1 "$@"
	check "one thread makes the same posts" cmp mix.st mix1.st
	check "and the same list" cmp mix.st.skipped.tsv mix1.st.skipped.tsv
	"$S" words good.st -o words.st -q --dim 16 --min-count 1 --epochs 5 ||
		stop "no words"
	"$S" learn good.st words.st -o space.st -q --net tiny \
		--epochs 1 --batch 8 ||
		stop "no space"
	measured index-good index space.st good.st -o good.idx
	measured index-mix index space.st mix.st -o mix.idx
	measured index-folder index space.st mix -o folder.idx
	check "posts and index leave out the same" \
		cmp mix.st.skipped.tsv folder.idx.skipped.tsv
}

# ---- what came of it ---------------------------------------------------------

compare_vectors() {
	# shellcheck disable=SC2086
	${CC:-cc} ${CFLAGS:--O2} -std=c11 -D_POSIX_C_SOURCE=200809L \
		-I"$root/src" -I"$root/simd" -o dump "$root/tools/dump_vectors.c" \
		"$build/libseesay.a" -lm -lpthread || stop "no dump_vectors"
	for x in good mix folder; do
		./dump $x.idx | sort >$x.vectors || stop "no vectors of $x.idx"
		cut -f 1 $x.vectors >$x.ids
	done
	check "vectors of good pictures are in the index of the mix" \
		test -z "$(comm -23 good.vectors mix.vectors)"
	check "and in the index of the folder" \
		test -z "$(comm -23 good.vectors folder.vectors)"
	check "both ways to the mix give the same" cmp mix.vectors folder.vectors
	same=$(comm -12 good.vectors mix.vectors | wc -l)
	echo "vectors of good pictures that are equal: $((same))"
}

# Damaged ones: what is certain must be listed, the others listed or indexed.
compare_lists() {
	cut -f 1 mix.st.skipped.tsv | sort >listed
	awk -F'\t' '$3 == "refused" { print $1 }' expected | sort >certain
	cut -f 1 expected | sort >damaged.paths
	check "certain damage is listed" test -z "$(comm -23 certain listed)"
	check "all that is listed has a reason" \
		test -z "$(awk -F'\t' 'NF != 2 || $2 == ""' mix.st.skipped.tsv)"
	check "no decoder was killed" not_killed
	sed 's/\.[^.]*$//' listed >listed.ids
	sed 's/\.[^.]*$//' damaged.paths | sort - good.ids >all.ids
	sort listed.ids mix.ids >seen.ids
	if [ -e good.st.skipped.tsv ]; then
		cut -f 1 good.st.skipped.tsv | sed 's/\.[^.]*$//' |
			sort - all.ids >all.new && mv all.new all.ids
	fi
	check "every picture is either listed or indexed" cmp all.ids seen.ids
	echo "certain: $(($(wc -l <certain))), listed: $(($(wc -l <listed)))"
	echo "damage that leaves a picture that decodes:"
	comm -23 damaged.paths listed >left
	awk -F'\t' 'NR == FNR { left[$1]; next } $1 in left { n[$2]++ }
		END { for (k in n) printf "%6d %s\n", n[k], k }' left expected
	echo "reasons:"
	cut -f 2 mix.st.skipped.tsv | sed "s/[:;('].*//; s/ *\$//" | sort |
		uniq -c | sort -rn
}

not_killed() {
	! grep 'decoder stopped' mix.st.skipped.tsv
}

[ -x "$build/tests/test_damage" ] || stop "make O=$build tests comes first"
make_pictures "$source"
run_all
compare_vectors
compare_lists
echo "damage: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
