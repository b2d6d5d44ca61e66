/*
 * world_paint_things.c - houses, vehicles, food and other things.
 *
 * All stand on y = 0 (kites and balloons hang above it).
 */
#include "world/world_paint.h"

static const uint32_t dark = 0x24262c;
static const uint32_t glass = 0xa8c8dc;

void paint_house(const struct pen *p, const struct actor *a, int night)
{
	struct pen lamp = *p;
	uint32_t roof = a->look % 3 ? 0xa0402c : 0x504c50;

	lamp.glow = night;
	pen_box(p, 0x8a5444, 22, -96, 34, -66);
	pen_box(p, a->paint, -44, -56, 44, 0);
	PEN_SHAPE(p, roof, { -54, -54 }, { -2, -100 }, { 2, -100 },
		  { 54, -54 });
	pen_box(p, 0x5c3a24, -9, -34, 9, 0);
	for (int side = -1; side <= 1; side += 2) {
		pen_box(p, 0xf4f0e8, side * 28 - 12, -46, side * 28 + 12, -22);
		pen_box(&lamp, night ? 0xffd870 : 0x5c7c98, side * 28 - 9, -43,
			side * 28 + 9, -25);
	}
}

/* ---- vehicles ----------------------------------------------------------- */

static void wheel(const struct pen *p, int x, int r)
{
	pen_ellipse(p, dark, x, -r, r, r);
	pen_ellipse(p, 0xb4b8c0, x, -r, r / 2, r / 2);
}

static void paint_car(const struct pen *p, const struct actor *a, int night)
{
	struct pen lamp = *p;
	int back = a->look % 3 == 0 ? -46 : a->look % 3 == 1 ? -38 : -30;

	pen_ellipse(p, 0x303238, 0, -1, 52, 4);
	/* cabin, its windows, then the body over its foot */
	PEN_SHAPE(p, a->paint, { back, -24 }, { back + 9, -43 }, { 10, -43 },
		  { 28, -24 });
	PEN_SHAPE(p, glass, { back + 7, -25 }, { back + 12, -39 }, { -7, -39 },
		  { -7, -25 });
	PEN_SHAPE(p, glass, { -3, -25 }, { -3, -39 }, { 9, -39 }, { 21, -25 });
	PEN_SHAPE(p, a->paint, { -50, -8 }, { -50, -23 }, { -45, -27 },
		  { 28, -27 }, { 46, -22 }, { 50, -16 }, { 50, -8 });
	pen_line(p, colour_shade(a->paint, 60), -5, -26, -5, -9, 1);
	pen_box(p, 0x3a3c42, -50, -10, 50, -7);
	wheel(p, -30, 10);
	wheel(p, 30, 10);
	lamp.glow = night;
	pen_ellipse(&lamp, 0xfff4c0, 47, -18, 3, 3);
	pen_ellipse(&lamp, 0xe02820, -48, -19, 2, 3);
}

static void paint_bike(const struct pen *p, const struct actor *a)
{
	enum { R = 24, THICK = 5 };

	for (int side = -1; side <= 1; side += 2) {
		pen_ring(p, dark, side * 28, -R, R, 5);
		for (int i = 0; i < 2; i++)
			pen_line(p, 0x84888e, side * 28 - 14 + 4 * i,
				 -R - 12 + 24 * i, side * 28 + 14 - 4 * i,
				 -R + 12 - 24 * i, 1);
	}
	pen_line(p, a->paint, -28, -R, -4, -R, THICK);
	pen_line(p, a->paint, -4, -R, -12, -54, THICK);
	pen_line(p, a->paint, -28, -R, -11, -50, THICK);
	pen_line(p, a->paint, -11, -50, 18, -52, THICK);
	pen_line(p, a->paint, -4, -R, 18, -52, THICK);
	pen_line(p, a->paint, 28, -R, 16, -64, THICK);
	pen_line(p, dark, -22, -57, -4, -57, 6);
	pen_line(p, dark, 12, -66, 28, -68, 5);
	pen_ellipse(p, 0x54585e, -4, -R, 6, 6);
	if (a->look % 3 == 0) {			/* a basket */
		pen_box(p, 0xa47840, 22, -64, 42, -48);
		pen_line(p, 0x7c5828, 22, -56, 42, -56, 2);
	}
}

static void paint_sails(const struct pen *p, const struct actor *a)
{
	pen_line(p, 0x6a4a30, 0, -16, 0, -100, 4);
	PEN_SHAPE(p, 0xf4f2ea, { 3, -98 }, { 3, -28 }, { 42, -28 },
		  { 28, -58 });
	PEN_SHAPE(p, a->look & 64 ? a->second : 0xe8e4da, { -4, -90 },
		  { -4, -28 }, { -36, -28 });
}

static void paint_cabin(const struct pen *p)
{
	pen_box(p, 0xf0eee8, -34, -42, 2, -18);
	pen_box(p, 0xd8d4cc, -37, -46, 5, -41);
	for (int i = 0; i < 2; i++)
		pen_box(p, 0x4c6c88, -29 + 16 * i, -37, -19 + 16 * i, -27);
	pen_box(p, 0xc03c30, -22, -60, -12, -46);
}

/* Head and shoulders of a man who sits in the boat. */
static void paint_sailor(const struct pen *p, const struct actor *a)
{
	static const uint32_t skins[3] = { 0xf0c8a0, 0xc08858, 0x7a4c30 };
	uint32_t skin = skins[a->look >> 4 & 1 ? a->look >> 5 & 1 ? 2 : 1 : 0];

	PEN_SHAPE(p, a->second, { 14, -14 }, { 12, -42 }, { 19, -48 },
		  { 33, -48 }, { 40, -42 }, { 38, -14 });
	pen_ellipse(p, skin, 26, -58, 10, 11);
	PEN_SHAPE(p, 0x2c2420, { 15, -60 }, { 17, -70 }, { 26, -73 },
		  { 35, -70 }, { 37, -60 });
	pen_line(p, skin, 15, -38, 2, -26, 6);
	if (a->look & 128)
		pen_line(p, 0x8a6038, -8, -34, 4, 2, 4);
}

static void paint_boat(const struct pen *p, const struct actor *a)
{
	struct pen wave = *p;

	if (a->with == MAN) {
		struct pen near = *p;

		near.size = p->size * 115 / 100;
		paint_sailor(&near, a);
		if (a->look % 2)
			pen_line(p, 0x6a4a30, -24, -12, -24, -70, 4);
		if (a->look % 2)
			PEN_SHAPE(p, 0xf4f2ea, { -26, -70 }, { -26, -24 },
				  { -50, -24 });
	} else if (a->look % 3) {
		paint_sails(p, a);
	} else {
		paint_cabin(p);
	}
	PEN_SHAPE(p, a->paint, { -52, -20 }, { 54, -20 }, { 40, 2 },
		  { -38, 2 });
	PEN_SHAPE(p, colour_mix(a->paint, 0xffffff, 150), { -52, -20 },
		  { 54, -20 }, { 52, -15 }, { -49, -15 });
	wave.alpha = 170;
	PEN_SHAPE(&wave, 0xd4e6f0, { -58, 4 }, { -38, -1 }, { 0, 1 },
		  { 40, -1 }, { 60, 4 }, { 0, 8 });
}

void paint_vehicle(const struct pen *p, const struct actor *a, int night)
{
	if (a->kind == CAR)
		paint_car(p, a, night);
	else if (a->kind == BIKE)
		paint_bike(p, a);
	else
		paint_boat(p, a);
}

/* ---- food ---------------------------------------------------------------- */

static void plate(const struct pen *p, int r)
{
	pen_ellipse(p, 0xc8c8cc, 0, -2, r, r / 5);
	pen_ellipse(p, 0xf6f6f8, 0, -5, r, r / 5);
}

static void paint_cake(const struct pen *p, const struct actor *a)
{
	static const uint32_t creams[3] = { 0xf8e8ec, 0xf4a8c0, 0xfaf0c8 };
	int chocolate = a->with == CHOCOLATE;
	uint32_t cream = chocolate ? 0x4a2614 : creams[a->look % 3];
	uint32_t dough = chocolate ? 0x6e3c20 : 0xe4b878;

	plate(p, 56);
	pen_box(p, dough, -40, -38, 40, -8);
	pen_ellipse(p, dough, 0, -9, 40, 7);
	pen_box(p, chocolate ? 0xe8d0b0 : cream, -40, -25, 40, -20);
	pen_box(p, cream, -40, -52, 40, -36);
	for (int i = 0; i < 5; i++)		/* icing runs down */
		pen_ellipse(p, cream, -32 + 16 * i, -35, 8,
			    5 + (int)(a->look >> (8 + 2 * i) & 3) * 2);
	pen_ellipse(p, colour_shade(cream, chocolate ? 125 : 106), 0, -52, 40,
		    9);
	for (int i = -1; i <= 1; i++) {
		if (a->look & 64) {
			pen_box(p, 0x4080d0, i * 20 - 2, -76, i * 20 + 2, -54);
			pen_ellipse(p, 0xffc030, i * 20, -81, 3, 6);
		} else {
			pen_ellipse(p, 0xd02038, i * 20, -58, 7, 7);
		}
	}
}

static void paint_pizza(const struct pen *p, const struct actor *a)
{
	static const signed char spot[8][2] = {
		{ -24, -50 }, { 4, -60 }, { 28, -46 }, { -32, -28 },
		{ -4, -36 }, { 22, -22 }, { -12, -14 }, { 38, -32 }
	};

	pen_ellipse(p, 0xd4d4d8, 0, -34, 56, 38);
	pen_ellipse(p, 0xb87434, 0, -37, 52, 36);
	pen_ellipse(p, 0xc83c20, 0, -37, 45, 30);
	pen_ellipse(p, 0xf4c850, 0, -37, 42, 28);
	for (int i = 0; i < 8; i++) {
		if (a->look >> (8 + i) & 1)
			pen_ellipse(p, 0xb02c1c, spot[i][0], spot[i][1] + 2, 8,
				    6);
		else if (a->look >> (16 + i) & 1)
			pen_ellipse(p, 0x3c8430, spot[i][0], spot[i][1], 6, 4);
		else
			pen_ellipse(p, 0xc03422, spot[i][0], spot[i][1], 7, 6);
	}
	pen_line(p, 0xa86c28, -48, -37, 48, -37, 1);
	pen_line(p, 0xa86c28, -28, -62, 28, -12, 1);
	pen_line(p, 0xa86c28, 28, -62, -28, -12, 1);
}

static void paint_icecream(const struct pen *p, const struct actor *a)
{
	static const uint32_t scoops[6] = {
		0xf49ab8, 0xfaf2dc, 0x6c4028, 0xa8dcb0, 0xf8c860, 0xc88ad0
	};
	int n = 1 + (int)(a->look % 3), wide = n == 2 ? 13 : 0;

	PEN_SHAPE(p, 0xd89848, { 0, 0 }, { -17, -46 }, { 17, -46 });
	for (int i = 0; i < 3; i++) {
		pen_line(p, 0xa86c28, -13 + 5 * i, -42 + 13 * i, 8 - i * 2,
			 -22 + 8 * i, 1);
		pen_line(p, 0xa86c28, 13 - 5 * i, -42 + 13 * i, -8 + i * 2,
			 -22 + 8 * i, 1);
	}
	for (int i = 0; i < n; i++) {
		int x = n == 1 ? 0 : i == 0 ? -12 : i == 1 ? 12 : 0;
		int y = n == 1 ? -58 : i == 2 ? -78 : -57;

		pen_ellipse(p, scoops[(a->look >> (8 + 3 * i)) % 6], x, y,
			    n == 1 ? 22 : 17, n == 1 ? 21 : 17);
		pen_ellipse(p, 0xfcf8f4, x - 6, y - 7, 4, 3);
	}
	pen_box(p, 0xc08038, -19 - wide / 6, -48, 19 + wide / 6, -43);
}

static void paint_wine(const struct pen *p, const struct actor *a)
{
	uint32_t wine = a->look % 3 ? 0x8a1030 : 0xe8d070;

	if (a->look & 64) {			/* the bottle behind it */
		pen_box(p, 0x1c3c24, 12, -74, 32, -2);
		PEN_SHAPE(p, 0x1c3c24, { 12, -73 }, { 18, -84 }, { 26, -84 },
			  { 32, -73 });
		pen_box(p, 0x1c3c24, 18, -100, 26, -83);
		pen_box(p, 0xf0e8d4, 13, -52, 31, -28);
	}
	pen_ellipse(p, 0xdce6ec, -8, -3, 16, 4);
	pen_box(p, 0xd0dce4, -10, -36, -6, -3);
	PEN_SHAPE(p, 0xdce8f0, { -26, -80 }, { 10, -80 }, { 11, -58 },
		  { 4, -42 }, { -8, -35 }, { -20, -42 }, { -27, -58 });
	PEN_SHAPE(p, wine, { -25, -66 }, { 9, -66 }, { 9, -57 }, { 3, -43 },
		  { -8, -37 }, { -19, -43 }, { -25, -57 });
	pen_ellipse(p, colour_shade(wine, 130), -8, -66, 17, 3);
}

static void paint_coffee(const struct pen *p, const struct actor *a)
{
	struct pen steam = *p;

	plate(p, 52);
	pen_ring(p, 0xf0ece6, 36, -32, 14, 6);
	PEN_SHAPE(p, a->look & 1 ? 0xf4f2ee : a->paint, { -36, -54 },
		  { 36, -54 }, { 28, -10 }, { 16, -4 }, { -16, -4 },
		  { -28, -10 });
	pen_ellipse(p, 0xe4e0da, 0, -54, 36, 9);
	pen_ellipse(p, 0x4c2c18, 0, -53, 31, 7);
	steam.alpha = 130;
	for (int i = -1; i <= 1; i++) {
		pen_line(&steam, 0xf8f8f8, i * 14, -64, i * 14 + 6, -76, 4);
		pen_line(&steam, 0xf8f8f8, i * 14 + 6, -76, i * 14, -90, 4);
	}
}

static void paint_chocolate(const struct pen *p)
{
	PEN_SHAPE(p, 0x4a2614, { -44, -4 }, { 44, -4 }, { 36, -60 },
		  { -36, -60 });
	for (int y = 0; y < 3; y++)
		for (int x = -2; x < 2; x++)
			PEN_SHAPE(p, 0x743e20, { x * 20 + 2, -9 - y * 18 },
				  { x * 20 + 18, -9 - y * 18 },
				  { x * 20 + 17, -21 - y * 18 },
				  { x * 20 + 3, -21 - y * 18 });
	PEN_SHAPE(p, 0xc03040, { -47, -2 }, { 47, -2 }, { 44, -20 },
		  { -44, -20 });
}

/* ---- other things -------------------------------------------------------- */

void paint_umbrella(const struct pen *p, const struct actor *a)
{
	uint32_t other = a->look & 32 ? 0xf6f4ee : colour_shade(a->paint, 78);

	pen_line(p, 0x4a4038, 0, -62, 0, 0, 4);
	for (int i = 0; i < 5; i++) {
		static const struct point rim[6] = {
			{ -46, -62 }, { -30, -58 }, { -10, -56 }, { 10, -56 },
			{ 30, -58 }, { 46, -62 }
		};
		static const struct point dome[6] = {
			{ -40, -80 }, { -24, -92 }, { -8, -97 }, { 8, -97 },
			{ 24, -92 }, { 40, -80 }
		};

		PEN_SHAPE(p, i % 2 ? other : a->paint, rim[i], dome[i],
			  { 0, -101 }, dome[i + 1], rim[i + 1]);
	}
	pen_line(p, 0x4a4038, 0, -107, 0, -99, 3);
}

void paint_bag(const struct pen *p, uint32_t colour)
{
	pen_ring(p, colour_shade(colour, 66), 0, -62, 24, 7);
	PEN_SHAPE(p, colour, { -42, -2 }, { -36, -62 }, { 36, -62 },
		  { 42, -2 });
	PEN_SHAPE(p, colour_shade(colour, 74), { -37, -62 }, { 37, -62 },
		  { 30, -38 }, { -30, -38 });
	pen_ellipse(p, 0xf0d060, 0, -38, 6, 6);
}

static void paint_kite(const struct pen *p, const struct actor *a)
{
	PEN_SHAPE(p, a->paint, { 0, -100 }, { 32, -64 }, { 0, -64 });
	PEN_SHAPE(p, a->second, { 0, -100 }, { -32, -64 }, { 0, -64 });
	PEN_SHAPE(p, a->second, { 0, -12 }, { 32, -64 }, { 0, -64 });
	PEN_SHAPE(p, a->paint, { 0, -12 }, { -32, -64 }, { 0, -64 });
	pen_line(p, 0x403c3c, 0, -12, 14, 10, 2);
	pen_line(p, 0x403c3c, 14, 10, 4, 34, 2);
	for (int i = 0; i < 2; i++)
		pen_ellipse(p, a->paint, 14 - 9 * i, 10 + 20 * i, 7, 4);
}

static void paint_balloon(const struct pen *p, const struct actor *a)
{
	pen_line(p, 0x5a4634, -14, -36, -7, -14, 2);
	pen_line(p, 0x5a4634, 14, -36, 7, -14, 2);
	pen_ellipse(p, a->paint, 0, -66, 36, 35);
	PEN_SHAPE(p, a->paint, { -33, -52 }, { 33, -52 }, { 12, -28 },
		  { -12, -28 });
	pen_ellipse(p, a->second, 0, -66, 14, 35);
	PEN_SHAPE(p, a->second, { -12, -50 }, { 12, -50 }, { 5, -28 },
		  { -5, -28 });
	pen_box(p, 0x8a5c30, -10, -16, 10, -2);
}

static void paint_held(const struct pen *p, const struct actor *a)
{
	static const uint32_t skins[3] = { 0xf0c8a0, 0xc08858, 0x7a4c30 };
	uint32_t skin = skins[(a->look >> 30) % 3];

	paint_icecream(p, a);
	PEN_SHAPE(p, skin, { -16, 22 }, { -15, -14 }, { -8, -22 }, { 11, -22 },
		  { 17, -12 }, { 14, 22 });
	for (int i = 0; i < 3; i++)
		pen_line(p, colour_shade(skin, 78), -6, -15 + 8 * i, 12,
			 -15 + 8 * i, 2);
}

void paint_object(const struct pen *p, const struct actor *a)
{
	switch (a->kind) {
	case CAKE:
		paint_cake(p, a);
		break;
	case PIZZA:
		paint_pizza(p, a);
		break;
	case ICECREAM:
		if (a->look & 1u << 29)
			paint_held(p, a);
		else
			paint_icecream(p, a);
		break;
	case WINE:
		paint_wine(p, a);
		break;
	case COFFEE:
		paint_coffee(p, a);
		break;
	case CHOCOLATE:
		paint_chocolate(p);
		break;
	case UMBRELLA:
		paint_umbrella(p, a);
		break;
	case BAG:
		paint_bag(p, a->paint);
		break;
	case KITE:
		paint_kite(p, a);
		break;
	case BALLOON:
		paint_balloon(p, a);
		break;
	default:
		bug("no picture of thing %d", (int)a->kind);
	}
}
