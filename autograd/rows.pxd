# The C types of rows.py.

cimport cython

cdef class Row:
    cdef tuple operands
    cdef Py_ssize_t count
    cdef double *numbers
    cdef double *derivatives

@cython.locals(row=Row)
cdef Row new_row(tuple operands)

@cython.locals(row=Row)
cdef Row row_for(Py_ssize_t count)

cdef void resize(Row row, Py_ssize_t count) noexcept nogil
