#include "adapters/ops/pages.h"

#include <iterator>
#include <random>
#include <utility>

#include "adapters/ops/health.h"
#include "adapters/ops/metrics.h"
#include "adapters/ops/outbox.h"
#include "adapters/ops/test_help.h"
#include "adapters/wire/http/host.h"

namespace adapters::ops {
namespace {

using hub::core::Answer;
using hub::core::Command;
using wire::http::ConnectionId;
using wire::http::Request;
using wire::http::Response;

constexpr std::string_view kMetrics = "/metrics";

Response PlainText(unsigned status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .fields = "", .body = std::move(text)};
}

Response OnlyRead() {
  Response response = PlainText(405, "This page can only be read.\n");
  response.fields = "Allow: GET, HEAD\r\n";
  return response;
}

std::uint64_t NewSeed() {
  std::random_device device;
  return std::uint64_t{device()} << 21 ^ device();  // A JSON reader keeps 53 bits.
}

unsigned StatusOf(hub::Code code) {
  switch (code) {
    case hub::Code::kAccessDenied: return 403;
    case hub::Code::kQueueNotFound:
    case hub::Code::kSubscriptionNotFound: return 404;
    case hub::Code::kUnavailable:
    case hub::Code::kOverloaded: return 503;
    default: return 400;
  }
}

}  // namespace

bool Pages::Takes(std::string_view path) const {
  return IsHealthPath(path) || path == kMetrics || (options_.test_paths && IsTestPath(path));
}

void Pages::Handle(ConnectionId connection, Request request) {
  if (wire::http::IsOfPage(request)) {
    return server_->Respond(connection, PlainText(403, "Requests of web pages are not answered here.\n"));
  }
  const std::string_view path = request.Path();
  if (options_.test_paths && IsTestPath(path)) return HelpTest(connection, request);
  if (request.method != "GET" && request.method != "HEAD") return server_->Respond(connection, OnlyRead());
  if (IsHealthPath(path)) return server_->Respond(connection, HealthAt(path, sources_.state(), sources_.version));
  if (!options_.metrics) {
    return server_->Respond(connection,
                            PlainText(403,
                                      "Metrics are read here in mode: local only. Configure listen.metrics, and read "
                                      "them there.\n"));
  }
  Ask(connection, hub::core::Statistics{}, [this](hub::core::Reply& reply) { return Metrics(reply); });
}

void Pages::HelpTest(ConnectionId connection, const Request& request) {
  if (!options_.help_tests) {
    return server_->Respond(connection, WriteRefusal({403,
                                                      "Tests are helped in mode: local only; this hub is in mode: "
                                                      "strict."}));
  }
  if (IsOutboxPath(request.Path())) return ReadOutbox(connection, request);
  auto command = ReadTestRequest(request, NewSeed());
  if (!command) return server_->Respond(connection, WriteRefusal(command.error()));
  Ask(connection, std::move(*command), WriteTestReply);
}

void Pages::ReadOutbox(ConnectionId connection, const Request& request) {
  if (request.method != "GET") return server_->Respond(connection, WriteRefusal({405, "The outbox is only read."}));
  auto peek = ReadOutboxRequest(request);
  if (!peek || !envelopes_) {
    return server_->Respond(connection, WriteRefusal({404, "Write /_penstock/outbox/ and a subscription's ARN."}));
  }
  const std::string base_url = (request.secure ? "https://" : "http://") + std::string(request.Field("Host"));
  Ask(connection, *peek, [this, arn = peek->queue, base_url](hub::core::Reply& reply) {
    return WriteOutbox(std::get<hub::core::PeekReply>(reply), arn, base_url, *envelopes_);
  });
}

Response Pages::Metrics(hub::core::Reply& reply) const {
  return {.content_type = kMetricsType,
          .fields = "Cache-Control: no-store\r\n",
          .body = MetricsText(std::get<hub::core::StatisticsReply>(reply), sources_.readings(), sources_.version)};
}

// The hub itself asks: whoever reaches the page may know.
void Pages::Ask(ConnectionId connection, hub::core::Operation operation, Write write) {
  const State state = sources_.state();
  if (state == State::kRecovering || state == State::kStopping) {  // Nobody would answer.
    return server_->Respond(connection, WriteRefusal({503, "The hub is starting or stopping. Try again."}));
  }
  std::vector<Command> commands(1);
  Command& command = commands.front();
  command.ticket = {.endpoint = number_, .session = connection, .request = ++last_request_};
  command.caller = std::make_shared<const hub::core::Caller>();
  command.operation = std::move(operation);
  command.bytes = sizeof(Command);
  if (!inbox_.TryPush(commands)) return server_->Respond(connection, WriteRefusal({503, "The hub is overloaded."}));
  pending_.emplace(last_request_, Pending{.connection = connection, .write = std::move(write)});
}

void Pages::Gone(ConnectionId connection) {
  std::erase_if(pending_, [&](const auto& pending) { return pending.second.connection == connection; });
}

void Pages::Deliver(std::vector<Answer> answers) {
  {
    const std::lock_guard lock(mutex_);
    answers_.insert(answers_.end(), std::make_move_iterator(answers.begin()), std::make_move_iterator(answers.end()));
  }
  server_->Wake();  // Who asked has come by it.
}

void Pages::EndRound() {
  std::vector<Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
  }
  for (Answer& answer : answers) {
    const auto found = pending_.find(answer.ticket.request);
    if (found == pending_.end()) continue;  // The client has left.
    const Pending pending = std::move(found->second);
    pending_.erase(found);
    server_->Respond(pending.connection,
                     answer.reply ? pending.write(*answer.reply)
                                  : WriteRefusal({StatusOf(answer.reply.error().code), answer.reply.error().message}));
  }
}

}  // namespace adapters::ops
