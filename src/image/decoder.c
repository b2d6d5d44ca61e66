/*
 * decoder.c - the program's side of decoding: send to a child, receive, check,
 * and replace the child when it is lost.
 *
 * What must hold: whatever a child does (dies, hangs, lies, writes too much),
 * decoder_decode returns, the picture is refused, and the next picture finds a
 * child that is in step.  Replacing takes one order to the fork server
 * (server.c), so it is safe in a program with threads.
 *
 * A child that dies is given the same picture once more: one that was killed
 * from outside (a machine short of memory) must not change which pictures a
 * run accepts.
 */
#include "image/image.h"
#include "image/picture.h"
#include "image/decoder_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	/* Only against what the filters could not foresee; far above what the
	 * largest picture takes, so it does not depend on the machine. */
	WAIT_MS = 30000,
	/* A child that took more than this is replaced, to give it back. */
	KEEP_BYTES = 64 << 20,
	KEEP_FILTERED = 4 << 20,
	/* What stb takes beside pixels and coefficients. */
	SLACK_BYTES = 1 << 20,
};

struct slot {
	int fd;			/* to the child, or -1 */
	_Atomic int pid;	/* tests look at it from other threads */
	struct buf filtered;
};

struct decoder {
	struct slot *slots;
	int count;
	int control;		/* to the fork server, or -1 */
	pid_t server;
	enum confine level;
	pthread_mutex_t lock;	/* of control */
};

enum outcome { GOOD, REFUSED, LOST, LATE, NO_MEMORY };

/* A talk with a child: the descriptor, and when patience ends. */
struct talk {
	int fd;
	int64_t end_ms;
};

static int64_t clock_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits until the socket is ready. */
static enum outcome talk_wait(const struct talk *t, short events)
{
	struct pollfd p = { t->fd, events, 0 };

	for (;;) {
		int64_t left = t->end_ms - clock_ms();
		if (left <= 0)
			return LATE;
		int ready = poll(&p, 1, (int)left);
		if (ready > 0)
			return GOOD;
		if (ready < 0 && errno != EINTR && errno != EAGAIN)
			return LOST;
	}
}

/* What send or recv gave: bytes, 0 to try again, or less when all is lost. */
static ssize_t talk_moved(ssize_t n)
{
	if (n < 0 && (errno == EINTR || errno == EAGAIN ||
		      errno == EWOULDBLOCK))
		return 0;
	return n > 0 ? n : -1;
}

static enum outcome talk_send(const struct talk *t, const void *data,
			      size_t bytes)
{
	const unsigned char *at = data, *end = at + bytes;
	int flags = MSG_DONTWAIT;

#ifdef MSG_NOSIGNAL
	flags |= MSG_NOSIGNAL;
#endif
	while (at < end) {
		enum outcome o = talk_wait(t, POLLOUT);
		if (o != GOOD)
			return o;
		ssize_t n = talk_moved(send(t->fd, at, (size_t)(end - at),
					    flags));
		if (n < 0)
			return LOST;
		at += n;
	}
	return GOOD;
}

static enum outcome talk_receive(const struct talk *t, void *data,
				 size_t bytes)
{
	unsigned char *at = data, *end = at + bytes;

	while (at < end) {
		enum outcome o = talk_wait(t, POLLIN);
		if (o != GOOD)
			return o;
		ssize_t n = talk_moved(recv(t->fd, at, (size_t)(end - at),
					    MSG_DONTWAIT));
		if (n < 0)
			return LOST;
		at += n;
	}
	return GOOD;
}

static int answer_matches(const struct wire_answer *a, const struct picture *p)
{
	return a->width == p->width && a->height == p->height;
}

static enum outcome answer_receive(const struct talk *t, struct image *out,
				   const struct picture *p,
				   struct wire_answer *a, struct error *e)
{
	enum outcome o = talk_receive(t, a, sizeof(*a));

	if (o != GOOD)
		return o;
	a->reason[sizeof(a->reason) - 1] = 0;
	if (!a->ok)
		return REFUSED;
	if (!answer_matches(a, p))
		return LOST;		/* it lies */
	out->rgb = mem_new(p->width * p->height, 3, e);
	if (!out->rgb)
		return NO_MEMORY;
	out->width = p->width;
	out->height = p->height;
	return talk_receive(t, out->rgb, p->width * p->height * 3);
}

static enum outcome slot_decode(struct slot *s, struct image *out,
				const struct picture *p, struct wire_answer *a,
				struct error *e)
{
	struct talk t = { s->fd, clock_ms() + WAIT_MS };
	struct wire_task task = {
		.bytes = p->plain_bytes,
		.memory = p->memory + SLACK_BYTES,
		.kind = (uint32_t)p->kind,
		.channels = (uint32_t)p->channels,
		.block = (uint32_t)p->block,
	};
	enum outcome o = s->fd < 0 ? LOST :
			 talk_send(&t, &task, sizeof(task));

	if (o == GOOD)
		o = talk_send(&t, p->plain, p->plain_bytes);
	if (o == GOOD)
		o = answer_receive(&t, out, p, a, e);
	if (o != GOOD)
		image_free(out);
	return o;
}

/* Ends a talk for everyone who holds this socket, forked processes too. */
static void socket_close(int *fd)
{
	if (*fd >= 0) {
		shutdown(*fd, SHUT_RDWR);
		close(*fd);
	}
	*fd = -1;
}

static void slot_drop(struct slot *s)
{
	socket_close(&s->fd);
}

static int socket_pair(int pair[2], struct error *e)
{
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		return fail_errno(e, "cannot make a socket for the picture "
				  "decoder");
	for (int i = 0; i < 2; i++) {
		fcntl(pair[i], F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
		int on = 1;
		setsockopt(pair[i], SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on));
#endif
	}
	return 0;
}

/* One order to the server and its report. */
static int server_order(struct decoder *d, int slot, int passed,
			struct wire_report *r)
{
	struct wire_order order = { slot, (int32_t)d->level };

	pthread_mutex_lock(&d->lock);
	int done = decoder_wire_order_send(d->control, &order, passed);
	if (done == 0)
		done = decoder_wire_read(d->control, r, sizeof(*r));
	pthread_mutex_unlock(&d->lock);
	return done;
}

/* A fresh child for a slot; *status is how the old one ended. */
static int slot_renew(struct decoder *d, int slot, int *status,
		      struct error *e)
{
	struct slot *s = &d->slots[slot];
	struct wire_report r = {0};
	int pair[2];

	slot_drop(s);
	if (socket_pair(pair, e) < 0)
		return e->code;
	int done = server_order(d, slot, pair[1], &r);
	close(pair[1]);
	if (done < 0 || r.pid <= 0) {
		close(pair[0]);
		return fail(e, ERROR_FAILED, "cannot start a picture decoder: "
			    "%s", done < 0 ? "its fork server has ended" :
			    "the system gives no process");
	}
	s->fd = pair[0];
	s->pid = r.pid;
	*status = r.status;
	return 0;
}

/* A picture of one white pixel, to see if a child of this level works. */
static enum outcome slot_probe(struct slot *s)
{
	static const unsigned char png[] = {
		0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n',
		0, 0, 0, 13, 'I', 'H', 'D', 'R', 0, 0, 0, 1, 0, 0, 0, 1,
		8, 0, 0, 0, 0, 0x3A, 0x7E, 0x9B, 0x55,
		0, 0, 0, 10, 'I', 'D', 'A', 'T', 0x78, 0xDA, 0x63, 0xF8, 0x0F,
		0x00, 0x01, 0x01, 0x01, 0x00, 0x1C, 0xB0, 0x8C, 0x99,
		0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82,
	};
	struct error ignored = {0};
	struct image out = {0};
	struct picture p;
	struct wire_answer a;
	enum outcome o = LOST;

	if (picture_prepare(&s->filtered, &p, png, sizeof(png), 0,
			    &ignored) == 0)
		o = slot_decode(s, &out, &p, &a, &ignored);
	if (o == GOOD && out.rgb[0] != 255)
		o = LOST;
	image_free(&out);
	return o;
}

/* Finds the level that works here: children of stricter ones cannot live
 * under emulators and debuggers. */
static int level_find(struct decoder *d, struct error *e)
{
	int status;

	for (int level = 0; level < CONFINE_LEVELS; level++) {
		d->level = (enum confine)level;
		if (slot_renew(d, 0, &status, e) < 0)
			return e->code;
		if (slot_probe(&d->slots[0]) == GOOD)
			return 0;
	}
	if (child_space_there())
		return fail(e, ERROR_FAILED,
			    "the picture decoder does not run here");
	fail(e, ERROR_FAILED, "the picture decoder does not run here: it needs "
	     "%zu MB of address space", child_space_bytes() >> 20);
	return hint(e, "raise the limit of address space (ulimit -v)");
}

static int server_start(struct decoder *d, struct error *e)
{
	int pair[2];

	if (socket_pair(pair, e) < 0)
		return e->code;
	d->server = fork();
	if (d->server == 0)
		decoder_forkserver_run(pair[1]);
	close(pair[1]);
	d->control = pair[0];
	if (d->server < 0)
		return fail_errno(e, "cannot start the picture decoder");
	return 0;
}

struct decoder *decoder_open(int children, struct error *e)
{
	struct decoder *d = mem_new(1, sizeof(*d), e);
	int status;

	if (!d)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	d->control = -1;
	d->server = -1;
	children = MIN(MAX(children, 1), WIRE_MAX_CHILDREN);
	d->slots = mem_new((size_t)children, sizeof(*d->slots), e);
	if (!d->slots)
		goto fail;
	d->count = children;
	for (int i = 0; i < children; i++)
		d->slots[i].fd = -1;
	if (server_start(d, e) < 0 || level_find(d, e) < 0)
		goto fail;
	for (int i = 1; i < children; i++)
		if (slot_renew(d, i, &status, e) < 0)
			goto fail;
	return d;
fail:
	decoder_close(d);
	return NULL;
}

void decoder_close(struct decoder *d)
{
	if (!d)
		return;
	for (int i = 0; i < d->count; i++) {
		slot_drop(&d->slots[i]);
		buf_free(&d->slots[i].filtered);
	}
	socket_close(&d->control);
	if (d->server > 0)
		while (waitpid(d->server, NULL, 0) < 0 && errno == EINTR)
			continue;
	pthread_mutex_destroy(&d->lock);
	mem_free(d->slots);
	mem_free(d);
}

const char *decoder_confinement(const struct decoder *d)
{
	return confine_name(d->level);
}

int decoder_child_pid(const struct decoder *d, int child)
{
	return d->slots[child].pid;
}

/* The child's reason: a whole sentence, but of a PNG stb's word. */
static int fail_refused(const struct picture *p, const struct wire_answer *a,
			struct error *e)
{
	char reason[sizeof(a->reason)];
	size_t n = 0;

	for (; a->reason[n]; n++)
		reason[n] = a->reason[n] >= ' ' && a->reason[n] <= '~' ?
			    a->reason[n] : '?';
	reason[n] = 0;
	if (strcmp(reason, "outofmem") == 0)
		return fail(e, ERROR_DATA, "more pixels than the header says, "
			    "or more than fit in %d MB",
			    PICTURE_MAX_MEMORY >> 20);
	if (p->kind != PICTURE_PNG)
		return fail(e, ERROR_DATA, "%s", reason);
	return fail(e, ERROR_DATA, "corrupt PNG: %s", reason);
}

static int fail_lost(enum outcome o, int status, struct error *e)
{
	if (o == LATE)
		return fail(e, ERROR_DATA, "decoder stopped (took more than "
			    "%d s)", WAIT_MS / 1000);
	if (WIFSIGNALED(status))
		return fail(e, ERROR_DATA, "decoder stopped (signal %d)",
			    WTERMSIG(status));
	return fail(e, ERROR_DATA, "decoder stopped");
}

int decoder_decode_to(struct decoder *d, int child, struct image *out,
		      const void *bytes, size_t count, size_t side,
		      struct error *e)
{
	struct slot *s = &d->slots[child];
	struct picture p;
	struct wire_answer a = {0};
	struct error later = {0};
	enum outcome o = LOST;
	int status = 0;

	*out = (struct image){0};
	if (picture_prepare(&s->filtered, &p, bytes, count, side, e) < 0)
		goto done;
	for (int tries = 0; tries < 2 && o == LOST; tries++) {
		o = slot_decode(s, out, &p, &a, e);
		if (o != GOOD && o != REFUSED &&
		    slot_renew(d, child, &status, e) < 0)
			goto done;
	}
	if (o == REFUSED)
		fail_refused(&p, &a, e);
	else if (o == LOST || o == LATE)
		fail_lost(o, status, e);
	else if (o == GOOD)
		image_turn(out, p.orientation, e);
	/* if this fails, the next picture tries again */
	if ((o == GOOD || o == REFUSED) &&
	    (a.used_bytes > KEEP_BYTES || p.plain_bytes > KEEP_BYTES))
		slot_renew(d, child, &status, &later);
done:
	if (e->code < 0)
		image_free(out);
	if (s->filtered.room > KEEP_FILTERED)
		buf_free(&s->filtered);
	return e->code;
}

int decoder_decode(struct decoder *d, int child, struct image *out,
		   const void *bytes, size_t count, struct error *e)
{
	return decoder_decode_to(d, child, out, bytes, count, 0, e);
}
