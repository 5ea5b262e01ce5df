/* Read by kernels.h, which says for which processor. Operands may overlap: every gradient is read,
   added to and written back before the next one is read. */

static TARGET void KERNEL(add_forward)(double *v, ptrdiff_t count, ptrdiff_t out, ptrdiff_t x,
                                       ptrdiff_t x_step, ptrdiff_t y, ptrdiff_t y_step,
                                       double sign) {
    FUSE
    ptrdiff_t i = 0;
    if (x_step == 1 && y_step == 1)
        for (; i + FOUR <= count; i += FOUR)
            AT(v + out + i) = READ(v + x + i) + SPLAT(sign) * READ(v + y + i);
    for (; i < count; i++) v[out + i] = v[x + i * x_step] + sign * v[y + i * y_step];
}

static TARGET void KERNEL(add_backward)(double *g, ptrdiff_t count, ptrdiff_t out, ptrdiff_t x,
                                        ptrdiff_t x_step, double sign) {
    FUSE
    ptrdiff_t i = 0;
    if (x_step == 1) {
        for (; i + FOUR <= count; i += FOUR) AT(g + x + i) += SPLAT(sign) * READ(g + out + i);
    } else if (x_step == 0) {
        chalkgrad_four sum = SPLAT(0.0), other = sum;
        for (; i + 2 * FOUR <= count; i += 2 * FOUR) {
            sum += READ(g + out + i);
            other += READ(g + out + i + FOUR);
        }
        sum += other;
        g[x] += sign * SUM_OF(sum);
    }
    for (; i < count; i++) g[x + i * x_step] += sign * g[out + i];
}

static TARGET void KERNEL(mul_forward)(double *v, ptrdiff_t count, ptrdiff_t out, ptrdiff_t x,
                                       ptrdiff_t x_step, ptrdiff_t y, ptrdiff_t y_step) {
    ptrdiff_t i = 0;
    if (x_step == 1 && y_step == 1) {
        for (; i + FOUR <= count; i += FOUR) AT(v + out + i) = READ(v + x + i) * READ(v + y + i);
    } else if (x_step == 1 && y_step == 0) {
        chalkgrad_four factor = SPLAT(v[y]);
        for (; i + FOUR <= count; i += FOUR) AT(v + out + i) = READ(v + x + i) * factor;
    } else if (x_step == 0 && y_step == 1) {
        chalkgrad_four factor = SPLAT(v[x]);
        for (; i + FOUR <= count; i += FOUR) AT(v + out + i) = factor * READ(v + y + i);
    }
    for (; i < count; i++) v[out + i] = v[x + i * x_step] * v[y + i * y_step];
}

static TARGET void KERNEL(share_of_factor)(const double *v, double *g, ptrdiff_t count,
                                           ptrdiff_t out, ptrdiff_t x, ptrdiff_t x_step,
                                           ptrdiff_t y, ptrdiff_t y_step) {
    FUSE
    ptrdiff_t i = 0;
    if (x_step == 1 && y_step == 1) {
        for (; i + FOUR <= count; i += FOUR)
            AT(g + x + i) += READ(g + out + i) * READ(v + y + i);
    } else if (x_step == 1 && y_step == 0) {
        chalkgrad_four factor = SPLAT(v[y]);
        for (; i + FOUR <= count; i += FOUR) AT(g + x + i) += READ(g + out + i) * factor;
    } else if (x_step == 0 && y_step == 1) {
        chalkgrad_four sum = SPLAT(0.0);
        for (; i + FOUR <= count; i += FOUR) sum += READ(g + out + i) * READ(v + y + i);
        g[x] += SUM_OF(sum);
    }
    for (; i < count; i++) g[x + i * x_step] += g[out + i] * v[y + i * y_step];
}

static TARGET void KERNEL(mul_backward)(const double *v, double *g, ptrdiff_t count, ptrdiff_t out,
                                        ptrdiff_t x, ptrdiff_t x_step, ptrdiff_t y,
                                        ptrdiff_t y_step) {
    KERNEL(share_of_factor)(v, g, count, out, x, x_step, y, y_step);
    KERNEL(share_of_factor)(v, g, count, out, y, y_step, x, x_step);
}

/* No branch: which way it goes is as good as random. What is not finite is found by others. */
static TARGET void KERNEL(relu_forward)(double *v, double *d, ptrdiff_t count, ptrdiff_t out,
                                        ptrdiff_t place, ptrdiff_t x, ptrdiff_t x_step) {
    ptrdiff_t i = 0;
#if FOUR > 1
    if (x_step == 1)
        for (; i + FOUR <= count; i += FOUR) {
            chalkgrad_four data = READ(v + x + i), one = SPLAT(1.0);
            chalkgrad_mask positive = data > SPLAT(0.0);
            AT(v + out + i) = (chalkgrad_four) (positive & (chalkgrad_mask) data);
            AT(d + place + i) = (chalkgrad_four) (positive & (chalkgrad_mask) one);
        }
#endif
    for (; i < count; i++) {
        double data = v[x + i * x_step], slope = data > 0.0;
        v[out + i] = slope ? data : 0.0;
        d[place + i] = slope;
    }
}

/* Each operand's share by its recorded derivative. */
static TARGET void KERNEL(share_of_derivative)(double *g, const double *d, ptrdiff_t count,
                                               ptrdiff_t out, ptrdiff_t place, ptrdiff_t x,
                                               ptrdiff_t x_step) {
    FUSE
    ptrdiff_t i = 0;
    if (x_step == 1)
        for (; i + FOUR <= count; i += FOUR)
            AT(g + x + i) += READ(g + out + i) * READ(d + place + i);
    for (; i < count; i++) g[x + i * x_step] += g[out + i] * d[place + i];
}

/* ---- sums of products of one sample ---------------------------------------------------------- */

/* A matrix of neighbouring numbers times a vector of such: four rows at a time. */
static TARGET void KERNEL(matrix_forward)(double *v, ptrdiff_t rows, ptrdiff_t terms,
                                          ptrdiff_t out, ptrdiff_t x, ptrdiff_t x_row, ptrdiff_t y,
                                          ptrdiff_t y_row, ptrdiff_t bias, ptrdiff_t bias_row) {
    FUSE
    ptrdiff_t i = 0, j;
    if (y_row == 0) {
        for (; i + 4 <= rows; i += 4) {
            const double *x0 = v + x + i * x_row, *x1 = x0 + x_row, *x2 = x1 + x_row,
                         *x3 = x2 + x_row;
            chalkgrad_four s0 = SPLAT(0.0), s1 = s0, s2 = s0, s3 = s0;
            double t0 = 0.0, t1 = 0.0, t2 = 0.0, t3 = 0.0;
            for (j = 0; j + FOUR <= terms; j += FOUR) {
                chalkgrad_four factor = READ(v + y + j);
                s0 += READ(x0 + j) * factor;
                s1 += READ(x1 + j) * factor;
                s2 += READ(x2 + j) * factor;
                s3 += READ(x3 + j) * factor;
            }
            for (; j < terms; j++) {
                t0 += x0[j] * v[y + j];
                t1 += x1[j] * v[y + j];
                t2 += x2[j] * v[y + j];
                t3 += x3[j] * v[y + j];
            }
            t0 += SUM_OF(s0);
            t1 += SUM_OF(s1);
            t2 += SUM_OF(s2);
            t3 += SUM_OF(s3);
            if (bias >= 0) {
                t0 += v[bias + i * bias_row];
                t1 += v[bias + (i + 1) * bias_row];
                t2 += v[bias + (i + 2) * bias_row];
                t3 += v[bias + (i + 3) * bias_row];
            }
            v[out + i] = t0;
            v[out + i + 1] = t1;
            v[out + i + 2] = t2;
            v[out + i + 3] = t3;
        }
    }
    for (; i < rows; i++) {
        const double *xs = v + x + i * x_row, *ys = v + y + i * y_row;
        chalkgrad_four s0 = SPLAT(0.0), s1 = s0, s2 = s0, s3 = s0;
        double t = bias >= 0 ? v[bias + i * bias_row] : 0.0;
        for (j = 0; j + 4 * FOUR <= terms; j += 4 * FOUR) {
            s0 += READ(xs + j) * READ(ys + j);
            s1 += READ(xs + j + FOUR) * READ(ys + j + FOUR);
            s2 += READ(xs + j + 2 * FOUR) * READ(ys + j + 2 * FOUR);
            s3 += READ(xs + j + 3 * FOUR) * READ(ys + j + 3 * FOUR);
        }
        for (; j + FOUR <= terms; j += FOUR) s0 += READ(xs + j) * READ(ys + j);
        for (; j < terms; j++) t += xs[j] * ys[j];
        s0 = (s0 + s1) + (s2 + s3);
        v[out + i] = t + SUM_OF(s0);
    }
}

static TARGET void KERNEL(matrix_backward)(const double *v, double *g, ptrdiff_t rows,
                                           ptrdiff_t terms, ptrdiff_t out, ptrdiff_t x,
                                           ptrdiff_t x_row, int x_wanted, ptrdiff_t y,
                                           ptrdiff_t y_row, int y_wanted) {
    FUSE
    ptrdiff_t i = 0, j;
    if (y_row == 0 && y_wanted) {
        for (; i + 4 <= rows; i += 4) {
            ptrdiff_t r0 = x + i * x_row, r1 = r0 + x_row, r2 = r1 + x_row, r3 = r2 + x_row;
            double u0 = g[out + i], u1 = g[out + i + 1], u2 = g[out + i + 2], u3 = g[out + i + 3];
            for (j = 0; j + FOUR <= terms; j += FOUR) {
                AT(g + y + j) += (SPLAT(u0) * READ(v + r0 + j) + SPLAT(u1) * READ(v + r1 + j)) +
                                 (SPLAT(u2) * READ(v + r2 + j) + SPLAT(u3) * READ(v + r3 + j));
                if (x_wanted) {
                    chalkgrad_four factor = READ(v + y + j);
                    AT(g + r0 + j) += SPLAT(u0) * factor;
                    AT(g + r1 + j) += SPLAT(u1) * factor;
                    AT(g + r2 + j) += SPLAT(u2) * factor;
                    AT(g + r3 + j) += SPLAT(u3) * factor;
                }
            }
            for (; j < terms; j++) {
                g[y + j] += (u0 * v[r0 + j] + u1 * v[r1 + j]) + (u2 * v[r2 + j] + u3 * v[r3 + j]);
                if (x_wanted) {
                    g[r0 + j] += u0 * v[y + j];
                    g[r1 + j] += u1 * v[y + j];
                    g[r2 + j] += u2 * v[y + j];
                    g[r3 + j] += u3 * v[y + j];
                }
            }
        }
    }
    for (; i < rows; i++) {
        ptrdiff_t xs = x + i * x_row, ys = y + i * y_row;
        double upstream = g[out + i];
        for (j = 0; j + FOUR <= terms; j += FOUR) {
            if (x_wanted) AT(g + xs + j) += SPLAT(upstream) * READ(v + ys + j);
            if (y_wanted) AT(g + ys + j) += SPLAT(upstream) * READ(v + xs + j);
        }
        for (; j < terms; j++) {
            if (x_wanted) g[xs + j] += upstream * v[ys + j];
            if (y_wanted) g[ys + j] += upstream * v[xs + j];
        }
    }
}

/* Rows side by side: out[i] for four neighbouring i at a time, where each operand is the same for
   all rows or lies side by side for them. Returns how many rows it has done. */
static TARGET ptrdiff_t KERNEL(columns_forward)(double *v, ptrdiff_t rows, ptrdiff_t terms,
                                                ptrdiff_t out, ptrdiff_t x, ptrdiff_t x_row,
                                                ptrdiff_t x_step, ptrdiff_t y, ptrdiff_t y_row,
                                                ptrdiff_t y_step, ptrdiff_t bias,
                                                ptrdiff_t bias_row) {
    FUSE
    ptrdiff_t i = 0, j;
    for (; i + FOUR <= rows; i += FOUR) {
        chalkgrad_four sum = bias < 0 ? SPLAT(0.0)
                             : bias_row ? READ(v + bias + i)
                                        : SPLAT(v[bias]);
        for (j = 0; j < terms; j++) {
            const double *xs = v + x + j * x_step, *ys = v + y + j * y_step;
            sum += (x_row ? READ(xs + i) : SPLAT(*xs)) * (y_row ? READ(ys + i) : SPLAT(*ys));
        }
        AT(v + out + i) = sum;
    }
    return i;
}

static TARGET ptrdiff_t KERNEL(columns_backward)(const double *v, double *g, ptrdiff_t rows,
                                                 ptrdiff_t terms, ptrdiff_t out, ptrdiff_t x,
                                                 ptrdiff_t x_row, ptrdiff_t x_step, int x_wanted,
                                                 ptrdiff_t y, ptrdiff_t y_row, ptrdiff_t y_step,
                                                 int y_wanted) {
    FUSE
    ptrdiff_t i = 0, j;
    for (; i + FOUR <= rows; i += FOUR) {
        chalkgrad_four upstream = READ(g + out + i);
        for (j = 0; j < terms; j++) {
            ptrdiff_t xs = x + j * x_step, ys = y + j * y_step;
            if (x_wanted) {
                chalkgrad_four share = upstream * (y_row ? READ(v + ys + i) : SPLAT(v[ys]));
                if (x_row)
                    AT(g + xs + i) += share;
                else
                    g[xs] += SUM_OF(share);
            }
            if (y_wanted) {
                chalkgrad_four share = upstream * (x_row ? READ(v + xs + i) : SPLAT(v[xs]));
                if (y_row)
                    AT(g + ys + i) += share;
                else
                    g[ys] += SUM_OF(share);
            }
        }
    }
    return i;
}

/* ---- sums of products of many samples -------------------------------------------------------- */

/* The numbers x are the same for all lanes, y has one for each: COUNT vectors of lanes from `lane`
   on, and two rows at a time where both have the same y. */
#define UNIFORM_FORWARD(COUNT)                                                                     \
    for (i = 0; i + 2 <= rows && y_row == 0; i += 2) {                                             \
        const double *x0 = v + x + i * x_row, *x1 = x0 + x_row, *ys = v + y + lane;                \
        chalkgrad_four s0[COUNT], s1[COUNT];                                                       \
        for (c = 0; c < COUNT; c++) {                                                              \
            const double *b = v + bias + i * bias_row + (lane + c * FOUR) * bias_lane;             \
            s0[c] = bias < 0 ? SPLAT(0.0) : bias_lane ? READ(b) : SPLAT(*b);                       \
            if (bias >= 0) b += bias_row;                                                          \
            s1[c] = bias < 0 ? SPLAT(0.0) : bias_lane ? READ(b) : SPLAT(*b);                       \
        }                                                                                          \
        for (j = 0; j < terms; j++, x0 += x_step, x1 += x_step, ys += y_step) {                    \
            chalkgrad_four f0 = SPLAT(*x0), f1 = SPLAT(*x1);                                       \
            for (c = 0; c < COUNT; c++) {                                                          \
                chalkgrad_four factor = READ(ys + c * FOUR);                                       \
                s0[c] += f0 * factor;                                                              \
                s1[c] += f1 * factor;                                                              \
            }                                                                                      \
        }                                                                                          \
        for (c = 0; c < COUNT; c++) {                                                              \
            AT(v + out + i * lanes + lane + c * FOUR) = s0[c];                                     \
            AT(v + out + (i + 1) * lanes + lane + c * FOUR) = s1[c];                               \
        }                                                                                          \
    }                                                                                              \
    for (; i < rows; i++) {                                                                        \
        const double *xs = v + x + i * x_row, *ys = v + y + i * y_row + lane;                      \
        chalkgrad_four s[COUNT];                                                                   \
        for (c = 0; c < COUNT; c++) {                                                              \
            const double *b = v + bias + i * bias_row + (lane + c * FOUR) * bias_lane;             \
            s[c] = bias < 0 ? SPLAT(0.0) : bias_lane ? READ(b) : SPLAT(*b);                        \
        }                                                                                          \
        for (j = 0; j < terms; j++, xs += x_step, ys += y_step) {                                  \
            chalkgrad_four f = SPLAT(*xs);                                                         \
            for (c = 0; c < COUNT; c++) s[c] += f * READ(ys + c * FOUR);                           \
        }                                                                                          \
        for (c = 0; c < COUNT; c++) AT(v + out + i * lanes + lane + c * FOUR) = s[c];              \
    }

#define UNIFORM_BACKWARD(COUNT)                                                                    \
    for (i = 0; i + 2 <= rows && y_row == 0; i += 2) {                                             \
        ptrdiff_t x0 = x + i * x_row, x1 = x0 + x_row, ys = y + lane;                              \
        chalkgrad_four u0[COUNT], u1[COUNT];                                                       \
        for (c = 0; c < COUNT; c++) {                                                              \
            u0[c] = READ(g + out + i * lanes + lane + c * FOUR);                                   \
            u1[c] = READ(g + out + (i + 1) * lanes + lane + c * FOUR);                             \
        }                                                                                          \
        for (j = 0; j < terms; j++, x0 += x_step, x1 += x_step, ys += y_step) {                    \
            if (x_wanted) {                                                                        \
                chalkgrad_four s0 = SPLAT(0.0), s1 = s0;                                           \
                for (c = 0; c < COUNT; c++) {                                                      \
                    chalkgrad_four factor = READ(v + ys + c * FOUR);                               \
                    s0 += u0[c] * factor;                                                          \
                    s1 += u1[c] * factor;                                                          \
                }                                                                                  \
                g[x0] += SUM_OF(s0);                                                               \
                g[x1] += SUM_OF(s1);                                                               \
            }                                                                                      \
            if (y_wanted) {                                                                        \
                chalkgrad_four f0 = SPLAT(v[x0]), f1 = SPLAT(v[x1]);                               \
                for (c = 0; c < COUNT; c++)                                                        \
                    AT(g + ys + c * FOUR) += f0 * u0[c] + f1 * u1[c];                              \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    for (; i < rows; i++) {                                                                        \
        ptrdiff_t xs = x + i * x_row, ys = y + i * y_row + lane;                                   \
        chalkgrad_four u[COUNT];                                                                   \
        for (c = 0; c < COUNT; c++) u[c] = READ(g + out + i * lanes + lane + c * FOUR);            \
        for (j = 0; j < terms; j++, xs += x_step, ys += y_step) {                                  \
            if (x_wanted) {                                                                        \
                chalkgrad_four s = SPLAT(0.0);                                                     \
                for (c = 0; c < COUNT; c++) s += u[c] * READ(v + ys + c * FOUR);                   \
                g[xs] += SUM_OF(s);                                                                \
            }                                                                                      \
            if (y_wanted) {                                                                        \
                chalkgrad_four f = SPLAT(v[xs]);                                                   \
                for (c = 0; c < COUNT; c++) AT(g + ys + c * FOUR) += f * u[c];                     \
            }                                                                                      \
        }                                                                                          \
    }

static TARGET void KERNEL(uniform_forward)(double *v, ptrdiff_t lanes, ptrdiff_t rows,
                                           ptrdiff_t terms, ptrdiff_t out, ptrdiff_t x,
                                           ptrdiff_t x_row, ptrdiff_t x_step, ptrdiff_t y,
                                           ptrdiff_t y_row, ptrdiff_t y_step, ptrdiff_t bias,
                                           ptrdiff_t bias_row, ptrdiff_t bias_lane) {
    FUSE
    ptrdiff_t lane = 0, i, j, c;
    for (; lane + 4 * FOUR <= lanes; lane += 4 * FOUR) { UNIFORM_FORWARD(4) }
    for (; lane < lanes; lane += FOUR) { UNIFORM_FORWARD(1) }
}

static TARGET void KERNEL(uniform_backward)(const double *v, double *g, ptrdiff_t lanes,
                                            ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t out,
                                            ptrdiff_t x, ptrdiff_t x_row, ptrdiff_t x_step,
                                            int x_wanted, ptrdiff_t y, ptrdiff_t y_row,
                                            ptrdiff_t y_step, int y_wanted) {
    FUSE
    ptrdiff_t lane = 0, i, j, c;
    for (; lane + 4 * FOUR <= lanes; lane += 4 * FOUR) { UNIFORM_BACKWARD(4) }
    for (; lane < lanes; lane += FOUR) { UNIFORM_BACKWARD(1) }
}

/* Both factors have a number for each lane. */
static TARGET void KERNEL(varying_forward)(double *v, ptrdiff_t lanes, ptrdiff_t rows,
                                           ptrdiff_t terms, ptrdiff_t out, ptrdiff_t x,
                                           ptrdiff_t x_row, ptrdiff_t x_step, ptrdiff_t y,
                                           ptrdiff_t y_row, ptrdiff_t y_step, ptrdiff_t bias,
                                           ptrdiff_t bias_row, ptrdiff_t bias_lane) {
    FUSE
    ptrdiff_t lane, i, j;
    for (i = 0; i < rows; i++) {
        for (lane = 0; lane < lanes; lane += FOUR) {
            const double *xs = v + x + i * x_row + lane, *ys = v + y + i * y_row + lane;
            chalkgrad_four sum = SPLAT(0.0);
            if (bias >= 0)
                sum = bias_lane ? READ(v + bias + i * bias_row + lane)
                                : SPLAT(v[bias + i * bias_row]);
            for (j = 0; j < terms; j++, xs += x_step, ys += y_step) sum += READ(xs) * READ(ys);
            AT(v + out + i * lanes + lane) = sum;
        }
    }
}

static TARGET void KERNEL(varying_backward)(const double *v, double *g, ptrdiff_t lanes,
                                            ptrdiff_t rows, ptrdiff_t terms, ptrdiff_t out,
                                            ptrdiff_t x, ptrdiff_t x_row, ptrdiff_t x_step,
                                            ptrdiff_t y, ptrdiff_t y_row, ptrdiff_t y_step) {
    FUSE
    ptrdiff_t lane, i, j;
    for (i = 0; i < rows; i++) {
        for (lane = 0; lane < lanes; lane += FOUR) {
            ptrdiff_t xs = x + i * x_row + lane, ys = y + i * y_row + lane;
            chalkgrad_four upstream = READ(g + out + i * lanes + lane);
            for (j = 0; j < terms; j++, xs += x_step, ys += y_step) {
                chalkgrad_four dx = READ(v + ys), dy = READ(v + xs);
                AT(g + xs) += upstream * dx;
                AT(g + ys) += upstream * dy;
            }
        }
    }
}

/* ---- which of them --------------------------------------------------------------------------- */

static TARGET void KERNEL(dot_forward)(double *v, ptrdiff_t lanes, ptrdiff_t rows, ptrdiff_t terms,
                                       ptrdiff_t out, ptrdiff_t x, ptrdiff_t x_row,
                                       ptrdiff_t x_step, ptrdiff_t x_lane, ptrdiff_t y,
                                       ptrdiff_t y_row, ptrdiff_t y_step, ptrdiff_t y_lane,
                                       ptrdiff_t bias, ptrdiff_t bias_row, ptrdiff_t bias_lane) {
    FUSE
    ptrdiff_t i = 0, j, lane;
    if (lanes > 1 && lanes % FOUR == 0 && y_lane) {
        if (x_lane)
            KERNEL(varying_forward)(v, lanes, rows, terms, out, x, x_row, x_step, y, y_row, y_step,
                                    bias, bias_row, bias_lane);
        else
            KERNEL(uniform_forward)(v, lanes, rows, terms, out, x, x_row, x_step, y, y_row, y_step,
                                    bias, bias_row, bias_lane);
        return;
    }
    if (lanes == 1 && x_step == 1 && y_step == 1 && terms >= FOUR) {
        KERNEL(matrix_forward)(v, rows, terms, out, x, x_row, y, y_row, bias, bias_row);
        return;
    }
    if (lanes == 1 && (x_row == 0 || x_row == 1) && (y_row == 0 || y_row == 1) &&
        (bias < 0 || bias_row == 0 || bias_row == 1))
        i = KERNEL(columns_forward)(v, rows, terms, out, x, x_row, x_step, y, y_row, y_step, bias,
                                    bias_row);
    for (; i < rows; i++) {
        for (lane = 0; lane < lanes; lane++) {
            const double *xs = v + x + i * x_row + lane * x_lane,
                         *ys = v + y + i * y_row + lane * y_lane;
            double sum = bias >= 0 ? v[bias + i * bias_row + lane * bias_lane] : 0.0;
            for (j = 0; j < terms; j++) sum += xs[j * x_step] * ys[j * y_step];
            v[out + i * lanes + lane] = sum;
        }
    }
}

static TARGET void KERNEL(dot_backward)(const double *v, double *g, ptrdiff_t lanes, ptrdiff_t rows,
                                        ptrdiff_t terms, ptrdiff_t out, ptrdiff_t x,
                                        ptrdiff_t x_row, ptrdiff_t x_step, ptrdiff_t x_lane,
                                        int x_wanted, ptrdiff_t y, ptrdiff_t y_row,
                                        ptrdiff_t y_step, ptrdiff_t y_lane, int y_wanted,
                                        ptrdiff_t bias, ptrdiff_t bias_row, ptrdiff_t bias_lane) {
    FUSE
    ptrdiff_t i = 0, j, lane;
    if (bias >= 0) {
        if (lanes == 1)
            KERNEL(add_backward)(g, rows, out, bias, bias_row, 1.0);
        else
            for (i = 0; i < rows; i++)
                KERNEL(add_backward)(g, lanes, out + i * lanes, bias + i * bias_row, bias_lane, 1.0);
    }
    if (lanes > 1 && lanes % FOUR == 0 && y_lane) {
        if (x_lane)
            KERNEL(varying_backward)(v, g, lanes, rows, terms, out, x, x_row, x_step, y, y_row,
                                     y_step);
        else
            KERNEL(uniform_backward)(v, g, lanes, rows, terms, out, x, x_row, x_step, x_wanted, y,
                                     y_row, y_step, y_wanted);
        return;
    }
    if (lanes == 1 && x_step == 1 && y_step == 1 && terms >= FOUR) {
        KERNEL(matrix_backward)(v, g, rows, terms, out, x, x_row, x_wanted, y, y_row, y_wanted);
        return;
    }
    i = 0;
    if (lanes == 1 && (x_row == 0 || x_row == 1) && (y_row == 0 || y_row == 1))
        i = KERNEL(columns_backward)(v, g, rows, terms, out, x, x_row, x_step, x_wanted, y, y_row,
                                     y_step, y_wanted);
    for (; i < rows; i++) {
        for (lane = 0; lane < lanes; lane++) {
            ptrdiff_t xs = x + i * x_row + lane * x_lane, ys = y + i * y_row + lane * y_lane;
            double upstream = g[out + i * lanes + lane];
            for (j = 0; j < terms; j++) {
                if (x_wanted) g[xs + j * x_step] += upstream * v[ys + j * y_step];
                if (y_wanted) g[ys + j * y_step] += upstream * v[xs + j * x_step];
            }
        }
    }
}

static TARGET void KERNEL(clear)(double *v, ptrdiff_t first, ptrdiff_t last) {
    memset(v + first, 0, (size_t) (last - first) * sizeof(double)); /* 0.0 is all zero bits */
}

static TARGET int KERNEL(all_finite)(const double *v, ptrdiff_t first, ptrdiff_t last) {
    FUSE
    ptrdiff_t i = first;
    chalkgrad_four zero = SPLAT(0.0), s0 = zero, s1 = zero, s2 = zero, s3 = zero;
    double sum = 0.0;
    for (; i + 4 * FOUR <= last; i += 4 * FOUR) {
        s0 += READ(v + i) * zero;
        s1 += READ(v + i + FOUR) * zero;
        s2 += READ(v + i + 2 * FOUR) * zero;
        s3 += READ(v + i + 3 * FOUR) * zero;
    }
    for (; i < last; i++) sum += v[i] * 0.0;
    s0 = (s0 + s1) + (s2 + s3);
    return sum + SUM_OF(s0) == 0.0;
}
