#!/bin/sh
# cli_posts.sh BUILD - sources of posts from outside: lists by pipe and standard
# input, signals, columns, paths, texts in other encodings, sources that are no
# lists; posts and index say and do the same.  Ends with
# "cli_posts: N passed, M failed".
set -u
root=$(cd "$(dirname "$0")/.." && pwd) || exit 1
. "$root/tests/check.sh"
begin "${1:-build}"

# both STATUS PATTERN SOURCE [--root DIR]: seesay posts and seesay index end
# so, and the pattern is in what they say or list
both() {
	status=$1 pattern=$2
	shift 2
	run "$status" posts "$@" -o p.st
	cat err p.st.skipped.tsv >said 2>/dev/null
	check "posts $*: '$pattern'" grep -q "$pattern" said
	rm -f p.st*
	run "$status" index space.st "$@" -o i.st
	cat err i.st.skipped.tsv >said 2>/dev/null
	check "index $*: '$pattern'" grep -q "$pattern" said
	check "index $*: leaves no posts" not test -e i.st.posts
	rm -f i.st*
}

# kept N: so many posts are in p.st, which is removed
kept() {
	run 0 posts p.st --stats
	check "$1 posts" grep -q "^pictures   $1 " out
	rm -f p.st*
}

prepare() {
	run 0 posts world:100 -o posts.st --size 24
	run 0 words posts.st -o words.st --dim 8 --epochs 1 --min-count 1
	run 0 learn posts.st words.st -o space.st --net tiny --epochs 1
	run 0 posts posts.st --export pictures
	mkdir set
	cp pictures/scene-000000.png set/a.png
	cp pictures/scene-000001.png set/b.png
	printf 'image,caption\na.png,sea\nb.png,sun\n' >set/list.csv
}

# ---- where a list comes from -------------------------------------------------

pipes() {
	"$S" posts - -o p.st --root set <set/list.csv 2>err
	check "posts -: status $?" test -s p.st
	kept 2
	"$S" index space.st - -o i.st --root set <set/list.csv 2>err
	check "index -: status $?" test -s i.st
	rm -f i.st*
	mkfifo pipe
	for command in "posts pipe" "index space.st pipe"; do
		cat set/list.csv >pipe &
		feeder=$!
		# shellcheck disable=SC2086
		run 0 $command --root set -o x.st
		kill "$feeder" 2>/dev/null
		wait "$feeder" 2>/dev/null
		rm -f x.st*
		# shellcheck disable=SC2086
		"$S" $command -o x.st >child.out 2>child.err </dev/null &
		child=$!
		sleep 0.5
		kill -s TERM "$child"
		wait "$child"
		status=$?
		child=
		# 143: a slow machine, on which it had not yet begun
		check "$command: one TERM ends it, status $status" \
			test "$status" -eq 1 -o "$status" -eq 143
		check "$command: leaves nothing" sh -c '! ls x.* 2>/dev/null'
	done
	rm pipe
}

# A table that once took the square of its length.
quotes() {
	{
		echo image,caption
		awk 'BEGIN { for (i = 0; i < 300000; i++) print "xx\",\"yy" }'
		echo a.png,sea
	} >set/quotes.csv
	run 0 posts set/quotes.csv -o p.st
	check "a table of quotes: listed" \
		grep -q 'quotes.csv:2.record of more than 1 MB' p.st.skipped.tsv
	kept 1
	rm set/quotes.csv
}

# ---- what a list says --------------------------------------------------------

columns() {
	printf 'a.png\tsea\t1\nb.png\tsun\t2\n' >set/three.tsv
	run 0 posts set/three.tsv -o p.st --columns image,caption
	check "columns that are not named: a warning" \
		grep -q 'has 3 columns, --columns names 2' err
	kept 2
	printf 'image,captoin,caption\na.png,x,sea\n' >set/near.csv
	run 0 posts set/near.csv -o p.st
	check "nearly a column: a warning" \
		grep -q "'captoin' .* is it 'caption'" err
	kept 1
	printf 'image,caption\na.png,one, two\nb.png\na.png,sea\n' >set/wide.csv
	both 0 'wide.csv:2.another number of fields: 3, the table has 2' \
		set/wide.csv
	both 0 'posts: 1 kept, 2 skipped (2 another number of fields, see' \
		set/wide.csv
	both 0 'wide.csv:3.another number of fields: 1, the table has 2' \
		set/wide.csv
	printf 'image,caption,split\na.png,x,test\na.png,y,train\n' >set/two.csv
	both 0 'two.csv:3.its picture is in another split' set/two.csv
	printf 'image,caption,owner\na.png,x,me\na.png,y,you\n' >set/owner.csv
	both 0 '1 fields differ from those of an earlier row' set/owner.csv
}

paths() {
	printf 'image,caption\n%s/set/a.png,sea\n../set/b.png,sun\n' "$PWD" \
		>set/paths.csv
	run 0 posts set/paths.csv -o p.st
	kept 2
	run 0 posts set/paths.csv -o p.st --root set
	kept 2
	run 0 posts set/paths.csv -o p.st --root /
	kept 2
	mkdir -p lists/x
	cp set/paths.csv lists/x/up.csv
	echo '../../c.png,out' >>lists/x/up.csv
	both 0 '^../../c.png.not a path below the root; --root DIR' \
		lists/x/up.csv --root "$PWD/set"
	printf 'image,caption\n/etc/a.png,sea\n' >lists/x/none.csv
	both 3 'hint: --root DIR names a folder above' lists/x/none.csv
	printf 'image,caption\nlost.png,sea\nlost2.png,sea\n' >lists/lost.csv
	both 3 "none of 2 pictures is there: cannot open 'lists/lost.png'" \
		lists/lost.csv
	both 3 'hint: --root DIR names the folder' lists/lost.csv
	cp set/list.csv lists/list.csv
	mkdir lists/Images
	cp set/?.png lists/Images
	run 0 posts lists/list.csv -o p.st
	kept 2
	both 2 'root does not apply to' set --root lists
	printf 'image,caption,tags,id\na.png,sea,blue,../up\n' >lists/tags.csv
	run 0 index space.st lists/tags.csv --root Images -o i.st
	run 0 search i.st @set/a.png -f
	check "index: the root that was found" grep -qx lists/Images/a.png out
	run 0 posts lists/tags.csv -o p.st
	run 0 posts p.st --export exported
	check "export: a name of its own" test -s exported/post-0.png
	check "export: says what stays" grep -q 'tags.*are not written' err
	check "export: says what is renamed" grep -q '1 posts are named' err
	rm p.st i.st
}

# ---- texts -------------------------------------------------------------------

# utf16 TEXT: in UTF-16 of big endian, with its mark; ASCII only, '.' ends a
# line
utf16() {
	printf '\376\377'
	printf '%s' "$1" | sed 's/./&\n/g' | while IFS= read -r c; do
		case $c in
		.) printf '\0\n' ;;
		*) printf '\0%s' "$c" ;;
		esac
	done
}

encodings() {
	mkdir -p texts
	cp set/?.png texts
	utf16 'beach sea' >texts/a.txt
	printf 'caf\351' >texts/b.txt
	run 0 posts texts -o p.st
	check "a text that is not UTF-8 is listed" \
		grep -q 'b.png.text is not UTF-8' p.st.skipped.tsv
	run 0 posts p.st --export out16
	check "UTF-16 is read" grep -qx 'beach sea' out16/a.txt
	kept 1
	mkdir latin
	cp set/a.png latin
	cp texts/b.txt latin/a.txt
	both 3 'hint: .*iconv' latin
	utf16 sea >stops
	printf 'sea sun sea sun\nsun sea moon\n' >corpus
	run 0 words corpus -o w.st --dim 4 --epochs 1 --min-count 1 \
		--stop stops
	run 1 words near w.st sea
	{
		utf16 'sea sun sea'
		utf16 '.moon sun sea' | tail -c +3
	} >corpus
	run 0 words corpus -o w.st --dim 4 --epochs 1 --min-count 1 --stop none
	run 0 words near w.st moon
	{
		utf16 'sea sun 5'
		utf16 '.moon sea 3.sun moon 1' | tail -c +3
	} >pairs
	run 0 words score w.st pairs
	check "pairs in UTF-16: all known" grep -q '^pairs  *3  *3 ' out
	printf 'sea sun\nm\351t sea\nsun sea\n' >corpus
	run 0 words corpus -o w.st --dim 4 --epochs 1 --min-count 1 --stop none
	check "a corpus that is not UTF-8: a warning" \
		grep -q 'not UTF-8.*in 1 line, first in line 2' err
}

no_lists() {
	printf '\177ELF\002\001\001\000\000\000\000\000' >binary
	both 3 "'binary' is not text: it has zero bytes" binary
	printf '\375\067zXZ\000\000\004' >list.csv.xz
	both 3 "hint: decompress it into a pipe.*xz -dc 'list.csv.xz'" list.csv.xz
	both 3 "'set/a.png' is a PNG picture" set/a.png
	echo '{"version": 3}' >other.json
	both 3 'is JSON, but not a list of pictures' other.json
	printf '{"images": [{"id": 1, "file_name": "a.png"}],
		"annotations": [{"image_id": 1, "caption": "x y"}]}' \
		>set/coco.json
	run 0 posts set/coco.json -o p.st
	kept 1
}

links() {
	mkdir -p linked/real
	cp set/a.png linked/real
	echo sea >linked/real/a.txt
	mkdir beside
	cp set/b.png beside
	echo sun >beside/b.txt
	ln -s ../beside linked/link
	ln -s .. linked/real/loop
	both 0 'real/loop/.link to a folder that is read already' linked
	run 0 posts linked -o p.st
	kept 2
}

prepare
pipes
quotes
columns
paths
encodings
no_lists
links
echo "cli_posts: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
