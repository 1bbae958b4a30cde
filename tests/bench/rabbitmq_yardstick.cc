// RabbitMQ: quorum queues, publisher confirms, a fanout exchange, several messages to an acknowledgement.
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <sys/time.h>

#include <set>
#include <stdexcept>
#include <string>

#include "tests/bench/yardstick.h"

namespace tests::bench {
namespace {

constexpr amqp_channel_t kChannel = 1;
constexpr const char* kExchange = "topic";
constexpr timeval kPause{.tv_sec = 0, .tv_usec = 100'000};  // A queue that is shared is looked at again after so long.

amqp_bytes_t Bytes(std::string_view text) { return {.len = text.size(), .bytes = const_cast<char*>(text.data())}; }

std::string NameOf(std::size_t queue) { return "queue-" + std::to_string(queue); }

class RabbitMq : public Broker {
 public:
  explicit RabbitMq(const YardstickOptions& options) : options_(options), connection_(amqp_new_connection()) {
    amqp_socket_t* const socket = amqp_tcp_socket_new(connection_);
    if (amqp_socket_open(socket, "127.0.0.1", options.port) != AMQP_STATUS_OK) {
      throw std::runtime_error("RabbitMQ is not there.");
    }
    Check(amqp_login(connection_, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"));
    amqp_channel_open(connection_, kChannel);
    CheckLast();
    amqp_confirm_select(connection_, kChannel);
    CheckLast();
    amqp_basic_qos(connection_, kChannel, 0, static_cast<std::uint16_t>(4 * options.batch), 0);
    CheckLast();
  }
  ~RabbitMq() override { amqp_destroy_connection(connection_); }
  RabbitMq(const RabbitMq&) = delete;
  RabbitMq& operator=(const RabbitMq&) = delete;

  void Prepare() override {
    amqp_exchange_declare(connection_, kChannel, Bytes(kExchange), Bytes("fanout"), 0, 1, 0, 0, amqp_empty_table);
    CheckLast();
    amqp_table_entry_t quorum{};
    quorum.key = Bytes("x-queue-type");
    quorum.value.kind = AMQP_FIELD_KIND_UTF8;
    quorum.value.value.bytes = Bytes("quorum");
    for (std::size_t i = 0; i < options_.queues; ++i) {
      const std::string name = NameOf(i);
      amqp_queue_delete(connection_, kChannel, Bytes(name), 0, 0);
      CheckLast();
      amqp_queue_declare(connection_, kChannel, Bytes(name), 0, 1, 0, 0, {.num_entries = 1, .entries = &quorum});
      CheckLast();
      amqp_queue_bind(connection_, kChannel, Bytes(name), Bytes(kExchange), Bytes(""), amqp_empty_table);
      CheckLast();
    }
  }

  void Publish(const hub::cli::bench::Bodies& bodies, hub::cli::bench::Range range) override {
    amqp_basic_properties_t properties{};
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
    std::string body(bodies.size(), '\0');
    for (std::uint64_t i = 0; i < range.count; ++i) {
      bodies.Write(range.first + i, body.data());
      if (amqp_basic_publish(connection_, kChannel, Bytes(kExchange), Bytes(""), 0, 0, &properties, Bytes(body)) != 0) {
        throw std::runtime_error("RabbitMQ does not take a message.");
      }
      unconfirmed_.insert(i + 1);
      while (unconfirmed_.size() >= 4 * options_.batch) TakeConfirm();
    }
    while (!unconfirmed_.empty()) TakeConfirm();
  }

  void Drain(std::size_t queue, Expected& expected) override {
    const std::string name = NameOf(queue);
    amqp_basic_consume(connection_, kChannel, Bytes(name), Bytes(name), 0, 0, 0, amqp_empty_table);
    CheckLast();
    std::uint64_t last = 0;
    std::size_t pending = 0;
    while (!expected.Done(queue)) {
      amqp_maybe_release_buffers(connection_);
      amqp_envelope_t envelope;
      timeval pause = kPause;
      const amqp_rpc_reply_t reply = amqp_consume_message(connection_, &envelope, &pause, 0);
      if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
        const amqp_bytes_t& body = envelope.message.body;
        expected.Add(queue, {static_cast<const char*>(body.bytes), body.len});
        last = envelope.delivery_tag;
        ++pending;
        amqp_destroy_envelope(&envelope);
      } else if (reply.library_error != AMQP_STATUS_TIMEOUT) {
        throw std::runtime_error("RabbitMQ sends something else than a message.");
      }
      if (pending > 0 && (pending == options_.batch || expected.Done(queue))) Remove(last, pending);
    }
    if (pending > 0) Remove(last, pending);
    // Answered after the acknowledgements before it.
    amqp_basic_cancel(connection_, kChannel, Bytes(name));
    CheckLast();
  }

 private:
  void Remove(std::uint64_t last, std::size_t& pending) {
    if (amqp_basic_ack(connection_, kChannel, last, 1) != 0)
      throw std::runtime_error("RabbitMQ takes no acknowledgement.");
    pending = 0;
  }

  void TakeConfirm() {
    amqp_maybe_release_buffers(connection_);
    amqp_frame_t frame;
    if (amqp_simple_wait_frame(connection_, &frame) != AMQP_STATUS_OK || frame.frame_type != AMQP_FRAME_METHOD ||
        frame.payload.method.id != AMQP_BASIC_ACK_METHOD) {
      throw std::runtime_error("RabbitMQ does not confirm what was published.");
    }
    const auto& ack = *static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
    const auto end = unconfirmed_.upper_bound(ack.delivery_tag);
    unconfirmed_.erase(ack.multiple ? unconfirmed_.begin() : unconfirmed_.find(ack.delivery_tag), end);
  }

  static void Check(const amqp_rpc_reply_t& reply) {
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    throw std::runtime_error(reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION
                                 ? amqp_error_string2(reply.library_error)
                                 : "RabbitMQ refuses.");
  }
  void CheckLast() { Check(amqp_get_rpc_reply(connection_)); }

  YardstickOptions options_;
  amqp_connection_state_t connection_;
  std::set<std::uint64_t> unconfirmed_;  // Delivery tags.
};

}  // namespace
}  // namespace tests::bench

int main(int argc, char** argv) {
  return tests::bench::RunYardstick(argc, argv, [](const tests::bench::YardstickOptions& options) {
    return std::make_unique<tests::bench::RabbitMq>(options);
  });
}
