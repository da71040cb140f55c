// Tensors: making them from memory, reading and writing them, and what there is to know about one.
#include "common.h"

#include <cstring>

using at::Tensor;
using namespace winnow;

namespace {

at::TensorOptions options_of(int32_t scalar_type) { return at::TensorOptions().dtype(static_cast<at::ScalarType>(scalar_type)); }

// Row-major view of the caller's memory, shaped as `like`.
Tensor view_of(void* memory, const Tensor& like, int64_t bytes) {
  const int64_t needed = like.numel() * static_cast<int64_t>(like.element_size());
  TORCH_CHECK(bytes == needed, "the buffer holds ", bytes, " bytes, the tensor has ", needed);
  return at::from_blob(memory, like.sizes(), at::TensorOptions().dtype(like.scalar_type()));
}

}  // namespace

winnow_status winnow_tensor_from_data(const void* data, const int64_t* sizes, int32_t dimensions, int32_t scalar_type,
                                      int32_t device_type, int32_t device_index, winnow_tensor** out) {
  return guarded("from_data", [&] {
    const Tensor source = at::from_blob(const_cast<void*>(data), at::IntArrayRef(sizes, dimensions), options_of(scalar_type));
    const c10::Device device = device_of(device_type, device_index);
    *out = release(device.is_cpu() ? source.clone() : source.to(device));
  });
}

winnow_status winnow_tensor_read(winnow_tensor* handle, void* destination, int64_t bytes) {
  return guarded("read", [&] {
    Borrowed tensor(handle);
    at::NoGradGuard no_grad;
    if (tensor->numel() == 0 && bytes == 0) return;
    if (tensor->is_cpu() && tensor->is_contiguous() && !tensor->is_conj() && !tensor->is_neg()) {
      const Tensor check = view_of(destination, *tensor, bytes);
      std::memcpy(destination, tensor->data_ptr(), bytes);
    } else {
      view_of(destination, *tensor, bytes).copy_(*tensor);
    }
  });
}

winnow_status winnow_tensor_write(winnow_tensor* handle, const void* source, int64_t bytes) {
  return guarded("write", [&] {
    Borrowed tensor(handle);
    at::NoGradGuard no_grad;
    if (tensor->numel() == 0 && bytes == 0) return;
    tensor->copy_(view_of(const_cast<void*>(source), *tensor, bytes));
  });
}

winnow_status winnow_tensor_describe(winnow_tensor* handle, winnow_tensor_info* out) {
  return guarded("describe", [&] {
    Borrowed tensor(handle);
    const c10::Device device = tensor->device();
    out->elements = tensor->numel();
    out->element_size = static_cast<int64_t>(tensor->element_size());
    out->scalar_type = static_cast<int32_t>(tensor->scalar_type());
    out->device_type = device.is_cpu() ? 0 : device.is_cuda() ? 1 : -1;
    out->device_index = device.index();
    out->dimensions = static_cast<int32_t>(tensor->dim());
    out->requires_grad = tensor->requires_grad() ? 1 : 0;
    out->is_leaf = tensor->is_leaf() ? 1 : 0;
  });
}

winnow_status winnow_tensor_shape(winnow_tensor* handle, int64_t* sizes, int64_t* strides) {
  return guarded("shape", [&] {
    Borrowed tensor(handle);
    const auto size = tensor->sizes();
    std::copy(size.begin(), size.end(), sizes);
    if (strides != nullptr) {
      const auto stride = tensor->strides();
      std::copy(stride.begin(), stride.end(), strides);
    }
  });
}

winnow_status winnow_tensor_is_contiguous(winnow_tensor* handle, int32_t memory_format, int32_t* out) {
  return guarded("is_contiguous", [&] {
    Borrowed tensor(handle);
    *out = tensor->is_contiguous(static_cast<at::MemoryFormat>(memory_format)) ? 1 : 0;
  });
}

winnow_status winnow_tensor_set_data(winnow_tensor* handle, winnow_tensor* data) {
  return guarded("set_data", [&] {
    Borrowed tensor(handle), source(data);
    tensor->set_data(*source);
  });
}

void winnow_tensor_free(winnow_tensor* handle) {
  if (handle == nullptr) return;
  guarded("free", [&] { Impl::reclaim(impl_of(handle)); });
}
