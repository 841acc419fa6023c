/* Rows that were found near to a query: multiplied, put in order and weighed. */
#include "weigh.h"

#include "dot.h"
#include "numbers.h"

#define FEW 16 /* nearest rows that are found faster than all of them sorted */

PyObject *refused(const char *name)
{
    return PyErr_Format(PyExc_ValueError, "the arrays are not those that %s() is for", name);
}

int as_rows(Py_buffer *view, Py_ssize_t two[4])
{
    if (view->ndim != 1)
        return 0;
    two[0] = 1;
    two[1] = view->shape[0];
    two[2] = view->shape[0] * view->itemsize;
    two[3] = view->strides[0];
    view->ndim = 2;
    view->shape = two;
    view->strides = two + 2;
    return 1;
}

PyObject *of_one(const double *from, const Weights *by)
{
    PyObject *lists[3];
    const double *each = from + 2;
    for (int i = 0; i < 3; i++) {
        lists[i] = PyList_New(by->wanted);
        for (Py_ssize_t k = 0; lists[i] && k < by->wanted; k++, each++)
            PyList_SetItem(lists[i], k, i ? PyFloat_FromDouble(*each) : PyLong_FromSsize_t((Py_ssize_t)*each));
    }
    PyObject *found = PyErr_Occurred() ? NULL
                                       : Py_BuildValue("(ddOOO)", from[0], from[1], lists[0], lists[1], lists[2]);
    for (int i = 0; i < 3; i++)
        Py_XDECREF(lists[i]);
    return found;
}

int open_rows(PyObject *units, PyObject *stored, Py_buffer *its, Py_buffer *all)
{
    return PyObject_GetBuffer(units, its, PyBUF_STRIDED_RO | PyBUF_FORMAT) == 0
           && PyObject_GetBuffer(stored, all, PyBUF_STRIDED_RO | PyBUF_FORMAT) == 0;
}

int fit_rows(const Rows *rows)
{
    const char kind = numbers(rows->stored);
    return kind && numbers(rows->units) == kind && rows->units->shape[1] == rows->stored->shape[1];
}

#define NUMBER(i) near[i].row
void multiply(const Rows *rows, Py_ssize_t query, Near *near, Py_ssize_t count)
{
    const Py_ssize_t dim = rows->units->shape[1], step = rows->stored->strides[0];
    const char *stored = rows->stored->buf, *some[TOGETHER], *next[TOGETHER];
    const char *unit = (const char *)rows->units->buf + query * rows->units->strides[0];
    for (Py_ssize_t i = 0; i < count; i += TOGETHER) {
        double found[TOGETHER];
        BEGINNINGS(some, stored, step, i, count, NUMBER)
        BEGINNINGS(next, stored, step, i + TOGETHER, count, NUMBER)
        (rows->single ? dot_f : dot_d)(some, next, unit, dim, found);
        for (Py_ssize_t r = 0; r < TOGETHER && i + r < count; r++)
            near[i + r].value = found[r];
    }
}

static int in_order(const void *left, const void *right)
{
    const Near *a = left, *b = right;
    if (a->value != b->value && (a->value == a->value || b->value == b->value))
        return a->value > b->value || a->value != a->value ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

void sort_nearest(Near *near, Py_ssize_t count, Py_ssize_t first)
{
    if (first > FEW && count > 1)
        qsort(near, (size_t)count, sizeof(Near), in_order);
    for (Py_ssize_t i = 1; first <= FEW && i < count; i++) { /* few of many: seldom is one of them */
        const Near one = near[i];
        Py_ssize_t place = i < first ? i : first;
        if (place == first && in_order(&near[first - 1], &one) < 0)
            continue;
        if (place == first)
            near[i] = near[--place];
        for (; place > 0 && in_order(&one, &near[place - 1]) < 0; place--)
            near[place] = near[place - 1];
        near[place] = one;
    }
}

int read_weights(PyObject *given, Weights *to, Py_buffer *views, int *opened)
{
    PyObject *arrays[3];
    Table *table = &to->table;
    if (!PyArg_ParseTuple(given, "nOOO(ddd)", &to->wanted, arrays, arrays + 1, arrays + 2, &table->most,
                          &table->edge, &table->scale)
        || !open_table(arrays, views, opened, table)
        || PyObject_GetBuffer(arrays[2], views + 2, PyBUF_ND | PyBUF_FORMAT) < 0)
        return 0;
    to->thresholds = views[(*opened)++].buf;
    to->cells = views[2].ndim == 1 && !strcmp(views[2].format, "d") ? views[2].shape[0] - 1 : 0;
    return to->wanted > 0 && to->cells > 0;
}

double threshold(const Weights *by, double best)
{
    const double cell = fmin(fmax((best + 1) * (double)by->cells / 2, 0), (double)by->cells);
    return by->thresholds[(Py_ssize_t)cell];
}

void weigh(const Near *near, Py_ssize_t count, const Weights *by, double *to)
{
    double *row = to + 2, *cosine = row + by->wanted, *log = cosine + by->wanted;
    const double best = count ? near->value : NAN;
    Total all = NONE;
    for (Py_ssize_t i = 0; i < by->wanted; i++) {
        const int there = i < count;
        row[i] = there ? (double)near[i].row : -1;
        cosine[i] = there ? near[i].value : -INFINITY;
        log[i] = there && cosine[i] == cosine[i] ? read_off(&by->table, cosine[i]) : -INFINITY;
    }
    if (best == best) {
        const double least = threshold(by, best);
        for (Py_ssize_t i = 0; i < count; i++)
            if (near[i].value >= least)
                add_log(&all, i < by->wanted ? log[i] : read_off(&by->table, near[i].value));
    }
    to[0] = (double)count;
    to[1] = log_of(&all);
}
