// The page for a phone's browser, as the build put it together.
#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <array>
#include <regex>
#include <string>

#include "mqtt-doctor/phone/page.hpp"

namespace mqttkit::doctor::phone {
namespace {

std::string between(std::string_view text, std::string_view begin, std::string_view end) {
  const auto from = text.find(begin) + begin.size();
  return std::string(text.substr(from, text.find(end, from) - from));
}

std::string policy_hash_of(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  REQUIRE(EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1);
  std::array<unsigned char, 65> letters{};
  EVP_EncodeBlock(letters.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(reinterpret_cast<const char*>(letters.data())) + "'";
}

}  // namespace

TEST_CASE("the phone's page is small enough for a poor network") {
  CHECK(page_text.size() > 20'000);
  CHECK(page_text.size() < 60'000);
}

TEST_CASE("the phone's page loads nothing from elsewhere") {
  const std::string page(page_text);
  CHECK_FALSE(std::regex_search(page, std::regex("(https?|wss?|ftp):/|//[a-z0-9-]+[.][a-z]")));
  CHECK_FALSE(std::regex_search(page, std::regex("@import|url[(]|<link|<img|<iframe| src=")));
}

TEST_CASE("the phone's page has one place for the plan") {
  const auto at = page_text.find(page_plan_mark);
  REQUIRE(at != std::string_view::npos);
  CHECK(page_text.find(page_plan_mark, at + 1) == std::string_view::npos);
  CHECK(between(page_text, R"(<script type="application/json" id="plan">)", "</script>") ==
        page_plan_mark);
}

TEST_CASE("the policy's hashes are those of the page's one script and one style") {
  CHECK(policy_hash_of(between(page_text, "<script>", "</script>")) == page_script_hash);
  CHECK(policy_hash_of(between(page_text, "<style>", "</style>")) == page_style_hash);
  const std::string page(page_text);
  const std::regex script("<script"), style("<style");
  CHECK(std::distance(std::sregex_iterator(page.begin(), page.end(), script), {}) == 2);
  CHECK(std::distance(std::sregex_iterator(page.begin(), page.end(), style), {}) == 1);
}

}  // namespace mqttkit::doctor::phone
