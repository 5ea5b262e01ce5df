# The C types of flat_graph.py.

cimport cython
from cpython.array cimport array

from autograd.engine cimport Value
from autograd.rows cimport Row

cdef bytearray ARITY

cdef class Numbering:
    cdef array codes
    cdef array starts
    cdef array operands
    cdef array data
    cdef bytearray is_constant
    cdef dict parameters
    cdef dict outside
    cdef dict constants

    cdef int source(self, double data, bint is_constant=*) except -1
    @cython.locals(node=Value)
    cdef int number(self, object item) except -1
    @cython.locals(number=double)
    cdef int constant(self, object item) except -1
    @cython.locals(number=int)
    cdef int parameter(self, Value node) except -1

@cython.locals(node=Value, numbering=Numbering, place=Py_ssize_t)
cpdef tuple flatten(list tape, object inputs, object wanted)

@cython.locals(first=int, second=int, is_binary=bint)
cdef add_node(Numbering numbering, Value node)
