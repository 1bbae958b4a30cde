#include "adapters/wire/http/client.h"

#include <netdb.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

namespace adapters::wire::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr auto kResolvedFor = 30s;
constexpr std::size_t kLookupsMax = 8;
constexpr std::size_t kIdleMax = 256;  // Connections kept, to all hosts together.

// A connection, and what it has been good for.
struct Link {
  std::unique_ptr<beast::tcp_stream> plain;
  std::unique_ptr<TlsStream> tls;
  beast::flat_buffer buffer;
  Clock::time_point idle_since;
  bool reused = false;

  beast::tcp_stream& lowest() { return plain ? *plain : beast::get_lowest_layer(*tls); }
};

// Who may share a connection: what goes to the same host and port in the same way.
std::string KeyOf(const Url& url) { return (url.secure ? "https://" : "http://") + url.host + " " + url.port; }

using Parser = beast::http::response_parser<beast::http::string_body>;

}  // namespace

class Client::Impl {
 public:
  explicit Impl(Options options) : options_(std::move(options)), sweep_(context_) { mailbox_->context = &context_; }

  // The system's authorities, and those of the file.
  hub::Result<void> Trust() {
    error_code error;
    tls_.set_default_verify_paths(error);
    if (!options_.ca_file.empty()) tls_.load_verify_file(options_.ca_file, error);
    if (error) {
      return hub::Fail(hub::Code::kInvalidArgument,
                       options_.ca_file + " is not a file of certificates to trust: " + error.message() + ".");
    }
    tls_.set_verify_mode(asio::ssl::verify_peer);
    return {};
  }

  void Start() {
    thread_ = std::thread([this] { context_.run(); });
  }

  void Stop() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mailbox_->mutex);
      mailbox_->context = nullptr;  // What is still being looked up goes nowhere.
    }
    context_.stop();
    thread_.join();
  }

  asio::io_context& context() { return context_; }

  struct Exchange {
    Client::Request request;
    Done done;
    std::string key;
    std::string head_and_body;
    Clock::time_point since;  // Posted,
    Clock::time_point begun;  // and begun.
    std::unique_ptr<Link> link;
    std::unique_ptr<Parser> parser;
  };
  using ExchangePtr = std::shared_ptr<Exchange>;

  void Post(Client::Request request, Done done) {
    auto exchange = std::make_shared<Exchange>();
    exchange->request = std::move(request);
    exchange->done = std::move(done);
    exchange->key = KeyOf(exchange->request.url);
    exchange->since = Clock::now();
    const std::string key = exchange->key;
    hosts_[key].waiting.push_back(std::move(exchange));
    Enqueue(key);
    Begin();
    if (!sweeping_) Sweep();
  }

 private:
  using Endpoints = std::vector<tcp::endpoint>;

  struct Host {
    std::size_t active = 0;
    bool is_queued = false;  // In rotation_.
    std::deque<ExchangePtr> waiting;
    std::vector<std::unique_ptr<Link>> idle;
    // What its name led to, for a while.
    Endpoints endpoints;
    Clock::time_point resolved;
    bool is_resolving = false;
    std::vector<ExchangePtr> resolving_for;

    bool IsUnused() const { return active == 0 && waiting.empty() && idle.empty() && !is_resolving; }
  };

  // What a lookup under way leaves its result in: it cannot be ended, and may outlive the client.
  struct Mailbox {
    std::mutex mutex;
    asio::io_context* context = nullptr;
  };

  // --- Turns: hosts one after the other, so that many requests to one of them hold up no other ---

  std::size_t PerHostMax() const {
    const bool busy = active_ > options_.requests_max / 2;
    return busy ? std::max<std::size_t>(options_.per_host_max / 8, 1) : options_.per_host_max;
  }

  void Enqueue(const std::string& key) {
    Host& host = hosts_[key];
    if (host.is_queued || host.waiting.empty() || host.active >= PerHostMax()) return;
    host.is_queued = true;
    rotation_.push_back(key);
  }

  void Begin() {
    while (active_ < options_.requests_max && !rotation_.empty()) {
      const std::string key = std::move(rotation_.front());
      rotation_.pop_front();
      Host& host = hosts_[key];
      host.is_queued = false;
      if (host.waiting.empty() || host.active >= PerHostMax()) continue;
      ExchangePtr exchange = std::move(host.waiting.front());
      host.waiting.pop_front();
      ++host.active;
      ++active_;
      Enqueue(key);
      exchange->begun = Clock::now();
      // Never from within Post: who posts need not be ready for an answer.
      asio::post(context_, [this, exchange = std::move(exchange)] { Connect(exchange); });
    }
  }

  void End(const ExchangePtr& exchange, Client::Response response) {
    --hosts_[exchange->key].active;
    --active_;
    Enqueue(exchange->key);
    Begin();
    exchange->done(std::move(response));
  }

  void Fail(const ExchangePtr& exchange, std::string problem) {
    exchange->link.reset();
    End(exchange, {.status = 0, .problem = std::move(problem), .body = {}, .was_late = false});
  }

  // Whether the other side may simply have closed a connection that nobody used.
  static bool IsClosed(const error_code& error) {
    return error == asio::error::eof || error == asio::error::connection_reset || error == asio::error::broken_pipe ||
           error == beast::http::error::end_of_stream || error == asio::ssl::error::stream_truncated;
  }

  void FailOf(const ExchangePtr& exchange, const char* doing, const error_code& error) {
    if (exchange->link && exchange->link->reused && IsClosed(error)) {
      exchange->link.reset();
      return Resolve(exchange);
    }
    const bool slow = error == beast::error::timeout;
    Fail(exchange, std::string(doing) + ": " + (slow ? "no answer in time" : error.message()) + ".");
  }

  // Once in a while: what has waited too long fails, connections that nobody needs are closed.
  void Sweep() {
    sweeping_ = true;
    sweep_.expires_after(1s);
    sweep_.async_wait([this](error_code error) {
      if (error) return;
      const Clock::time_point now = Clock::now();
      std::vector<ExchangePtr> late;
      std::vector<ExchangePtr> unresolved;
      for (auto at = hosts_.begin(); at != hosts_.end();) {
        Host& host = at->second;
        while (!host.waiting.empty() && now - host.waiting.front()->since > options_.queue_max) {
          late.push_back(std::move(host.waiting.front()));
          host.waiting.pop_front();
        }
        std::erase_if(host.resolving_for, [&](const ExchangePtr& exchange) {
          const bool too_long = now - exchange->begun > options_.time_max;
          if (too_long) unresolved.push_back(exchange);
          return too_long;
        });
        idle_ -= std::erase_if(host.idle, [&](const auto& link) { return now - link->idle_since > options_.keep_max; });
        at = host.IsUnused() && !host.is_queued ? hosts_.erase(at) : std::next(at);
      }
      for (const ExchangePtr& exchange : late) {
        exchange->done({.status = 0, .problem = "Too many requests wait.", .body = {}, .was_late = true});
      }
      for (const ExchangePtr& exchange : unresolved) {
        Fail(exchange, "Cannot resolve " + exchange->request.url.host + ": no answer in time.");
      }
      sweeping_ = !hosts_.empty();
      if (sweeping_) Sweep();
    });
  }

  // --- One exchange ---

  void Connect(const ExchangePtr& exchange) {
    Host& host = hosts_[exchange->key];
    if (host.idle.empty()) return Resolve(exchange);
    exchange->link = std::move(host.idle.back());
    host.idle.pop_back();
    --idle_;
    exchange->link->reused = true;
    exchange->link->lowest().expires_after(options_.time_max);
    Send(exchange);
  }

  void Resolve(const ExchangePtr& exchange) {
    const Url& url = exchange->request.url;
    error_code error;
    const asio::ip::address address = asio::ip::make_address(url.host, error);
    if (!error) return Dial(exchange, {tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(url.port)))});
    Host& host = hosts_[exchange->key];
    if (!host.endpoints.empty() && Clock::now() - host.resolved < kResolvedFor) return Dial(exchange, host.endpoints);
    host.resolving_for.push_back(exchange);
    if (std::exchange(host.is_resolving, true)) return;
    lookups_.push_back(exchange);
    LookUp();
  }

  // Names are looked up on threads of their own, a few at a time: one that is never answered holds up only its own.
  void LookUp() {
    while (looking_up_ < kLookupsMax && !lookups_.empty()) {
      const ExchangePtr exchange = std::move(lookups_.front());
      lookups_.pop_front();
      ++looking_up_;
      std::thread([this, mailbox = mailbox_, key = exchange->key, name = exchange->request.url.host,
                   port = exchange->request.url.port] {
        std::string problem;
        Endpoints endpoints = AddressesOf(name, port, problem);
        const std::lock_guard lock(mailbox->mutex);
        if (!mailbox->context) return;  // The client is gone, and with it what `this` was.
        asio::post(*mailbox->context, [this, key, problem, endpoints = std::move(endpoints)] {
          --looking_up_;
          Resolved(key, endpoints, problem);
          LookUp();
        });
      }).detach();
    }
  }

  static Endpoints AddressesOf(const std::string& name, const std::string& port, std::string& problem) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    Endpoints endpoints;
    if (const int error = getaddrinfo(name.c_str(), port.c_str(), &hints, &found); error != 0) {
      problem = gai_strerror(error);
      return endpoints;
    }
    for (const addrinfo* at = found; at; at = at->ai_next) {
      tcp::endpoint endpoint;
      if (at->ai_addrlen > endpoint.capacity()) continue;
      std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
      endpoint.resize(at->ai_addrlen);
      endpoints.push_back(endpoint);
    }
    freeaddrinfo(found);
    return endpoints;
  }

  void Resolved(const std::string& key, const Endpoints& endpoints, const std::string& problem) {
    Host& host = hosts_[key];
    host.is_resolving = false;
    host.endpoints = endpoints;
    host.resolved = Clock::now();
    for (const ExchangePtr& exchange : std::exchange(host.resolving_for, {})) {
      if (!endpoints.empty()) {
        Dial(exchange, endpoints);
      } else {
        Fail(exchange, "Cannot resolve " + exchange->request.url.host + ": " + problem + ".");
      }
    }
  }

  // Only to what the guard has seen: the name is not resolved again.
  void Dial(const ExchangePtr& exchange, Endpoints endpoints) {
    if (options_.guard && !exchange->request.is_trusted) {
      std::erase_if(endpoints,
                    [&](const tcp::endpoint& endpoint) { return !options_.guard(endpoint.address().to_string()); });
    }
    // Where its name leads is not told: it may be a name of the network that the hub stands in.
    if (endpoints.empty()) return Fail(exchange, "Its address may not be delivered to.");
    exchange->link = std::make_unique<Link>();
    Link& link = *exchange->link;
    if (exchange->request.url.secure) {
      link.tls = std::make_unique<TlsStream>(context_, tls_);
    } else {
      link.plain = std::make_unique<beast::tcp_stream>(context_);
    }
    link.lowest().expires_after(options_.time_max);
    auto kept = std::make_shared<std::vector<tcp::endpoint>>(std::move(endpoints));
    link.lowest().async_connect(*kept, [this, exchange, kept](error_code error, const tcp::endpoint&) {
      if (error) return FailOf(exchange, "Cannot connect", error);
      error_code ignored;
      exchange->link->lowest().socket().set_option(tcp::no_delay(true), ignored);
      exchange->link->tls ? Handshake(exchange) : Send(exchange);
    });
  }

  void Handshake(const ExchangePtr& exchange) {
    TlsStream& stream = *exchange->link->tls;
    const std::string& host = exchange->request.url.host;
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    stream.async_handshake(asio::ssl::stream_base::client, [this, exchange](error_code error) {
      error ? FailOf(exchange, "No TLS", error) : Send(exchange);
    });
  }

  template <typename Use>
  static void WithStream(Link& link, Use use) {
    link.plain ? use(*link.plain) : use(*link.tls);
  }

  void Send(const ExchangePtr& exchange) {
    const Client::Request& request = exchange->request;
    exchange->head_and_body = "POST " + request.url.target + " HTTP/1.1\r\nHost: " + request.url.authority + "\r\n" +
                              request.fields + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" +
                              request.body;
    WithStream(*exchange->link, [&](auto& stream) {
      asio::async_write(stream, asio::buffer(exchange->head_and_body), [this, exchange](error_code error, std::size_t) {
        error ? FailOf(exchange, "Cannot send", error) : Receive(exchange);
      });
    });
  }

  void Receive(const ExchangePtr& exchange) {
    std::string().swap(exchange->head_and_body);
    exchange->parser = std::make_unique<Parser>();
    exchange->parser->header_limit(static_cast<std::uint32_t>(options_.response_bytes_max));
    exchange->parser->body_limit(options_.response_bytes_max);
    WithStream(*exchange->link, [&](auto& stream) {
      beast::http::async_read(stream, exchange->link->buffer, *exchange->parser,
                              [this, exchange](error_code error, std::size_t bytes) {
                                if (error && bytes > 0) exchange->link->reused = false;  // It was not closed before.
                                Received(exchange, error);
                              });
    });
  }

  // The status says whether the endpoint took it, whatever becomes of the rest.
  void Received(const ExchangePtr& exchange, error_code error) {
    const bool has_status = exchange->parser->is_header_done();
    if (!has_status) return FailOf(exchange, "No whole response", error);
    const unsigned status = exchange->parser->get().result_int();
    if (!error && status >= 100 && status < 200) return Receive(exchange);  // The response is still to come.
    if (error) {
      exchange->link.reset();
      return End(exchange, {.status = status, .problem = {}, .body = {}, .was_late = false});
    }
    Finish(exchange);
  }

  void Finish(const ExchangePtr& exchange) {
    auto response = exchange->parser->release();
    std::unique_ptr<Link> link = std::move(exchange->link);
    if (response.keep_alive() && link->buffer.size() == 0 && idle_ < kIdleMax) {
      link->lowest().expires_never();
      link->idle_since = Clock::now();
      hosts_[exchange->key].idle.push_back(std::move(link));
      ++idle_;
    }
    End(exchange,
        {.status = response.result_int(), .problem = {}, .body = std::move(response.body()), .was_late = false});
  }

  const Options options_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  asio::steady_timer sweep_;
  bool sweeping_ = false;
  std::map<std::string, Host> hosts_;
  std::deque<std::string> rotation_;  // Hosts with something that may begin.
  std::deque<ExchangePtr> lookups_;   // Whose names are to be looked up.
  std::size_t looking_up_ = 0;
  std::size_t idle_ = 0;
  std::shared_ptr<Mailbox> mailbox_ = std::make_shared<Mailbox>();
  std::size_t active_ = 0;
  std::thread thread_;
};

Client::Client() = default;
Client::~Client() { Stop(); }

hub::Result<void> Client::Start(Options options) {
  impl_ = std::make_unique<Impl>(std::move(options));
  if (auto trusted = impl_->Trust(); !trusted) return trusted;
  impl_->Start();
  return {};
}

void Client::Post(Request request, Done done) { impl_->Post(std::move(request), std::move(done)); }

void Client::After(hub::Duration time, std::function<void()> run) {
  auto timer = std::make_shared<asio::steady_timer>(impl_->context(), time);
  timer->async_wait([timer, run = std::move(run)](error_code error) {
    if (!error) run();
  });
}

void Client::Run(std::function<void()> run) { asio::post(impl_->context(), std::move(run)); }

void Client::Stop() {
  if (impl_) impl_->Stop();
}

}  // namespace adapters::wire::http
