// What a file holds in the place of a certificate in PEM form, and how one is made of it.
#include "net/file_form.hpp"

#include <doctest/doctest.h>

#include <string>

#include "support/temp_folder.hpp"

using namespace mqttkit;

namespace {

std::string form_of(const std::string& name, const std::string& content) {
  const testing::temp_folder folder;
  folder.write(name, content);
  return form_of_certificate_file(folder.path().string() + "/" + name);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a certificate in binary form is named with the command that converts it") {
  const std::string said = form_of("ca.cer", std::string("\x30\x82\x03\x11\x30\x82\x01\xf9", 8));
  CHECK(has(said, "(DER)"));
  CHECK(has(said, "openssl x509 -inform DER -in /"));
  CHECK(has(said, "/ca.cer -out /"));
  CHECK(said.ends_with("/ca.pem"));
  // What has the name already is not written over.
  CHECK(has(form_of("ca.pem", "\x30\x82\x03\x11\x30\x82"), "/ca.pem.new"));
  CHECK(has(form_of("my ca.cer", "\x30\x82\x03\x11\x30\x82"), "/my ca.pem'"));
}

TEST_CASE("bundles of PKCS#12 and PKCS#7 are told from a certificate") {
  CHECK(has(form_of("a.p12", "\x30\x82\x0a\x11\x02\x01\x03\x30\x82"), "openssl pkcs12 -nokeys"));
  CHECK(has(form_of("a.p7b", "\x30\x82\x0a\x11\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0"),
            "openssl pkcs7 -inform DER -print_certs"));
  CHECK(has(form_of("a.p7b", "-----BEGIN PKCS7-----\nMII\n"), "openssl pkcs7 -print_certs"));
}

TEST_CASE("text of another kind is named: UTF-16, a key, a request, a web page, nothing") {
  CHECK(has(form_of("ca.crt", "\xff\xfe-\x01"), "iconv -f UTF-16"));
  CHECK(has(form_of("ca.key", "-----BEGIN RSA PRIVATE KEY-----\n"), "private key"));
  CHECK(has(form_of("ca.csr", "-----BEGIN CERTIFICATE REQUEST-----\n"), "request"));
  CHECK(has(form_of("ca.crt", "\n<html>"), "web page"));
  CHECK(has(form_of("ca.crt", ""), "empty"));
  CHECK(form_of("ca.crt", "who knows").empty());
}

TEST_CASE("a name with a quote stays one word of the command") {
  CHECK(has(form_of("my ca's.cer", "\x30\x82\x03\x11\x30\x82"), "my ca'\\''s.cer' -out '"));
}
