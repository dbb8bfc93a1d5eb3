// Asio's TLS, which the library does without and the tests' servers use.
#include <asio/ssl/impl/src.hpp>
