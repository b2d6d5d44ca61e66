/*
 * world_words.c - captions of the small world, as careless as people's.
 *
 * What can be seen is named with the chances below; some words are other words
 * for it, another language's, mistyped, run together into one hashtag, or
 * plainly wrong; chatter is around all of it, and now and then nothing else.
 */
#include "world/world.h"

#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "world/world_paint.h"

enum {				/* percent */
	ONLY_CHATTER = 4,
	NAME_THING = 78,
	NAME_PLACE = 74,
	NAME_LIGHT = 78,
	NAME_COLOUR = 62,
	NAME_BACKGROUND = 28,	/* the sea behind a beach, trees, clouds */
	WRONG = 5,		/* a word for what is not there */
	OTHER_WORD = 14,
	TYPO = 3,
	RUN_TOGETHER = 7,
	PICTOGRAM = 16,
	PIECES_MAX = 9,
	WORD_MAX = 40,
};

static const struct {
	const char *other[3];		/* also said for it; "" ends */
	const char *sign;
} say[CONCEPTS] = {
	[BEACH] = { { "seaside", "playa", "shore" }, "🏖" },
	[PARK] = { { "gardens", "parque", "" }, "🌳" },
	[SKYLINE] = { { "city", "downtown", "cityscape" }, "🏙" },
	[MOUNTAIN] = { { "mountains", "montaña", "alps" }, "🏔" },
	[SEA] = { { "ocean", "mar", "water" }, "🌊" },
	[FOREST] = { { "woods", "bosque", "" }, "🌲" },
	[STREET] = { { "road", "calle", "streetphotography" }, "" },
	[FIELD] = { { "countryside", "meadow", "campo" }, "🌾" },
	[TABLE] = { { "food", "foodporn", "yummy" }, "😋" },
	[SUNRISE] = { { "dawn", "amanecer", "goldenhour" }, "🌅" },
	[NIGHT] = { { "midnight", "noche", "nightlife" }, "🌙" },
	[RAIN] = { { "rainy", "lluvia", "wet" }, "🌧" },
	[SNOW] = { { "winter", "nieve", "snowy" }, "❄" },
	[CLOUDS] = { { "cloudy", "sky", "nubes" }, "☁" },
	[WOMAN] = { { "girl", "lady", "mujer" }, "👩" },
	[MAN] = { { "guy", "hombre", "boy" }, "👨" },
	[KID] = { { "child", "niño", "baby" }, "👶" },
	[DOG] = { { "puppy", "perro", "doggo" }, "🐶" },
	[CAT] = { { "kitty", "gato", "catsofinstagram" }, "🐱" },
	[CAR] = { { "automobile", "coche", "ride" }, "🚗" },
	[BIKE] = { { "bicycle", "bici", "cycling" }, "🚲" },
	[BOAT] = { { "sailing", "barco", "yacht" }, "⛵" },
	[UMBRELLA] = { { "paraguas", "parasol", "" }, "☂" },
	[BAG] = { { "handbag", "bolso", "purse" }, "👜" },
	[SKI] = { { "skiing", "esqui", "slopes" }, "🎿" },
	[HOUSE] = { { "home", "casa", "cottage" }, "🏠" },
	[TREE] = { { "trees", "arbol", "nature" }, "🌳" },
	[KITE] = { { "kites", "cometa", "" }, "🪁" },
	[BALLOON] = { { "hotairballoon", "globo", "" }, "🎈" },
	[CAKE] = { { "dessert", "tarta", "birthdaycake" }, "🎂" },
	[PIZZA] = { { "pizzatime", "margherita", "" }, "🍕" },
	[ICECREAM] = { { "ice cream", "gelato", "helado" }, "🍦" },
	[WINE] = { { "vino", "redwine", "drinks" }, "🍷" },
	[COFFEE] = { { "latte", "cafe", "espresso" }, "☕" },
	[CHOCOLATE] = { { "choco", "cocoa", "" }, "🍫" },
	[RED] = { { "rojo", "", "" }, "" },
	[YELLOW] = { { "amarillo", "", "" }, "" },
	[BLUE] = { { "azul", "", "" }, "" },
	[GREEN] = { { "verde", "", "" }, "" },
	[WHITE] = { { "blanco", "", "" }, "" },
	[BLACK] = { { "negro", "", "" }, "" },
};

static const char *const chatter[] = {
	"so happy today", "love this", "weekend vibes", "best day ever",
	"good times", "cannot wait for tomorrow", "what a view",
	"feeling blessed", "miss this so much", "take me back",
	"just another monday", "finally friday", "life is good",
	"no words needed", "who else is ready", "me right now",
	"making memories", "throwback to last week", "hello from here",
	"on my way", "this is everything", "living my best life",
	"thanks to everyone", "ready for the weekend", "my favourite",
	"perfect moment",
};

static const char *const tags[] = {
	"nofilter", "tbt", "instagood", "love", "photooftheday", "happy",
	"picoftheday", "vibes", "instadaily", "followme", "amazing", "fun",
	"travel", "style", "life", "weekend", "like4like", "beautiful", "mood",
	"instamood", "goodvibes", "friends", "repost", "smile", "😍", "❤", "✨",
	"🙌", "😂",
};

static const char *const tails[] = {
	"life", "love", "time", "lovers", "day", "vibes", "gram",
};

struct piece {
	enum concept colour, concept;	/* colour may be NOTHING */
};

struct writer {
	struct buf *out;
	size_t start;			/* where this caption starts in it */
	struct dice dice;
	int pieces;
	struct piece piece[PIECES_MAX];
	struct error *e;
};

static const char *pick(struct dice *d, const char *const *list, size_t n)
{
	return list[dice_range(d, 0, (int)n - 1)];
}
#define PICK(d, list) pick(d, list, ARRAY_LEN(list))

/* ---- what is named ------------------------------------------------------- */

static void piece_add(struct writer *w, enum concept colour,
		      enum concept concept)
{
	if (w->pieces < PIECES_MAX)
		w->piece[w->pieces++] = (struct piece){ colour, concept };
	if (w->pieces < PIECES_MAX && dice_chance(&w->dice, WRONG))
		w->piece[w->pieces++] = (struct piece){ NOTHING,
			(enum concept)dice_range(&w->dice, 0, BLACK) };
}

static void actor_name(struct writer *w, const struct actor *a)
{
	struct dice *d = &w->dice;
	enum concept colour = a->colour, other = colour;
	int carried = a->with == UMBRELLA || a->with == BAG;

	if (colour != NOTHING && !dice_chance(d, NAME_COLOUR))
		colour = other = NOTHING;
	if (dice_chance(d, NAME_THING))
		piece_add(w, carried ? NOTHING : colour, a->kind);
	if (a->with == NOTHING || !dice_chance(d, NAME_THING))
		return;
	if (a->kind == CAKE && w->pieces &&
	    w->piece[w->pieces - 1].concept == CAKE)
		w->piece[w->pieces - 1].colour = CHOCOLATE;
	else
		piece_add(w, carried ? other : NOTHING, a->with);
}

static void scene_name(struct writer *w, const struct plan *p)
{
	static const unsigned char lights[4] = { SUNRISE, NIGHT, RAIN, SNOW };
	static const unsigned char backgrounds[3] = { SEA, TREE, CLOUDS };
	struct dice *d = &w->dice;

	for (int i = 0; i < 4; i++)
		if (p->concepts >> lights[i] & 1 &&
		    dice_chance(d, NAME_LIGHT))
			piece_add(w, NOTHING, (enum concept)lights[i]);
	if (dice_chance(d, NAME_PLACE))
		piece_add(w, NOTHING, p->place);
	for (int i = 0; i < p->actors; i++)
		actor_name(w, &p->actor[i]);
	for (int i = 0; i < 3; i++)
		if (p->concepts >> backgrounds[i] & 1 &&
		    backgrounds[i] != p->place &&
		    dice_chance(d, NAME_BACKGROUND))
			piece_add(w, NOTHING, (enum concept)backgrounds[i]);
}

static void pieces_shuffle(struct writer *w)
{
	for (int i = w->pieces - 1; i > 0; i--) {
		int j = dice_range(&w->dice, 0, i);
		struct piece t = w->piece[i];

		w->piece[i] = w->piece[j];
		w->piece[j] = t;
	}
}

/* ---- how it is written --------------------------------------------------- */

static void put(struct writer *w, const char *text)
{
	const struct buf *b = w->out;
	int joined = b->bytes == w->start || b->data[b->bytes - 1] == '#';

	buf_addf(w->out, w->e, "%s%s", joined ? "" : " ", text);
}

static const char *word_of(struct writer *w, enum concept c)
{
	struct dice *d = &w->dice;

	if (dice_chance(d, OTHER_WORD)) {
		const char *other = PICK(d, say[c].other);

		if (*other)
			return other;
	}
	return world_word(c);
}

/* Two letters swapped or one left out; short and non-ASCII words stay. */
static void mistype(struct dice *d, char *word)
{
	int n = (int)strlen(word), at;

	for (int i = 0; i < n; i++)
		if (word[i] < 'a' || word[i] > 'z')
			return;
	if (n < 4)
		return;
	at = dice_range(d, 1, n - 2);
	if (dice_chance(d, 50)) {
		memmove(word + at, word + at + 1, (size_t)(n - at));
	} else {
		char t = word[at];

		word[at] = word[at + 1];
		word[at + 1] = t;
	}
}

static void put_word(struct writer *w, const char *word, int tag)
{
	char text[WORD_MAX];
	struct dice *d = &w->dice;

	snprintf(text, sizeof text, "%s", word);
	if (dice_chance(d, TYPO))
		mistype(d, text);
	if (tag && strchr(text, ' '))
		tag = 0;
	if (!tag && dice_chance(d, 10) && text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	if (tag) {
		put(w, "#");
		if (dice_chance(d, RUN_TOGETHER))
			snprintf(text + strlen(text),
				 sizeof text - strlen(text), "%s",
				 PICK(d, tails));
	}
	put(w, text);
}

static void put_piece(struct writer *w, const struct piece *p, int tag)
{
	struct dice *d = &w->dice;

	if (p->colour != NOTHING)
		put_word(w, word_of(w, p->colour), tag);
	put_word(w, word_of(w, p->concept), tag);
	if (*say[p->concept].sign && dice_chance(d, PICTOGRAM))
		put(w, say[p->concept].sign);
}

static void put_sentence(struct writer *w, int pieces)
{
	static const char *const joints[] = {
		"and", "with", "at the", "in the", "my", "a", "the", "&", "",
		"", "",
	};

	for (int i = 0; i < pieces; i++) {
		const char *joint = PICK(&w->dice, joints);

		if (*joint)
			put(w, joint);
		put_piece(w, &w->piece[i], 0);
	}
}

static void put_tags(struct writer *w, int from)
{
	struct dice *d = &w->dice;
	int more = dice_range(d, 0, 3);

	for (int i = from; i < w->pieces; i++)
		put_piece(w, &w->piece[i], 1);
	for (; more; more--) {
		const char *tag = PICK(d, tags);

		if (tag[0] >= 'a' && tag[0] <= 'z')
			put(w, "#");
		put(w, tag);
	}
}

int world_caption(struct buf *b, uint64_t seed, uint64_t i, struct error *e)
{
	struct writer w = {
		.out = b, .start = b->bytes, .e = e,
		.dice = { seed, rng_stream(RNG_WORLD, i, 1), 0 },
	};
	struct dice *d = &w.dice;
	struct plan p;
	int spoken;

	world_plan_make(&p, seed, i);
	if (!dice_chance(d, ONLY_CHATTER))
		scene_name(&w, &p);
	pieces_shuffle(&w);
	spoken = dice_range(d, 0, w.pieces);
	if (w.pieces < 2 || dice_chance(d, 40))
		put(&w, PICK(d, chatter));
	put_sentence(&w, spoken);
	if (dice_chance(d, 12))
		put(&w, PICK(d, chatter));
	put_tags(&w, spoken);
	return e->code;
}
