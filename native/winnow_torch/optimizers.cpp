// Optimiser steps over whole parameter lists: one pass over memory on the CPU, ATen operators elsewhere.
#include "common.h"

#include <ATen/Parallel.h>

#include <cmath>

using at::Tensor;
using namespace winnow;

// The loops are compiled for several instruction sets; the loader chooses once.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define WINNOW_VECTORISED __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define WINNOW_VECTORISED
#endif

namespace {

constexpr int64_t kGrain = 1 << 15;  // elements a thread takes at least: below it waking one costs more than it gains

WINNOW_VECTORISED
void sgd_range(float* p, float* m, const float* g, int64_t n, float rate, float momentum, float decay, bool nesterov) {
  if (nesterov) {
    for (int64_t i = 0; i < n; i++) {
      const float d = g[i] + decay * p[i];
      const float v = momentum * m[i] + d;
      m[i] = v;
      p[i] -= rate * (d + momentum * v);
    }
  } else {
    for (int64_t i = 0; i < n; i++) {
      const float v = momentum * m[i] + (g[i] + decay * p[i]);
      m[i] = v;
      p[i] -= rate * v;
    }
  }
}

struct AdamW {
  float shrink, beta1, beta2, epsilon, step_size, root_correction;
};

WINNOW_VECTORISED
void adamw_range(float* p, float* m, float* v, const float* g, int64_t n, AdamW a) {
  for (int64_t i = 0; i < n; i++) {
    const float first = a.beta1 * m[i] + (1.0f - a.beta1) * g[i];
    const float second = a.beta2 * v[i] + (1.0f - a.beta2) * g[i] * g[i];
    m[i] = first;
    v[i] = second;
    p[i] = p[i] * a.shrink - a.step_size * first / (std::sqrt(second) / a.root_correction + a.epsilon);
  }
}

// Plain memory of equal layout, which the loops above may walk as one run.
bool walkable(const Tensor& parameter, const Tensor& other) {
  return other.is_cpu() && other.scalar_type() == at::kFloat && other.strides() == parameter.strides();
}

bool fast(const Tensor& parameter) {
  return parameter.is_cpu() && parameter.scalar_type() == at::kFloat && parameter.is_non_overlapping_and_dense();
}

// The gradient in the parameter's memory layout; autograd may have chosen another.
Tensor aligned_gradient(const Tensor& parameter) {
  Tensor gradient = parameter.grad();
  if (walkable(parameter, gradient)) return gradient;
  return at::empty_like(parameter).copy_(gradient);
}

// Parameters were changed behind autograd's back: tell it, so that a graph still holding them refuses to run backward.
void changed(Tensor& parameter) { parameter.unsafeGetTensorImpl()->bump_version(); }

}  // namespace

winnow_status winnow_sgd_step(winnow_tensor* const* parameters, winnow_tensor* const* momenta, int32_t count, double learning_rate,
                              double momentum, double weight_decay, int32_t nesterov) {
  return guarded("sgd_step", [&] {
    at::NoGradGuard no_grad;
    for (int32_t k = 0; k < count; k++) {
      Borrowed p(parameters[k]), m(momenta[k]);
      if (!p->grad().defined()) continue;
      if (fast(*p) && walkable(*p, *m)) {
        const Tensor g = aligned_gradient(*p);
        float *pp = p->data_ptr<float>(), *mp = m->data_ptr<float>();
        const float* gp = g.data_ptr<float>();
        at::parallel_for(0, p->numel(), kGrain, [&](int64_t from, int64_t to) {
          sgd_range(pp + from, mp + from, gp + from, to - from, static_cast<float>(learning_rate), static_cast<float>(momentum),
                    static_cast<float>(weight_decay), nesterov != 0);
        });
        changed(*p);
        changed(*m);
      } else {
        const Tensor d = weight_decay != 0 ? p->grad().add(*p, weight_decay) : p->grad();
        m->mul_(momentum).add_(d);
        p->add_(nesterov != 0 ? d.add(*m, momentum) : *m, -learning_rate);
      }
    }
  });
}

winnow_status winnow_adamw_step(winnow_tensor* const* parameters, winnow_tensor* const* first_moments,
                                winnow_tensor* const* second_moments, int32_t count, double learning_rate, double beta1, double beta2,
                                double epsilon, double weight_decay, int64_t step) {
  return guarded("adamw_step", [&] {
    TORCH_CHECK(step >= 1, "the step number is ", step, "; it starts at 1");
    at::NoGradGuard no_grad;
    const double step_size = learning_rate / (1.0 - std::pow(beta1, static_cast<double>(step)));
    const double root_correction = std::sqrt(1.0 - std::pow(beta2, static_cast<double>(step)));
    const double shrink = 1.0 - learning_rate * weight_decay;
    const AdamW constants{static_cast<float>(shrink),  static_cast<float>(beta1),     static_cast<float>(beta2),
                          static_cast<float>(epsilon), static_cast<float>(step_size), static_cast<float>(root_correction)};
    for (int32_t k = 0; k < count; k++) {
      Borrowed p(parameters[k]), m(first_moments[k]), v(second_moments[k]);
      if (!p->grad().defined()) continue;
      if (fast(*p) && walkable(*p, *m) && walkable(*p, *v)) {
        const Tensor g = aligned_gradient(*p);
        float *pp = p->data_ptr<float>(), *mp = m->data_ptr<float>(), *vp = v->data_ptr<float>();
        const float* gp = g.data_ptr<float>();
        at::parallel_for(0, p->numel(), kGrain, [&](int64_t from, int64_t to) {
          adamw_range(pp + from, mp + from, vp + from, gp + from, to - from, constants);
        });
        changed(*p);
        changed(*m);
        changed(*v);
      } else {
        const Tensor g = p->grad();
        p->mul_(shrink);
        m->mul_(beta1).add_(g, 1.0 - beta1);
        v->mul_(beta2).addcmul_(g, g, 1.0 - beta2);
        p->addcdiv_(*m, v->sqrt().div_(root_correction).add_(epsilon), -step_size);
      }
    }
  });
}
