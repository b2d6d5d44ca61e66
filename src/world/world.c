/*
 * world.c - what is in each scene of the small world, and the queries.
 *
 * A plan is drawn from tables of chances, then laid out so that nothing hides
 * anything: each actor has its own part of the width and stands in frame.
 * So the plan is the truth about what can be seen.  The chances are set so that
 * each query's right answers are 1.5 to 15 % of the scenes.
 */
#include "world/world.h"

#include <string.h>

#include "base/rng.h"
#include "world/world_paint.h"

/* ---- chances, in percent ------------------------------------------------ */

static const struct {
	unsigned char weight;		/* of 100 */
	unsigned char sunrise, night, rain, snow, grey; /* of 100; rest: day */
} place_table[PLACES] = {
	[BEACH] = { 14, 25, 5, 8, 0, 10 },
	[PARK] = { 12, 6, 6, 14, 10, 10 },
	[SKYLINE] = { 11, 15, 30, 10, 4, 10 },
	[MOUNTAIN] = { 11, 8, 5, 0, 55, 6 },
	[SEA] = { 8, 18, 8, 10, 0, 12 },
	[FOREST] = { 6, 0, 5, 14, 16, 10 },
	[STREET] = { 14, 0, 12, 22, 9, 10 },
	[FIELD] = { 4, 12, 8, 10, 12, 10 },
	[TABLE] = { 20, 0, 0, 0, 0, 0 },
};

static const struct chance {
	unsigned char place, kind, percent;
} actor_table[] = {
	{ BEACH, WOMAN, 16 }, { BEACH, MAN, 13 }, { BEACH, KID, 13 },
	{ BEACH, DOG, 9 }, { BEACH, ICECREAM, 27 }, { BEACH, UMBRELLA, 14 },
	{ BEACH, BOAT, 14 }, { BEACH, BIKE, 5 }, { BEACH, KITE, 10 },
	{ BEACH, TREE, 18 },
	{ PARK, WOMAN, 14 }, { PARK, MAN, 13 }, { PARK, KID, 16 },
	{ PARK, DOG, 13 }, { PARK, BIKE, 28 }, { PARK, ICECREAM, 7 },
	{ PARK, KITE, 8 }, { PARK, CAT, 6 }, { PARK, TREE, 30 },
	{ SKYLINE, CAR, 18 }, { SKYLINE, MAN, 10 }, { SKYLINE, WOMAN, 14 },
	{ SKYLINE, BOAT, 12 }, { SKYLINE, BIKE, 4 }, { SKYLINE, BALLOON, 9 },
	{ MOUNTAIN, MAN, 8 }, { MOUNTAIN, WOMAN, 7 }, { MOUNTAIN, KID, 5 },
	{ MOUNTAIN, DOG, 5 }, { MOUNTAIN, HOUSE, 16 },
	{ MOUNTAIN, BALLOON, 7 }, { MOUNTAIN, CAR, 5 }, { MOUNTAIN, TREE, 25 },
	{ SEA, BOAT, 68 }, { SEA, BALLOON, 7 }, { SEA, KITE, 7 },
	{ FOREST, MAN, 13 }, { FOREST, WOMAN, 13 }, { FOREST, KID, 11 },
	{ FOREST, DOG, 12 }, { FOREST, BIKE, 9 }, { FOREST, CAT, 5 },
	{ STREET, CAR, 50 }, { STREET, BIKE, 20 }, { STREET, WOMAN, 22 },
	{ STREET, MAN, 17 }, { STREET, KID, 11 }, { STREET, DOG, 6 },
	{ STREET, CAT, 7 }, { STREET, BAG, 4 },
	{ FIELD, HOUSE, 65 }, { FIELD, CAR, 18 }, { FIELD, DOG, 12 },
	{ FIELD, CAT, 9 }, { FIELD, KID, 15 }, { FIELD, BIKE, 8 },
	{ FIELD, BALLOON, 12 }, { FIELD, MAN, 9 }, { FIELD, WOMAN, 9 },
	{ FIELD, KITE, 9 }, { FIELD, TREE, 25 },
	{ TABLE, CAKE, 34 }, { TABLE, PIZZA, 33 }, { TABLE, ICECREAM, 20 },
	{ TABLE, WINE, 16 }, { TABLE, COFFEE, 18 }, { TABLE, CHOCOLATE, 8 },
	{ TABLE, BAG, 7 }, { TABLE, CAT, 4 },
};

enum {				/* percent */
	SKIER = 48,		/* a figure on skis, in the snow of mountains */
	UMBRELLA_IN_RAIN = 37,	/* of the first figure; one comes if none */
	BAG_OF_WOMAN = 34,
	MAN_IN_BOAT = 34,
	DOG_OF_KID = 42,
	WINE_TO_PIZZA = 42,
	CHOCOLATE_OF_CAKE = 46,
};

/* ---- truth and queries -------------------------------------------------- */

#define BIT(concept) (UINT64_C(1) << (concept))

static const char *const concept_words[CONCEPTS] = {
	"beach", "park", "skyline", "mountain", "sea", "forest", "street",
	"field", "table", "sunrise", "night", "rain", "snow", "clouds",
	"woman", "man", "kid", "dog", "cat", "car", "bike", "boat", "umbrella",
	"bag", "ski", "house", "tree", "kite", "balloon", "cake", "pizza",
	"icecream", "wine", "coffee", "chocolate",
	"red", "yellow", "blue", "green", "white", "black",
	"yellow car", "chocolate cake",
};

const char *world_word(size_t c)
{
	return c < CONCEPTS ? concept_words[c] : NULL;
}

const struct world_query *world_queries(void)
{
	static const struct world_query queries[WORLD_QUERIES] = {
		{ "car", BIT(CAR), 1 },
		{ "skyline", BIT(SKYLINE), 1 },
		{ "bike", BIT(BIKE), 1 },
		{ "sunrise", BIT(SUNRISE), 1 },
		{ "snow", BIT(SNOW), 1 },
		{ "rain", BIT(RAIN), 1 },
		{ "icecream", BIT(ICECREAM), 1 },
		{ "cake", BIT(CAKE), 1 },
		{ "pizza", BIT(PIZZA), 1 },
		{ "woman", BIT(WOMAN), 1 },
		{ "man", BIT(MAN), 1 },
		{ "kid", BIT(KID), 1 },
		{ "yellow+car", BIT(YELLOW_CAR), 0 },
		{ "skyline+night", BIT(SKYLINE) | BIT(NIGHT), 0 },
		{ "bike+park", BIT(BIKE) | BIT(PARK), 0 },
		{ "sunrise+beach", BIT(SUNRISE) | BIT(BEACH), 0 },
		{ "snow+ski", BIT(SNOW) | BIT(SKI), 0 },
		{ "rain+umbrella", BIT(RAIN) | BIT(UMBRELLA), 0 },
		{ "icecream+beach", BIT(ICECREAM) | BIT(BEACH), 0 },
		{ "chocolate+cake", BIT(CHOCOLATE_CAKE), 0 },
		{ "pizza+wine", BIT(PIZZA) | BIT(WINE), 0 },
		{ "woman+bag", BIT(WOMAN) | BIT(BAG), 0 },
		{ "man+boat", BIT(MAN) | BIT(BOAT), 0 },
		{ "kid+dog", BIT(KID) | BIT(DOG), 0 },
	};

	return queries;
}

static uint64_t actor_truth(const struct actor *a)
{
	uint64_t bits = BIT(a->kind);

	if (a->with != NOTHING)
		bits |= BIT(a->with);
	if (a->colour != NOTHING)
		bits |= BIT(a->colour);
	if (a->kind == CAR && a->colour == YELLOW)
		bits |= BIT(YELLOW_CAR);
	if (a->kind == CAKE && a->with == CHOCOLATE)
		bits |= BIT(CHOCOLATE_CAKE);
	return bits;
}

static uint64_t plan_truth(const struct plan *p)
{
	uint64_t bits = BIT(p->place);

	if (p->place == BEACH)
		bits |= BIT(SEA);
	if (p->place == PARK || p->place == FOREST)
		bits |= BIT(TREE);
	if (p->light == LIGHT_SUNRISE)
		bits |= BIT(SUNRISE);
	if (p->light == LIGHT_NIGHT)
		bits |= BIT(NIGHT);
	if (p->rain)
		bits |= BIT(RAIN);
	if (p->snow)
		bits |= BIT(SNOW);
	if (p->clouds >= 2)
		bits |= BIT(CLOUDS);
	for (int i = 0; i < p->actors; i++)
		bits |= actor_truth(&p->actor[i]);
	return bits;
}

/* ---- place, light, weather ---------------------------------------------- */

static enum concept place_draw(struct dice *d)
{
	int n = dice_range(d, 0, 99), place = 0;

	while (place + 1 < PLACES && n >= place_table[place].weight)
		n -= place_table[place++].weight;
	return (enum concept)place;
}

static void sky_draw(struct plan *p)
{
	struct dice *d = &p->dice;
	int n = dice_range(d, 0, 99), at = place_table[p->place].sunrise;

	p->light = n < at ? LIGHT_SUNRISE : LIGHT_DAY;
	if (n >= at && n < (at += place_table[p->place].night))
		p->light = LIGHT_NIGHT;
	else if (n >= at && n < (at += place_table[p->place].rain))
		p->rain = 1;
	else if (n >= at && n < (at += place_table[p->place].snow))
		p->snow = 1;
	else if (n >= at && n < at + place_table[p->place].grey)
		p->light = LIGHT_GREY;
	if (p->rain || (p->snow && dice_chance(d, 55)))
		p->light = LIGHT_GREY;
	if (p->place != TABLE && (p->light == LIGHT_DAY ||
				  p->light == LIGHT_SUNRISE))
		p->clouds = MAX(dice_range(d, -2, 4), 0);
	p->horizon = p->place == TABLE ? dice_range(d, 1300, 2100) :
		p->place == SEA ? dice_range(d, 1700, 2300) :
		p->place == STREET ? dice_range(d, 2500, 2800) :
		dice_range(d, 1800, 2500);
}

/* ---- actors ------------------------------------------------------------- */

static const uint32_t colour_paint[NAMED_COLOURS] = {
	0xd02a24, 0xf2c81a, 0x2458c4, 0x2c9444, 0xf0f0ee, 0x24242a
};

/* One of the six named colours; yellow is given its own chance. */
static void actor_colour(struct actor *a, struct dice *d, int yellow)
{
	static const unsigned char others[5] = {
		RED, BLUE, GREEN, WHITE, BLACK
	};

	a->colour = dice_chance(d, yellow) ? YELLOW :
		(enum concept)others[dice_range(d, 0, 4)];
	a->paint = colour_jitter(d, colour_paint[a->colour - RED], 16);
}

/* Any clothes' colour; not named, since it is a small part of the picture. */
static uint32_t cloth(struct dice *d)
{
	static const uint32_t colours[] = {
		0xc83232, 0x2c5ab8, 0x3a8a50, 0xe0b030, 0x8a4aa0, 0xe87898,
		0x40a8b0, 0x30343c, 0xe8e4dc, 0xd87030, 0x7a5a3c
	};

	return colour_jitter(d, colours[dice_range(d, 0,
		(int)ARRAY_LEN(colours) - 1)], 20);
}

static void actor_dress(struct actor *a, struct dice *d)
{
	switch (a->kind) {
	case CAR:
		actor_colour(a, d, 25);
		break;
	case BIKE:
	case BOAT:
	case UMBRELLA:
	case HOUSE:
	case BAG:
	case KITE:
	case BALLOON:
		actor_colour(a, d, 17);
		break;
	default:
		a->paint = cloth(d);
	}
	a->second = cloth(d);
	if (a->kind == CAKE && dice_chance(d, CHOCOLATE_OF_CAKE))
		a->with = CHOCOLATE;
}

static struct actor *actor_add(struct plan *p, enum concept kind)
{
	struct dice *d = &p->dice;
	struct actor *a = &p->actor[p->actors];

	if (p->actors == ACTORS_MAX)
		return NULL;
	p->actors++;
	*a = (struct actor){ .kind = kind, .with = NOTHING, .colour = NOTHING };
	a->flip = dice_chance(d, 50) ? 1 : -1;
	a->look = rng_bits(d->seed, d->stream, d->next++);
	actor_dress(a, d);
	return a;
}

static int plan_has(const struct plan *p, enum concept kind)
{
	for (int i = 0; i < p->actors; i++)
		if (p->actor[i].kind == kind)
			return 1;
	return 0;
}

static struct actor *plan_figure(struct plan *p)
{
	for (int i = 0; i < p->actors; i++)
		if (p->actor[i].kind >= WOMAN && p->actor[i].kind <= KID)
			return &p->actor[i];
	return NULL;
}

/* At most three at first, taken in an order drawn by chance. */
static void actors_draw(struct plan *p)
{
	struct dice *d = &p->dice;
	int n = (int)ARRAY_LEN(actor_table), start = dice_range(d, 0, n - 1);

	for (int i = 0; i < n; i++) {
		const struct chance *c = &actor_table[(start + i) % n];

		if (c->place == p->place && dice_chance(d, c->percent) &&
		    p->actors < ACTORS_MAX - 1)
			actor_add(p, (enum concept)c->kind);
	}
	if (p->place == TABLE && !p->actors)
		actor_add(p, dice_chance(d, 50) ? COFFEE : WINE);
}

static enum concept figure_draw(struct dice *d)
{
	return (enum concept)(WOMAN + dice_range(d, 0, 2));
}

/* What likes to come together, so that two-concept queries have answers. */
static void actors_pair(struct plan *p)
{
	struct dice *d = &p->dice;
	struct actor *a;

	if (p->place == MOUNTAIN && p->snow && dice_chance(d, SKIER) &&
	    (a = actor_add(p, figure_draw(d))))
		a->with = SKI;
	if (p->rain && p->place != SEA && dice_chance(d, UMBRELLA_IN_RAIN) &&
	    !plan_has(p, UMBRELLA)) {
		a = plan_figure(p);
		if (!a)
			a = actor_add(p, figure_draw(d));
		if (a && a->with == NOTHING) {
			a->with = UMBRELLA;
			actor_colour(a, d, 20);
		}
	}
	if (plan_has(p, KID) && !plan_has(p, DOG) &&
	    dice_chance(d, DOG_OF_KID))
		actor_add(p, DOG);
	if (plan_has(p, PIZZA) && !plan_has(p, WINE) &&
	    dice_chance(d, WINE_TO_PIZZA))
		actor_add(p, WINE);
	for (int i = 0; i < p->actors; i++) {
		a = &p->actor[i];
		if (a->kind == WOMAN && a->with == NOTHING &&
		    dice_chance(d, BAG_OF_WOMAN))
			a->with = BAG;
		if (a->kind == BOAT && dice_chance(d, MAN_IN_BOAT))
			a->with = MAN;
	}
}

/* ---- layout -------------------------------------------------------------- */

/* Units for 100 of its own, and its width in its own units. */
static const struct {
	short size, width;
} form_table[CONCEPTS] = {
	[WOMAN] = { 2350, 44 }, [MAN] = { 2450, 46 }, [KID] = { 1800, 54 },
	[DOG] = { 1250, 120 }, [CAT] = { 1300, 90 }, [CAR] = { 2150, 104 },
	[BIKE] = { 1900, 104 }, [BOAT] = { 1900, 108 },
	[UMBRELLA] = { 2100, 96 }, [BAG] = { 1500, 90 },
	[HOUSE] = { 1900, 110 }, [TREE] = { 2400, 66 }, [KITE] = { 1150, 80 },
	[BALLOON] = { 1300, 80 }, [CAKE] = { 1850, 112 },
	[PIZZA] = { 2000, 112 }, [ICECREAM] = { 2500, 52 },
	[WINE] = { 2300, 50 }, [COFFEE] = { 1500, 100 },
	[CHOCOLATE] = { 1500, 100 },
};

static int actor_in_sky(const struct actor *a)
{
	return a->kind == KITE || a->kind == BALLOON;
}

static int actor_on_water(const struct plan *p, const struct actor *a)
{
	return a->kind == BOAT && p->place != PARK;
}

static void actor_stand(struct plan *p, struct actor *a)
{
	struct dice *d = &p->dice;
	int high = a->size;		/* of most, from foot to head */

	a->y = dice_range(d, MAX(p->horizon + 900, 3300), 3950);
	if (a->kind == HOUSE || a->kind == TREE)
		a->y = dice_range(d, p->horizon + 250, p->horizon + 800);
	if (p->place == STREET && a->kind != CAR && a->kind != BIKE)
		a->y = dice_range(d, p->horizon + 500, 3950);
	if (actor_in_sky(a))
		a->y = dice_range(d, high + 150, MAX(p->horizon, high + 300));
	else if (actor_on_water(p, a))
		a->y = dice_range(d, p->horizon + 350, p->place == SEA ?
			3400 : p->horizon + 600);
	else if (a->kind == ICECREAM && p->place != TABLE)
		a->y = dice_range(d, 3900, 4050);
	else if (a->y < high + 80 && a->kind != CAR)
		a->y = MIN(high + 80, 4000);
}

static int actors_width(struct plan *p, int percent)
{
	int width = 0;

	for (int i = 0; i < p->actors; i++) {
		struct actor *a = &p->actor[i];
		int own = form_table[a->kind].width;

		own += a->with == UMBRELLA ? 40 : a->with == SKI ? 60 :
		       a->with == BAG ? 26 : 0;
		a->size = form_table[a->kind].size * percent / 100;
		a->width = own * a->size / 100;
		width += a->width;
	}
	return width;
}

static void actors_shuffle(struct plan *p)
{
	for (int i = p->actors - 1; i > 0; i--) {
		int j = dice_range(&p->dice, 0, i);
		struct actor t = p->actor[i];

		p->actor[i] = p->actor[j];
		p->actor[j] = t;
	}
}

/* Side by side over the width with gaps drawn by chance; smaller if they would
 * not fit, fewer if they would become too small to see. */
static void actors_place(struct plan *p)
{
	enum { ROOM = UNITS - 160, SMALLEST = 62 };
	struct dice *d = &p->dice;
	int percent = dice_range(d, 96, 132) - 9 * p->actors, left, x = 80;

	actors_shuffle(p);
	while (actors_width(p, percent) > ROOM) {
		percent = percent * ROOM / actors_width(p, percent) - 1;
		if (percent < SMALLEST) {
			p->actors--;
			percent = SMALLEST + 24;
		}
	}
	left = ROOM - actors_width(p, percent);
	for (int i = 0; i < p->actors; i++) {
		struct actor *a = &p->actor[i];
		int gap = dice_range(d, 0, left * 2 / (p->actors + 1));

		gap = MIN(gap, left);
		left -= gap;
		a->x = x + gap + a->width / 2;
		x += gap + a->width;
		actor_stand(p, a);
	}
}

/* Far ones first. */
static void actors_sort(struct plan *p)
{
	for (int i = 1; i < p->actors; i++)
		for (int j = i; j && p->actor[j - 1].y > p->actor[j].y; j--) {
			struct actor t = p->actor[j];

			p->actor[j] = p->actor[j - 1];
			p->actor[j - 1] = t;
		}
}

void world_plan_make(struct plan *p, uint64_t seed, uint64_t i)
{
	*p = (struct plan){ .dice = { seed, rng_stream(RNG_WORLD, i, 0), 0 } };
	p->place = place_draw(&p->dice);
	sky_draw(p);
	actors_draw(p);
	actors_pair(p);
	actors_place(p);
	actors_sort(p);
	p->concepts = plan_truth(p);
}

/* ---- painting ----------------------------------------------------------- */

static void actor_paint(struct canvas *c, const struct plan *p,
			const struct actor *a)
{
	struct pen pen = pen_at(c, a->x, a->y, a->size, a->flip);
	int night = p->light == LIGHT_NIGHT;

	switch (a->kind) {
	case WOMAN:
	case MAN:
	case KID:
		paint_figure(&pen, a);
		break;
	case DOG:
	case CAT:
		paint_pet(&pen, a);
		break;
	case CAR:
	case BIKE:
	case BOAT:
		paint_vehicle(&pen, a, night);
		break;
	case HOUSE:
		paint_house(&pen, a, night);
		break;
	case TREE:
		paint_tree(&pen, p->place == BEACH ? 2 : a->look % 2, p->snow);
		break;
	default:
		paint_object(&pen, a);
	}
}

static void light_set(struct canvas *c, struct plan *p)
{
	static const short light[4][3] = {
		[LIGHT_DAY] = { 256, 254, 248 },
		[LIGHT_GREY] = { 208, 212, 222 },
		[LIGHT_SUNRISE] = { 236, 186, 160 },
		[LIGHT_NIGHT] = { 116, 122, 166 },
	};
	int all = dice_range(&p->dice, 232, 268);

	for (int i = 0; i < 3; i++)
		c->light[i] = light[p->light][i] * all / 256 +
			dice_range(&p->dice, -8, 8);
}

void world_paint(unsigned char *rgb, size_t size, uint64_t seed, uint64_t i,
		 struct world_scene *scene)
{
	struct canvas c = { .rgb = rgb, .size = (int)size };
	struct plan p;

	if (size < 1 || size > CANVAS_MAX)
		bug("a scene of %zu pixels", size);
	memset(rgb, 0, size * size * 3); /* no edge shows what was there */
	world_plan_make(&p, seed, i);
	light_set(&c, &p);
	paint_place(&c, &p);
	for (int a = 0; a < p.actors; a++)
		actor_paint(&c, &p, &p.actor[a]);
	paint_weather(&c, &p);
	canvas_grain(&c, &p.dice, dice_range(&p.dice, 3, 9));
	scene->concepts = p.concepts;
}
