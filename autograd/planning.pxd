# The C types of planning.py.

cimport cython

cdef int ADD, MUL, BUILT_IN, SUM, SMALLEST_GROUP, SHORTEST_RUN, NONE

@cython.locals(depth=int, is_varying=bint, operand=int)
cdef add_operation(object todo, int node, int code, object operands, int bias, int *level,
                   unsigned char *varies)

@cython.locals(place=int, node=int)
cdef sort_sources(int count, int *nodes, int inputs, int recorded, int *codes,
                  unsigned char *is_constant, unsigned char *met, list found)

@cython.locals(node=int, place=int)
cdef collect(object todo, int count, int *codes, int *starts, object operands, int *uses,
             unsigned char *is_absorbed, int *sum_place, object sums, int one)

@cython.locals(i=int, start=int, end=int, half=int, sides=int, place=int, number="long long")
cdef classify(object todo, object keys, dict kinds, int *codes, int *nodes, int *starts,
              int *operands, int *bias, int *level, unsigned char *varies,
              unsigned char *is_constant)

@cython.locals(end=int, x_step=int, y_step=int)
cdef int end_of_run(int *xs, int *ys, int start, int count) noexcept

@cython.locals(step=int, place=int)
cdef int constant_step(int *slots, int start, int count) noexcept

@cython.locals(at=int, now=int, end=int)
cdef int end_of_block(int *firsts, int start, int count) noexcept
