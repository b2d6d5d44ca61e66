/*
 * world_paint.h - the small world's canvas, its plan of a scene, and who paints
 * what.  Private to src/world/world*.c.
 *
 * All arithmetic is on integers, so a scene has the same bytes everywhere.
 * The canvas is UNITS wide and high whatever its size in pixels; things are
 * drawn by a pen in their own coordinates: they stand on y = 0, are about 100
 * high or wide, y grows downward.
 */
#ifndef WORLD_PAINT_H
#define WORLD_PAINT_H

#include "base/base.h"

enum {
	UNITS = 4096,
	CANVAS_MAX = 1024,		/* pixels a side */
	POINTS_MAX = 80,		/* of one shape */
	ACTORS_MAX = 4,
};

/* ---- chance ------------------------------------------------------------ */

struct dice {
	uint64_t seed, stream, next;
};
int dice_range(struct dice *d, int low, int high);	/* both included */
int dice_chance(struct dice *d, int percent);

/* ---- the plan of a scene ------------------------------------------------ */

/* What can be seen; also the bits of world_scene.concepts.  The order of the
 * tables in world.c and world_words.c. */
enum concept {
	BEACH, PARK, SKYLINE, MOUNTAIN, SEA, FOREST, STREET, FIELD, TABLE,
	SUNRISE, NIGHT, RAIN, SNOW, CLOUDS,
	WOMAN, MAN, KID, DOG, CAT, CAR, BIKE, BOAT, UMBRELLA, BAG, SKI, HOUSE,
	TREE, KITE, BALLOON, CAKE, PIZZA, ICECREAM, WINE, COFFEE, CHOCOLATE,
	RED, YELLOW, BLUE, GREEN, WHITE, BLACK,
	YELLOW_CAR, CHOCOLATE_CAKE,
	CONCEPTS,
	PLACES = TABLE + 1,
	NAMED_COLOURS = BLACK - RED + 1,
	NOTHING = CONCEPTS,
};

enum light { LIGHT_DAY, LIGHT_GREY, LIGHT_SUNRISE, LIGHT_NIGHT };

struct actor {
	enum concept kind;		/* WOMAN .. COFFEE, CHOCOLATE */
	enum concept with;		/* BAG, UMBRELLA, SKI, MAN or NOTHING */
	int x, y;			/* the middle of its foot */
	int size;			/* units for 100 of its own */
	int width;			/* units it needs from left to right */
	int flip;			/* 1 or -1 */
	enum concept colour;		/* RED .. BLACK, or NOTHING */
	uint32_t paint, second;		/* its colours, jittered */
	uint64_t look;			/* style bits: shape, hair, pattern */
};

struct plan {
	enum concept place;
	enum light light;
	int rain, snow;
	int horizon;			/* y of the ground's far end */
	int clouds;
	uint64_t concepts;
	int actors;
	struct actor actor[ACTORS_MAX];
	struct dice dice;		/* for what is only decoration */
};
void world_plan_make(struct plan *p, uint64_t seed, uint64_t i);

/* ---- canvas and pen ----------------------------------------------------- */

struct canvas {
	unsigned char *rgb;		/* [size, size, 3] */
	int size;
	int light[3];			/* of 256, for red, green, blue */
};
struct point {
	int x, y;
};

/* Colours are 0xrrggbb. */
uint32_t colour_mix(uint32_t a, uint32_t b, int of_256);
uint32_t colour_shade(uint32_t c, int percent);		/* 100: as it is */
uint32_t colour_jitter(struct dice *d, uint32_t c, int by);

/* The shape with these corners (even-odd), its colour going from top to
 * bottom, alpha of 256. */
void canvas_fill(struct canvas *c, const struct point *p, int n, uint32_t top,
		 uint32_t bottom, int alpha);
/* A band over the whole width from y0 to y1. */
void canvas_band(struct canvas *c, int y0, int y1, uint32_t top,
		 uint32_t bottom);
void canvas_grain(struct canvas *c, struct dice *d, int strength);

struct pen {
	struct canvas *canvas;
	int x, y, size, flip;
	int glow;			/* gives light, not lit itself */
	int alpha;
};
struct pen pen_at(struct canvas *c, int x, int y, int size, int flip);
void pen_shape(const struct pen *p, uint32_t colour, const struct point *at,
	       int n);
void pen_ellipse(const struct pen *p, uint32_t colour, int x, int y, int rx,
		 int ry);
void pen_ring(const struct pen *p, uint32_t colour, int x, int y, int r,
	      int thick);
void pen_line(const struct pen *p, uint32_t colour, int x0, int y0, int x1,
	      int y1, int thick);
void pen_box(const struct pen *p, uint32_t colour, int x0, int y0, int x1,
	     int y1);
#define PEN_SHAPE(pen, colour, ...) pen_shape(pen, colour, \
	(const struct point[]){ __VA_ARGS__ }, \
	(int)(sizeof((const struct point[]){ __VA_ARGS__ }) / \
	      sizeof(struct point)))

/* ---- who paints what ---------------------------------------------------- */

void paint_place(struct canvas *c, struct plan *p);
void paint_weather(struct canvas *c, struct plan *p);
void paint_tree(const struct pen *p, uint64_t look, int snow);
void paint_house(const struct pen *p, const struct actor *a, int night);
void paint_figure(const struct pen *p, const struct actor *a);
void paint_pet(const struct pen *p, const struct actor *a);
void paint_vehicle(const struct pen *p, const struct actor *a, int night);
void paint_object(const struct pen *p, const struct actor *a);
void paint_umbrella(const struct pen *p, const struct actor *a);
void paint_bag(const struct pen *p, uint32_t colour);

#endif
