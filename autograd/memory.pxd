# Memory for the compiled modules. `_cython.py` has the same names over lists; the three loops over
# rows, which are here without reference counting, stand in engine.py.

from cpython cimport array
from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.float cimport PyFloat_AS_DOUBLE, PyFloat_CheckExact
from cpython.list cimport PyList_GET_ITEM
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.object cimport PyObject, Py_TYPE
from cpython.ref cimport Py_INCREF
from cpython.sequence cimport PySequence_Fast_ITEMS
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM
from libc.stdint cimport uintptr_t

from autograd.engine cimport Value
from autograd.rows cimport Row

cdef extern from "Python.h":
    void PyObject_GC_UnTrack(PyObject *item)


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


cdef extern from *:
    """
    /* Have the processor fetch the two cache lines of a node that will be needed soon. A large graph
       is bound by these fetches: without them a node takes the order's walk four times as long. */
    #if defined(__GNUC__)
    #define chalkgrad_prefetch(address) \\
        (__builtin_prefetch((const char *) (address) + 16, 1), \\
         __builtin_prefetch((const char *) (address) + 72, 1))
    #else
    #define chalkgrad_prefetch(address) ((void) (address))
    #endif
    """
    void prefetch "chalkgrad_prefetch"(uintptr_t address) noexcept


cdef inline Py_ssize_t address_of(object item) noexcept:
    return <Py_ssize_t> <PyObject *> item


cdef inline double *array_of(Py_ssize_t count) except NULL:
    cdef double *numbers = <double *> PyMem_Malloc((count + 1) * sizeof(double))
    if numbers == NULL:
        raise MemoryError
    return numbers


cdef inline void free_array(double *numbers) noexcept:
    PyMem_Free(numbers)


# Flat arrays by their first number. They must neither grow nor go while this is used.

cdef inline int *ints_of(array.array numbers):
    return numbers.data.as_ints


cdef inline double *doubles_of(array.array numbers):
    return numbers.data.as_doubles


cdef inline unsigned char *bytes_of(bytearray numbers):
    return <unsigned char *> PyByteArray_AS_STRING(numbers)


cdef inline double **pointers(Py_ssize_t count) except NULL:
    cdef double **room = <double **> PyMem_Malloc((count + 1) * sizeof(double *))
    if room == NULL:
        raise MemoryError
    return room


cdef inline void free_pointers(double **room) noexcept:
    PyMem_Free(room)


# Zeros that begin at a cache line.

cdef extern from *:
    """
    static inline double *chalkgrad_aligned(Py_ssize_t count) {
        char *room = (char *) PyMem_Calloc((size_t) count * sizeof(double) + 128, 1);
        char *start;
        if (room == NULL) { PyErr_NoMemory(); return NULL; }
        start = room + 64 - ((size_t) room & 63); /* at least one byte before it is free */
        start[-1] = (char) (start - room);
        return (double *) start;
    }
    static inline void chalkgrad_free_aligned(double *numbers) {
        if (numbers != NULL) PyMem_Free((char *) numbers - ((char *) numbers)[-1]);
    }
    """
    double *aligned_array_of "chalkgrad_aligned"(Py_ssize_t count) except NULL
    void free_aligned_array "chalkgrad_free_aligned"(double *numbers) noexcept


cdef inline tuple joined(object ws, object xs, object bias):
    cdef Py_ssize_t half = len(ws)
    cdef Py_ssize_t i
    cdef tuple operands = PyTuple_New(2 * half + (bias is not None))
    cdef PyObject **left
    cdef PyObject **right
    # Making the tuple may have run the collector, and with it anybody's code: only from here on
    # does nothing else run.
    if len(ws) != half or len(xs) != half:
        raise RuntimeError("the lists of a dot were changed while it was reading them")
    left = PySequence_Fast_ITEMS(ws)
    right = PySequence_Fast_ITEMS(xs)
    for i in range(half):
        Py_INCREF(<object> left[i])
        PyTuple_SET_ITEM(operands, i, <object> left[i])
        Py_INCREF(<object> right[i])
        PyTuple_SET_ITEM(operands, half + i, <object> right[i])
    if bias is not None:
        Py_INCREF(bias)
        PyTuple_SET_ITEM(operands, 2 * half, bias)
    return operands


cdef inline Py_ssize_t read_data(tuple operands, double *numbers) noexcept:
    cdef Py_ssize_t values = 0
    cdef Py_ssize_t i
    cdef PyObject *item
    for i in range(PyTuple_GET_SIZE(operands)):
        item = <PyObject *> PyTuple_GET_ITEM(operands, i)
        if <PyObject *> Py_TYPE(<object> item) == <PyObject *> Value:
            numbers[i] = (<Value> item)._data
            values += 1
        elif PyFloat_CheckExact(<object> item):
            numbers[i] = PyFloat_AS_DOUBLE(<object> item)
        else:
            return -1
    # A tuple of Values and floats can be in no cycle, so the collector need not look at it. (It
    # would find that out by itself, at its first visit to every single one.)
    PyObject_GC_UnTrack(<PyObject *> operands)
    return values


cdef inline void send_shares(Row row, double upstream) noexcept:
    cdef Py_ssize_t i
    cdef PyObject *item
    for i in range(row.count):
        item = <PyObject *> PyTuple_GET_ITEM(row.operands, i)
        if <PyObject *> Py_TYPE(<object> item) == <PyObject *> Value:
            (<Value> item)._grad += upstream * row.derivatives[i]


cdef inline stack_operands(list stack, Row row, long long placed):
    cdef Py_ssize_t i
    cdef PyObject *item
    for i in range(row.count - 1, -1, -1):
        item = <PyObject *> PyTuple_GET_ITEM(row.operands, i)
        if <PyObject *> Py_TYPE(<object> item) == <PyObject *> Value:
            if (<Value> item)._mark != placed:
                stack.append(<Value> item)


cdef inline void fetch_listed(list nodes, Py_ssize_t i) noexcept:
    if i >= 0:
        prefetch(<uintptr_t> PyList_GET_ITEM(nodes, i))


cdef inline void fetch_neighbours(Value node) noexcept:
    # Nodes lie in memory about as they were made, and a walk depth first meets the oldest first: in
    # a hundred nodes' distance is what it will come to. A wrong guess costs nothing but the fetch.
    prefetch(<uintptr_t> <PyObject *> node + 100 * 96)
