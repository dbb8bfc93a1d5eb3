#include "mqtt-doctor/causes/certificate_file_words.hpp"

#include <algorithm>

namespace mqttkit::doctor {
namespace {

struct content_row {
  certificate_content content;
  const char* says;
  const char* cure;
};
constexpr content_row content_rows[] = {
    {certificate_content::swapped,
     N_("{file}, the certfile, holds the private key, and the keyfile the certificate: the two are "
        "swapped."),
     N_("Let certfile and keyfile name each other's file, then:")},
    {certificate_content::private_key,
     N_("{file}, the certfile, holds a private key and no certificate."),
     N_("Name the file with the certificate (BEGIN CERTIFICATE), then:")},
    {certificate_content::joined_lines,
     N_("In {file} the end of one certificate and the beginning of the next share a line: they "
        "were "
        "joined without a line end between."),
     N_("Part them; the old file is kept as {file}.bak:")},
    {certificate_content::request,
     N_("{file} holds a certificate request, which nobody has signed yet."),
     N_("Let an authority sign it, and name the certificate it gives back, then:")},
    {certificate_content::web_page,
     N_("{file} holds a web page, saved in the place of the certificate."),
     N_("Download the certificate itself and name it, then:")},
    {certificate_content::der,
     N_("{file} holds a certificate in binary form (DER), and mosquitto wants text (PEM)."),
     N_("Make a PEM file of it and name that:")},
    {certificate_content::nothing, N_("{file}, the certfile, is empty."),
     N_("Put the certificate there again, then:")},
};

/// What other options than certfile want, and what they got.
struct option_row {
  const char* option;
  certificate_content content;  ///< none: any other
  const char* says;
  const char* cure;
};
constexpr option_row option_rows[] = {
    {"keyfile", certificate_content::locked_key,
     N_("{file}, the keyfile, has a passphrase, and nobody types it in when a service starts."),
     N_("Make a copy without the passphrase that mosquitto alone may read, and let keyfile name "
        "it:")},
    {"keyfile", certificate_content::nothing, N_("{file}, the keyfile, is empty."),
     N_("Put the private key there again, then:")},
    {"keyfile", certificate_content::public_key,
     N_("{file}, the keyfile, holds the public key, and mosquitto needs the private one."),
     N_("Name the file with the private key (BEGIN PRIVATE KEY), then:")},
    {"keyfile", certificate_content::certificate,
     N_("{file}, the keyfile, holds a certificate and no private key."),
     N_("Name the file with the private key (BEGIN PRIVATE KEY), then:")},
    {"keyfile", certificate_content::none,
     N_("{file}, the keyfile, holds no private key in text form (PEM)."),
     N_("Name the file with the private key (BEGIN PRIVATE KEY), then:")},
    {"cafile", certificate_content::nothing, N_("{file}, the cafile, is empty."),
     N_("Put the certificate of the authority there, then:")},
    {"cafile", certificate_content::der,
     N_("{file}, the cafile, holds a certificate in binary form (DER), and mosquitto wants text "
        "(PEM)."),
     N_("Make a PEM file of it and name that:")},
    {"cafile", certificate_content::none,
     N_("{file}, the cafile, holds no certificate in text form (PEM)."),
     N_("Put the certificate of the authority there, then:")},
    {"crlfile", certificate_content::none,
     N_("{file}, the crlfile, holds no list of revoked certificates (BEGIN X509 CRL)."),
     N_("Name the list that your authority issues, or take the crlfile line out, then:")},
    {"dhparamfile", certificate_content::none,
     N_("{file}, the dhparamfile, holds no parameters (BEGIN DH PARAMETERS)."),
     N_("Take the dhparamfile line out, which TLS of today does without, then:")},
};

/// The content by the second line of the problem's detail.
certificate_content content_in(const configuration_problem& wrong) {
  const std::size_t line = wrong.detail.find('\n');
  if (line == std::string::npos) return certificate_content::none;
  return fact_word<certificate_content>(std::string_view(wrong.detail).substr(line + 1)).value();
}

const option_row* option_row_of(const configuration_problem& wrong) {
  const auto fits = [&](certificate_content content) {
    return std::find_if(std::begin(option_rows), std::end(option_rows), [&](const option_row& row) {
      return wrong.subject == row.option && row.content == content;
    });
  };
  auto at = fits(content_in(wrong));
  if (at == std::end(option_rows)) at = fits(certificate_content::none);
  return at != std::end(option_rows) ? at : nullptr;
}

const content_row* row_of(const configuration_problem& wrong) {
  const auto at =
      std::find_if(std::begin(content_rows), std::end(content_rows),
                   [&](const content_row& row) { return row.content == content_in(wrong); });
  return at != std::end(content_rows) ? at : nullptr;
}

void mend_other_file(made_finding& to, const host_view& at, const configuration_problem& wrong,
                     const option_row& row) {
  const std::string file = shell_word(wrong.file);
  if (row.content == certificate_content::locked_key) {
    const std::string open = shell_word(wrong.file + ".open");
    to.mend(words(row.cure), "sudo openssl pkey -in " + file + " -out " + open +
                                 " && sudo chown mosquitto: " + open + " && sudo chmod 600 " +
                                 open);
    if (!wrong.named_in.empty())
      to.then(words(N_("Then:")), edit_command(std::to_string(wrong.named_line) + "s|.*|keyfile " +
                                                   wrong.file + ".open|",
                                               wrong.named_in) +
                                      " && " + restart_command(at));
    return;
  }
  if (row.content == certificate_content::der) {
    to.fill_in(words(row.cure), "sudo openssl x509 -inform DER -in " + file + " -out " +
                                    shell_word(wrong.file + ".pem"));
    return;
  }
  to.fill_in(words(row.cure), restart_command(at));
}

}  // namespace

sentence certificate_file_words(const configuration_problem& wrong) {
  if (const option_row* const other = option_row_of(wrong))
    return words(other->says, {{"file", wrong.file}});
  const content_row* const row = row_of(wrong);
  return words(row != nullptr ? row->says : N_("{file} holds no certificate that can be read."),
               {{"file", wrong.file}});
}

void mend_certificate_file(made_finding& to, const host_view& at,
                           const configuration_problem& wrong) {
  if (const option_row* const other = option_row_of(wrong))
    return mend_other_file(to, at, wrong, *other);
  const content_row* const row = row_of(wrong);
  const places with{{"file", wrong.file}};
  if (row == nullptr) {
    to.fill_in(words(N_("Name a PEM file with the certificate, then:")), restart_command(at));
  } else if (row->content == certificate_content::joined_lines) {
    to.mend(words(row->cure, with), edit_command("s/-----END CERTIFICATE----------BEGIN/-----END "
                                                 "CERTIFICATE-----\\n-----BEGIN/g",
                                                 wrong.file))
        .then(words(N_("Then:")), restart_command(at));
  } else if (row->content == certificate_content::der) {
    to.fill_in(words(row->cure, with), "sudo openssl x509 -inform DER -in " +
                                           shell_word(wrong.file) + " -out " +
                                           shell_word(wrong.file + ".pem"));
  } else {
    to.fill_in(words(row->cure, with), restart_command(at));
  }
}

}  // namespace mqttkit::doctor
