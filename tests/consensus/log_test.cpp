#include "consensus/log.h"

#include "tests/consensus/blocks.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

Log log_of(const std::vector<std::uint64_t>& terms, std::uint64_t commit = 0) {
    return Log(empty_tip(), chain_of(empty_tip(), terms), Index(commit), Index(0));
}

void append_all(Log& log, const std::vector<Block>& blocks) {
    for (const Block& block : blocks) log.append(block);
    log.check_invariants();
}

}  // namespace

// Goal: what was loaded is durable, and every place answers or says that it cannot.
TEST_CASE("a restored log is durable and knows its terms") {
    const Log log = log_of({1, 1, 3}, 2);
    CHECK(log.last() == Index(3));
    CHECK(log.durable() == Index(3));
    CHECK(log.commit() == Index(2));
    CHECK(log.term_at(Index(0)) == Term(0));
    CHECK(log.term_at(Index(2)) == Term(1));
    CHECK(log.term_at(Index(3)) == Term(3));
    CHECK_FALSE(log.term_at(Index(4)));
    CHECK_FALSE(log.has_unwritten());
}

// Goal: the search for a term uses that terms never fall.
TEST_CASE("the last place with a term at most another is found") {
    const Log log = log_of({1, 1, 3, 3, 5});
    CHECK(log.last_with_term_at_most(Index(5), Term(5)) == Index(5));
    CHECK(log.last_with_term_at_most(Index(5), Term(4)) == Index(4));
    CHECK(log.last_with_term_at_most(Index(3), Term(9)) == Index(3));
    CHECK(log.last_with_term_at_most(Index(5), Term(2)) == Index(2));
    CHECK(log.last_with_term_at_most(Index(5), Term(0)) == Index(0));
}

// Goal: blocks are handed out once, in order, and count as durable when their write is done.
TEST_CASE("writes are handed out in order and completed by sequence") {
    Log log = log_of({});
    append_all(log, chain_of(empty_tip(), {1, 1}));
    CHECK(log.start_write(1).size() == 2);
    append_all(log, chain_of(log.last_tip(), {1}));
    CHECK(log.start_write(2).size() == 1);
    CHECK(log.start_write(3).empty());
    CHECK(log.durable() == Index(0));
    CHECK(log.sequence_covering(Index(2)) == 1);
    CHECK(log.sequence_covering(Index(3)) == 2);
    log.finish_write(1);
    CHECK(log.durable() == Index(2));
    CHECK(log.sequence_covering(Index(2)) == 0);
    log.finish_write(3);
    CHECK(log.durable() == Index(3));
    log.check_invariants();
}

// Goal: mutation 5 of the field: an old write's completion must not vouch for what overwrote it.
TEST_CASE("the completion of an overwritten write vouches only for what is left of it") {
    Log log = log_of({1}, 1);
    append_all(log, chain_of(log.last_tip(), {2, 2, 2}, "old"));
    CHECK(log.start_write(1).size() == 3);
    log.truncate_after(Index(2));
    append_all(log, chain_of(log.last_tip(), {3, 3}, "new"));
    CHECK(log.start_write(2).size() == 2);
    log.finish_write(1);
    CHECK(log.durable() == Index(2));
    log.finish_write(2);
    CHECK(log.durable() == Index(4));
    CHECK(log.term_at(Index(4)) == Term(3));
    log.check_invariants();
}

// Goal: truncating durable blocks lowers what is durable, and their places are written again.
TEST_CASE("truncation takes back durability") {
    Log log = log_of({1, 1, 1}, 1);
    log.truncate_after(Index(1));
    CHECK(log.durable() == Index(1));
    append_all(log, chain_of(log.last_tip(), {2}));
    const std::vector<Block> written = log.start_write(1);
    REQUIRE(written.size() == 1);
    CHECK(written.front().header.index == Index(2));
    CHECK(log.durable() == Index(1));
}

// Goal: the accounting follows a block from proposed over committed to applied.
TEST_CASE("uncommitted and unapplied bytes are accounted for") {
    Log log = log_of({});
    append_all(log, chain_of(empty_tip(), {1, 1, 1}));
    const std::size_t one = log.at(Index(1)).size_bytes();
    CHECK(log.uncommitted_bytes() == 3 * one);
    log.commit_to(Index(2));
    CHECK(log.uncommitted_bytes() == one);
    CHECK(log.unapplied_bytes() == 2 * one);
    log.apply_to(Index(1));
    CHECK(log.unapplied_bytes() == one);
    log.truncate_after(Index(2));
    CHECK(log.uncommitted_bytes() == 0);
    log.check_invariants();
}

// Goal: the cache is bounded, and nothing that is still needed is dropped.
TEST_CASE("trimming keeps what is uncommitted or not durable") {
    Log log = log_of({});
    append_all(log, chain_of(empty_tip(), {1, 1, 1, 1}));
    log.start_write(1);
    log.commit_to(Index(3));
    log.trim(0);
    CHECK(log.base().index == Index(0));
    log.finish_write(1);
    log.trim(log.at(Index(3)).size_bytes());
    CHECK(log.base().index == Index(2));
    CHECK_FALSE(log.tip_at(Index(1)));
    CHECK(log.tip_at(Index(2))->hash == log.base().hash);
    CHECK(log.slice(Index(3), 1 << 20).size() == 2);
    CHECK(log.slice(Index(3), 1).size() == 1);
    CHECK(log.slice(Index(5), 1).empty());
    log.check_invariants();
}

}  // namespace tally::consensus
