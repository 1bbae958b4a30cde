#include "hub/core/protocol.h"

#include <algorithm>
#include <cctype>
#include <string>

#include "hub/base/arn.h"
#include "hub/base/bytes.h"

namespace hub::core {
namespace {

struct Named {
  Protocol protocol;
  std::string_view name;
};

constexpr Named kProtocols[] = {{Protocol::kSqs, "sqs"},           {Protocol::kHttp, "http"},
                                {Protocol::kHttps, "https"},       {Protocol::kLambda, "lambda"},
                                {Protocol::kEmail, "email"},       {Protocol::kEmailJson, "email-json"},
                                {Protocol::kFirehose, "firehose"}, {Protocol::kArchive, "archive"}};

constexpr std::size_t kEndpointBytesMax = 2048;

bool IsOneLine(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c != 0x7f; });
}

// "https://example.com/inbox": the scheme, a host, and what follows it.
bool IsUrlOf(std::string_view scheme, std::string_view text) {
  const std::string begin = std::string(scheme) + "://";
  if (!text.starts_with(begin) || !IsOneLine(text)) return false;
  const std::string_view rest = text.substr(begin.size());
  return !rest.substr(0, rest.find_first_of("/?#")).empty();
}

bool IsAddress(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && IsOneLine(text);
}

// "thumbnails", "thumbnails:live": its name stands in a URL.
bool IsFunction(std::string_view text) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto is_name = [](std::string_view name) {
    return !name.empty() && name.size() <= 140 && std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) || c == '-' || c == '_' || c == '$';
    });
  };
  return is_name(text.substr(0, colon)) && (colon == text.size() || is_name(text.substr(colon + 1)));
}

// "arn:aws:lambda:eu-west-1:000000000000:function:thumbnails"
bool IsArnOf(std::string_view service, std::string_view resource, std::string_view text) {
  const auto arn = ParseArn(text);
  return arn && arn->service == service && arn->resource.starts_with(resource) &&
         arn->resource.size() > resource.size() && IsOneLine(text);
}

}  // namespace

std::string_view NameOf(Protocol protocol) {
  const auto* found = std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                   [&](const Named& named) { return named.protocol == protocol; });
  return found == std::end(kProtocols) ? "" : found->name;
}

std::optional<Protocol> ParseProtocol(std::string_view name) {
  const auto* found = std::find_if(std::begin(kProtocols), std::end(kProtocols),
                                   [&](const Named& named) { return named.name == name; });
  if (found == std::end(kProtocols) || found->protocol == Protocol::kArchive) return std::nullopt;
  return found->protocol;
}

bool IsPushed(Protocol protocol) {
  return protocol == Protocol::kHttp || protocol == Protocol::kHttps || protocol == Protocol::kLambda;
}

bool IsOutbox(Protocol protocol) {
  return protocol != Protocol::kSqs && protocol != Protocol::kArchive && !IsPushed(protocol);
}

bool MustConfirm(Protocol protocol) {
  switch (protocol) {
    case Protocol::kHttp:
    case Protocol::kHttps:
    case Protocol::kEmail:
    case Protocol::kEmailJson: return true;
    case Protocol::kSqs:
    case Protocol::kLambda:
    case Protocol::kFirehose:
    case Protocol::kArchive: return false;
  }
  return true;
}

std::string EncodeBodies(const std::vector<std::pair<Protocol, std::string_view>>& bodies, std::string_view otherwise) {
  std::string out;
  Writer writer(out);
  writer.String(otherwise);
  for (const auto& [protocol, body] : bodies) {
    writer.Fixed(static_cast<std::uint8_t>(protocol));
    writer.String(body);
  }
  return out;
}

std::string_view BodyFor(Protocol protocol, std::string_view body, std::string_view bodies) {
  if (bodies.empty() || protocol == Protocol::kSqs) return body;
  Reader reader(bodies);
  const std::string_view otherwise = reader.String();
  while (reader.ok() && !reader.AtEnd()) {
    const auto of = static_cast<Protocol>(reader.Fixed<std::uint8_t>());
    const std::string_view own = reader.String();
    if (of == protocol && reader.ok()) return own;
  }
  return otherwise;
}

std::string WithoutUser(std::string_view endpoint) {
  const std::size_t colon = endpoint.find("://");
  if (colon == std::string_view::npos) return std::string(endpoint);
  const std::string_view rest = endpoint.substr(colon + 3);
  const std::size_t at = rest.substr(0, rest.find_first_of("/?#")).rfind('@');
  if (at == std::string_view::npos) return std::string(endpoint);
  return std::string(endpoint.substr(0, colon + 3)) + "***" + std::string(rest.substr(at));
}

Result<void> CheckEndpoint(Protocol protocol, std::string_view endpoint) {
  const auto wrong = [](std::string text) { return Fail(Code::kInvalidArgument, std::move(text), "Endpoint"); };
  if (endpoint.size() > kEndpointBytesMax) return wrong("Endpoint is too long");
  switch (protocol) {
    case Protocol::kSqs:
    case Protocol::kArchive: break;
    case Protocol::kHttp:
    case Protocol::kHttps:
      if (IsUrlOf(NameOf(protocol), endpoint)) return {};
      return wrong("Endpoint must match the specified protocol");
    case Protocol::kLambda:
      if (IsArnOf("lambda", "function:", endpoint) && IsFunction(endpoint.substr(endpoint.find(":function:") + 10))) {
        return {};
      }
      return wrong("Lambda endpoint ARN");
    case Protocol::kEmail:
    case Protocol::kEmailJson:
      if (IsAddress(endpoint)) return {};
      return wrong("Email address");
    case Protocol::kFirehose:
      if (IsArnOf("firehose", "deliverystream/", endpoint)) return {};
      return wrong("Firehose endpoint ARN");
  }
  return wrong("Endpoint");
}

}  // namespace hub::core
