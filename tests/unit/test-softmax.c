#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "softmax.h"

#define ROWS 700 /* more than a chunk */
#define P 3
#define CLASSES 3
#define WEIGHTS (CLASSES * (P + 1))

static float x[ROWS][P];
static int32_t label[ROWS];
static const struct softmax_rows rows = { x[0], label, ROWS, P, CLASSES };

static double noise(int i)
{
	double v = sin(i * 12.9898) * 43758.5453;
	return 2 * (v - floor(v)) - 1;
}

/* The label is the largest of x0, x1 and 0.3, but for some noise; x2 tells nothing. */
static void make_data(void)
{
	for (int i = 0; i < ROWS; i++) {
		for (int j = 0; j < P; j++)
			x[i][j] = (float)noise(i * P + j);
		double a = x[i][0] + 0.2 * noise(9000 + i), b = x[i][1] + 0.2 * noise(19000 + i);
		label[i] = a > b && a > 0.3 ? 0 : b > 0.3 ? 1 : 2;
	}
}

/* The same loss, naively and in double. */
static double loss(const double *w, double penalty)
{
	double sum = 0, square = 0;
	for (int i = 0; i < ROWS; i++) {
		double total = 0, own = 0;
		for (int c = 0; c < CLASSES; c++) {
			double logit = w[CLASSES * P + c];
			for (int j = 0; j < P; j++)
				logit += w[c * P + j] * x[i][j];
			total += exp(logit);
			if (c == label[i])
				own = logit;
		}
		sum += log(total) - own;
	}
	for (int i = 0; i < CLASSES * P; i++)
		square += w[i] * w[i];
	return (sum + penalty / 2 * square) / ROWS;
}

Test(softmax, minimises_the_penalised_loss)
{
	double w[WEIGHTS] = { 0 };
	make_data();
	cr_assert(eq(int, softmax_fit(&rows, 5, 1e-6, 200, w), 0));
	double least = loss(w, 5);
	for (int i = 0; i < WEIGHTS; i++)
		for (double step = -0.05; step < 0.1; step += 0.1) {
			double other[WEIGHTS];
			memcpy(other, w, sizeof(w));
			other[i] += step;
			cr_expect(gt(dbl, loss(other, 5), least), "weight %d, step %g", i, step);
		}
}

Test(softmax, learns_what_is_there)
{
	double w[WEIGHTS] = { 0 }, of_rows, accuracy;
	make_data();
	cr_assert(eq(int, softmax_fit(&rows, 0.1, 1e-6, 500, w), 0));
	cr_assert(eq(int, softmax_judge(&rows, w, &of_rows, &accuracy), 0));
	cr_expect(gt(dbl, accuracy, 0.85));
	cr_expect(lt(dbl, fabs(of_rows - loss(w, 0)), 1e-5));
	for (int c = 0; c < CLASSES; c++)
		cr_expect(lt(dbl, fabs(w[c * P + 2]), w[0] / 5), "x2 tells nothing");
}

Test(softmax, a_heavy_penalty_leaves_the_frequencies)
{
	double w[WEIGHTS] = { 0 }, n[CLASSES] = { 0 };
	make_data();
	for (int i = 0; i < ROWS; i++)
		n[label[i]]++;
	cr_assert(eq(int, softmax_fit(&rows, 1e7, 1e-6, 500, w), 0));
	const double *b = w + CLASSES * P;
	cr_expect(lt(dbl, fabs(b[0] - b[2] - log(n[0] / n[2])), 1e-3));
	cr_expect(lt(dbl, fabs(b[1] - b[2] - log(n[1] / n[2])), 1e-3));
}

/* Rows with nonsense in them, left out one by one, in runs and at both ends. */
Test(softmax, leaves_rows_out)
{
	double w[WEIGHTS] = { 0 }, again[WEIGHTS] = { 0 }, loss_of[2], accuracy[2];
	static float kept_x[ROWS][P];
	static int32_t kept[ROWS];
	struct softmax_rows few = { kept_x[0], kept, 0, P, CLASSES };
	make_data();
	for (int i = 0; i < ROWS; i++) {
		bool out = i < 20 || i % 7 == 3 || (i > 200 && i < 300) || i > 690;
		if (out) {
			label[i] = -1 - i % 2;
			x[i][0] = 1000;
			continue;
		}
		memcpy(kept_x[few.n_rows], x[i], sizeof(x[i]));
		kept[few.n_rows++] = label[i];
	}
	cr_assert(eq(int, softmax_fit(&rows, 5, 1e-7, 500, w), 0));
	cr_assert(eq(int, softmax_fit(&few, 5, 1e-7, 500, again), 0));
	for (int i = 0; i < WEIGHTS; i++)
		cr_expect(lt(dbl, fabs(w[i] - again[i]), 1e-3), "weight %d", i);
	cr_assert(eq(int, softmax_judge(&rows, w, &loss_of[0], &accuracy[0]), 0));
	cr_assert(eq(int, softmax_judge(&few, w, &loss_of[1], &accuracy[1]), 0));
	cr_expect(lt(dbl, fabs(loss_of[0] - loss_of[1]), 1e-6));
	cr_expect(eq(dbl, accuracy[0], accuracy[1]));
}

Test(softmax, gives_the_probabilities_of_all_rows)
{
	double w[WEIGHTS] = { 1, -2, 0.5, 0, 3, -1, 0.25, 0, 0, 0.5, -0.5, 100 };
	static float p[ROWS][CLASSES];
	make_data();
	label[7] = -1;
	cr_assert(eq(int, softmax_probabilities(&rows, w, p[0]), 0));
	for (int i = 0; i < ROWS; i++) {
		double each[CLASSES], sum = 0;
		for (int c = 0; c < CLASSES; c++) {
			each[c] = w[CLASSES * P + c] - 100;
			for (int j = 0; j < P; j++)
				each[c] += w[c * P + j] * x[i][j];
			sum += exp(each[c]);
		}
		for (int c = 0; c < CLASSES; c++)
			cr_expect(lt(dbl, fabs(p[i][c] - exp(each[c]) / sum), 1e-5), "row %d", i);
	}
}

Test(softmax, refuses_no_rows_and_what_is_not_finite)
{
	double w[WEIGHTS] = { 0 }, a, b;
	struct softmax_rows none = { x[0], label, 0, P, CLASSES };
	cr_expect(eq(int, softmax_fit(&none, 1, 1e-6, 10, w), -EDOM));
	cr_expect(eq(int, softmax_judge(&none, w, &a, &b), -EDOM));
	int32_t out[2] = { -1, -1 };
	none = (struct softmax_rows){ x[0], out, 2, P, CLASSES };
	cr_expect(eq(int, softmax_fit(&none, 1, 1e-6, 10, w), -EDOM));
	cr_expect(eq(int, softmax_judge(&none, w, &a, &b), -EDOM));
	make_data();
	x[5][1] = NAN;
	cr_expect(eq(int, softmax_fit(&rows, 1, 1e-6, 10, w), -EDOM));
}
