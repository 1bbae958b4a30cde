#include "topics/notification.h"

#include <cstdint>
#include <cstdio>

#include "hub/base/document.h"

namespace topics {
namespace {

// Where U+FFFE or U+FFFF stands.
std::size_t FindNoCharacter(std::string_view text) {
  constexpr std::string_view kBegin = "\xef\xbf";
  std::size_t at = text.find(kBegin);
  while (at != std::string_view::npos && text.substr(at + 2, 1) != "\xbe" && text.substr(at + 2, 1) != "\xbf") {
    at = text.find(kBegin, at + 1);
  }
  return at;
}

// [aws 41] What a message of a queue cannot hold stands in it as an escape, as control characters do.
void AppendText(std::string& out, std::string_view text) {
  std::size_t at = FindNoCharacter(text);
  if (at == std::string_view::npos) return hub::AppendJsonString(out, text);
  out.push_back('"');
  while (true) {
    const std::size_t from = out.size();
    hub::AppendJsonString(out, text.substr(0, at));
    out.erase(from, 1);  // Its own quotes.
    out.pop_back();
    if (at == std::string_view::npos) break;
    out.append(text[at + 2] == '\xbe' ? "\\ufffe" : "\\uffff");
    text.remove_prefix(at + 3);
    at = FindNoCharacter(text);
  }
  out.push_back('"');
}

// `name` needs no escaping.
void AppendField(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out.push_back(',');
  out.push_back('"');
  out.append(name);
  out.append("\":");
  AppendText(out, value);
}

void AppendSignature(std::string& out, const Signature& signature) {
  AppendField(out, "SignatureVersion", signature.version);
  AppendField(out, "Signature", signature.text);
  AppendField(out, "SigningCertURL", signature.certificate_url);
}

}  // namespace

void AppendAttributes(std::string& out, std::span<const hub::Attribute> attributes) {
  out.push_back('{');
  for (const hub::Attribute& attribute : attributes) {
    if (out.back() != '{') out.push_back(',');
    hub::AppendJsonString(out, attribute.name);
    out.append(":{");
    AppendField(out, "Type", attribute.type);
    if (attribute.type.starts_with("Binary")) {
      out.append(",\"Value\":\"");
      AppendBase64(out, attribute.value);
      out.push_back('"');
    } else {
      AppendField(out, "Value", attribute.value);
    }
    out.push_back('}');
  }
  out.push_back('}');
}

void AppendEnvelope(std::string& out, const Notification& notification) {
  out.push_back('{');
  AppendField(out, "Type", "Notification");
  AppendField(out, "MessageId", notification.message_id);
  if (notification.sequence_number) AppendField(out, "SequenceNumber", *notification.sequence_number);
  AppendField(out, "TopicArn", notification.topic_arn);
  if (notification.subject) AppendField(out, "Subject", *notification.subject);
  AppendField(out, "Message", notification.message);
  out.append(",\"Timestamp\":\"");
  AppendTimestamp(out, notification.timestamp);
  out.push_back('"');
  if (notification.signature) AppendSignature(out, *notification.signature);
  if (notification.unsubscribe_url) AppendField(out, "UnsubscribeURL", *notification.unsubscribe_url);
  if (notification.replayed) out.append(",\"Replayed\":true");
  if (!notification.attributes.empty()) {
    out.append(",\"MessageAttributes\":");
    AppendAttributes(out, notification.attributes);
  }
  out.push_back('}');
}

void AppendConfirmation(std::string& out, const Confirmation& confirmation) {
  out.push_back('{');
  AppendField(out, "Type", confirmation.type);
  AppendField(out, "MessageId", confirmation.message_id);
  AppendField(out, "Token", confirmation.token);
  AppendField(out, "TopicArn", confirmation.topic_arn);
  AppendField(out, "Message", confirmation.message);
  if (confirmation.subscribe_url) AppendField(out, "SubscribeURL", *confirmation.subscribe_url);
  out.append(",\"Timestamp\":\"");
  AppendTimestamp(out, confirmation.timestamp);
  out.push_back('"');
  if (confirmation.signature) AppendSignature(out, *confirmation.signature);
  out.push_back('}');
}

void AppendTimestamp(std::string& out, hub::Instant instant) {
  using std::chrono::floor;
  const std::chrono::sys_time<hub::Duration> time(instant.time_since_epoch());
  const auto day = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(floor<std::chrono::milliseconds>(time - day));
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  out.append(text, static_cast<std::size_t>(size));
}

void AppendBase64(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= group.size() ? kDigits[bits >> (18 - 6 * k) & 63] : '=');
    }
  }
}

}  // namespace topics
