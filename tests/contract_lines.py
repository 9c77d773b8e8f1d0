"""The lines of the published contracts by number: a short name for each, and what its tests do not show yet.

A line with tests and nothing missing is held. Who adds the missing test takes the remark away; the page that is made
from this file and from the marks on the tests is docs/api/conformance.md.
"""

from typing import NamedTuple


class Line(NamedTuple):
    """One promise."""

    name: str
    missing: str = ""
    also: tuple[str, ...] = ()
    """Tests that prove it under the name of another line."""


LINES: dict[str, Line] = {
    # Telemetry and control.
    "T1": Line("public sign of life"),
    "T2": Line("telemetry stream: its frames, its manners, its limits"),
    "T3": Line("volatility state with hysteresis"),
    "T4": Line("changing a running strategy's parameters by key"),
    "T5": Line("emergency stop that knows what became of each order"),
    "T6": Line("who may use the control routes"),
    "T7": Line("one warning for each episode of slow data"),
    "T8": Line("the key stays behind the front end's own server"),
    "T9": Line("burn-in on the simulated market"),
    "T10": Line("port as a setting, safe secrets in production"),
    # Platform.
    "P1": Line("sign-in with a password"),
    "P2": Line("refresh tokens that rotate"),
    "P3": Line("credentials on every other route"),
    "P4": Line("summary of metrics, of one account and of all"),
    "P5": Line("strategies: list, detail, change"),
    "P6": Line("positions, with the worked example"),
    "P7": Line("orders, newest first, filtered"),
    "P8": Line("backtest runs and their reports"),
    "P9": Line("alerts; drawdown trips the switch"),
    "P10": Line("kill switch"),
    "P11": Line("change of mode with an approval"),
    "P12": Line("health of the whole and of each part"),
    "P13": Line("one shape for errors, request ids, listed statuses"),
    "P14": Line("rate limits of the document and their headers"),
    "P15": Line("decimal text, snake case, UTC"),
    "P16": Line("strategy with a trained model"),
    "P17": Line("OpenAPI, Swagger UI and ReDoc without internet"),
    "P18": Line(
        "answers to the document's open questions",
        also=("test_users_roles_and_keys_are_recorded_once_each",),
    ),
    # Terminal.
    "R1": Line("sign-in, profile, second factor"),
    "R2": Line("strategies, configuration, schedules"),
    "R3": Line("instruments and market data"),
    "R4": Line("orders, positions, trades"),
    "R5": Line("risk figures, limits, emergency stop"),
    "R6": Line("the terminal's socket"),
    "R7": Line("limits of requests, connections, subscriptions"),
    "R8": Line("error shape; numbers as JSON numbers"),
    # Execution and monitoring.
    "E1": Line("life of a strategy, from a kind or from submitted source"),
    "E2": Line("portfolio, positions, history"),
    "E3": Line("orders: validated, placed once, changed, cancelled"),
    "E4": Line("performance, its metrics, benchmarks and breakdowns"),
    "E5": Line("catalog of datasets: listed, validated, brought, exported, deleted"),
    "E6": Line("monitoring socket and its channels"),
    "E7": Line("users, keys, roles"),
    "E8": Line("rate limits by user and endpoint, kept over a restart"),
    "E9": Line("CORS, request log, structured errors, OpenAPI"),
    "E10": Line("load figures and deployment guide"),
    "E11": Line(
        "example clients",
        also=(
            "test_a_strategy_is_controlled_from_afar",
            "test_a_portfolio_s_history_is_drawn",
            "test_a_backtest_is_reported_with_its_metrics",
            "test_ticks_and_own_fills_are_shown_live",
        ),
    ),
    "E12": Line("the pages that the stories name"),
    # Integration guide.
    "D1": Line("signed sign-in, demo credentials"),
    "D2": Line("orders, portfolio, positions, balances"),
    "D3": Line("market data socket"),
    "D4": Line("trading socket"),
    "D5": Line("TypeScript client"),
    "D6": Line("React hooks and development UI"),
    "D7": Line("batches, selection, caching, pages, compression"),
    "D8": Line("three replicas"),
    "D9": Line("settings under the guide's names"),
    "D10": Line("the guide's wscat line"),
    # Resolutions.
    "C1": Line("one socket for two documents"),
    "C2": Line("public and private health", also=("test_d1_health_is_open_to_all",)),
    "C3": Line("one envelope under /v1"),
    "C4": Line(
        "words of another contract are refused by name",
        also=(
            "test_r4_a_body_in_other_words_is_refused_with_the_right_field",
            "test_d2_a_body_of_another_contract_is_told_our_names",
        ),
    ),
    "C5": Line(
        "one symbol master with aliases",
        also=("test_r3_an_instrument_with_a_slash_is_found_however_it_is_spelled",),
    ),
    "C6": Line("spellings of a cancelled order", also=("test_d2_statuses_are_filtered_in_every_spelling",)),
    "C7": Line(
        "order types and default time in force",
        also=(
            "test_r4_every_time_in_force_is_taken_and_echoed",
            "test_r4_a_stop_loss_order_is_placed",
            "test_r4_a_stop_limit_order_is_placed",
            "test_r4_every_field_the_document_demands_is_demanded",
        ),
    ),
    "C8": Line(
        "numbers exact in both spellings",
        also=("test_r8_money_is_a_number_token_that_never_was_a_float", "test_d2_numbers_are_exact_tokens_both_ways"),
    ),
    "C9": Line("one superset of errors", also=("test_r8_errors_have_the_documents_shape",)),
    "C10": Line(
        "three ways to sign in, one user table",
        also=("test_r1_an_email_will_do_as_username", "test_d1_attempts_to_sign_in_are_limited"),
    ),
    "C11": Line(
        "refresh tokens where documents are silent", also=("test_r1_refresh_takes_the_token_from_body_or_header_once",)
    ),
    "C12": Line("tokens that end with their session", also=("test_r1_logout_voids_the_token_at_once",)),
    "C13": Line(
        "steps of the second factor",
        also=(
            "test_r1_login_without_the_code_gives_a_challenge",
            "test_r1_a_challenge_and_the_code_sign_in",
            "test_r1_a_challenge_opens_nothing_else",
            "test_r1_a_wrong_password_never_reveals_that_a_code_is_due",
            "test_r1_the_platforms_login_asks_for_the_code_too",
        ),
    ),
    "C14": Line(
        "keys that sign and keys that are hashed",
        also=("test_d1_a_secret_is_shown_once_and_kept_sealed", "test_the_secret_is_shown_once_and_not_kept"),
    ),
    "C15": Line(
        "timestamps, demo credentials, string to sign",
        also=(
            "test_d1_timestamps_are_seconds_or_milliseconds",
            "test_d1_a_request_is_good_within_its_window_only",
            "test_d1_the_documented_example_is_right",
            "test_d1_a_production_start_is_refused_where_demo_credentials_are_present",
        ),
    ),
    "C16": Line(
        "frames of the trading socket",
        also=(
            "test_d4_a_signature_opens_the_socket_in_both_spellings",
            "test_d4_an_order_may_be_inside_or_beside_its_message",
            "test_d4_an_order_is_acknowledged_and_its_life_is_told_in_order",
        ),
    ),
    "C17": Line(
        "acknowledgements, heartbeats, resume",
        also=("test_r6_a_wrong_subscription_is_refused_whole", "test_r6_after_unsubscribing_nothing_more_comes"),
    ),
    "C18": Line(
        "order book events are whole",
        also=("test_r6_an_order_book_is_whole_and_as_deep_as_asked",),
    ),
    "C19": Line(
        "shapes of the terminal's lists",
        also=(
            "test_r4_orders_are_listed_newest_first_in_pages",
            "test_r4_positions_have_the_documents_shape",
            "test_r4_trades_have_the_documents_shape",
            "test_r2_strategies_are_listed_in_the_documents_shape",
        ),
    ),
    "C20": Line(
        "mode of an order against mode of its strategy",
        also=("test_r4_a_mode_that_is_not_the_strategys_is_a_conflict", "test_r2_going_live_needs_an_approval"),
    ),
    "C21": Line(
        "approvals: issued, bound, used once",
        also=(
            "test_p11_a_code_is_used_once_however_many_try",
            "test_p11_an_approval_runs_out_after_ten_minutes",
            "test_p11_a_changed_configuration_voids_the_approval",
            "test_p11_nobody_approves_their_own_request",
        ),
    ),
    "C22": Line("names of roles", also=("test_r1_roles_are_told_by_their_names",)),
    "C23": Line(
        "states of a strategy in each contract",
        also=("test_r2_enable_and_disable_move_the_state_and_twice_is_harmless",),
    ),
    "C24": Line("submitted source is off by default"),
    "C25": Line(
        "one latch for all kill switches",
        "",
        also=(
            "test_r5_it_is_one_latch_with_the_platforms_kill_switch",
            "test_r5_a_trader_stops_the_own_account_and_an_admin_everything",
            "test_t5_calling_it_twice_is_harmless",
        ),
    ),
    "C26": Line(
        "one table of limits, a ceiling over all contracts",
        also=("test_r7_orders_are_counted_over_both_contracts", "test_d4_orders_count_alike_by_socket_and_by_http"),
    ),
    "C27": Line(
        "limits of sockets, reconnects",
        also=(
            "test_r7_a_user_opens_five_connections_a_minute_and_resuming_is_none",
            "test_r7_a_user_has_three_connections",
        ),
    ),
    "C28": Line("a silent reader is not idle"),
    "C29": Line("pages and cursors", also=("test_d7_lists_come_in_pages",)),
    "C30": Line("percent and fraction"),
    "C31": Line("one month and one minute"),
    "C32": Line(
        "candles: open time, half-open range",
        also=("test_r3_a_range_includes_its_start_and_not_its_end", "test_r3_500_candles_unless_told_and_5000_at_most"),
    ),
    "C33": Line("what public telemetry may show", also=("test_c33_the_account_is_a_setting",)),
    "C34": Line("control by key over a safe line"),
    "C35": Line("explicit origins, no key from a browser"),
    "C36": Line(
        "own data only",
        also=("test_r4_what_belongs_to_others_is_not_there", "test_d2_nobody_sees_or_touches_the_orders_of_others"),
    ),
    "C37": Line("statuses of a run, signed report links"),
    "C38": Line("one process for one data directory"),
    "C39": Line("answers say how old they are"),
    "C40": Line(
        "the files the guide promises; one port",
        also=(
            "test_d9_the_promised_requirements_are_those_of_the_project",
            "test_d9_the_promised_start_script_serves_where_it_is_told",
        ),
    ),
}
