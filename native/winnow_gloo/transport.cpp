#include "transport.h"

#include <gloo/common/error.h>

#include <stdexcept>
#include <string>

namespace winnow {

void Waiters::check() const {
  if (given_up()) throw std::runtime_error("the group was given up");
}

void Waiters::give_up() {
  given_up_.store(true);
  const std::lock_guard<std::mutex> lock(mutex_);
  for (gloo::transport::UnboundBuffer* buffer : buffers_) {
    buffer->abortWaitRecv();
    buffer->abortWaitSend();
  }
}

void Waiters::enter(gloo::transport::UnboundBuffer* buffer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  buffers_.insert(buffer);
}

void Waiters::leave(gloo::transport::UnboundBuffer* buffer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  buffers_.erase(buffer);
}

Buffer::Buffer(std::unique_ptr<gloo::transport::UnboundBuffer> inner, Waiters& waiters)
    : gloo::transport::UnboundBuffer(inner->ptr, inner->size), inner_(std::move(inner)), waiters_(waiters) {
  waiters_.enter(inner_.get());
}

Buffer::~Buffer() { waiters_.leave(inner_.get()); }

// Between the check and the wait nothing is lost: a wake-up is remembered by the buffer.
template <class Wait>
bool Buffer::wait(Milliseconds timeout, Wait&& wait) {
  waiters_.check();
  const auto start = std::chrono::steady_clock::now();
  try {
    if (wait()) return true;
  } catch (const gloo::IoException&) {
    waiters_.check();
    if (std::chrono::steady_clock::now() - start < timeout) throw;
    throw std::runtime_error("nothing came within " + std::to_string(timeout.count()) +
                             " ms: a rank is late, or the ranks have begun exchanges of different kind, type or size");
  }
  waiters_.check();
  throw std::runtime_error("the wait was ended");
}

bool Buffer::waitRecv(int* rank, Milliseconds timeout) {
  return wait(timeout, [&] { return inner_->waitRecv(rank, timeout); });
}

bool Buffer::waitSend(int* rank, Milliseconds timeout) {
  return wait(timeout, [&] { return inner_->waitSend(rank, timeout); });
}

}  // namespace winnow
