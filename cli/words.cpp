#include "cli/words.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "ledger/type_table.h"

namespace tally::cli {
namespace {

struct Word {
    std::string_view english;
    std::string_view chinese;
};

/// Terms of consumer finance as they are usual on the mainland.
constexpr std::array<Word, 245> kWords{{
    // Labels.
    {"annual percentage rate", "年化利率"},
    {"as of", "截至日"},
    {"assessment", "授信评估"},
    {"available", "可用额度"},
    {"band", "风险等级"},
    {"borrower", "借款人"},
    {"bucket", "逾期账龄"},
    {"class", "五级分类"},
    {"commission", "催收佣金"},
    {"contract", "合同"},
    {"contracts", "合同数"},
    {"credit", "溢缴款"},
    {"currency", "币种"},
    {"days past due", "逾期天数"},
    {"delinquent", "扣除宽限后"},
    {"entries", "记录数"},
    {"funded by", "出资方"},
    {"failed debits in a row", "连续代扣失败次数"},
    {"known at entry", "已知至记录"},
    {"mandate", "代扣授权"},
    {"merchant", "商户"},
    {"order", "订单承诺"},
    {"owed to the merchant", "应付商户"},
    {"owed by the merchant", "应收商户"},
    {"cost_table", "费用明示表"},
    {"disclosure", "费用明示确认"},
    {"let go", "和解减免"},
    {"from", "自"},
    {"at most", "单笔上限"},
    {"debit", "代扣"},
    {"limit", "授信额度"},
    {"line", "额度"},
    {"lines", "额度数"},
    {"not assessed yet", "尚未计收"},
    {"older ones are left out", "较早的未列出"},
    {"on", "于"},
    {"open requests", "待处理困难申请"},
    {"owner", "债权人"},
    {"originator", "原始债权人"},
    {"owned by", "历任债权人"},
    {"pledged to", "质权人"},
    {"offered to", "拟受让方"},
    {"until", "有效至"},
    {"expired", "已过期"},
    {"servicer", "服务机构"},
    {"collector", "催收机构"},
    {"complaint", "投诉"},
    {"contacts", "联系次数"},
    {"erased", "已删除"},
    {"recon", "对账"},
    {"opinion", "审计意见"},
    {"hedge", "套期"},
    {"erasure", "删除证明"},
    {"lender", "出借方"},
    {"notional", "名义本金"},
    {"category", "类别"},
    {"result", "结果"},
    {"conclusion", "结论"},
    {"day", "日期"},
    {"kind", "种类"},
    {"payable", "应还余额"},
    {"penalty to date", "累计罚息"},
    {"plan", "还款计划"},
    {"as captured", "原计划"},
    {"re-plan", "重组计划"},
    {"product", "产品"},
    {"recovered", "核销后收回"},
    {"reserved", "预占额度"},
    {"ruleset", "规则"},
    {"settles on that date", "当日结清金额"},
    {"state", "还款状态"},
    {"status", "状态"},
    {"terms", "条件"},
    {"to", "至"},
    {"used", "已用额度"},
    {"valid", "有效期"},
    {"alert", "预警"},
    {"pool", "资产池"},
    {"trustee", "受托人"},
    {"buyer", "受让方"},
    {"bought back by", "拟回购方"},
    {"revolves to", "循环购买至"},
    {"least balance", "余额下限"},
    {"days below it", "日低于下限"},
    {"active", "有效合同"},
    {"of the buyer", "其中已受让"},
    {"below since", "低于下限自"},
    {"roll rate", "迁徙率"},
    {"rolled", "当日迁徙"},
    {"sealed", "封池"},
    {"issued", "发行"},
    {"triggered", "触发摊还"},
    {"closed", "终止"},
    {"root", "默克尔根"},
    {"notes", "证券"},
    {"rate", "利率"},
    {"place", "序号"},
    {"not in it any more", "已出池"},
    // Columns.
    {"rule", "预警规则"},
    {"measured", "实测值"},
    {"threshold", "阈值"},
    {"reason", "原因"},
    {"allocation", "分配"},
    {"amount", "金额"},
    {"balance", "余额"},
    {"due", "应还日"},
    {"entry", "记录"},
    {"fee", "服务费"},
    {"interest", "利息"},
    {"note", "备注"},
    {"outstanding", "余额"},
    {"paid", "已还"},
    {"penalty", "罚息"},
    {"principal", "本金"},
    {"instalment", "期次"},
    {"all", "合计"},
    {"total", "合计"},
    {"value date", "起息日"},
    {"what", "事项"},
    {"reversed by entry", "已冲正，见记录"},
    // States of lines and contracts.
    {"ACTIVE", "有效"},
    {"FROZEN", "已冻结"},
    {"CLOSED", "已关闭"},
    {"OPEN", "处理中"},
    {"CLOSED_PAID", "已结清"},
    {"OVERPAID", "已结清（溢缴）"},
    {"CHARGED_OFF", "已核销"},
    {"CLOSED_RECOVERED", "核销后已收回"},
    {"CLOSED_REFUNDED", "已退款结清"},
    {"CLOSED_WAIVED", "减免结清"},
    {"CLOSED_SETTLED", "和解结清"},
    {"REVERSED", "已冲正"},
    {"REGISTERED", "已登记"},
    {"REVOKED", "已撤销"},
    {"CURRENT", "未逾期"},
    {"GRACE", "宽限期"},
    {"OVERDUE", "逾期"},
    {"OPEN", "待处置"},
    {"ESCALATED", "已上报"},
    {"CONFIRMED", "已确认"},
    {"DISMISSED", "已排除"},
    // States of pools.
    {"DRAFT", "组池中"},
    {"SEALED", "已封池"},
    {"REVOLVING", "循环购买期"},
    {"AMORTISING", "摊还期"},
    // Rules of alerts, and what is decided on them.
    {"limit_use", "额度使用率"},
    {"first_payment_default", "首期未还"},
    {"missed_debits", "连续代扣失败"},
    {"roll_rate", "迁徙率"},
    {"pool_balance", "资产池余额不足"},
    {"other", "其他"},
    {"confirmed", "确认"},
    {"dismissed", "排除"},
    {"escalated", "上报"},
    // Classes and methods.
    {"normal", "正常"},
    {"special_mention", "关注"},
    {"substandard", "次级"},
    {"doubtful", "可疑"},
    {"loss", "损失"},
    {"equal_principal", "等额本金加服务费"},
    {"annuity", "等额本息"},
    {"a period", "每期"},
    {"a year", "每年"},
    {"periods", "期"},
    // Types of transactions.
    {"CAPTURE", "消费入账"},
    {"MERCHANT_REFUND", "商户退款"},
    {"REPAYMENT", "还款"},
    {"PREPAY_SETTLE", "提前结清"},
    {"PENALTY_ASSESS", "计收罚息"},
    {"OVERDUE_MARK", "逾期标记"},
    {"WAIVE", "减免"},
    {"HARDSHIP_REQUEST", "困难申请"},
    {"GRACE_GRANT", "准予宽限"},
    {"RESCHEDULE", "还款重组"},
    {"CHARGE_OFF", "核销"},
    {"RECOVERY", "核销后回收"},
    {"LIMIT_GRANT", "授信"},
    {"LIMIT_CHANGE", "调整额度"},
    {"LIMIT_FREEZE", "冻结额度"},
    {"LIMIT_UNFREEZE", "解冻额度"},
    {"LIMIT_CLOSE", "关闭额度"},
    {"RULESET_REGISTER", "规则登记"},
    {"PRODUCT_REGISTER", "产品登记"},
    {"MODEL_REGISTER", "模型登记"},
    {"ASSESSMENT", "授信评估"},
    {"PURCHASE_AUTH", "消费预授权"},
    {"PURCHASE_VOID", "预授权撤销"},
    {"PURCHASE_EXPIRE", "预授权到期"},
    {"REVERSAL", "冲正"},
    {"DAY_OPEN", "开账"},
    {"DAY_CLOSE", "关账"},
    {"DAY_CANCEL", "撤销开账"},
    {"SERVICER_CHANGE", "更换服务商"},
    {"OVERPAY_REFUND", "溢缴退款"},
    {"COLLECTION_ASSIGN", "委托催收"},
    {"COLLECTION_RECALL", "撤回催收"},
    {"CHARGEBACK", "支付退单"},
    {"MANDATE_REGISTER", "代扣授权登记"},
    {"MANDATE_REVOKE", "代扣授权撤销"},
    {"DEBIT_INSTRUCT", "发起代扣"},
    {"DEBIT_RESULT", "代扣结果"},
    {"MEMBER_ADD", "新增成员"},
    {"KEY_ROTATE", "更换密钥"},
    {"KEY_REVOKE", "吊销密钥"},
    {"RULES_ACTIVATE", "启用规则版本"},
    {"CONTACT_LOG", "联系记录"},
    {"COMPLAINT_OPEN", "投诉受理"},
    {"COMPLAINT_CLOSE", "投诉办结"},
    {"RECON_RESULT", "对账结果"},
    {"AUDIT_OPINION", "审计意见"},
    {"HEDGE_REGISTER", "套期登记"},
    {"ERASURE_CERT", "删除证明"},
    // How a borrower was contacted.
    {"call", "电话"},
    {"message", "短信"},
    {"letter", "信函"},
    {"visit", "上门"},
    {"other", "其他"},
    {"PLEDGE", "质押"},
    {"RELEASE", "解除质押"},
    {"TRANSFER_INIT", "发起转让"},
    {"TRANSFER_SETTLE", "转让交割"},
    {"TRANSFER_CANCEL", "撤回转让"},
    {"TRANSFER_DECLINE", "拒绝受让"},
    {"MERCHANT_SETTLE", "商户结算"},
    {"DEBT_SETTLE", "债务和解"},
    {"COST_TABLE", "费用明示表登记"},
    {"DISCLOSURE_ACK", "费用明示确认"},
    {"ALERT", "预警"},
    {"ALERT_DISPOSITION", "预警处置"},
    {"POOL_CREATE", "设立资产池"},
    {"POOL_ADD", "入池"},
    {"POOL_SEAL", "封池"},
    {"POOL_ISSUE", "发行证券"},
    {"POOL_TRIGGER", "触发摊还"},
    {"POOL_CLOSE", "资产池终止"},
    {"BUYBACK_INIT", "发起回购"},
    {"BUYBACK_SETTLE", "回购交割"},
    {"POOL_REMOVE", "出池"},
    // Why a pool amortises.
    {"balance_below", "余额低于下限"},
    {"default_event", "违约事件"},
    {"servicer_event", "服务机构事件"},
    // Stages of a hardship request.
    {"requested", "已申请"},
    {"refused", "已拒绝"},
    // Results of debits.
    {"succeeded", "成功"},
    {"failed", "失败"},
}};

/// Whatever type the table gets, people can read it.
consteval bool every_type_has_a_word() {
    return std::ranges::all_of(ledger::kTransactionTypes, [](std::string_view type) {
        return std::ranges::find(kWords, type, &Word::english) != kWords.end();
    });
}
static_assert(every_type_has_a_word(), "a type of ledger/type_table.h has no word here");

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

Language language_of(const std::string& chosen) {
    std::string wanted = chosen;
    if (wanted.empty()) wanted = environment("LC_ALL");
    if (wanted.empty()) wanted = environment("LANG");
    return wanted.starts_with("zh") ? Language::chinese : Language::english;
}

void add_language_option(const Command& command, std::string& lang) {
    command
        .option("--lang", lang,
                "Language of headings and states: en or zh; without it that of LC_ALL or LANG")
        .one_of({"en", "zh"});
}

std::string Words::operator()(std::string_view word) const {
    if (language_ == Language::chinese) {
        const auto* const found = std::ranges::find(kWords, word, &Word::english);
        if (found != kWords.end()) return std::string(found->chinese);
    }
    return std::string(word);
}

std::vector<std::string> Words::headers(std::vector<std::string> names) const {
    for (std::string& name : names) {
        const bool right = name.starts_with('>');
        name = (right ? ">" : "") + (*this)(std::string_view(name).substr(right ? 1 : 0));
    }
    return names;
}

}  // namespace tally::cli
