#include "cli/recovery_signatures.h"

#include <algorithm>

#include "cli/output.h"
#include "cli/shell.h"

namespace tally::cli {

RecoverySignatures signatures_of(const node::RecoveryDocument& document,
                                 const ledger::Genesis& genesis) {
    RecoverySignatures found;
    const Bytes message = document.manifest.signed_bytes();
    std::size_t counted = 0;
    for (const ledger::GenesisMember& member : genesis.members) {
        if (!member.has(ledger::Role::governance)) continue;
        const auto holds = [&](const node::RecoverySignature& one) {
            return std::ranges::find(member.keys, one.key) != member.keys.end() &&
                   crypto::verify(one.key, message, one.signature);
        };
        const auto count = std::ranges::count_if(document.signatures, holds);
        counted += static_cast<std::size_t>(count);
        (count > 0 ? found.by : found.lacking).push_back(member.name);
    }
    found.needed = (found.by.size() + found.lacking.size()) / 2 + 1;
    found.strange = document.signatures.size() - counted;
    return found;
}

std::string RecoverySignatures::words(const std::string& file) const {
    std::string text = "of the members that govern, as the genesis has them, " +
                       (by.empty() ? std::string("nobody") : joined(by)) + " signed; " +
                       std::to_string(needed) + " of " +
                       std::to_string(by.size() + lacking.size()) + " are needed";
    if (strange > 0) {
        text += "; " + std::to_string(strange) +
                (strange == 1 ? " signature is" : " signatures are") +
                " of none of them, and counts only where the nodes' book has that key as one of a "
                "member that governs by now";
    }
    if (!enough()) {
        return text + "; " + std::to_string(needed - by.size()) + " missing, of " +
               joined(lacking) + ": `" +
               shell_command({"recovery", "sign", absolute_name(file), "--key", "KEY-FILE"}) + "`";
    }
    return text + ": that is enough; next, on each node that it names: `" +
           shell_command(
               {"node", "recover", "--dir", "FOLDER", "--manifest", absolute_name(file)}) +
           "`";
}

}  // namespace tally::cli
