#include "adapters/wire/http/server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <ctime>
#include <deque>
#include <thread>
#include <unordered_map>
#include <utility>

#include "adapters/wire/http/connection.h"
#include "adapters/wire/http/private_address.h"
#include "hub/base/assert.h"

namespace adapters::wire::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using hub::Code;
using hub::Fail;

constexpr auto kStopMax = 5s;
constexpr int kRoundMax = 8;          // Events between two EndRounds.
constexpr auto kAcceptAgain = 100ms;  // After running out of descriptors.

using Scratch = std::array<char, 64 * 1024>;

class PlainConnection final : public Connection {
 public:
  PlainConnection(ConnectionId id, ConnectionHost& host, std::string peer, std::string port, tcp::socket socket,
                  Scratch& scratch)
      : Connection(id, host, std::move(peer), std::move(port), /*secure=*/false),
        socket_(std::move(socket)),
        scratch_(scratch) {}

  void Open() override { OnOpen(); }

 private:
  std::shared_ptr<PlainConnection> Self() { return std::static_pointer_cast<PlainConnection>(shared_from_this()); }

  // Waits without a buffer of its own: what there is to read goes through one that all share.
  void Read() override {
    socket_.async_wait(tcp::socket::wait_read, [self = Self()](error_code error) {
      if (error) return self->OnEnd(/*is_orderly=*/false);
      const std::size_t bytes = self->socket_.read_some(asio::buffer(self->scratch_), error);
      if (error == asio::error::would_block) return self->Read();
      if (error) return self->OnEnd(/*is_orderly=*/error == asio::error::eof);
      self->OnData({self->scratch_.data(), bytes});
    });
  }

  void Send(std::string bytes) override {
    out_ = std::move(bytes);
    asio::async_write(socket_, asio::buffer(out_), [self = Self()](error_code error, std::size_t) {
      std::string().swap(self->out_);
      error ? self->Close() : self->OnSent();
    });
  }

  void ShutDownSending() override {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
  }

  void CloseTransport() override {
    error_code ignored;
    socket_.close(ignored);
  }

  tcp::socket socket_;
  Scratch& scratch_;
  std::string out_;
};

class TlsConnection final : public Connection {
 public:
  TlsConnection(ConnectionId id, ConnectionHost& host, std::string peer, std::string port, tcp::socket socket,
                asio::ssl::context& context)
      : Connection(id, host, std::move(peer), std::move(port), /*secure=*/true), stream_(std::move(socket), context) {}

  void Open() override {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = Self()](error_code error) { error ? self->Close() : self->OnOpen(); });
  }

 private:
  std::shared_ptr<TlsConnection> Self() { return std::static_pointer_cast<TlsConnection>(shared_from_this()); }

  void Read() override {
    stream_.async_read_some(asio::buffer(in_), [self = Self()](error_code error, std::size_t bytes) {
      error ? self->OnEnd(/*is_orderly=*/error == asio::error::eof) : self->OnData({self->in_.data(), bytes});
    });
  }

  void Send(std::string bytes) override {
    out_ = std::move(bytes);
    asio::async_write(stream_, asio::buffer(out_), [self = Self()](error_code error, std::size_t) {
      std::string().swap(self->out_);
      error ? self->Close() : self->OnSent();
    });
  }

  // The client may wait for the end of the TLS session before it believes that a response is whole.
  void ShutDownSending() override {
    stream_.async_shutdown([self = Self()](error_code) {});
  }

  void CloseTransport() override {
    error_code ignored;
    stream_.next_layer().close(ignored);
  }

  asio::ssl::stream<tcp::socket> stream_;
  std::array<char, 2048> in_;
  std::string out_;
};

// The parts of "https://[::1]:4566".
struct Address {
  bool tls = false;
  tcp::endpoint endpoint;
};

hub::Result<Address> ParseAddress(std::string_view text) {
  const auto wrong = [&] {
    return Fail(Code::kInvalidArgument, "\"" + std::string(text) +
                                            "\" is not an address to listen on. Write http:// or https://, a numeric "
                                            "address and a port, such as http://127.0.0.1:4566.");
  };
  Address address;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    address.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return wrong();
  }
  const std::size_t colon = rest.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string host(rest.substr(0, colon));
  const std::string_view digits = rest.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return wrong();
  if (host == "*") host = "0.0.0.0";
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  error_code error;
  address.endpoint = tcp::endpoint(asio::ip::make_address(host, error), port);
  if (error) return wrong();
  return address;
}

std::string FormatAddress(bool tls, const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return std::string(tls ? "https://" : "http://") + (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" +
         std::to_string(endpoint.port());
}

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 40> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace

class Server::Impl final : public ConnectionHost {
 public:
  Impl(Handler& handler, Limits limits) : handler_(handler), limits_(limits), timer_(io_) { Advance(); }
  ~Impl() override { Stop(); }

  hub::Result<void> Start(const std::vector<Listener>& listeners) {
    for (const Listener& listener : listeners) {
      if (auto opened = Open(listener); !opened) {
        doors_.clear();
        return opened;
      }
    }
    for (Door& door : doors_) Accept(door);
    Sweep();
    thread_ = std::thread([this] { Run(); });
    return {};
  }

  void Respond(ConnectionId id, const Response& response) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const std::shared_ptr<Connection> kept = found->second;
    kept->Respond(response);
  }

  void Wake() {
    if (!woken_.exchange(true)) asio::post(io_, [this] { woken_ = false; });
  }

  void Drain() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
      draining_ = true;
      for (Door& door : doors_) {
        error_code ignored;
        door.acceptor.close(ignored);
        door.again.cancel();
      }
      ForEach([](Connection& connection) {
        if (connection.IsIdle()) connection.Close();
      });
    });
  }

  void Stop() {
    if (!thread_.joinable()) return;
    Drain();
    asio::post(io_, [this] { stop_at_ = now_ + kStopMax; });
    thread_.join();
  }

  const std::vector<std::string>& addresses() const { return addresses_; }
  const Counters& counters() const { return counters_; }

  // --- ConnectionHost ---
  const Limits& limits() const override { return limits_; }
  hub::Duration now() const override { return now_; }
  std::string_view date() const override { return date_; }
  bool draining() const override { return draining_; }

  bool MakeRoom(std::size_t bytes) override {
    if (HasRoom(bytes)) return true;
    if (now_ >= cut_again_) {
      cut_again_ = now_ + limits_.sweep_interval;  // Looking at all of them takes its time.
      CutSlowReaders(bytes);
    }
    return HasRoom(bytes);
  }

  void Count(std::ptrdiff_t bytes) override { counters_.held_bytes += static_cast<std::uint64_t>(bytes); }

  void OnRequest(ConnectionId id, Request request) override {
    ++counters_.requests;
    handler_.Handle(id, std::move(request));
  }

  void OnMalformed() override { ++counters_.malformed; }
  std::string FieldsOfRefusal() override { return handler_.FieldsOfRefusal(); }
  void OnGone(ConnectionId id) override { handler_.Gone(id); }
  bool AnswersSoon(ConnectionId id) override { return handler_.AnswersSoon(id); }

  void OnClosed(ConnectionId id) override {
    connections_.erase(id);
    counters_.connections = connections_.size();
  }

 private:
  bool HasRoom(std::size_t bytes) const {
    const std::size_t held = counters_.held_bytes;
    return held <= limits_.held_bytes_max && bytes <= limits_.held_bytes_max - held;
  }

  // Those first that should have been done for longest; none if all together do not make enough room.
  void CutSlowReaders(std::size_t bytes) {
    std::vector<std::shared_ptr<Connection>> slow;
    std::size_t held_by_them = 0;
    for (const auto& [id, connection] : connections_) {
      if (!connection->IsSlow(now_)) continue;
      slow.push_back(connection);
      held_by_them += connection->held();
    }
    if (counters_.held_bytes + bytes > limits_.held_bytes_max + held_by_them) return;
    std::sort(slow.begin(), slow.end(), [](const auto& a, const auto& b) { return a->slow_from() < b->slow_from(); });
    for (const std::shared_ptr<Connection>& connection : slow) {
      if (HasRoom(bytes)) break;
      ++counters_.timed_out;
      connection->Close();
    }
  }

  // A listening socket.
  struct Door {
    tcp::acceptor acceptor;
    std::string port;
    std::unique_ptr<asio::ssl::context> tls;  // Null: none.
    bool private_only = false;
    asio::steady_timer again;
  };

  hub::Result<void> Open(const Listener& listener) {
    const auto address = ParseAddress(listener.address);
    if (!address) return tl::unexpected(address.error());
    Door door{.acceptor = tcp::acceptor(io_),
              .port = "",
              .tls = nullptr,
              .private_only = listener.private_only,
              .again = asio::steady_timer(io_)};
    error_code error;
    door.acceptor.open(address->endpoint.protocol(), error);
    if (!error) door.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) door.acceptor.bind(address->endpoint, error);
    if (!error) door.acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (error) {
      return Fail(Code::kInvalidArgument, "Cannot listen on " + listener.address + ": " + error.message() + ".");
    }
    if (address->tls) {
      auto context = OpenTls(listener);
      if (!context) return tl::unexpected(context.error());
      door.tls = std::move(*context);
    }
    const tcp::endpoint bound = door.acceptor.local_endpoint();
    door.port = std::to_string(bound.port());
    addresses_.push_back(FormatAddress(address->tls, bound));
    doors_.push_back(std::move(door));
    return {};
  }

  static hub::Result<std::unique_ptr<asio::ssl::context>> OpenTls(const Listener& listener) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    error_code error;
    context->set_password_callback([](std::size_t, auto) { return std::string(); });  // Nobody is asked for one.
    context->use_certificate_chain_file(listener.certificate_file, error);
    if (error) {
      return Fail(Code::kInvalidArgument,
                  "Cannot use the certificate in " + listener.certificate_file + ": " + error.message() + ".");
    }
    context->use_private_key_file(listener.key_file, asio::ssl::context::pem, error);
    if (error) {
      return Fail(Code::kInvalidArgument, "Cannot use the key in " + listener.key_file + ": " + error.message() + ".");
    }
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
    return context;
  }

  void Run() {
    while (stop_at_ == hub::Duration::max() || (!connections_.empty() && now_ < stop_at_)) {
      io_.run_one();
      Advance();
      for (int i = 0; i < kRoundMax && io_.poll_one() > 0; ++i) {  // A busy client does not hold up the answers.
      }
      handler_.EndRound();
    }
    draining_ = true;
    ForEach([](Connection& connection) { connection.Close(); });
    timer_.cancel();
    io_.poll();
    doors_.clear();
  }

  void Advance() {
    now_ = std::chrono::duration_cast<hub::Duration>(std::chrono::steady_clock::now().time_since_epoch());
  }

  void Accept(Door& door) {
    door.acceptor.async_accept([this, &door](error_code error, tcp::socket socket) {
      if (draining_ || error == asio::error::operation_aborted) return;
      if (error && error != asio::error::connection_aborted) {  // Out of descriptors or memory: until somebody leaves.
        door.again.expires_after(kAcceptAgain);
        door.again.async_wait([this, &door](error_code cancelled) {
          if (!cancelled && !draining_) Accept(door);
        });
        return;
      }
      if (!error) Welcome(door, std::move(socket));
      Accept(door);
    });
  }

  void Welcome(Door& door, tcp::socket socket) {
    ++counters_.accepted;
    error_code error;
    const tcp::endpoint peer = socket.remote_endpoint(error);
    if (error) return;  // Gone already.
    const std::string address = peer.address().to_string();
    if (connections_.size() >= limits_.connections_max || (door.private_only && !IsPrivateAddress(address))) {
      ++counters_.turned_away;
      return;  // Which closes it.
    }
    socket.set_option(tcp::no_delay(true), error);
    socket.non_blocking(true, error);
    const ConnectionId id = ++last_id_;
    std::shared_ptr<Connection> connection;
    if (door.tls) {
      connection = std::make_shared<TlsConnection>(id, *this, address, door.port, std::move(socket), *door.tls);
    } else {
      connection = std::make_shared<PlainConnection>(id, *this, address, door.port, std::move(socket), scratch_);
    }
    connections_.emplace(id, connection);
    counters_.connections = connections_.size();
    connection->Open();
  }

  template <typename Visit>
  void ForEach(Visit visit) {
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (const auto& [id, connection] : connections_) all.push_back(connection);
    for (const std::shared_ptr<Connection>& connection : all) visit(*connection);
  }

  void Sweep() {
    Advance();
    date_ = HttpDate();
    ForEach([this](Connection& connection) {
      if (connection.EndIfDue(now_)) ++counters_.timed_out;
    });
    timer_.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(limits_.sweep_interval));
    timer_.async_wait([this](error_code error) {
      if (!error) Sweep();
    });
  }

  Handler& handler_;
  const Limits limits_;
  asio::io_context io_{1};
  std::deque<Door> doors_;
  std::vector<std::string> addresses_;
  Counters counters_;
  std::atomic<bool> woken_ = false;

  // The server's thread owns what follows.
  std::unordered_map<ConnectionId, std::shared_ptr<Connection>> connections_;
  ConnectionId last_id_ = 0;
  hub::Duration now_{};
  hub::Duration cut_again_{};  // When slow readers may be looked for again.
  hub::Duration stop_at_ = hub::Duration::max();
  std::string date_ = HttpDate();
  asio::steady_timer timer_;
  Scratch scratch_;
  bool draining_ = false;

  std::thread thread_;
};

Server::Server(Handler& handler, Limits limits) : impl_(std::make_unique<Impl>(handler, limits)) {}
Server::~Server() = default;
hub::Result<void> Server::Start(const std::vector<Listener>& listeners) { return impl_->Start(listeners); }
const std::vector<std::string>& Server::addresses() const { return impl_->addresses(); }
void Server::Respond(ConnectionId connection, const Response& response) { impl_->Respond(connection, response); }
void Server::Wake() { impl_->Wake(); }
void Server::Drain() { impl_->Drain(); }
void Server::Stop() { impl_->Stop(); }
const Server::Counters& Server::counters() const { return impl_->counters(); }

}  // namespace adapters::wire::http
