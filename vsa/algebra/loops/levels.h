/* A query to `BITS` bits a coordinate, as the asymmetric estimate has it (vsa/memory/sketch/asymmetric.py). */
#include "bits.h"

/* Σ of the levels times the coordinates, and what they lose of the query's squared length. */
typedef struct {
    double along, lost;
} Levels;

/* Write the bits of a query's coordinates, into bytes that are 0: the lowest of all first, `step` bytes apart
 * and as many as go there; the highest are its signs.  level: between two, in deviations. */
Levels levels(const char *unit, Py_ssize_t dim, int single, double level, char *to, Py_ssize_t step);
