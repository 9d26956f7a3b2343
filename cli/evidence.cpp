#include <algorithm>
#include <filesystem>
#include <iterator>

#include "api/errc.h"
#include "api/times.h"
#include "base/hex.h"
#include "base/overloaded.h"
#include "base/presence.h"
#include "base/shown_text.h"
#include "cli/audit_subjects.h"
#include "cli/parted_histories.h"
#include "cli/session.h"
#include "cli/shell.h"
#include "cli/target.h"
#include "cli/whole_file.h"
#include "client/errors.h"
#include "node/evidence_json.h"
#include "storage/audit_source.h"
#include "storage/evidence.h"

namespace tally::cli {
namespace {

struct Options {
    Target target;
    std::vector<std::string> places;
    std::string out;
};

/// Where evidence was found, and what it proves.
struct Source {
    std::string name;
    std::string place;
    node::EvidenceDocument document;
    Status readable;         ///< why nothing of it could be read
    bool is_folder = false;  ///< a node's, whose blocks are there as well
};
struct Judged {
    const storage::Evidence* evidence = nullptr;
    Result<storage::Judgement> judgement;
};

std::string name_of(std::uint32_t id, const ledger::Genesis& genesis) {
    const ledger::GenesisNode* node = genesis.node(id);
    return node == nullptr ? "node " + std::to_string(id) : node->name;
}

std::string names_of(const std::vector<std::uint32_t>& ids, const ledger::Genesis& genesis) {
    std::string text;
    for (const std::uint32_t id : ids) text += (text.empty() ? "" : ", ") + name_of(id, genesis);
    return text;
}

/// `size 60` or `block 7`.
std::string place_words(const storage::Evidence& evidence) {
    return std::visit(Overloaded{[](const storage::RootConflict& conflict) {
                                     return "size " + std::to_string(conflict.size);
                                 },
                                 [](const storage::BlockConflict& conflict) {
                                     return "block " + std::to_string(conflict.index);
                                 }},
                      evidence.what);
}

/// `bad_signature: evidence of roots ...`
std::string fault_of(const Error& error) {
    return api::error_name(error.code) + (error.context.empty() ? "" : ": " + error.context);
}

Result<Source> of_folder(const std::string& name, const std::string& folder) {
    auto found = storage::read_evidence(folder);
    if (!found) return found.error();
    return Source{name,
                  folder,
                  {found->network, std::move(found->kept.records), std::move(found->kept.damaged)},
                  {},
                  true};
}

/// `wrong` is what it is called when it is no document of evidence.
Result<Source> of_text(const std::string& place, const std::string& text, client::errc wrong) {
    auto document = node::decode_evidence_document(text);
    if (!document) {
        return fail(wrong, place + ": not a document of evidence: " + document.error().context);
    }
    return Source{place, place, std::move(*document), {}};
}

/// What another network's nodes keep proves nothing here.
void refuse_foreign(Source& source, const crypto::Digest& network) {
    if (!source.readable || source.document.network == network) return;
    source.readable =
        Error{client::api_code("wrong_network"),
              source.place + ": evidence of network " + to_hex(source.document.network.view()) +
                  ", not of " + to_hex(network.view()) +
                  "; give its trust file with --trust FILE, or its folder with "
                  "--dir FOLDER"};
    source.document = {};
}

/// One that cannot be read hides none of the others.
Source or_unreadable(Result<Source> source, const std::string& name, const std::string& place) {
    if (source) return std::move(*source);
    return {name, place, {}, source.error()};
}

/// The error that ends everything: where nothing at all could be read, the first.
Result<std::vector<Source>> some_readable(std::vector<Source> sources) {
    for (const Source& source : sources) {
        if (source.readable) return sources;
    }
    return sources.front().readable.error();
}

Result<Source> of_url(const Options& options, const std::string& url) {
    Target one = options.target;
    one.urls = {url};
    auto client = connect(one);
    if (!client) return client.error();
    const auto answer = client->get("/v1/evidence");
    if (!answer) return answer.error();
    return of_text(url, answer->body, client::errc::bad_answer);
}

/// The nodes of a network's folder that have ever run.
Result<std::vector<Source>> of_network(const std::string& folder) {
    const auto network = network::NetworkFolder::open(folder);
    if (!network) return network.error();
    std::vector<Source> sources;
    for (const auto& node : network->nodes()) {
        const auto ran = is_there(node.folder + "/blocks");
        if (ran && !*ran) continue;
        auto source = ran ? of_folder(node.name, node.folder) : Result<Source>(ran.error());
        sources.push_back(or_unreadable(std::move(source), node.name, node.folder));
    }
    if (!sources.empty()) return some_readable(std::move(sources));
    return fail(api::errc::not_found, folder + ": no node of it has ever run");
}

/// A file of evidence, a data folder, or a network's folder.
Result<std::vector<Source>> of_place(const std::string& place) {
    const auto whole = is_there(place + "/network.pub");
    if (!whole) return whole.error();
    if (*whole) return of_network(place);
    std::error_code ignored;
    if (std::filesystem::is_directory(place, ignored)) {
        auto source = of_folder(place, place);
        if (!source) return source.error();
        return std::vector<Source>{std::move(*source)};
    }
    const auto text = read_text(place);
    if (!text) return text.error();
    auto source = of_text(place, *text, client::errc::bad_file);
    if (!source) return source.error();
    return std::vector<Source>{std::move(*source)};
}

/// What was named: places, nodes by URL, or both; the network's folder where nothing was.
Result<std::vector<Source>> sources_of(const Options& options, const crypto::Digest& network) {
    const auto& urls = options.target.urls;
    std::vector<std::string> places = options.places;
    if (places.empty() && urls.empty()) places.push_back(options.target.dir);
    std::vector<Source> sources;
    for (const std::string& place : places) {
        auto found = of_place(place);
        if (found) {
            std::ranges::move(*found, std::back_inserter(sources));
        } else {
            sources.push_back(or_unreadable(found.error(), place, place));
        }
    }
    for (const std::string& url : urls) {
        sources.push_back(or_unreadable(of_url(options, url), url, url));
    }
    for (Source& source : sources) refuse_foreign(source, network);
    return some_readable(std::move(sources));
}

/// The first that is one; empty: none is.
std::string first_network(const std::vector<std::string>& places) {
    const auto found = std::ranges::find_if(places, is_network);
    return found == places.end() ? std::string() : *found;
}

/// Why the first of them cannot even be looked at.
Status first_hidden(const std::vector<std::string>& places) {
    for (const std::string& place : places) {
        const auto whole = is_there(place + "/network.pub");
        if (!whole) return whole.error();
    }
    return {};
}

/// The first node's folder; empty: none is.
std::string first_folder(const std::vector<std::string>& places) {
    const auto found = std::ranges::find_if(places, [](const std::string& place) {
        std::error_code ignored;
        return std::filesystem::is_directory(place, ignored);
    });
    return found == places.end() ? std::string() : *found;
}

/// Where somebody else finds what to verify with: the file that is trusted here, or a word for it.
std::string trust_named(const Options& options) {
    if (!options.target.trust.empty() || options.places.empty()) return trust_path(options.target);
    const std::string network = first_network(options.places);
    if (!network.empty()) return network + "/network.pub";
    return first_folder(options.places).empty() ? trust_path(options.target) : "NETWORK.PUB";
}

/// The trust named; else that of the first network's folder; a data folder alone brings its own
/// genesis, blocks that were set aside that of the folder around them.
Result<ledger::Genesis> genesis_of(const Options& options) {
    Target target = options.target;
    if (target.trust.empty() && !options.places.empty()) {
        const std::string network = first_network(options.places);
        const std::string folder = first_folder(options.places);
        if (!network.empty()) {
            target.dir = network;
        } else if (!folder.empty()) {
            const auto own = is_there(folder + "/genesis.bin");
            if (!own) return own.error();
            return storage::read_genesis(*own ? folder : folder + "/..");
        }
    }
    const bool chosen = !target.trust.empty() || target.dir != options.target.dir;
    if (const Status hidden = first_hidden(options.places); !chosen && !hidden)
        return hidden.error();
    const auto trust = trust_of(target);
    if (!trust) return trust.error();
    return trust->genesis;
}

std::string verdict_words(const storage::Judgement& judgement, const ledger::Genesis& genesis) {
    std::string text;
    const auto add = [&](const std::vector<std::uint32_t>& nodes, const char* words) {
        if (nodes.empty()) return;
        text += (text.empty() ? "" : "; ") + names_of(nodes, genesis) + " " + words;
    };
    add(judgement.equivocated, "signed two roots of one size");
    add(judgement.contradicted, "signed another root than the certified one");
    add(judgement.disputed, judgement.is_signed
                                ? "signed different roots, and none of them is certified"
                                : "sent another block than the committed one, says this node; "
                                  "nobody signed that");
    return text;
}

/// `2 records, 1 damaged`
std::string count_words(const Source& source) {
    const std::size_t count = source.document.records.size();
    const std::size_t damaged = source.document.damaged.size();
    if (count + damaged == 0) return "no evidence against any node";
    return grouped(count) + (count == 1 ? " record" : " records") +
           (damaged == 0 ? "" : ", " + grouped(damaged) + " damaged");
}

void print_text(Console& console, const Source& source, const std::vector<Judged>& all,
                const ledger::Genesis& genesis) {
    if (!source.readable) {
        console.out << source.name
                    << ": CANNOT BE READ: " << escaped(fault_of(source.readable.error())) << "\n";
        return;
    }
    console.out << source.name << ": " << count_words(source) << "\n";
    for (const storage::DamagedEvidence& damaged : source.document.damaged) {
        console.out << "\nDAMAGED: " << escaped(damaged.record) << ": " << escaped(damaged.why)
                    << "\n";
    }
    for (const auto& [evidence, judgement] : all) {
        console.out << "\n"
                    << place_words(*evidence) << ", found " << api::time_text(evidence->found)
                    << ": ";
        if (!judgement) {
            console.out << "DOES NOT VERIFY: " << escaped(fault_of(judgement.error())) << "\n";
            continue;
        }
        console.out << verdict_words(*judgement, genesis) << "\n";
        Table table({"digest", "state", judgement->is_signed ? "signed by" : "sent by"});
        for (const auto& statement : judgement->statements) {
            const char* state = !judgement->is_signed ? "unsigned"
                                : statement.certified ? "CERTIFIED"
                                                      : "signed";
            table.add({to_hex(statement.digest.view()), state, names_of(statement.nodes, genesis)});
        }
        table.print(console.out);
    }
}

/// Signatures of the nodes that it names hold; without any it is somebody's word.
bool is_proven(const Judged& judged) { return judged.judgement && judged.judgement->is_signed; }

boost::json::array names_json(const std::vector<std::uint32_t>& ids,
                              const ledger::Genesis& genesis) {
    boost::json::array names;
    for (const std::uint32_t id : ids) names.emplace_back(name_of(id, genesis));
    return names;
}

boost::json::object to_json(const storage::DamagedEvidence& damaged) {
    return {{"record", damaged.record}, {"why", damaged.why}};
}

boost::json::object to_json(const Judged& judged, const ledger::Genesis& genesis) {
    const storage::EvidenceKey key = storage::key_of(*judged.evidence);
    const bool roots = std::holds_alternative<storage::RootConflict>(judged.evidence->what);
    boost::json::object target{{"kind", roots ? "roots" : "blocks"},
                               {roots ? "size" : "index", key.place},
                               {"found", api::time_text(judged.evidence->found)},
                               {"verified", is_proven(judged)}};
    if (!judged.judgement) {
        target["fault"] = fault_of(judged.judgement.error());
        return target;
    }
    const storage::Judgement& judgement = *judged.judgement;
    boost::json::array statements;
    for (const auto& statement : judgement.statements) {
        // Nobody is accused on a mere word: what is not signed is under no name that says so.
        statements.push_back(
            {{"digest", to_hex(statement.digest.view())},
             {judgement.is_signed ? "signed_by" : "sent_by", names_json(statement.nodes, genesis)},
             {"certified", statement.certified}});
    }
    target["signed"] = judgement.is_signed;
    target["statements"] = std::move(statements);
    target["signed_two_roots"] = names_json(judgement.equivocated, genesis);
    target["contradicts_certified"] = names_json(judgement.contradicted, genesis);
    target["differs"] = names_json(
        judgement.is_signed ? judgement.disputed : std::vector<std::uint32_t>(), genesis);
    return target;
}

Status write_document(const std::string& path, const std::vector<Source>& sources,
                      const crypto::Digest& network) {
    node::EvidenceDocument document{network, {}, {}};
    for (const Source& source : sources) {
        document.records.insert(document.records.end(), source.document.records.begin(),
                                source.document.records.end());
    }
    return write_new(path, node::encode_evidence_document(document), Readers::everybody);
}

/// False if something of it does not hold, or cannot be read. A record that nobody signed is shown
/// as such, and is no fault; but nothing says "verified" over it.
bool show(const std::vector<Source>& sources, const ledger::Genesis& genesis, Console& console) {
    bool holds = true;
    bool proven = true;
    boost::json::array list;
    std::vector<HistoryFolder> folders;
    for (const Source& source : sources) {
        if (source.is_folder && source.readable) folders.push_back({source.name, source.place});
        std::vector<Judged> all;
        boost::json::array records;
        boost::json::array damaged;
        holds = holds && source.readable && source.document.damaged.empty();
        for (const auto& each : source.document.damaged) damaged.push_back(to_json(each));
        for (const storage::Evidence& evidence : source.document.records) {
            all.push_back({&evidence, storage::judge(evidence, genesis)});
            holds = holds && all.back().judgement.has_value();
            proven = proven && is_proven(all.back());
            records.push_back(to_json(all.back(), genesis));
        }
        list.push_back({{"name", source.name},
                        {"place", source.place},
                        {"fault", source.readable ? "" : fault_of(source.readable.error())},
                        {"records", std::move(records)},
                        {"damaged", std::move(damaged)}});
        if (!console.json) print_text(console, source, all, genesis);
    }
    boost::json::array histories;
    for (const PartedHistories& parted : find_parted(folders, genesis)) {
        histories.push_back(parted.to_json());
        if (!console.json) console.out << "\n" << parted.words();
    }
    if (console.json) {
        console.print(boost::json::object{{"verified", holds && proven},
                                          {"sources", std::move(list)},
                                          {"histories", std::move(histories)}});
    }
    return holds;
}

Exit run(const Options& options, Console& console) {
    const auto genesis = genesis_of(options);
    if (!genesis) return console.fail(genesis.error());
    const crypto::Digest network = genesis->network_id();
    const auto sources = sources_of(options, network);
    if (!sources) {
        const bool foreign = sources.error().code == client::api_code("wrong_network");
        return foreign ? console.fail(Exit::verification_failed, "wrong_network",
                                      sources.error().context)
                       : console.fail(sources.error());
    }
    if (!options.out.empty()) {
        const Status written = write_document(options.out, *sources, network);
        if (!written) return console.fail(written.error());
    }
    if (!show(*sources, *genesis, console)) return Exit::verification_failed;
    if (!options.out.empty() && !console.json) {
        console.out << "\nwritten to " << options.out << "; check it anywhere, offline, with\n  "
                    << shell_command({"evidence", options.out, "--trust", trust_named(options)})
                    << "\n";
    }
    return Exit::ok;
}

}  // namespace

void add_evidence(const Command& program, Session& session) {
    auto options = std::make_shared<Options>();
    const Command command = add_command(
        program, session, "evidence",
        "Show and verify what nodes keep against each other: who signed which root at which size; "
        "exit code 3 when a record does not verify",
        "  tallystick evidence\n"
        "  tallystick evidence --url http://127.0.0.1:7101 --trust network.pub --out gamma.json\n"
        "  tallystick evidence gamma.json --trust network.pub\n"
        "  tallystick evidence tallystick-net/n1 /mnt/n2");
    command.option("SOURCE", options->places,
                   "A file of evidence, a node's data folder, running or not, or a network's "
                   "folder, one or several; with --url beside those nodes (default: that of "
                   "--dir)");
    command.option("--out", options->out, "Write what was found to a file that verifies offline");
    add_target_options(command, options->target);
    add_trust_option(command, options->target);
    on_chosen(command, session, options, run);
}

}  // namespace tally::cli
