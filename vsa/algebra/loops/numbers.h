/* What numbers rows are of, for the loops that take both precisions. */
#include <Python.h>
#include <string.h>

/* 'f' or 'd' of rows of these, those of each beside each other; 0 of all else. */
static inline char numbers(const Py_buffer *view)
{
    const char *format = view->format + (strchr("<=", view->format[0]) != NULL); /* a file's, unaligned */
    int one = view->ndim == 2 && (view->shape[1] < 2 || view->strides[1] == view->itemsize);
    return one && (!strcmp(format, "f") || !strcmp(format, "d")) ? format[0] : 0;
}
