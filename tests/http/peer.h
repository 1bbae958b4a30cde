// A client that writes and reads bytes as it likes, over TCP or TLS. Every wait ends after kPatience, as a failure.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tests::http {

using namespace std::chrono_literals;

// Long enough for any machine; a test that waits this long has failed.
inline constexpr std::chrono::milliseconds kPatience = 20s;

// Asks again and again, giving way in between, until `condition` holds or patience ends.
bool Eventually(const std::function<bool()>& condition);

struct Answer {
  int status = 0;  // 0: none came.
  std::string head;
  std::string body;

  // The value of a field, or "".
  std::string Field(std::string_view name) const;
};

class Peer {
 public:
  struct Options {
    bool tls = false;
    int receive_buffer_bytes = 0;  // 0: the system's own.
  };

  // `address` as a server names it: "http://127.0.0.1:1234".
  explicit Peer(const std::string& address) : Peer(address, Options{}) {}
  Peer(const std::string& address, Options options);
  ~Peer();

  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  // TLS: whether the handshake succeeded.
  bool is_open() const { return is_open_; }

  // False when the server does not take them any more.
  bool Send(std::string_view bytes);

  // Sends nothing more, but reads.
  void EndSending();

  // What is there next: bytes, or "" at the end. A reset counts as an end.
  std::string Read();

  // Until the end.
  std::string ReadAll();

  // The next response, by its Content-Length; a 100 is one, too. `has_body`: false when a HEAD was sent.
  Answer ReadAnswer(bool has_body = true);

  // Sends, then reads one response.
  Answer Ask(std::string_view bytes) { return Send(bytes) ? ReadAnswer() : Answer(); }

 private:
  struct Tls;

  int fd_ = -1;
  std::unique_ptr<Tls> tls_;
  std::string unread_;
  bool is_open_ = true;
};

// A self-signed certificate for localhost and its key, as PEM files that go with their owner.
class Certificate {
 public:
  // With a password the key is encrypted.
  explicit Certificate(const std::string& password = "");
  ~Certificate();

  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  const std::string& certificate_file() const { return certificate_file_; }
  const std::string& key_file() const { return key_file_; }

 private:
  std::string certificate_file_;
  std::string key_file_;
};

}  // namespace tests::http
