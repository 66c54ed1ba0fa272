#include "v16_plain.h"

#include "kernels_body.h"
#include "kernels_matrix.h"
#include "kernels_scan.h"
#include "kernels_cells.h"

const struct kernels_set kernels_plain = KERNELS_SET("plain");
