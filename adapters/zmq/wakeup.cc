#include "adapters/zmq/wakeup.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

#include "hub/base/assert.h"

namespace adapters::zmq {

hub::Result<void> Wakeup::Open() {
  fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd_ >= 0) return {};
  return hub::Fail(hub::Code::kUnavailable, "Cannot open an eventfd: too many open files?");
}

void Wakeup::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void Wakeup::Wake() {
  if (fd_ < 0 || std::exchange(woken_, true)) return;
  const std::uint64_t one = 1;
  const ssize_t written = write(fd_, &one, sizeof one);
  HUB_ASSERT(written == sizeof one);
}

void Wakeup::Take() {
  if (!std::exchange(woken_, false)) return;
  std::uint64_t count = 0;
  const ssize_t got = ::read(fd_, &count, sizeof count);
  HUB_ASSERT(got == sizeof count);
}

}  // namespace adapters::zmq
