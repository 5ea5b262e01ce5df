# The C types of engine.py.

cimport cython

from autograd.rows cimport Row

cdef int ADD, SUB, MUL, DIV, POW, NEG, ABS, BUILT_IN, DEEP
cdef int active_modes
cdef long long last_pass
cdef int depth
cdef list waiting

cdef class Value:
    # What the backward pass reads stands together.
    cdef double _grad
    cdef long long _mark
    cdef Value _x
    cdef Value _y
    cdef double _dx
    cdef double _dy
    cdef Row _row
    cdef int _code
    cdef double _data
    cdef object _note

# ---- recording

@cython.locals(out=double, dx=double)
cdef Value unary(int code, Value x)

@cython.locals(left=Value, right=Value, a=double, b=double, out=double, dx=double, dy=double)
cdef object binary(int code, object x, object y)

@cython.locals(row=Row, value_count=Py_ssize_t, out=double)
cdef object nary(int code, tuple operands)

@cython.locals(i=Py_ssize_t)
cdef double evaluate_user_row(int code, Row row) except? -1.0

@cython.locals(node=Value)
cdef Value new_node(int code, double out, Value x, double dx, Value y, double dy, Row row)

cdef apply_modes(Value node)
cdef notice(Value node, str what)
cdef settled(str relation, Value x, object y, object outcome)

@cython.locals(node=Value)
cdef double data_of(object x) except? -1.0

# ---- the backward pass

@cython.locals(order=list, culprit=Value, node=Value, upstream=double, place=Py_ssize_t)
cdef run_backward(Value root, double seed)

@cython.locals(order=list, stack=list, node=Value, met="long long", placed="long long")
cdef list topological_order(Value root)

# ---- the end of a node

cdef release(Value node)
