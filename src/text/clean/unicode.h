/* unicode.h - what a code point is, and its small letter. */
#ifndef UNICODE_H
#define UNICODE_H

#include "base/base.h"

enum unicode_class {
	UNICODE_PARTING,	/* ends a word */
	UNICODE_WORD,		/* letter, digit or mark */
	UNICODE_IDEOGRAPH,	/* Han and kana: words are pairs of them */
	UNICODE_EMOJI,
	UNICODE_JOINING,	/* apostrophe or hyphen: goes, inside a word */
	UNICODE_INVISIBLE,	/* goes without a trace */
};

enum unicode_class unicode_class(uint32_t code);
uint32_t unicode_lower(uint32_t code);

#endif
