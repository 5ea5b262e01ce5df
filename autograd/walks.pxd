# The C types of walks.py.

cimport cython

from autograd.engine cimport Value
from autograd.rows cimport Row

cdef list ARITIES

@cython.locals(order=list, met=set, placed=set, stack=list, node=Value)
cpdef list evaluation_order(list roots)

@cython.locals(node=Value)
cpdef list unlike_recorded(list order)

@cython.locals(code=int, x=double, y=double, out=double, dx=double, dy=double)
cdef bint is_as_recorded(Value node) except -1

@cython.locals(again=Row, i=Py_ssize_t)
cdef bint is_row_as_recorded(Value node, Row row) except -1

@cython.locals(passed=list, node=Value, place=Py_ssize_t, i=Py_ssize_t, local=double, parent=Value)
cpdef list contributions(list order, double seed)

@cython.locals(share=double, gradient=double)
cdef tuple contribution(dict gradients, Value parent, Value node, Py_ssize_t place, upstream, double local)
