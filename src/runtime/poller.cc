// SPDX-License-Identifier: Apache-2.0
#include "runtime/poller.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace weft::runtime {
namespace {

int make_set() {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return set;
}

}  // namespace

Poller::Poller(boost::asio::io_context& io) : io_(io), set_(io, make_set()) {}

bool Poller::add(int descriptor, Watched& watched) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &watched;
  return ::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) == 0;
}

void Poller::remove(const Watched& watched) {
  for (std::size_t i = next_event_; i < event_count_; ++i) {
    if (events_[i].data.ptr == &watched) events_[i].data.ptr = nullptr;
  }
  std::ranges::replace(telling_again_, const_cast<Watched*>(&watched), nullptr);
  std::erase(again_, &watched);
}

void Poller::poll() {
  telling_again_.swap(again_);
  for (Watched*& watched : telling_again_) {
    if (watched != nullptr) watched->note_ready({.readable = true, .again = true});
  }
  telling_again_.clear();

  const int count =
      ::epoll_wait(set_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
  event_count_ = static_cast<std::size_t>(std::max(count, 0));
  for (next_event_ = 0; next_event_ < event_count_;) {
    const epoll_event& event = events_[next_event_++];
    if (event.data.ptr == nullptr) continue;
    const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    static_cast<Watched*>(event.data.ptr)
        ->note_ready({.readable = ended || (event.events & EPOLLIN) != 0,
                      .writable = ended || (event.events & EPOLLOUT) != 0,
                      .ended = ended});
  }
  next_event_ = event_count_ = 0;
}

void Poller::arm() {
  if (!again_.empty()) boost::asio::post(io_, [] {});
  if (is_armed_) return;
  is_armed_ = true;
  // Arming looks anew, so that what one poll has left over wakes the loop as well.
  set_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [this](const boost::system::error_code&) { is_armed_ = false; });
}

}  // namespace weft::runtime
