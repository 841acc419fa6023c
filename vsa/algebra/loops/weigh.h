/* Rows that were found near to a query, by their cosines, and what these say together. */
#include "bits.h"
#include "likelihood.h"

/* Queries (queries, dim) and the rows (length, dim) that they are multiplied with. */
typedef struct {
    const Py_buffer *units, *stored;
    int single; /* precision */
} Rows;

/* How to weigh what was found: the nearest so many, and all together. */
typedef struct {
    Py_ssize_t wanted;
    Table table;
    const double *thresholds; /* the least cosine that matters, by that of the best, evenly from -1 to 1 */
    Py_ssize_t cells;         /* of these between -1 and 1 */
} Weights;

#define WEIGHED(wanted) (2 + 3 * (wanted)) /* numbers that `weigh` writes */

/* A view of one row as that of several; its shape and strides are kept in `two`. Whether it was one. */
int as_rows(Py_buffer *view, Py_ssize_t two[4]);

/* What `weigh` wrote of one query, as (length, log Σ L, [row], [cosine], [log L]). */
PyObject *of_one(const double *from, const Weights *by);

/* Open the views of queries and rows; 0 with an error set. */
int open_rows(PyObject *units, PyObject *stored, Py_buffer *its, Py_buffer *all);

/* Whether they are numbers of one kind, and as many in a row of each. */
int fit_rows(const Rows *rows);

/* Replace the values of some of a query's rows by their cosines. */
void multiply(const Rows *rows, Py_ssize_t query, Near *near, Py_ssize_t count);

/* Nearest first, of equally near ones the oldest; what is no number comes first of all, to be seen. The
 * first so many at least are in order then, and none of the others comes before them. */
void sort_nearest(Near *near, Py_ssize_t count, Py_ssize_t first);

/* Read weights (wanted, values, steps, thresholds, axis), opening three views; whether they are some. */
int read_weights(PyObject *given, Weights *to, Py_buffer *views, int *opened);

/* The least cosine that counts where one is the best. */
double threshold(const Weights *by, double best);

/* Write of rows, the `wanted` nearest first: how many, log Σ L, the first ones, their cosines, log L of these. */
void weigh(const Near *near, Py_ssize_t count, const Weights *by, double *to);

/* Say that the arrays are not those a function is for. */
PyObject *refused(const char *name);
