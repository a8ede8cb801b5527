// SPDX-License-Identifier: Apache-2.0
#include "concept/pages.h"

#include "protocol/json.h"
#include "unit/concept/canvas.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace weft::concept_sync {
namespace {

/// With a text of so many bytes.
Json texted(std::size_t bytes) {
  return {{"text", std::string(bytes, 't')}};
}

/// Entities e000, e001 … in one push.
Canvas canvas_of(int entities, std::size_t text_bytes) {
  Canvas canvas;
  Json ops = Json::array();
  for (int i = 0; i < entities; ++i) {
    ops.push_back(create("e" + std::to_string(1'000 + i), texted(text_bytes)));
  }
  EXPECT_EQ(canvas.push(ops).kind, AckOutcome::commit);
  return canvas;
}

std::vector<const void*> frames_of(const Canvas& canvas) {
  std::vector<const void*> frames;
  for (const auto& part : canvas.document().snapshot()) frames.push_back(part.frame.get());
  return frames;
}

std::size_t count_new(const std::vector<const void*>& frames,
                      const std::vector<SnapshotPart>& held) {
  return static_cast<std::size_t>(std::ranges::count_if(frames, [&](const void* frame) {
    return std::ranges::none_of(
        held, [&](const SnapshotPart& part) { return part.frame.get() == frame; });
  }));
}

TEST(Pages, K20EmptyDocumentHasNoParts) {
  const Canvas canvas;
  EXPECT_TRUE(canvas.document().is_encoded());
  EXPECT_TRUE(canvas.document().snapshot().empty());
}

TEST(Pages, K20APartIsAMessageThatIsNotTheLast) {
  Canvas canvas;
  ASSERT_EQ(canvas.push({create("b", {{"x", 1}}), create("a")}).kind, AckOutcome::commit);
  const auto parts = canvas.document().snapshot();
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(parts[0].count, 2U);
  Bytes text;
  protocol::append_messages_as_json(text, parts[0].frame->messages());
  EXPECT_EQ(text, R"([[5,0,false,[["a","concept",{}],["b","concept",{"x":1}]]]])");
}

TEST(Pages, K20PartsKeepToTheirSizeUnlessOneEntityIsLarger) {
  Canvas canvas = canvas_of(200, 1'000);
  ASSERT_EQ(canvas.push(Json::array({create("e1050x", texted(kPageBytesMax + 1'000))})).kind,
            AckOutcome::commit);
  const auto parts = canvas.document().snapshot();
  EXPECT_GE(parts.size(), 7U);
  std::size_t large = 0;
  for (const SnapshotPart& part : parts) {
    EXPECT_GE(part.count, 1U);
    if (part.count == 1 && part.entities().size() > kPageBytesMax)
      ++large;
    else
      EXPECT_LE(part.entities().size(), kPageBytesMax);
  }
  EXPECT_EQ(large, 1U);
}

TEST(Pages, K20WhatComesInOrderFillsItsParts) {
  const Canvas canvas = canvas_of(200, 1'000);
  const Canvas loaded = canvas.reloaded();
  for (const Canvas* one : {&canvas, &loaded}) {
    const auto parts = one->document().snapshot();
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      EXPECT_GT(parts[i].entities().size(), kPageBytesMax - 1'100);
    }
  }
}

TEST(Pages, K20SmallEntitiesAreCounted) {
  Canvas canvas;
  Json ops = Json::array();
  for (int i = 0; i < 3'000; ++i) ops.push_back(create(std::to_string(1'000 + i)));
  ASSERT_EQ(canvas.push(ops).kind, AckOutcome::commit);
  for (const SnapshotPart& part : canvas.document().snapshot()) {
    EXPECT_LE(part.count, kPageEntitiesMax);
  }
}

TEST(Pages, K23AChangeEncodesOnePartAnew) {
  Canvas canvas = canvas_of(200, 1'000);
  const auto held = canvas.document().snapshot();
  EXPECT_EQ(count_new(frames_of(canvas), held), 0U) << "nothing has changed";
  const Json same_size = {{"text", std::string(1'000, 'u')}};
  ASSERT_EQ(canvas.push(Json::array({set("e1100", same_size)})).kind, AckOutcome::commit);
  EXPECT_FALSE(canvas.document().is_encoded());
  const auto now = frames_of(canvas);
  EXPECT_EQ(now.size(), held.size());
  EXPECT_EQ(count_new(now, held), 1U);
}

TEST(Pages, K23WhatWasTakenDoesNotChange) {
  Canvas canvas = canvas_of(200, 1'000);
  const Bytes before = canvas.bytes();
  const auto held = canvas.document().snapshot();
  ASSERT_EQ(canvas.push({erase("e1000"), set("e1100", {{"x", 1}}), create("e1100x")}).kind,
            AckOutcome::commit);
  EXPECT_NE(canvas.bytes(), before);
  Bytes held_bytes;
  for (const SnapshotPart& part : held) held_bytes += part.entities();
  EXPECT_EQ(held_bytes, before);
}

TEST(Pages, K23ARejectedPushShowsNowhere) {
  Canvas canvas = canvas_of(100, 1'000);
  const Bytes before = canvas.bytes();
  ASSERT_EQ(canvas
                .push({erase("e1000"), set("e1050", texted(5)), create("e1050x", texted(9'000)),
                       create_link("l", "e1000", "e1001")})
                .kind,
            AckOutcome::rejected);
  EXPECT_EQ(canvas.bytes(), before);
}

TEST(Pages, K24ACallEncodesWhatItIsAllowed) {
  const Canvas canvas = canvas_of(200, 1'000);
  const std::size_t all = canvas.document().encoded_bytes();
  const std::size_t allowed = 2 * kPageBytesMax + 1'000;
  std::size_t calls = 0;
  std::size_t bytes = 0;
  while (!canvas.document().is_encoded()) {
    const std::size_t encoded = canvas.document().encode(allowed);
    EXPECT_LE(encoded, allowed);
    bytes += encoded;
    ++calls;
  }
  EXPECT_EQ(bytes, all);
  EXPECT_GE(calls, all / allowed);
  EXPECT_EQ(canvas.document().encode(allowed), 0U);
}

TEST(Pages, K24AtLeastOnePart) {
  const Canvas canvas = canvas_of(40, 1'000);
  EXPECT_GT(canvas.document().encode(1), 0U);
}

TEST(Pages, K25ForgottenItIsEncodedAnew) {
  Canvas canvas = canvas_of(100, 1'000);
  const Bytes before = canvas.bytes();
  const auto held = canvas.document().snapshot();
  EXPECT_TRUE(canvas.document().has_encoding());
  canvas.document().forget_encoding();
  EXPECT_FALSE(canvas.document().has_encoding());
  EXPECT_EQ(count_new(frames_of(canvas), held), held.size());
  EXPECT_EQ(canvas.bytes(), before);
}

TEST(Pages, K20DeletingLeavesNoCrumbs) {
  Canvas canvas = canvas_of(1'000, 1'000);
  const std::size_t before = canvas.document().snapshot().size();
  Json ops = Json::array();
  for (int i = 0; i < 1'000; ++i) {
    if (i % 20 != 0) ops.push_back(erase("e" + std::to_string(1'000 + i)));
  }
  ASSERT_EQ(canvas.push(ops).kind, AckOutcome::commit);
  EXPECT_LE(canvas.document().snapshot().size(), before / 5);
}

/// Whatever happens: the parts are the entities in order, and none is stale.
TEST(Pages, K20RandomPushesKeepThePartsTrue) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::mt19937 random(seed);
    Canvas canvas;
    std::set<std::string> live;
    for (int push = 0; push < 60; ++push) {
      Json ops = Json::array();
      for (auto op = random() % 12; op > 0; --op) {
        const std::string id = "e" + std::to_string(random() % 300);
        const std::size_t bytes = random() % 10 == 0 ? random() % 60'000 : random() % 3'000;
        if (random() % 3 == 0) {
          ops.push_back(erase(id));
        } else {
          ops.push_back(create(id, texted(bytes)));
        }
      }
      if (random() % 5 == 0) ops.push_back(create_link("l", "nobody", "nobody"));  // rejected
      static_cast<void>(canvas.push(ops));
      if (random() % 3 == 0) canvas.document().encode(random() % 100'000);
      const Bytes bytes = canvas.bytes();
      ASSERT_EQ(bytes.size(), canvas.document().encoded_bytes());
      ASSERT_EQ(canvas.reloaded().bytes(), bytes) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace weft::concept_sync
