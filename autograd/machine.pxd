# The C types of machine.py.

cimport cython

from autograd.engine cimport Value
from autograd.rows cimport Row

cdef int SCALARS, MAP, GATHER, DOT, PICK, ROW, ADD, SUB, MUL, NEG, RELU, MANY

cdef class Machine:
    cdef readonly object program
    cdef object arities_kept
    cdef int *words
    cdef int *offsets
    cdef int *arities
    cdef int *guards
    cdef int instructions, uniform_instructions, differentiable, constants, parameters, uniform
    cdef int inputs, slots, uniform_derivatives, derivatives, guard_count

cdef class Space:
    cdef readonly int lanes
    cdef Py_ssize_t count
    cdef double *values
    cdef double *gradients
    cdef double *derivatives
    cdef Row row
    cdef object failure
    cdef bint has_failed

cdef class Batch:
    cdef int count
    cdef object kept
    cdef int *widths
    cdef double **columns
    cdef double **gradients
    cdef double **results
    cdef double **upstream
    cdef int outputs_count
    cdef int *outputs

@cython.locals(space=Space, place=Py_ssize_t)
cpdef Space space_for(Machine machine, int lanes)

# ---- numbers in, numbers out

cpdef read_parameters(Machine machine, Space space)
@cython.locals(place=Py_ssize_t, node=Value)
cdef copy_data(list nodes, double *numbers, Py_ssize_t start)
cpdef add_gradients(Machine machine, Space space, bint from_theirs)
@cython.locals(place=Py_ssize_t, node=Value)
cdef hand_out(list nodes, double *numbers, Py_ssize_t start, bint is_whole)
@cython.locals(place=Py_ssize_t, node=Value)
cpdef add_totals(list nodes, object totals)
@cython.locals(place=Py_ssize_t, node=Value, nodes=list)
cdef take_gradients(Machine machine, Space space)
@cython.locals(place=int)
cpdef write_inputs(Machine machine, Space space, list numbers)
@cython.locals(place=int, first=int)
cpdef list input_gradients(Machine machine, Space space)
@cython.locals(place=int, first=int)
cpdef list parameter_gradients(Machine machine, Space space)
cpdef double value_at(Machine machine, Space space, int slot)

# ---- a run

cpdef forward(Machine machine, Space space)
@cython.locals(place=Py_ssize_t, slot=Py_ssize_t)
cpdef backward(Machine machine, Space space, object upstream, bint from_theirs=*)
cpdef bint is_finite(Space space)
cpdef bint has_finite_gradients(Machine machine, Space space)
@cython.locals(number=int, left=double, right=double)
cpdef int first_broken_guard(Machine machine, Space space)
cdef bint holds(int relation, double left, double right) noexcept nogil
cdef raise_failure(Space space)

# ---- instructions

@cython.locals(number=int, at=Py_ssize_t, kind=int)
cdef void run_forward(Machine machine, Space space, int first, int last, int lanes) noexcept nogil
cdef Py_ssize_t address(Machine machine, Py_ssize_t slot, int lanes) noexcept nogil
cdef Py_ssize_t derivative_address(Machine machine, Py_ssize_t place, int lanes) noexcept nogil
cdef int lane_step(Machine machine, Py_ssize_t slot, int lanes) noexcept nogil

@cython.locals(values="double *", derivatives="double *", i=Py_ssize_t, result=double, dx=double,
               dy=double)
cdef void one_forward(Space space, int code, int arity, Py_ssize_t count, Py_ssize_t out,
                      Py_ssize_t place, Py_ssize_t x, Py_ssize_t x_step, Py_ssize_t y,
                      Py_ssize_t y_step) noexcept nogil
@cython.locals(gradients="double *", derivatives="double *", i=Py_ssize_t)
cdef void one_backward(Space space, int code, int arity, Py_ssize_t count, Py_ssize_t out,
                       Py_ssize_t place, Py_ssize_t x, Py_ssize_t x_step, Py_ssize_t y,
                       Py_ssize_t y_step) noexcept nogil
@cython.locals(words="int *", count=Py_ssize_t, out=Py_ssize_t, place=Py_ssize_t,
               values="double *", code=int, arity=int, x=Py_ssize_t, y=Py_ssize_t, result=double,
               dx=double, dy=double, _=Py_ssize_t)
cdef void scalars_forward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", count=Py_ssize_t, out=Py_ssize_t, place=Py_ssize_t,
               code=int, arity=int, x=Py_ssize_t, x_step=Py_ssize_t, x_lane=int, y=Py_ssize_t,
               y_step=Py_ssize_t, y_lane=int, i=Py_ssize_t)
cdef void map_forward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", count=Py_ssize_t, out=Py_ssize_t, place=Py_ssize_t, code=int,
               arity=int, x=Py_ssize_t, y=Py_ssize_t, i=Py_ssize_t)
cdef void gather_forward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", x=Py_ssize_t, y=Py_ssize_t, bias=Py_ssize_t, x_lane=int, y_lane=int,
               bias_lane=int)
cdef void dots_forward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", values="double *", rows=Py_ssize_t, terms=Py_ssize_t,
               out=Py_ssize_t, has_bias=int, _=Py_ssize_t, lane=int, total=double,
               bias=Py_ssize_t, x=Py_ssize_t, y=Py_ssize_t, j=Py_ssize_t)
cdef void pick_forward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", values="double *", is_call=bint, code=int, count=Py_ssize_t,
               width=Py_ssize_t, out=Py_ssize_t, place=Py_ssize_t, _=Py_ssize_t,
               lane=int, j=Py_ssize_t, x=Py_ssize_t)
cdef void rows_forward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(row=Row, j=Py_ssize_t)
cdef double call_rule(Space space, int code) noexcept with gil

@cython.locals(number=int, at=Py_ssize_t, kind=int)
cdef void run_backward(Machine machine, Space space, int first, int last, int lanes) noexcept nogil
@cython.locals(words="int *", count=Py_ssize_t, out=Py_ssize_t, place=Py_ssize_t,
               values="double *", gradients="double *", derivatives="double *", code=int,
               arity=int, x=Py_ssize_t, y=Py_ssize_t, dx=double, dy=double, upstream=double,
               i=Py_ssize_t)
cdef void scalars_backward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", count=Py_ssize_t, out=Py_ssize_t, place=Py_ssize_t,
               code=int, arity=int, x=Py_ssize_t, x_step=Py_ssize_t, x_lane=int, y=Py_ssize_t,
               y_step=Py_ssize_t, y_lane=int, i=Py_ssize_t)
cdef void map_backward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", count=Py_ssize_t, out=Py_ssize_t, place=Py_ssize_t, code=int,
               arity=int, x=Py_ssize_t, y=Py_ssize_t, i=Py_ssize_t)
cdef void gather_backward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", x=Py_ssize_t, y=Py_ssize_t, bias=Py_ssize_t, x_lane=int, y_lane=int,
               bias_lane=int)
cdef void dots_backward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", values="double *", gradients="double *", rows=Py_ssize_t,
               terms=Py_ssize_t, out=Py_ssize_t, has_bias=int, _=Py_ssize_t, lane=int,
               upstream=double, dx=double, dy=double, bias=Py_ssize_t, x=Py_ssize_t, y=Py_ssize_t,
               j=Py_ssize_t)
cdef void pick_backward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil
@cython.locals(words="int *", gradients="double *", count=Py_ssize_t, width=Py_ssize_t,
               out=Py_ssize_t, place=Py_ssize_t, i=Py_ssize_t, lane=int, j=Py_ssize_t,
               x=Py_ssize_t, upstream=double, _=Py_ssize_t)
cdef void rows_backward(Machine machine, Space space, Py_ssize_t at, int lanes) noexcept nogil

# ---- many samples

cpdef set_column(Batch batch, int place, const double[::1] numbers)
cpdef set_gradient_column(Batch batch, int place, double[::1] numbers)
cpdef set_results(Batch batch, double[::1] numbers)
cpdef set_upstream(Batch batch, const double[::1] numbers)
cpdef bint begin_batch(Machine machine, Space space) except -1
@cython.locals(wrong=Py_ssize_t)
cpdef Py_ssize_t run_batch(Machine machine, Space space, Batch batch, Py_ssize_t first,
                           Py_ssize_t last, int lanes, int wants) except -2
@cython.locals(real=Py_ssize_t, width=Py_ssize_t, varying=Py_ssize_t)
cdef Py_ssize_t run_samples(Machine machine, Space space, Batch batch, Py_ssize_t first,
                            Py_ssize_t last, int lanes, int wants) noexcept nogil
@cython.locals(place=int, at=Py_ssize_t, step=int, lane=Py_ssize_t)
cdef void store_results(Machine machine, Space space, Batch batch, Py_ssize_t first,
                        Py_ssize_t real, Py_ssize_t width) noexcept nogil
@cython.locals(place=int, at=Py_ssize_t, step=int, lane=Py_ssize_t)
cdef void load_upstream(Machine machine, Space space, Batch batch, Py_ssize_t first,
                        Py_ssize_t real, Py_ssize_t width) noexcept nogil
@cython.locals(at=Py_ssize_t, column=int, wide=Py_ssize_t, part=Py_ssize_t, lane=Py_ssize_t,
               sample=Py_ssize_t)
cdef void load_lanes(Machine machine, Space space, Batch batch, Py_ssize_t first, Py_ssize_t real,
                     Py_ssize_t width) noexcept nogil
@cython.locals(at=Py_ssize_t, column=int, wide=Py_ssize_t, part=Py_ssize_t, lane=Py_ssize_t)
cdef void store_gradients(Machine machine, Space space, Batch batch, Py_ssize_t first,
                          Py_ssize_t real, Py_ssize_t width) noexcept nogil
@cython.locals(count=Py_ssize_t, number=int, left=int, right=int, lane=int, x=double, y=double)
cdef bint lanes_are_right(Machine machine, Space space, Py_ssize_t real,
                          Py_ssize_t width) noexcept nogil
@cython.locals(last=int)
cpdef bint end_batch(Machine machine, Space space) except -1
