// Batch normalisation + ReLU over memory that holds `rows` rows of `channels` channels (channels-last images), channels a multiple of 16.
// One table of functions per instruction set; this header and its implementation use no library code, so that nothing compiled for a
// newer instruction set can leak into code that runs on an older one.
#pragma once

#include <cstdint>

namespace winnow {

// T is float, or uint16_t standing for the bits of a bfloat16. Sums are per channel, in double.
template <class T>
struct NormReluKernels {
  // sum += x - shift, squares += (x - shift)^2
  void (*moments)(const T* x, int64_t rows, int64_t channels, const float* shift, double* sum, double* squares);
  // y = max(0, x * scale + offset + residual); residual may be null
  void (*apply)(const T* x, const T* residual, T* y, int64_t rows, int64_t channels, const float* scale, const float* offset);
  // g = dy where the output was positive, else 0; sum += g, products += g * (x - mean). The output's sign is that of y when y is given,
  // else of x * scale + offset.
  void (*backward_sums)(const T* dy, const T* x, const T* y, int64_t rows, int64_t channels, const float* scale, const float* offset,
                        const float* mean, double* sum, double* products);
  // dx = scale * g + slope * x + constant, g as above; dresidual = g unless null
  void (*backward_apply)(const T* dy, const T* x, const T* y, T* dx, T* dresidual, int64_t rows, int64_t channels, const float* scale,
                         const float* offset, const float* slope, const float* constant);
};

struct NormReluTable {
  NormReluKernels<float> single;
  NormReluKernels<uint16_t> bfloat16;
};

extern const NormReluTable norm_relu_baseline;
#ifdef WINNOW_X86_KERNELS
extern const NormReluTable norm_relu_avx2;
extern const NormReluTable norm_relu_avx512;
#endif

}  // namespace winnow
