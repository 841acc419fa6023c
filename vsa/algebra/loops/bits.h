/* What bits.c compares, with fours.c and counts.c, and what it finds; near.c goes on with that. */
#ifndef BITS_H
#define BITS_H

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <immintrin.h>
#include <stdlib.h>
#include <string.h>

#include "processor.h"

#define BITS 3      /* of a query's coordinate, where it has several */
#define MOST_BITS 5 /* so that a byte holds what four of them differ by */
#define LINE 64     /* bytes that come from memory at a time */
#define ROWS 128    /* that are compared at a time */
#define EIGHT 8     /* rows, whose counts make a vector */
#define MOST_APART 65535

/* Rows of packed bits, `step` bytes apart. */
typedef struct {
    const char *bytes;
    Py_ssize_t step, width;
} Plane;

/* A row, and its distance or its cosine. */
typedef struct {
    Py_ssize_t row;
    double value;
} Near;

/* Rows near to a query. */
typedef struct {
    Near *near;
    Py_ssize_t count, room;
} List;

/* What is compared: (planes) of rows and of queries, the lowest bits of all queries first. */
typedef struct {
    const Plane *rows, *queries;
    Py_ssize_t planes, length, count, bits;
    Py_ssize_t most;      /* rows near to a query, of which no more is looked for then */
    unsigned short *kept; /* where not NULL: distances by `BITS` to one query, whose signs are compared, are
                             written there; the lower bits come before these, `step` bytes each */
    const unsigned short *before; /* where not NULL: distances in other planes, which are added */
    const int *farthest;
    List *lists;          /* of each query what is found, by row */
    int failed;           /* for want of memory */
    __m256i *block;       /* of fours.c: rows (fours, groups) */
} Work;

/* Look for what is near, without the interpreter. */
void search(Work *w);

/* Make room in a list; whether there is memory for it. */
int grow(List *list);

/* Put a row on the list of a query. */
static inline void keep(Work *w, Py_ssize_t query, Py_ssize_t row, int apart)
{
    List *list = w->lists + query;
    if (list->count < list->room || grow(list))
        list->near[list->count++] = (Near){row, apart};
    else
        w->failed = 1;
}

/* The fours of bits of a row, over all planes. */
Py_ssize_t fours(const Work *w);

/* Look for all queries by fours of bits; for distances up to `MOST_APART`. */
void search_many(Work *w);

/* The same by words, of planes that fill whole lines and one bit a coordinate; of processors that are wider(). */
void search_words(Work *w);

/* Whether the rows of all planes fill whole lines of the cache. */
int in_lines(const Work *w);

/* Ask for some rows, while others are compared. */
void fetch(const Work *w, Py_ssize_t start, Py_ssize_t end);

/* Write the distances of some rows, up to `ROWS`, to a query; and more, to fill up eight; and what is kept. */
void count(const Work *w, Py_ssize_t query, Py_ssize_t start, Py_ssize_t rows, int *apart);

/* In how many bits two rows of bytes differ. */
int differing(const char *a, const char *b, Py_ssize_t bytes);

/* Planes, the views of which are in `views`: how many views were opened, -1 with an error set. */
int open_planes(PyObject *tuple, Py_buffer *views, Plane *planes);

/* Whether a view has a short number of each row of planes. */
int of_rows(const Py_buffer *view, const Py_buffer *planes);

/* What was found as (ends, rows, values), buffers; NULL with an error set. */
PyObject *listed(const Work *w);

/* Lists for all queries; whether there is memory for them. */
int begin_lists(Work *w);
void end_lists(Work *w);

/* A search that Python asks for, and what it has opened for that. */
typedef struct {
    Work work;
    Py_buffer *views, farthest;
    Plane *all;
    int opened, its; /* views, of rows and of queries */
} Search;

/* Begin one of rows' planes, of which there is one at least; what is looked for is not there yet. */
int open_search(Search *s, PyObject *rows);
void end_search(Search *s);

#endif
