// What CLI11 by itself would read otherwise than mosquitto's clients do.
#include "cli/arguments.hpp"
#include "unit/tools/command_line.hpp"

namespace mqttkit::tools::test {
namespace {

struct line_read {
  line_read(program which, const words& given)
      : line("program", given),
        wrong(read_arguments(which, line.argc(), line.argv(), out, command)) {}

  /// "-t=a --message=b", in the order given.
  std::string shown() const {
    std::string text;
    for (const argument& each : out) {
      text += text.empty() ? "" : " ";
      text += each.spelled;
      for (std::size_t i = 0; i < each.word_count; ++i)
        text += (i == 0 ? "=" : "|") + std::string(each.words[i]);
    }
    return text;
  }

  command_line line;
  std::vector<argument> out;
  const subcommand_row* command = nullptr;
  std::string wrong;
};

std::string read(program which, const words& given) {
  const line_read line(which, given);
  return line.wrong.empty() ? line.shown() : line.wrong;
}

}  // namespace

TEST_CASE("a value may look like an option, known or not") {
  CHECK(read(program::pub, {"-m", "--", "-t", "a"}) == "-m=-- -t=a");
  CHECK(read(program::pub, {"-m", "-5", "-t", "--topic"}) == "-m=-5 -t=--topic");
  CHECK(read(program::pub, {"-m", "--no-such", "-t", "-topic"}) == "-m=--no-such -t=-topic");
  CHECK(read(program::pub, {"-m", "-D", "-t", "user-property"}) == "-m=-D -t=user-property");
}

TEST_CASE("an attached value may be empty, and lists in brackets are text") {
  CHECK(read(program::pub, {"--message=", "-t", "[a,b]"}) == "--message= -t=[a,b]");
  CHECK(read(program::pub, {"--message={}", "-t", "{}"}) == "--message={} -t={}");
  CHECK(read(program::pub, {"-rdm=x=", "-p1883"}) == "-r d m==x= -p=1883");
  CHECK(read(program::pub, {"--retain=1"}) == "--retain takes no value");
}

TEST_CASE("-D takes three words, with user-property four, and leaves the next alone") {
  CHECK(read(program::pub, {"-D", "publish", "content-type", "x", "mqtt://h/t"}) ==
        "-D=publish|content-type|x URL=mqtt://h/t");
  CHECK(read(program::pub, {"-D", "publish", "user-property", "n", "-t", "-t", "a"}) ==
        "-D=publish|user-property|n|-t -t=a");
  CHECK(read(program::pub, {"-rDpublish", "user-property", "n", "v"}) ==
        "-r D=publish|user-property|n|v");
  CHECK(read(program::pub, {"--property=will", "content-type", "x", "-r"}) ==
        "--property=will|content-type|x -r");
  CHECK(read(program::pub, {"-D", "publish", "user-property", "n"}).starts_with("-D needs "));
}

TEST_CASE("options keep the order of the line, also the same one again") {
  CHECK(read(program::sub, {"-t", "a", "-T", "b", "--topic", "c", "-v", "-t", "d", "-v"}) ==
        "-t=a -T=b --topic=c -v -t=d -v");
}

TEST_CASE("what is no option is named where it stands, before what is wrong behind it") {
  CHECK(read(program::pub, {"--no-such", "-t"}) == "unknown option '--no-such'");
  CHECK(read(program::pub, {"-topic", "a", "-t"}) ==
        "unknown option '-topic'; did you mean --topic?");
  CHECK(read(program::pub, {"--", "-t"}).starts_with("'--': no option takes this word"));
  CHECK(read(program::pub, {"-t", "a", "-+"}) == "unknown option '-+'");
  CHECK(read(program::pub, {"-t", "a", "-m"}) == "-m needs TEXT, nothing follows it");
}

TEST_CASE("a subcommand is the first bare word, and later ones are its operands") {
  const line_read listening(program::doctor, {"-4", "-v", "listen", "-6", "1884"});
  CHECK(listening.shown() == "-4 -v -6 listen=1884");
  REQUIRE(listening.command != nullptr);
  CHECK(listening.command->id == subcommand::listen);

  const line_read user(program::doctor, {"-u", "listen", "explain", "listen", "-"});
  CHECK(user.shown() == "-u=listen explain=listen explain=-");
  REQUIRE(user.command != nullptr);
  CHECK(user.command->id == subcommand::explain);

  const line_read host(program::doctor, {"host", "listen"});
  CHECK(host.shown() == "URL=host URL=listen");
  CHECK(host.command == nullptr);
}

TEST_CASE("listen and explain need an operand, by whatever name") {
  CHECK(read(program::doctor, {"listen"}) == "listen needs [ADDRESS:]PORT, nothing follows it");
  CHECK(read(program::doctor, {"listen", "--listen-on", "1884"}) == "--listen-on=1884");
  CHECK(read(program::doctor, {"delivery", "-h", "host"}) == "-h=host");
}

TEST_CASE("the words are those of argv, so that secrets can be blanked there") {
  const line_read line(program::pub, {"-P", "secret", "--pw=hidden", "mqtt://u:p@h/t"});
  REQUIRE(line.out.size() == 3);
  for (const argument& each : line.out) wipe(each.value());
  CHECK(line.line.shown() == "program -P ****** --pw=****** ************** ");
}

}  // namespace mqttkit::tools::test
