#!/bin/sh
# cli_demo.sh BUILD - the demo from outside, in small: its table, its page, its
# pictures, and that the lines it prints can be pasted.  Ends with
# "cli_demo: N passed, N failed".
# shellcheck source=tests/check.sh
. "$(dirname "$0")/check.sh"
begin "$1"

small='--posts 400 --epochs 1 --net tiny --quiet'

demo() {
	run 0 demo 'my demo' $small
	check "demo: a row a query, three means, a head" \
		test "$(wc -l <out)" -eq 29
	check "demo: names the page last" \
		sh -c 'test "$(tail -n 1 out)" = "my demo/index.html"'
	mv out first
	cp 'my demo/index.html' page
	run 0 demo 'my demo' $small
	check "demo: the same table again" cmp first out
	check "demo: the same page again" cmp page 'my demo/index.html'
}

page() {
	check "page: asks nothing of a network" \
		sh -c '! grep -qE "https?:|url\(|@import" page'
	check "page: a box and its pictures" \
		sh -c 'grep -q "id=\"query\"" page && grep -q "\"jpeg\":\[" page'
	check "page: subtraction and pictures are asked" \
		sh -c 'grep -q ">beach - sunrise</h2>" page &&
		grep -q ">\[IMG_1\] + park</h2>" page'
	check "page: 24 queries and 5 more" \
		test "$(grep -c '<section id="q' page)" -eq 29
	check "page: no alternative text says a word twice" \
		sh -c '! grep -oE "alt=\"[^\"]*\"" page |
		grep -qE "[ ,](yellow|car|cake|chocolate),.* \1[\",]"'
}

# random_of QUERY: the share of right pictures, as the page says it
random_of() {
	sed -n "/^<h2 id=\"h[0-9]*\">$1<\/h2>/{n;s/.*random \([0-9.]*\).*/\1/p;}" page
}

# What is taken away counts: snow without mountains is rarer than snow.
subtraction() {
	check "page: a share of right pictures for snow" \
		test -n "$(random_of snow)"
	check "page: '$(random_of 'snow - mountain')' is below it" sh -c \
		'echo "$1 $2" | awk "{ exit !(0 < \$2 && \$2 < \$1) }"' - \
		"$(random_of snow)" "$(random_of 'snow - mountain')"
}

# A figure's number is that of its picture in the box.
figures() {
	run 0 search 'my demo/index.safetensors' car -k 1
	found=$(sed 's/.*\(scene-[0-9]*\).*/\1/' out)
	number=$(grep -o 'data-picture="[0-9]*"' page | head -n 1 |
		sed 's/[^0-9]//g')
	check "page: the first picture of 'car' is $found in the box" \
		test "\"$found\"" = "$(grep '^"id":\[' page |
		sed 's/^"id":\[//; s/\].*//' | tr , '\n' |
		sed -n "$((number + 1))p")"
}

# the line that is printed last but one, by a shell
paste() {
	"$S" demo 'my demo' --posts 400 --epochs 1 --net tiny 2>err >/dev/null
	line=$(grep -F "'beach - sunrise'" err)
	check "demo: '$line' can be pasted" sh -c "$line"
	check "page: has it too" grep -qF "search &#39;my demo/" page
}

pictures() {
	run 0 search 'my demo/index.safetensors' beach -f -k 3
	check "search -f: three pictures" test "$(wc -l <out)" -eq 3
	while read -r file; do
		check "search -f: '$file' is there" test -s "$file"
	done <out
	check "search -f: no warning" test ! -s err
	run 0 search 'my demo/index.safetensors' "@\"$(head -n 1 out)\"" -k 1 --json
	check "a picture finds itself" \
		grep -qE '"score": (1|0.99999)' out
	run 0 search 'my demo/index.safetensors' beach --page a.html -k 3
	check "search --page: the answer is printed, too" \
		test "$(wc -l <out)" -eq 3
	check "search --page: three pictures inside" \
		test "$(grep -o 'data:image/jpeg;base64,' a.html | wc -l)" -eq 3
	check "search --page: asks nothing of a network" \
		sh -c '! grep -qE "https?:|url\(|@import|<script" a.html'
	run 0 search 'my demo/index.safetensors' beach --page - -k 3
	check "search --page -: the page alone" cmp a.html out
	refuse 2 'is the input' search 'my demo/index.safetensors' beach \
		--page 'my demo/index.safetensors'
	run 0 search 'my demo/index.safetensors' beach -f -k 1
	shown=$(cat out)
	cp "$shown" shown.png
	run 2 search 'my demo/index.safetensors' beach --page "$shown"
	check "search --page: not over a picture that it shows" sh -c \
		'grep -q "is the input" err && cmp "$1" shown.png' - "$shown"
	rm -r 'my demo/pictures'
	run 0 search 'my demo/index.safetensors' beach -f -k 3
	check "search -f: says that pictures are not there" \
		grep -q "^warning: .*pictures/scene-.*does not exist" err
	run 0 search 'my demo/index.safetensors' beach --page a.html -k 3
	check "search --page: says so, too" \
		grep -q "^warning: no picture could be read" err
}

# The configuration of the papers' own demo (docs/training.md).
papers() {
	run 0 learn 'my demo/posts.safetensors' 'my demo/words.safetensors' \
		-o papers.st --net tiny --epochs 6 --quiet --caption paragraph \
		--loss triplet --negatives soft --margin 50 --compare seed
	run 0 index papers.st 'my demo/posts.safetensors' -o papers.index \
		--quiet --split test
	for word in beach snow night; do
		run 0 search papers.index $word -k 3
		mv out $word
	done
	check "papers: each query has its own pictures" sh -c \
		'! cmp -s beach snow && ! cmp -s snow night && ! cmp -s night beach'
	refuse 2 'loss' learn 'my demo/posts.safetensors' \
		'my demo/words.safetensors' -o x.st --negatives soft
}

demo
page
subtraction
figures
paste
pictures
# A checkpoint that the demo cannot resume stays until --restart deletes it.
restart() {
	mkdir again
	echo torn >again/words.safetensors.checkpoint
	refuse 3 'cannot resume' demo again -p 400 -e 1 --net tiny --quiet
	check "demo: the hint names --restart" grep -q restart err
	check "demo: the checkpoint stays" test -s \
		again/words.safetensors.checkpoint
	run 0 demo again -p 400 -e 1 --net tiny --quiet --restart
	check "demo: the checkpoint is gone" test ! -e \
		again/words.safetensors.checkpoint
}
papers
restart
echo "$script: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
