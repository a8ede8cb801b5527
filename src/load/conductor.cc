// SPDX-License-Identifier: Apache-2.0
#include "load/conductor.h"

#include "load/address.h"
#include "load/generator.h"
#include "load/stage.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <sys/resource.h>
#include <thread>
#include <utility>
#include <vector>

namespace weft::load {

using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

/// How often the conductor looks at its generators.
constexpr auto kLookEvery = 20ms;
/// The rooms' keepers have so long for their entities.
constexpr auto kFurnishPatience = 60s;
/// People have so long to come, and longer when they are many.
constexpr auto kGatherPatience = 35s;
constexpr std::size_t kGatheredPerSecond = 100;
/// Between the order and the first slot, so that every thread is ready.
constexpr auto kRunUp = 30ms;
/// Nothing more arrives when nothing has for this long.
constexpr auto kQuiet = 300ms;
constexpr auto kDrainPatience = 5s;
constexpr auto kJoinDrainPatience = 35s;
/// Those who had not read have so long to hear what they were told.
constexpr auto kWakePatience = 1s;
constexpr auto kLeavePatience = 3s;
/// Files that the process itself has open.
constexpr rlim_t kOwnFiles = 64;

std::chrono::nanoseconds seconds(double value) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(value));
}

/// Lets the process have a socket for everybody; a sentence when the system does not.
std::string make_room_for_sockets(const Plan& plan) {
  const std::size_t keepers = plan.entities > 0 ? plan.rooms : 0;
  const rlim_t wanted = plan.people_total() + keepers + plan.threads + kOwnFiles;
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur >= wanted) return {};
  files.rlim_cur = std::min(wanted, files.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (files.rlim_cur >= wanted) return {};
  return "This process may open " + std::to_string(files.rlim_max) + " files but needs " +
         std::to_string(wanted) + ": raise the hard limit (ulimit -Hn), or take fewer people.";
}

/// The generators on their threads; ends and joins them, however the run goes.
class Crew {
 public:
  Crew(const Plan& plan, std::span<const Address> addresses, Stage& stage) : stage_(stage) {
    for (std::size_t i = 0; i < plan.threads; ++i) {
      generators_.push_back(std::make_unique<Generator>(plan, addresses, stage, i));
    }
    for (const auto& generator : generators_) {
      threads_.emplace_back([&generator = *generator] { generator.run(); });
    }
  }
  ~Crew() { dismiss(); }
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  void dismiss() {
    stage_.enter(Phase::over);
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  [[nodiscard]] std::uint64_t sum(std::atomic<std::uint64_t> Progress::* what) const {
    std::uint64_t total = 0;
    for (const auto& generator : generators_) {
      total += (generator->progress().*what).load(std::memory_order_relaxed);
    }
    return total;
  }

  /// Requires: dismissed.
  void collect(Outcome& outcome) const {
    for (const auto& generator : generators_) {
      outcome.tally.merge(generator->tally());
      outcome.generator_cpu_share = std::max(outcome.generator_cpu_share, generator->cpu_share());
    }
  }

 private:
  Stage& stage_;
  std::vector<std::unique_ptr<Generator>> generators_;
  std::vector<std::thread> threads_;
};

/// One run. Each step waits for something with a deadline, and tells once a second how it stands.
class Run {
 public:
  Run(const Plan& plan, std::span<const Address> addresses, const std::atomic<bool>& stop,
      const std::function<void(const Moment&)>& tell)
      : plan_(plan),
        stop_(stop),
        tell_(tell),
        stage_(Clock::now()),
        crew_(plan, addresses, stage_) {
    for (const WatchedProcess& process : plan.watched) {
      ProcessUse& use = outcome_.processes.emplace_back();
      use.process = process;
      use.before = sample_process(process.pid);
    }
  }

  Result<Outcome, std::string> conduct() {
    if (plan_.entities > 0) furnish();
    gather();
    const bool is_join = plan_.scenario == Scenario::join;
    if (!stop_ && !is_join && here() == 0) return nothing("Nobody got in");
    if (!stop_) play();
    if (!has_window_) {
      return nothing(stop_ ? "The run was ended before anything was measured" : nobody_left_);
    }
    drain();
    leave();
    crew_.collect(outcome_);
    count_what_was_to_hear();
    if (!has_measured(plan_, outcome_)) {
      return Failure<std::string>("Nothing was measured. " + explain_losses(outcome_.tally.lost));
    }
    outcome_.is_interrupted = stop_;
    if (stop_) note("The run was ended early.");
    if (outcome_.tally.lost.total() > 0) {
      note("Lost: " + explain_losses(outcome_.tally.lost));
    }
    return std::move(outcome_);
  }

 private:
  [[nodiscard]] std::uint64_t here() const { return crew_.sum(&Progress::here); }

  void note(std::string sentence) { outcome_.notes.push_back(std::move(sentence)); }

  /// Ends the run with no more than a sentence.
  Failure<std::string> nothing(const std::string& what) {
    crew_.dismiss();
    crew_.collect(outcome_);
    const std::string losses = explain_losses(outcome_.tally.lost);
    return Failure<std::string>(what + (losses.empty() ? "." : ": " + losses));
  }

  /// Waits until `done`, until `deadline`, or until somebody wants the run to end. Returns `done`.
  template <class Done>
  bool wait(std::string_view doing, Instant deadline, const Done& done) {
    const Instant began = Clock::now();
    while (true) {
      const Instant now = Clock::now();
      tell_if_due(doing, began, now);
      if (done()) return true;
      if (stop_ || now >= deadline) return false;
      std::this_thread::sleep_until(std::min<Instant>(now + kLookEvery, deadline));
    }
  }

  void tell_if_due(std::string_view doing, Instant began, Instant now) {
    if (now < told_at_ + 1s) return;
    const std::uint64_t sent = crew_.sum(&Progress::sent);
    const std::uint64_t heard = crew_.sum(&Progress::heard);
    const double passed = std::chrono::duration<double>(now - told_at_).count();
    const auto rate = [passed](std::uint64_t to, std::uint64_t from) {
      return static_cast<std::uint64_t>(static_cast<double>(to - from) / passed);
    };
    tell_({.doing = doing,
           .seconds = std::chrono::duration<double>(now - began).count(),
           .here = here(),
           .sent_per_second = rate(sent, sent_before_),
           .heard_per_second = rate(heard, heard_before_)});
    told_at_ = now;
    sent_before_ = sent;
    heard_before_ = heard;
    note_memory();
  }

  void note_memory() {
    for (ProcessUse& use : outcome_.processes) {
      const auto sample = sample_process(use.process.pid);
      if (sample) use.resident_bytes_max = std::max(use.resident_bytes_max, sample->resident_bytes);
    }
  }

  void sample(std::optional<ProcessSample> ProcessUse::* into) {
    for (ProcessUse& use : outcome_.processes) use.*into = sample_process(use.process.pid);
    note_memory();
  }

  void furnish() {
    const bool is_done = wait("furnishing", Clock::now() + kFurnishPatience,
                              [this] { return crew_.sum(&Progress::furnished) == plan_.rooms; });
    if (!is_done && !stop_) note("Not all canvases had their entities before people came.");
  }

  void gather() {
    stage_.enter(Phase::gather);
    if (plan_.scenario == Scenario::join) return;
    const std::uint64_t wanted = plan_.people_total();
    const auto patience = kGatherPatience + std::chrono::seconds(wanted / kGatheredPerSecond);
    wait("coming", Clock::now() + patience,
         [&] { return crew_.sum(&Progress::settled) == wanted; });
    const std::uint64_t missing = wanted - std::min(wanted, here());
    if (missing > 0 && !stop_) {
      note(std::to_string(missing) + " of " + std::to_string(wanted) + " people did not get in.");
    }
  }

  void play() {
    const bool is_join = plan_.scenario == Scenario::join;
    const Instant begin = Clock::now() + kRunUp;
    const Instant from = begin + (is_join ? 0ns : seconds(plan_.warmup_seconds));
    const Instant to = from + seconds(plan_.seconds);
    stage_.set_times(begin, {from, to});
    stage_.enter(Phase::play);
    const auto nobody_left = [&] { return !is_join && here() == 0; };
    const auto is_past = [](Instant at) { return Clock::now() >= at; };

    wait("warming up", from, [&] { return nobody_left() || is_past(from); });
    if (!is_past(from)) {
      nobody_left_ = "All connections were lost before the measurement began";
      return;
    }
    has_window_ = true;
    sample(&ProcessUse::begin);
    wait(is_join ? "joining" : "measuring", to, [&] { return nobody_left() || is_past(to); });
    sample(&ProcessUse::end);
    const Instant now = Clock::now();
    if (now < to) stage_.close_window(now);
    outcome_.window_seconds = std::chrono::duration<double>(std::min(now, to) - from).count();
    if (nobody_left()) {
      note("All connections were lost " + std::to_string(outcome_.window_seconds).substr(0, 5) +
           " s after the measurement began.");
    }
  }

  /// What is under way still arrives; without news for a while nothing more is.
  void drain() {
    stage_.enter(Phase::drain);
    const bool is_join = plan_.scenario == Scenario::join;
    const Instant began = Clock::now();
    Instant news_at = began;
    const auto news = [this] { return crew_.sum(&Progress::heard) + crew_.sum(&Progress::sent); };
    std::uint64_t news_before = news();
    const auto is_settled = [&] {
      const std::uint64_t news_now = news();
      const Instant now = Clock::now();
      if (news_now != news_before) news_at = now;
      news_before = news_now;
      if (now - news_at < kQuiet) return false;
      if (is_join) return crew_.sum(&Progress::settled) == crew_.sum(&Progress::opened);
      return crew_.sum(&Progress::unsettled_pushes) == 0;
    };
    const bool was_stopped = stop_;
    if (!was_stopped) {
      const bool is_done =
          wait("draining", began + (is_join ? kJoinDrainPatience : kDrainPatience), is_settled);
      if (!is_done && !stop_) {
        note(is_join ? "Not everybody had got in or been refused at the end."
                     : "Answers were still missing " + std::to_string(kDrainPatience.count()) +
                           " s after the last push.");
      }
    } else {
      std::this_thread::sleep_for(kQuiet);
    }
    if (is_join) sample(&ProcessUse::end);
    if (plan_.scenario == Scenario::stalled && !stop_) {
      stage_.enter(Phase::wake);
      wait("waking", Clock::now() + kWakePatience, [] { return false; });
    }
    outcome_.here_at_end = here();
  }

  void leave() {
    stage_.enter(Phase::leave);
    const Instant deadline = Clock::now() + kLeavePatience;
    while (crew_.sum(&Progress::connected) > 0 && Clock::now() < deadline) {
      std::this_thread::sleep_for(kLookEvery);
    }
    crew_.dismiss();
  }

  void count_what_was_to_hear() {
    const Tally& tally = outcome_.tally;
    if (plan_.moves()) outcome_.moves_to_hear = tally.moves_to_hear;
    if (plan_.pushes()) outcome_.pushes_to_hear = tally.pushes * (plan_.people - 1);
  }

  const Plan& plan_;
  const std::atomic<bool>& stop_;
  const std::function<void(const Moment&)>& tell_;
  Stage stage_;
  Outcome outcome_;
  bool has_window_ = false;
  std::string nobody_left_;
  Instant told_at_ = Clock::now();
  std::uint64_t sent_before_ = 0;
  std::uint64_t heard_before_ = 0;
  Crew crew_;  // last: its threads use what stands above
};

}  // namespace

Result<Outcome, std::string> conduct(const Plan& plan, const std::atomic<bool>& stop,
                                     const std::function<void(const Moment&)>& tell) {
  std::vector<Address> addresses;
  for (const Target& target : plan.targets) {
    auto address = resolve(target);
    if (!address) return Failure<std::string>(std::move(address.error()));
    addresses.push_back(std::move(*address));
  }
  if (std::string problem = make_room_for_sockets(plan); !problem.empty()) {
    return Failure<std::string>(std::move(problem));
  }
  return Run(plan, addresses, stop, tell).conduct();
}

}  // namespace weft::load
