#include "mqtt-doctor/said/match.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <utility>

#include "mqtt-doctor/said/plain.hpp"

namespace mqttkit::doctor {

breadth width_of(const match& hit) {
  return std::max(row_of(hit.row->means).how_wide, hit.row->at_least);
}

void drop_unasked(std::vector<match>& found) {
  const bool is_apart = std::any_of(found.begin(), found.end(), [](const match& hit) {
    return hit.row->means == meaning::not_connected;
  });
  if (!is_apart) return;
  std::erase_if(found, [](const match& hit) {
    return hit.row->means == meaning::subscribe_refused && hit.row->at_least == breadth::wide;
  });
}

void drop_explained(std::vector<match>& found, const std::string& plain) {
  const auto words_behind = [&plain](const span& number) -> span {
    if (number.to + 1 >= plain.size() || plain.compare(number.to, 2, " (") != 0) return {};
    return {number.to, std::min(plain.find(')', number.to), plain.size())};
  };
  std::vector<span> dropped;
  for (const match& hit : found) {
    if (hit.how == found_by::phrase) continue;
    const span behind = words_behind(hit.where);
    const auto is_inside = [&](const match& other) {
      return other.how == found_by::phrase && behind.holds(other.where);
    };
    const auto means_so = [&](const match& other) {
      return is_inside(other) && other.row->means == hit.row->means;
    };
    if (std::any_of(found.begin(), found.end(), is_inside) &&
        std::none_of(found.begin(), found.end(), means_so))
      dropped.push_back(hit.where);
  }
  std::erase_if(found, [&](const match& hit) {
    return hit.how != found_by::phrase &&
           std::find(dropped.begin(), dropped.end(), hit.where) != dropped.end();
  });
}

void drop_refusal_of_port(std::vector<match>& found, std::string_view folded_text) {
  using is = meaning;
  constexpr std::array<meaning, 4> of_broker{is::bad_version, is::bad_identifier, is::bad_login,
                                             is::not_authorised};
  constexpr std::array<std::string_view, 4> of_system{"errno", "econn", "os error", "winerror"};
  if (std::any_of(of_system.begin(), of_system.end(), [&](std::string_view word) {
        return folded_text.find(word) != folded_text.npos;
      }))
    return;
  std::vector<span> told;
  for (const match& hit : found)
    if (std::find(of_broker.begin(), of_broker.end(), hit.row->means) != of_broker.end())
      told.push_back(hit.where);
  std::erase_if(found, [&](const match& hit) {
    return hit.row->means == is::refused && hit.how == found_by::phrase &&
           std::any_of(told.begin(), told.end(), [&](const span& each) {
             return are_on_one_line(folded_text, hit.where, {"", each.from, each.to});
           });
  });
}

void drop_misread_numbers(std::vector<match>& found, std::string_view folded_text) {
  constexpr std::size_t joints = 3;  // "] ", " (" and the like
  const auto is_number = [&](const match& hit) {
    const std::string_view text = folded_text.substr(hit.where.from, hit.where.size());
    return hit.how == found_by::system_number ||
           (text.find("errno") != text.npos && is_ascii_digit(text.back()));
  };
  const auto is_named_by = [&](const match& number, const match& name) {
    if (name.how != found_by::phrase || is_number(name) || number.row->means == name.row->means ||
        width_of(name) != breadth::narrow || name.where.to <= number.where.to ||
        name.where.to > folded_text.size())
      return false;
    if (name.where.from < number.where.to) return true;  // its phrase has the number in it
    const std::string_view between =
        folded_text.substr(number.where.to, name.where.from - number.where.to);
    return between.size() <= joints && std::none_of(between.begin(), between.end(), [](char c) {
             return c == '\n' || is_ascii_letter(c) || is_ascii_digit(c);
           });
  };
  const auto is_misread = [&](const match& hit) {
    return hit.where.size() != 0 && is_number(hit) &&
           std::any_of(found.begin(), found.end(),
                       [&](const match& other) { return is_named_by(hit, other); });
  };
  std::vector<match> kept;
  std::copy_if(found.begin(), found.end(), std::back_inserter(kept), std::not_fn(is_misread));
  found = std::move(kept);
}

void drop_outcomes(std::vector<match>& found) {
  using is = meaning;
  struct reason {
    meaning named;
    std::array<meaning, 4> outcomes;
  };
  constexpr std::array<reason, 4> reasons{{
      {is::login_left_out,
       {is::not_authorised, is::bad_login, is::login_refused, is::bad_identifier}},
      {is::disk_full, {is::broker_file, is::database_broken, is::file_rights, is::mount_rights}},
      {is::disk_read_only,
       {is::broker_file, is::database_broken, is::file_rights, is::mount_rights}},
      {is::check_not_understood,
       {is::no_backend, is::no_websocket_there, is::broken_packet, is::handshake}},
  }};
  for (const reason& each : reasons) {
    const auto names_it = [&](const match& hit) {
      return hit.row->means == each.named && hit.how == found_by::phrase;
    };
    const auto named = std::find_if(found.begin(), found.end(), names_it);
    if (named == found.end()) continue;
    const span where = named->where;
    std::erase_if(found, [&](const match& hit) {
      // A phrase that holds the reason's words tells more: "chown ...: Read-only file system".
      return !hit.where.holds(where) && std::find(each.outcomes.begin(), each.outcomes.end(),
                                                  hit.row->means) != each.outcomes.end();
    });
  }
}

void drop_inner(std::vector<match>& found) {
  std::vector<match> kept;
  for (const match& hit : found) {
    const bool is_inner = std::any_of(found.begin(), found.end(), [&](const match& other) {
      // A wide phrase around it that means the same tells less.
      const bool is_wider = other.row->means == hit.row->means && width_of(other) > width_of(hit);
      return other.where.holds(hit.where) && !is_wider;
    });
    if (!is_inner) kept.push_back(hit);
  }
  found = std::move(kept);
}

bool are_on_one_line(std::string_view text, const span& one, const said_word& other) {
  const std::size_t from = std::min(one.from, other.from);
  const std::size_t to = std::min(std::max(one.to, other.to), text.size());
  return from < to && text.substr(from, to - from).find('\n') == text.npos;
}

bool is_ground_of(const match& hit, const std::vector<match>& found, std::string_view folded_text) {
  using is = meaning;
  constexpr std::array<meaning, 11> follow{is::no_network, is::not_reached,    is::name_not_found,
                                           is::timed_out,  is::no_route,       is::closed,
                                           is::reset,      is::no_answer,      is::not_connected,
                                           is::no_details, is::silent_too_long};
  constexpr std::array<std::string_view, 4> is_back{"got ip", "wifi connected", "sta ip",
                                                    "ip address:"};
  if (hit.how != found_by::phrase || hit.row->means != is::no_network) return false;
  const std::size_t end = std::min(folded_text.find('\n', hit.where.to), folded_text.size());
  const auto goes_on = [&](const match& other) { return other.where.from > end; };
  const auto follows = [&](const match& other) {
    return std::find(follow.begin(), follow.end(), other.row->means) != follow.end();
  };
  return std::any_of(found.begin(), found.end(), goes_on) &&
         std::all_of(found.begin(), found.end(), follows) &&
         std::none_of(is_back.begin(), is_back.end(), [&](std::string_view words) {
           return folded_text.find(words, end) != folded_text.npos;
         });
}

}  // namespace mqttkit::doctor
