#include "tests/http/server_fixture.h"

#include <algorithm>
#include <utility>

namespace tests::http {
namespace {

Response Text(std::string body) {
  Response response;
  response.content_type = "text/plain";
  response.body = std::move(body);
  return response;
}

}  // namespace

RunningServer::RunningServer(Limits limits, const Listener& listener) : server(*this, limits) {
  const hub::Result<void> started = server.Start({listener});
  EXPECT_TRUE(started) << started.error().message;
}

void RunningServer::Release() {
  release_ = true;
  server.Wake();
}

std::size_t RunningServer::parked() const {
  const std::lock_guard lock(mutex_);
  return parked_.size();
}

std::vector<Request> RunningServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void RunningServer::Handle(ConnectionId connection, Request request) {
  const std::string target = request.target;
  std::string body = request.body;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(std::move(request));
    if (target.starts_with("/park") || target == "/poll") {
      const std::string answer =
          target.starts_with("/park/") ? std::string(std::stoul(target.substr(6)), 'x') : "released";
      parked_.push_back({connection, target == "/poll", answer});
      return;
    }
  }
  Response response = Text(std::move(body));
  if (target.starts_with("/big/")) response.body.assign(std::stoul(target.substr(5)), 'x');
  if (target == "/close") response.close = true;
  server.Respond(connection, response);
}

void RunningServer::Gone(ConnectionId connection) {
  ++gone_;
  const std::lock_guard lock(mutex_);
  std::erase_if(parked_, [&](const Parked& parked) { return parked.connection == connection; });
}

bool RunningServer::AnswersSoon(ConnectionId connection) {
  const std::lock_guard lock(mutex_);
  return std::none_of(parked_.begin(), parked_.end(),
                      [&](const Parked& parked) { return parked.connection == connection && parked.is_poll; });
}

void RunningServer::EndRound() {
  if (!release_.exchange(false)) return;
  std::vector<Parked> parked;
  {
    const std::lock_guard lock(mutex_);
    parked = std::exchange(parked_, {});
  }
  for (Parked& one : parked) server.Respond(one.connection, Text(std::move(one.answer)));
}

std::string Post(std::string_view path, std::string_view body, std::string_view fields) {
  std::string request = "POST ";
  request.append(path).append(" HTTP/1.1\r\nHost: localhost\r\nContent-Length: ");
  return request.append(std::to_string(body.size())).append("\r\n").append(fields).append("\r\n").append(body);
}

std::string Get(std::string_view path, std::string_view fields) {
  std::string request = "GET ";
  return request.append(path).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields).append("\r\n");
}

}  // namespace tests::http
