// The HTTP endpoint on loopback, with a whole hub behind it: production core, engine and committer, a store in memory.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "adapters/aws/endpoint.h"
#include "hub/core/core.h"
#include "hub/engine/committer.h"
#include "hub/engine/engine.h"
#include "hub/engine/loader.h"
#include "tests/support/memory_store.h"

namespace tests::aws {

class RunningHub {
 public:
  explicit RunningHub(adapters::wire::http::Limits limits = {});
  ~RunningHub();
  RunningHub(const RunningHub&) = delete;
  RunningHub& operator=(const RunningHub&) = delete;

  const std::string& address() const { return endpoint_.addresses().at(0); }
  const adapters::wire::http::Server::Counters& counters() const { return endpoint_.counters(); }

  // Asks the hub natively, as the root of the default account.
  hub::Result<hub::core::Reply> Ask(hub::core::Operation operation);

 private:
  class SystemClock;
  class Asker;

  testing_support::MemoryStore store_;
  std::unique_ptr<hub::engine::Clock> clock_;
  hub::engine::Inbox inbox_;
  const std::string directory_;  // Of the key that notifications are signed with.
  adapters::wire::sns::Signer signer_;
  adapters::aws::Endpoint endpoint_;
  std::unique_ptr<Asker> asker_;
  hub::core::Core core_;
  hub::engine::ThreadedLoader loader_;
  hub::engine::ThreadedCommitter committer_;
  hub::engine::Engine engine_;
  std::thread thread_;
};

}  // namespace tests::aws
