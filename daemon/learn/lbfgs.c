#include "lbfgs.h"

#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS 10
#define MAX_TRIALS 50
#define ARMIJO 1e-4
#define WOLFE 0.9

struct lbfgs {
	const struct lbfgs_problem *p;
	int n;
	double value, next_value;
	double *x, *gradient;         /* (n) */
	double *next, *next_gradient; /* (n) the trial */
	double *direction;            /* (n) */
	double *s, *y;                /* (PAIRS, n) last steps and changes of the gradient */
	double rho[PAIRS];            /* 1 / s y */
	int n_pairs, newest;
	int evaluations;
};

static double dot(const struct lbfgs *l, const double *a, const double *b)
{
	return cblas_ddot(l->n, a, 1, b, 1);
}

static double largest(const double *a, int n)
{
	double most = 0;
	for (int i = 0; i < n; i++)
		most = fmax(most, fabs(a[i]));
	return most;
}

/* The pair that is `age` steps old. */
static int slot(const struct lbfgs *l, int age)
{
	return (l->newest - age + PAIRS) % PAIRS;
}

/* The two loops of Nocedal 1980: direction = -H gradient. */
static void find_direction(struct lbfgs *l)
{
	double alpha[PAIRS], *q = l->direction;
	for (int i = 0; i < l->n; i++)
		q[i] = -l->gradient[i];
	for (int age = 0; age < l->n_pairs; age++) {
		int k = slot(l, age);
		alpha[k] = l->rho[k] * dot(l, l->s + (size_t)k * (size_t)l->n, q);
		cblas_daxpy(l->n, -alpha[k], l->y + (size_t)k * (size_t)l->n, 1, q, 1);
	}
	if (l->n_pairs) {
		const double *y = l->y + (size_t)l->newest * (size_t)l->n;
		cblas_dscal(l->n, 1 / (l->rho[l->newest] * dot(l, y, y)), q, 1);
	}
	for (int age = l->n_pairs - 1; age >= 0; age--) {
		int k = slot(l, age);
		double beta = l->rho[k] * dot(l, l->y + (size_t)k * (size_t)l->n, q);
		cblas_daxpy(l->n, alpha[k] - beta, l->s + (size_t)k * (size_t)l->n, 1, q, 1);
	}
}

static void try(struct lbfgs *l, double step)
{
	memcpy(l->next, l->x, (size_t)l->n * sizeof(*l->x));
	cblas_daxpy(l->n, step, l->direction, 1, l->next, 1);
	l->next_value = l->p->value(l->p->arg, l->next, l->next_gradient);
	l->evaluations++;
}

/* A step along the direction, bracketed between one that is too short and one that is too long. False where
 * there is none. */
static bool find_step(struct lbfgs *l)
{
	double slope = dot(l, l->gradient, l->direction), low = 0, high = INFINITY;
	double step = l->n_pairs ? 1 : fmin(1, 1 / largest(l->gradient, l->n));
	for (int trial = 0; trial < MAX_TRIALS && slope < 0; trial++) {
		try(l, step);
		if (!(l->next_value <= l->value + ARMIJO * step * slope))
			high = step;
		else if (dot(l, l->next_gradient, l->direction) < WOLFE * slope)
			low = step;
		else
			return true;
		step = isinf(high) ? 2 * low : (low + high) / 2;
	}
	return low > 0 && l->next_value < l->value;
}

/* The trial becomes the place; the pair is kept where it bends upwards. */
static void move(struct lbfgs *l)
{
	int k = (l->newest + 1) % PAIRS;
	double *s = l->s + (size_t)k * (size_t)l->n, *y = l->y + (size_t)k * (size_t)l->n;
	for (int i = 0; i < l->n; i++) {
		s[i] = l->next[i] - l->x[i];
		y[i] = l->next_gradient[i] - l->gradient[i];
	}
	double bend = dot(l, s, y);
	if (bend > 1e-12 * dot(l, y, y)) {
		l->rho[k] = 1 / bend;
		l->newest = k;
		l->n_pairs += l->n_pairs < PAIRS;
	}
	memcpy(l->x, l->next, (size_t)l->n * sizeof(*l->x));
	memcpy(l->gradient, l->next_gradient, (size_t)l->n * sizeof(*l->x));
	l->value = l->next_value;
}

static int run(struct lbfgs *l, struct lbfgs_report *ret)
{
	int iterations = 0, r = -EAGAIN;
	for (; iterations < l->p->max_iterations; iterations++) {
		if (largest(l->gradient, l->n) < l->p->tolerance) {
			r = 0;
			break;
		}
		find_direction(l);
		if (!find_step(l)) {
			if (l->n_pairs == 0) {
				r = 0;
				break;
			}
			l->n_pairs = 0; /* once more, straight down */
			continue;
		}
		move(l);
	}
	*ret = (struct lbfgs_report){ l->value, largest(l->gradient, l->n), iterations, l->evaluations };
	return r;
}

int lbfgs_minimise(const struct lbfgs_problem *p, double *x, struct lbfgs_report *ret)
{
	size_t n = (size_t)p->n;
	double *all = malloc((4 + 2 * PAIRS) * n * sizeof(*all));
	if (!all)
		return -ENOMEM;
	struct lbfgs l = { .p = p, .n = p->n, .x = x, .evaluations = 1 };
	l.gradient = all;
	l.next = all + n;
	l.next_gradient = all + 2 * n;
	l.direction = all + 3 * n;
	l.s = all + 4 * n;
	l.y = l.s + PAIRS * n;
	l.value = p->value(p->arg, x, l.gradient);
	int r = isfinite(l.value) && isfinite(dot(&l, l.gradient, l.gradient)) ? run(&l, ret) : -EDOM;
	free(all);
	return r;
}
