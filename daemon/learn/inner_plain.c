#ifdef LEARN_DOUBLE
#include "v16_double.h"
#define NAME "double"
#else
#include "v16_plain.h"
#include "v16_math.h"
#define NAME "plain"
#endif

#include "inner_body.h"
#include "inner_scan.h"
#include "inner_cells.h"

const struct inner_set inner_plain = INNER_SET(NAME);
