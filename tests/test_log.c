/*
 * test_log.c - what work says through its talk, and what the program makes of
 * that on standard error.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/log.h"
#include "test.h"

static char path[64];			/* standard error, while it is read */

/* ---- a talk -------------------------------------------------------------- */

struct heard {
	struct buf text;
	struct error error;
	int stop;
};

static void hear_note(void *context, const char *text)
{
	struct heard *h = context;

	buf_addf(&h->text, &h->error, "note %s;", text);
}

static void hear_warn(void *context, const char *text)
{
	struct heard *h = context;

	buf_addf(&h->text, &h->error, "warn %s;", text);
}

static void hear_progress(void *context, struct talk_bar *b,
			  enum talk_phase phase, const char *extra)
{
	static const char *const names[] = { "step", "end", "close" };
	struct heard *h = context;

	buf_addf(&h->text, &h->error, "%s %s %d/%d from %d %s;", names[phase],
		 b->what, (int)b->done, (int)b->total, (int)b->first, extra);
}

static int hear_stop(void *context)
{
	return ((struct heard *)context)->stop;
}

static void say_all(const struct talk *t)
{
	struct talk_bar bar;

	talk_note(t, "%d posts", 3);
	talk_warn(t, "'%s'", "x");
	talk_bar_start(&bar, t, "learn", 9, 2);
	talk_bar_step(&bar, 4, "loss 1");
	talk_bar_end(&bar, 9, "");
	talk_bar_close(&bar, 9);
}

static void say_nothing(void)
{
	static const struct talk deaf;

	say_all(NULL);
	say_all(&deaf);
	CHECK(!talk_stops(NULL) && !talk_stops(&deaf));
}

static void test_talk(void)
{
	struct heard h = { .stop = 0 };
	const struct talk t = { hear_note, hear_warn, hear_progress, hear_stop,
				&h };

	say_all(&t);
	CHECK_STR(h.text.data, "note 3 posts;warn 'x';"
		  "step learn 4/9 from 2 loss 1;end learn 9/9 from 2 ;"
		  "close learn 9/9 from 2 ;");
	CHECK(!talk_stops(&t));
	h.stop = 1;
	CHECK(talk_stops(&t));
	buf_free(&h.text);
}

/* ---- the program's ------------------------------------------------------- */

/* Runs say() with standard error in a file and compares what it said. */
static int says(void (*say)(void), const char *want)
{
	struct error e = {0};
	struct buf b = {0};
	int kept = dup(STDERR_FILENO), same;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	dup2(fd, STDERR_FILENO);
	say();
	dup2(kept, STDERR_FILENO);
	close(fd);
	close(kept);
	file_read(&b, path, 10000, &e);
	unlink(path);
	same = b.data && strcmp(b.data, want) == 0;
	if (!same)
		fprintf(stderr, "said: %s\n", b.data);
	buf_free(&b);
	return same;
}

static void say_quiet(void)
{
	struct talk_bar bar;

	log_setup(&(struct log_options){ .quiet = 1 });
	log_note("note");
	log_detail("detail");
	log_warn("it is %d", 5);
	talk_bar_start(&bar, log_talk(), "learn", 10, 0);
	talk_bar_end(&bar, 10, "");
}

static void say_plain(void)
{
	struct talk_bar bar;

	log_setup(&(struct log_options){ .verbose = 1 });
	log_note("note");
	log_detail("detail");
	talk_bar_start(&bar, log_talk(), "learn", 10, 10);
	talk_bar_step(&bar, 10, "");
	talk_bar_end(&bar, 10, "loss 0.41");
}

static void say_json(void)
{
	struct talk_bar bar;

	log_setup(&(struct log_options){ .progress = LOG_JSON });
	talk_bar_start(&bar, log_talk(), "learn", 10, 4);
	bar.start_s += 1e9;	/* the future: a time that is not positive */
	talk_bar_end(&bar, 4, "say \"\\\n\"");
}

static void test_log(void)
{
	struct error e = {0};
	struct buf b = {0};
	int fd, kept;

	CHECK(says(say_nothing, ""));
	CHECK(says(say_quiet, "warning: it is 5\n"));
	CHECK(says(say_plain, "note\ndetail\n"
		   "learn  10 of 10  100%  0.00/s  loss 0.41  in 0:00\n"));
	kept = dup(STDERR_FILENO);
	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	dup2(fd, STDERR_FILENO);
	say_json();
	dup2(kept, STDERR_FILENO);
	close(fd);
	close(kept);
	CHECK(file_read(&b, path, 1000, &e) == 0);
	CHECK(strncmp(b.data, "{\"t\":-", 6) == 0);
	CHECK(strstr(b.data, ",\"phase\":\"learn\",\"done\":4,\"total\":10,"
		     "\"eta_s\":null,\"extra\":\"say \\\"\\\\\\u000a\\\"\"}\n")
	      != NULL);
	buf_free(&b);
	unlink(path);
	log_setup(&(struct log_options){0});
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	int fd;

	snprintf(path, sizeof(path), "%.40s/test_log.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	fd = mkstemp(path);
	if (!CHECK(fd >= 0))
		return test_end("log");
	close(fd);
	test_talk();
	test_log();
	return test_end("log");
}
