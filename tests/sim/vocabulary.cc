#include "tests/sim/vocabulary.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>

#include "hub/base/arn.h"
#include "hub/base/names.h"

namespace sim {
namespace {

std::string ArnOfNamed(hub::Kind kind, const std::string& name) {
  return hub::ArnOf({.account = name.substr(0, 12), .region = "us-east-1", .kind = kind, .name = name.substr(13)});
}

}  // namespace

std::string Name(const Key& key) {
  return "message " + std::to_string(key.serial) + " of queue life " + std::to_string(key.origin);
}

std::string BodyOf(Serial serial, std::size_t bytes) {
  const std::string text = "m" + std::to_string(serial) + ".";
  std::string body;
  body.reserve(bytes + text.size());
  while (body.size() < bytes) body += text;
  body.resize(bytes);
  return body;
}

std::size_t SmallestBytes(Serial serial) { return 1 + std::to_string(serial).size(); }

Serial SerialOf(std::string_view body) {
  static constexpr std::string_view kMessage = R"("Message":")";
  if (const std::size_t at = body.find(kMessage); body.starts_with('{') && at != body.npos) {
    body.remove_prefix(at + kMessage.size());
  }
  Serial serial = 0;
  if (body.empty() || body.front() != 'm') return 0;
  const auto [rest, error] = std::from_chars(body.data() + 1, body.data() + body.size(), serial);
  return error == std::errc{} && rest != body.data() + body.size() && *rest == '.' ? serial : 0;
}

std::string ArnOfQueue(const std::string& name) { return ArnOfNamed(hub::Kind::kQueue, name); }
std::string ArnOfTopic(const std::string& name) { return ArnOfNamed(hub::Kind::kTopic, name); }

std::string ArnOfCaller(CallerKind caller) {
  switch (caller) {
    case CallerKind::kHub: return "hub";
    case CallerKind::kOwner: return hub::UserArn(kOwnerAccount, "owner");
    case CallerKind::kWorker: return hub::UserArn(kOwnerAccount, "worker");
    case CallerKind::kStranger: return hub::UserArn("333333333333", "stranger");
    case CallerKind::kNeighbour: return hub::UserArn(kNeighbourAccount, "neighbour");
  }
  return "";
}

std::string AccountOf(CallerKind caller) {
  const std::string arn = ArnOfCaller(caller);
  return caller == CallerKind::kHub ? "" : arn.substr(arn.find('/') - 17, 12);
}

std::string Timestamp(hub::Instant instant) {
  const auto micros = instant.time_since_epoch().count();
  const std::time_t seconds = micros / 1'000'000;
  std::tm date{};
  gmtime_r(&seconds, &date);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &date);
  std::snprintf(text + size, sizeof text - size, ".%03dZ", static_cast<int>(micros / 1000 % 1000));
  return text;
}

}  // namespace sim
