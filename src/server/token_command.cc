// SPDX-License-Identifier: Apache-2.0
#include "server/token_command.h"

#include "connection/jwt.h"
#include "server/key_file.h"

#include <utility>

namespace weft::server {

using connection::Claims;

namespace {

Result<connection::CanvasGrant, std::string> parse_grant(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) {
    return Failure<std::string>("--canvas is \"" + text + "\" but must be PATTERN=ROLE.");
  }
  const std::string pattern = text.substr(0, equals);
  if (!connection::is_canvas_pattern(pattern)) {
    return Failure<std::string>("--canvas names the pattern \"" + pattern +
                                "\" but a pattern has 1 to 128 characters of A-Z a-z 0-9 . _ ~ : "
                                "- and *.");
  }
  const std::string role_name = text.substr(equals + 1);
  const auto role = connection::parse_role(role_name);
  if (!role) {
    return Failure<std::string>("--canvas names the role \"" + role_name +
                                "\" but there are view, present, edit and admin.");
  }
  return connection::CanvasGrant{pattern, *role};
}

}  // namespace

Result<MintedToken, std::string> make_token(const TokenCommand& command, WallMs now_ms) {
  if (command.ttl_seconds < 1 || command.ttl_seconds > kTokenSecondsMax) {
    return Failure<std::string>("--ttl is " + std::to_string(command.ttl_seconds) +
                                " but must be a whole number from 1 to " +
                                std::to_string(kTokenSecondsMax) + ".");
  }
  Claims claims;
  claims.user = command.user;
  claims.name = command.name;
  claims.color = command.color;
  claims.avatar = command.avatar;
  claims.expires_ms = (now_ms / 1000 + command.ttl_seconds) * 1000;  // whole seconds read better
  for (const std::string& text : command.canvases) {
    auto grant = parse_grant(text);
    if (!grant) return Failure<std::string>(std::move(grant.error()));
    claims.canvases.push_back(std::move(*grant));
  }

  auto file = read_key_file(command.key_file);
  if (!file) return Failure<std::string>(std::move(file.error()));
  const connection::Key* key = file->keys.signing_key();
  if (key == nullptr) {
    return Failure<std::string>("The key file " + command.key_file +
                                " has public keys only; a token is made with the secret or the "
                                "private key.");
  }
  auto token = connection::mint_jwt(claims, *key);
  if (!token) return Failure<std::string>(connection::explain(token.error()));
  return MintedToken{std::move(*token), std::move(file->warning)};
}

}  // namespace weft::server
