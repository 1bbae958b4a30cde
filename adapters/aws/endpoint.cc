#include "adapters/aws/endpoint.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>
#include <utility>

#include "adapters/aws/answer.h"
#include "adapters/aws/decode.h"
#include "adapters/aws/peek.h"
#include "adapters/wire/http/host.h"
#include "hub/base/assert.h"
#include "hub/base/limits.h"
#include "hub/base/names.h"

namespace adapters::aws {
namespace {

using hub::core::Caller;
using hub::core::Command;
using hub::core::Reply;
using wire::http::ConnectionId;
using wire::http::Request;
using wire::http::Response;

constexpr std::string_view kDefaultAccount = "000000000000";
constexpr std::size_t kCallersMax = 4096;

// What a link in a message asks for. Whoever has it may: it holds a token, or an id that nobody can guess.
bool IsLink(const Call& call) {
  const std::string_view name = call.action ? call.action->name : "";
  return call.service == Service::kSns && (name == "ConfirmSubscription" || name == "Unsubscribe");
}

}  // namespace

Endpoint::Endpoint(std::uint32_t number, hub::engine::Inbox& inbox, wire::sns::Signer& signer,
                   wire::http::Limits limits)
    : number_(number), inbox_(inbox), signer_(signer), envelopes_(signer), server_(*this, limits) {
  std::random_device device;
  for (std::uint64_t& word : request_seed_) word = std::uint64_t{device()} << 32 | device();
}

Endpoint::~Endpoint() { Stop(); }

hub::Result<void> Endpoint::Start(const std::vector<wire::http::Listener>& listeners, Settings settings) {
  settings_ = std::move(settings);
  if (settings_.guest) settings_.guest->Attach(server_);
  return server_.Start(listeners);
}

void Endpoint::Drain() { draining_ = true; }

void Endpoint::Stop() {
  if (std::exchange(stopped_, true)) return;
  server_.Wake();
  server_.Stop();
}

void Endpoint::Deliver(std::vector<hub::core::Answer> answers) {
  {
    const std::lock_guard lock(mutex_);
    if (answers_.empty()) {
      answers_ = std::move(answers);
    } else {
      answers_.insert(answers_.end(), std::make_move_iterator(answers.begin()), std::make_move_iterator(answers.end()));
    }
  }
  server_.Wake();
}

// --- Requests -------------------------------------------------------------------------------------------------------

void Endpoint::Handle(ConnectionId connection, Request request) {
  if (!wire::http::IsHostAllowed(request.Field("Host"), settings_.hosts)) {
    return Refuse(connection, 421, "This is not the host that the request names.\n");
  }
  if (settings_.guest && settings_.guest->Takes(request.Path())) {
    return settings_.guest->Handle(connection, std::move(request));
  }
  if (ServesCertificate(connection, request)) return;
  auto call = std::make_shared<Call>();
  call->request_id = NewRequestId();
  call->envelopes = &envelopes_;
  // A page can make its visitor's browser send a GET without an Origin, but no Authorization of its own. It cannot read
  // what is answered, and a look changes nothing.
  const bool is_bare = request.method != "POST" && request.Field("Authorization").empty();
  const bool is_of_page = wire::http::IsOfPage(request) || (is_bare && !IsPeekPath(request.Path()));
  if (is_of_page) {
    call->by_link = is_bare && request.method == "GET" && request.Field("Origin").empty() &&
                    DecodeCall(request, settings_.region, *call) && IsLink(*call);
    if (!call->by_link) {
      return Refuse(connection, 403, "Requests of web pages are not answered here.\n");
    }
  }
  auto plan = Prepare(request, *call);
  if (!plan) return server_.Respond(connection, WriteFailure(*call, plan.error()));
  if (!plan->operation) {
    Reply nothing;
    return server_.Respond(
        connection, Finish({.connection = connection, .call = std::move(call), .plan = std::move(*plan)}, nothing));
  }
  Ask(connection, std::move(call), std::move(*plan), request.body.size() + request.target.size());
}

// As a person reads it: whoever is refused here has not got as far as a protocol.
void Endpoint::Refuse(ConnectionId connection, unsigned status, std::string text) {
  server_.Respond(connection, {.status = status,
                               .content_type = "text/plain; charset=utf-8",
                               .fields = FieldsOfRefusal(),
                               .body = std::move(text)});
}

// Clients log the id of whatever failed.
std::string Endpoint::FieldsOfRefusal() { return "x-amzn-RequestId: " + NewRequestId() + "\r\n"; }

// [aws 131] To whoever wants to verify what was sent.
bool Endpoint::ServesCertificate(ConnectionId connection, const Request& request) {
  if (request.method != "GET" || !request.target.starts_with("/SimpleNotificationService-")) return false;
  const auto path = signer_.CertificatePath();
  if (!path || request.target != *path) {
    Refuse(connection, 404, "There is no such certificate.\n");
    return true;
  }
  const auto certificate = signer_.Certificate();
  server_.Respond(connection, {.status = certificate ? 200u : 503u,
                               .content_type = "application/x-pem-file",
                               .fields = "",
                               .body = certificate.value_or("")});
  return true;
}

Result<Plan> Endpoint::Prepare(const Request& request, Call& call) {
  if (!call.by_link) {
    if (auto decoded = DecodeCall(request, settings_.region, call); !decoded) return tl::unexpected(decoded.error());
  }
  if (auto checked = CheckCaller(request, call); !checked) return tl::unexpected(checked.error());
  if (draining_) return Fail(kServiceUnavailable, "The hub is stopping.");
  return call.action->plan(call);
}

// Who calls: in local mode whoever the request says, as an emulator does.
Result<void> Endpoint::CheckCaller(const Request& request, Call& call) {
  if (call.by_link) {
    call.caller = std::make_shared<const Caller>(Caller{.identity = hub::core::Credentials::Anonymous(),
                                                        .source_ip = request.peer,
                                                        .secure_transport = request.secure,
                                                        .transport = "http"});
    return {};
  }
  const Claim claim = ClaimOf(request);
  if (!settings_.local) {
    if (!claim.present) return Fail(kMissingAuthenticationToken, "Request is missing Authentication Token");
    return Fail(kInvalidClientTokenId, "The security token included in the request is invalid.");
  }
  call.account = hub::IsAccountId(claim.access_key) ? claim.access_key : kDefaultAccount;
  if (!claim.present && IsPeek(call.action)) {
    if (std::string account = PeekedAccount(call); !account.empty()) call.account = std::move(account);
  }
  call.caller = CallerFor(call.account, request.peer, request.secure);
  return {};
}

const std::shared_ptr<const Caller>& Endpoint::CallerFor(const std::string& account, const std::string& peer,
                                                         bool secure) {
  if (callers_.size() >= kCallersMax) callers_.clear();
  std::shared_ptr<const Caller>& caller = callers_[account + (secure ? "+" : " ") + peer];
  if (!caller) {
    caller = std::make_shared<const Caller>(Caller{.identity = hub::core::Credentials::Local(account),
                                                   .source_ip = peer,
                                                   .secure_transport = secure,
                                                   .transport = "http"});
  }
  return caller;
}

void Endpoint::Ask(ConnectionId connection, std::shared_ptr<Call> call, Plan plan, std::size_t bytes) {
  if (commands_bytes_ > hub::kInboxBytesMax) {
    return server_.Respond(connection,
                           WriteFailure(*call, {&kServiceUnavailable, "The hub is overloaded. Try again."}));
  }
  Command& command = commands_.emplace_back();
  command.ticket = {.endpoint = number_, .session = connection, .request = ++last_request_};
  command.caller = call->caller;
  const auto* receive = std::get_if<hub::core::Receive>(&*plan.operation);
  const bool may_wait = receive && receive->wait != hub::Duration::zero();
  command.operation = std::move(*plan.operation);
  command.frame = call;
  command.bytes = sizeof(Command) + sizeof(Call) + bytes;
  commands_bytes_ += command.bytes;
  plan.operation.reset();
  waiting_[connection] = last_request_;
  pending_.emplace(last_request_, Pending{.connection = connection,
                                          .call = std::move(call),
                                          .plan = std::move(plan),
                                          .operation = hub::core::NameOf(command.operation),
                                          .asked = std::chrono::steady_clock::now(),
                                          .may_wait = may_wait});
}

// Messages are not handed to a client that is probably gone: they would be hidden from everybody else.
bool Endpoint::AnswersSoon(ConnectionId connection) {
  const auto waiting = waiting_.find(connection);
  return waiting == waiting_.end() || !pending_.at(waiting->second).may_wait;
}

void Endpoint::Gone(ConnectionId connection) {
  if (settings_.guest) settings_.guest->Gone(connection);
  const auto waiting = waiting_.find(connection);
  if (waiting == waiting_.end()) return;
  // What the hub has not been asked yet, it is not asked any more.
  const auto end = std::stable_partition(commands_.begin(), commands_.end(),
                                         [&](const Command& command) { return command.ticket.session != connection; });
  for (auto dropped = end; dropped != commands_.end(); ++dropped) commands_bytes_ -= dropped->bytes;
  commands_.erase(end, commands_.end());
  inbox_.EndSession(number_, connection);
  pending_.erase(waiting->second);
  waiting_.erase(waiting);
}

// --- Answers --------------------------------------------------------------------------------------------------------

void Endpoint::EndRound() {
  if (settings_.guest) settings_.guest->EndRound();
  std::vector<hub::core::Answer> answers;
  {
    const std::lock_guard lock(mutex_);
    answers.swap(answers_);
  }
  for (hub::core::Answer& answer : answers) {
    const auto found = pending_.find(answer.ticket.request);
    if (found == pending_.end()) continue;  // The client has left.
    const Pending pending = std::move(found->second);
    pending_.erase(found);
    waiting_.erase(pending.connection);
    Respond(pending, std::move(answer.reply));
    request_times_.Observe(pending.operation,
                           std::chrono::duration_cast<hub::Duration>(std::chrono::steady_clock::now() - pending.asked));
  }
  if (!commands_.empty() && inbox_.TryPush(commands_)) {
    commands_.clear();
    commands_bytes_ = 0;
  }
}

void Endpoint::Respond(const Pending& pending, hub::Result<Reply> reply) {
  if (!reply && pending.plan.forgive == reply.error().code) reply = Reply();
  if (reply) return server_.Respond(pending.connection, Finish(pending, *reply));
  const Failure failure = pending.plan.fail ? pending.plan.fail(*pending.call, reply.error())
                                            : FailureOf(pending.call->service, reply.error());
  server_.Respond(pending.connection, WriteFailure(*pending.call, failure));
}

Response Endpoint::Finish(const Pending& pending, Reply& reply) const {
  const std::unique_ptr<Writer> writer = NewWriterFor(*pending.call);
  if (pending.plan.finish) {
    if (auto finished = pending.plan.finish(*pending.call, reply, *writer); !finished) {
      return WriteFailure(*pending.call, finished.error());
    }
  }
  return WriteResult(*pending.call, writer->Take());
}

// Like a UUID, never the same twice; nobody needs it to be hard to guess.
std::string Endpoint::NewRequestId() {
  std::uint64_t words[2] = {request_seed_[0] ^ (last_request_ + 1) * 0x9e3779b97f4a7c15U, request_seed_[1]};
  request_seed_[1] = (request_seed_[1] ^ words[0]) * 0xff51afd7ed558ccdU + 1;
  hub::core::MessageId id;
  std::memcpy(id.bytes.data(), words, sizeof words);
  return hub::core::Format(id);
}

}  // namespace adapters::aws
