#include "adapters/aws/queue_url.h"

#include <algorithm>

#include "hub/base/names.h"

namespace adapters::aws {
namespace {

// The last segments of a path: region, account and name. An empty account: the path is a bare name, or it stands below
// "queue", as other emulators had it ("/queue/orders", "/queue/eu-west-1/000000000000/orders").
struct Path {
  std::string_view region;
  std::string_view account;
  std::string_view name;
};

// Takes the last segment off the path.
std::string_view TakeLast(std::string_view& path) {
  const std::size_t slash = path.rfind('/');
  const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  return last;
}

bool IsRegion(std::string_view text) { return std::count(text.begin(), text.end(), '-') >= 2; }

Path SplitPath(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  Path parts;
  parts.name = TakeLast(path);
  parts.account = TakeLast(path);
  if (parts.account == "queue" && path.empty()) parts.account = {};
  if (const std::string_view region = TakeLast(path); IsRegion(region)) parts.region = region;
  return parts;
}

// "eu-west-1" of "http://sqs.eu-west-1.localhost:4566/...", or "".
std::string_view RegionIn(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  std::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/:"));
  if (!host.starts_with("sqs.")) return {};
  host.remove_prefix(4);
  const std::string_view label = host.substr(0, host.find('.'));
  return IsRegion(label) ? label : std::string_view();
}

}  // namespace

std::string QueueArn(const Call& call, std::string_view account, std::string_view name) {
  std::string arn = "arn:aws:sqs:";
  return arn.append(call.region).append(":").append(account).append(":").append(name);
}

Result<std::string> QueueArnOf(const Call& call) {
  std::string_view url = call.input().Text("QueueUrl");
  if (url.empty() && call.path.size() > 1) url = call.path;
  if (url.empty()) return Fail(kQueueDoesNotExist, "The specified queue does not exist.");
  if (url.starts_with("arn:")) return std::string(url);
  std::string_view path = url;
  if (const std::size_t scheme = path.find("://"); scheme != std::string_view::npos) {
    const std::size_t slash = path.find('/', scheme + 3);
    if (slash == std::string_view::npos) {
      return Fail(kInvalidAddress, "The address " + std::string(url) + " is not valid for this endpoint.");
    }
    path.remove_prefix(slash);
  }
  const Path parts = SplitPath(path);
  const std::string_view account = parts.account.empty() ? std::string_view(call.account) : parts.account;
  if (!hub::IsAccountId(account)) {
    return Fail(kInvalidAddress, "The address " + std::string(url) + " is not valid for this endpoint.");
  }
  if (!hub::IsResourceName(hub::Kind::kQueue, parts.name)) {
    return Fail(kQueueDoesNotExist, "The specified queue does not exist.");
  }
  const std::string_view region = parts.region.empty() ? RegionIn(url) : parts.region;
  std::string arn = "arn:aws:sqs:";
  return arn.append(region.empty() ? std::string_view(call.region) : region)
      .append(":")
      .append(account)
      .append(":")
      .append(parts.name);
}

std::string QueueUrlOf(const Call& call, std::string_view arn) {
  const std::string_view name = arn.substr(arn.rfind(':') + 1);
  std::string_view account = arn.substr(0, arn.rfind(':'));
  account.remove_prefix(account.rfind(':') + 1);
  std::string url = call.base_url;
  return url.append("/").append(account).append("/").append(name);
}

}  // namespace adapters::aws
