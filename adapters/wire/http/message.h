// HTTP/1.1 requests and responses as values. Bodies are whole: nothing here streams.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adapters::wire::http {

struct Request {
  std::string method;  // "POST"
  std::string target;  // "/000000000000/orders?Action=...", without the host where a whole URL was sent.
  bool keep_alive = true;
  std::string body;
  std::string peer;        // Numeric address of the client.
  std::string local_port;  // Of the listener that took the connection.
  bool secure = false;     // TLS.

  // The target without its query.
  std::string_view Path() const { return std::string_view(target).substr(0, target.find('?')); }

  // Leaves of a target that is a whole URL, as proxies send them, its path and query. False: it is no URL of this
  // protocol, or names another host than the Host field, which is the one that has been checked.
  [[nodiscard]] bool ToOriginForm();

  // The value of the first field of this name, whatever its letter case; "" when there is none.
  std::string_view Field(std::string_view name) const;
  void AddField(std::string_view name, std::string_view value);
  // About as much memory as it takes.
  std::size_t bytes() const { return target.size() + fields_.size() + pieces_.size() * sizeof(Piece) + body.size(); }

 private:
  struct Piece {
    std::uint32_t from = 0;
    std::uint32_t name_bytes = 0;
    std::uint32_t value_bytes = 0;
  };
  std::string fields_;  // All names and values, one after the other.
  std::vector<Piece> pieces_;
};

struct Response {
  unsigned status = 200;
  std::string content_type;  // "": no such field.
  std::string fields;        // Further ones, each "Name: value\r\n".
  std::string body;
  bool close = false;  // The connection ends after it.
};

// Whether two field names, or tokens, are the same: letters of either case.
bool EqualFold(std::string_view a, std::string_view b);

// "OK" for 200.
std::string_view ReasonOf(unsigned status);

// The whole response as bytes. `date` is an HTTP date. `head_only`: it answers a HEAD request.
std::string Write(const Response& response, std::string_view date, bool keep_alive, bool head_only);

}  // namespace adapters::wire::http
