/*
 * test_liar.c - decoder children that a picture has taken over: whatever they
 * answer, the picture is refused and the next one decodes.
 *
 * child_run of this file stands in for the real one.  It reads from the size
 * of the picture which lie is wanted.
 */
#include <signal.h>
#include <unistd.h>

#include "decoding.h"
#include "image/picture.h"
#include "image/decoder_wire.h"
#include "pictures.h"
#include "test.h"

enum lie {
	TRUTH = 1, WIDER, HIGHER, TURNED, SHORT, SILENT, KILLED, LONG_REASON,
	NO_ANSWER, LIES
};

size_t child_space_bytes(void)
{
	return 0;
}

int child_space_there(void)
{
	return 1;
}

static int lie(int fd, struct wire_answer a, enum lie which)
{
	static const unsigned char white[3 * 64 * 64] = { 255 };
	size_t bytes = a.width * a.height * 3;

	a.width += which == WIDER;
	a.height += which == HIGHER;
	a.ok = which != LONG_REASON;
	if (which == TURNED) {
		a.width = a.height;
		a.height = which;
	}
	if (which == LONG_REASON)
		memset(a.reason, 7, sizeof(a.reason));
	if (which == NO_ANSWER)
		return -1;
	if (which == SILENT)
		return decoder_wire_write(fd, &a, sizeof(a) / 2) - 1;
	if (decoder_wire_write(fd, &a, sizeof(a)) < 0 || which == LONG_REASON)
		return 0;
	if (which == KILLED)
		raise(SIGKILL);
	if (decoder_wire_write(fd, white, bytes - (which == SHORT)) < 0)
		return -1;
	return which == TRUTH ? 0 : -1;
}

/* The width and height in the plain PNG that the filter wrote. */
_Noreturn void child_run(int fd, enum confine level)
{
	static unsigned char input[1 << 16];
	struct wire_task task;

	(void)level;
	while (decoder_wire_read(fd, &task, sizeof(task)) == 0) {
		struct wire_answer a = { .ok = 1 };

		if (task.bytes > sizeof(input) ||
		    decoder_wire_read(fd, input, task.bytes) < 0)
			break;
		a.width = be32_get(input + 16);
		a.height = be32_get(input + 20);
		if (lie(fd, a, (enum lie)a.height) < 0)
			break;
	}
	confine_exit();
}

static int decode_of(enum lie which, struct error *e)
{
	struct png_spec s = {
		.width = 20, .height = (uint32_t)which, .depth = 8
	};
	struct buf b = {0};
	struct image i;

	png_make(&b, &s);
	int code = decode(&i, &b, e);
	CHECK((code == 0) == (i.rgb != NULL));
	image_free(&i);
	buf_free(&b);
	return code;
}

int main(void)
{
	struct error e = {0};

	decoder = decoder_open(1, &e);
	if (!CHECK(decoder != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return test_end("liar");
	}
	for (int which = WIDER; which < LIES; which++) {
		if (!CHECK(decode_of((enum lie)which, &e) == ERROR_DATA))
			fprintf(stderr, "lie %d\n", which);
		CHECK(strstr(e.text, which == LONG_REASON ? "corrupt PNG: ?" :
			     "decoder stopped") != NULL);
		CHECK(decode_of(TRUTH, &e) == 0);
	}
	decoder_close(decoder);
	return test_end("liar");
}
