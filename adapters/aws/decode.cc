#include "adapters/aws/decode.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "adapters/aws/peek.h"
#include "adapters/aws/reader.h"

namespace adapters::aws {
namespace {

using wire::http::EqualFold;
using wire::http::Request;

constexpr std::string_view kSqsVersion = "2012-11-05";
constexpr std::string_view kSnsVersion = "2010-03-31";
constexpr std::string_view kStsVersion = "2011-06-15";
constexpr std::size_t kRegionBytesMax = 64;

std::string_view Before(std::string_view text, char mark) { return text.substr(0, text.find(mark)); }

// What follows `mark`, up to `end`; "" when there is no mark.
std::string_view Between(std::string_view text, std::string_view mark, std::string_view ends) {
  const std::size_t from = text.find(mark);
  if (from == std::string_view::npos) return {};
  text.remove_prefix(from + mark.size());
  return text.substr(0, text.find_first_of(ends));
}

std::optional<Service> ServiceNamed(std::string_view name) {
  if (name == "sqs") return Service::kSqs;
  if (name == "sns") return Service::kSns;
  if (name == "sts") return Service::kSts;
  return std::nullopt;
}

// The labels of a host before the rest: "sqs" and "eu-west-1" of "sqs.eu-west-1.localhost".
struct HostLabels {
  std::string_view service;
  std::string_view region;
};

HostLabels LabelsOf(std::string_view host) {
  host = Before(host, ':');
  const std::string_view first = Before(host, '.');
  if (first.size() == host.size()) return {};
  const std::string_view rest = host.substr(first.size() + 1);
  const std::string_view second = Before(rest, '.');
  if (ServiceNamed(first)) {
    // "sqs.localhost" names no region.
    const bool is_region = second.size() < rest.size() && std::count(second.begin(), second.end(), '-') >= 2;
    return {.service = first, .region = is_region ? second : std::string_view()};
  }
  if (second == "queue") return {.service = "sqs", .region = first};
  return {};
}

std::optional<Service> ServiceOfVersion(std::string_view version) {
  if (version == kSqsVersion) return Service::kSqs;
  if (version == kSnsVersion) return Service::kSns;
  if (version == kStsVersion) return Service::kSts;
  return std::nullopt;
}

bool IsRegion(std::string_view region) {
  return !region.empty() && region.size() <= kRegionBytesMax &&
         std::all_of(region.begin(), region.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; });
}

bool IsQueuePath(std::string_view path) { return path.size() > 1; }

Result<void> TakeJson(const Request& request, std::string_view target, Call& call) {
  const std::string_view prefix = Before(target, '.');
  if (prefix != "AmazonSQS" || prefix.size() == target.size()) {
    return Fail(kUnknownOperation, "The operation " + std::string(target) + " is not known.");
  }
  call.service = Service::kSqs;
  const std::string_view name = target.substr(prefix.size() + 1);
  call.action = FindAction(Service::kSqs, name);
  if (!call.action) return Fail(kUnknownOperation, "The operation " + std::string(name) + " is not known.");
  auto parameters = ReadJson(request.body, call.action->input);
  if (!parameters) return tl::unexpected(parameters.error());
  call.parameters = std::move(*parameters);
  return {};
}

// Which service a Query means: its signature's scope says so, or its host, version, path, or the action itself.
Service ServiceOf(const Claim& claim, const HostLabels& labels, const Form& form, const Call& call) {
  if (const auto service = ServiceNamed(claim.service)) return *service;
  if (const auto service = ServiceNamed(labels.service)) return *service;
  if (const auto service = ServiceOfVersion(form.Find("Version"))) return *service;
  if (IsQueuePath(call.path)) return Service::kSqs;
  if (!form.Find("TopicArn").empty()) return Service::kSns;
  return ServiceOfAction(form.Find("Action")).value_or(Service::kSqs);
}

Result<void> TakeQuery(const Request& request, const Claim& claim, const HostLabels& labels, Call& call) {
  const std::size_t mark = std::min(request.target.find('?'), request.target.size());
  const std::string_view query = std::string_view(request.target).substr(std::min(mark + 1, request.target.size()));
  const bool has_form = request.method == "POST";
  auto form = ReadForm(query, has_form ? std::string_view(request.body) : std::string_view());
  if (!form) return tl::unexpected(form.error());
  call.service = ServiceOf(claim, labels, *form, call);
  const std::string name(form->Find("Action"));
  if (name.empty()) {
    if (IsQueuePath(call.path)) return Fail(kUnknownOperation, "");  // [aws 9]
    return Fail(kMissingAction, "The request must contain the parameter Action.");
  }
  call.action = FindAction(call.service, name);
  if (!call.action || (IsQueuePath(call.path) && call.service == Service::kSqs && !call.action->on_queue_path)) {
    return Fail(kInvalidAction, "The action " + name + " is not valid for this endpoint.");  // [aws 7, 8]
  }
  auto parameters = ReadQuery(std::move(*form), call.action->input);
  if (!parameters) return tl::unexpected(parameters.error());
  call.parameters = std::move(*parameters);
  return {};
}

}  // namespace

Claim ClaimOf(const Request& request) {
  std::string_view credential = Between(request.Field("Authorization"), "Credential=", ", ");
  std::array<std::string_view, 4> parts;  // Key, date, region, service.
  std::string_view separator = "/";
  if (credential.empty()) {  // A presigned request has it in its query.
    credential = Between(request.target, "X-Amz-Credential=", "&");
    if (credential.find("%2F") != std::string_view::npos) separator = "%2F";
  }
  if (credential.empty()) return {};
  for (std::string_view& part : parts) {
    const std::size_t end = std::min(credential.find(separator), credential.size());
    part = credential.substr(0, end);
    credential.remove_prefix(std::min(end + separator.size(), credential.size()));
  }
  return {.present = true, .access_key = parts[0], .region = parts[2], .service = parts[3]};
}

Result<void> DecodeCall(const Request& request, std::string_view default_region, Call& call) {
  const Claim claim = ClaimOf(request);
  const std::string_view host = request.Field("Host");
  const HostLabels labels = LabelsOf(host);
  call.path = request.Path();
  call.base_url = std::string(request.secure ? "https://" : "http://").append(host);
  const std::string_view trace = request.Field("X-Amzn-Trace-Id");
  if (std::all_of(trace.begin(), trace.end(), [](char c) { return c >= ' ' && c < 0x7f; })) call.trace = trace;
  // The host's, as in the URLs that are made of it.
  call.region = !labels.region.empty() ? labels.region : !claim.region.empty() ? claim.region : default_region;
  if (IsPeekPath(call.path)) return TakePeek(request, call);
  const std::string_view target = request.Field("X-Amz-Target");
  const bool wants_json = request.Field("Accept").find("application/json") != std::string_view::npos;
  call.protocol = !target.empty() ? Protocol::kJson : wants_json ? Protocol::kQueryJson : Protocol::kQuery;
  if (!IsRegion(call.region)) {
    return Fail(kIncompleteSignature,
                "Credential must be scoped to a region of letters, digits, hyphens and underscores.");
  }
  return target.empty() ? TakeQuery(request, claim, labels, call) : TakeJson(request, target, call);
}

}  // namespace adapters::aws
