// SPDX-License-Identifier: Apache-2.0
// Whatever pushes a client sends: the document stays whole (K18), a rejected push leaves it as it
// was (K12), effective ops make an equal document (K14), and its snapshot makes an equal one (K21).
// An input is MessagePack values back to back, each a push.
#include "concept/document.h"
#include "protocol/msgpack.h"
#include "protocol/ops.h"
#include "support/document_bytes.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace weft;
using concept_sync::Document;
using concept_sync::Outcome;
using protocol::AckOutcome;
using test::bytes_of;

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", rule);
  std::abort();
}

/// Low enough that short inputs run into them.
protocol::Limits low_limits() {
  protocol::Limits limits;
  limits.push_ops_max = 32;
  limits.entity_bytes_max = 96;
  limits.entities_max = 8;
  return limits;
}

/// A push's effective ops may be more than a client may send.
protocol::Limits effective_limits() {
  protocol::Limits limits = low_limits();
  limits.push_ops_max = 32 * 8;
  return limits;
}

void check_snapshot(const Document& document) {
  Document twin(low_limits());
  for (const auto& part : document.snapshot()) {
    require(twin.load_part(part.count, part.entities()).has_value(), "K21: a snapshot loads");
  }
  require(twin.finish_loading().has_value(), "K18: no reference leads nowhere or in a circle");
  require(bytes_of(twin) == bytes_of(document), "K21: a snapshot makes an equal document");
}

void check_outcome(const Outcome& outcome, bool changed) {
  const bool rejected = outcome.kind == AckOutcome::rejected;
  require(outcome.kind != AckOutcome::duplicate, "the document knows no duplicates");
  require(rejected == outcome.rejection.has_value(), "K12: a rejection has its reason");
  require(!rejected || !outcome.rejection->message.empty(), "K12: a rejection has its sentence");
  require(!rejected || !changed, "K12: a rejected push changes nothing");
  require(outcome.kind != AckOutcome::no_effect || !changed, "K13: no effect changes nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input(data, data + size);
  Document document(low_limits());
  Document follower(low_limits());  // gets the effective ops only
  protocol::OpList ops;
  protocol::MsgpackReader reader(input);
  while (!reader.at_end()) {
    const auto raw = reader.read_value();
    if (!raw) break;
    if (!protocol::decode_ops(*raw, low_limits(), ops)) continue;

    const Bytes before = bytes_of(document);
    const Outcome outcome = document.apply(ops);
    const Bytes after = bytes_of(document);
    check_outcome(outcome, after != before);
    require(document.entity_count() <= low_limits().entities_max, "K17");

    require(protocol::decode_ops(outcome.effective, effective_limits(), ops).has_value(),
            "K14: effective ops are ops");
    const bool any = !ops.ops.empty();
    require(any == (outcome.kind == AckOutcome::commit || outcome.kind == AckOutcome::rebased),
            "K13: the outcome says whether there are effective ops");
    const Outcome followed = follower.apply(ops);
    require(followed.kind == (any ? AckOutcome::commit : AckOutcome::no_effect),
            "K14: effective ops are committed as they are");
    require(followed.effective == outcome.effective, "K14: effective ops are their own effect");
    require(bytes_of(follower) == after, "K14: effective ops make an equal document");
    if (any) check_snapshot(document);
  }
  return 0;
}
