# Memory for the compiled modules; `_cython.py` has the same names over lists.

from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from cpython.sequence cimport PySequence_Fast_GET_ITEM
from cpython.tuple cimport PyTuple_New, PyTuple_SET_ITEM
from libc.stdlib cimport free, malloc

cdef extern from *:
    """
    /* Room for the numbers of one row while its rule runs: it is used again by the next one. The
       interpreter's lock is held meanwhile, and rules in C call nothing that could let go of it. */
    static inline double *chalkgrad_scratch(Py_ssize_t count) {
        static double *room = NULL;
        static Py_ssize_t size = 0;
        if (count > size || room == NULL) {
            double *larger = (double *) realloc(room, (size_t) (2 * count + 64) * sizeof(double));
            if (larger == NULL) { PyErr_NoMemory(); return NULL; }
            room = larger;
            size = 2 * count + 64;
        }
        return room;
    }
    """
    double *scratch "chalkgrad_scratch"(Py_ssize_t count) except NULL


cdef inline double *array_of(Py_ssize_t count) except NULL:
    cdef double *numbers = <double *> malloc((count + 1) * sizeof(double))
    if numbers == NULL:
        raise MemoryError
    return numbers


cdef inline void free_array(double *numbers) noexcept:
    free(numbers)


cdef inline tuple joined(object ws, object xs, object bias):
    cdef Py_ssize_t half = len(ws)
    cdef Py_ssize_t i
    cdef PyObject *item
    cdef tuple operands = PyTuple_New(2 * half + (bias is not None))
    for i in range(half):
        item = PySequence_Fast_GET_ITEM(ws, i)
        Py_INCREF(<object> item)
        PyTuple_SET_ITEM(operands, i, <object> item)
        item = PySequence_Fast_GET_ITEM(xs, i)
        Py_INCREF(<object> item)
        PyTuple_SET_ITEM(operands, half + i, <object> item)
    if bias is not None:
        Py_INCREF(bias)
        PyTuple_SET_ITEM(operands, 2 * half, bias)
    return operands
