/* Dot products of some rows of a table with one vector, read where they stand; NumPy copies them out. */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "dot.h"

#define NUMBER(i) index[i]

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
    const int wide = rows->format[0] == 'd';
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t i = 0; i < count; i += TOGETHER) {
        const char *some[TOGETHER], *next[TOGETHER];
        double found[TOGETHER];
        BEGINNINGS(some, rows->buf, rows->strides[0], i, count, NUMBER)
        BEGINNINGS(next, rows->buf, rows->strides[0], i + TOGETHER, count, NUMBER)
        (wide ? dot_d : dot_f)(some, next, vector->buf, vector->shape[0], found);
        for (Py_ssize_t r = 0; r < TOGETHER && i + r < count; r++)
            if (wide)
                ((double *)out->buf)[i + r] = found[r];
            else
                ((float *)out->buf)[i + r] = (float)found[r];
    }
    Py_END_ALLOW_THREADS
    Py_INCREF(result = Py_None);
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    return result;
}
