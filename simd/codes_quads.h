/* codes_quads.h - what both tables of NEON share: codes, floats, bounds. */
typedef struct { int32x4_t q0, q1, q2, q3; } sums16;
typedef struct { int8x16_t q0, q1, q2, q3; } bytes16;

static inline sums16 c_start(int32_t sum)
{
	int32x4_t zero = vdupq_n_s32(0);

	(void)sum;
	return (sums16){ zero, zero, zero, zero };
}

static inline int8x16_t c_signed(const unsigned char *p)
{
	return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(p), vdupq_n_u8(0x80)));
}

static inline bytes16 c_load(const unsigned char *p)
{
	return (bytes16){ c_signed(p), c_signed(p + 16), c_signed(p + 32),
			  c_signed(p + 48) };
}

static inline sums16 c_dot(sums16 s, bytes16 b, const int8_t *q)
{
	int32_t four;
	int8x16_t all;

	memcpy(&four, q, sizeof(four));
	all = vreinterpretq_s8_s32(vdupq_n_s32(four));
	return (sums16){ c_products(s.q0, b.q0, all),
			 c_products(s.q1, b.q1, all),
			 c_products(s.q2, b.q2, all),
			 c_products(s.q3, b.q3, all) };
}

static inline vec16 c_floats(sums16 s)
{
	return (vec16){ vcvtq_f32_s32(s.q0), vcvtq_f32_s32(s.q1),
			vcvtq_f32_s32(s.q2), vcvtq_f32_s32(s.q3) };
}

/* The four bits of a quarter. */
static inline unsigned c_below(float32x4_t v, float32x4_t x)
{
	static const uint32_t bits[4] = { 1, 2, 4, 8 };

	return vaddvq_u32(vandq_u32(vcltq_f32(v, x), vld1q_u32(bits)));
}

static inline unsigned c_reach(vec16 v, float x)
{
	float32x4_t all = vdupq_n_f32(x);
	unsigned below = c_below(v.q0, all) | c_below(v.q1, all) << 4 |
			 c_below(v.q2, all) << 8 | c_below(v.q3, all) << 12;

	return ~below & 0xFFFFu;
}
