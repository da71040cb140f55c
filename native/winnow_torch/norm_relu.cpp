// Batch normalisation, an optional residual and ReLU as one operator with its own backward pass: two passes over the activations each way
// instead of five and six, and nothing saved that the convolutions around it do not hold anyway.
#include "norm_relu_kernels.h"

#include "common.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>
#include <vector>

using at::Tensor;
using namespace winnow;

namespace {

constexpr int64_t kGrainElements = 1 << 14;

const NormReluTable& table() {
#ifdef WINNOW_X86_KERNELS
  static const NormReluTable& chosen =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
              __builtin_cpu_supports("avx512dq")
          ? norm_relu_avx512
          : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? norm_relu_avx2 : norm_relu_baseline;
  return chosen;
#else
  return norm_relu_baseline;
#endif
}

template <class T> const NormReluKernels<T>& kernels();
template <> const NormReluKernels<float>& kernels<float>() { return table().single; }
template <> const NormReluKernels<uint16_t>& kernels<uint16_t>() { return table().bfloat16; }

template <class T> T* data(const Tensor& tensor) { return tensor.defined() ? static_cast<T*>(tensor.data_ptr()) : nullptr; }

struct Rows {
  int64_t count, channels;
  explicit Rows(const Tensor& x) : count(x.size(0) * x.size(2) * x.size(3)), channels(x.size(1)) {}
  int64_t grain() const { return std::max<int64_t>(1, kGrainElements / channels); }
};

// Runs `work(from, to, first, second)` over row ranges; every range sums into its own pair of arrays, which are then added in order, so
// that the result depends on the number of threads and on nothing else.
template <class Work>
void sum_rows(const Rows& rows, double* first, double* second, Work&& work) {
  const int64_t threads = at::get_num_threads();
  std::vector<double> partial(2 * rows.channels * threads);
  at::parallel_for(0, rows.count, rows.grain(), [&](int64_t from, int64_t to) {
    double* own = partial.data() + 2 * rows.channels * at::get_thread_num();
    work(from, to, own, own + rows.channels);
  });
  for (int64_t t = 0; t < threads; t++)
    for (int64_t c = 0; c < rows.channels; c++) {
      first[c] += partial[2 * rows.channels * t + c];
      second[c] += partial[2 * rows.channels * t + rows.channels + c];
    }
}

// What both directions need per channel: the normalisation is x * scale + offset.
struct Affine {
  std::vector<float> scale, offset, mean, inverse;
  explicit Affine(int64_t channels) : scale(channels), offset(channels), mean(channels), inverse(channels) {}
  void set(int64_t c, double channel_mean, double channel_inverse, float weight, float bias) {
    mean[c] = static_cast<float>(channel_mean);
    inverse[c] = static_cast<float>(channel_inverse);
    scale[c] = static_cast<float>(weight * channel_inverse);
    offset[c] = static_cast<float>(bias - channel_mean * weight * channel_inverse);
  }
};

template <class T>
void batch_statistics(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& running_mean,
                      const Tensor& running_variance, double momentum, double epsilon, Affine& affine) {
  const Rows rows(input);
  const T* x = data<T>(input);
  // Sums are taken around one pixel of the batch: a few deviations from the mean at most, so that squares lose no digits.
  const Tensor pixel = input.select(0, 0).select(1, 0).select(1, 0).to(at::kFloat).contiguous();
  const float* shift = data<float>(pixel);
  std::vector<double> sum(rows.channels), squares(rows.channels);
  sum_rows(rows, sum.data(), squares.data(), [&](int64_t from, int64_t to, double* s, double* q) {
    kernels<T>().moments(x + from * rows.channels, to - from, rows.channels, shift, s, q);
  });
  float *rm = data<float>(running_mean), *rv = data<float>(running_variance);
  for (int64_t c = 0; c < rows.channels; c++) {
    const double n = static_cast<double>(rows.count), delta = sum[c] / n, mean = shift[c] + delta;
    const double variance = std::max(0.0, squares[c] / n - delta * delta);
    affine.set(c, mean, 1.0 / std::sqrt(variance + epsilon), data<float>(weight)[c], data<float>(bias)[c]);
    if (rm == nullptr) continue;
    rm[c] = static_cast<float>((1 - momentum) * rm[c] + momentum * mean);
    rv[c] = static_cast<float>((1 - momentum) * rv[c] + momentum * variance * n / (n - 1));
  }
}

void running_statistics(const Tensor& weight, const Tensor& bias, const Tensor& running_mean, const Tensor& running_variance,
                        double epsilon, Affine& affine) {
  for (int64_t c = 0; c < weight.numel(); c++)
    affine.set(c, data<float>(running_mean)[c], 1.0 / std::sqrt(data<float>(running_variance)[c] + epsilon), data<float>(weight)[c],
               data<float>(bias)[c]);
}

template <class T>
Tensor apply(const Tensor& input, const Tensor& residual, const Affine& affine) {
  const Rows rows(input);
  const Tensor output = at::empty_like(input);
  const T *x = data<T>(input), *r = data<T>(residual);
  T* y = data<T>(output);
  at::parallel_for(0, rows.count, rows.grain(), [&](int64_t from, int64_t to) {
    const int64_t at = from * rows.channels;
    kernels<T>().apply(x + at, r != nullptr ? r + at : nullptr, y + at, to - from, rows.channels, affine.scale.data(),
                       affine.offset.data());
  });
  return output;
}

Tensor forward(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& residual, const Tensor& running_mean,
               const Tensor& running_variance, bool training, double momentum, double epsilon, Affine& affine) {
  const bool single = input.scalar_type() == at::kFloat;
  if (!training)
    running_statistics(weight, bias, running_mean, running_variance, epsilon, affine);
  else if (single)
    batch_statistics<float>(input, weight, bias, running_mean, running_variance, momentum, epsilon, affine);
  else
    batch_statistics<uint16_t>(input, weight, bias, running_mean, running_variance, momentum, epsilon, affine);
  return single ? apply<float>(input, residual, affine) : apply<uint16_t>(input, residual, affine);
}

struct Gradients {
  Tensor input, weight, bias, residual;
};

template <class T>
Gradients backward(const Tensor& gradient, const Tensor& input, const Tensor& output, const Affine& affine, bool with_residual) {
  const Rows rows(input);
  const T *dy = data<T>(gradient), *x = data<T>(input), *y = with_residual ? data<T>(output) : nullptr;
  std::vector<double> sum(rows.channels), products(rows.channels);
  sum_rows(rows, sum.data(), products.data(), [&](int64_t from, int64_t to, double* s, double* p) {
    const int64_t at = from * rows.channels;
    kernels<T>().backward_sums(dy + at, x + at, y != nullptr ? y + at : nullptr, to - from, rows.channels, affine.scale.data(),
                               affine.offset.data(), affine.mean.data(), s, p);
  });

  const auto options = at::TensorOptions().dtype(at::kFloat);
  Gradients result{at::empty_like(input), at::empty({rows.channels}, options), at::empty({rows.channels}, options),
                   with_residual ? at::empty_like(input) : Tensor()};
  std::vector<float> slope(rows.channels), constant(rows.channels);
  for (int64_t c = 0; c < rows.channels; c++) {
    const double n = static_cast<double>(rows.count), inverse = affine.inverse[c];
    data<float>(result.bias)[c] = static_cast<float>(sum[c]);
    data<float>(result.weight)[c] = static_cast<float>(products[c] * inverse);
    const double s = -affine.scale[c] * inverse * inverse * products[c] / n;
    slope[c] = static_cast<float>(s);
    constant[c] = static_cast<float>(-affine.scale[c] * sum[c] / n - s * affine.mean[c]);
  }
  T *dx = data<T>(result.input), *dr = data<T>(result.residual);
  at::parallel_for(0, rows.count, rows.grain(), [&](int64_t from, int64_t to) {
    const int64_t at = from * rows.channels;
    kernels<T>().backward_apply(dy + at, x + at, y != nullptr ? y + at : nullptr, dx + at, dr != nullptr ? dr + at : nullptr, to - from,
                                rows.channels, affine.scale.data(), affine.offset.data(), slope.data(), constant.data());
  });
  return result;
}

struct NormRelu : torch::autograd::Function<NormRelu> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight, const Tensor& bias,
                        const optional<Tensor>& residual, const Tensor& running_mean, const Tensor& running_variance,
                        double momentum, double epsilon) {
    Affine affine(input.size(1));
    const Tensor output = ::forward(input, weight, bias, residual.value_or(Tensor()), running_mean, running_variance, /*training=*/true,
                                    momentum, epsilon, affine);
    const Tensor constants = at::empty({4, input.size(1)}, at::TensorOptions().dtype(at::kFloat));
    float* to = constants.data_ptr<float>();
    for (const auto* part : {&affine.scale, &affine.offset, &affine.mean, &affine.inverse}) to = std::copy(part->begin(), part->end(), to);
    context->save_for_backward({input, constants, residual.has_value() ? output : Tensor()});
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context, torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const Tensor &input = saved[0], &constants = saved[1], &output = saved[2];
    const int64_t channels = input.size(1);
    Affine affine(channels);
    const float* from = constants.data_ptr<float>();
    for (auto* part : {&affine.scale, &affine.offset, &affine.mean, &affine.inverse}) {
      std::copy(from, from + channels, part->begin());
      from += channels;
    }
    const Tensor gradient = gradients[0].to(input.scalar_type()).contiguous(at::MemoryFormat::ChannelsLast);
    const bool with_residual = output.defined();
    const Gradients result = input.scalar_type() == at::kFloat
        ? ::backward<float>(gradient, input, output, affine, with_residual)
        : ::backward<uint16_t>(gradient, input, output, affine, with_residual);
    return {result.input, result.weight, result.bias, result.residual, Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

bool plain_floats(const Tensor& tensor, int64_t count) {
  return tensor.defined() && tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.is_contiguous() && tensor.numel() == count;
}

// Whether the kernels above can take these tensors; everything else goes to ATen.
bool fusible(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& residual, const Tensor& mean,
             const Tensor& variance, bool recording, bool training) {
  if (!input.is_cpu() || input.dim() != 4 || (input.scalar_type() != at::kFloat && input.scalar_type() != at::kBFloat16)) return false;
  const int64_t channels = input.size(1);
  if (channels == 0 || channels % 16 != 0 || input.numel() / channels < 2) return false;
  if (!input.is_contiguous(at::MemoryFormat::ChannelsLast)) return false;
  if (residual.defined() && (!residual.is_cpu() || residual.scalar_type() != input.scalar_type() || residual.sizes() != input.sizes() ||
                             !residual.is_contiguous(at::MemoryFormat::ChannelsLast)))
    return false;
  if (!plain_floats(weight, channels) || !plain_floats(bias, channels)) return false;
  // Looking at a batch by its own statistics and recording neither these nor a history.
  if (!mean.defined() && !variance.defined()) return training && !recording;
  return plain_floats(mean, channels) && plain_floats(variance, channels);
}

}  // namespace

winnow_status winnow_norm_relu(winnow_tensor* input, winnow_tensor* weight, winnow_tensor* bias, winnow_tensor* residual,
                               winnow_tensor* running_mean, winnow_tensor* running_variance, int32_t training, double momentum,
                               double epsilon, winnow_tensor** out) {
  return guarded("norm_relu", [&] {
    const Tensor x = share(input), w = share(weight), b = share(bias), r = share(residual), mean = share(running_mean),
                 variance = share(running_variance);
    TORCH_CHECK(x.defined(), "the input is missing");
    const bool recording = at::GradMode::is_enabled();
    if (!fusible(x, w, b, r, mean, variance, recording, training != 0) || (recording && training == 0)) {
      Tensor y = at::batch_norm(x, w, b, mean, variance, training != 0, momentum, epsilon, /*cudnn_enabled=*/true);
      // Normalisation needs its input again, not its output, so that the output may be overwritten.
      if (r.defined()) y.add_(r);
      *out = release(y.relu_());
    } else if (recording) {
      *out = release(NormRelu::apply(x, w, b, r.defined() ? optional<Tensor>(r) : optional<Tensor>(), mean, variance, momentum, epsilon));
    } else {
      Affine affine(x.size(1));
      *out = release(forward(x, w, b, r, mean, variance, training != 0, momentum, epsilon, affine));
    }
  });
}
