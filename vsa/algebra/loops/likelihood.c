/* log Σ L of a few cosines, each L read off a table; of so few NumPy's calls cost more than what they do. */
#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <string.h>

/* A function at even points of artanh, and its steps from point to point (vsa/theory/ratio.py). */
typedef struct {
    const double *values, *steps;
    Py_ssize_t points;
    double most, edge, scale; /* of |c|; of |artanh c|; points for each unit of it */
} Table;

/* The function at a cosine; the last point has no step. */
static double read_off(const Table *table, double c)
{
    const double inside = fmin(fmax(c, -table->most), table->most);
    const double x = fmax((atanh(inside) + table->edge) * table->scale, 0);
    Py_ssize_t below = (Py_ssize_t)fmin(x, (double)(table->points - 1));
    return table->values[below] + table->steps[below] * (x - (double)below);
}

/* Over those cosines that are `least` or more. */
static double total(const Table *table, const Py_buffer *cosines, double least)
{
    const int single = cosines->format[0] == 'f';
    double top = -INFINITY, sum = 0;
    for (Py_ssize_t i = 0; i < cosines->shape[0]; i++) {
        const double c = single ? ((const float *)cosines->buf)[i] : ((const double *)cosines->buf)[i];
        if (!(c >= least))
            continue;
        const double log = read_off(table, c);
        if (log > top) {
            sum = sum * exp(top - log) + 1;
            top = log;
        } else {
            sum += exp(log - top);
        }
    }
    return sum > 0 ? top + log(sum) : -INFINITY;
}

PyObject *log_total(PyObject *self, PyObject *arguments)
{
    PyObject *arrays[3], *result = NULL;
    Py_buffer views[3];
    Table table;
    double least;
    int opened = 0, fit;
    (void)self;
    if (!PyArg_ParseTuple(arguments, "OdOO(ddd)", arrays, &least, arrays + 1, arrays + 2, &table.most,
                          &table.edge, &table.scale))
        return NULL;
    for (; opened < 3; opened++)
        if (PyObject_GetBuffer(arrays[opened], views + opened, PyBUF_ND | PyBUF_FORMAT) < 0)
            goto end;
    fit = !strcmp(views[0].format, "f") || !strcmp(views[0].format, "d");
    for (int i = 0; i < 3; i++)
        fit = fit && views[i].ndim == 1 && (!i || !strcmp(views[i].format, "d"));
    table.values = views[1].buf;
    table.steps = views[2].buf;
    table.points = fit ? views[1].shape[0] : 0;
    if (!fit || !table.points || views[2].shape[0] != table.points) {
        PyErr_SetString(PyExc_ValueError, "the arrays are not those that log_total() is for");
        goto end;
    }
    result = PyFloat_FromDouble(total(&table, views, least));
end:
    while (opened > 0)
        PyBuffer_Release(views + --opened);
    return result;
}
