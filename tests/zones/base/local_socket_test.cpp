#include "zones/base/local_socket.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <thread>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/zones/base/temporary_directory.h"

namespace doors {

using namespace std::chrono_literals;
using test::TemporaryDirectory;

namespace {

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

}  // namespace

TEST_SUITE("base: local sockets") {
  TEST_CASE("a message arrives whole, with the descriptors beside it") {
    const auto pair = local_pair();
    REQUIRE(pair);
    const auto file = sealed_memory_file("x", octets_of("payload"));
    REQUIRE(file);
    REQUIRE(send_packet(pair->first.get(), ControlMessage("offer").with("zone", "a."),
                        {file->get(), file->get()}));
    REQUIRE(send_packet(pair->first.get(), ControlMessage("swap")));
    const auto first = receive_packet(pair->second.get());
    REQUIRE(first);
    CHECK(first->message.text("zone") == "a.");
    REQUIRE(first->fds.size() == 2);
    CHECK(text_of(*read_descriptor(first->fds[1].get(), 100)) == "payload");
    CHECK((::fcntl(first->fds[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
    const auto second = receive_packet(pair->second.get());
    REQUIRE(second);
    CHECK(second->message.verb() == "swap");
    CHECK(second->fds.empty());
  }

  TEST_CASE("the end, nothing yet and rubbish are told apart") {
    auto pair = local_pair();
    REQUIRE(pair);
    REQUIRE(::fcntl(pair->second.get(), F_SETFL, O_NONBLOCK) == 0);
    CHECK(receive_packet(pair->second.get()).error().problem == ReceiveProblem::would_block);
    CHECK(receive_packet_until(pair->second.get(), std::chrono::steady_clock::now()).error().problem ==
          ReceiveProblem::would_block);
    REQUIRE(::send(pair->first.get(), "rubbish", 7, 0) == 7);
    CHECK(receive_packet(pair->second.get()).error().problem == ReceiveProblem::bad_message);
    const std::vector<char> large(ControlMessage::max_octets + 1);
    REQUIRE(::send(pair->first.get(), large.data(), large.size(), 0) > 0);
    CHECK(receive_packet(pair->second.get()).error().problem == ReceiveProblem::bad_message);
    pair->first.reset();
    CHECK(receive_packet(pair->second.get()).error().problem == ReceiveProblem::closed);
    CHECK_FALSE(send_packet(pair->second.get(), ControlMessage("x")));  // and no SIGPIPE
    CHECK(receive_packet(-1).error().problem == ReceiveProblem::system);
  }

  TEST_CASE("the largest message and the most descriptors pass; more of either do not, and none leaks") {
    const auto pair = local_pair();
    REQUIRE(pair);
    ControlMessage largest("v");
    largest.with("k", std::string(ControlMessage::max_octets - 14, 'x'));
    REQUIRE(send_packet(pair->first.get(), largest));
    CHECK(receive_packet(pair->second.get())->message == largest);
    const auto file = sealed_memory_file("x", octets_of("x"));
    const std::size_t before = open_descriptors();
    const std::vector<int> most(local_socket_max_fds, file->get());
    REQUIRE(send_packet(pair->first.get(), ControlMessage("v"), most));
    CHECK(receive_packet(pair->second.get())->fds.size() == local_socket_max_fds);
    std::vector<int> more = most;
    more.push_back(file->get());
    CHECK_FALSE(send_packet(pair->first.get(), ControlMessage("v"), more));
    // A peer that sends more all the same.
    std::array<std::byte, CMSG_SPACE(sizeof(int) * (local_socket_max_fds + 4))> control{};
    char octet = 'x';
    iovec part{&octet, 1};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * (local_socket_max_fds + 4));
    for (std::size_t i = 0; i < local_socket_max_fds + 4; ++i) {
      const int fd = file->get();
      std::copy_n(reinterpret_cast<const unsigned char*>(&fd), sizeof fd, CMSG_DATA(rights) + i * sizeof fd);
    }
    REQUIRE(::sendmsg(pair->first.get(), &header, 0) == 1);
    CHECK(receive_packet(pair->second.get()).error().problem == ReceiveProblem::bad_message);
    CHECK(open_descriptors() == before);
  }

  TEST_CASE("a socket has its mode, is found by its path, and is taken over only when nobody listens") {
    const TemporaryDirectory directory;
    const auto path = directory / "s.sock";
    auto listener = listen_local(path, 0600);
    REQUIRE(listener);
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(connect_local(path));
    CHECK(listen_local(path).error().message == path.string() + " is in use by another process");
    // With its queue full it still has an owner, and asking does not hang.
    std::vector<UniqueFd> waiting;
    for (int i = 0; i < 200; ++i) {
      auto client = connect_local_now(path);
      if (!client) break;
      waiting.push_back(*std::move(client));
    }
    CHECK(waiting.size() < 200);
    CHECK(listen_local(path).error().message == path.string() + " is in use by another process");
    listener->reset();
    CHECK_FALSE(connect_local(path));
    CHECK(listen_local(path));
  }

  TEST_CASE("a file that is no socket is left alone, and a path too long is said") {
    const TemporaryDirectory directory;
    const auto path = directory / "file";
    std::ofstream(path) << "precious";
    CHECK(listen_local(path).error().message == path.string() + " exists and is no socket");
    CHECK(*read_text_file(path, 100) == "precious");
    const std::filesystem::path long_path = directory / std::string(108, 'x');
    CHECK(listen_local(long_path).error().message == "socket path too long: " + long_path.string());
    CHECK_FALSE(connect_local(directory / "none"));
  }

  TEST_CASE("a request has its reply, or none in time") {
    auto pair = local_pair();
    REQUIRE(pair);
    std::thread server([fd = pair->second.get()] {
      const auto request = receive_packet(fd);
      if (request) (void)send_packet(fd, ControlMessage("ok").with("asked", request->message.verb()));
    });
    const auto reply = ask_local(pair->first.get(), ControlMessage("status"), 10s);
    server.join();
    REQUIRE(reply);
    CHECK(reply->message.text("asked") == "status");
    CHECK(ask_local(pair->first.get(), ControlMessage("status"), 10ms).error().message ==
          "status: no reply in time");
    pair->second.reset();
    CHECK_FALSE(ask_local(pair->first.get(), ControlMessage("status"), 10s));
  }
}

}  // namespace doors
