// A line to a broker that is cut again and again: prints "listening PORT", and "cuts N" once no
// more follow.
//
//   bench_relay BROKER_PORT CUTS BYTES_BETWEEN
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "support/cutting_relay.hpp"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("usage: bench_relay BROKER_PORT CUTS BYTES_BETWEEN\n", stderr);
    return 2;
  }
  const auto broker = static_cast<std::uint16_t>(std::atoi(argv[1]));
  const auto cuts = static_cast<unsigned>(std::atoi(argv[2]));
  const auto between = static_cast<std::size_t>(std::atoll(argv[3]));
  const mqttkit::testing::cutting_relay relay(broker, cuts, between);
  std::printf("listening %d\n", relay.port());
  std::fflush(stdout);
  while (relay.cuts() < cuts) ::usleep(10'000);
  std::printf("cuts %u\n", cuts);
  std::fflush(stdout);
  for (;;) ::pause();
}
