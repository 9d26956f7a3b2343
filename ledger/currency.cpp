#include "ledger/currency.h"

#include <algorithm>
#include <array>

namespace tally::ledger {
namespace {

using Code = std::string_view;

// Ascending. A code that is added or withdrawn is a change of the rules.
constexpr std::array kCodes{
    Code("AED"), Code("AFN"), Code("ALL"), Code("AMD"), Code("AOA"), Code("ARS"), Code("AUD"),
    Code("AWG"), Code("AZN"), Code("BAM"), Code("BBD"), Code("BDT"), Code("BHD"), Code("BIF"),
    Code("BMD"), Code("BND"), Code("BOB"), Code("BRL"), Code("BSD"), Code("BTN"), Code("BWP"),
    Code("BYN"), Code("BZD"), Code("CAD"), Code("CDF"), Code("CHF"), Code("CLP"), Code("CNY"),
    Code("COP"), Code("CRC"), Code("CUP"), Code("CVE"), Code("CZK"), Code("DJF"), Code("DKK"),
    Code("DOP"), Code("DZD"), Code("EGP"), Code("ERN"), Code("ETB"), Code("EUR"), Code("FJD"),
    Code("FKP"), Code("GBP"), Code("GEL"), Code("GHS"), Code("GIP"), Code("GMD"), Code("GNF"),
    Code("GTQ"), Code("GYD"), Code("HKD"), Code("HNL"), Code("HTG"), Code("HUF"), Code("IDR"),
    Code("ILS"), Code("INR"), Code("IQD"), Code("IRR"), Code("ISK"), Code("JMD"), Code("JOD"),
    Code("JPY"), Code("KES"), Code("KGS"), Code("KHR"), Code("KMF"), Code("KPW"), Code("KRW"),
    Code("KWD"), Code("KYD"), Code("KZT"), Code("LAK"), Code("LBP"), Code("LKR"), Code("LRD"),
    Code("LSL"), Code("LYD"), Code("MAD"), Code("MDL"), Code("MGA"), Code("MKD"), Code("MMK"),
    Code("MNT"), Code("MOP"), Code("MRU"), Code("MUR"), Code("MVR"), Code("MWK"), Code("MXN"),
    Code("MYR"), Code("MZN"), Code("NAD"), Code("NGN"), Code("NIO"), Code("NOK"), Code("NPR"),
    Code("NZD"), Code("OMR"), Code("PAB"), Code("PEN"), Code("PGK"), Code("PHP"), Code("PKR"),
    Code("PLN"), Code("PYG"), Code("QAR"), Code("RON"), Code("RSD"), Code("RUB"), Code("RWF"),
    Code("SAR"), Code("SBD"), Code("SCR"), Code("SDG"), Code("SEK"), Code("SGD"), Code("SHP"),
    Code("SLE"), Code("SOS"), Code("SRD"), Code("SSP"), Code("STN"), Code("SVC"), Code("SYP"),
    Code("SZL"), Code("THB"), Code("TJS"), Code("TMT"), Code("TND"), Code("TOP"), Code("TRY"),
    Code("TTD"), Code("TWD"), Code("TZS"), Code("UAH"), Code("UGX"), Code("USD"), Code("UYU"),
    Code("UZS"), Code("VES"), Code("VND"), Code("VUV"), Code("WST"), Code("XAF"), Code("XCD"),
    Code("XOF"), Code("XPF"), Code("YER"), Code("ZAR"), Code("ZMW")};
constexpr std::array kNoDigits{Code("BIF"), Code("CLP"), Code("DJF"), Code("GNF"),
                               Code("ISK"), Code("JPY"), Code("KMF"), Code("KRW"),
                               Code("PYG"), Code("RWF"), Code("UGX"), Code("VND"),
                               Code("VUV"), Code("XAF"), Code("XOF"), Code("XPF")};
constexpr std::array kThreeDigits{Code("BHD"), Code("IQD"), Code("JOD"), Code("KWD"),
                                  Code("LYD"), Code("OMR"), Code("TND")};

}  // namespace

std::optional<std::uint8_t> currency_exponent(std::string_view code) {
    if (!std::binary_search(kCodes.begin(), kCodes.end(), code)) return std::nullopt;
    if (std::binary_search(kNoDigits.begin(), kNoDigits.end(), code)) return 0;
    return std::binary_search(kThreeDigits.begin(), kThreeDigits.end(), code) ? 3 : 2;
}

}  // namespace tally::ledger
