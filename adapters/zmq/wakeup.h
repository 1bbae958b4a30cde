// How other threads wake the loop of an endpoint, which polls `fd` among its sockets.
//
// Guarded by the endpoint's mutex, but for the polling: the eventfd is readable exactly while somebody has called Wake
// and nobody has called Take since.
#pragma once

#include "hub/base/result.h"

namespace adapters::zmq {

class Wakeup {
 public:
  Wakeup() = default;
  ~Wakeup() { Close(); }
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // Fails with kUnavailable.
  [[nodiscard]] hub::Result<void> Open();
  void Close();

  bool IsOpen() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // Does nothing while closed.
  void Wake();
  // What has been asked for is about to be looked at.
  void Take();

 private:
  int fd_ = -1;
  bool woken_ = false;
};

}  // namespace adapters::zmq
