/*
 * world_paint_places.c - sky, ground and weather of the small world.
 */
#include "world/world_paint.h"

/* ---- places by chance ---------------------------------------------------- */

/* Where and how large something is.  A function of its own, since C does not
 * say in which order the arguments of a call are worked out: two throws of the
 * dice in one would differ between compilers. */
struct spot {
	int x, y, size;
};

static struct spot spot_draw(struct dice *d, struct spot least,
			     struct spot most)
{
	int x = dice_range(d, least.x, most.x);
	int y = dice_range(d, least.y, most.y);
	int size = dice_range(d, least.size, most.size);

	return (struct spot){ x, y, size };
}
#define SPOT(d, x0, x1, y0, y1, size0, size1) spot_draw(d, \
	(struct spot){ x0, y0, size0 }, (struct spot){ x1, y1, size1 })

/* ---- sky ----------------------------------------------------------------- */

static const uint32_t sky_top[4] = { 0x3f86d8, 0x7c8490, 0x6a5a9a, 0x060a26 };
static const uint32_t sky_low[4] = { 0xbcdcf4, 0xb8bec6, 0xffb45c, 0x28305e };

/* Bands overlap by more than a pixel of a 32-pixel scene: their edges are
 * smooth, and what is below would shine through where two meet. */
enum { SEAM = 160 };

/* The sky is a light itself: it does not take the scene's. */
static void sky_band(struct canvas *c, int y0, int y1, uint32_t top,
		     uint32_t low)
{
	const struct point box[4] = {
		{ 0, y0 }, { UNITS, y0 }, { UNITS, y1 }, { 0, y1 }
	};

	canvas_fill(c, box, 4, top, low, 256);
}

static struct pen spot_pen(struct canvas *c, struct spot s)
{
	return pen_at(c, s.x, s.y, s.size, 1);
}

static struct pen glow_at(struct canvas *c, struct spot s, int alpha)
{
	struct pen p = spot_pen(c, s);

	p.glow = 1;
	p.alpha = alpha;
	return p;
}

/* On the horizon where that is open, else above what stands there. */
static void sun_rise(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	int open = p->place == BEACH || p->place == SEA || p->place == FIELD;
	int x = dice_range(d, 700, 3400), r = dice_range(d, 330, 520);
	int y = open ? p->horizon - r / 4 :
		p->horizon * dice_range(d, 20, 42) / 100;
	struct spot at = { x, y, open ? r : r * 3 / 4 };
	struct pen pen = glow_at(c, at, 50);

	for (int i = 4; i > 0; i--)
		pen_ellipse(&pen, 0xffd070, 0, 0, 100 + 45 * i, 90 + 40 * i);
	pen.alpha = 256;
	pen_ellipse(&pen, 0xfff0a8, 0, 0, 100, 100);
}

static void stars(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	struct pen pen;

	for (int n = dice_range(d, 14, 34); n; n--) {
		pen = glow_at(c, SPOT(d, 0, UNITS, 0, 1700, 22, 40), 220);
		pen_ellipse(&pen, 0xf8f6e0, 0, 0, 100, 100);
	}
	if (!dice_chance(d, 65))
		return;
	pen = glow_at(c, SPOT(d, 500, 3600, 400, 900, 190, 300), 256);
	pen_ellipse(&pen, 0xf6f2d0, 0, 0, 100, 100);
	if (dice_chance(d, 50))
		pen_ellipse(&pen, 0x0a1030, 45, -20, 85, 85);
}

static void cloud(struct canvas *c, struct plan *p, uint32_t colour)
{
	struct dice *d = &p->dice;
	struct spot at = SPOT(d, 0, UNITS, 250, p->horizon * 5 / 8, 420, 760);
	struct pen pen = glow_at(c, at, 225);

	pen_ellipse(&pen, colour_shade(colour, 90), 0, 12, 95, 24);
	for (int i = -2; i <= 2; i++) {
		struct spot puff = SPOT(d, -8, 8, -26, 0, 20, 34);

		pen_ellipse(&pen, colour, puff.x + i * 34, puff.y + 6, 36,
			    puff.size - i * i * 3);
	}
}

static void paint_sky(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	uint32_t top = colour_jitter(d, sky_top[p->light], 18);
	uint32_t low = colour_jitter(d, sky_low[p->light], 14);

	if (p->light == LIGHT_SUNRISE) {
		sky_band(c, 0, p->horizon / 2 + SEAM, top, 0xe0785c);
		sky_band(c, p->horizon / 2, UNITS, 0xe0785c, low);
		sun_rise(c, p);
	} else {
		sky_band(c, 0, p->horizon + SEAM, top, low);
		sky_band(c, p->horizon, UNITS, low, low);
	}
	if (p->light == LIGHT_NIGHT && !p->rain)
		stars(c, p);
	if (p->light == LIGHT_DAY && dice_chance(d, 45)) {
		struct spot at = SPOT(d, 300, 3800, 350, 800, 190, 280);
		struct pen sun = glow_at(c, at, 256);

		pen_ellipse(&sun, 0xfff6c0, 0, 0, 100, 100);
	}
	for (int i = 0; i < p->clouds; i++)
		cloud(c, p, p->light == LIGHT_SUNRISE ? 0xf0a090 : 0xfafafc);
	if (p->light == LIGHT_GREY)
		for (int i = 0; i < 4; i++)
			cloud(c, p, p->rain ? 0x8a9098 : 0xc4c8cf);
}

/* ---- parts of places ----------------------------------------------------- */

/* Land whose upper edge goes up and down between y - rise and y. */
static void land(struct canvas *c, struct dice *d, int y, int rise,
		 uint32_t top, uint32_t low)
{
	struct point at[12];
	struct pen pen = pen_at(c, 0, 0, 100, 1);

	for (int i = 0; i < 10; i++)
		at[i] = (struct point){ i * UNITS / 9,
					y - dice_range(d, 0, rise) };
	at[10] = (struct point){ UNITS, UNITS + 40 };
	at[11] = (struct point){ 0, UNITS + 40 };
	pen_shape(&pen, colour_mix(top, low, 128), at, 12);
}

static uint32_t grass(struct plan *p)
{
	return colour_jitter(&p->dice, p->snow ? 0xeef2f6 : 0x58a03c, 16);
}

static void paint_grass(struct canvas *c, struct plan *p)
{
	uint32_t green = grass(p);

	land(c, &p->dice, p->horizon + 40, 120, green, green);
	canvas_band(c, p->horizon + 500, UNITS, green,
		    colour_shade(green, p->snow ? 96 : 78));
}

static void paint_water(struct canvas *c, struct plan *p, int y0, int y1)
{
	struct dice *d = &p->dice;
	uint32_t blue = colour_jitter(d, 0x2a78b4, 22);
	uint32_t crest = colour_mix(blue, 0xffffff, 110);

	if (p->light == LIGHT_SUNRISE)
		crest = 0xffdca0;
	canvas_band(c, y0, y1, colour_mix(blue, 0xffffff, 40),
		    colour_shade(blue, 82));
	for (int n = (y1 - y0) / 55; n; n--) {
		int y = dice_range(d, y0 + 30, y1 - 30);
		int half = 60 + (y - y0) / 6, x = dice_range(d, 0, UNITS);
		struct pen pen = pen_at(c, x, y, half, 1);

		pen.alpha = 150;
		PEN_SHAPE(&pen, crest, { -100, 0 }, { -40, -9 }, { 0, -12 },
			  { 40, -9 }, { 100, 0 }, { 0, 8 });
	}
}

static void mountains(struct canvas *c, struct plan *p, int low)
{
	struct dice *d = &p->dice;

	for (int n = dice_range(d, 3, 5), i = 0; i < n; i++) {
		int x = UNITS * i / (n - 1) + dice_range(d, -400, 400);
		int high = dice_range(d, low / 2, low * 9 / 10);
		int wide = high * dice_range(d, 70, 110) / 100;
		struct pen pen = pen_at(c, x, p->horizon + 60, high, 1);
		int w = wide * 100 / high, k = dice_range(d, -8, 8);
		uint32_t rock = colour_jitter(d, 0x6c7078, 18);

		PEN_SHAPE(&pen, rock, { -w, 0 }, { k, -100 }, { w, 0 });
		PEN_SHAPE(&pen, colour_shade(rock, 78), { k, -100 }, { w, 0 },
			  { w / 4, 0 }, { k + 6, -50 });
		PEN_SHAPE(&pen, 0xf6f8fc, { k, -100 },
			  { k + w * 38 / 100, -62 }, { k + w / 5, -68 },
			  { k + w / 9, -56 },
			  { k - w / 12, -70 }, { k - w / 5, -58 },
			  { k - w * 36 / 100, -64 });
	}
}

void paint_tree(const struct pen *p, uint64_t look, int snow)
{
	uint32_t leaf = colour_shade(0x3c8a34, 82 + (int)(look >> 8 & 31));
	uint32_t bark = 0x6e4a2c;

	if (look % 4 == 2) {			/* palm */
		PEN_SHAPE(p, 0x94703c, { -4, 0 }, { 6, 0 }, { 12, -72 },
			  { 7, -72 });
		for (int i = -2; i <= 2; i++)
			PEN_SHAPE(p, leaf, { 10, -76 },
				  { 10 + i * 12, -94 + i * i * 4 },
				  { 10 + i * 24, -84 + i * i * 9 },
				  { 10 + i * 13, -82 + i * i * 4 });
		PEN_SHAPE(p, leaf, { 6, -78 }, { 10, -98 }, { 15, -78 });
		return;
	}
	pen_box(p, bark, -5, -32, 5, 0);
	if (look % 2) {				/* fir */
		for (int i = 0; i < 3; i++) {
			int y = -18 - i * 26, w = 32 - i * 8;

			PEN_SHAPE(p, colour_mix(leaf, 0x184830, 120),
				  { -w, y }, { 0, y - 36 }, { w, y });
			if (snow)
				PEN_SHAPE(p, 0xf6f8fc, { -w / 2, y - 18 },
					  { 0, y - 37 }, { w / 2, y - 18 });
		}
		return;
	}
	if (snow)
		leaf = colour_mix(leaf, 0xf4f6fa, 150);
	pen_ellipse(p, colour_shade(leaf, 82), -12, -50, 22, 22);
	pen_ellipse(p, colour_shade(leaf, 88), 14, -48, 20, 20);
	pen_ellipse(p, leaf, 0, -68, 26, 30);
	pen_ellipse(p, colour_shade(leaf, 115), -7, -76, 12, 12);
}

static void trees(struct canvas *c, struct plan *p, int n, int size,
		  uint64_t kind)
{
	struct dice *d = &p->dice;

	for (int i = 0; i < n; i++) {
		struct spot at = SPOT(d, -350, 350, 60, 220, 75, 120);
		struct pen pen = pen_at(c, UNITS * (2 * i + 1) / (2 * n) + at.x,
					p->horizon + at.y,
					size * at.size / 100, 1);
		uint64_t look = (uint64_t)dice_range(d, 0, 31) << 8;

		look |= kind < 2 ? kind : (uint64_t)dice_range(d, 0, 1);
		paint_tree(&pen, look, p->snow);
	}
}

/* One building: front, and windows lit at night. */
static void building(struct canvas *c, struct plan *p, int x0, int x1, int top,
		     int low)
{
	static const uint32_t walls[] = {
		0x7c8898, 0x94887c, 0x5c6c84, 0xa09a92, 0x6a5f5c, 0x8494a8
	};
	struct dice *d = &p->dice;
	struct pen pen = pen_at(c, 0, 0, 100, 1);
	int night = p->light == LIGHT_NIGHT, lit = night ? 52 : 8;
	int step = dice_range(d, 190, 250);
	uint32_t wall = colour_jitter(d, walls[dice_range(d, 0, 5)], 14);

	pen_box(&pen, wall, x0, top, x1, low);
	for (int y = top + 120; y + 90 < low; y += step)
		for (int x = x0 + 70; x + 90 < x1; x += step * 4 / 5) {
			int on = dice_chance(d, lit);

			pen.glow = on;
			pen_box(&pen, on ? 0xffdc78 : colour_shade(wall, 62),
				x, y, x + 90, y + 115);
		}
}

static void skyline(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	int low = p->horizon + 60;

	for (int x = dice_range(d, -300, 0); x < UNITS; ) {
		int wide = dice_range(d, 300, 620);
		int top = low - dice_range(d, low / 4, low * 4 / 5);
		struct pen pen = pen_at(c, x + wide / 2, top, 100, 1);

		if (dice_chance(d, 25))
			pen_box(&pen, 0x60646c, -16, -320, 16, 0);
		else if (dice_chance(d, 25))
			PEN_SHAPE(&pen, 0x70747c, { -wide / 2, 5 },
				  { 0, -330 }, { wide / 2, 5 });
		building(c, p, x, x + wide, top, low);
		x += wide + dice_range(d, -30, 90);
	}
}

/* ---- places -------------------------------------------------------------- */

static void place_beach(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	int shore = p->horizon + dice_range(d, 650, 850);
	uint32_t sand = colour_jitter(d, 0xe8d09a, 12);
	struct pen pen = pen_at(c, 0, shore, 100, 1);
	int tilt = dice_range(d, -160, 160);

	paint_water(c, p, p->horizon, shore + 200);
	PEN_SHAPE(&pen, 0xf4f8fa, { 0, -tilt - 60 }, { 1400, 20 },
		  { 2700, -40 }, { UNITS, tilt - 60 }, { UNITS, 400 },
		  { 0, 400 });
	PEN_SHAPE(&pen, sand, { 0, -tilt }, { 1400, 100 }, { 2700, 30 },
		  { UNITS, tilt }, { UNITS, 4000 }, { 0, 4000 });
	for (int n = dice_range(d, 4, 12); n; n--) {
		struct pen stone = spot_pen(c, SPOT(d, 0, UNITS, shore + 350,
						    UNITS, 20, 60));

		pen_ellipse(&stone, colour_shade(sand, 74), 0, 0, 100, 55);
	}
}

static void place_park(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	int x = dice_range(d, 900, 3200), way = dice_range(d, -1300, 1300);
	struct pen pen = pen_at(c, x, p->horizon + 60, 100, 1);

	trees(c, p, dice_range(d, 4, 6), 1500, 0);
	paint_grass(c, p);
	PEN_SHAPE(&pen, 0xccb894, { -120, 0 }, { 120, 0 }, { 500 + way, 2400 },
		  { -800 + way, 2400 });
	trees(c, p, dice_range(d, 2, 3), 2000, 0);
	if (dice_chance(d, 55)) {		/* bench */
		pen = pen_at(c, dice_range(d, 500, 3600), p->horizon + 560,
			     620, 1);
		pen_box(&pen, 0x8a5a30, -60, -58, 60, -42);
		pen_box(&pen, 0x7a4c26, -64, -28, 64, -16);
		pen_box(&pen, 0x40302a, -52, -16, -42, 4);
		pen_box(&pen, 0x40302a, 42, -16, 52, 4);
	}
	for (int n = p->snow ? 0 : dice_range(d, 0, 22); n; n--) {
		static const uint32_t petals[3] = {
			0xf06080, 0xf8e070, 0xf4f0f8
		};

		pen = spot_pen(c, SPOT(d, 0, UNITS, p->horizon + 700, UNITS,
				       48, 60));
		pen_ellipse(&pen, petals[dice_range(d, 0, 2)], 0, 0, 100, 100);
	}
}

static void place_city(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	int boat = 0;

	for (int i = 0; i < p->actors; i++)
		boat |= p->actor[i].kind == BOAT;
	skyline(c, p);
	if (boat || dice_chance(d, 35))
		paint_water(c, p, p->horizon + 60, p->horizon + 1000);
	else
		canvas_band(c, p->horizon + 60, p->horizon + 1000,
			    p->snow ? 0xe8ecf0 : 0x7c9060, 0x8c8a84);
	canvas_band(c, p->horizon + 900, UNITS,
		    p->snow ? 0xeef0f4 : colour_jitter(d, 0x9c9890, 14),
		    0x8c8882);
}

static void place_mountain(struct canvas *c, struct plan *p)
{
	uint32_t green = grass(p);

	mountains(c, p, p->horizon);
	land(c, &p->dice, p->horizon + 260, 380, green, green);
	trees(c, p, dice_range(&p->dice, 0, 5), 900, 1);
	canvas_band(c, p->horizon + 700, UNITS, green,
		    colour_shade(green, p->snow ? 97 : 80));
}

static void place_sea(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;

	if (dice_chance(d, 30)) {		/* an island far away */
		int far = p->horizon + 20;
		struct pen pen = spot_pen(c, SPOT(d, 400, 3700, far, far, 400,
						  900));

		pen_ellipse(&pen, 0x4c6c50, 0, 0, 100, 38);
	}
	paint_water(c, p, p->horizon, UNITS);
}

static void place_forest(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	uint32_t floor = colour_jitter(d, p->snow ? 0xeaeef2 : 0x5c6a34, 14);
	uint64_t kind = (uint64_t)dice_range(d, 0, 2);

	canvas_band(c, p->horizon - 900, p->horizon + 100, 0x3c6040, 0x2c4c30);
	trees(c, p, 9, 2000, kind);
	canvas_band(c, p->horizon + 60, UNITS, colour_shade(floor, 88), floor);
	trees(c, p, 6, 2600, kind);
}

static void place_street(struct canvas *c, struct plan *p)
{
	static const uint32_t fronts[] = {
		0xb86a4c, 0xd8b088, 0xc8c0b0, 0x98a890, 0xd09878, 0x8c98b0
	};
	struct dice *d = &p->dice;
	int pavement = p->horizon + 350;
	struct pen pen = pen_at(c, 0, 0, 100, 1);

	for (int x = dice_range(d, -500, 0); x < UNITS; ) {
		int wide = dice_range(d, 800, 1300), on = 0;
		int top = dice_range(d, -200, 700), night;
		uint32_t wall = colour_jitter(d, fronts[dice_range(d, 0, 5)],
					      16);

		pen.glow = 0;
		pen_box(&pen, wall, x, top, x + wide, p->horizon);
		night = p->light == LIGHT_NIGHT;
		for (int y = top + 250; y < p->horizon - 900; y += 650)
			for (int w = x + 130; w + 260 < x + wide; w += 400) {
				on = dice_chance(d, night ? 45 : 0);
				pen.glow = on;
				pen_box(&pen, on ? 0xffd880 : 0x586878, w, y,
					w + 240, y + 380);
			}
		pen.glow = 0;
		pen_box(&pen, colour_shade(fronts[dice_range(d, 0, 5)], 55),
			x + 150, p->horizon - 620, x + 420, p->horizon);
		pen.glow = night;
		pen_box(&pen, night ? 0xe8c070 : 0x7890a0, x + 520,
			p->horizon - 560, x + wide - 120, p->horizon - 160);
		x += wide;
	}
	canvas_band(c, p->horizon, pavement + SEAM,
		    p->snow ? 0xf0f2f6 : 0xb4b0a8,
		    p->snow ? 0xe0e4ea : 0xa09c94);
	canvas_band(c, pavement, UNITS, p->rain ? 0x4c5058 : 0x5c5e62,
		    p->snow ? 0xa8acb2 : 0x484a50);
	pen.glow = 0;
	for (int x = dice_range(d, -500, 0); x < UNITS; x += 900)
		pen_box(&pen, 0xe8e6dc, x, (pavement + UNITS) / 2 - 40,
			x + 480, (pavement + UNITS) / 2 + 40);
}

static void place_field(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	uint32_t green = grass(p);

	land(c, d, p->horizon + 40, 420, colour_shade(green, 84), green);
	land(c, d, p->horizon + 420, 300, green, green);
	if (p->snow || !dice_chance(d, 50))
		return;
	for (int i = 0; i < 9; i++) {		/* furrows or rows of corn */
		struct pen pen = pen_at(c, UNITS * i / 8, UNITS, 100, 1);

		pen.alpha = 130;
		PEN_SHAPE(&pen, 0xc8b048, { -90 + (i - 4) * 160, 0 },
			  { 90 + (i - 4) * 160, 0 },
			  { 20, p->horizon + 700 - UNITS },
			  { -20, p->horizon + 700 - UNITS });
	}
}

static void table_cloth(struct canvas *c, struct plan *p)
{
	struct dice *d = &p->dice;
	struct pen pen = pen_at(c, 0, 0, 100, 1);
	uint32_t check = dice_chance(d, 50) ? 0xc84040 : 0x4a78b0;

	canvas_band(c, p->horizon, UNITS, 0xf0ece4, 0xe4dfd6);
	pen.alpha = 120;
	for (int i = 0; i < 9; i++)
		PEN_SHAPE(&pen, check, { UNITS * i / 8 - 60, p->horizon },
			  { UNITS * i / 8 + 60, p->horizon },
			  { UNITS * i / 8 + 90 + (i - 4) * 220, UNITS },
			  { UNITS * i / 8 - 90 + (i - 4) * 220, UNITS });
	for (int y = p->horizon + 120; y < UNITS; y += 420)
		pen_box(&pen, check, 0, y, UNITS, y + 190);
}

static void place_table(struct canvas *c, struct plan *p)
{
	static const uint32_t walls[] = {
		0xe4d8c0, 0xb8ccc8, 0xd8b8a8, 0xc0c4d4, 0x9a8c80, 0xd4d8c0
	};
	static const uint32_t woods[] = {
		0x9a6434, 0x6e4424, 0xc89c64, 0xe4e0da
	};
	struct dice *d = &p->dice;
	uint32_t wall = colour_jitter(d, walls[dice_range(d, 0, 5)], 16);
	uint32_t wood = colour_jitter(d, woods[dice_range(d, 0, 3)], 12);
	struct pen pen = pen_at(c, 0, 0, 100, 1);

	canvas_band(c, 0, UNITS, colour_shade(wall, 94), wall);
	if (dice_chance(d, 35)) {		/* window or picture */
		int x = dice_range(d, 300, 2500);

		pen_box(&pen, 0xf0ece4, x, 120, x + 1200, p->horizon - 350);
		pen_box(&pen, dice_chance(d, 50) ? 0xa8d0ec : 0x90a878,
			x + 90, 210, x + 1110, p->horizon - 440);
	}
	if (dice_chance(d, 30)) {
		table_cloth(c, p);
		return;
	}
	canvas_band(c, p->horizon, UNITS, wood, colour_shade(wood, 84));
	for (int y = p->horizon + 300; y < UNITS; y += 520)
		pen_box(&pen, colour_shade(wood, 80), 0, y, UNITS, y + 36);
}

void paint_place(struct canvas *c, struct plan *p)
{
	static void (*const paint[PLACES])(struct canvas *, struct plan *) = {
		[BEACH] = place_beach, [PARK] = place_park,
		[SKYLINE] = place_city, [MOUNTAIN] = place_mountain,
		[SEA] = place_sea, [FOREST] = place_forest,
		[STREET] = place_street, [FIELD] = place_field,
		[TABLE] = place_table,
	};

	if (p->place != TABLE)
		paint_sky(c, p);
	paint[p->place](c, p);
}

/* ---- what falls ---------------------------------------------------------- */

static void paint_rain(struct canvas *c, struct dice *d)
{
	int slope = dice_range(d, -90, 90);

	for (int n = dice_range(d, 70, 130); n; n--) {
		struct pen pen = glow_at(c, SPOT(d, 0, UNITS, -300, UNITS, 92,
						 108), 150);
		int long_ = dice_range(d, 260, 460);

		PEN_SHAPE(&pen, 0xd4dce8, { 0, 0 }, { 30, 0 },
			  { 30 + slope, long_ }, { slope, long_ });
	}
}

static void paint_flakes(struct canvas *c, struct dice *d)
{
	for (int n = dice_range(d, 30, 110); n; n--) {
		struct pen pen = glow_at(c, SPOT(d, 0, UNITS, 0, UNITS, 26,
						 62), 235);

		PEN_SHAPE(&pen, 0xfcfcff, { -100, 0 }, { -60, -70 },
			  { 0, -100 }, { 70, -60 }, { 100, 0 }, { 60, 70 },
			  { 0, 100 },
			  { -70, 60 });
	}
}

void paint_weather(struct canvas *c, struct plan *p)
{
	if (p->rain)
		paint_rain(c, &p->dice);
	if (p->snow && dice_chance(&p->dice, 60))
		paint_flakes(c, &p->dice);
}
