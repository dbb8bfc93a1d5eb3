#include "mqtt-doctor/phone/look_with_phone.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "common/exit_code.hpp"
#include "common/printable.hpp"
#include "common/terminal.hpp"
#include "io/awaiting.hpp"
#include "io/runner.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/phone/findings.hpp"
#include "mqtt-doctor/phone/first_look.hpp"
#include "mqtt-doctor/phone/page.hpp"
#include "mqtt-doctor/phone/page_server.hpp"
#include "mqtt-doctor/phone/phone_vantage.hpp"
#include "mqtt-doctor/phone/plan.hpp"
#include "mqtt-doctor/phone/port_watch.hpp"
#include "mqtt-doctor/phone/screen.hpp"
#include "mqtt-doctor/phone/terminal_probe.hpp"
#include "mqtt-doctor/phone/verdict.hpp"
#include "mqtt-doctor/report/text_page.hpp"
#include "mqtt-doctor/together/together.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;
using tools::exit_code;
using steady = std::chrono::steady_clock;

using tools::as_values;

constexpr auto usual_limit = 10min;     // for the phone to come, and for some rounds of mending
constexpr auto first_wait = 30s;        // for the phone's first packet: browsers give up later
constexpr auto page_wait = 45s;         // for the phone to ask for the page
constexpr auto tick = 200ms;            // "within a second" is promised
constexpr auto farewell = 5s;           // with --once, for the page to fetch its verdict
constexpr std::size_t most_told = 400;  // lines about steps and arrivals
constexpr std::size_t most_strangers = 5;
constexpr std::size_t mark_size = 5;
constexpr std::array<std::uint16_t, 3> page_ports{80, 8080, 8888};

int code(exit_code what) { return static_cast<int>(what); }

std::string clock_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  char text[16] = "";
  if (::localtime_r(&now, &parts) != nullptr)
    (void)std::strftime(text, sizeof text, "%H:%M:%S", &parts);
  return text;
}

class phone_look : private page_answers {
 public:
  phone_look(const examination& about, const tools::doctor_settings& settings,
             const tools::stderr_log& log)
      : about_(about),
        settings_(settings),
        log_(log),
        token_(make_page_token()),
        first_(about, settings, [this](const std::string& text) { print(text); }) {
    choose_language(settings.language);  // before the locale is used
    is_json_ = settings.json;
    style_.colour = tools::wants_colour(settings.colour, output());
    style_.utf8 = !settings.ascii && takes_utf8();
    style_.verbose = settings.verbose;
    style_.program = "mqtt-doctor phone";
    constexpr unsigned narrowest = 40, widest = 100;
    const unsigned columns = tools::is_terminal(output()) ? tools::terminal_columns(output()) : 0;
    if (columns != 0) style_.columns = std::clamp(columns, narrowest, widest);
    code_style_ = style_;
    // Half blocks halve the code's height; a terminal may show them whatever the locale says.
    if (!settings.ascii && !style_.utf8)
      code_style_.utf8 = terminal_shows_utf8(STDIN_FILENO, output());
  }

  phone_look_result run() {
    server_ = std::make_unique<page_server>(runner_.executor(), token_,
                                            static_cast<page_answers&>(*this));
    if (!find_forward() || !open_page()) return failed(exit_code::failed);
    if (!first_.choose_host(log_)) return failed(exit_code::usage);
    first_.look(server_->port(), forward_address_);
    looked_ = steady::now();
    make_plan();
    if (says_no_phone_can_come()) return conclude();
    const auto limit =
        settings_.listen.limit.count() != 0
            ? std::chrono::duration_cast<std::chrono::nanoseconds>(settings_.listen.limit)
            : std::chrono::nanoseconds(usual_limit);
    runner_.interrupt_after(limit, tools::interruption::timeout);
    const auto work = [this]() -> asio::awaitable<exit_code> { return wait_for_phone(); };
    runner_.run(work);
    return conclude();
  }

 private:
  int output() const { return is_json_ ? STDERR_FILENO : STDOUT_FILENO; }

  phone_look_result failed(exit_code why) const {
    phone_look_result out;
    out.exit_code = code(why);
    return out;
  }

  // ---- before the phone comes ----------------------------------------------------------------

  /// --forward: the page and the broker share a port.
  bool find_forward() {
    const tools::listen_settings& listen = settings_.listen;
    if (listen.forward_host.empty()) return true;
    asio::ip::tcp::resolver resolver(runner_.executor());
    std::error_code error;
    const auto found =
        resolver.resolve(listen.forward_host, std::to_string(listen.forward_port), error);
    if (error || found.empty()) {
      log_.say("--forward " + host_and_port(listen.forward_host, listen.forward_port) + ": " +
               (error ? error.message() : "no address"));
      return false;
    }
    std::vector<asio::ip::tcp::endpoint> all;
    for (const auto& entry : found) all.push_back(entry.endpoint());
    forward_address_ = all.front().address().to_string();
    server_->pass_on_to(std::move(all));
    return true;
  }

  bool open_page() {
    std::error_code error;
    if (const std::uint16_t wanted = settings_.phone.page_port; wanted != 0) {
      error = server_->open(wanted);
      if (!error) return true;
      log_.say("--page-port " + std::to_string(wanted) + ": " + error.message() +
               "; name another port");
      return false;
    }
    for (const std::uint16_t port : page_ports) {
      error = server_->open(port);
      if (!error) return true;
    }
    error = server_->open(0);  // any free port
    if (error) log_.say("no port can be opened for the page: " + error.message());
    return !error;
  }

  void make_plan() {
    plan_.token = token_;
    plan_.mark = token_.substr(0, mark_size);
    plan_.seconds = static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(
                                         settings_.listen.limit.count() != 0
                                             ? settings_.listen.limit
                                             : std::chrono::microseconds(usual_limit))
                                         .count());
    first_.fill(plan_);
    server_->set_policy(content_policy(plan_));
    phone_.machine_addresses.assign(first_.own_addresses().begin(), first_.own_addresses().end());
  }

  /// Reports before the code what needs no phone to be known. True when waiting for a phone would
  /// be useless.
  bool says_no_phone_can_come() {
    if (first_.is_loopback_host()) {
      print("\n" +
            say(words(N_("{host} is the phone itself when a phone dials it: none can come here by "
                         "it, and no code is shown. Name the address that a phone has to dial: "
                         "{command}"),
                      {{"host", first_.host()}, {"command", first_.better_command()}})) +
            "\n\n");
      return true;
    }
    const port_access how = first_.access_at(first_port());
    if (how == port_access::open) return false;
    const places with{{"port", std::to_string(first_port())}};
    is_shut_ = true;
    print("\n" +
          say(how == port_access::closed
                  ? words(N_("Nothing listens on port {port} of this machine: no phone can get in "
                             "there, wherever it is. Mend this first:"),
                          with)
                  : words(N_("Port {port} is open to this machine alone: no phone can get in "
                             "there, wherever it is. Mend this first:"),
                          with)) +
          "\n");
    if (settings_.listen.once) return true;  // the report says the same
    say_verdict();
    print(say(N_("The way to this machine can be tried meanwhile, and again when it is mended:")) +
          "\n");
    return false;
  }

  // ---- while waiting -------------------------------------------------------------------------

  asio::awaitable<exit_code> wait_for_phone() {
    began_ = steady::now();
    server_->start();
    std::set<std::uint16_t> ports{server_->port()};
    for (const phone_listener& listener : plan_.listeners) ports.insert(listener.port);
    std::string why;
    watch_ =
        std::make_unique<port_watch>(runner_.executor(), ports, plan_.mark, first_.own_addresses(),
                                     [this](const port_sight& what) { arrived(what); });
    if (first_.is_here()) phone_.watched_by = watch_->start(why);
    if (first_.is_here()) {
      show_first();
    } else {
      show_page();
    }
    asio::steady_timer pause(runner_.executor());
    while (runner_.interrupted() == tools::interruption::none) {
      pause.expires_after(tick);
      co_await pause.async_wait(as_values);
      look_around();
    }
    watch_->stop();
    server_->close();
    co_return exit_code::done;
  }

  void look_around() {
    const auto now = steady::now();
    if (stage_ == stage::first && now - began_ > first_wait) {
      print("\n" +
            say(words(N_("Nothing came from outside to port {port} within 30 s."),
                      {{"port", std::to_string(first_port())}})) +
            "\n");
      say_verdict();
      if (!first_.name().is_literal)
        print(say(words(N_("If the browser says that it cannot find {host}: the phone's Private "
                           "DNS, a VPN, or a name that only this network knows. By address: {url}"),
                        {{"host", first_.host()}, {"url", page_url(first_.dialled_address())}})) +
              "\n");
      show_page();
    }
    if (stage_ == stage::page && !phone_.has_page && !has_told_page_port_ &&
        now - page_since_ > page_wait)
      tell_page_port();
    if (verdict_wanted_ && now - findings_since_ > 1500ms) tell_findings();
    const bool is_over = settings_.listen.once && phone_.has_findings && !verdict_wanted_ &&
                         (has_fetched_ || now - findings_since_ > farewell);
    if (is_over) runner_.interrupt(tools::interruption::complete);
  }

  std::uint16_t first_port() const { return plan_.listeners.front().port; }
  std::string first_url() const {
    return "http://" + host_and_port(first_.host(), first_port()) + "/" + plan_.mark;
  }
  std::string page_url() const { return page_url(first_.page_host()); }
  std::string page_url(const std::string& host) const {
    const std::uint16_t port = server_->port();
    constexpr std::uint16_t http = 80;
    return "http://" + (port == http ? bracketed(host) : host_and_port(host, port)) + "/" + token_;
  }

  void show_first() {
    stage_ = stage::first;
    std::vector<std::string> text{
        say(N_("1. Scan this with the phone's camera, or type it in its browser:")), first_url(),
        "",
        say(words(N_("It is the broker's own port. The browser will show an error, or ask whether "
                     "to go on without a secure connection: go on. What counts is seen here."))),
        ""};
    if (is_private_host(first_.host())) {
      text.push_back(say(words(N_("{host} is an address of this network: the phone must be in the "
                                  "same Wi-Fi, not on mobile data."),
                               {{"host", first_.host()}})));
      text.emplace_back();
    }
    if (has_local_name())
      text.push_back(say(words(N_("{host} is a .local name, which many Android phones do not know. "
                                  "If the browser cannot find it, start again with the address: "
                                  "{command}"),
                               {{"host", first_.host()},
                                {"command", "mqtt-doctor phone " + first_.dialled_address()}})));
    text.push_back(say(N_("If the browser just keeps loading, go on with the page:")));
    text.push_back(page_url());
    text.emplace_back();
    text.push_back(phone_.watched_by == phone_watch::capture
                       ? say(N_("Waiting for its packets; Ctrl-C ends it."))
                       : say(N_("Waiting for its connections (with sudo, refused ones are seen as "
                                "well); Ctrl-C ends it.")));
    print("\n" + code_page(first_url(), text, code_style_, rows()) + "\n");
  }

  void show_page() {
    stage_ = stage::page;
    page_since_ = steady::now();
    std::vector<std::string> text{
        say(first_.is_here() ? N_("2. Now the page that tries everything an app would:")
                             : N_("Scan this with the phone's camera, or type it in its browser:")),
        page_url(), "",
        say(words(N_("It is served by this command, for as long as it runs. A password that is "
                     "typed there goes to the broker and nowhere else."))),
        ""};
    if (!page_commands().empty()) {
      text.push_back(say(words(N_("The firewall here keeps port {port} shut. To open it for the "
                                  "time, and to close it again:"),
                               {{"port", std::to_string(server_->port())}})));
      text.push_back("  " + page_commands().open);
      text.push_back("  " + page_commands().close);
    }
    print("\n" + code_page(page_url(), text, code_style_, rows()) + "\n");
  }

  void tell_page_port() {
    has_told_page_port_ = true;
    const std::string port = std::to_string(server_->port());
    const auto& all = watch_->all();
    const auto came = std::find_if(all.begin(), all.end(), [&](const auto& entry) {
      return entry.second.port == server_->port();
    });
    if (came != all.end() && came->second.arrival != phone_arrival::stood) {
      say_line(words(N_("The phone's packets for the page arrive at port {port}, and this machine "
                        "does not answer them: its firewall."),
                     {{"port", port}}));
    } else {
      say_line(words(N_("Nobody asked for the page yet. If the phone's browser says that it takes "
                        "too long: let TCP {port} in, in the security group or router as well, or "
                        "choose a port that is open: --page-port."),
                     {{"port", port}}));
    }
    if (!page_commands().empty())
      print("  " + page_commands().open + "\n  " + page_commands().close + "\n");
  }

  // ---- what the phone does -------------------------------------------------------------------

  void arrived(const port_sight& what) {
    const bool is_phone = what.has_mark || what.address == phone_.address;
    if (what.has_mark) phone_.address = what.address;
    if (what.port == server_->port()) return;  // the phone's own steps tell more
    if (!is_phone && stage_ != stage::first) return;
    if (!is_phone && !strangers_.contains(what.address) && strangers_.size() >= most_strangers)
      return;
    strangers_.insert(what.address);
    say_line(words_of(what));
    if (stage_ == stage::first && what.port == first_port()) {
      // Only the phone speaks HTTP to a broker's port.
      if (phone_.address.empty()) phone_.address = what.address;
      say_line(network_words(what.address, is_own(what.address)));
      if (what.arrival == phone_arrival::stood) look_again();
      say_verdict();
      show_page();
    }
  }

  std::string page(const page_visitor& who) override {
    note_visitor(who, false);
    std::string text(phone::page_text);
    const std::size_t at = text.find(phone::page_plan_mark);
    if (at != std::string::npos) text.replace(at, phone::page_plan_mark.size(), json_of(plan_));
    return text;
  }

  bool step(const page_visitor& who, std::string_view body) override {
    phone_step_fact made;
    if (const std::string wrong = read_phone_step(body, made); !wrong.empty()) return false;
    note_visitor(who, true);
    made.at_s = since_began();
    if (told_ < most_told) say_line(words_of(made));
    ++told_;
    if (phone_.steps.size() < most_phone_steps) phone_.steps.push_back(std::move(made));
    return true;
  }

  bool findings(const page_visitor& who, std::string_view body) override {
    phone_facts made = phone_;
    if (const std::string wrong = read_phone_findings(body, made); !wrong.empty()) return false;
    note_visitor(who, true);
    made.address = phone_.address;
    made.host = who.host.empty() ? phone_.host : who.host;
    made.has_page = made.has_findings = true;
    if (made.system.empty()) made.system = phone_.system;
    if (made.browser.empty()) made.browser = phone_.browser;
    phone_ = std::move(made);
    findings_since_ = steady::now();
    // The result of the last connections shows a moment later.
    verdict_wanted_ = true;
    has_fetched_ = false;
    return true;
  }

  std::string verdict(const page_visitor&, const std::string& language) override {
    std::string rest = ",\"watching\":" + std::string(verdict_wanted_ ? "true" : "false") +
                       ",\"steps\":" + std::to_string(phone_.steps.size()) + "}";
    if (!phone_.has_findings || verdict_wanted_) return "{\"ready\":false" + rest;
    rest.pop_back();
    has_fetched_ = true;
    choose_language(language.empty() ? settings_.language : language);
    std::string text = json_of(current_verdict(), rest);
    choose_language(settings_.language);
    return text;
  }

  std::string seen(const page_visitor& who, int port) override {
    return json_of(sight_at(port, who.address), phone_.watched_by.value());
  }

  void note_visitor(const page_visitor& who, bool is_sure) {
    if (is_sure || phone_.address.empty()) phone_.address = who.address;
    if (phone_.system.empty()) {
      agent_names names = names_of_agent(who.user_agent);
      phone_.system = std::move(names.system);
      phone_.browser = std::move(names.browser);
    }
    const bool is_news = !is_sure && visitors_.size() < most_strangers &&
                         visitors_.insert(who.address + " " + who.user_agent).second;
    if (phone_.has_page) {
      const agent_names names = names_of_agent(who.user_agent);
      if (is_news) say_line(words_of_visitor(who.address, names.system, names.browser));
      return;
    }
    // A visitor may only fetch the page, as a messenger's preview does. The phone is the visitor
    // whose page reports steps.
    say_line(words_of_visitor(who.address, phone_.system, phone_.browser));
    say_line(network_words(who.address, is_own(who.address)));
    const address_class from = class_of(who.address);
    if (is_private_host(first_.host()) &&
        (from == address_class::global || from == address_class::documentation))
      say_line(
          words(N_("The phone comes from outside ({address}), and {host} is an address of this "
                   "network: on mobile data it leads nowhere."),
                {{"address", who.address}, {"host", first_.host()}}));
    phone_.has_page = true;
    phone_.host = who.host.empty() ? first_.page_host() : who.host;
    stage_ = stage::page;
  }

  // ---- the result ----------------------------------------------------------------------------

  /// The phone's connections to a port: from its address, or with its mark from another address
  /// that a carrier gave them.
  const port_sight* sight_at(int port, const std::string& address) const {
    if (watch_ == nullptr) return nullptr;
    if (const port_sight* const own = watch_->find(address, port)) return own;
    for (const auto& [key, sight] : watch_->all()) {
      if (sight.port == port && sight.has_mark) return &sight;
    }
    return nullptr;
  }

  phone_facts current_phone() const {
    phone_facts out = phone_;
    out.seconds = since_began();
    out.ports.clear();
    for (const phone_listener& listener : plan_.listeners) {
      phone_port_fact port;
      port.port = listener.port;
      if (!listener.speaks_other) {
        const scheme usual = usual_scheme(listener.port);
        port.kind = listener.scheme != scheme::none ? listener.scheme
                    : usual != scheme::none         ? usual
                                                    : scheme::mqtt;
      }
      port.path =
          has_websocket(port.kind.value()) && listener.path.empty() ? "/mqtt" : listener.path;
      const port_sight* const sight = sight_at(listener.port, phone_.address);
      if (sight != nullptr) {
        port.arrival = sight->arrival;
        port.address = sight->address;
        port.alert = sight->alert;
        port.status = sight->status;
        port.said_hello = sight->said_hello;
        port.was_greeted = sight->was_greeted;
        port.finished_tls = sight->finished_tls;
        port.left_tls = sight->left_tls;
      } else if (phone_.watched_by == phone_watch::capture) {
        port.arrival = phone_arrival::absent;
      }
      // Until the page is loaded, the port in the first code is the only one tried.
      const bool was_tried = phone_.has_page || sight != nullptr || listener.port == first_port();
      if (was_tried) out.ports.push_back(std::move(port));
    }
    return out;
  }

  std::vector<vantage> places_now() const {
    std::vector<vantage> out;
    out.emplace_back(say(first_.is_here() ? N_("server") : N_("this machine")), first_.here());
    facts named = first_.here();
    named.name = first_.name();
    // The first port here was the program's choice, unless the user named it.
    named.asked.port = about_.asked.port;
    out.emplace_back(say(N_("phone")), facts_of_phone(current_phone(), first_.host(), named));
    return out;
  }

  page_verdict current_verdict() const {
    const std::vector<vantage> all = places_now();
    return verdict_of(all[1], first_.is_here() ? &all[0] : nullptr, diagnose_together(all));
  }

  void say_verdict() {
    const page_verdict made = current_verdict();
    class lines : public text_page {
     public:
      explicit lines(const report_style& how) : text_page(how) {}
      std::string of(const page_verdict& what) {
        line(mark(what.is_good ? step_state::good : step_state::bad) + " " +
             dyed(bold, say(what.headline)));
        for (const sentence& line_text : what.text) line("    " + say(line_text));
        return std::move(out_);
      }
    };
    print(lines(style_).of(made));
  }

  /// Examines the broker again, since what was wrong with it may have been mended.
  void look_again() {
    // The page waits during a look, so looks are apart; less where a port may have been opened.
    const auto least = is_shut_ ? 3s : 10s;
    const auto now = steady::now();
    const bool is_needed = first_.is_here() && now - looked_ > least;
    if (!is_needed || current_verdict().is_good) return;
    first_.look_again();
    looked_ = steady::now();
    is_shut_ = first_.access_at(first_port()) != port_access::open;
  }

  void tell_findings() {
    look_again();
    verdict_wanted_ = false;
    if (is_json_) return;
    const std::vector<vantage> all = places_now();
    print("\n" + terminal_report(all, diagnose_together(all), style_) + "\n");
    is_told_ = true;
  }

  phone_look_result conclude() {
    if (verdict_wanted_) tell_findings();
    server_->close();
    phone_look_result out;
    out.needs_no_phone = is_shut_ || first_.is_loopback_host();
    if (runner_.interrupted() == tools::interruption::sigint) out.ended_by = 2;
    if (runner_.interrupted() == tools::interruption::sigterm) out.ended_by = 15;
    out.from = places_now();
    out.made = diagnose_together(out.from);
    out.is_told = is_told_ && !is_json_;
    if (stage_ != stage::none) say_farewell();
    return out;
  }

  void say_farewell() {
    std::string text = say(words(N_("The page is closed.")));
    if (!page_commands().empty())
      text += " " + say(words(N_("If you opened its port in the firewall, close it: {command}"),
                              {{"command", page_commands().close}}));
    print(text + "\n");
  }

  bool has_local_name() const {
    const std::string name = lower(first_.host());
    return name.ends_with(".local") || name.ends_with(".local.");
  }

  const firewall_commands& page_commands() const { return first_.page_commands(); }
  bool is_own(const std::string& address) const { return first_.own_addresses().contains(address); }
  std::size_t rows() const {
    return tools::is_terminal(output()) ? tools::terminal_rows(output()) : 0;
  }

  double since_began() const {
    return std::chrono::duration<double>(steady::now() - began_).count();
  }

  void say_line(const sentence& what) {
    if (!what.empty()) print(clock_text() + "  " + say(what) + "\n");
  }
  void print(const std::string& text) {
    std::FILE* const to = is_json_ ? stderr : stdout;
    if (is_json_ && settings_.quiet) return;
    (void)std::fwrite(text.data(), 1, text.size(), to);
    if (std::fflush(to) != 0) runner_.interrupt(tools::interruption::output_gone);
  }

  enum class stage : std::uint8_t { none, first, page };

  const examination& about_;
  const tools::doctor_settings& settings_;
  const tools::stderr_log& log_;
  tools::runner runner_;
  report_style style_;
  report_style code_style_;
  std::string token_;
  std::unique_ptr<page_server> server_;
  std::unique_ptr<port_watch> watch_;
  std::string forward_address_;  // the broker behind the page's port; "" without --forward
  first_look first_;
  phone_plan plan_;
  phone_facts phone_;
  std::set<std::string> visitors_;   // addresses that asked for the page
  std::set<std::string> strangers_;  // addresses seen before it was known which is the phone
  stage stage_ = stage::none;
  steady::time_point began_ = steady::now();
  steady::time_point looked_{};  // time of the last look
  steady::time_point page_since_{};
  steady::time_point findings_since_{};
  std::size_t told_ = 0;
  bool is_shut_ = false;  // this machine knows that no phone can reach the first port
  bool is_json_ = false;
  bool verdict_wanted_ = false;
  bool has_fetched_ = false;
  bool has_told_page_port_ = false;
  bool is_told_ = false;
};

}  // namespace

phone_look_result look_with_phone(const examination& about, const tools::doctor_settings& settings,
                                  const tools::stderr_log& log) {
  return phone_look(about, settings, log).run();
}

}  // namespace mqttkit::doctor
