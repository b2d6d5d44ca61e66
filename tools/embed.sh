#!/bin/sh
# embed.sh FILE... - prints C that holds the files' bytes, for embedded.h.
set -eu
printf '/* made by tools/embed.sh; do not edit */\n'
printf '#include "base/embedded.h"\n\n'
n=0
for f in "$@"; do
	printf 'static const unsigned char file_%d[] = {\n' "$n"
	od -An -v -tu1 "$f" | sed 's/  */,/g; s/^,//; s/$/,/'
	printf '0 };\n\n'
	n=$((n + 1))
done
printf 'const struct embedded embedded_files[] = {\n'
n=0
for f in "$@"; do
	printf '\t{ "%s", file_%d, sizeof(file_%d) - 1 },\n' "$f" "$n" "$n"
	n=$((n + 1))
done
printf '\t{ 0, 0, 0 }\n};\n'
