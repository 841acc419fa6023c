/* Dot products of some rows of a table with one vector, read where they stand.
 *
 * Rows that lie apart come from memory one wait after another, unless they are asked for beforehand:
 * while a row is multiplied, one further on is fetched. NumPy copies them out first.
 */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "dot.h"

#define AHEAD 4096 /* bytes of rows that are on their way */

/* Whether all arrays are what `products` says; the rows are in one piece each, the others at all. */
static int fits(const Py_buffer *rows, const Py_buffer *index, const Py_buffer *vector,
                const Py_buffer *out)
{
    return rows->ndim == 2 && index->ndim == 1 && vector->ndim == 1 && out->ndim == 1
           && (!strcmp(rows->format, "f") || !strcmp(rows->format, "d"))
           && !strcmp(rows->format, vector->format) && !strcmp(rows->format, out->format)
           && index->itemsize == sizeof(Py_ssize_t) && strchr("lqn", index->format[0])
           && rows->shape[1] == vector->shape[0] && index->shape[0] == out->shape[0]
           && (rows->shape[1] < 2 || rows->strides[1] == rows->itemsize);
}

/* Whether there is a row of each number. */
static int there(const Py_ssize_t *index, Py_ssize_t count, Py_ssize_t length)
{
    int all = 1;
    for (Py_ssize_t i = 0; i < count; i++)
        all &= index[i] >= 0 && index[i] < length;
    return all;
}

PyObject *products(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[4], *result = NULL;
    Py_buffer views[4];
    int opened = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OOOO", arrays, arrays + 1, arrays + 2, arrays + 3))
        return NULL;
    for (; opened < 4; opened++) {
        int kind = opened == 0 ? PyBUF_STRIDED_RO : opened < 3 ? PyBUF_ND : PyBUF_ND | PyBUF_WRITABLE;
        if (PyObject_GetBuffer(arrays[opened], views + opened, kind | PyBUF_FORMAT) < 0)
            goto end;
    }
    const Py_buffer *rows = views, *vector = views + 2, *out = views + 3;
    const Py_ssize_t *index = views[1].buf, count = out->ndim ? out->shape[0] : 0;
    if (!fits(rows, views + 1, vector, out) || !there(index, count, rows->shape[0])) {
        PyErr_SetString(PyExc_ValueError, "the arrays are not those that products() is for");
        goto end;
    }
    const Py_ssize_t size = vector->len ? vector->len : 1, ahead = size < AHEAD ? AHEAD / size : 1;
    const int wide = rows->format[0] == 'd';
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < count; i++) {
        const Py_ssize_t then = index[i + ahead < count ? i + ahead : count - 1];
        const char *from = (const char *)rows->buf + index[i] * rows->strides[0];
        const char *next = (const char *)rows->buf + then * rows->strides[0];
        if (wide)
            ((double *)out->buf)[i] = dot_d(from, next, vector->buf, vector->shape[0]);
        else
            ((float *)out->buf)[i] = dot_f(from, next, vector->buf, vector->shape[0]);
    }
    Py_END_ALLOW_THREADS
    Py_INCREF(result = Py_None);
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    return result;
}
