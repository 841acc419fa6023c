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

/* The function at a cosine: one place in the program, since another might round it otherwise. */
double read_off(const Table *table, double c);

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
