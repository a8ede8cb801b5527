// SPDX-License-Identifier: Apache-2.0
#include "sim/link.h"

#include <algorithm>
#include <utility>

namespace weft::sim {

using runtime::IoResult;

class Link::ServerEnd final : public runtime::Transport {
 public:
  explicit ServerEnd(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  ~ServerEnd() override { close(); }

  IoResult read(std::span<char> into) override {
    if (link_->cut_) return {IoResult::Status::closed, 0};
    if (link_->inbound_.empty()) {
      const bool ended = link_->ending_ && link_->up_.empty() && !link_->silent_;
      return {ended ? IoResult::Status::closed : IoResult::Status::would_block, 0};
    }
    const std::size_t bytes = std::min(into.size(), link_->inbound_.size());
    link_->inbound_.copy(into.data(), bytes);
    link_->inbound_.erase(0, bytes);
    return {IoResult::Status::done, bytes};
  }
  IoResult write(std::span<const ByteView> pieces) override {
    if (link_->cut_) return {IoResult::Status::closed, 0};
    std::size_t room = link_->room();
    std::size_t bytes = 0;
    for (const ByteView piece : pieces) {
      const std::size_t taken = std::min(piece.size(), room);
      link_->down_ += piece.substr(0, taken);
      bytes += taken;
      room -= taken;
      if (taken < piece.size()) break;
    }
    if (bytes == 0) return {IoResult::Status::would_block, 0};
    return {IoResult::Status::done, bytes};
  }
  void wait_readable(std::function<void()> ready) override {
    link_->on_readable_ = std::move(ready);
  }
  void wait_writable(std::function<void()> ready) override {
    link_->on_writable_ = std::move(ready);
  }
  void shut_down_send() override {}
  void close() override {
    link_->server_closed_ = true;
    link_->on_readable_ = nullptr;
    link_->on_writable_ = nullptr;
  }

 private:
  std::shared_ptr<Link> link_;
};

std::unique_ptr<runtime::Transport> Link::server_end(std::shared_ptr<Link> link) {
  return std::make_unique<ServerEnd>(std::move(link));
}

std::size_t Link::room() const {
  return socket_bytes_max_ - std::min(socket_bytes_max_, down_.size());
}

void Link::cut() {
  cut_ = true;
  up_.clear();
  inbound_.clear();
  down_.clear();
  arrived_.clear();
}

void Link::silence() {
  silent_ = true;
  up_.clear();
  arrived_.clear();
}

void Link::move(Random& random, bool all, Instant now) {
  if (silent_ || cut_) return;
  if (stalled_until_ && now < *stalled_until_) return;
  const auto some = [&](Bytes& from, Bytes& to) {
    if (from.empty()) return;
    const std::size_t bytes = all || random.percent(60) ? from.size() : random.below(from.size());
    to.append(from, 0, bytes);
    from.erase(0, bytes);
  };
  if (!server_closed_) some(up_, inbound_);
  some(down_, arrived_);
}

void Link::wake_server() {
  const bool readable = !inbound_.empty() || cut_ || (ending_ && up_.empty() && !silent_);
  if (on_readable_ && readable) std::exchange(on_readable_, nullptr)();
  if (on_writable_ && (room() > 0 || cut_)) std::exchange(on_writable_, nullptr)();
}

}  // namespace weft::sim
