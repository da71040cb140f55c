// What process_group.cpp and gradient_buckets.cpp share. Only there where libtorch's c10d and gloo's headers are.
#pragma once

#include "common.h"

#ifdef WINNOW_C10D

#define USE_C10D_GLOO 1  // before the include, or its header is empty
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <atomic>
#include <chrono>

using WorkPointer = decltype(std::declval<c10d::ProcessGroupGloo&>().barrier());

struct winnow_group {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
  std::atomic<bool> abandoned{false};
};

namespace winnow {

// Waits in slices, because gloo's own wait can't be ended from outside.
inline void wait_for(winnow_group& group, const WorkPointer& work) {
  while (true) {
    TORCH_CHECK(!group.abandoned.load(), "the exchange was given up");
    try {
      work->wait(std::chrono::milliseconds(100));
      return;
    } catch (...) {
      if (work->isCompleted()) throw;  // it failed; otherwise only the slice was over
    }
  }
}

inline WorkPointer all_reduce(winnow_group& group, const at::Tensor& tensor) {
  TORCH_CHECK(!group.abandoned.load(), "the exchange was given up");
  std::vector<at::Tensor> tensors{tensor};
  return group.gloo->allreduce(tensors);
}

}  // namespace winnow

#endif
