// A request to the page's server. It comes from the network: sizes are bounded, and no part of it
// ever becomes a path of a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// Bytes: a browser's head has some hundred, and some thousand with cookies of other services on
/// this address, which ports do not separate.
inline constexpr std::size_t most_request_head = 16 * 1024;
/// Bytes: 200 steps of a page, each with a browser's sentence.
inline constexpr std::size_t most_request_body = 64 * 1024;

enum class page_wish : std::uint8_t {
  nothing,  ///< no request of the page: 404
  page,
  step,
  findings,
  verdict,
  seen,
};

struct page_request {
  page_wish wish = page_wish::nothing;
  bool is_post = false;
  std::size_t body_size = 0;
  bool has_body_problem = false;  ///< its size is missing or too large
  std::string language;           ///< ?lang=: "zh", "en"; "" for others
  int port = 0;                   ///< ?port=; 0 for none
  std::string user_agent;         ///< made safe to show
  std::string host;               ///< the host the phone dialled, without port; made safe to show
};

/// Compares tokens in constant time, so that a wrong one does not tell how far it is right. Upper
/// and lower case are equal.
bool is_token(std::string_view given, std::string_view token) noexcept;

/// @param head  the request up to its empty line
page_request read_page_request(std::string_view head, std::string_view token);

/// 16 characters of 5 random bits each, from the kernel: nobody guesses them in the minutes in
/// which the page exists.
std::string make_page_token();

/// "Android 14" and "Chrome 130" of a User-Agent. Reports need no more of it, and the rest would
/// identify the phone.
struct agent_names {
  std::string system;
  std::string browser;
};
agent_names names_of_agent(std::string_view user_agent);

}  // namespace mqttkit::doctor
