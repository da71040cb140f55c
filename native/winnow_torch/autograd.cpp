// Backward passes, gradients, and the modes of the calling thread.
#include "common.h"

#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/autograd.h>

using at::Tensor;
using namespace winnow;

namespace {

struct AutocastState {
  bool enabled;
  at::ScalarType type;
};

#if WINNOW_TORCH_AT_LEAST(2, 4)
AutocastState autocast_state(c10::DeviceType device) {
  return {at::autocast::is_autocast_enabled(device), at::autocast::get_autocast_dtype(device)};
}
void set_autocast(c10::DeviceType device, AutocastState state) {
  at::autocast::set_autocast_enabled(device, state.enabled);
  at::autocast::set_autocast_dtype(device, state.type);
}
#else
AutocastState autocast_state(c10::DeviceType device) {
  if (device == c10::DeviceType::CPU) return {at::autocast::is_cpu_enabled(), at::autocast::get_autocast_cpu_dtype()};
  return {at::autocast::is_enabled(), at::autocast::get_autocast_gpu_dtype()};
}
void set_autocast(c10::DeviceType device, AutocastState state) {
  if (device == c10::DeviceType::CPU) {
    at::autocast::set_cpu_enabled(state.enabled);
    at::autocast::set_autocast_cpu_dtype(state.type);
  } else {
    at::autocast::set_enabled(state.enabled);
    at::autocast::set_autocast_gpu_dtype(state.type);
  }
}
#endif

}  // namespace

// What a mode restores: exactly one of the two is in use.
struct winnow_mode {
  c10::InferenceMode* inference;
  c10::DeviceType device;
  AutocastState previous;
};

winnow_status winnow_backward(winnow_tensor* handle, winnow_tensor* gradient, int32_t retain_graph) {
  return guarded("backward", [&] {
    const optional<bool> retain = retain_graph != 0 ? optional<bool>(true) : optional<bool>();
    torch::autograd::backward({share(handle)}, {share(gradient)}, retain, /*create_graph=*/false);
  });
}

winnow_status winnow_requires_grad(winnow_tensor* handle, int32_t on) {
  return guarded("requires_grad_", [&] {
    Borrowed tensor(handle);
    tensor->requires_grad_(on != 0);
  });
}

winnow_status winnow_grad(winnow_tensor* handle, winnow_tensor** out) {
  return guarded("grad", [&] {
    Borrowed tensor(handle);
    *out = release(tensor->grad());
  });
}

winnow_status winnow_clear_grads(winnow_tensor* const* tensors, int32_t count) {
  return guarded("clear_grads", [&] {
    for (int32_t i = 0; i < count; i++) {
      Borrowed tensor(tensors[i]);
      if (tensor->grad().defined()) tensor->mutable_grad().reset();
    }
  });
}

winnow_status winnow_grad_mode(int32_t on, int32_t* previous) {
  return guarded("grad_mode", [&] {
    *previous = c10::GradMode::is_enabled() ? 1 : 0;
    if (on >= 0) c10::GradMode::set_enabled(on != 0);
  });
}

winnow_status winnow_inference_enter(winnow_mode** out) {
  return guarded("inference_mode", [&] { *out = new winnow_mode{new c10::InferenceMode(true), c10::DeviceType::CPU, {}}; });
}

winnow_status winnow_inference_exit(winnow_mode* mode) {
  return guarded("inference_mode", [&] {
    delete mode->inference;
    delete mode;
  });
}

winnow_status winnow_autocast_enter(int32_t device_type, int32_t on, int32_t scalar_type, winnow_mode** out) {
  return guarded("autocast", [&] {
    const c10::DeviceType device = device_of(device_type, -1).type();
    const AutocastState previous = autocast_state(device);
    set_autocast(device, {on != 0, static_cast<at::ScalarType>(scalar_type)});
    at::autocast::increment_nesting();
    *out = new winnow_mode{nullptr, device, previous};
  });
}

winnow_status winnow_autocast_exit(winnow_mode* mode) {
  return guarded("autocast", [&] {
    set_autocast(mode->device, mode->previous);
    // The cache holds weights already cast; outside the last region they would be stale after the next step.
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    delete mode;
  });
}
