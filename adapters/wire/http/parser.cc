#include "adapters/wire/http/parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/optional.hpp>
#include <utility>

namespace adapters::wire::http {

namespace beast = boost::beast::http;
using boost::beast::error_code;

namespace {

// Looks for the end of a head, and on its way for what Beast would read otherwise, or late: it joins folded lines, and
// whether it waits for the rest of a broken line depends on the pieces in which that comes.
class HeadScan {
 public:
  enum class Found : std::uint8_t { kNothing, kEnd, kFolded, kBroken };

  // `bytes` are all that there is of the head.
  Found Go(std::string_view bytes) {
    for (; seen_ < bytes.size(); ++seen_) {
      const char c = bytes[seen_];
      if (std::exchange(after_return_, c == '\r')) {
        if (c != '\n') return Found::kBroken;
        if (line_bytes_ == 0 && lines_ > 0) {
          ++seen_;
          return Found::kEnd;
        }
        ++lines_;
        line_bytes_ = 0;
      } else if (c != '\r') {
        const bool is_space = c == ' ' || c == '\t';
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t') return Found::kBroken;
        if (is_space && line_bytes_ == 0 && lines_ > 0) return Found::kFolded;
        ++line_bytes_;
      }
    }
    return Found::kNothing;
  }

  std::size_t seen() const { return seen_; }

 private:
  std::size_t seen_ = 0;
  std::size_t lines_ = 0;
  std::size_t line_bytes_ = 0;
  bool after_return_ = false;
};

}  // namespace

class Parser::Impl final : public beast::basic_parser<true> {
 public:
  explicit Impl(const Limits& limits) : limits_(limits) {
    header_limit(static_cast<std::uint32_t>(limits.head_bytes_max));
    body_limit(limits.body_bytes_max);
    eager(true);
  }

  State state_ = State::kHead;
  Response refusal_;
  Request request_;
  bool expects_continue_ = false;

  // How much of `bytes` are empty lines before the head. [RFC 9112 2.2]
  std::size_t EmptyLines(std::string_view bytes) {
    std::size_t used = 0;
    for (; bytes.substr(used).starts_with("\r\n"); used += 2) {
      if (++empty_lines_ > limits_.empty_lines_max) {
        Refuse(400, "There are too many empty lines before the request.");
        break;
      }
    }
    return used;
  }

  // How long the head is that `bytes` begin with; 0 while it is not whole, or refused.
  std::size_t HeadBytes(std::string_view bytes) {
    switch (scan_.Go(bytes.substr(0, limits_.head_bytes_max))) {
      case HeadScan::Found::kEnd: return scan_.seen();
      case HeadScan::Found::kFolded: Refuse(400, "A header field has one line."); break;
      case HeadScan::Found::kBroken: Refuse(400, "This is not an HTTP request."); break;
      case HeadScan::Found::kNothing:
        if (bytes.size() > limits_.head_bytes_max) Refuse(431, "The header is too large.");
        break;
    }
    return 0;
  }

  // Lets Beast read, and returns how much it took.
  std::size_t Read(std::string_view bytes) {
    error_code error;
    const std::size_t used = put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    if (!error || error == beast::error::need_more || state_ == State::kWrong) return used;
    if (error == beast::error::body_limit) {
      Refuse(413, "The body is too large.");
    } else if (error == beast::error::bad_version) {
      Refuse(505, "This is an HTTP/1.1 server.");
    } else {
      Refuse(400, "This is not an HTTP request: " + error.message() + ".");
    }
    return used;
  }

  // Ends the request with an answer. Returns the error that stops the parser.
  error_code Refuse(unsigned status, std::string why) {
    state_ = State::kWrong;
    refusal_.status = status;
    refusal_.content_type = "text/plain; charset=utf-8";
    refusal_.body = std::move(why) + "\n";
    refusal_.close = true;
    return make_error_code(beast::error::bad_value);
  }

 private:
  using View = boost::beast::string_view;
  static std::string_view Std(View text) { return {text.data(), text.size()}; }

  void on_request_impl(beast::verb /*method*/, View method, View target, int version, error_code& error) override {
    if (target.size() > limits_.request_line_bytes_max) {
      error = Refuse(414, "The request line is too long.");
      return;
    }
    if (version != 10 && version != 11) error = Refuse(505, "This is an HTTP/1.1 server.");
    request_.method = Std(method);
    request_.target = Std(target);
    is_http_11_ = version == 11;
  }

  void on_response_impl(int /*code*/, View /*reason*/, int /*version*/, error_code& /*error*/) override {}

  void on_field_impl(beast::field name, View text, View value, error_code& error) override {
    if (++fields_ > limits_.fields_max) {
      error = Refuse(431, "There are too many header fields.");
      return;
    }
    if (state_ != State::kHead) return;  // A trailer: it says nothing of the request.
    if (name == beast::field::host) ++hosts_;
    if (name == beast::field::content_length) {
      ++lengths_;
      const bool plain = std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
      if (!plain) error = Refuse(400, "Content-Length is one number.");  // Beast takes "5, 5".
    }
    if (name == beast::field::transfer_encoding) {
      ++codings_;
      if (!EqualFold(Std(value), "chunked")) error = Refuse(501, "The only transfer coding known here is chunked.");
    }
    if (name == beast::field::expect) {
      expects_continue_ = EqualFold(Std(value), "100-continue");
      if (!expects_continue_) error = Refuse(417, "The only expectation known here is 100-continue.");
    }
    request_.AddField(Std(text), Std(value));
  }

  void on_header_impl(error_code& error) override {
    if (codings_ + lengths_ > 1) {
      error = Refuse(400, "The length of the body is given more than once.");
    } else if (hosts_ > 1 || (hosts_ == 0 && is_http_11_)) {
      error = Refuse(400, "There must be one Host field.");
    } else if (codings_ > 0 && !is_http_11_) {
      error = Refuse(400, "HTTP/1.0 has no transfer codings.");
    } else if (!request_.ToOriginForm()) {
      error = Refuse(400, "The target of the request is a URL of another host than the Host field names.");
    } else {
      request_.keep_alive = keep_alive();
      state_ = State::kBody;
    }
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code& /*error*/) override {
    constexpr std::uint64_t kAtOnceMax = 16 * 1024;  // What is only announced costs nothing yet.
    if (length) request_.body.reserve(static_cast<std::size_t>(std::min(*length, kAtOnceMax)));
  }

  std::size_t on_body_impl(View body, error_code& /*error*/) override {
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  void on_chunk_header_impl(std::uint64_t /*size*/, View /*extensions*/, error_code& /*error*/) override {}

  std::size_t on_chunk_body_impl(std::uint64_t remain, View body, error_code& error) override {
    if (request_.body.size() + std::max<std::uint64_t>(remain, body.size()) > limits_.body_bytes_max) {
      error = beast::error::body_limit;
      return 0;
    }
    request_.body.append(body.data(), body.size());
    return body.size();
  }

  void on_finish_impl(error_code& /*error*/) override { state_ = State::kDone; }

  const Limits& limits_;
  HeadScan scan_;
  std::size_t empty_lines_ = 0;
  bool is_http_11_ = true;
  std::size_t fields_ = 0;
  std::size_t hosts_ = 0;
  std::size_t lengths_ = 0;
  std::size_t codings_ = 0;
};

Parser::Parser(const Limits& limits) : impl_(std::make_unique<Impl>(limits)) {}
Parser::~Parser() = default;

std::size_t Parser::Put(std::string_view bytes) {
  std::size_t used = 0;
  if (impl_->state_ == State::kHead) {
    used = impl_->EmptyLines(bytes);
    const std::string_view rest = bytes.substr(used);
    // A line's first half may yet become an empty one: it is looked at with what follows.
    if (impl_->state_ == State::kWrong || rest == "\r") return used;
    const std::size_t head = impl_->HeadBytes(rest);
    if (head == 0) return used;
    used += impl_->Read(rest.substr(0, head));
    if (impl_->state_ == State::kHead) impl_->Refuse(400, "This is not an HTTP request.");  // It wants more of a head.
  }
  // Beast counts on five bytes when it comes back to a last chunk, and so many always follow: "0", and two line ends.
  const std::size_t least = impl_->state_ == State::kBody && impl_->chunked() ? 5 : 1;
  while (impl_->state_ == State::kBody && bytes.size() - used >= least) {
    const std::size_t now = impl_->Read(bytes.substr(used));
    if (now == 0) break;
    used += now;
  }
  return used;
}

Parser::State Parser::state() const { return impl_->state_; }

std::size_t Parser::body_bytes() const { return impl_->request_.body.size(); }
std::size_t Parser::bytes() const { return impl_->request_.bytes(); }
bool Parser::expects_continue() const { return impl_->expects_continue_; }
const Response& Parser::refusal() const { return impl_->refusal_; }
Request Parser::Take() { return std::move(impl_->request_); }

}  // namespace adapters::wire::http
