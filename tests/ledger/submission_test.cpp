#include "ledger/submission.h"

#include "crypto/dsse.h"
#include "crypto/merkle.h"
#include "ledger/errc.h"
#include "ledger/submission_view.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

struct Setting {
    Cast cast;
    Drafts drafts;
    Submission submission;

    Setting() {
        const std::vector<Bytes> transactions = {
            encode_transaction(drafts.grant(id_of<LineId>(1), id_of<BorrowerId>(2), 100)),
            encode_transaction(drafts.change(id_of<LineId>(1), 50))};
        submission = sign(transactions);
    }
    Submission sign(const std::vector<Bytes>& transactions) const {
        const SigningKey keys[] = {cast.originator().signing(), cast.funder().signing()};
        return sign_submission(cast.network(), transactions, keys, true, Millis(77));
    }
    /// Signs a changed header again, so that only the change can be at fault.
    template <typename Change>
    Submission resigned(Change change) const {
        SubmissionHeader header = SubmissionHeader::decode(submission.header).value();
        change(header);
        Submission result = submission;
        result.header = header.encode();
        const Bytes message = SubmissionHeader::signed_bytes(result.header);
        result.signatures = {cast.originator().key.sign(message), cast.funder().key.sign(message)};
        return result;
    }
    std::error_code status(const Submission& changed) const { return status(changed.encode()); }
    std::error_code status(Bytes bytes) const {
        const CheckedSubmission checked = cast.check(share(std::move(bytes)));
        if (checked.status) return {};
        CHECK(checked.transactions.empty());
        CHECK_FALSE(checked.status.error().context.empty());
        return checked.status.error().code;
    }
};

}  // namespace

TEST_CASE("A submission is read back and checked", "[ledger][submission]") {
    // Goal: every part that a checked submission promises.
    const Setting setting;
    const Bytes bytes = setting.submission.encode();
    CHECK(Submission::decode(bytes)->encode() == bytes);
    const CheckedSubmission checked = setting.cast.check(share(bytes));
    REQUIRE(checked.status);
    CHECK(checked.digest == crypto::domain_hash("submission", {bytes}));
    CHECK(checked.header.network == setting.cast.network());
    CHECK(checked.header.atomic);
    CHECK(checked.header.not_after == Millis(77));
    REQUIRE(checked.header.signers.size() == 2);
    CHECK(checked.header.signers[0].member == setting.cast.originator().id);
    CHECK(checked.header.signers[1].key == setting.cast.funder().key.public_key());
    REQUIRE(checked.transactions.size() == 2);
    CHECK(to_bytes(checked.transactions[1]) == setting.submission.transactions[1]);
    CHECK(checked.transaction_hashes[1] == crypto::leaf_hash(setting.submission.transactions[1]));
    CHECK(to_bytes(checked.header_bytes) == setting.submission.header);
    CHECK(checked.header.transactions_root == crypto::merkle_root(checked.transaction_hashes));
}

TEST_CASE("What is signed is the DSSE encoding under the header's media type",
          "[ledger][submission]") {
    // Goal: a signature over the bare header, or under another type, does not pass.
    const Setting setting;
    CHECK(to_string(SubmissionHeader::signed_bytes(view_of("ab"))) ==
          "DSSEv1 56 application/vnd.tallystick.submission-header.v1+protobuf 2 ab");
    Submission bare = setting.submission;
    bare.signatures = {setting.cast.originator().key.sign(bare.header),
                       setting.cast.funder().key.sign(bare.header)};
    CHECK(setting.status(bare) == errc::bad_signature);
    const Bytes other = crypto::dsse_pae("text/plain", bare.header);
    bare.signatures = {setting.cast.originator().key.sign(other),
                       setting.cast.funder().key.sign(other)};
    CHECK(setting.status(bare) == errc::bad_signature);
}

TEST_CASE("Signatures: each listed one, in order, and no more", "[ledger][submission]") {
    // Goal: missing, extra, swapped, flipped and foreign signatures.
    const Setting setting;
    CHECK_FALSE(setting.status(setting.submission));
    Submission changed = setting.submission;
    changed.signatures.pop_back();
    CHECK(setting.status(changed) == errc::bad_signature);
    changed.signatures.clear();
    CHECK(setting.status(changed) == errc::bad_signature);
    changed = setting.submission;
    changed.signatures.push_back(changed.signatures.front());
    CHECK(setting.status(changed) == errc::bad_signature);
    changed = setting.submission;
    std::swap(changed.signatures[0], changed.signatures[1]);
    CHECK(setting.status(changed) == errc::bad_signature);
    for (std::size_t byte = 0; byte < 64; ++byte) {
        changed = setting.submission;
        changed.signatures[1].bytes[byte] ^= 1;
        CHECK(setting.status(changed) == errc::bad_signature);
    }
}

TEST_CASE("The root binds every transaction", "[ledger][submission]") {
    // Goal: flipped, dropped, added and swapped transactions, and a wrong count.
    const Setting setting;
    Submission changed = setting.submission;
    changed.transactions[0].back() ^= 1;
    CHECK(setting.status(changed) == errc::wrong_root);
    changed = setting.submission;
    changed.transactions.pop_back();
    CHECK(setting.status(changed) == errc::wrong_root);
    changed = setting.submission;
    changed.transactions.push_back(changed.transactions[0]);
    CHECK(setting.status(changed) == errc::wrong_root);
    changed = setting.submission;
    std::swap(changed.transactions[0], changed.transactions[1]);
    CHECK(setting.status(changed) == errc::wrong_root);
    CHECK(setting.status(setting.resigned([](auto& header) { header.transaction_count = 3; })) ==
          errc::wrong_root);
    CHECK(setting.status(setting.sign({})) == errc::wrong_root);
}

TEST_CASE("A header of another network is refused", "[ledger][submission]") {
    // Goal: a submission is good for one network alone.
    const Setting setting;
    CHECK(setting.status(setting.resigned([](auto& header) { header.network.bytes[0] ^= 1; })) ==
          errc::wrong_network);
}

TEST_CASE("Sizes and counts have bounds", "[ledger][submission]") {
    // Goal: the last that passes and the first that does not.
    const Setting setting;
    CHECK_FALSE(setting.status(setting.sign({Bytes(kTransactionBytesMax, 1)})));
    CHECK(setting.status(setting.sign({Bytes(kTransactionBytesMax + 1, 1)})) == errc::too_large);
    const Bytes bytes = setting.submission.encode();
    SubmissionBounds bounds;
    bounds.submission_bytes_max = bytes.size();
    CHECK(check_submission(share(bytes), setting.cast.network(), bounds).status);
    bounds.submission_bytes_max = bytes.size() - 1;
    CHECK(check_submission(share(bytes), setting.cast.network(), bounds).status.error().code ==
          errc::too_large);
    bounds = {};
    bounds.transactions_max = 2;
    CHECK(check_submission(share(bytes), setting.cast.network(), bounds).status);
    bounds.transactions_max = 1;
    CHECK(check_submission(share(bytes), setting.cast.network(), bounds).status.error().code ==
          errc::too_large);
}

TEST_CASE("A header that is not canonical is malformed", "[ledger][submission]") {
    // Goal: signers bounded and distinct, everything required present, no byte to spare.
    const Setting setting;
    CHECK(setting.status(setting.resigned(
              [](auto& header) { header.signers[1] = header.signers[0]; })) == errc::malformed);
    CHECK(setting.status(setting.resigned([](auto& header) { header.signers.clear(); })) ==
          errc::malformed);
    SubmissionHeader header = SubmissionHeader::decode(setting.submission.header).value();
    const Signer signer = header.signers[0];
    header.signers.clear();
    for (std::uint8_t number = 0; number < 17; ++number) {
        header.signers.push_back(signer);
        header.signers.back().key = key_of(number, "signer").public_key();
        CHECK(static_cast<bool>(SubmissionHeader::decode(header.encode())) == (number < 16));
    }
    const Bytes& whole = setting.submission.header;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // Without its last field, not-after, the header is that of a submission without limit.
        const auto cut = SubmissionHeader::decode(ByteView(whole).first(size));
        CHECK(static_cast<bool>(cut) == (size == whole.size() - 2));
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK_FALSE(SubmissionHeader::decode(longer));
    Bytes explicit_false = whole;
    for (std::size_t place = 0; place + 1 < whole.size(); ++place) {
        if (whole[place] == 0x18 && whole[place + 1] == 0x01) explicit_false[place + 1] = 0;
    }
    CHECK_FALSE(SubmissionHeader::decode(explicit_false));
}

TEST_CASE("A member may sign with several keys, each once", "[ledger][submission]") {
    // Goal: two keys of one member pass, in one submission with others; the same key twice does
    // not. Under another member's name a key passes here and is refused by the rules.
    const Setting setting;
    const Cast& cast = setting.cast;
    const auto with = [&](std::vector<SigningKey> keys) {
        const std::vector<Bytes> one = {setting.submission.transactions[0]};
        return setting.status(sign_submission(cast.network(), one, keys, false, Millis(0)));
    };
    const SigningKey first = cast.originator().signing();
    const SigningKey second = cast.originator_second_key().signing();
    CHECK(first.member == second.member);
    CHECK_FALSE(with({first, second}));
    CHECK_FALSE(with({second, cast.funder().signing(), first}));
    CHECK(with({first, first}) == errc::malformed);
    CHECK(with({first, second, first}) == errc::malformed);
    CHECK_FALSE(with({first, {cast.funder().id, first.key}}));
    Book book;
    const Party borrowed{"funder", cast.funder().id, key_of(CastOptions{}.seed, "lender")};
    CHECK(book.submit_one(book.drafts().open_day(Drafts::kToday + 1),
                          {&book.cast().originator(), &borrowed}) == Outcome::key_not_valid);
}

TEST_CASE("Truncated or extended anywhere, a submission is malformed", "[ledger][submission]") {
    // Goal: the decoder is total and takes nothing less or more.
    const Setting setting;
    const Bytes whole = setting.submission.encode();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CHECK(setting.status(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(
                                                                      size))) == errc::malformed);
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(setting.status(longer) == errc::malformed);
    Bytes version = whole;
    version[0] = 2;
    CHECK(setting.status(version) == errc::malformed);
    // A count of transactions that the bytes cannot hold must not make room for them.
    Submission none = setting.submission;
    none.transactions.clear();
    Bytes count = none.encode();
    std::fill(count.end() - 4, count.end(), std::uint8_t{0xFF});
    CHECK(setting.status(count) == errc::malformed);
}

TEST_CASE("A payload holds submissions verbatim", "[ledger][submission]") {
    // Goal: round trip, and truncation at every byte.
    const std::vector<SharedBytes> submissions = {share({1, 2, 3}), share({}), share({4})};
    const Bytes payload = encode_payload(submissions);
    const auto decoded = decode_payload(payload);
    REQUIRE(decoded);
    REQUIRE(decoded->size() == 3);
    CHECK(to_bytes((*decoded)[0]) == Bytes{1, 2, 3});
    CHECK((*decoded)[1].empty());
    CHECK(decode_payload(encode_payload({}))->empty());
    for (std::size_t size = 0; size < payload.size(); ++size) {
        CHECK_FALSE(decode_payload(ByteView(payload).first(size)));
    }
    Bytes longer = payload;
    longer.push_back(0);
    CHECK(decode_payload(longer).error().code == errc::malformed);
    CHECK(decode_payload(Bytes{1, 0, 0, 0x20, 1}).error().code == errc::too_large);
    CHECK(decode_payload(encode_payload(std::vector(8192, share({}))))->size() == 8192);
}
