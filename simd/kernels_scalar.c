/* kernels_scalar.c - the kernels in plain C, for any machine. */
#define ISA scalar
#define ISA_NAME "scalar"
#define TILE_ROWS 4
#define TILE_VECTORS 1
#define TILE_DEPTH 256
#include "vec_scalar.h"
#include "template.h"
