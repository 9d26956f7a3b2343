#include "tests/simulation/known_bugs.h"

#include <algorithm>
#include <array>

namespace tally::simulation {

namespace {

using Core = consensus::Mutation;
using Driver = node::driver::Mutation;

constexpr KnownBug core(std::string_view name, Core mutation) {
    return {.name = name, .core = mutation};
}
constexpr KnownBug driver(std::string_view name, Driver mutation) {
    return {.name = name, .driver = mutation};
}
constexpr KnownBug disk(std::string_view name, bool SimNodeFaults::*fault) {
    return {.name = name, .disk = fault};
}

constexpr std::array kBugs = {
    core("commit_older_term", Core::commit_older_term),
    core("commit_unverified", Core::commit_unverified),
    core("vote_twice_stepping", Core::vote_twice_stepping),
    core("vote_twice_crash", Core::vote_twice_crash),
    core("early_acknowledgement", Core::early_acknowledgement),
    core("append_aba", Core::append_aba),
    core("acknowledge_whole_log", Core::acknowledge_whole_log),
    core("refusal_lowers_match", Core::refusal_lowers_match),
    core("read_before_commit", Core::read_before_commit),
    core("read_round_reused", Core::read_round_reused),
    core("recovering_votes", Core::recovering_votes),
    core("former_candidate_votes", Core::former_candidate_votes),
    core("vote_always_free", Core::vote_always_free),
    core("vote_any_log", Core::vote_any_log),
    core("vote_request_early", Core::vote_request_early),
    core("own_vote_early", Core::own_vote_early),
    core("old_vote_replies", Core::old_vote_replies),
    core("half_elects", Core::half_elects),
    core("half_commits", Core::half_commits),
    core("pre_vote_disturbs", Core::pre_vote_disturbs),
    core("vote_disturbs", Core::vote_disturbs),
    core("pre_vote_any_log", Core::pre_vote_any_log),
    core("no_pre_vote", Core::no_pre_vote),
    core("no_random_timeouts", Core::no_random_timeouts),
    core("old_terms_unanswered", Core::old_terms_unanswered),
    core("term_not_stored", Core::term_not_stored),
    core("held_kept", Core::held_kept),
    core("no_check_quorum", Core::no_check_quorum),
    core("no_stall_rule", Core::no_stall_rule),
    core("no_own_disk_rule", Core::no_own_disk_rule),
    core("no_refusal_rule", Core::no_refusal_rule),
    core("may_lead_ignored", Core::may_lead_ignored),
    core("ungiven_ignored", Core::ungiven_ignored),
    core("no_chase", Core::no_chase),
    core("window_stays_full", Core::window_stays_full),
    core("own_copy_early", Core::own_copy_early),
    core("old_acknowledgements", Core::old_acknowledgements),
    core("old_heartbeat_replies", Core::old_heartbeat_replies),
    core("old_appends", Core::old_appends),
    core("old_heartbeats", Core::old_heartbeats),
    core("heartbeat_commit", Core::heartbeat_commit),
    core("verified_kept", Core::verified_kept),
    core("conflict_kept", Core::conflict_kept),
    core("late_append_truncates", Core::late_append_truncates),
    core("acknowledge_refused", Core::acknowledge_refused),
    core("incarnation_ignored", Core::incarnation_ignored),
    core("incarnation_keeps_match", Core::incarnation_keeps_match),
    core("passed_hint_ignored", Core::passed_hint_ignored),
    core("late_answer_accuses", Core::late_answer_accuses),
    core("append_unbounded", Core::append_unbounded),
    core("uncommitted_unbounded", Core::uncommitted_unbounded),
    core("apply_before_durable", Core::apply_before_durable),
    core("commit_hint_ahead", Core::commit_hint_ahead),
    core("chain_unchecked", Core::chain_unchecked),
    core("verdict_ignored", Core::verdict_ignored),
    core("clock_unchecked", Core::clock_unchecked),
    core("old_blocks_judged", Core::old_blocks_judged),
    core("own_clock", Core::own_clock),
    core("time_backwards", Core::time_backwards),
    core("diverged_ignored", Core::diverged_ignored),
    core("read_without_round", Core::read_without_round),
    core("read_confirmed_by_one", Core::read_confirmed_by_one),
    core("forwarded_from_zero", Core::forwarded_from_zero),
    core("reads_kept", Core::reads_kept),
    driver("read_before_apply", Driver::read_before_apply),
    driver("read_without_quorum", Driver::read_without_quorum),
    driver("written_at_once", Driver::written_at_once),
    driver("leaving_forgotten", Driver::leaving_forgotten),
    driver("ticket_lost", Driver::ticket_lost),
    driver("early_answer", Driver::early_answer),
    driver("copies", Driver::copies),
    driver("forwards_from_zero", Driver::forwards_from_zero),
    driver("forwarded_again", Driver::forwarded_again),
    driver("left_taken_back", Driver::left_taken_back),
    driver("certificate_of_less", Driver::certificate_of_less),
    driver("full_proposes", Driver::full_proposes),
    driver("unsynced_unbounded", Driver::unsynced_unbounded),
    driver("seals_overlap", Driver::seals_overlap),
    driver("seals_idle", Driver::seals_idle),
    driver("seal_place_kept", Driver::seal_place_kept),
    driver("old_hard_state", Driver::old_hard_state),
    driver("contradicted_answers", Driver::contradicted_answers),
    driver("round_joined", Driver::round_joined),
    driver("stale_hidden", Driver::stale_hidden),
    driver("min_index_ignored", Driver::min_index_ignored),
    driver("sign_before_remember", Driver::sign_before_remember),
    driver("own_signature_enough", Driver::own_signature_enough),
    driver("reply_answered", Driver::reply_answered),
    driver("halt_at_first_doubt", Driver::halt_at_first_doubt),
    driver("nobody_asked", Driver::nobody_asked),
    driver("votes_of_any_root", Driver::votes_of_any_root),
    driver("evidence_dropped", Driver::evidence_dropped),
    driver("late_lies_unseen", Driver::late_lies_unseen),
    driver("signatures_unverified", Driver::signatures_unverified),
    driver("asks_when_certified", Driver::asks_when_certified),
    driver("signs_below_mark", Driver::signs_below_mark),
    driver("first_statement_replaced", Driver::first_statement_replaced),
    driver("contradiction_ignored", Driver::contradiction_ignored),
    driver("guilt_forgotten", Driver::guilt_forgotten),
    disk("split_applied_index", &SimNodeFaults::split_applied_index),
    disk("state_ahead_of_index", &SimNodeFaults::state_ahead_of_index),
    disk("torn_writes", &SimNodeFaults::torn_writes),
    disk("lying_syncs", &SimNodeFaults::lying_syncs),
};

}  // namespace

std::span<const KnownBug> known_bugs() { return kBugs; }

const KnownBug* find_bug(std::string_view name) {
    const auto* found =
        std::find_if(kBugs.begin(), kBugs.end(), [&](const auto& bug) { return bug.name == name; });
    return found == kBugs.end() ? nullptr : found;
}

void switch_on(const KnownBug* bug) {
    consensus::active_mutation = bug == nullptr ? Core::none : bug->core;
    node::driver::active_mutation = bug == nullptr ? Driver::none : bug->driver;
}

}  // namespace tally::simulation
