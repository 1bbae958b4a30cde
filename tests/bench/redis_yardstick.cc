// Redis Streams: XADD to every stream, XREADGROUP, XACK and XDEL, all pipelined.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/yardstick.h"

namespace tests::bench {
namespace {

constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
constexpr const char* kBlockMilliseconds = "100";  // A queue that is shared is looked at again after so long.

// A connection that writes commands and reads replies, as Redis speaks (RESP2).
class Connection {
 public:
  explicit Connection(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("Redis is not there.");
    }
  }
  ~Connection() { close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Adds a command to what the next Flush sends.
  void Command(std::initializer_list<std::string_view> words) {
    Begin(words.size());
    for (const std::string_view word : words) Word(word);
  }
  void Begin(std::size_t words) { out_ += "*" + std::to_string(words) + "\r\n"; }
  void Word(std::string_view word) {
    out_ += "$" + std::to_string(word.size()) + "\r\n";
    out_.append(word).append("\r\n");
  }

  void Flush() {
    for (std::string_view rest = out_; !rest.empty();) {
      const ssize_t n = send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n <= 0) throw std::runtime_error("Redis closed the connection.");
      rest.remove_prefix(static_cast<std::size_t>(n));
    }
    out_.clear();
  }

  // A reply that must be a single line or a bulk string, such as an id or a count.
  std::string_view Single() {
    const std::string_view line = Line();
    return line.front() == '$' ? Bulk(line) : line.substr(1);
  }

  // The length of a list that comes next; 0 for none at all.
  std::size_t List() {
    const std::string_view line = Line();
    if (line.front() != '*') throw std::runtime_error("Redis answers " + std::string(line));
    return line[1] == '-' ? 0 : std::stoul(std::string(line.substr(1)));
  }

 private:
  // Views are valid until the next one is read.
  std::string_view Line() {
    for (std::size_t from = begin_;;) {
      const std::size_t end = in_.find("\r\n", from);
      if (end != std::string::npos) {
        const std::string_view line = std::string_view(in_).substr(begin_, end - begin_);
        begin_ = end + 2;
        if (line.empty() || line.front() == '-') throw std::runtime_error("Redis answers " + std::string(line));
        return line;
      }
      const std::size_t searched = in_.size() - begin_;
      More();
      from = begin_ + (searched == 0 ? 0 : searched - 1);
    }
  }

  std::string_view Bulk(std::string_view line) {
    const std::size_t size = std::stoul(std::string(line.substr(1)));
    while (in_.size() - begin_ < size + 2) More();
    const std::string_view bulk = std::string_view(in_).substr(begin_, size);
    begin_ += size + 2;
    return bulk;
  }

  void More() {
    in_.erase(0, begin_);
    begin_ = 0;
    const std::size_t had = in_.size();
    in_.resize(had + kReadBytes);
    const ssize_t n = recv(socket_, in_.data() + had, kReadBytes, 0);
    if (n <= 0) throw std::runtime_error("Redis closed the connection.");
    in_.resize(had + static_cast<std::size_t>(n));
  }

  int socket_;
  std::string out_;
  std::string in_;
  std::size_t begin_ = 0;  // Of what has not been read yet.
};

class Redis : public Broker {
 public:
  explicit Redis(const YardstickOptions& options)
      : options_(options), connection_(options.port), batch_(std::to_string(options.batch)) {
    for (std::size_t i = 0; i < options.queues; ++i) streams_.push_back("queue-" + std::to_string(i));
  }

  void Prepare() override {
    connection_.Command({"FLUSHALL"});
    for (const std::string& stream : streams_) connection_.Command({"XGROUP", "CREATE", stream, "g", "$", "MKSTREAM"});
    connection_.Flush();
    for (std::size_t i = 0; i <= streams_.size(); ++i) connection_.Single();
  }

  void Publish(const hub::cli::bench::Bodies& bodies, hub::cli::bench::Range range) override {
    std::string body(bodies.size(), '\0');
    std::size_t posted = 0;
    for (std::uint64_t i = 0; i < range.count; ++i) {
      bodies.Write(range.first + i, body.data());
      for (const std::string& stream : streams_) {
        connection_.Command({"XADD", stream, "*", "b", body});
        if (++posted == options_.batch) Acknowledged(posted);
      }
    }
    Acknowledged(posted);
  }

  void Drain(std::size_t queue, Expected& expected) override {
    const std::string& stream = streams_[queue];
    std::vector<std::string> ids;
    while (!expected.Done(queue) || !ids.empty()) {
      const bool removes = !ids.empty();
      if (removes) {
        connection_.Begin(3 + ids.size());
        for (const std::string_view word : {"XACK", stream.c_str(), "g"}) connection_.Word(word);
        for (const std::string& id : ids) connection_.Word(id);
        connection_.Begin(2 + ids.size());
        for (const std::string_view word : {"XDEL", stream.c_str()}) connection_.Word(word);
        for (const std::string& id : ids) connection_.Word(id);
      }
      connection_.Command(
          {"XREADGROUP", "GROUP", "g", "c", "COUNT", batch_, "BLOCK", kBlockMilliseconds, "STREAMS", stream, ">"});
      connection_.Flush();
      if (removes) {
        connection_.Single();
        connection_.Single();
      }
      ids = Read(queue, expected);
    }
  }

 private:
  // Sends what is written and waits for `posted` replies, which is then 0.
  void Acknowledged(std::size_t& posted) {
    connection_.Flush();
    for (; posted > 0; --posted) connection_.Single();
  }

  // The answer to XREADGROUP: [[stream, [[id, [field, body]]…]]], or nothing. Verifies the bodies and returns the ids.
  std::vector<std::string> Read(std::size_t queue, Expected& expected) {
    std::vector<std::string> ids;
    if (connection_.List() == 0) return ids;
    connection_.List();
    connection_.Single();
    const std::size_t count = connection_.List();
    for (std::size_t i = 0; i < count; ++i) {
      connection_.List();
      ids.emplace_back(connection_.Single());
      connection_.List();
      connection_.Single();
      expected.Add(queue, connection_.Single());
    }
    return ids;
  }

  YardstickOptions options_;
  Connection connection_;
  std::string batch_;
  std::vector<std::string> streams_;
};

}  // namespace
}  // namespace tests::bench

int main(int argc, char** argv) {
  return tests::bench::RunYardstick(argc, argv, [](const tests::bench::YardstickOptions& options) {
    return std::make_unique<tests::bench::Redis>(options);
  });
}
