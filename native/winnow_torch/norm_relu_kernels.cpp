// Compiled once per instruction set, with WINNOW_TABLE naming the table it fills. Vectors are the compiler's own, 16 lanes wide.
#include "norm_relu_kernels.h"

#include <cstring>

namespace winnow {
namespace {

typedef float Lanes __attribute__((vector_size(64)));
typedef uint32_t Bits __attribute__((vector_size(64)));
typedef int32_t Mask __attribute__((vector_size(64)));
typedef uint16_t Halves __attribute__((vector_size(32)));

constexpr int64_t kLanes = 16;
constexpr int64_t kBlockRows = 512;  // rows summed in single precision before the sums go to double

inline Lanes load(const float* from) {
  Lanes value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

inline Lanes load(const uint16_t* from) {
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  return (Lanes)(__builtin_convertvector(halves, Bits) << 16);
}

inline void store(float* to, Lanes value) { std::memcpy(to, &value, sizeof value); }

// Rounds to nearest, ties to even; NaN stays NaN.
inline void store(uint16_t* to, Lanes value) {
  const Bits bits = (Bits)value;
  const Bits rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Bits result = (Bits)((Mask)(value == value) ? (Mask)rounded : (Mask)(Bits{} + 0x7fc0u));
  const Halves halves = __builtin_convertvector(result, Halves);
  std::memcpy(to, &halves, sizeof halves);
}

inline Lanes positive(Lanes value) { return value > 0.0f ? value : (value == value ? Lanes{} : value); }

inline void accumulate(double* to, Lanes value) {
  for (int64_t i = 0; i < kLanes; i++) to[i] += static_cast<double>(value[i]);
}

// Walks `rows` x `channels` in tiles of N vectors by kBlockRows rows, so that sums stay in registers.
template <int N, class Body>
inline void tiles(int64_t rows, int64_t channels, int64_t first, int64_t last, Body&& body) {
  for (int64_t c = first; c + N * kLanes <= last; c += N * kLanes)
    for (int64_t r = 0; r < rows; r += kBlockRows) body(c, r, r + kBlockRows < rows ? r + kBlockRows : rows);
  (void)channels;
}

template <int N, class T>
void moments_of(const T* x, int64_t rows, int64_t channels, int64_t first, int64_t last, const float* shift, double* sum, double* squares) {
  tiles<N>(rows, channels, first, last, [&](int64_t c, int64_t from, int64_t to) {
    Lanes s[N] = {}, q[N] = {}, s2[N] = {}, q2[N] = {}, base[N];
    for (int n = 0; n < N; n++) base[n] = load(shift + c + n * kLanes);
    int64_t r = from;
    // Two rows at a time: additions of one chain would wait for each other.
    for (; r + 1 < to; r += 2)
      for (int n = 0; n < N; n++) {
        const Lanes d = load(x + r * channels + c + n * kLanes) - base[n];
        const Lanes e = load(x + (r + 1) * channels + c + n * kLanes) - base[n];
        s[n] += d;
        q[n] += d * d;
        s2[n] += e;
        q2[n] += e * e;
      }
    for (; r < to; r++)
      for (int n = 0; n < N; n++) {
        const Lanes d = load(x + r * channels + c + n * kLanes) - base[n];
        s[n] += d;
        q[n] += d * d;
      }
    for (int n = 0; n < N; n++) {
      accumulate(sum + c + n * kLanes, s[n] + s2[n]);
      accumulate(squares + c + n * kLanes, q[n] + q2[n]);
    }
  });
}

template <class T>
void moments(const T* x, int64_t rows, int64_t channels, const float* shift, double* sum, double* squares) {
  const int64_t wide = channels / (4 * kLanes) * (4 * kLanes);
  moments_of<4>(x, rows, channels, 0, wide, shift, sum, squares);
  const int64_t half = wide + (channels - wide) / (2 * kLanes) * (2 * kLanes);
  moments_of<2>(x, rows, channels, wide, half, shift, sum, squares);
  moments_of<1>(x, rows, channels, half, channels, shift, sum, squares);
}

template <bool WithResidual, class T>
void apply_to(const T* x, const T* residual, T* y, int64_t rows, int64_t channels, const float* scale, const float* offset) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t i = r * channels + c;
      Lanes value = load(x + i) * load(scale + c) + load(offset + c);
      if (WithResidual) value += load(residual + i);
      store(y + i, positive(value));
    }
}

template <class T>
void apply(const T* x, const T* residual, T* y, int64_t rows, int64_t channels, const float* scale, const float* offset) {
  if (residual != nullptr)
    apply_to<true>(x, residual, y, rows, channels, scale, offset);
  else
    apply_to<false>(x, residual, y, rows, channels, scale, offset);
}

inline Lanes where_positive(Lanes sign, Lanes value) { return sign > 0.0f ? value : Lanes{}; }

template <int N, bool FromOutput, class T>
void sums_of(const T* dy, const T* x, const T* y, int64_t rows, int64_t channels, int64_t first, int64_t last, const float* scale,
             const float* offset, const float* mean, double* sum, double* products) {
  tiles<N>(rows, channels, first, last, [&](int64_t c, int64_t from, int64_t to) {
    Lanes s[N] = {}, p[N] = {};
    for (int64_t r = from; r < to; r++)
      for (int n = 0; n < N; n++) {
        const int64_t k = c + n * kLanes, i = r * channels + k;
        const Lanes value = load(x + i);
        const Lanes sign = FromOutput ? load(y + i) : value * load(scale + k) + load(offset + k);
        const Lanes g = where_positive(sign, load(dy + i));
        s[n] += g;
        p[n] += g * (value - load(mean + k));
      }
    for (int n = 0; n < N; n++) {
      accumulate(sum + c + n * kLanes, s[n]);
      accumulate(products + c + n * kLanes, p[n]);
    }
  });
}

template <bool FromOutput, class T>
void sums(const T* dy, const T* x, const T* y, int64_t rows, int64_t channels, const float* scale, const float* offset, const float* mean,
          double* sum, double* products) {
  const int64_t wide = channels / (4 * kLanes) * (4 * kLanes);
  sums_of<4, FromOutput>(dy, x, y, rows, channels, 0, wide, scale, offset, mean, sum, products);
  const int64_t half = wide + (channels - wide) / (2 * kLanes) * (2 * kLanes);
  sums_of<2, FromOutput>(dy, x, y, rows, channels, wide, half, scale, offset, mean, sum, products);
  sums_of<1, FromOutput>(dy, x, y, rows, channels, half, channels, scale, offset, mean, sum, products);
}

template <class T>
void backward_sums(const T* dy, const T* x, const T* y, int64_t rows, int64_t channels, const float* scale, const float* offset,
                   const float* mean, double* sum, double* products) {
  if (y != nullptr)
    sums<true>(dy, x, y, rows, channels, scale, offset, mean, sum, products);
  else
    sums<false>(dy, x, y, rows, channels, scale, offset, mean, sum, products);
}

template <bool WithResidual, class T>
void gradient_of(const T* dy, const T* x, const T* y, T* dx, T* dresidual, int64_t rows, int64_t channels, const float* scale,
                 const float* offset, const float* slope, const float* constant) {
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < channels; c += kLanes) {
      const int64_t i = r * channels + c;
      const Lanes value = load(x + i), s = load(scale + c);
      const Lanes g = where_positive(WithResidual ? load(y + i) : value * s + load(offset + c), load(dy + i));
      if (WithResidual) store(dresidual + i, g);
      store(dx + i, g * s + value * load(slope + c) + load(constant + c));
    }
}

template <class T>
void backward_apply(const T* dy, const T* x, const T* y, T* dx, T* dresidual, int64_t rows, int64_t channels, const float* scale,
                    const float* offset, const float* slope, const float* constant) {
  if (dresidual != nullptr)
    gradient_of<true>(dy, x, y, dx, dresidual, rows, channels, scale, offset, slope, constant);
  else
    gradient_of<false>(dy, x, y, dx, dresidual, rows, channels, scale, offset, slope, constant);
}

}  // namespace

extern const NormReluTable WINNOW_TABLE = {
    {moments<float>, apply<float>, backward_sums<float>, backward_apply<float>},
    {moments<uint16_t>, apply<uint16_t>, backward_sums<uint16_t>, backward_apply<uint16_t>},
};

}  // namespace winnow
