# The C functions of kernels.h; `kernels.py` has the same in plain Python.

cdef extern from "kernels.h" nogil:
    void add_forward "BEST(add_forward)"(
        double *v, Py_ssize_t count, Py_ssize_t out, Py_ssize_t x, Py_ssize_t x_step,
        Py_ssize_t y, Py_ssize_t y_step, double sign)
    void add_backward "BEST(add_backward)"(
        double *g, Py_ssize_t count, Py_ssize_t out, Py_ssize_t x, Py_ssize_t x_step, double sign)
    void mul_forward "BEST(mul_forward)"(
        double *v, Py_ssize_t count, Py_ssize_t out, Py_ssize_t x, Py_ssize_t x_step,
        Py_ssize_t y, Py_ssize_t y_step)
    void mul_backward "BEST(mul_backward)"(
        double *v, double *g, Py_ssize_t count, Py_ssize_t out, Py_ssize_t x, Py_ssize_t x_step,
        Py_ssize_t y, Py_ssize_t y_step)
    void relu_forward "BEST(relu_forward)"(
        double *v, double *d, Py_ssize_t count, Py_ssize_t out, Py_ssize_t place, Py_ssize_t x,
        Py_ssize_t x_step)
    void share_of_derivative "BEST(share_of_derivative)"(
        double *g, double *d, Py_ssize_t count, Py_ssize_t out, Py_ssize_t place, Py_ssize_t x,
        Py_ssize_t x_step)
    void dot_forward "BEST(dot_forward)"(
        double *v, Py_ssize_t lanes, Py_ssize_t rows, Py_ssize_t terms, Py_ssize_t out,
        Py_ssize_t x, Py_ssize_t x_row, Py_ssize_t x_step, Py_ssize_t x_lane,
        Py_ssize_t y, Py_ssize_t y_row, Py_ssize_t y_step, Py_ssize_t y_lane,
        Py_ssize_t bias, Py_ssize_t bias_row, Py_ssize_t bias_lane)
    void dot_backward "BEST(dot_backward)"(
        double *v, double *g, Py_ssize_t lanes, Py_ssize_t rows, Py_ssize_t terms, Py_ssize_t out,
        Py_ssize_t x, Py_ssize_t x_row, Py_ssize_t x_step, Py_ssize_t x_lane, bint x_wanted,
        Py_ssize_t y, Py_ssize_t y_row, Py_ssize_t y_step, Py_ssize_t y_lane, bint y_wanted,
        Py_ssize_t bias, Py_ssize_t bias_row, Py_ssize_t bias_lane)
    void clear "BEST(clear)"(double *v, Py_ssize_t first, Py_ssize_t last)
    bint all_finite "BEST(all_finite)"(double *v, Py_ssize_t first, Py_ssize_t last)
