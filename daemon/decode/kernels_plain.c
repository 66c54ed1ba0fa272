#include "v16_plain.h"

#include "kernels_body.h"
#include "kernels_matrix.h"
#include "kernels_scan.h"

const struct kernels_set kernels_plain = {
	"plain", dot, each_exp, each_silu, each_softplus, layer_norm, matrix, sparse, conv4, scan,
};
