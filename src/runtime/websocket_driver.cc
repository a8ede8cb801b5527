// SPDX-License-Identifier: Apache-2.0
#include "runtime/websocket_driver.h"

#include "protocol/json.h"
#include "websocket/close_code.h"
#include "websocket/frame_header.h"

#include <array>
#include <utility>

namespace weft::runtime {

using protocol::CloseCode;
using protocol::Encoding;
using websocket::EventKind;

namespace {

// Reads of one socket in a row before the others get their turn.
constexpr int kReadsPerTurn = 4;
// Bytes of messages, inflated, that are handled for one session before the others get their turn:
// compressed, one read may hold a thousand times what it brings.
constexpr std::size_t kMessageBytesPerTurn = std::size_t{256} * 1024;
// What one session is written before the others get their turn: a snapshot may have megabytes, and
// many may join at once.
constexpr std::size_t kWriteBytesPerTurn = std::size_t{64} * 1024;
// Pings that are answered per second; more are ignored (design: section 9).
constexpr std::uint32_t kPingsPerSecond = 10;
// How long a peer may take to read our goodbye and to close.
constexpr std::chrono::seconds kLinger{3};

}  // namespace

WebSocketDriver::WebSocketDriver(std::unique_ptr<Transport> transport, SessionId session,
                                 protocol::Form form, const connection::OutboxLimits& outbox_limits,
                                 const protocol::Limits& limits, router::Router& router,
                                 DriverHost& host)
    : transport_(std::move(transport)),
      session_(session),
      encoding_(form.encoding),
      router_(router),
      host_(host),
      limits_(limits),
      decoder_(websocket::Limits{.message_bytes_max = limits.hello_bytes_max},
               websocket::Sender::client, form.is_compressed ? &host.inflate() : nullptr),
      outbox_(outbox_limits, form.encoding, form.is_compressed ? &host.compressor() : nullptr),
      pings_(kPingsPerSecond) {}

void WebSocketDriver::start(ByteView early) {
  Bytes copy(early);
  if (!copy.empty()) take(copy);
  wait_readable();
}

void WebSocketDriver::note_verified() {
  is_verified_ = true;
  decoder_.set_message_bytes_max(limits_.frame_bytes_max);
}

void WebSocketDriver::wait_readable() {
  if (reading_ || state_ == State::finished || !unread_.empty()) return;
  if (state_ == State::open && !router_.wants_input(session_)) return;
  reading_ = true;
  transport_->wait_readable([this] {
    reading_ = false;
    read();
  });
}

void WebSocketDriver::read() {
  const std::span<char> scratch = host_.scratch();
  for (int i = 0; i < kReadsPerTurn && state_ != State::finished; ++i) {
    if (state_ == State::open && !router_.wants_input(session_)) return;  // resumed on admission
    const IoResult result = transport_->read(scratch);
    if (result.status == IoResult::Status::would_block) break;
    if (result.status == IoResult::Status::closed) {
      finish(false);
      return;
    }
    take(scratch.first(result.bytes));
    if (!unread_.empty()) return;  // resumed when that has been handled
    if (result.bytes < scratch.size()) break;
  }
  wait_readable();
}

void WebSocketDriver::note_busy() {
  if (!std::exchange(is_busy_, true)) host_.driver_is_busy(session_);
}

void WebSocketDriver::take(std::span<char> bytes) {
  note_busy();
  router_.note_received(session_, host_.now().mono);
  handle_input(bytes);
}

void WebSocketDriver::handle_input(std::span<char> bytes) {
  const Instant now = host_.now().mono;
  std::size_t handled = 0;
  while (true) {
    const websocket::Event event = decoder_.next(bytes, now);
    if (event.kind == EventKind::need_more) return;
    handled += event.payload.size();
    if (!handle(event)) return;
    if (handled >= kMessageBytesPerTurn && !bytes.empty()) {
      unread_.assign(bytes.data(), bytes.size());
      take_turns();
      return;
    }
  }
}

bool WebSocketDriver::handle(const websocket::Event& event) {
  switch (event.kind) {
    case EventKind::need_more:
      return false;
    case EventKind::message:
      return handle_message(event);
    case EventKind::ping:
      if (pings_.take(host_.now().mono)) {
        pong_ = Bytes(event.payload);
        if (!std::exchange(has_output_, true)) host_.driver_has_output(session_);
      }
      return true;
    case EventKind::pong:
      return true;
    case EventKind::close:
      handle_peer_close(event);
      return false;
    case EventKind::failure:
      handle_failure(event);
      return false;
  }
  return false;
}

bool WebSocketDriver::handle_message(const websocket::Event& event) {
  if (state_ != State::open) return true;  // said after our goodbye
  const bool is_text = event.opcode == websocket::Opcode::text;
  if (is_text != (encoding_ == Encoding::json)) {
    router_.end_session(
        session_, CloseCode::bad_message,
        is_text ? "subprotocol weft.v1 takes binary frames; text goes with weft.v1+json"
                : "subprotocol weft.v1+json takes text frames; binary goes with weft.v1",
        host_.now());
  } else if (!is_text) {
    router_.receive(session_, event.payload, host_.now());
  } else {
    Bytes messages;
    if (const auto decoded = protocol::json_to_messages(event.payload, messages)) {
      router_.receive(session_, messages, host_.now());
    } else {
      router_.end_session(session_, CloseCode::bad_message,
                          std::string(decoded.error().what) + " (character " +
                              std::to_string(decoded.error().offset) + ")",
                          host_.now());
    }
  }
  if (!is_verified_ && router_.is_verified(session_)) note_verified();
  return state_ == State::open;
}

void WebSocketDriver::handle_peer_close(const websocket::Event& event) {
  peer_closed_ = true;
  // Going away (1001) is what a browser says when its page is left.
  const bool clean = event.close_code == websocket::kCloseNormal ||
                     event.close_code == websocket::kCloseGoingAway ||
                     event.close_code == websocket::kCloseNoStatus;
  if (!std::exchange(told_router_, true)) router_.session_gone(session_, clean, host_.now());
  if (state_ == State::open) {
    begin_closing(event.close_code, {});
  } else if (!std::exchange(has_output_, true)) {
    host_.driver_has_output(session_);  // the flush finds that both have closed
  }
}

void WebSocketDriver::handle_failure(const websocket::Event& event) {
  if (state_ != State::open) {
    finish(false);
  } else if (event.fault == websocket::Fault::too_large) {
    const std::string limit = is_verified_
                                  ? std::to_string(limits_.frame_bytes_max) + " (frame_bytes_max)"
                                  : std::to_string(limits_.hello_bytes_max) + " (hello_bytes_max)";
    router_.end_session(session_, CloseCode::too_large,
                        "a message of at least " + std::to_string(event.claimed_bytes) +
                            " bytes; the limit is " + limit,
                        host_.now());
  } else {
    // Below the protocol there are no goodbyes: RFC 6455's own code says what was wrong.
    if (!std::exchange(told_router_, true)) router_.session_gone(session_, false, host_.now());
    begin_closing(event.close_code, event.sentence);
  }
}

void WebSocketDriver::send(protocol::FrameRef frame, connection::Lane lane) {
  if (state_ != State::open || is_too_slow_) return;
  note_busy();
  const auto offer = outbox_.offer(std::move(frame), lane, host_.now().mono);
  if (offer == connection::Outbox::Offer::over_limit) {
    is_too_slow_ = true;  // nothing may follow what was left out
    router_.end_session(session_, CloseCode::slow,
                        "more than " + std::to_string(outbox_.limits().bytes_max) +
                            " bytes were waiting to be read (outbox_bytes_max)",
                        host_.now());
  } else if (offer == connection::Outbox::Offer::queued && !outbox_.is_blocked() &&
             !std::exchange(has_output_, true)) {
    host_.driver_has_output(session_);
  }
}

void WebSocketDriver::send_control(Bytes frame) {
  note_busy();
  outbox_.offer_control(std::move(frame), host_.now().mono);
  if (!std::exchange(has_output_, true)) host_.driver_has_output(session_);
}

void WebSocketDriver::ping() {
  if (state_ != State::open || outbox_.is_blocked()) return;
  Bytes frame;
  websocket::append_ping(frame, {});
  send_control(std::move(frame));
}

void WebSocketDriver::say_goodbye(CloseCode code, protocol::FrameRef goodbye,
                                  std::string_view reason) {
  if (state_ != State::open) return;
  told_router_ = true;
  if (code == CloseCode::slow) outbox_.drop_waiting();
  send_control(Bytes(goodbye->wire(encoding_)));
  begin_closing(static_cast<std::uint16_t>(code), reason);
}

void WebSocketDriver::begin_closing(std::uint16_t code, std::string_view reason) {
  state_ = State::closing;
  closing_since_ = host_.now().mono;
  Bytes frame;
  websocket::append_close_frame(frame, code, reason);
  send_control(std::move(frame));
  wait_readable();  // for the peer's close frame, or its end
}

void WebSocketDriver::note_admitted() {
  if (unread_.empty()) {
    wait_readable();
  } else {
    take_turns();
  }
}

void WebSocketDriver::take_turns() {
  if (!std::exchange(has_more_, true)) host_.driver_has_more(session_);
}

void WebSocketDriver::go_on() {
  has_more_ = false;
  const bool may_read = state_ != State::open || router_.wants_input(session_);
  if (!unread_.empty() && state_ != State::finished && may_read) {
    Bytes rest = std::exchange(unread_, {});
    handle_input(rest);
    if (unread_.empty()) wait_readable();
  }
  flush();
}

void WebSocketDriver::flush() {
  has_output_ = false;
  if (state_ == State::finished || writing_) return;
  if (has_more_ && outbox_.is_held_back()) return;  // it has had its share of this turn
  if (pong_ && state_ == State::open) {
    Bytes frame;
    websocket::append_pong(frame, *pong_);
    outbox_.offer_control(std::move(frame), host_.now().mono);
  }
  pong_.reset();
  std::size_t written = 0;
  while (!outbox_.is_empty()) {
    if (written >= kWriteBytesPerTurn) {
      outbox_.note_held_back(host_.now().mono);
      take_turns();
      return;
    }
    std::array<ByteView, kPiecesPerWrite> pieces;
    const std::size_t count = outbox_.gather(pieces);
    if (count == 0) {
      outbox_.note_held_back(host_.now().mono);
      take_turns();
      return;
    }
    std::size_t offered = 0;
    for (std::size_t i = 0; i < count; ++i) offered += pieces[i].size();
    const IoResult result = transport_->write(std::span(pieces).first(count));
    written += result.bytes;
    if (result.status == IoResult::Status::closed) {
      finish(false);
      return;
    }
    outbox_.note_written(result.bytes, host_.now().mono);
    if (result.bytes == offered) continue;
    outbox_.note_blocked();
    writing_ = true;
    transport_->wait_writable([this] {
      writing_ = false;
      router_.note_received(session_, host_.now().mono);  // the peer has taken some: it lives
      outbox_.note_writable();
      flush();
    });
    return;
  }
  if (state_ == State::open) {
    if (outbox_.take_refresh()) router_.note_drained(session_);
  } else if (peer_closed_) {
    finish(true);
  } else {
    transport_->shut_down_send();
  }
}

void WebSocketDriver::sweep() {
  is_busy_ = false;
  const Instant now = host_.now().mono;
  if (state_ == State::closing) {
    if (now - closing_since_ >= kLinger) {
      finish(false);
    } else {
      note_busy();
    }
    return;
  }
  if (state_ != State::open) return;
  if (!outbox_.rest() || decoder_.deadline()) note_busy();
  if (outbox_.is_overdue(now)) {
    router_.end_session(session_, CloseCode::slow,
                        "what was sent has not been read for too long (outbox_age_max)",
                        host_.now());
  } else if (const auto deadline = decoder_.deadline(); deadline && now >= *deadline) {
    take({});
  }
}

void WebSocketDriver::finish(bool clean) {
  if (state_ == State::finished) return;
  state_ = State::finished;
  transport_->close();
  if (!std::exchange(told_router_, true)) router_.session_gone(session_, clean, host_.now());
  host_.driver_finished(session_);
}

}  // namespace weft::runtime
