// The bounds of the native endpoint. Tests lower them; the configuration does not.
#pragma once

#include <chrono>
#include <cstddef>

#include "hub/base/limits.h"
#include "hub/base/time.h"

namespace adapters::zmq {

using namespace std::chrono_literals;

struct Limits {
  std::size_t sessions_max = 20'000;

  // What one round reads before it hands commands to the engine.
  std::size_t round_frames_max = 1024;
  std::size_t round_bytes_max = hub::kTurnBytesMax;

  // Frames that libzmq holds for one peer, in each direction. It cannot bound bytes, so replies are metered as well.
  int peer_requests_max = 256;
  int peer_replies_max = 16'384;

  // Replies that a peer has not read: one beyond these bounds, and its session is cut. They are wide, since a client
  // that pipelines gets the replies of a whole turn at once; one that has stopped reading misses its heartbeats soon.
  std::size_t waiting_replies_max = 65'536;  // What libzmq did not take from us.
  std::size_t unread_bytes_max = 128 * 1024 * 1024;
  // When all peers together leave this much unread, each may leave no more than the smaller bound.
  std::size_t unread_bytes_all_max = 512 * 1024 * 1024;
  std::size_t unread_bytes_crowded_max = hub::kReplyBytesMax;

  // A peer for whom libzmq takes nothing more is cut after so long.
  hub::Duration stall_max = 30s;

  // A session with nothing outstanding is forgotten after this long without a request.
  hub::Duration session_idle_max = 5min;

  // The live feed. What a peer does not read is dropped, message by message; a peer that reads nothing for so long is
  // disconnected; and when all together leave too many bytes unread, all have to connect again.
  int feed_peer_messages_max = 4096;
  std::chrono::milliseconds feed_stalled_max = 10s;
  std::size_t feed_unread_bytes_max = 256 * 1024 * 1024;
  std::size_t feed_queue_bytes_max = 64 * 1024 * 1024;  // Published, but not yet handed to libzmq.
  // Subscriptions. Beyond the first bound of a peer they are refused unasked; beyond the second it is thrown out.
  std::size_t feed_frame_bytes_max = 1024;  // Leaves room for a handshake with a long routing id.
  std::size_t feed_peer_subscriptions_max = 100;
  std::size_t feed_rude_subscriptions_max = 1000;
  std::size_t feed_subscriptions_max = 10'000;  // Of all peers of one listener.
  std::size_t feed_round_max = 64;              // Read in a row before messages go out again,
  std::size_t feed_round_decisions_max = 16;    // and asked of the hub.
  std::chrono::milliseconds feed_barred =
      60s;  // So long a user that was thrown out cannot come back from that address.

  // Transport.
  int sockets_max = 64;
  int backlog = 1024;
  std::chrono::milliseconds handshake_max = 10s;
  std::chrono::milliseconds heartbeat = 10s;   // Three missed end a connection.
  std::chrono::milliseconds goodbye_max = 1s;  // How long a stop waits for the last replies to leave.
  std::chrono::milliseconds sweep_interval = 10s;
};

}  // namespace adapters::zmq
