// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/child_process.h"
#include "support/temp_dir.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace weft::test {

/// An authority of its own and a server certificate by it, made by the openssl program, in PEM
/// files that are gone with this object.
class TlsFiles {
 public:
  /// Whom the certificate is for, e.g. "DNS:localhost" or "IP:127.0.0.1".
  explicit TlsFiles(const std::string& subject_alternative_name) {
    const std::string new_key = " -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";
    const std::string script =
        "set -e; cd " + directory_.file(".") + "\n" + "openssl req -x509" + new_key +
        "-keyout ca.key -out ca.crt -days 2 -subj /CN=authority\n" + "openssl req" + new_key +
        "-keyout server.key -out server.csr -subj /CN=server\n" +
        "echo subjectAltName=" + subject_alternative_name + " > names\n" +
        "openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 "
        "-extfile names -out server.crt\n";
    ChildProcess shell({"sh", "-c", script}, directory_.file("output.txt"));
    if (shell.wait() != 0) throw std::runtime_error("openssl made no certificate");
  }

  [[nodiscard]] std::string ca_file() const { return directory_.file("ca.crt"); }
  [[nodiscard]] std::string certificate_file() const { return directory_.file("server.crt"); }
  [[nodiscard]] std::string key_file() const { return directory_.file("server.key"); }

  /// For redis-server's command line: TLS on this port, and no certificates from clients.
  [[nodiscard]] std::vector<std::string> redis_options(std::uint16_t port) const {
    return {"--tls-port",         std::to_string(port),
            "--tls-cert-file",    certificate_file(),
            "--tls-key-file",     key_file(),
            "--tls-ca-cert-file", ca_file(),
            "--tls-auth-clients", "no"};
  }

 private:
  TempDir directory_;
};

}  // namespace weft::test
