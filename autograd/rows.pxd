# The C types of rows.py.

cimport cython

cdef class Row:
    cdef tuple operands
    cdef Py_ssize_t count
    cdef double *numbers
    cdef double *derivatives

@cython.locals(row=Row)
cdef Row new_row(tuple operands)
