# The C types of simplify.py.

cimport cython

cdef int ADD, SUB, MUL, NEG, POW, IDENTITY, TOTAL, DOT, BUILT_IN, LONGEST_SUM

@cython.locals(node=int, code=int, start=int, end=int, is_fixed=bint, place=int, first=int,
               second=int, neutral=double, key="long long", other=int,
               commutes=bint)
cdef void share_nodes(int count, long long mask, int *codes, int *starts, int *operands,
                      double *data, unsigned char *is_constant, int *same, int *table) noexcept

@cython.locals(place=int)
cdef bint is_same(int *operands, int one, int other, int count, bint commutes) noexcept

@cython.locals(node=int, place=int)
cdef void add_uses(int count, int *codes, int *starts, int *operands, int *uses) noexcept

@cython.locals(root=int, code=int)
cdef look_for_sums(object sums, int count, int *codes, int *starts, int *operands, int *uses,
                   unsigned char *is_absorbed)

@cython.locals(stack=list, node=int, code=int, start=int, end=int, half=int, place=int,
               is_minus=bint, is_lone=bint, has_absorbed=bint)
cdef absorb(object sums, int root, int *codes, int *starts, int *operands, int *uses,
            unsigned char *is_absorbed)
