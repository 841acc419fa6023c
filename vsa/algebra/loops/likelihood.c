/* log Σ L of a few cosines, each L read off a table; of so few NumPy's calls cost more than what they do. */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#include "likelihood.h"

/* artanh; of what is near to 0, as most cosines are, by its series, in a fifth of the time. */
static double artanh(double c)
{
    const double s = c * c;
    if (s > 0.0625)
        return atanh(c);
    return c * (1 + s * (1. / 3 + s * (1. / 5 + s * (1. / 7 + s * (1. / 9 + s * (1. / 11 + s * (1. / 13 + s / 15)))))));
}

/* The last point has no step. */
double read_off(const Table *table, double c)
{
    const double inside = fmin(fmax(c, -table->most), table->most);
    const double x = fmax((artanh(inside) + table->edge) * table->scale, 0);
    const Py_ssize_t below = (Py_ssize_t)fmin(x, (double)(table->points - 1));
    return table->values[below] + table->steps[below] * (x - (double)below);
}

int open_table(PyObject *const *arrays, Py_buffer *views, int *opened, Table *table)
{
    int fit = 1;
    for (*opened = 0; *opened < 2; ++*opened)
        if (PyObject_GetBuffer(arrays[*opened], views + *opened, PyBUF_ND | PyBUF_FORMAT) < 0)
            return 0;
    for (int i = 0; i < 2; i++)
        fit = fit && views[i].ndim == 1 && !strcmp(views[i].format, "d");
    table->values = views[0].buf;
    table->steps = views[1].buf;
    table->points = fit ? views[0].shape[0] : 0;
    return fit && table->points && views[1].shape[0] == table->points;
}

/* Over those cosines that are `least` or more. */
static double total(const Table *table, const Py_buffer *cosines, double least)
{
    const int single = cosines->format[0] == 'f';
    Total all = NONE;
    for (Py_ssize_t i = 0; i < cosines->shape[0]; i++) {
        const double c = single ? ((const float *)cosines->buf)[i] : ((const double *)cosines->buf)[i];
        if (c >= least)
            add_log(&all, read_off(table, c));
    }
    return log_of(&all);
}

PyObject *log_total(PyObject *self, PyObject *arguments)
{
    PyObject *cosines, *arrays[2], *result = NULL;
    Py_buffer some = {0}, views[2];
    Table table;
    double least;
    int opened = 0;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OdOO(ddd)", &cosines, &least, arrays, arrays + 1, &table.most,
                          &table.edge, &table.scale))
        return NULL;
    if (PyObject_GetBuffer(cosines, &some, PyBUF_ND | PyBUF_FORMAT) == 0
        && open_table(arrays, views, &opened, &table) && some.ndim == 1
        && (!strcmp(some.format, "f") || !strcmp(some.format, "d")))
        result = PyFloat_FromDouble(total(&table, &some, least));
    else if (!PyErr_Occurred())
        PyErr_SetString(PyExc_ValueError, "the arrays are not those that log_total() is for");
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    PyBuffer_Release(&some);
    return result;
}
