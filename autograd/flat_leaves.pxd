# The C types of flat_leaves.py.

cimport cython

from autograd.engine cimport Value

cpdef data_of(list nodes)
cpdef gradients_of(list nodes)
cpdef assign_data(list nodes, object data)
cpdef forget_gradients(list nodes)
@cython.locals(place=Py_ssize_t, node=Value)
cpdef bint any_reached(list nodes) except -1

# ---- the loops

@cython.locals(place=Py_ssize_t, node=Value)
cdef read_data(list nodes, double *numbers)
@cython.locals(place=Py_ssize_t, node=Value)
cdef read_gradients(list nodes, double *numbers)
@cython.locals(place=Py_ssize_t, node=Value)
cdef write_data(list nodes, double *numbers)
@cython.locals(place=Py_ssize_t, node=Value)
cdef clear_gradients(list nodes)
