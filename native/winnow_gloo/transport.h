// gloo's TCP transport with one thing added: whoever waits in it can be set free by another thread.
//
// gloo's collectives wait in UnboundBuffers, some of which they make themselves. Each is wrapped here and entered in a register, so that giving up can wake
// all of them. (gloo's own way, closing the connections, leaves waiters sitting out the timeout, and its collectives don't look at what a wait returns.)
#pragma once

#include <gloo/context.h>
#include <gloo/transport/context.h>
#include <gloo/transport/device.h>
#include <gloo/transport/unbound_buffer.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <unordered_set>

namespace winnow {

using Milliseconds = std::chrono::milliseconds;

// Who waits, and whether it is still worth it.
class Waiters {
 public:
  bool given_up() const { return given_up_.load(); }

  // Throws once the group was given up.
  void check() const;

  void give_up();

  void enter(gloo::transport::UnboundBuffer* buffer);
  void leave(gloo::transport::UnboundBuffer* buffer);

 private:
  std::atomic<bool> given_up_{false};
  std::mutex mutex_;
  std::unordered_set<gloo::transport::UnboundBuffer*> buffers_;
};

// A buffer of gloo's that can be woken. A wait that is given up or that lasts too long throws.
class Buffer final : public gloo::transport::UnboundBuffer {
 public:
  Buffer(std::unique_ptr<gloo::transport::UnboundBuffer> inner, Waiters& waiters);
  ~Buffer() override;

  bool waitRecv(int* rank, Milliseconds timeout) override;
  bool waitSend(int* rank, Milliseconds timeout) override;
  void abortWaitRecv() override { inner_->abortWaitRecv(); }
  void abortWaitSend() override { inner_->abortWaitSend(); }
  void send(int rank, uint64_t slot, size_t offset, size_t bytes) override { inner_->send(rank, slot, offset, bytes); }
  void recv(int rank, uint64_t slot, size_t offset, size_t bytes) override { inner_->recv(rank, slot, offset, bytes); }
  void recv(std::vector<int> ranks, uint64_t slot, size_t offset, size_t bytes) override { inner_->recv(std::move(ranks), slot, offset, bytes); }

 private:
  template <class Wait>
  bool wait(Milliseconds timeout, Wait&& wait);

  std::unique_ptr<gloo::transport::UnboundBuffer> inner_;
  Waiters& waiters_;
};

// A transport of gloo's whose buffers can be woken.
class Transport final : public gloo::transport::Context {
 public:
  Transport(std::shared_ptr<gloo::transport::Context> inner, Waiters& waiters)
      : gloo::transport::Context(inner->rank, inner->size), inner_(std::move(inner)), waiters_(waiters) {}

  std::unique_ptr<gloo::transport::Pair>& getPair(int rank) override { return inner_->getPair(rank); }
  std::unique_ptr<gloo::transport::Pair>& createPair(int rank) override { return inner_->createPair(rank); }
  std::unique_ptr<gloo::transport::UnboundBuffer> createUnboundBuffer(void* memory, size_t bytes) override {
    return std::make_unique<Buffer>(inner_->createUnboundBuffer(memory, bytes), waiters_);
  }

 private:
  std::shared_ptr<gloo::transport::Context> inner_;
  Waiters& waiters_;
};

// A context for gloo's collectives over connections that were made without a store.
class Connections final : public gloo::Context {
 public:
  Connections(std::shared_ptr<gloo::transport::Device> device, std::shared_ptr<gloo::transport::Context> transport, Milliseconds timeout)
      : gloo::Context(transport->rank, transport->size) {
    setTimeout(timeout);
    device_ = std::move(device);
    transportContext_ = std::move(transport);
  }
};

}  // namespace winnow
