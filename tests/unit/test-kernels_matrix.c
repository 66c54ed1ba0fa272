#include "kernels_case.h"

#define MAX_N 39

struct matrix {
	int n, rows, cols, ld_x, ld_y;
	struct numbers W, packed, x, init, y;
};

static struct matrix matrix(int n, int rows, int cols, int offset)
{
	int padded = kernel_padded(rows);
	struct matrix m = {n,
			   rows,
			   cols,
			   cols + 3,
			   padded + 5,
			   numbers(rows * cols, 0, 1),
			   numbers((int)kernel_packed_size(rows, cols), offset, 2),
			   numbers(n * (cols + 3), offset, 3),
			   numbers(n * padded, offset, 4),
			   numbers(n * (padded + 5), offset, 5)};
	kernel_pack(m.packed.x, m.W.x, rows, cols);
	return m;
}

static void matrix_free(struct matrix *m)
{
	free(m->W.memory);
	free(m->packed.memory);
	free(m->x.memory);
	free(m->init.memory);
	free(m->y.memory);
}

static void expect_product(const struct matrix *m, const float *init, int ld_init, const char *name)
{
	for (int r = 0; r < m->n; r++)
		for (int o = 0; o < m->rows; o++) {
			double magnitude, first = init ? (double)init[r * ld_init + o] : 0;
			double should =
				dot_twin(m->W.x + o * m->cols, m->x.x + r * m->ld_x, m->cols, &magnitude) +
				first;
			double is = (double)m->y.x[r * m->ld_y + o];
			cr_expect(fabs(is - should) <= 2e-6 * (magnitude + fabs(first)),
				  "%s, %d rows of %d x %d: %g, not %g", name, m->n, m->rows, m->cols, is,
				  should);
		}
}

FOR_EACH_SET(kernels_matrix, matrix_equals_its_twin)
{
	static const int sizes[][2] = {{1, 1},   {5, 0},  {16, 7}, {17, 3},
				       {40, 33}, {63, 5}, {64, 8}, {200, 65}};
	const struct kernels_set *set = set_named(c->name);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		for (int n = 1; n <= MAX_N; n += n < 14 ? 1 : 5) {
			struct matrix m = matrix(n, sizes[i][0], sizes[i][1], c->offset);
			int ld_init = kernel_padded(m.rows);
			set->matrix(m.y.x, m.ld_y, m.packed.x, NULL, 0, m.x.x, m.ld_x, n, m.rows, m.cols);
			expect_product(&m, NULL, 0, c->name);
			set->matrix(m.y.x, m.ld_y, m.packed.x, m.init.x, ld_init, m.x.x, m.ld_x, n, m.rows,
				    m.cols);
			expect_product(&m, m.init.x, ld_init, c->name);
			set->matrix(m.y.x, m.ld_y, m.packed.x, m.init.x, 0, m.x.x, m.ld_x, n, m.rows, m.cols);
			expect_product(&m, m.init.x, 0, c->name);
			matrix_free(&m);
		}
}

FOR_EACH_SET(kernels_matrix, matrix_adds_to_its_output)
{
	const struct kernels_set *set = set_named(c->name);
	for (int n = 1; n < 9; n++) {
		struct matrix m = matrix(n, 70, 20, c->offset), twin = matrix(n, 70, 20, 0);
		set->matrix(m.y.x, m.ld_y, m.packed.x, m.y.x, m.ld_y, m.x.x, m.ld_x, n, m.rows, m.cols);
		expect_product(&m, twin.y.x, twin.ld_y, c->name);
		matrix_free(&m);
		matrix_free(&twin);
	}
}

FOR_EACH_SET(kernels_matrix, rows_do_not_depend_on_companions)
{
	const struct kernels_set *set = set_named(c->name);
	struct matrix all = matrix(MAX_N, 200, 77, c->offset), some = matrix(MAX_N, 200, 77, c->offset);
	size_t row = 200 * sizeof(float);
	set->matrix(all.y.x, all.ld_y, all.packed.x, NULL, 0, all.x.x, all.ld_x, MAX_N, 200, 77);
	for (int n = 1; n < MAX_N; n++) {
		int first = (n * 7) % (MAX_N - n + 1);
		set->matrix(some.y.x, some.ld_y, some.packed.x, NULL, 0, some.x.x + first * some.ld_x,
			    some.ld_x, n, 200, 77);
		for (int r = 0; r < n; r++)
			cr_expect(memcmp(some.y.x + r * some.ld_y, all.y.x + (first + r) * all.ld_y, row) ==
					  0,
				  "%s, row %d of %d", c->name, r, n);
	}
	matrix_free(&all);
	matrix_free(&some);
}

FOR_EACH_SET(kernels_matrix, sparse_equals_dense)
{
	const struct kernels_set *set = set_named(c->name);
	for (int rows = 1; rows < 140; rows += 23) {
		struct matrix m = matrix(1, rows, 50, c->offset);
		struct numbers y = numbers(kernel_padded(rows), 0, 6);
		int index[50], n = 0;
		float value[50];
		for (int i = 0; i < 50; i++)
			if (i % 3 == 0) {
				index[n] = i;
				value[n++] = m.x.x[i];
			} else {
				m.x.x[i] = 0;
			}
		set->matrix(m.y.x, m.ld_y, m.packed.x, m.init.x, 0, m.x.x, m.ld_x, 1, rows, 50);
		set->sparse(y.x, m.packed.x, m.init.x, index, value, n, rows, 50);
		cr_expect(memcmp(y.x, m.y.x, (size_t)rows * sizeof(float)) == 0, "%s, %d rows", c->name,
			  rows);
		free(y.memory);
		matrix_free(&m);
	}
}

Test(kernels_matrix, of_avx2_and_avx512_gives_the_same_bits)
{
	const struct kernels_set *a = set_named("avx2"), *b = set_named("avx512");
	struct matrix ma = matrix(10, 200, 77, 0), mb = matrix(10, 200, 77, 0);
	for (int n = 1; n <= 10; n++) {
		a->matrix(ma.y.x, ma.ld_y, ma.packed.x, NULL, 0, ma.x.x, ma.ld_x, n, 200, 77);
		b->matrix(mb.y.x, mb.ld_y, mb.packed.x, NULL, 0, mb.x.x, mb.ld_x, n, 200, 77);
		cr_expect(memcmp(ma.y.x, mb.y.x, (size_t)(n * ma.ld_y) * sizeof(float)) == 0, "%d rows", n);
	}
	matrix_free(&ma);
	matrix_free(&mb);
}
