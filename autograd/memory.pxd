# C arrays of numbers; `_cython.py` has lists in their place.

from libc.stdlib cimport free, malloc


cdef inline double *array_of(Py_ssize_t count) except NULL:
    cdef double *numbers = <double *> malloc((count + 1) * sizeof(double))
    if numbers == NULL:
        raise MemoryError
    return numbers


cdef inline double *free_array(double *numbers) noexcept:
    free(numbers)
    return NULL
