#include "zones/base/local_acceptor.h"

#include <filesystem>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include "tests/zones/base/temporary_directory.h"
#include "zones/base/local_socket.h"

using namespace doors;

TEST_SUITE("base: accepting local clients") {
  TEST_CASE("clients are handed over, non-blocking, once the loop runs") {
    const test::TemporaryDirectory directory;
    boost::asio::io_context io(1);
    std::vector<UniqueFd> clients;
    const auto acceptor = LocalAcceptor::listen(io, directory / "socket",
                                                [&](UniqueFd fd) { clients.push_back(std::move(fd)); });
    REQUIRE(acceptor);
    const auto first = connect_local(directory / "socket");
    const auto second = connect_local(directory / "socket");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(clients.empty());
    io.poll();
    REQUIRE(clients.size() == 2);
    const auto nothing = receive_packet(clients[0].get());
    REQUIRE_FALSE(nothing);
    CHECK(nothing.error().problem == ReceiveProblem::would_block);
    REQUIRE(send_packet(first->get(), ControlMessage("hello")));
    const auto packet = receive_packet(clients[0].get());
    REQUIRE(packet);
    CHECK(packet->message.verb() == "hello");
  }
  TEST_CASE("its end takes the socket's file, and who comes for one client may end it") {
    const test::TemporaryDirectory directory;
    boost::asio::io_context io(1);
    std::optional<LocalAcceptor> acceptor;
    int accepted = 0;
    auto listening = LocalAcceptor::listen(io, directory / "socket", [&](const UniqueFd&) {
      ++accepted;
      acceptor.reset();
    });
    REQUIRE(listening);
    acceptor.emplace(*std::move(listening));
    CHECK(std::filesystem::exists(directory / "socket"));
    const auto first = connect_local(directory / "socket");
    const auto second = connect_local(directory / "socket");
    io.poll();
    CHECK(accepted == 1);
    CHECK_FALSE(std::filesystem::exists(directory / "socket"));
    CHECK_FALSE(connect_local(directory / "socket"));
  }
  TEST_CASE("an address that another listens on is an error") {
    const test::TemporaryDirectory directory;
    boost::asio::io_context io(1);
    const auto ignore = [](const UniqueFd&) {};
    const auto acceptor = LocalAcceptor::listen(io, directory / "socket", ignore);
    REQUIRE(acceptor);
    CHECK_FALSE(LocalAcceptor::listen(io, directory / "socket", ignore));
    CHECK(std::filesystem::exists(directory / "socket"));
  }
}
