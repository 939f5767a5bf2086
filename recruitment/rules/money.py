"""Amounts of money as integers in the smallest unit of their currency (ISO 4217), read and written; pure."""

from __future__ import annotations

import re

from core.errors import ShownToUser

ZERO = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
THREE = "BHD IQD JOD KWD LYD OMR TND"
TWO = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
    "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR "
    "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
    "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW"
)
DECIMALS = {code: decimals for decimals, codes in ((0, ZERO), (2, TWO), (3, THREE)) for code in codes.split()}
LARGEST_MINOR = 2_147_483_647  # what the column holds
AMOUNT = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,3}))?")


def decimals_of(currency: str) -> int:
    """Most have two, and a currency that is not known here counts as one of those."""
    return DECIMALS.get(currency, 2)


def known_currency(text: str) -> str:
    """The code in capitals. Raises ShownToUser `unknown_currency`."""
    code = text.strip().upper()
    if code not in DECIMALS:
        raise ShownToUser(
            f"{text!r} is no currency. Please use its three letters, such as EUR, GBP, JPY or USD.",
            code="unknown_currency",
            field="currency",
        )
    return code


def parse_amount(text: str, *, currency: str) -> int:
    """`4.50` EUR is 450, `450` JPY is 450. Raises ShownToUser `bad_amount`; thousands are not separated."""
    decimals = decimals_of(currency)
    found = AMOUNT.fullmatch(text.strip())
    fraction = (found[2] or "") if found else ""
    if not found or len(fraction) > decimals:
        example = f"{12:.{decimals}f}"
        raise ShownToUser(
            f"{text.strip()!r} is no amount in {currency}. Please write it like {example}.",
            code="bad_amount",
            field="amount",
        )
    minor = int(found[1] + fraction.ljust(decimals, "0"))
    if minor > LARGEST_MINOR:
        raise ShownToUser(
            f"{text.strip()} {currency} is more than one payment can be.", code="bad_amount", field="amount"
        )
    return minor


def format_amount(minor: int, *, currency: str) -> str:
    """`450` in EUR is `4.50`."""
    decimals = decimals_of(currency)
    whole, rest = divmod(minor, 10**decimals)
    return f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)


def money(minor: int, currency: str) -> str:
    return f"{format_amount(minor, currency=currency)} {currency}"
