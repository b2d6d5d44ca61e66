/*
 * test_decoder.c - the children: confined, killed, replaced, short of memory,
 * and fed with real files.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "decoding.h"
#include "pictures.h"
#include "test.h"

struct killer {
	int kills;
	_Atomic int stop;
};

static void *kill_children(void *context)
{
	struct killer *k = context;
	int last = 0;

	while (!k->stop) {
		int pid = decoder_child_pid(decoder, 0);
		if (pid != last && kill(pid, SIGKILL) == 0)
			k->kills++;
		last = pid;
	}
	return NULL;
}

/* Children die in mid-air; the picture is tried again, then refused. */
static void test_killed(void)
{
	struct png_spec s = {
		.width = 300, .height = 300, .depth = 8, .colour = 2
	};
	struct buf b = {0};
	struct error e = {0};
	struct image i;
	struct killer killer = {0};
	pthread_t thread;
	size_t odd = 0;

	png_make(&b, &s);
	uint64_t want = decoded_hash(&b);
	int pid = decoder_child_pid(decoder, 0);
	kill(pid, SIGKILL);			/* idle */
	CHECK(decoded_hash(&b) == want);
	CHECK(decoder_child_pid(decoder, 0) != pid);
	pid = decoder_child_pid(decoder, 0);
	kill(pid, SIGSTOP);			/* hangs, then dies */
	CHECK(pthread_create(&thread, NULL, kill_children, &killer) == 0);
	for (int n = 0; n < 40; n++) {
		int code = decode(&i, &b, &e);
		int known = code == 0 ? hash_of(&i) == want :
			!strcmp(e.text, "decoder stopped (signal 9)");
		odd += !known;
		image_free(&i);
	}
	killer.stop = 1;
	pthread_join(thread, NULL);
	CHECK(odd == 0);
	CHECK(killer.kills > 0);
	CHECK(decoded_hash(&b) == want);
	buf_free(&b);
}

struct crowd {
	const struct buf *files;	/* [2] */
	const uint64_t *want;		/* [2] */
	int child, wrong;
};

static void *crowd_decode(void *context)
{
	struct crowd *c = context;
	struct error e = {0};
	struct image i;

	for (int n = 0; n < 30; n++) {
		int k = (n + c->child) % 2;
		if (n % 7 == c->child)
			kill(decoder_child_pid(decoder, c->child), SIGKILL);
		if (decoder_decode(decoder, c->child, &i, c->files[k].data,
				   c->files[k].bytes, &e) < 0 ||
		    hash_of(&i) != c->want[k])
			c->wrong++;
		image_free(&i);
	}
	return NULL;
}

/* Several threads, each with its child, each losing it now and then. */
static void test_threads(void)
{
	struct png_spec p = { .width = 90, .height = 70, .depth = 8 };
	struct jpeg_spec j = {
		.width = 70, .height = 50, .components = 3, .h = 2, .v = 2,
		.seed = 4
	};
	struct buf files[2] = { { 0 }, { 0 } };
	struct crowd crowd[3];
	pthread_t threads[3];
	uint64_t want[2];

	png_make(&files[0], &p);
	jpeg_make(&files[1], &j);
	for (int k = 0; k < 2; k++)
		want[k] = decoded_hash(&files[k]);
	for (int k = 0; k < 3; k++) {
		crowd[k] = (struct crowd){ files, want, k, 0 };
		pthread_create(&threads[k], NULL, crowd_decode, &crowd[k]);
	}
	for (int k = 0; k < 3; k++) {
		pthread_join(threads[k], NULL);
		CHECK(crowd[k].wrong == 0);
	}
	buf_free(&files[0]);
	buf_free(&files[1]);
}

/* Where seccomp is claimed, the kernel confirms it. */
static void test_confined(void)
{
	char path[64], line[256];
	int mode = -1;

	if (strncmp(decoder_confinement(decoder), "seccomp filter", 14) != 0) {
		printf("skipped: no seccomp filter here (%s)\n",
		       decoder_confinement(decoder));
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/status",
		 decoder_child_pid(decoder, 0));
	FILE *f = fopen(path, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		sscanf(line, "Seccomp: %d", &mode);
	fclose(f);
	CHECK(mode == 2);
}

/* Every allocation fails once: an error, no crash, and then it works. */
static void test_memory(void)
{
	struct jpeg_spec s = {
		.width = 40, .height = 40, .components = 3, .h = 2, .v = 2,
		.progressive = 1, .seed = 12, .orientation = 6
	};
	struct buf b = {0};
	struct image i;
	int n = 1, code = ERROR_FAILED;

	jpeg_make(&b, &s);
	uint64_t want = decoded_hash(&b);
	for (; n < 100 && code != 0; n++) {
		struct error e = {0};
		mem_fail_at((uint64_t)n, 1);
		code = decode(&i, &b, &e);
		mem_fail_at(0, 0);
		CHECK(code == 0 || code == ERROR_FAILED);
		image_free(&i);
	}
	CHECK(n > 2 && n < 100);
	CHECK(decoded_hash(&b) == want);
	buf_free(&b);
}

/* Two pictures that should be one: their largest difference; -1: not both. */
static int difference(const char *root, const char *a, const char *b)
{
	const char *names[2] = { a, b };
	struct image i[2] = { { 0 }, { 0 } };
	struct error e = {0};
	int most = -1;

	for (int k = 0; k < 2; k++) {
		struct buf file = {0};
		char *path = file_join(root, names[k], &e);
		if (file_read(&file, path, 1 << 25, &e) == 0)
			decode(&i[k], &file, &e);
		mem_free(path);
		buf_free(&file);
	}
	if (i[0].rgb && i[1].rgb && i[0].width == i[1].width &&
	    i[0].height == i[1].height) {
		size_t n = i[0].width * i[0].height * 3;
		most = 0;
		for (size_t k = 0; k < n; k++)
			most = MAX(most, abs(i[0].rgb[k] - i[1].rgb[k]));
	}
	image_free(&i[0]);
	image_free(&i[1]);
	return most;
}

static int ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && strcmp(s + n - m, end) == 0;
}

struct tally {
	size_t accepted, refused, other;
	size_t checked, unequal;	/* pngsuite/primary */
	size_t references, apart;	/* JPEG beside its PNG */
};

static void file_try(struct tally *t, const char *root, const char *name)
{
	struct buf file = {0};
	struct error e = {0};
	struct image i;
	char *path = file_join(root, name, &e);

	if (file_read(&file, path, 1 << 26, &e) == 0) {
		int code = decode(&i, &file, &e);
		t->accepted += code == 0;
		t->refused += code == ERROR_DATA;
		t->other += code != 0 && code != ERROR_DATA;
		image_free(&i);
	}
	if (!strncmp(name, "pngsuite/primary/", 17)) {
		char other[256];
		snprintf(other, sizeof(other), "pngsuite/primary_check/%s",
			 name + 17);
		t->checked++;
		t->unequal += difference(root, name, other) != 0;
	}
	if (strstr(name, "reftest/images") && ends_with(name, ".jpg")) {
		char other[256];
		snprintf(other, sizeof(other), "%.*s.png",
			 (int)strlen(name) - 4, name);
		int d = difference(root, name, other);
		t->references += d >= 0;
		t->apart += d > 2;
		if (d > 2)
			printf("%s is %d levels apart\n", name, d);
	}
	mem_free(path);
	buf_free(&file);
}

static void test_files(void)
{
	const char *data = getenv("SEESAY_TEST_DATA");
	struct error e = {0};
	struct buf names = {0};
	struct tally t = {0};
	size_t count = 0;

	if (!data) {
		printf("skipped: real files (SEESAY_TEST_DATA is not set)\n");
		return;
	}
	char *root = file_join(data, "decoder", &e);
	CHECK(file_walk(&names, &count, root, &e) == 0);
	const char *name = names.data;
	int pid = decoder_child_pid(decoder, 0);
	for (size_t k = 0; k < count; k++, name += strlen(name) + 1)
		file_try(&t, root, name);
	printf("%zu files: %zu accepted, %zu refused; %zu PNG pairs; "
	       "%zu JPEG pairs\n", count, t.accepted, t.refused, t.checked,
	       t.references);
	CHECK(t.other == 0);
	CHECK(t.accepted > 400 && t.checked > 70 && t.references > 20);
	CHECK(t.unequal == 0);
	CHECK(t.apart == 0);
	CHECK(decoder_child_pid(decoder, 0) == pid);
	mem_free(root);
	buf_free(&names);
}

/* What djpeg makes of a file at n/8, [height, width, 3]; 0: it has complaints,
 * or the picture is not RGB. */
static int djpeg(struct image *out, const char *path, int n)
{
	char command[1024];
	unsigned width, height;
	struct error e = {0};
	int right = 0;

	snprintf(command, sizeof(command), "djpeg -dct int -ppm -scale %d/8 "
		 "'%s' 2>&1", n, path);
	FILE *f = popen(command, "r");
	*out = (struct image){0};
	if (f && fscanf(f, "P6 %u %u 255", &width, &height) == 2 &&
	    fgetc(f) == '\n') {
		size_t pixels = (size_t)width * height;
		*out = (struct image){
			mem_new(pixels, 3, &e), width, height
		};
		right = fread(out->rgb, 3, pixels, f) == pixels &&
			fgetc(f) == EOF;
	}
	return f && pclose(f) == 0 && right;
}

/* The same bytes as libjpeg's, at every size. */
static void beside_djpeg(const char *root, const char *name, size_t count[2])
{
	struct error e = {0};
	char *path = file_join(root, name, &e);

	for (int n = 8; n; n /= 2) {
		struct buf file = {0};
		struct image theirs, ours = {0};
		if (djpeg(&theirs, path, n) &&
		    MIN(theirs.width, theirs.height) > 2 &&
		    file_read(&file, path, 1 << 26, &e) == 0) {
			int code = decoder_decode_to(decoder, 0, &ours,
				file.data, file.bytes,
				MIN(theirs.width, theirs.height), &e);
			int same = code == 0 && ours.width == theirs.width &&
				   ours.height == theirs.height &&
				   memcmp(ours.rgb, theirs.rgb,
					  3 * ours.width * ours.height) == 0;
			count[0]++;
			count[1] += (size_t)same;
			if (!same)
				printf("%s at %d/8 is not libjpeg's\n", name,
				       n);
		}
		error_clear(&e);
		image_free(&theirs);
		image_free(&ours);
		buf_free(&file);
	}
	mem_free(path);
}

static void test_beside_libjpeg(void)
{
	const char *data = getenv("SEESAY_TEST_DATA");
	struct error e = {0};
	struct buf names = {0};
	size_t files = 0, count[2] = { 0, 0 };

	if (!data || system("djpeg -version >/dev/null 2>&1") != 0) {
		printf("skipped: beside libjpeg (no data, or no djpeg)\n");
		return;
	}
	char *root = file_join(data, "decoder/jpeg-decoder/tests", &e);
	CHECK(file_walk(&names, &files, root, &e) == 0);
	const char *name = names.data;
	for (size_t k = 0; k < files; k++, name += strlen(name) + 1)
		if (!strstr(name, "crashtest") && strstr(name, ".jp"))
			beside_djpeg(root, name, count);
	printf("%zu of %zu pictures at four sizes are djpeg's to the byte\n",
	       count[1], count[0]);
	CHECK(count[0] > 40 && count[1] == count[0]);
	mem_free(root);
	buf_free(&names);
}

static int descriptors_open(void)
{
	int n = 0;
	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int main(void)
{
	struct error e = {0};
	int before = descriptors_open();

	decoder = decoder_open(3, &e);
	if (!CHECK(decoder != NULL)) {
		fprintf(stderr, "%s\n", e.text);
		return test_end("decoder");
	}
	test_confined();
	test_killed();
	test_threads();
	test_memory();
	test_files();
	test_beside_libjpeg();
	decoder_close(decoder);
	CHECK(descriptors_open() == before);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	return test_end("decoder");
}
