/*
 * machine.c - what binds AdaGrad: x / sqrt(g) on data of the first cache, in
 * values per nanosecond, as the compiler vectorises it for this machine.
 * Prints the best of many short runs; bench-text builds it with -O3
 * -march=native -fno-math-errno.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { COUNT = 1024, CALLS = 2000, RUNS = 60 };

float machine_x[COUNT], machine_g[COUNT], machine_out[COUNT];

static double clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void step(void)
{
	for (int i = 0; i < COUNT; i++)
		machine_out[i] = machine_x[i] / sqrtf(machine_g[i]);
}

int main(void)
{
	void (*volatile call)(void) = step;
	double best = 0;

	for (int i = 0; i < COUNT; i++) {
		machine_x[i] = (float)(i + 1);
		machine_g[i] = 1 + (float)i / COUNT;
	}
	for (int run = 0; run < RUNS; run++) {
		double start = clock_ns(), rate;

		for (int i = 0; i < CALLS; i++)
			call();
		rate = (double)COUNT * CALLS / (clock_ns() - start);
		best = rate > best ? rate : best;
	}
	printf("%.4f\n", best);
	return 0;
}
