// One connection of a server: bytes in, a request at a time, its response out.
//
//            data              whole                Respond              sent
//   idle ───────────▶ reading ──────▶ answering ────────────▶ writing ───────▶ idle
//                        │ wrong                                  │ close
//                        └──────▶ writing the refusal ────────────┴──────▶ lingering ──▶ gone
//
// A connection lingers so that its last response is not lost: closing while the client still sends would reset it.
//
// Lives on the server's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/wire/http/limits.h"
#include "adapters/wire/http/message.h"
#include "adapters/wire/http/parser.h"
#include "adapters/wire/http/server.h"
#include "hub/base/time.h"

namespace adapters::wire::http {

// What a connection needs of its server.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual const Limits& limits() const = 0;
  virtual hub::Duration now() const = 0;
  virtual std::string_view date() const = 0;
  virtual bool draining() const = 0;
  // Whether so many bytes more may be held, if need be in the place of responses that clients are slow to read.
  virtual bool MakeRoom(std::size_t bytes) = 0;
  // Counts bytes that are held from now on, or given up.
  virtual void Count(std::ptrdiff_t bytes) = 0;
  virtual void OnRequest(ConnectionId id, Request request) = 0;
  virtual void OnMalformed() = 0;
  // Further fields of a refusal.
  virtual std::string FieldsOfRefusal() = 0;
  // The client left while it was being answered.
  virtual void OnGone(ConnectionId id) = 0;
  // The client sends nothing more: whether it is answered nevertheless. If not, it counts as gone.
  virtual bool AnswersSoon(ConnectionId id) = 0;
  // Nothing more comes of it: let it go.
  virtual void OnClosed(ConnectionId id) = 0;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(ConnectionId id, ConnectionHost& host, std::string peer, std::string local_port, bool secure);
  virtual ~Connection();

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begins with whatever a transport begins with.
  virtual void Open() = 0;

  void Respond(const Response& response);

  // Ends it unless it has until later.
  bool EndIfDue(hub::Duration now);
  bool IsIdle() const { return state_ == State::kIdle; }
  // Whether the client is slow to read a response, so that it may have to make way for others.
  bool IsSlow(hub::Duration now) const { return state_ == State::kWriting && now >= slow_from_; }
  hub::Duration slow_from() const { return slow_from_; }
  std::size_t held() const { return charged_; }
  void Close();

 protected:
  // The transport. Read leads to OnData or OnEnd, Send to OnSent or Close, each later.
  virtual void Read() = 0;
  virtual void Send(std::string bytes) = 0;
  virtual void ShutDownSending() = 0;
  virtual void CloseTransport() = 0;

  void OnOpen();
  void OnData(std::string_view bytes);
  // `is_orderly`: the client sends nothing more, but may read. Else it is gone.
  void OnEnd(bool is_orderly);
  void OnSent();

 private:
  enum class State : std::uint8_t { kOpening, kIdle, kReading, kAnswering, kWriting, kLingering, kClosed };

  void Feed(std::string_view bytes);
  void Keep(std::string_view bytes);
  void OnProgress();
  void HandOver();
  void OnBody();
  void Refuse(Response response);
  void Write(const Response& response, bool close);
  void WantData();
  bool Charge(std::size_t bytes);
  void Hold(std::size_t bytes);
  void SetDeadline(hub::Duration extra, std::size_t bytes);
  hub::Duration TimeFor(std::size_t bytes) const;

  const ConnectionId id_;
  ConnectionHost& host_;
  const std::string peer_;
  const std::string local_port_;
  const bool secure_;

  State state_ = State::kOpening;
  std::optional<Parser> parser_;
  std::string pending_;                     // Read, but not yet parsed.
  std::size_t charged_ = 0;                 // Of the server's budget.
  std::size_t lingered_ = 0;                // Bytes thrown away.
  hub::Duration deadline_{};                // kReading, kWriting, kIdle, kLingering.
  hub::Duration slow_from_{};               // kWriting.
  std::optional<hub::Duration> body_from_;  // kReading: when the head was whole.
  bool reading_ = false;                    // A Read is under way.
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool close_after_ = false;  // The response that is being written is the last.
  bool ended_ = false;        // The client sends nothing more.
  bool dropping_ = false;     // There was no room for what follows the request: it is thrown away, and the client told.
};

}  // namespace adapters::wire::http
