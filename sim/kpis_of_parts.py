"""
Key figures of parts of the protocol that a scenario need not use.

Where nothing happened in such a part, its figures are measured, and not shown.
"""

from sim.kpi import Kpi

KPIS_OF_PARTS: tuple[Kpi, ...] = (
    # Resales
    Kpi("resales", "models resold", "models", "none", "count", "total", "models sold in the tick"),
    Kpi(
        *("resale_volume", "paid for models", "MNFT", "none", "amount", "total"),
        "prices of the models sold in the tick",
    ),
    Kpi(
        *("resale_royalties", "royalties of resales", "MNFT", "up", "amount", "total"),
        "paid to the accruals of the models sold in the tick",
    ),
    Kpi(
        *("royalty_honoured", "share of resale royalties paid", "1", "up", "share", "at_end"),
        "royalties paid over royalties due of all sales since the start; not computed before one",
    ),
    Kpi(
        *("sales_inside", "models sold inside accounts", "models", "none", "count", "total"),
        "sales in the tick of a shell with a model in its account",
    ),
    Kpi(
        *("royalties_avoided", "royalties avoided", "MNFT", "down", "amount", "total"),
        "royalties that the models in accounts ask for, of the prices of the shells sold in the "
        "tick",
    ),
    Kpi(
        *("paid_for_nothing", "paid for emptied accounts", "MNFT", "down", "amount", "total"),
        "prices of shells sold in the tick whose account the seller had emptied before",
    ),
    # Access
    Kpi(
        *("calls_by_subscription", "calls by subscription", "calls", "none", "count", "total"),
        "calls settled in the tick that a pass paid for",
    ),
    Kpi(
        *("calls_by_credits", "calls by credits", "calls", "none", "count", "total"),
        "calls settled in the tick that credits paid for",
    ),
    Kpi(
        *("calls_by_grant", "calls by grant", "calls", "none", "count", "total"),
        "calls settled in the tick that an allowlist, a token or a stake made cheaper or free",
    ),
    Kpi(
        *("calls_paid_singly", "calls paid singly", "calls", "none", "count", "total"),
        "calls settled in the tick at their price, by no other right",
    ),
    Kpi(
        *("subscriptions_sold", "paid for subscriptions", "MNFT", "none", "amount", "total"),
        "paid for periods of subscriptions in the tick",
    ),
    Kpi(
        *("credits_sold", "paid for credits", "MNFT", "none", "amount", "total"),
        "paid for credits in the tick",
    ),
    Kpi(
        *("breakage", "breakage", "MNFT", "none", "amount", "total"),
        "paid ahead for calls that lapsed unused in the tick; it goes to the model",
    ),
    Kpi(
        *("users_paid", "paid by users, also ahead", "MNFT", "up", "amount", "total"),
        "what users paid in the tick: for settled calls, ahead, and to be members, less what was "
        "paid back",
    ),
    Kpi("leases", "passes let", "passes", "none", "count", "total", "passes let in the tick"),
    Kpi(
        *("calls_let", "calls let", "calls", "none", "count", "total"),
        "calls that were left of the passes let in the tick",
    ),
    Kpi(
        *("rents", "rents", "MNFT", "none", "amount", "total"),
        "what tenants paid for passes let in the tick",
    ),
    # Gates
    Kpi(
        *("discounts", "discounts granted", "MNFT", "none", "amount", "total"),
        "what models' owners took off the price of calls settled in the tick; of calls that were "
        "free nothing shows what they would have cost",
    ),
    Kpi(
        *("discounts_of_customers", "discounts to who came anyway", "1", "down", "share", "at_end"),
        "discounts to users who had called the model without one before over all discounts, since "
        "the start",
    ),
    Kpi(
        *("stake_in_gates", "locked for gates", "MNFT", "none", "amount", "at_end"),
        "tokens locked for models' gates",
    ),
    Kpi(
        *("gate_holders", "stakes in gates", "stakes", "none", "count", "at_end"),
        "stakes that users have locked for a model",
    ),
    Kpi(
        *("returning_holders", "holders who return", "1", "up", "share", "at_end"),
        "of choices anew by users with stake locked for their last model, the share that took it "
        "again, since the start",
    ),
    Kpi(
        *("returning_others", "others who return", "1", "up", "share", "at_end"),
        "of choices anew by users without stake at their last model, the share that took it again, "
        "since the start",
    ),
    Kpi("badges", "badges", "badges", "none", "count", "at_end", "badges of contributors"),
    Kpi(
        *("calls_of_helped", "contributors' calls of what they helped", "1", "none", "share"),
        *("at_end", "calls that contributors made of models that name them, over all their calls"),
    ),
    Kpi(
        *("calls_by_token_gate", "calls by a token", "calls", "none", "count", "total"),
        "calls settled in the tick that a token made cheaper or free: a badge, a rival's pass",
    ),
    Kpi(
        *("loyal_share", "subscribers' calls of what they subscribed to", "1", "none", "share"),
        "at_end",
        "calls that users who ever bought a pass made since of the model that sold it, over all "
        "that they made since",
    ),
    Kpi(
        *("members", "members", "members", "none", "count", "at_end"),
        "accounts on models' allowlists",
    ),
    Kpi(
        *("joining_fees", "joining fees", "MNFT", "none", "amount", "total"),
        "paid in the tick to models for a place on their allowlist",
    ),
    Kpi(
        *("calls_by_allowlist", "calls of members", "calls", "none", "count", "total"),
        "calls settled in the tick that an allowlist made cheaper or free",
    ),
    Kpi(
        *("heavy_paid_per_call", "paid per call by who calls much", "MNFT", "down", "amount"),
        "at_end",
        "paid for calls and to be members over calls, since the start, of the half of the users "
        "who call more; what was paid ahead is not counted",
    ),
    Kpi(
        *("light_paid_per_call", "paid per call by who calls little", "MNFT", "down", "amount"),
        *("at_end", "the same of the other half"),
    ),
    Kpi(
        *("first_model_earned", "earned by the first model", "MNFT", "up", "amount", "at_end"),
        "what reached model 1 since the start, joining fees included; fees, pools and the host's "
        "share not",
    ),
    Kpi(
        *("first_model_revenue", "paid for the first model", "MNFT", "up", "amount", "total"),
        "value of the receipts settled in the tick for model 1, what was paid ahead included",
    ),
    # Payment channels
    Kpi(
        *("calls_by_channel", "calls by payment channel", "calls", "none", "count", "total"),
        "calls served in the tick that a payment channel paid for, past the settlement",
    ),
    Kpi(
        *("channel_share", "share of calls by payment channel", "1", "none", "share", "at_end"),
        "calls that payment channels paid for over calls served, since the start",
    ),
    Kpi(
        *("paid_by_channel", "paid by payment channel", "MNFT", "none", "amount", "total"),
        "worth of the vouchers signed in the tick, in any currency; the hosts get all of it",
    ),
    Kpi(
        *("revenue_lost", "lost to models", "MNFT", "down", "amount", "total"),
        "what the tick's calls by payment channel would have brought their models, settled at the "
        "tariff: royalties included, fees, pools and the host's share not",
    ),
    Kpi(
        *("royalties_lost", "royalties lost", "MNFT", "down", "amount", "total"),
        "part of what was lost to models that they would have owed to their lineage",
    ),
    Kpi(
        *("wrong_by_channel", "wrong answers by payment channel", "1", "down", "share", "at_end"),
        "calls by payment channel with a wrong output over calls by payment channel, since the "
        "start; not computed without any",
    ),
    # Currencies
    Kpi(
        *("revenue_stable", "paid in the stable token", "STABLE", "none", "amount", "total"),
        "paid for calls in the tick by users of models that are priced in the stable token; no "
        "other figure of payments has it in",
    ),
    Kpi(
        *("royalties_stable", "royalties in the stable token", "STABLE", "none"),
        *("amount", "total"),
        "paid in the tick from children's accruals to their parents', in the stable token",
    ),
    Kpi(
        *("stable_calls", "share of calls paid in the stable token", "1", "none"),
        *("share", "at_end"),
        "calls settled in the stable token over calls settled, since the start",
    ),
    Kpi(
        *("stable_models", "models priced in the stable token", "models", "none"),
        *("count", "at_end"),
        "models on offer whose currency is the stable token",
    ),
    # Rights
    Kpi(
        *("fork_rights_sold", "paid for rights to fork", "MNFT", "none", "amount", "total"),
        "paid in the tick for rights to fork a model",
    ),
    Kpi(
        *("revenue_rights_sold", "paid for shares of revenue", "MNFT", "none", "amount", "total"),
        "paid in the tick for units of models' revenue rights",
    ),
    Kpi(
        *("inference_rights_sold", "paid for rights to calls", "MNFT", "none", "amount", "total"),
        "paid in the tick for inference rights, by whomever they were sold",
    ),
    Kpi(
        *("calls_by_right", "calls by a right", "calls", "none", "count", "total"),
        "calls settled in the tick that an inference right made cheaper",
    ),
    Kpi(
        *("weights_rights_sold", "paid for weights rights", "MNFT", "none", "amount", "total"),
        "paid in the tick for rights to sealed weights, by whomever they were sold",
    ),
    Kpi(
        *("rights_sold_on", "paid for rights sold on", "MNFT", "none", "amount", "total"),
        "paid in the tick for units of rights to others than their model's maker",
    ),
    Kpi(
        *("forks_by_right", "forks by a right", "models", "none", "count", "total"),
        "parents in the tick for which a right was used up instead of an approval",
    ),
    Kpi(
        *("revenue_shared", "revenue shared by units", "MNFT", "none", "amount", "total"),
        "distributed in the tick to units of revenue rights",
    ),
    Kpi(
        *("makers_earned", "earned by creators", "MNFT", "up", "amount", "at_end"),
        "what creators have and are owed by Revenue and Rights over what they were given at the "
        "start; their costs are not deducted",
    ),
    # Licences
    Kpi(
        "policed_revenue_share",
        "revenue under a policy",
        "1",
        "none",
        "share",
        "at_end",
        "what users paid for models whose licence has a policy over all they paid, since the start",
    ),
    Kpi(
        "attestations",
        "attestations",
        "attestations",
        "none",
        "count",
        "total",
        "attestations made in the tick",
    ),
    Kpi(
        "consents",
        "consents that hold",
        "consents",
        "none",
        "count",
        "at_end",
        "consents to a model's sensitive use that were given and not withdrawn",
    ),
    # Merges
    Kpi(
        "merges",
        "merges",
        "models",
        "none",
        "count",
        "total",
        "models merged in the tick",
    ),
    Kpi(
        "merge_frequency",
        "merge frequency",
        "models",
        "none",
        "number",
        "at_end",
        "models merged per 30 days, since the start",
    ),
    # Sealed weights and copies
    Kpi(
        *("keys_released", "keys released", "keys", "none", "count", "total"),
        "keys of sealed weights released in the tick",
    ),
    Kpi(
        *("key_fees", "paid for keys", "MNFT", "none", "amount", "total"),
        "fees for keys that went to models in the tick",
    ),
    Kpi(
        *("copies", "copies", "models", "down", "count", "total"),
        "models registered in the tick whose weights somebody took from another one",
    ),
    Kpi(
        *("copied_revenue_share", "revenue of copies", "1", "down", "share", "at_end"),
        "what users paid for copies over all they paid, since the start",
    ),
    Kpi(
        *("originals_earned", "earned by originals", "MNFT", "up", "amount", "at_end"),
        "what reached models that are neither forks nor copies since the start, royalties, fees "
        "for keys, and what their makers were paid for weights rights included; only where weights "
        "are sealed or copied",
    ),
    # Stored weights
    Kpi(
        *("forks_as_deltas", "forks published as deltas", "models", "none", "count", "total"),
        "models published in the tick as a one-bit delta of their parent",
    ),
    Kpi(
        *("storage_paid", "paid for storage", "MNFT", "none", "amount", "total"),
        "what owners paid in the tick to have weights stored, a month ahead",
    ),
    Kpi(
        *("bytes_stored", "bytes stored for money", "bytes", "down", "count", "mean"),
        "bytes of published weights that are paid for at the end of the tick",
    ),
    Kpi(
        *("tasks_with_model", "tasks with a model of their own", "tasks", "up", "count", "at_end"),
        "tasks that a model was made for whose weights a host has or can load; only where storage "
        "has a price or deltas are considered",
    ),
    # Provenance
    Kpi(
        "models_on_record",
        "models on record",
        "1",
        "up",
        "share",
        "at_end",
        "registered models with a training on record over all registered models",
    ),
    Kpi(
        "calls_on_record",
        "calls on record",
        "1",
        "up",
        "share",
        "at_end",
        "calls settled of models with a training on record over calls settled, since the start",
    ),
)
