#include "sync/trust/merkle.h"

#include <doctest/doctest.h>

#include "zones/base/text_encoding.h"

namespace doors {
namespace {  // what a suite defines would else be shared by all suites of that number

TEST_SUITE("trust: Merkle tree (RFC 9162 §2.1)") {
  // The leaves and roots that Certificate Transparency's own tests use.
  const std::vector<std::string> inputs = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string> roots = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                          "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                          "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                          "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                          "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                          "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                          "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                          "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

  TEST_CASE("the known roots come out") {
    std::vector<MerkleHash> leaves;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      leaves.push_back(merkle_leaf(*from_hex(inputs[i])));
      CAPTURE(i);
      CHECK(to_hex(MerkleTree(leaves).root()) == roots[i]);
    }
  }

  TEST_CASE("every leaf of every size up to 70 is proved by its path, and by no other's place") {
    std::vector<MerkleHash> leaves;
    for (std::uint32_t size = 1; size <= 70; ++size) {
      leaves.push_back(merkle_leaf(octets_of(std::to_string(size))));
      const MerkleTree tree(leaves);
      for (std::uint32_t index = 0; index < size; ++index) {
        CAPTURE(size);
        CAPTURE(index);
        std::vector<MerkleHash> path = tree.path(index);
        CHECK(merkle_root_of(leaves[index], index, size, path) == tree.root());
        if (size > 1) {
          const auto elsewhere = merkle_root_of(leaves[index], (index + 1) % size, size, path);
          CHECK((!elsewhere || *elsewhere != tree.root()));
          std::vector<MerkleHash> bent = path;
          bent.back()[0] ^= std::byte{1};
          CHECK(merkle_root_of(leaves[index], index, size, bent) != tree.root());
          CHECK_FALSE(merkle_root_of(leaves[index], index, size, std::span(path).first(path.size() - 1)));
        }
        path.push_back(leaves[0]);
        CHECK_FALSE(merkle_root_of(leaves[index], index, size, path));
        CHECK_FALSE(merkle_root_of(leaves[index], size, size, path));
      }
    }
  }

  TEST_CASE("a node cannot pass for a leaf") {
    const MerkleTree tree({merkle_leaf(octets_of("a")), merkle_leaf(octets_of("b"))});
    std::vector<std::byte> both;
    for (const auto& half : {merkle_leaf(octets_of("a")), merkle_leaf(octets_of("b"))}) {
      both.insert(both.end(), half.begin(), half.end());
    }
    CHECK(MerkleTree({merkle_leaf(both)}).root() != tree.root());
  }
}

}  // namespace
}  // namespace doors
