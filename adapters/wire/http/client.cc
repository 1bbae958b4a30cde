#include "adapters/wire/http/client.h"

#include <openssl/ssl.h>

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
#include <deque>
#include <map>
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
  explicit Impl(Options options) : options_(std::move(options)), resolver_(context_), sweep_(context_) {}

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
    context_.stop();
    thread_.join();
  }

  asio::io_context& context() { return context_; }

  struct Exchange {
    Client::Request request;
    Done done;
    std::string key;
    std::string head_and_body;
    Clock::time_point since;
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
    Host& host = hosts_[exchange->key];
    host.waiting.push_back(std::move(exchange));
    Begin(host);
    if (!sweeping_) Sweep();
  }

 private:
  struct Host {
    std::size_t active = 0;
    std::deque<ExchangePtr> waiting;
    std::vector<std::unique_ptr<Link>> idle;

    bool IsUnused() const { return active == 0 && waiting.empty() && idle.empty(); }
  };

  // --- Turns ---

  void Begin(Host& host) {
    while (!host.waiting.empty() && host.active < options_.per_host_max && active_ < options_.requests_max) {
      ExchangePtr exchange = std::move(host.waiting.front());
      host.waiting.pop_front();
      ++host.active;
      ++active_;
      // Never from within Post: who posts need not be ready for an answer.
      asio::post(context_, [this, exchange = std::move(exchange)] { Connect(exchange); });
    }
  }

  void End(const ExchangePtr& exchange, Client::Response response) {
    Host& host = hosts_[exchange->key];
    --host.active;
    --active_;
    Begin(host);
    // Others may have waited for room among all.
    if (active_ + 1 == options_.requests_max) {
      for (auto& [key, other] : hosts_) Begin(other);
    }
    exchange->done(std::move(response));
  }

  void Fail(const ExchangePtr& exchange, std::string problem) {
    exchange->link.reset();
    End(exchange, {.status = 0, .problem = std::move(problem), .body = {}});
  }

  void FailOf(const ExchangePtr& exchange, const char* doing, const error_code& error) {
    if (exchange->link && exchange->link->reused) {  // It had been closed meanwhile, perhaps.
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
      for (auto at = hosts_.begin(); at != hosts_.end();) {
        Host& host = at->second;
        while (!host.waiting.empty() && now - host.waiting.front()->since > options_.queue_max) {
          late.push_back(std::move(host.waiting.front()));
          host.waiting.pop_front();
        }
        std::erase_if(host.idle, [&](const auto& link) { return now - link->idle_since > options_.keep_max; });
        at = host.IsUnused() ? hosts_.erase(at) : std::next(at);
      }
      sweeping_ = !hosts_.empty();
      if (sweeping_) Sweep();
      for (const ExchangePtr& exchange : late) {
        exchange->done({.status = 0, .problem = "Too many requests wait for this host.", .body = {}});
      }
    });
  }

  // --- One exchange ---

  void Connect(const ExchangePtr& exchange) {
    Host& host = hosts_[exchange->key];
    if (host.idle.empty()) return Resolve(exchange);
    exchange->link = std::move(host.idle.back());
    host.idle.pop_back();
    exchange->link->reused = true;
    exchange->link->lowest().expires_after(options_.time_max);
    Send(exchange);
  }

  void Resolve(const ExchangePtr& exchange) {
    const Url& url = exchange->request.url;
    error_code error;
    const asio::ip::address address = asio::ip::make_address(url.host, error);
    if (!error) {
      std::uint16_t port = static_cast<std::uint16_t>(std::stoul(url.port));
      return Dial(exchange, {tcp::endpoint(address, port)});
    }
    resolver_.async_resolve(url.host, url.port, [this, exchange](error_code failed, tcp::resolver::results_type found) {
      if (failed) return Fail(exchange, "Cannot resolve " + exchange->request.url.host + ": " + failed.message() + ".");
      std::vector<tcp::endpoint> endpoints;
      for (const auto& entry : found) endpoints.push_back(entry.endpoint());
      Dial(exchange, std::move(endpoints));
    });
  }

  // Only to what the guard has seen: the name is not resolved again.
  void Dial(const ExchangePtr& exchange, std::vector<tcp::endpoint> endpoints) {
    const std::string first = endpoints.empty() ? "" : endpoints.front().address().to_string();
    if (options_.guard) {
      std::erase_if(endpoints,
                    [&](const tcp::endpoint& endpoint) { return !options_.guard(endpoint.address().to_string()); });
    }
    if (endpoints.empty()) return Fail(exchange, "The address " + first + " may not be delivered to.");
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
                                error ? FailOf(exchange, "No whole response", error) : Finish(exchange);
                              });
    });
  }

  void Finish(const ExchangePtr& exchange) {
    auto response = exchange->parser->release();
    std::unique_ptr<Link> link = std::move(exchange->link);
    if (response.keep_alive() && link->buffer.size() == 0) {
      link->lowest().expires_never();
      link->idle_since = Clock::now();
      hosts_[exchange->key].idle.push_back(std::move(link));
    }
    End(exchange, {.status = response.result_int(), .problem = {}, .body = std::move(response.body())});
  }

  const Options options_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  asio::ssl::context tls_{asio::ssl::context::tls_client};
  tcp::resolver resolver_;
  asio::steady_timer sweep_;
  bool sweeping_ = false;
  std::map<std::string, Host> hosts_;
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
