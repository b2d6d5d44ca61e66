/*
 * world_paint_figures.c - women, men, kids, dogs and cats.
 *
 * A figure is 100 high.  Women have long hair and a dress or skirt; men short
 * hair or a hat, a broad chest and trousers; kids are small with a big head.
 */
#include "world/world_paint.h"

static uint32_t skin_of(const struct actor *a)
{
	static const uint32_t skins[4] = {
		0xf4cca4, 0xe8b486, 0xb87c50, 0x7a4c30
	};

	return skins[a->look & 3];
}

static uint32_t hair_of(const struct actor *a)
{
	static const uint32_t hairs[4] = {
		0x2a2020, 0x5c3a20, 0xd8a848, 0x94401c
	};

	return hairs[a->look >> 2 & 3];
}

static void face(const struct pen *p, int y)
{
	pen_ellipse(p, 0x2c2420, -4, y, 1, 2);
	pen_ellipse(p, 0x2c2420, 4, y, 1, 2);
	pen_line(p, 0xa04838, -3, y + 6, 3, y + 6, 1);
}

static void paint_woman(const struct pen *p, const struct actor *a)
{
	uint32_t skin = skin_of(a), hair = hair_of(a);
	int wide = a->look & 16 ? 21 : 15;

	/* hair falls behind the shoulders */
	pen_ellipse(p, hair, 0, -89, 12, 12);
	PEN_SHAPE(p, hair, { -12, -90 }, { 12, -90 }, { 15, -62 },
		  { -15, -62 });
	pen_box(p, skin, -8, -34, -2, -1);
	pen_box(p, skin, 2, -34, 8, -1);
	pen_box(p, 0x3c2830, -10, -4, -1, 0);
	pen_box(p, 0x3c2830, 1, -4, 10, 0);
	pen_line(p, skin, -11, -70, -19, -44, 5);
	pen_line(p, skin, 11, -70, 19, -44, 5);
	PEN_SHAPE(p, a->second, { -11, -74 }, { 11, -74 }, { 7, -54 },
		  { wide, -24 }, { -wide, -24 }, { -7, -54 });
	pen_box(p, skin, -3, -79, 3, -73);
	pen_ellipse(p, skin, 0, -86, 8, 10);
	PEN_SHAPE(p, hair, { -10, -84 }, { -9, -96 }, { 0, -101 }, { 9, -96 },
		  { 10, -84 }, { 5, -94 }, { -3, -95 });
	face(p, -86);
}

static void man_hat(const struct pen *p, const struct actor *a)
{
	uint32_t hat = a->look & 64 ? 0x3c342c : 0xd8c490;

	pen_box(p, hat, -14, -95, 14, -91);
	pen_box(p, hat, -8, -104, 8, -93);
}

static void paint_man(const struct pen *p, const struct actor *a)
{
	static const uint32_t trousers[4] = {
		0x28324a, 0x3a3a3e, 0x6a5638, 0x3c5a84
	};
	uint32_t skin = skin_of(a), leg = trousers[a->look >> 7 & 3];
	uint32_t hair = hair_of(a);

	PEN_SHAPE(p, leg, { -12, -44 }, { 0, -44 }, { -2, -2 }, { -12, -2 });
	PEN_SHAPE(p, leg, { 0, -44 }, { 12, -44 }, { 12, -2 }, { 2, -2 });
	pen_box(p, 0x2c2420, -15, -4, -2, 0);
	pen_box(p, 0x2c2420, 2, -4, 15, 0);
	pen_line(p, a->second, -17, -72, -21, -52, 8);
	pen_line(p, a->second, 17, -72, 21, -52, 8);
	pen_line(p, skin, -21, -53, -21, -42, 6);
	pen_line(p, skin, 21, -53, 21, -42, 6);
	PEN_SHAPE(p, a->second, { -18, -76 }, { 18, -76 }, { 14, -42 },
		  { -14, -42 });
	pen_box(p, skin, -4, -80, 4, -75);
	pen_ellipse(p, skin, 0, -87, 9, 10);
	if (a->look & 32)
		PEN_SHAPE(p, hair, { -9, -86 }, { 9, -86 }, { 7, -77 },
			  { 0, -75 }, { -7, -77 });	/* beard */
	PEN_SHAPE(p, hair, { -10, -88 }, { -9, -96 }, { 0, -100 }, { 9, -96 },
		  { 10, -88 }, { 7, -93 }, { -7, -93 });
	if (a->look & 16)
		man_hat(p, a);
	face(p, -88);
}

static void paint_kid(const struct pen *p, const struct actor *a)
{
	uint32_t skin = skin_of(a), hair = hair_of(a);

	pen_box(p, skin, -12, -20, -3, -2);
	pen_box(p, skin, 3, -20, 12, -2);
	pen_box(p, 0xc04040, -15, -5, -1, 0);
	pen_box(p, 0xc04040, 1, -5, 15, 0);
	PEN_SHAPE(p, a->paint, { -14, -34 }, { 14, -34 }, { 14, -14 },
		  { 1, -14 }, { 0, -22 }, { -1, -14 }, { -14, -14 });
	pen_line(p, skin, -14, -50, -25, a->look & 16 ? -66 : -34, 7);
	pen_line(p, skin, 14, -50, 25, -34, 7);
	PEN_SHAPE(p, a->second, { -15, -56 }, { 15, -56 }, { 14, -32 },
		  { -14, -32 });
	pen_ellipse(p, skin, 0, -76, 21, 22);
	if (a->look & 32) {			/* pigtails */
		pen_ellipse(p, hair, -24, -76, 6, 10);
		pen_ellipse(p, hair, 24, -76, 6, 10);
	}
	PEN_SHAPE(p, a->look & 64 ? a->paint : hair, { -22, -78 }, { -19, -92 },
		  { -8, -100 }, { 8, -100 }, { 19, -92 }, { 22, -78 },
		  { 12, -87 }, { -12, -87 });
	pen_ellipse(p, 0x2c2420, -8, -74, 3, 3);
	pen_ellipse(p, 0x2c2420, 8, -74, 3, 3);
	pen_line(p, 0xb04838, -6, -64, 6, -64, 2);
}

static void paint_skis(const struct pen *p, const struct actor *a)
{
	uint32_t ski = a->paint;

	pen_line(p, ski, -44, 2, 40, 5, 5);
	pen_line(p, ski, 40, 5, 50, -3, 5);
	pen_line(p, colour_shade(ski, 80), -40, -4, 44, -2, 5);
	pen_line(p, colour_shade(ski, 80), 44, -2, 54, -9, 5);
	pen_line(p, 0x303238, 22, -46, 38, 4, 3);
	pen_line(p, 0x303238, -22, -46, -36, 4, 3);
}

/* A woolen hat with a bobble, for the cold. */
static void paint_cap(const struct pen *p, const struct actor *a)
{
	int kid = a->kind == KID, r = kid ? 22 : 11, y = kid ? -84 : -92;

	PEN_SHAPE(p, a->paint, { -r, y }, { -r * 3 / 4, y - r * 2 / 3 },
		  { 0, y - r }, { r * 3 / 4, y - r * 2 / 3 }, { r, y });
	pen_ellipse(p, 0xf4f0ea, 0, y - r - 1, r / 3, r / 3);
}

static void paint_carried(const struct pen *p, const struct actor *a)
{
	struct pen at = *p;
	int hand = a->kind == KID ? 25 : a->kind == MAN ? 21 : 19;
	int high = a->kind == KID ? 34 : 44;

	at.x += p->flip * hand * p->size / 100;
	if (a->with == BAG) {
		at.y -= (high - 38) * p->size / 100;
		at.size = p->size * 45 / 100;
		paint_bag(&at, a->paint);
		return;
	}
	at.x = p->x + p->flip * (hand - 4) * p->size / 100;
	at.y -= (high - 4) * p->size / 100;
	at.size = p->size * (a->kind == KID ? 92 : 82) / 100;
	paint_umbrella(&at, a);
}

void paint_figure(const struct pen *p, const struct actor *a)
{
	struct pen shadow = *p;

	shadow.alpha = 90;
	pen_ellipse(&shadow, 0x202428, 0, 0, 24, 4);
	if (a->with == SKI)
		paint_skis(p, a);
	if (a->kind == WOMAN)
		paint_woman(p, a);
	else if (a->kind == MAN)
		paint_man(p, a);
	else
		paint_kid(p, a);
	if (a->with == SKI)
		paint_cap(p, a);
	if (a->with == BAG || a->with == UMBRELLA)
		paint_carried(p, a);
}

/* ---- pets ---------------------------------------------------------------- */

static void paint_dog(const struct pen *p, const struct actor *a)
{
	static const uint32_t furs[5] = {
		0x8a5a2c, 0x3a3028, 0xd8b078, 0xf0ece4, 0xb47030
	};
	uint32_t fur = furs[a->look % 5], ear = colour_shade(fur, 66);

	for (int i = 0; i < 4; i++) {
		static const signed char leg[4] = { -32, -20, 14, 26 };

		pen_box(p, i % 2 ? fur : colour_shade(fur, 82), leg[i], -28,
			leg[i] + 10, 0);
	}
	pen_line(p, fur, -34, -48, -52, -72, 8);
	pen_ellipse(p, fur, -2, -42, 40, 20);
	if (a->look & 64)
		pen_ellipse(p, ear, -8, -50, 16, 11);
	PEN_SHAPE(p, fur, { 20, -36 }, { 22, -64 }, { 44, -64 }, { 40, -36 });
	pen_ellipse(p, fur, 38, -70, 20, 18);
	pen_ellipse(p, fur, 54, -64, 14, 9);
	pen_ellipse(p, 0x201c1c, 66, -67, 5, 4);
	PEN_SHAPE(p, ear, { 22, -84 }, { 34, -84 }, { 32, -54 }, { 22, -50 },
		  { 17, -60 });
	pen_ellipse(p, 0x201c1c, 44, -75, 3, 3);
	pen_line(p, 0xd03030, 24, -50, 44, -48, 5);
}

static void paint_cat(const struct pen *p, const struct actor *a)
{
	static const uint32_t furs[4] = {
		0x34302e, 0xd88838, 0x8c8c90, 0xf2eee8
	};
	uint32_t fur = furs[a->look % 4], line = colour_shade(fur, 72);

	pen_line(p, fur, 20, -8, 42, -14, 9);
	pen_line(p, fur, 41, -12, 46, -40, 9);
	PEN_SHAPE(p, fur, { -28, 0 }, { -26, -28 }, { -14, -56 }, { 14, -56 },
		  { 26, -28 }, { 28, 0 });
	for (int i = 0; i < 3; i++)
		pen_line(p, line, 12, -46 + 12 * i, 24 + i, -42 + 12 * i, 3);
	PEN_SHAPE(p, fur, { -24, -72 }, { -25, -100 }, { -6, -84 });
	PEN_SHAPE(p, fur, { 24, -72 }, { 25, -100 }, { 6, -84 });
	pen_ellipse(p, fur, 0, -70, 25, 20);
	pen_ellipse(p, 0xa8d048, -10, -72, 5, 5);
	pen_ellipse(p, 0xa8d048, 10, -72, 5, 5);
	pen_ellipse(p, 0x101010, -10, -72, 2, 4);
	pen_ellipse(p, 0x101010, 10, -72, 2, 4);
	pen_ellipse(p, 0xe08088, 0, -63, 3, 2);
	pen_ellipse(p, colour_shade(fur, 112), -10, -4, 8, 5);
	pen_ellipse(p, colour_shade(fur, 112), 10, -4, 8, 5);
}

void paint_pet(const struct pen *p, const struct actor *a)
{
	struct pen shadow = *p;

	shadow.alpha = 90;
	pen_ellipse(&shadow, 0x202428, 0, 0, 44, 6);
	if (a->kind == DOG)
		paint_dog(p, a);
	else
		paint_cat(p, a);
}
