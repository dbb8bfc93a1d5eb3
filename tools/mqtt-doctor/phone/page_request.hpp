// What a request to the page's server asks for. From the network, and read as such: bounded, and
// nothing in it is ever a path of the file system.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqttkit::doctor {

/// A browser's head has some hundred bytes; with the cookies of other services on this address, for
/// the port does not part them, some thousand.
inline constexpr std::size_t most_request_head = 16 * 1024;
/// 200 steps of a page, each with a sentence of a browser.
inline constexpr std::size_t most_request_body = 64 * 1024;

enum class page_wish : std::uint8_t {
  nothing,  ///< of ours: 404, whatever it was
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
  bool has_body_problem = false;  ///< it says no size, or too much of it
  std::string language;           ///< ?lang=: "zh", "en"; "" for another
  int port = 0;                   ///< ?port=; 0: none
  std::string user_agent;         ///< safe to show
  std::string host;               ///< the phone has dialled, without a port; safe to show
};

/// Takes as long for a wrong token as for the right one, wherever they differ. Letters of either
/// case are the same.
bool is_token(std::string_view given, std::string_view token) noexcept;

/// @param head  up to its empty line
page_request read_page_request(std::string_view head, std::string_view token);

/// 16 characters of 5 bits from the kernel's generator: nobody guesses one in the minutes the page
/// is there.
std::string make_page_token();

/// "Android 14" and "Chrome 130" of a User-Agent: what a report needs of it, and no more, for the
/// rest would tell one phone from another.
struct agent_names {
  std::string system;
  std::string browser;
};
agent_names names_of_agent(std::string_view user_agent);

}  // namespace mqttkit::doctor
