// Gradients summed over processes while the backward pass still runs. Parameters are put into buckets in the reverse of their order, which is
// about the order in which gradients come; a hook behind each gradient accumulator copies the gradient into its bucket, and a bucket that is
// full goes on its way. Buckets leave in the same order on every rank, whatever order gradients come in.
#include "process_group.h"

#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

using at::Tensor;
using namespace winnow;

#ifdef WINNOW_C10D

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/utils/lambda_post_hook.h>
#include <torch/csrc/autograd/variable.h>

namespace {

struct Slot {
  Tensor parameter, view;  // the view has the parameter's sizes and, where it fills its memory, the parameter's strides
  std::shared_ptr<torch::autograd::Node> accumulator;
  uintptr_t hook = 0;
  size_t bucket = 0;
  bool filled = false;
};

struct Bucket {
  Tensor flat;
  size_t missing = 0, slots = 0;
  WorkPointer work;
};

Tensor view_like(const Tensor& flat, int64_t offset, const Tensor& parameter) {
  return parameter.is_non_overlapping_and_dense() ? flat.as_strided(parameter.sizes(), parameter.strides(), offset)
                                                  : flat.narrow(0, offset, parameter.numel()).view(parameter.sizes());
}

}  // namespace

struct winnow_buckets {
  winnow_group* group = nullptr;
  std::vector<Slot> slots;
  std::vector<Bucket> buckets;
  Tensor numbers;  // travel at the end of the first bucket
  std::mutex mutex;
  bool armed = false;
  size_t next = 0;

  void fill(Slot& slot) {
    const Tensor& gradient = slot.parameter.grad();
    if (gradient.defined()) slot.view.copy_(gradient);
    else slot.view.zero_();
    slot.filled = true;
    buckets[slot.bucket].missing--;
  }

  void send_full() {
    for (; next < buckets.size() && buckets[next].missing == 0; next++) buckets[next].work = all_reduce(*group, buckets[next].flat);
  }

  void arrived(Slot& slot) {
    const std::lock_guard<std::mutex> lock(mutex);
    if (!armed || slot.filled) return;
    at::NoGradGuard no_grad;
    fill(slot);
    send_full();
  }

  ~winnow_buckets() {
    for (Slot& slot : slots) slot.accumulator->del_post_hook(slot.hook);
  }
};

winnow_status winnow_buckets_create(winnow_group* group, winnow_tensor* const* parameters, int32_t count, int32_t numbers, int64_t bytes,
                                    winnow_buckets** out) {
  return guarded("gradient_buckets", [&] {
    TORCH_CHECK(count > 0 && numbers >= 0 && bytes > 0, count, " parameters, ", numbers, " numbers, buckets of ", bytes, " bytes");
    at::NoGradGuard no_grad;
    auto made = std::make_unique<winnow_buckets>();
    made->group = group;
    made->slots.resize(static_cast<size_t>(count));
    const at::TensorOptions options = share(parameters[0]).options();
    std::vector<int64_t> lengths, offsets(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++) {
      Slot& slot = made->slots[static_cast<size_t>(i)];
      slot.parameter = share(parameters[count - 1 - i]);
      TORCH_CHECK(slot.parameter.scalar_type() == options.dtype().toScalarType() && slot.parameter.device() == options.device(),
                  "all parameters have one element type and one device");
      if (lengths.empty() || lengths.back() * slot.parameter.element_size() >= bytes) lengths.push_back(0);
      slot.bucket = lengths.size() - 1;
      offsets[static_cast<size_t>(i)] = lengths.back();
      lengths.back() += slot.parameter.numel();
    }
    for (size_t b = 0; b < lengths.size(); b++) {
      made->buckets.emplace_back();
      made->buckets.back().flat = at::zeros({lengths[b] + (b == 0 ? numbers : 0)}, options.requires_grad(false));
    }
    made->numbers = made->buckets[0].flat.narrow(0, lengths[0], numbers);
    for (size_t i = 0; i < made->slots.size(); i++) {
      Slot& slot = made->slots[i];
      slot.view = view_like(made->buckets[slot.bucket].flat, offsets[i], slot.parameter);
      made->buckets[slot.bucket].slots++;
      slot.accumulator = torch::autograd::impl::grad_accumulator(slot.parameter);
      winnow_buckets* buckets = made.get();
      slot.hook = slot.accumulator->add_post_hook(std::make_unique<torch::autograd::utils::LambdaPostHook>(
          [buckets, i](const std::vector<Tensor>& outputs, const std::vector<Tensor>&) {
            buckets->arrived(buckets->slots[i]);
            return outputs;
          }));
    }
    *out = made.release();
  });
}

winnow_status winnow_buckets_arm(winnow_buckets* buckets, const double* numbers) {
  return guarded("gradient_buckets", [&] {
    at::NoGradGuard no_grad;
    const std::lock_guard<std::mutex> lock(buckets->mutex);
    for (int64_t i = 0; i < buckets->numbers.numel(); i++) buckets->numbers[i].fill_(numbers[i]);
    for (Slot& slot : buckets->slots) slot.filled = false;
    for (Bucket& bucket : buckets->buckets) bucket.missing = bucket.slots;
    buckets->next = 0;
    buckets->armed = true;
  });
}

winnow_status winnow_buckets_finish(winnow_buckets* buckets, double* numbers) {
  return guarded("gradient_buckets", [&] {
    at::NoGradGuard no_grad;
    {
      const std::lock_guard<std::mutex> lock(buckets->mutex);
      TORCH_CHECK(buckets->armed, "the buckets weren't prepared before the backward pass");
      buckets->armed = false;
      for (Slot& slot : buckets->slots) {
        if (!slot.filled) buckets->fill(slot);
      }
      buckets->send_full();
    }
    for (Bucket& bucket : buckets->buckets) {
      wait_for(*buckets->group, bucket.work);
      bucket.work.reset();
    }
    for (Slot& slot : buckets->slots) slot.parameter.mutable_grad() = slot.view;
    const Tensor sums = buckets->numbers.to(at::kCPU, at::kDouble).contiguous();
    std::memcpy(numbers, sums.data_ptr<double>(), static_cast<size_t>(sums.numel()) * sizeof(double));
  });
}

void winnow_buckets_free(winnow_buckets* buckets) { delete buckets; }

#else

namespace {
winnow_status unavailable() {
  return guarded("gradient_buckets", [] { TORCH_CHECK(false, "this binding was built without libtorch's c10d and gloo's headers"); });
}
}  // namespace

winnow_status winnow_buckets_create(winnow_group*, winnow_tensor* const*, int32_t, int32_t, int64_t, winnow_buckets**) { return unavailable(); }
winnow_status winnow_buckets_arm(winnow_buckets*, const double*) { return unavailable(); }
winnow_status winnow_buckets_finish(winnow_buckets*, double*) { return unavailable(); }
void winnow_buckets_free(winnow_buckets*) {}

#endif
