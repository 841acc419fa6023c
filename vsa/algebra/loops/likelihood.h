/* log L of cosines, read off a table, and log Σ L. */
#include <Python.h>
#include <math.h>

/* A function at even points of artanh, and its steps from point to point (vsa/theory/ratio.py). */
typedef struct {
    const double *values, *steps;
    Py_ssize_t points;
    double most, edge, scale; /* of |c|; of |artanh c|; points for each unit of it */
} Table;

/* log Σ exp, of what has been added. */
typedef struct {
    double top, sum;
} Total;

#define NONE {-INFINITY, 0}

/* artanh; of what is near to 0, as most cosines are, by its series, in a fifth of the time. */
static inline double artanh(double c)
{
    const double s = c * c;
    if (s > 0.0625)
        return atanh(c);
    return c * (1 + s * (1. / 3 + s * (1. / 5 + s * (1. / 7 + s * (1. / 9 + s * (1. / 11 + s * (1. / 13 + s / 15)))))));
}

/* The function at a cosine; the last point has no step. */
static inline double read_off(const Table *table, double c)
{
    const double inside = fmin(fmax(c, -table->most), table->most);
    const double x = fmax((artanh(inside) + table->edge) * table->scale, 0);
    Py_ssize_t below = (Py_ssize_t)fmin(x, (double)(table->points - 1));
    return table->values[below] + table->steps[below] * (x - (double)below);
}

static inline void add_log(Total *to, double log)
{
    if (log > to->top) {
        to->sum = to->sum * exp(to->top - log) + 1;
        to->top = log;
    } else {
        to->sum += exp(log - to->top);
    }
}

static inline double log_of(const Total *total)
{
    return total->sum > 0 ? total->top + log(total->sum) : -INFINITY;
}

/* Open the views of a table's values and steps, how many of them were; whether they are one. */
int open_table(PyObject *const *arrays, Py_buffer *views, int *opened, Table *table);
