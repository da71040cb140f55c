// What the source files share: error capture, and tensors that cross the ABI without a box.
#pragma once

#include "winnow_torch.h"

#include <ATen/ATen.h>
#include <ATen/core/function_schema.h>
#include <torch/version.h>

#include <exception>
#include <string>
#include <type_traits>
#include <utility>

#define WINNOW_TORCH_AT_LEAST(major, minor) \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace winnow {

// libtorch's optional was c10::optional and became std::optional: take the one that this libtorch's own interface uses.
template <class> struct OptionalOf;
template <template <class> class Optional, class T> struct OptionalOf<Optional<T>> {
  template <class U> using type = Optional<U>;
};
template <class T>
using optional = typename OptionalOf<std::decay_t<decltype(std::declval<const c10::Argument&>().default_value())>>::template type<T>;

void remember_error(const char* operator_name, const char* message) noexcept;

// Runs `work`, turning every exception into a remembered text. `operator_name` says what was being done.
template <class Work>
winnow_status guarded(const char* operator_name, Work&& work) noexcept {
  try {
    work();
    return 0;
  } catch (const c10::Error& error) {
    remember_error(operator_name, error.what_without_backtrace());
  } catch (const std::exception& error) {
    remember_error(operator_name, error.what());
  } catch (...) {
    remember_error(operator_name, "an exception that is no std::exception");
  }
  return -1;
}

using Impl = c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

// The handle is the TensorImpl itself: no box is allocated around it.
inline c10::TensorImpl* impl_of(winnow_tensor* handle) { return reinterpret_cast<c10::TensorImpl*>(handle); }

// Gives the tensor's reference to the caller of the ABI.
inline winnow_tensor* release(at::Tensor tensor) {
  return tensor.defined() ? reinterpret_cast<winnow_tensor*>(tensor.unsafeReleaseTensorImpl()) : nullptr;
}

// A second reference to the caller's tensor.
inline at::Tensor share(winnow_tensor* handle) {
  return handle != nullptr ? at::Tensor(Impl::reclaim_copy(impl_of(handle))) : at::Tensor();
}

// The caller's tensor for the length of a block, without touching its reference count.
class Borrowed {
 public:
  explicit Borrowed(winnow_tensor* handle) {
    TORCH_CHECK(handle != nullptr, "the tensor handle is null");
    tensor_ = at::Tensor(Impl::reclaim(impl_of(handle)));
  }
  ~Borrowed() {
    if (tensor_.defined()) tensor_.unsafeReleaseTensorImpl();
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  at::Tensor& operator*() { return tensor_; }
  at::Tensor* operator->() { return &tensor_; }

 private:
  at::Tensor tensor_;
};

inline c10::Device device_of(int32_t type, int64_t index) {
  TORCH_CHECK(type == 0 || type == 1, "device type ", type, " is unknown; 0 is cpu, 1 is cuda");
  return type == 0 ? c10::Device(c10::DeviceType::CPU)
                   : c10::Device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(index));
}

}  // namespace winnow
