#!/bin/sh
# real.sh - experiments on real pictures, from raw files to tables.
#
#	tools/real.sh BUILD DATA OUT [EXPERIMENT...]
#
# BUILD has the program.  DATA has flickr8k/{train,dev}.tsv and flickr8k/images,
# and weights/mobilenet_v2_1.0_224.safetensors.  OUT is a folder for all that is
# made; what is there already is not made again.  Experiments:
#
#	objectives	every objective with its negatives, short runs
#	texts		words that learn: objectives, and how texts are made
#	best		the longest runs of both ways
#	scratch		the compact net without any weights
#
# Without a name: all.  Each line is the mean over SEEDS (1 2 3), and the
# largest less the smallest in brackets.  docs/training.md has the tables.
set -u
[ $# -ge 3 ] || { sed -n '2,18s/^# \{0,1\}//p' "$0" >&2; exit 2; }
seesay=$1/seesay data=$2 out=$3
shift 3
seeds=${SEEDS:-1 2 3}
mkdir -p "$out" || exit 1

# ---- what all experiments start from ---------------------------------------

# posts PART SIZE SPLIT
posts() {
	[ -f "$out/$1.$2" ] || "$seesay" posts "$data/flickr8k/$1.tsv" \
		--columns image,caption --root "$data/flickr8k/images" \
		--size "$2" --split "$3" -o "$out/$1.$2" || exit 1
}

inputs() {
	posts train 160 100/0/0
	posts dev 160 0/0/100
	[ -f "$out/trunk" ] || "$seesay" net import mobilenet2 --features \
		"$data/weights/mobilenet_v2_1.0_224.safetensors" \
		-o "$out/trunk" >"$out/import.log" || exit 1
	[ -f "$out/words" ] || "$seesay" words "$out/train.160" \
		--model word2vec --skipgram --dim 300 --epochs 20 \
		--min-count 4 -o "$out/words" || exit 1
	[ -f "$out/all" ] || "$seesay" words "$out/train.160" --stop none \
		--dim 300 --epochs 20 --min-count 4 -o "$out/all" || exit 1
}

# ---- one line of a table ---------------------------------------------------

# measure DATASET: R@1, R@5, R@10, median both ways, image to text first
measure() {
	"$seesay" eval "$out/space" "$1" --split test 2>/dev/null |
		awk '/^(image|text) to/ { printf "%s %s %s %s ", $4, $5, $6, $7 }'
}

# line NAME TRAIN DEV WORDS OPTION...
line() {
	name=$1 train=$2 dev=$3 words=$4
	shift 4
	for seed in $seeds; do
		start=$(date +%s)
		"$seesay" learn "$train" "$words" -o "$out/space" --restart \
			--seed "$seed" "$@" 2>"$out/learn.log" ||
			{ tail -n 2 "$out/learn.log" >&2; continue; }
		measure "$dev"
		echo "$(($(date +%s) - start))"
	done | awk -v name="$name" '
	{
		for (i = 1; i <= NF; i++) {
			sum[i] += $i
			if (NR == 1 || $i < least[i]) least[i] = $i
			if (NR == 1 || $i > most[i]) most[i] = $i
		}
	}
	END {
		if (!NR) exit
		printf "| %s |", name
		for (i = 1; i <= 8; i++) {
			if (i % 4 == 3)
				printf " %.1f (%.1f)", sum[i] / NR, most[i] - least[i]
			else
				printf " %.*f", i % 4 != 0, sum[i] / NR
			if (i % 4 == 0) printf " |"
			else printf " /"
		}
		printf " %.0f |\n", sum[9] / NR
	}'
}

head_of() {
	printf '\n| %s | image to text R@1 / 5 / 10, median | text to image | s |\n' "$1"
	echo '|---|---|---|---|'
}

# ---- the experiments -------------------------------------------------------

top() {
	echo "--trunk $out/trunk --views 7 --batch 256 --optimiser adamw" \
		"--rate 0.001 --decay 0.01 --dropout 0.5 --schedule cosine" \
		"--warm-up 0.05"
}

# fixed NAME OPTION...
fixed() {
	name=$1
	shift
	# shellcheck disable=SC2046
	line "$name" "$out/train.160" "$out/dev.160" "$out/words" $(top) \
		--epochs 10 --text fixed "$@"
}

# learned NAME OPTION...
learned() {
	name=$1
	shift
	# shellcheck disable=SC2046
	line "$name" "$out/train.160" "$out/dev.160" "$out/all" $(top) \
		--epochs 14 --word-dropout 0.2 --text-dropout 0.5 \
		--dim 1024 "$@"
}

objectives() {
	inputs
	head_of 'fixed caption vectors, 10 epochs'
	for loss in regress mse cosine infonce siglip; do
		fixed "$loss" --loss $loss
	done
	for n in soft farthest random best word; do
		fixed "pairwise, m 4, $n" --loss pairwise --margin 4 \
			--negatives $n
	done
	for n in all soft farthest random best word; do
		fixed "triplet, m 1, $n" --loss triplet --negatives $n
	done
	fixed 'triplet, m 50, soft (the demo)' --loss triplet --negatives soft \
		--margin 50
	for m in 0.05 0.1 0.4; do
		fixed "triplet, relu, m $m, soft" --loss triplet \
			--normalise relu --negatives soft --margin $m
	done
	for n in all soft farthest random best word; do
		fixed "triplet, unit, m 0.2, $n" --loss triplet \
			--normalise unit --margin 0.2 --negatives $n
	done
	for n in all hardest; do
		fixed "hinge, m 0.2, $n" --loss hinge --negatives $n
	done
}

texts() {
	inputs
	head_of 'words that learn, 14 epochs'
	learned 'infonce' --text table --word-dim 512 --loss infonce
	learned 'infonce, temperature 0.07 fixed' --text table \
		--word-dim 512 --loss infonce --fixed-temperature
	learned 'siglip' --text table --word-dim 512 --loss siglip
	learned 'hinge, all (VSE0)' --text table --word-dim 512 --loss hinge
	learned 'hinge, hardest (VSE++)' --text table --word-dim 512 --loss hinge \
		--negatives hardest
	learned 'triplet, unit, m 0.2, all' --text table \
		--word-dim 512 --loss triplet \
		--normalise unit --margin 0.2
	learned 'infonce, mean of words' --text table --word-dim 512 --loss infonce \
		--caption mean
	learned 'infonce, from given vectors' --text words --loss infonce
	learned 'infonce, a net on given vectors (withFC)' --text branch \
		--text-hidden 1000 --loss infonce
	learned 'infonce, one view' --text table --word-dim 512 \
		--loss infonce --views 1
}

best() {
	inputs
	head_of 'longer runs'
	# shellcheck disable=SC2046
	line 'fixed, infonce, 20 epochs' "$out/train.160" "$out/dev.160" \
		"$out/words" $(top) --epochs 20 --loss infonce --text fixed
	learned 'words that learn, infonce, 80 epochs' --text table \
		--word-dim 512 \
		--loss infonce --epochs 80
}

scratch() {
	inputs
	posts train 72 100/0/0
	posts dev 72 0/0/100
	head_of 'from scratch, compact, 64x64'
	line 'words that learn, infonce, 60 epochs' "$out/train.72" \
		"$out/dev.72" "$out/all" --net compact --text table --dim 256 \
		--word-dim 256 --word-dropout 0.2 --text-dropout 0.3 --batch 128 --loss infonce \
		--optimiser adamw --rate 0.001 --decay 0.2 --epochs 60 \
		--schedule cosine --warm-up 0.02
	line 'fixed, regress, 60 epochs' "$out/train.72" "$out/dev.72" \
		"$out/words" --net compact --loss regress --epochs 60
}

for experiment in ${*:-objectives texts best scratch}; do
	case $experiment in
	objectives|texts|best|scratch) $experiment ;;
	*) echo "$experiment: no such experiment" >&2; exit 2 ;;
	esac
done
