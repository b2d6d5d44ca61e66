#define _GNU_SOURCE		/* sched_getaffinity, where there is one */
/*
 * pool.c - threads that share out items; see pool.h for what must hold.
 *
 * A run is one object: a worker that wakes joins it if it is still open, and
 * the caller closes it once the items are handed out and waits only for those
 * who joined.  A worker that slept through a short run costs nothing.  Each
 * thread's items come from an atomic counter of its own, joining and leaving
 * are another.  Whoever has to wait watches for a moment and then sleeps, for
 * which alone there is the lock: a spinning thread never meets it.
 *
 * Where another program wants a worker's core, the system stops each of the two
 * after some milliseconds.  Stopped inside an item, the worker would hold up
 * all others; so it gives way by itself, more often than that, while it has
 * none.
 */
#include "base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

/* Enough for any work() of ours, and the same on every libc. */
enum { STACK_BYTES = 1 << 20, MAX_THREADS = 1024 };
enum { OPEN = 1 << 16 };

/* Layers follow each other within this, the longer of two last items included;
 * waking a sleeper costs about as much. */
#define SPIN_S 20e-6

/* Below any system's slice; where nobody waits for the core, a call of less
 * than a microsecond. */
#define GIVE_WAY_S 1e-3

struct worker {
	struct pool *pool;
	pthread_t thread;
	int number;			/* 1 .. threads - 1; 0 is the caller */
};

/* What a thread begins with, on a cache line of its own. */
struct share {
	_Alignas(64) atomic_size_t next;	/* item to hand out */
	size_t end;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t wake;		/* a run began, or the pool closes */
	pthread_cond_t idle;		/* the last worker left the run */
	struct worker *workers;		/* [threads - 1] */
	int threads;
	int started;			/* workers that exist */
	int closing;
	atomic_uint joined;		/* workers inside the run; + OPEN while
					 * it may be joined */
	atomic_uint run;		/* number of the run */
	struct share *shares;		/* [threads] */
	void (*work)(void *context, size_t item, int thread);
	void *context;
};

int pool_cpus(void)
{
	long count;
#ifdef CPU_COUNT
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return MIN(MAX(CPU_COUNT(&set), 1), MAX_THREADS);
#endif
	count = sysconf(_SC_NPROCESSORS_ONLN);
	return (int)MIN(MAX(count, 1), MAX_THREADS);
}

/* The items of one share that nobody has taken. */
static void share_do(struct pool *p, struct share *s, int thread)
{
	size_t item;

	/* looking first, since adding takes the line from its owner */
	while (atomic_load_explicit(&s->next, memory_order_relaxed) < s->end) {
		item = atomic_fetch_add_explicit(&s->next, 1,
						 memory_order_relaxed);
		if (item < s->end)
			p->work(p->context, item, thread);
	}
}

/* First its own, then what is left of the others'. */
static void items_do(struct pool *p, int thread)
{
	for (int i = 0; i < p->threads; i++)
		share_do(p, &p->shares[(thread + i) % p->threads], thread);
}

/* Watches *value leave `old` for a moment; false if it stayed. */
static int spin_while(atomic_uint *value, unsigned old)
{
	double end_s = clock_now() + SPIN_S;

	do
		for (int i = 0; i < 64; i++)
			if (atomic_load_explicit(value,
						 memory_order_acquire) != old)
				return 1;
	while (clock_now() < end_s);
	return 0;
}

static int run_join(struct pool *p)
{
	unsigned n = atomic_load(&p->joined);

	while (n & OPEN)
		if (atomic_compare_exchange_weak(&p->joined, &n, n + 1))
			return 1;
	return 0;
}

static void run_leave(struct pool *p)
{
	if (atomic_fetch_sub(&p->joined, 1) > 1)
		return;
	pthread_mutex_lock(&p->lock);
	pthread_cond_signal(&p->idle);
	pthread_mutex_unlock(&p->lock);
}

/* Waits for a run after `seen`; false if the pool closes. */
static int run_wait(struct pool *p, unsigned seen)
{
	int closing;

	if (spin_while(&p->run, seen))
		return 1;
	pthread_mutex_lock(&p->lock);
	while (atomic_load(&p->run) == seen && !p->closing)
		pthread_cond_wait(&p->wake, &p->lock);
	closing = p->closing;
	pthread_mutex_unlock(&p->lock);
	return !closing;
}

/* Offers the core to others if that was long ago; *last: when. */
static void give_way(double *last)
{
	if (clock_now() - *last < GIVE_WAY_S)
		return;
	sched_yield();
	*last = clock_now();
}

static void *worker_main(void *context)
{
	struct worker *w = context;
	struct pool *p = w->pool;
	unsigned seen = 0;
	double gave_way = clock_now();

	while (run_wait(p, seen)) {
		seen = atomic_load(&p->run);
		if (!run_join(p))
			continue;
		items_do(p, w->number);
		run_leave(p);
		give_way(&gave_way);
	}
	return NULL;
}

static int start_one(struct pool *p, const pthread_attr_t *attributes,
		     struct error *e)
{
	struct worker *w = &p->workers[p->started];

	w->pool = p;
	w->number = p->started + 1;
	if (pthread_create(&w->thread, attributes, worker_main, w) != 0) {
		fail(e, ERROR_FAILED, "cannot start thread %d of %d",
		     w->number + 1, p->threads);
		return hint(e, "try fewer with --threads");
	}
	p->started++;
	return 0;
}

/* Signals go to the caller's thread: workers are made with all blocked. */
static int start_all(struct pool *p, struct error *e)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	int code = 0;

	if (pthread_attr_init(&attributes) != 0)
		return fail(e, ERROR_FAILED, "cannot start threads");
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	sigfillset(&all);
	sigdelset(&all, SIGBUS);	/* comes to the thread that faults */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (code == 0 && p->started < p->threads - 1)
		code = start_one(p, &attributes, e);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return code;
}

struct pool *pool_open(int threads, struct error *e)
{
	struct pool *p;

	if (threads < 0 || threads > MAX_THREADS) {
		fail(e, ERROR_USAGE, "%d threads: 1 to %d are possible",
		     threads, MAX_THREADS);
		return NULL;
	}
	p = mem_new(1, sizeof(*p), e);
	if (!p)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	pthread_cond_init(&p->idle, NULL);
	p->threads = threads ? threads : pool_cpus();
	p->workers = mem_new((size_t)p->threads - 1, sizeof(*p->workers), e);
	p->shares = mem_new((size_t)p->threads, sizeof(*p->shares), e);
	if (!p->workers || !p->shares || start_all(p, e) < 0) {
		pool_close(p);
		return NULL;
	}
	return p;
}

void pool_close(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->closing = 1;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->started; i++)
		pthread_join(p->workers[i].thread, NULL);
	pthread_cond_destroy(&p->idle);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	mem_free(p->workers);
	mem_free(p->shares);
	mem_free(p);
}

int pool_threads(const struct pool *p)
{
	return p ? p->threads : 1;
}

static void run_share(struct pool *p)
{
	unsigned n;

	atomic_store(&p->joined, OPEN);
	pthread_mutex_lock(&p->lock);
	atomic_fetch_add(&p->run, 1);
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	items_do(p, 0);
	n = atomic_fetch_and(&p->joined, ~(unsigned)OPEN) & ~(unsigned)OPEN;
	while (n && spin_while(&p->joined, n))
		n = atomic_load(&p->joined);
	if (!n)
		return;
	pthread_mutex_lock(&p->lock);
	while (atomic_load(&p->joined) > 0)
		pthread_cond_wait(&p->idle, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void pool_run(struct pool *p, size_t items,
	      void (*work)(void *context, size_t item, int thread),
	      void *context)
{
	size_t threads = (size_t)pool_threads(p);

	if (threads == 1 || items < 2) {
		for (size_t i = 0; i < items; i++)
			work(context, i, 0);
		return;
	}
	p->work = work;
	p->context = context;
	for (size_t t = 0; t < threads; t++) {
		atomic_store(&p->shares[t].next,
			     items / threads * t + MIN(t, items % threads));
		p->shares[t].end = items / threads * (t + 1) +
				   MIN(t + 1, items % threads);
	}
	run_share(p);
}
