// SPDX-License-Identifier: Apache-2.0
// Seeded random pushes on a document, held against a naive one.
#include "unit/concept/canvas.h"
#include "unit/concept/naive_document.h"
#include "unit/concept/random_push.h"

#include <gtest/gtest.h>

#include <string>

namespace weft::concept_sync {
namespace {

constexpr unsigned kSeeds = 25;
constexpr int kPushes = 100;

/// Low enough that random pushes run into them.
Limits low_limits() {
  Limits limits;
  limits.entity_bytes_max = 80;
  limits.entities_max = 10;
  limits.document_bytes_max = 330;
  return limits;
}

class DocumentModel : public testing::TestWithParam<unsigned> {};

TEST_P(DocumentModel, K12K13K18AgreesWithTheNaiveOne) {
  RandomPushes pushes(GetParam());
  Canvas canvas(low_limits());
  NaiveDocument naive(low_limits());
  for (int i = 0; i < kPushes; ++i) {
    const Json push = pushes.next();
    SCOPED_TRACE("push " + std::to_string(i) + ": " + push.dump());
    const Outcome outcome = canvas.push(push);
    const NaiveDocument::Verdict verdict = naive.apply(push);
    ASSERT_EQ(outcome.kind, verdict.kind);
    ASSERT_EQ(effective_of(outcome), verdict.effective);
    ASSERT_EQ(outcome.rejection.has_value(), verdict.kind == AckOutcome::rejected);
    if (outcome.rejection) {
      ASSERT_EQ(outcome.rejection->code, verdict.code);
      ASSERT_EQ(outcome.rejection->op_index, verdict.op_index);
    }
    ASSERT_EQ(canvas.entities(), naive.entities());
    ASSERT_EQ(naive.broken_promise(), "");
  }
}

TEST_P(DocumentModel, K14EffectiveOpsMakeAnEqualDocument) {
  RandomPushes pushes(GetParam());
  Canvas canvas(low_limits());
  Canvas follower(low_limits());
  for (int i = 0; i < kPushes; ++i) {
    const Json push = pushes.next();
    SCOPED_TRACE("push " + std::to_string(i) + ": " + push.dump());
    const Outcome outcome = canvas.push(push);
    const Outcome followed = follower.push_raw(outcome.effective);
    ASSERT_EQ(followed.kind,
              effective_of(outcome).empty() ? AckOutcome::no_effect : AckOutcome::commit);
    ASSERT_EQ(followed.effective, outcome.effective);
    ASSERT_EQ(follower.bytes(), canvas.bytes());
  }
}

TEST_P(DocumentModel, K15K20K21EqualDocumentsStayEqual) {
  RandomPushes pushes(GetParam());
  Canvas canvas(low_limits());
  Canvas twin(low_limits());
  for (int i = 0; i < kPushes; ++i) {
    const Json push = pushes.next();
    SCOPED_TRACE("push " + std::to_string(i) + ": " + push.dump());
    // A document that was just read back has indexes of another history, and none of it may show.
    Canvas reloaded = canvas.reloaded(low_limits());
    const Outcome outcome = canvas.push(push);
    for (Canvas* other : {&twin, &reloaded}) {
      const Outcome same = other->push(push);
      ASSERT_EQ(same.kind, outcome.kind);
      ASSERT_EQ(same.effective, outcome.effective);
      ASSERT_EQ(same.rejection.has_value(), outcome.rejection.has_value());
      if (same.rejection) {
        ASSERT_EQ(same.rejection->message, outcome.rejection->message);
      }
      ASSERT_EQ(other->bytes(), canvas.bytes());
    }
  }
}

TEST_P(DocumentModel, K22BytesThatAreKnownAreThoseOfTheSnapshot) {
  RandomPushes pushes(GetParam());
  Canvas canvas(low_limits());
  ASSERT_EQ(canvas.document().encoded_bytes(), 0U);
  for (int i = 0; i < kPushes; ++i) {
    const Json push = pushes.next();
    SCOPED_TRACE("push " + std::to_string(i) + ": " + push.dump());
    static_cast<void>(canvas.push(push));
    const std::size_t bytes = canvas.bytes().size();
    ASSERT_EQ(canvas.document().encoded_bytes(), bytes);
    ASSERT_LE(bytes, low_limits().document_bytes_max);
    ASSERT_EQ(canvas.reloaded().document().encoded_bytes(), bytes);
  }
}

TEST_P(DocumentModel, K12RejectionAtAnyOpLeavesNothingBehind) {
  RandomPushes pushes(GetParam());
  Canvas canvas(low_limits());
  Canvas twin(low_limits());
  const Json poison = create_link("poison", "ghost", "phantom");
  for (int i = 0; i < kPushes; ++i) {
    const Json push = pushes.next();
    SCOPED_TRACE("push " + std::to_string(i) + ": " + push.dump());
    const Bytes before = canvas.bytes();
    for (std::size_t position = 0; position <= push.size(); ++position) {
      Json poisoned = push;
      poisoned.insert(poisoned.begin() + static_cast<std::ptrdiff_t>(position), poison);
      const Outcome outcome = canvas.push(poisoned);
      // The push may have had a bad op of its own before the poison.
      ASSERT_EQ(outcome.kind, AckOutcome::rejected);
      ASSERT_LE(outcome.rejection->op_index, position);
      ASSERT_EQ(canvas.bytes(), before);
    }
    ASSERT_EQ(canvas.push(push).effective, twin.push(push).effective);
    ASSERT_EQ(canvas.bytes(), twin.bytes());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, DocumentModel, testing::Range(1U, kSeeds + 1));

/// A model test over pushes that are all rejected would prove little.
TEST(RandomPushes, ReachEveryOutcomeAndEveryRejection) {
  std::map<AckOutcome, int> outcomes;
  std::map<ErrorCode, int> rejections;
  std::map<std::string, int> limits;
  for (unsigned seed = 1; seed <= kSeeds; ++seed) {
    RandomPushes pushes(seed);
    Canvas canvas(low_limits());
    for (int i = 0; i < kPushes; ++i) {
      const Outcome outcome = canvas.push(pushes.next());
      ++outcomes[outcome.kind];
      if (!outcome.rejection) continue;
      ++rejections[outcome.rejection->code];
      for (const char* limit : {"entity_bytes_max", "entities_max", "document_bytes_max"}) {
        if (outcome.rejection->message.find(limit) != std::string::npos) ++limits[limit];
      }
    }
  }
  for (const AckOutcome kind :
       {AckOutcome::commit, AckOutcome::no_effect, AckOutcome::rebased, AckOutcome::rejected}) {
    EXPECT_GT(outcomes[kind], 50) << static_cast<int>(kind);
  }
  for (const ErrorCode code : {ErrorCode::bad_op, ErrorCode::bad_reference, ErrorCode::too_large,
                               ErrorCode::too_many, ErrorCode::type_conflict}) {
    EXPECT_GT(rejections[code], 20) << static_cast<int>(code);
  }
  for (const char* limit : {"entity_bytes_max", "entities_max", "document_bytes_max"}) {
    EXPECT_GT(limits[limit], 20) << limit;
  }
}

}  // namespace
}  // namespace weft::concept_sync
