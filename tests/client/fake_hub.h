// A hub of one ROUTER socket that answers as a test tells it to, with the real codec.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <zmq.hpp>

#include "adapters/wire/native/reply.h"
#include "adapters/wire/native/request.h"
#include "hub/base/assert.h"

namespace tests {

class FakeHub {
 public:
  struct Request {
    zmq::message_t peer;
    std::shared_ptr<zmq::message_t> frame;  // Keeps the views of the operation alive.
    std::uint64_t id;
    hub::core::Operation operation;
  };

  // With a password, PLAIN is asked for, and only this one is let in.
  explicit FakeHub(const std::string& endpoint = "tcp://127.0.0.1:*", std::string password = "")
      : router_(context_, zmq::socket_type::router) {
    router_.set(zmq::sockopt::linger, 0);
    router_.set(zmq::sockopt::rcvtimeo, 10'000);
    if (!password.empty()) {
      zmq::socket_t zap(context_, zmq::socket_type::rep);
      zap.bind("inproc://zeromq.zap.01");
      zap_ = std::thread([password, socket = std::move(zap)]() mutable { CheckPasswords(socket, password); });
      router_.set(zmq::sockopt::plain_server, true);
    }
    router_.bind(endpoint);
    endpoint_ = router_.get(zmq::sockopt::last_endpoint);
  }

  ~FakeHub() {
    if (serving_.joinable()) serving_.join();
    router_.close();
    context_.shutdown();  // Ends the password check.
    if (zap_.joinable()) zap_.join();
  }

  const std::string& endpoint() const { return endpoint_; }

  // The next request. Stops the test when none comes.
  Request Take() {
    Request request;
    request.frame = std::make_shared<zmq::message_t>();
    HUB_ASSERT(router_.recv(request.peer) && router_.recv(*request.frame));
    auto decoded = adapters::wire::native::DecodeRequest(request.frame->to_string_view());
    HUB_ASSERT(decoded.operation.has_value());
    request.id = decoded.id;
    request.operation = *std::move(decoded.operation);
    return request;
  }

  void Answer(const Request& request, const hub::Result<hub::core::Reply>& reply) {
    const auto frame = adapters::wire::native::EncodeReply(request.id, reply);
    AnswerRaw(request, adapters::wire::native::ViewOf(frame));
  }

  void AnswerRaw(const Request& request, std::string_view frame) {
    router_.send(zmq::buffer(request.peer.to_string_view()), zmq::send_flags::sndmore);
    router_.send(zmq::buffer(frame), zmq::send_flags::none);
  }

  // Answers the next request in the background, for calls that wait.
  void AnswerNext(std::function<hub::Result<hub::core::Reply>(const Request&)> answer) {
    if (serving_.joinable()) serving_.join();
    serving_ = std::thread([this, answer = std::move(answer)] {
      const Request request = Take();
      Answer(request, answer(request));
    });
  }

 private:
  static void CheckPasswords(zmq::socket_t& zap, const std::string& password) {
    try {
      for (;;) {
        std::vector<std::string> frames;
        zmq::message_t part;
        do {
          if (!zap.recv(part)) return;
          frames.push_back(part.to_string());
        } while (part.more());
        // Version, id, domain, address, routing id, mechanism, user name, password.
        const bool right = frames.size() == 8 && frames[7] == password;
        for (const std::string& frame : {std::string("1.0"), frames[1], std::string(right ? "200" : "400"),
                                         std::string(), std::string(right ? frames[6] : "")}) {
          zap.send(zmq::buffer(frame), zmq::send_flags::sndmore);
        }
        zap.send(zmq::message_t(), zmq::send_flags::none);
      }
    } catch (const zmq::error_t&) {
      // The context ends.
    }
    zap.close();
  }

  zmq::context_t context_;
  zmq::socket_t router_;
  std::string endpoint_;
  std::thread zap_;
  std::thread serving_;
};

}  // namespace tests
