/* lbfgs: the least value of a smooth function of many numbers, by limited-memory BFGS. [pure]
 *
 * Steps are found by bracketing until the weak Wolfe conditions hold (Lewis and Overton 2013).
 * Deterministic. */
#pragma once

struct lbfgs_problem {
	int n;
	/* The value at x (n), and its gradient (n). Where it is not finite the step is halved. */
	double (*value)(void *arg, const double *x, double *gradient);
	void *arg;
	double tolerance; /* stop once the largest element of the gradient is below this */
	int max_iterations;
};

struct lbfgs_report {
	double value;
	double gradient; /* its largest element */
	int iterations, evaluations;
};

/* Start at x, end at the least value found. 0 where the tolerance was reached or no step lowers the value
 * in double precision, -EAGAIN after max_iterations (x is the best so far), -ENOMEM, -EDOM where the start
 * is not finite. */
int lbfgs_minimise(const struct lbfgs_problem *p, double *x, struct lbfgs_report *ret);
