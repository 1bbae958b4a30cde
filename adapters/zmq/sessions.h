// The peers of the endpoint: one session for each connection that has been heard.
//
// libzmq's stable API reports neither arrivals nor departures. A session begins with the first frame of a connection
// and ends when a reply finds nobody, when its peer does not read, or when nothing has been heard for long.
//
// Not thread-safe: the endpoint's thread owns them. Time comes in as an argument.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "adapters/wire/native/buffer.h"
#include "hub/base/time.h"
#include "hub/core/command.h"

namespace adapters::zmq {

// Bytes handed to libzmq that have not left yet. libzmq's own thread subtracts.
struct Meter {
  std::atomic<std::size_t> bytes = 0;
};

struct Session {
  std::uint64_t number = 0;  // Never used again.
  std::size_t listener = 0;
  std::string routing_id;
  std::string user_id;  // Of the connection, as the authenticator named it.
  std::shared_ptr<const hub::core::Caller> caller;
  std::size_t outstanding = 0;  // Commands that the engine has not answered.
  hub::Duration last_heard{};
  bool revoked = false;  // The credentials in force do not know the caller.
  bool cut = false;      // It did not read. Nothing is heard from it or said to it until it has.

  std::deque<wire::native::Buffer> waiting;  // Replies that libzmq did not take, in order.
  std::size_t waiting_bytes = 0;
  hub::Duration stalled_since{};  // While replies wait: when libzmq last took one.
  std::shared_ptr<Meter> unread = std::make_shared<Meter>();
};

class Sessions {
 public:
  // Null when there is none. The pointer is good until that session is closed.
  Session* Find(std::size_t listener, std::string_view routing_id);
  Session* Find(std::uint64_t number);

  // There must be none with this routing id.
  Session& Open(std::size_t listener, std::string_view routing_id);
  void Close(std::uint64_t number);

  // Closes those with nothing outstanding or unread that were last heard at or before `heard_by`, and returns their
  // numbers.
  std::vector<std::uint64_t> Forget(hub::Duration heard_by);

  template <typename Visit>
  void ForEach(Visit visit) {
    for (auto& [number, session] : by_number_) visit(*session);
  }

  std::size_t size() const { return by_number_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using ByRoutingId = std::unordered_map<std::string, Session*, Hash, std::equal_to<>>;

  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Session>> by_number_;
  std::vector<ByRoutingId> by_routing_id_;  // One for each listener: routing ids are a socket's own.
};

}  // namespace adapters::zmq
