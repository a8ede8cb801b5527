// SPDX-License-Identifier: Apache-2.0
#include "websocket/permessage_deflate.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::websocket {
namespace {

const Bytes kAnswer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

void expect_declined(ByteView offer) {
  EXPECT_EQ(accept_permessage_deflate(offer), std::nullopt) << offer;
  // The next offer is still looked at.
  const Bytes two = Bytes(offer) + ", permessage-deflate";
  EXPECT_EQ(accept_permessage_deflate(two), kAnswer) << two;
}

TEST(PermessageDeflate, W35AnswersWithoutContextBothWaysWhateverIsOffered) {
  for (const ByteView offer :
       {"permessage-deflate", "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate;client_no_context_takeover ;\tserver_no_context_takeover",
        // Chromium, and the ws client.
        "permessage-deflate; client_max_window_bits"}) {
    EXPECT_EQ(accept_permessage_deflate(offer), kAnswer) << offer;
  }
}

TEST(PermessageDeflate, W35TakesAnyWindowOfTheClients) {
  for (int bits = 8; bits <= 15; ++bits) {
    const Bytes offer = "permessage-deflate; client_max_window_bits=" + std::to_string(bits);
    EXPECT_EQ(accept_permessage_deflate(offer), kAnswer) << offer;
  }
  EXPECT_EQ(accept_permessage_deflate("permessage-deflate; client_max_window_bits=\"10\""),
            kAnswer);
  EXPECT_EQ(accept_permessage_deflate("permessage-deflate; client_max_window_bits=\"1\\0\""),
            kAnswer);
}

TEST(PermessageDeflate, W35NamesItsOwnWindowToWhoAsksForAsMuch) {
  EXPECT_EQ(accept_permessage_deflate("permessage-deflate; server_max_window_bits=15"),
            kAnswer + "; server_max_window_bits=15");
}

TEST(PermessageDeflate, W35TakesTheFirstOfferThatItCanKeep) {
  EXPECT_EQ(accept_permessage_deflate("permessage-deflate; server_max_window_bits=10, "
                                      "permessage-deflate; server_max_window_bits=15,"
                                      "permessage-deflate"),
            kAnswer + "; server_max_window_bits=15");
  EXPECT_EQ(accept_permessage_deflate("x-webkit-deflate-frame; max_window_bits=9,\t"
                                      "other;a=\"b,;\\\"c\";d , permessage-deflate"),
            kAnswer);
  EXPECT_EQ(accept_permessage_deflate(" ,, permessage-deflate ,"), kAnswer);
}

TEST(PermessageDeflate, W36DeclinesASmallerWindowOfOurs) {
  // One compressed form serves every session, so there is one window.
  for (int bits = 8; bits <= 14; ++bits) {
    expect_declined("permessage-deflate; server_max_window_bits=" + std::to_string(bits));
  }
}

TEST(PermessageDeflate, W36DeclinesWhatTheRfcDoesNotKnow) {
  for (const ByteView parameters :
       {"max_window_bits=15", "server_no_context_takeover=1", "client_no_context_takeover=true",
        "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
        "server_max_window_bits=015", "server_max_window_bits=15x", "client_max_window_bits=7",
        "client_max_window_bits=16", "client_max_window_bits=08", "client_max_window_bits=-9",
        "client_max_window_bits=99999999999999999999", "Server_no_context_takeover",
        "server_no_context_takeover; mux"}) {
    expect_declined("permessage-deflate; " + Bytes(parameters));
  }
}

TEST(PermessageDeflate, W36DeclinesParametersThatComeTwice) {
  for (const ByteView parameter :
       {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits=15",
        "client_max_window_bits", "client_max_window_bits=12"}) {
    expect_declined("permessage-deflate; " + Bytes(parameter) + "; " + Bytes(parameter));
  }
}

TEST(PermessageDeflate, W36DeclinesWhatBreaksTheGrammar) {
  for (const ByteView offer :
       {"permessage-deflate;", "permessage-deflate; ;", "permessage-deflate; =15",
        "permessage-deflate; client_max_window_bits=", "permessage-deflate client_max_window_bits",
        "permessage-deflate; client_max_window_bits=1 5", "permessage-deflate=1",
        "permessage-deflate; client_max_window_bits=\"\"", "\"permessage-deflate\"",
        "permessage_deflate", "Permessage-Deflate", "permessage-deflated", "perframe-deflate"}) {
    expect_declined(offer);
  }
  for (const ByteView offer : {"", " ", ",", "permessage-deflate; client_max_window_bits=\"10",
                               "permessage-deflate; client_max_window_bits=\"10\\", "x;y=\"z"}) {
    EXPECT_EQ(accept_permessage_deflate(offer), std::nullopt) << offer;
  }
}

}  // namespace
}  // namespace weft::websocket
